"""Templates between Odoo and the provider: submitted, listed, decided, deleted."""

from dataclasses import replace

from ....wire.template import STATUSES
from ..intents import PLAIN, TEMPLATES
from ..required import DEEDS
from ..rows import STATES, SUBMITTING
from .kit import WireKit

#: What a provider's words leave a submitted template in; drafts are no news.
LEFT = {"draft": "pending"}


class TemplateKit(WireKit):
    def make_template(self, template):
        """A draft in Odoo that says what ``template`` says; gives its one language."""
        record = self.env["whatsapp.template"].create(
            {
                "name": template.name,
                "technical_name": template.name,
                "account_id": self.account.id,
                "category": template.category,
                "model_id": False,
            }
        )
        place = template.header_location
        variant = self.env["whatsapp.template.variant"].create(
            {
                "template_id": record.id,
                "language": template.language,
                # WhatsApp writes the text around a one-time code.
                "body": template.category != "authentication" and template.body,
                "version": template.version,
                "header": template.header,
                "header_text": template.header_text,
                "header_attachment_id": template.header_media
                and self.attach(template.header_media).id,
                "header_latitude": place.latitude if place else 41.4,
                "header_longitude": place.longitude if place else 2.17,
                "header_place": place.name if place else "Casa",
                "footer": template.footer,
                "code_minutes": template.code_minutes,
                "security_advice": template.security_advice,
                "button_ids": [
                    (0, 0, {"sequence": n, **self._prepare_button(button)})
                    for n, button in enumerate(template.buttons)
                ],
            }
        )
        samples = {(v.place, v.name): v.sample for v in template.variables}
        for variable in variant.variable_ids:
            variable.sample = samples[variable.place, variable.name]
        return variant

    def _prepare_button(self, button):
        """What comes back with a tap is made up by Odoo."""
        return {
            name: value for name, value in vars(button).items() if name != "payload"
        }

    def attach(self, media):
        """A file of ours as an attachment, untouched."""
        attachments = self.env["ir.attachment"].with_context(image_no_postprocess=True)
        attachment = attachments.create(
            {"name": media.filename, "raw": media.read(), "mimetype": media.mimetype}
        )
        if media.voice:
            attachment._set_voice_metadata()
        return attachment

    def get_templates_not_offered(self):
        submissions = self.wire.templates.submissions
        return [each for each in TEMPLATES.items() if each[0] not in submissions]


class TemplateCases(TemplateKit):
    # -- submitting -------------------------------------------------------------------

    def test_template_is_submitted_exactly_so(self):
        for name, exchanges in self.wire.templates.submissions.items():
            with self.case(SUBMITTING, name):
                variant = self.make_template(TEMPLATES[name].template)
                self.assertFalse(self.get_errors(variant))
                self.submit(variant, exchanges)
                self.assertRecord(variant, state="pending", reason=False)
                self.assertTrue(variant.provider_id and variant.provider_name)

    def get_errors(self, variant):
        return [p for p in variant._get_problems() if p["severity"] == "error"]

    def submit(self, variant, exchanges):
        """Have the work engine hand it in; asks exactly what ``exchanges`` say."""
        variant.sudo().state = "ready"
        self.run_exchanges(
            exchanges, lambda: self.env["whatsapp.template.work"]._submit(variant)
        )

    def run_exchanges(self, exchanges, work):
        """Do ``work()``; it asks exactly what ``exchanges`` say, and each is ours."""
        self.script.expect(*(answer for _asked, answer in exchanges))
        work()
        self.env.invalidate_all()
        self.assertEqual(self.script.asked, tuple(asked for asked, _a in exchanges))
        self.assertTrue(all(map(self.wire.is_authorized, self.script.requests)))

    def test_template_deed_leaves_what_it_says(self):
        for name, check in {
            "template submitted again after a lost answer": self.check_submitted,
            "template mended": self.check_mended,
            "template refused": self.check_refused,
            "list over pages": self.check_listed,
            "list refused": self.check_not_listed,
            "template deleted": self.check_deleted,
            "deleted already": self.check_deleted,
        }.items():
            if deed := self.wire.deeds.get(name):
                with self.case(DEEDS[name].row, name):
                    check(deed)

    def check_submitted(self, deed, **vals):
        variant = self.make_template(PLAIN)
        variant.sudo().write(vals)
        self.submit(variant, deed.exchanges)
        self.assertRecord(
            variant,
            state=deed.result.status,
            provider_id=deed.result.template_id,
            provider_name=deed.result.name,
        )

    def check_mended(self, deed):
        self.check_submitted(deed, provider_id=deed.subject or self.wire.template_id)

    def check_refused(self, deed):
        """It goes back to the author, with the provider's reason."""
        author = self.create_user("author", "whatsapp_connector.group_whatsapp_manager")
        variant = self.make_template(PLAIN)
        variant.sudo().write({"asked_by_id": author.id})
        self.submit(variant, deed.exchanges)
        self.assertEqual(variant.state, "rejected")
        self.assertTrue(variant.reason)
        self.assertEqual(variant.template_id.activity_ids.user_id, author)

    # -- listing ----------------------------------------------------------------------

    def check_listed(self, deed):
        """What was made in the provider's console is here, and may not be sent yet."""
        self.run_exchanges(deed.exchanges, self.sync)
        variants = self.env["whatsapp.template.variant"].search(
            [("account_id", "=", self.account.id)]
        )
        listed = {state.template_id: state for state in deed.result}
        self.assertEqual(set(variants.mapped("provider_id")), set(listed))
        for variant in variants:
            state = listed[variant.provider_id]
            self.assertRecord(
                variant,
                state=state.status,
                body=state.content.body,
                granted_category=state.category or False,
                quality=state.quality or False,
                is_enabled=False,
            )
            self.assertEqual(variant.footer or "", state.content.footer)
            if state.status == "rejected":
                self.assertEqual(variant.reason or "", state.reason)
            self.assertEqual(
                variant.button_ids.mapped("kind"),
                [button.kind for button in state.content.buttons],
            )
            self.assertEqual(
                [variable.provider_key or "" for variable in variant.variable_ids],
                [variable.key for variable in state.content.variables],
            )
        self.assertTrue(self.account.templates_synced_at)

    def check_not_listed(self, deed):
        """Nothing is taken for gone because the provider didn't answer."""
        variant = self.make_variant("approved")
        self.run_exchanges(deed.exchanges, self.sync)
        self.assertRecord(variant, state="approved", is_missing=False)
        self.assertFalse(self.account.templates_synced_at)

    def sync(self):
        self.env["whatsapp.template.work"]._sync(self.account)
        self.env.invalidate_all()

    def make_variant(self, state, template=PLAIN):
        """A language of a template as the provider has it."""
        variant = self.make_template(template)
        variant.sudo().write(
            {
                "state": state,
                "is_enabled": True,
                "provider_id": self.get_listed_id(),
                "provider_name": template.name,
            }
        )
        return variant

    def list_plain(self):
        """The answers to a list with one template."""
        templates = self.wire.templates
        return templates.listing(PLAIN, next(iter(templates.states)))

    def get_listed_id(self):
        """How the provider's list calls a template."""
        with self.undone():
            self.script.expect(*self.list_plain())
            transport = self.account._transport()
            [state] = transport._list_templates(self.account, self.client)
        return state.template_id

    def test_state_in_the_list_is_the_templates(self):
        templates = self.wire.templates
        for word, status in templates.states.items():
            with self.case(STATES, word):
                before = "approved" if status == "pending" else "pending"
                variant = self.make_variant(before)
                self.script.expect(*templates.listing(PLAIN, word))
                self.sync()
                self.assertIn(status, STATUSES)
                self.assertEqual(variant.state, before if status == "draft" else status)

    def test_state_of_tomorrow_is_kept_and_changes_nothing(self):
        with self.case(STATES, "tomorrow"):
            variant = self.make_variant("approved")
            self.script.expect(*self.wire.templates.listing(PLAIN, "ARCHIVED"))
            self.sync()
            self.assertEqual(variant.state, "approved")
            self.assertEqual(variant.provider_status.upper(), "ARCHIVED")

    def test_template_that_the_list_lacks_is_no_longer_sent(self):
        with self.case(STATES, "gone"):
            variant = self.make_variant("approved")
            other = self.make_template(replace(PLAIN, name="other"))
            other.sudo().write({"state": "approved", "provider_id": "elsewhere"})
            self.script.expect(*self.list_plain())
            self.sync()
            self.assertFalse(variant.is_missing)
            self.assertTrue(other.is_missing)

    # -- deleting ---------------------------------------------------------------------

    def check_deleted(self, deed):
        variant = self.make_template(PLAIN)
        variant.sudo().write(
            {
                "state": "approved",
                "provider_id": self.wire.template_id,
                "provider_name": PLAIN.name,
                "is_deleting": True,
            }
        )
        self.run_exchanges(
            deed.exchanges, lambda: self.env["whatsapp.template.work"]._delete(variant)
        )
        self.assertRecord(variant, state="deleted", is_deleting=False)
