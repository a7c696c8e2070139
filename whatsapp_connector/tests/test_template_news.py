from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged

from .test_template import TemplateCase


class NewsCase(TemplateCase):
    def setUp(self):
        super().setUp()
        self.template = self.draft(user_id=self.author.id).template_id
        self.create_variant(
            self.template, "Hola {{1}}, gracias por escribir.", language="es"
        )
        self.ca, self.es = self.template.variant_ids.with_user(self.author)

    def activities_of(self, user):
        return self.template.activity_ids.filtered(lambda a: a.user_id == user)

    def told_to(self, user, words):
        """Notifications with ``words`` that ``user`` got."""
        return (
            self.env["mail.message"]
            .search(
                [
                    ("model", "=", "whatsapp.template"),
                    ("res_id", "=", self.template.id),
                    ("message_type", "=", "user_notification"),
                    ("partner_ids", "in", user.partner_id.ids),
                    ("body", "like", words),
                ]
            )
            .mapped("body")
        )

    def submit_all(self):
        self.template.with_user(self.author).action_ask_review_all()
        self.template.with_user(self.manager).action_approve_all()
        self.run_templates()


@tagged("post_install", "-at_install")
class TestTemplateActivities(NewsCase):
    def test_managers_get_one_activity_for_all_languages(self):
        self.ca.action_ask_review()
        self.es.action_ask_review()
        [activity] = self.activities_of(self.manager)
        self.assertEqual(activity.summary, "Review a WhatsApp template")
        for language in ("Catalan", "Spanish"):
            self.assertIn(language, activity.note)
        self.assertFalse(self.activities_of(self.author))

    def test_it_names_the_languages_that_wait_and_ends_with_the_last(self):
        (self.ca | self.es).action_ask_review()
        self.ca.with_user(self.manager).action_approve()
        [activity] = self.activities_of(self.manager)
        self.assertNotIn("Catalan", activity.note)
        self.es.action_back_to_draft()
        self.assertFalse(self.activities_of(self.manager))

    def test_what_was_sent_back_stands_on_the_form_until_it_is_handed_in_again(self):
        self.ca.action_ask_review()
        self.ca.with_user(self.manager).action_send_back("Més curt, si us plau.")
        self.assertEqual(self.ca.send_back, "Més curt, si us plau.")
        self.assertEqual(self.ca.reviewer_id, self.manager)
        [activity] = self.activities_of(self.author)
        self.assertIn("Catalan: Més curt", activity.note)
        self.ca.action_ask_review()
        self.assertFalse(self.ca.send_back)
        self.assertFalse(self.activities_of(self.author))

    def test_author_mends_what_whatsapp_rejected(self):
        self.submit_all()
        for variant in (self.ca, self.es):
            self.provider.review(variant, "rejected", reason="INVALID_FORMAT")
        self.run_templates()
        [activity] = self.activities_of(self.author)
        self.assertIn("Spanish: INVALID_FORMAT", activity.note)
        (self.ca | self.es).action_ask_review()
        self.assertFalse(self.activities_of(self.author))

    def test_changed_bindings_of_all_languages_are_one_question(self):
        self.approve(self.template)
        self.template.variant_ids.with_user(self.author).variable_ids.field_path = "ref"
        [activity] = self.activities_of(self.manager)
        self.assertEqual(activity.summary, "Enable a WhatsApp template again")
        self.template.variant_ids.with_user(self.manager).action_enable()
        self.assertFalse(self.activities_of(self.manager))

    def test_each_reads_it_in_their_own_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.manager.lang = "es_ES"
        with patch.object(
            type(self.ca),
            "_get_language_names",
            lambda variant: f"in {variant.env.context.get('lang')}",
        ):
            self.ca.action_ask_review()
        self.assertIn("in es_ES", self.activities_of(self.manager).note)


@tagged("post_install", "-at_install")
class TestTemplateNews(NewsCase):
    def test_decisions_about_several_languages_are_told_at_once(self):
        self.submit_all()
        for variant in (self.ca, self.es):
            self.provider.review(variant, "approved")
        self.run_templates()
        for user in (self.manager, self.author):
            [body] = self.told_to(user, "WhatsApp approved")
            for language in ("Catalan", "Spanish"):
                self.assertRegex(body, f"approved .*{language}")

    def test_each_language_keeps_its_own_history(self):
        self.submit_all()
        self.provider.review(self.ca, "approved")
        self.run_templates()
        self.assertIn("WhatsApp approved", self.told(self.ca))
        self.assertNotIn("WhatsApp approved", self.told(self.es))

    def test_what_vanished_is_told_at_once(self):
        self.approve(self.template)
        self.provider.templates.clear()
        self.run_templates()
        [body] = self.told_to(self.manager, "doesn't have")
        self.assertEqual(body.count("doesn't have"), 2)

    def test_open_forms_of_others_follow_each_step(self):
        steps = (
            (self.author, "action_ask_review", "review", self.manager),
            (self.manager, "action_approve", "ready", self.author),
            (self.author, "action_back_to_draft", "draft", self.manager),
        )
        for user, method, state, audience in steps:
            if method == "action_back_to_draft":
                self.ca.sudo().state = "review"
            with patch.object(type(user), "_bus_send", autospec=True) as send:
                getattr(self.ca.with_user(user), method)()
            told = {
                call.args[0]: call.args[2]["state"]
                for call in send.call_args_list
                if call.args[1] == "whatsapp.template/state"
            }
            self.assertEqual(told.get(audience), state)
            self.assertNotIn(user, told, "who did it sees it anyway")

    def test_open_forms_follow_the_work_engine(self):
        self.submit_all()
        with patch.object(type(self.manager), "_bus_send", autospec=True) as send:
            self.provider.review(self.ca, "approved")
            self.run_templates()
        states = {call.args[2].get("state") for call in send.call_args_list}
        self.assertIn("approved", states)


@tagged("post_install", "-at_install")
class TestAllLanguages(NewsCase):
    def test_all_languages_go_through_review_in_one_step(self):
        self.assertEqual(self.template.with_user(self.author).to_ask_count, 2)
        self.submit_all()
        self.assertEqual(self.template.variant_ids.mapped("state"), ["pending"] * 2)
        self.assertEqual(self.template.with_user(self.author).to_ask_count, 0)

    def test_what_is_to_be_mended_is_said_of_every_language(self):
        self.ca.body = "{{1}} comença malament."
        self.es.body = "{{1}} empieza mal."
        with self.assertRaisesRegex(UserError, r"Catalan(.|\n)*Spanish"):
            self.template.with_user(self.author).action_ask_review_all()
        self.assertEqual(self.template.variant_ids.mapped("state"), ["draft"] * 2)

    def test_nobody_approves_all_of_what_they_wrote(self):
        self.company.whatsapp_second_person = "always"
        template = self.template.with_user(self.manager)
        template.action_ask_review_all()
        self.assertEqual(template.to_approve_count, 0)
        second = self.create_user("second", "whatsapp_connector.group_whatsapp_manager")
        self.assertEqual(template.with_user(second).to_approve_count, 2)
