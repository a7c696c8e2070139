from dataclasses import replace
from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..wire.http import ErrorAnswer, NoAnswer
from ..wire.items import Failure, TemplateUpdate
from ..wire.template import Template, TemplateState, TemplateVariable
from .common import WhatsappCase
from .test_kinds import PNG

WORK_LOG = "odoo.addons.whatsapp_connector.models.whatsapp_template_work"


class TemplateCase(WhatsappCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.whatsapp_second_person = "never"
        cls.author = cls.create_user(
            "author", "whatsapp_connector.group_whatsapp_author"
        )
        cls.manager = cls.create_user(
            "manager", "whatsapp_connector.group_whatsapp_manager"
        )

    def told(self, variant):
        return "".join(variant.message_ids.mapped("body"))

    def draft(self, **vals):
        vals.setdefault("body", "Hola {{1}}, gràcies per escriure.")
        return self.create_template(fields={"1": "name"}, **vals).variant_ids


@tagged("post_install", "-at_install")
class TestAuthoring(TemplateCase):
    def test_variables_follow_the_text_and_keep_their_bindings(self):
        variant = self.draft(body="Hola {{1}}, el tiquet {{2}} avança bé.")
        one, two = variant.variable_ids
        self.assertEqual((one.field_path, two.source), ("name", "free"))
        variant.body = "Hola {{1}}, tenim notícies del {{3}} per a tu."
        self.assertEqual(variant.variable_ids.mapped("name"), ["1", "3"])
        self.assertEqual(variant.variable_ids[0], one)
        self.assertEqual(one.field_path, "name")

    def test_twelve_variables_keep_their_order(self):
        gaps = " i ".join(f"paraula {{{{{n}}}}}" for n in range(1, 13))
        variant = self.draft(body=f"Vet aquí {gaps} i prou.")
        names = variant.variable_ids.mapped("name")
        self.assertEqual(names, [str(n) for n in range(1, 13)])

    def test_same_number_in_text_and_button_are_two_variables(self):
        variant = self.draft()
        variant.button_ids = [
            (0, 0, {"kind": "url", "text": "Mira", "url": "https://e.example/{{1}}"})
        ]
        places = variant.variable_ids.mapped("place")
        self.assertEqual(places, ["body", "button:0"])

    def test_field_that_does_not_exist_is_refused_with_its_name(self):
        variant = self.draft()
        with self.assertRaisesRegex(UserError, "nome.*Contact"):
            variant.variable_ids.field_path = "nome"

    def test_account_is_named_where_templates_of_several_stand_side_by_side(self):
        template = self.draft(name="Order").template_id
        beside = template.with_context(whatsapp_show_account=True)
        self.assertEqual(beside.display_name, "Order")
        self.create_account(name="Other")
        beside.invalidate_recordset()
        self.assertEqual(beside.display_name, f"Order ({self.account.name})")
        self.assertEqual(template.display_name, "Order")

    def test_name_is_made_fit_for_whatsapp(self):
        template = self.create_template("Tiquet: novetats!")
        self.assertEqual(template.technical_name, "tiquet_novetats")


@tagged("post_install", "-at_install")
class TestReview(TemplateCase):
    def test_template_goes_from_draft_to_approved(self):
        variant = self.draft()
        variant.with_user(self.author).action_ask_review()
        self.assertEqual(variant.state, "review")
        self.assertIn(self.manager, variant.template_id.activity_ids.user_id)
        variant.with_user(self.manager).action_approve()
        self.assertEqual(variant.state, "ready")
        self.assertFalse(variant.template_id.activity_ids)
        self.run_templates()
        self.assertEqual(variant.state, "pending")
        self.assertFalse(variant._is_sendable())
        self.provider.review(variant, "approved")
        self.run_templates()
        self.assertEqual(variant.state, "approved")
        self.assertEqual(variant.granted_category, "utility")
        self.assertTrue(variant._is_sendable())
        self.assertIn("WhatsApp approved", self.told(variant))

    def assert_held_back(self, variant):
        self.assertFalse(variant._is_sendable())
        self.assertIn("until a manager enables it", self.told(variant))
        self.assertIn(self.manager, variant.template_id.activity_ids.user_id)
        variant.with_user(self.manager).action_enable()
        self.assertTrue(variant._is_sendable())
        self.run_templates()
        self.assertTrue(variant._is_sendable(), "it is no news any more")

    def test_another_category_than_asked_for_has_to_be_seen_by_a_manager(self):
        variant = self.draft()
        variant.with_user(self.manager).action_submit()
        self.run_templates()
        self.provider.review(variant, "approved", category="marketing")
        self.run_templates()
        self.assertEqual(variant.granted_category, "marketing")
        self.assertIn("into the category Marketing", self.told(variant))
        self.assert_held_back(variant)

    def test_low_quality_has_to_be_seen_by_a_manager(self):
        variant = self.approve(self.draft().template_id).variant_ids
        self.provider.review(variant, "approved", quality="yellow")
        self.run_templates()
        self.assertTrue(variant._is_sendable())
        self.provider.review(variant, "approved", quality="red")
        self.run_templates()
        self.assert_held_back(variant)

    def test_provider_is_asked_soon_after_a_submission_and_then_less(self):
        work = self.env["whatsapp.template.work"]
        work._cron_run()
        self.assertGreater(
            self.account.templates_due_at, self.now() + timedelta(minutes=50)
        )
        variant = self.draft()
        variant.with_user(self.manager).action_submit()
        work._cron_run()
        self.assertEqual(variant.state, "pending")
        self.assertLess(
            self.account.templates_due_at, self.now() + timedelta(minutes=2)
        )
        pauses = []
        for passed in (0, 1):
            with self.later(hours=passed):
                pauses.append(work._get_pause(self.account))
        self.provider.review(variant, "approved")
        self.run_templates()
        self.assertEqual([*pauses, work._get_pause(self.account)], [1, 5, 60])

    def test_nobody_approves_what_they_wrote_where_two_managers_are(self):
        self.company.whatsapp_second_person = "auto"
        self.create_user("second", "whatsapp_connector.group_whatsapp_manager")
        variant = self.draft()
        variant.with_user(self.manager).action_ask_review()
        with self.assertRaisesRegex(UserError, "Another manager"):
            variant.with_user(self.manager).action_approve()

    def test_only_manager_submits_alone(self):
        self.company.whatsapp_second_person = "never"
        variant = self.draft()
        variant.with_user(self.manager).action_submit()
        self.assertEqual(variant.state, "ready")

    def test_author_and_agent_cannot_approve_nor_write_the_state(self):
        variant = self.draft()
        variant.action_ask_review()
        for user in (self.author, self.agent):
            with self.assertRaises(UserError):
                variant.with_user(user).action_approve()
            with self.assertRaises(AccessError):
                variant.with_user(user).state = "approved"
        self.assertEqual(variant.state, "review")

    def test_template_with_mistakes_of_form_is_not_handed_in(self):
        variant = self.draft(body="{{1}} comença malament.")
        with self.assertRaisesRegex(UserError, "isn't ready yet"):
            variant.action_ask_review()

    def test_sent_back_with_a_comment_it_is_a_draft_again(self):
        variant = self.draft()
        variant.with_user(self.author).action_ask_review()
        variant.with_user(self.manager).action_send_back("Més curt, si us plau.")
        self.assertEqual(variant.state, "draft")
        self.assertIn("Més curt", variant.message_ids[0].body)
        self.assertIn(self.author.partner_id, variant.message_ids[0].partner_ids)

    def test_rejected_variant_is_mended_and_submitted_again(self):
        variant = self.draft()
        variant.action_submit()
        self.run_templates()
        self.provider.review(variant, "rejected", reason="INVALID_FORMAT")
        self.run_templates()
        self.assertEqual(
            (variant.state, variant.reason), ("rejected", "INVALID_FORMAT")
        )
        variant.body = "Bon dia {{1}}, gràcies per escriure-nos."
        variant.action_submit()
        self.run_templates()
        self.assertEqual(variant.state, "pending")

    def test_approved_text_cannot_be_changed(self):
        variant = self.approve(self.draft().template_id).variant_ids
        with self.assertRaises(UserError):
            variant.with_user(self.manager).body = "Una altra cosa, senyors."

    def test_new_version_replaces_the_old_one_only_when_approved(self):
        old = self.approve(self.draft().template_id).variant_ids
        new = old.browse(old.with_user(self.manager).action_new_version()["res_id"])
        new.body = "Benvolgut {{1}}, gràcies per escriure."
        self.assertEqual(new.variable_ids.field_path, "name")
        self.assertTrue(old._is_sendable())
        new.action_submit()
        self.run_templates()
        self.assertTrue(old._is_sendable())
        self.provider.review(new, "approved")
        self.run_templates()
        self.assertTrue(new._is_sendable())
        self.assertEqual((old.state, old.active), ("replaced", False))

    def test_changed_binding_needs_a_manager_again(self):
        variant = self.approve(self.draft().template_id).variant_ids
        variant.with_user(self.author).variable_ids.field_path = "email"
        self.assertFalse(variant._is_sendable())
        with self.assertRaises(AccessError):
            variant.with_user(self.author).action_enable()
        variant.with_user(self.manager).action_enable()
        self.assertTrue(variant._is_sendable())


@tagged("post_install", "-at_install")
class TestSubmission(TemplateCase):
    def submit(self, **vals):
        variant = self.draft(**vals)
        variant.action_submit()
        self.run_templates()
        return variant

    def test_refusal_of_the_provider_is_kept_with_its_reason(self):
        failure = Failure(code="92000", sentence="No.", detail="Name already used")
        self.provider.verdicts.append(ErrorAnswer(400, failure))
        variant = self.submit()
        self.assertEqual(variant.state, "rejected")
        self.assertIn("Name already used", variant.reason)

    def test_lost_answer_is_tried_again(self):
        self.provider.verdicts.append(NoAnswer("reset"))
        variant = self.submit()
        self.assertEqual(variant.state, "ready")
        with self.later(minutes=2):
            self.run_templates()
        self.assertEqual(variant.state, "pending")

    @mute_logger(WORK_LOG)
    def test_bug_of_a_transport_stops_no_other_template(self):
        self.provider.verdicts.append(ValueError("bug"))
        broken = self.draft()
        broken.action_submit()
        fine = self.draft(name="Other")
        fine.action_submit()
        self.run_templates()
        self.assertEqual((broken.state, fine.state), ("rejected", "pending"))

    def submit_with_picture(self):
        picture = self.env["ir.attachment"].create({"name": "map.png", "raw": PNG})
        return self.submit(header="image", header_attachment_id=picture.id)

    def test_files_at_a_former_address_are_named_where_the_address_changes(self):
        self.provider.capabilities = replace(
            self.provider.capabilities, template_files_stay=True
        )
        with_file = self.submit_with_picture()
        self.submit(name="Without a file")
        self.assertFalse(self.account.moved_templates)
        self.account.public_url = "https://new.example.com"
        self.assertEqual(self.account.moved_templates, with_file.display_name)

    def test_files_that_travel_with_each_message_never_move(self):
        self.submit_with_picture()
        self.account.public_url = "https://new.example.com"
        self.assertFalse(self.account.moved_templates)

    def test_unknown_word_of_the_provider_is_kept_and_approves_nothing(self):
        variant = self.submit()
        self.provider.review(variant, "in_appeal")
        self.run_templates()
        self.assertEqual(variant.state, "pending")
        self.assertEqual(variant.provider_status, "in_appeal")

    def test_news_by_webhook_are_applied(self):
        variant = self.submit()
        update = TemplateUpdate(
            change="status", value="approved", template_id=variant.provider_id
        )
        self.receive(update)
        self.assertEqual(variant.state, "approved")
        self.receive(
            TemplateUpdate(
                change="quality", value="red", template_id=variant.provider_id
            )
        )
        self.assertEqual(variant.quality, "red")
        self.assertIn("quality is low", self.told(variant))


@tagged("post_install", "-at_install")
class TestSynchronisation(TemplateCase):
    def add_at_provider(self, status="approved", **vals):
        content = Template(
            name="console_made",
            language="es_ES",
            category="marketing",
            body="Hola {{1}}, tu pedido {{2}} ha salido.",
            variables=(
                TemplateVariable(place="body", name="1", sample="Ana", key="3"),
                TemplateVariable(place="body", name="2", sample="S1", key="4"),
            ),
        )
        state = TemplateState(
            template_id="HX1",
            name="console_made",
            language="es_ES",
            status=status,
            category="marketing",
            content=content,
        )
        self.provider.templates[state.template_id] = state

    def imported(self):
        return self.env["whatsapp.template"].search(
            [("technical_name", "=", "console_made")]
        )

    def test_template_of_the_console_needs_enabling_before_it_is_sent(self):
        self.add_at_provider()
        self.run_templates()
        variant = self.imported().variant_ids
        self.assertEqual((variant.state, variant.language), ("approved", "es_ES"))
        self.assertEqual(variant.variable_ids.mapped("provider_key"), ["3", "4"])
        self.assertFalse(variant._is_sendable())
        variant.with_user(self.manager).action_enable()
        self.assertTrue(variant._is_sendable())

    def test_second_run_imports_nothing_twice(self):
        self.add_at_provider()
        self.run_templates()
        self.run_templates()
        self.assertEqual(len(self.imported().variant_ids), 1)

    def test_what_the_provider_does_not_approve_is_not_approved(self):
        self.add_at_provider(status="pending")
        self.run_templates()
        self.assertEqual(self.imported().variant_ids.state, "pending")

    def test_local_draft_is_not_overwritten(self):
        draft = self.draft(name="Console made")
        self.add_at_provider()
        self.run_templates()
        self.assertEqual(draft.state, "draft")
        self.assertIn("gràcies", draft.body)

    def test_what_vanished_at_the_provider_is_marked_and_not_offered(self):
        variant = self.approve(self.draft().template_id).variant_ids
        self.provider.templates.clear()
        self.run_templates()
        self.assertTrue(variant.exists().is_missing)
        self.assertFalse(variant._is_sendable())
