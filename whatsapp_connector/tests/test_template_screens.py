from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..tools.template_drafts import DRAFTS
from ..wire.http import ErrorAnswer, NoAnswer
from ..wire.items import Failure
from .test_template import TemplateCase

LOGS = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
CONTENT = {
    "body": "Hola {{name}}, la comanda {{order}} ha sortit avui.",
    "language": "ca",
}


class ScreenCase(TemplateCase):
    def read_form(self, records, xmlid):
        """Read all that a form shows, as the client does."""
        view = self.env.ref(f"whatsapp_connector.{xmlid}")
        arch = records.get_view(view.id, "form")["arch"]
        nodes = etree.fromstring(arch).xpath("//field[not(ancestor::field)]")
        return records.read({node.get("name") for node in nodes})

    def open_variant(self, variant, user=None):
        return Form(
            variant.with_user(user or self.author),
            view="whatsapp_connector.whatsapp_template_variant_view_form",
        )

    def texts(self, form):
        return " ".join(problem["text"] for problem in form.problems or [])


@tagged("post_install", "-at_install")
class TestTemplateForm(ScreenCase):
    def test_author_writes_a_template_with_its_variables(self):
        variant = self.draft(body="Hola i benvinguts.")
        with self.open_variant(variant) as form:
            form.body = CONTENT["body"]
            self.assertEqual(
                [line["name"] for line in form.variable_ids._records],
                ["name", "order"],
            )
            with form.variable_ids.edit(0) as line:
                line.source = "field"
                line.field_path = "name"
                line.sample = "Laia"
            with form.variable_ids.edit(1) as line:
                line.label = "Número de comanda"
                line.sample = "S00042"
        name, order = variant.variable_ids
        self.assertEqual((name.source, name.field_path), ("field", "name"))
        self.assertEqual((order.source, order.label), ("free", "Número de comanda"))
        self.assertFalse(variant.problems)

    def test_whole_template_is_created_in_one_go(self):
        template = (
            self.env["whatsapp.template"]
            .with_user(self.author)
            .create(
                {
                    "name": "Comanda enviada",
                    "account_id": self.account.id,
                    "variant_ids": [
                        Command.create(
                            {
                                **CONTENT,
                                "button_ids": [Command.create({"text": "Entesos"})],
                                "variable_ids": [
                                    Command.create(
                                        {"place": "body", "name": n, "sample": "x"}
                                    )
                                    for n in ("name", "order")
                                ],
                            }
                        )
                    ],
                }
            )
        )
        self.assertEqual(len(template.variant_ids.variable_ids), 2)
        self.assertEqual(template.variant_ids.button_ids.text, "Entesos")

    def test_rules_are_checked_as_one_writes(self):
        with self.open_variant(self.draft(body="Hola i benvinguts.")) as form:
            form.body = "Hola {{name}}"
            self.assertIn("{{name}}", self.texts(form))
            self.assertGreater(form.problem_count, 0)
            form.body = "Hola i benvinguts."
            self.assertFalse(form.problems)

    def test_only_what_the_provider_has_is_offered(self):
        variant = self.draft()
        self.assertIn("location", variant.offered["headers"])
        self.provider.capabilities = self.provider.capabilities.__class__(
            templates=True, template_headers=("none", "text")
        )
        self.env.invalidate_all()
        self.assertEqual(variant.offered["headers"], ["none", "text"])
        self.assertEqual(variant.offered["buttons"], [])

    def test_new_template_needs_no_account_to_be_opened(self):
        self.env["whatsapp.account"].search([]).active = False
        templates = self.env["whatsapp.template"].with_user(self.author)
        opened = templates.with_context(default_variant_ids=[Command.create({})])
        spec = {name: {} for name in ("can_review", "problems", "offered", "changes")}
        values = opened.onchange(
            {}, [], {"account_id": {}, "variant_ids": {"fields": spec}}
        )["value"]
        ((_create, _id, variant),) = values["variant_ids"]
        self.assertFalse(values["account_id"] or variant["offered"])
        self.assertFalse(variant["problems"], "nobody has written anything yet")

    def test_what_is_missing_is_told_once_it_is_saved(self):
        variant = self.draft(body=False)
        self.assertIn("has no text", self.texts(variant))
        with self.assertRaisesRegex(UserError, "has no text"):
            variant.action_ask_review()

    def test_language_is_added_with_the_content_of_another(self):
        variant = self.draft()
        template = variant.template_id.with_user(self.author)
        added = variant.browse(template.add_language("es", variant.id))
        self.assertEqual((added.language, added.state), ("es", "draft"))
        self.assertEqual(added.body, variant.body)
        self.assertEqual(added.variable_ids.field_path, "name")
        with self.assertRaisesRegex(UserError, "already has that language"):
            template.add_language("es", variant.id)

    def test_language_that_was_deleted_can_be_written_again(self):
        variant = self.draft()
        variant.active = False
        added = variant.browse(variant.template_id.add_language("ca"))
        self.assertEqual(added.version, 2)

    def test_new_version_shows_what_changed(self):
        old = self.approve(self.draft().template_id).variant_ids
        new = old.browse(old.with_user(self.manager).action_new_version()["res_id"])
        self.assertFalse(new.changes)
        new.body = "Hola {{1}}, moltes gràcies per escriure."
        (change,) = new.changes
        pieces = [(p["kind"], p["text"].strip()) for p in change["pieces"]]
        self.assertIn(("new", "moltes"), pieces)
        self.assertNotIn("old", dict(pieces))

    def test_preview_is_filled_from_a_record_before_anything_is_saved(self):
        partner = self.create_partner("Laia Vidal", "+34612345678")
        lines = [
            {"place": "body", "name": "1", "source": "field", "field_path": "name"},
            {"place": "body", "name": "2", "source": "text", "fixed_text": "avui"},
            {"place": "body", "name": "3", "source": "field", "field_path": "nome"},
        ]
        variants = self.env["whatsapp.template.variant"].with_user(self.author)
        values = variants.get_record_values(
            "res.partner", partner.id, "ca", self.account.id, lines
        )
        self.assertEqual(
            values, {"body/1": "Laia Vidal", "body/2": "avui", "body/3": ""}
        )

    def test_preview_reads_with_the_rights_of_the_author(self):
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "Secret", "description": "x", "team_id": self.team.id}
        )
        variants = self.env["whatsapp.template.variant"]
        line = {"place": "body", "name": "1", "source": "field", "field_path": "name"}
        arguments = ("helpdesk.ticket", ticket.id, "ca", self.account.id, [line])
        for user in (self.author, self.agent):
            with self.assertRaises(AccessError):
                variants.with_user(user).get_record_values(*arguments)


@tagged("post_install", "-at_install")
class TestTemplateRights(ScreenCase):
    def test_agent_sees_nothing_unapproved(self):
        variant = self.draft()
        found = self.env["whatsapp.template"].with_user(self.agent).search([])
        self.assertNotIn(variant.template_id, found)
        self.approve(variant.template_id)
        found = self.env["whatsapp.template"].with_user(self.agent).search([])
        self.assertIn(variant.template_id, found)

    def test_agent_writes_nothing(self):
        template = self.approve(self.draft().template_id).with_user(self.agent)
        with self.assertRaises(AccessError):
            template.name = "Mine"
        with self.assertRaises(AccessError):
            template.add_language("es")

    @mute_logger(*LOGS)
    def test_manager_of_another_company_sees_and_does_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        stranger = self.create_user(
            "stranger",
            "whatsapp_connector.group_whatsapp_manager",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        self.draft().action_ask_review()
        approved = self.approve(self.draft(name="Approved").template_id)
        for name in ("", ".variant", ".variable", ".button"):
            found = self.env[f"whatsapp.template{name}"].with_user(stranger).search([])
            self.assertFalse(found, found)
        template = approved.with_user(stranger)
        variant = approved.variant_ids.with_user(stranger)
        for method, *arguments in (
            (template.add_language, "es"),
            (template.action_add_to_menu,),
            (template.action_remove_from_menu,),
            (template.account_id.sudo(False).action_sync_templates,),
            (variant.action_ask_review,),
            (variant.action_approve,),
            (variant.action_enable,),
            (variant.action_disable,),
            (variant.action_delete,),
            (variant.action_new_version,),
            (self.survey_as, stranger, approved),
        ):
            with self.subTest(method.__name__), self.assertRaises(AccessError):
                method(*arguments)
        self.assertEqual(len(approved.variant_ids), 1)

    def survey_as(self, user, template):
        """Have them look who would get it, from a list of contacts."""
        wizards = self.env["whatsapp.mailing.wizard"].with_user(user)
        partner = self.create_partner("Laia", "+34612345678")
        wizards.with_context(active_model="res.partner", active_ids=partner.ids).create(
            {"template_id": template.id, "channel_id": self.channel.id}
        ).action_check()

    def test_author_reads_every_field_of_the_screens(self):
        template = self.draft().template_id.with_user(self.author)
        self.read_form(template, "whatsapp_template_view_form")
        for xmlid in ("view_form", "view_editor"):
            self.read_form(template.variant_ids, f"whatsapp_template_variant_{xmlid}")

    def test_only_managers_send_back_or_delete(self):
        variant = self.draft()
        variant.action_ask_review()
        as_author = variant.with_user(self.author)
        for method in (as_author.action_ask_send_back, as_author.action_delete):
            with self.assertRaises(AccessError):
                method()

    def test_manager_submits_at_once_unless_a_second_person_is_needed(self):
        variant = self.draft().with_user(self.manager)
        self.assertTrue(variant.can_submit)
        self.assertFalse(variant.with_user(self.author).can_submit)
        self.company.whatsapp_second_person = "always"
        variant.invalidate_recordset()
        self.assertFalse(variant.can_submit)

    def test_sending_back_needs_a_comment_that_the_author_gets(self):
        variant = self.draft()
        variant.with_user(self.author).action_ask_review()
        action = variant.with_user(self.manager).action_ask_send_back()
        wizard = (
            self.env["whatsapp.template.send.back"]
            .with_user(self.manager)
            .with_context(**action["context"])
        )
        form = Form(wizard)
        form.comment = "Més curt, si us plau."
        form.save().action_send_back()
        self.assertEqual(variant.state, "draft")
        self.assertIn("Més curt", self.told(variant))


@tagged("post_install", "-at_install")
class TestTemplateDeletion(ScreenCase):
    def setUp(self):
        super().setUp()
        self.template = self.draft().template_id
        self.create_variant(self.template, "Hola {{1}}, gracias.", language="es")
        self.approve(self.template)
        self.ca, self.es = self.template.variant_ids

    def confirm(self, variant, user=None):
        action = variant.with_user(user or self.manager).action_delete()
        return Form(
            self.env["whatsapp.template.delete"]
            .with_user(user or self.manager)
            .with_context(**action["context"])
        )

    def test_confirmation_names_the_languages_that_go_and_stay(self):
        form = self.confirm(self.ca)
        self.assertEqual((form.names, form.kept_names), ("Catalan", "Spanish"))

    def test_deleted_language_is_gone_at_the_provider_and_not_offered(self):
        self.confirm(self.ca).save().action_delete()
        self.assertFalse(self.ca._is_sendable(), "at once, before the provider answers")
        self.run_templates()
        self.assertEqual((self.ca.state, self.es.state), ("deleted", "approved"))
        self.assertEqual(list(self.provider.templates), [self.es.provider_id])
        self.assertIn("was deleted at WhatsApp", self.told(self.ca))
        self.ca.unlink()
        with self.assertRaisesRegex(UserError, "exists at WhatsApp"):
            self.es.unlink()

    def test_list_that_lags_behind_brings_nothing_back(self):
        states = dict(self.provider.templates)
        self.confirm(self.ca).save().action_delete()
        self.run_templates()
        self.provider.templates.update(states)
        self.account.templates_due_at = False
        self.run_templates()
        self.assertEqual(self.ca.state, "deleted")

    def test_refused_deletion_is_told_to_the_managers(self):
        failure = Failure(code="1", sentence="No.", detail="Template is in use")
        self.provider.deletions.append(ErrorAnswer(400, failure))
        self.confirm(self.ca).save().action_delete()
        self.run_templates()
        self.assertEqual((self.ca.state, self.ca.is_deleting), ("approved", False))
        self.assertIn("Template is in use", self.told(self.ca))

    def test_lost_answer_is_asked_again(self):
        self.provider.deletions.append(NoAnswer("reset"))
        self.confirm(self.ca).save().action_delete()
        self.run_templates()
        self.assertTrue(self.ca.is_deleting)
        with self.later(minutes=2):
            self.run_templates()
        self.assertEqual(self.ca.state, "deleted")

    def test_draft_has_nothing_to_delete_at_whatsapp(self):
        self.assertFalse(self.draft(name="Other").is_deletable)


@tagged("post_install", "-at_install")
class TestTemplateDrafts(ScreenCase):
    def create_account_with_drafts(self, **vals):
        return self.create_account(name="New", has_template_drafts=False, **vals)

    def drafts_of(self, account):
        return self.env["whatsapp.template"].search([("account_id", "=", account.id)])

    def test_first_account_gets_drafts_that_break_no_rule(self):
        drafts = self.drafts_of(self.create_account_with_drafts())
        self.assertEqual(len(drafts), len(DRAFTS))
        for variant in drafts.variant_ids:
            self.assertFalse(variant.problems, variant.display_name)
        for draft in drafts:
            self.assertEqual(
                set(draft.variant_ids.mapped("language")), {"ca", "en", "es"}
            )

    def test_drafts_can_be_handed_in_as_they_are(self):
        drafts = self.drafts_of(self.create_account_with_drafts())
        drafts.variant_ids.with_user(self.author).action_ask_review()
        self.assertEqual(set(drafts.variant_ids.mapped("state")), {"review"})

    def test_drafts_are_filled_from_a_ticket(self):
        drafts = self.drafts_of(self.create_account_with_drafts())
        ticket = self.env["helpdesk.ticket"].create(
            {
                "name": "Factura",
                "description": "x",
                "partner_id": self.create_partner("Laia", False).id,
            }
        )
        for variant in drafts.variant_ids:
            record = ticket if variant.model else self.env["res.partner"]
            values = variant._fill(record, "en_US")
            self.assertFalse(variant._get_value_problem(values), variant.display_name)

    def test_deleted_drafts_do_not_come_back(self):
        account = self.create_account_with_drafts()
        self.drafts_of(account).unlink()
        account.provider = "none"
        account.provider = self.provider_code
        self.assertFalse(self.drafts_of(account))

    def test_account_gets_them_when_it_gets_its_provider(self):
        account = self.create_account_with_drafts(provider="none")
        self.assertFalse(self.drafts_of(account))
        account.provider = self.provider_code
        self.assertTrue(self.drafts_of(account))
