from datetime import timedelta
from zoneinfo import ZoneInfo

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..wire.items import Choice, Person
from .common import ANNA, BIEL, WhatsappCase
from .test_kinds import PNG

LOGS = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
USER = "whatsapp_connector.group_whatsapp_user"
AGENT = "whatsapp_connector.group_whatsapp_agent"


class ComposerCase(WhatsappCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls.create_partner(
            "Anna Puig", ANNA.number, lang="en_US", email="anna@example.com"
        )
        cls.template = cls.create_approved(
            "News", "Hello {{1}}, there is news.", language="en", fields={"1": "name"}
        )

    def compose(self, record=None, user=None, **context):
        """The composer as it opens on a record's form."""
        if record is not None:
            context |= {"active_model": record._name, "active_id": record.id}
        composer = self.env["whatsapp.composer"].with_user(user or self.agent)
        return Form(composer.with_context(**context))

    def compose_in(self, thread, user=None, **context):
        return self.compose(user=user, default_thread_id=thread.id, **context)

    def send_form(self, form):
        form.save().action_send()
        return self.env["whatsapp.message"].search([], limit=1)

    def assertRefused(self, form, reason):
        """It says why before it is sent, and doesn't send it anyway."""
        self.assertRegex(form.obstacle or "", reason)
        count = self.env["whatsapp.message"].search_count([])
        with self.assertRaisesRegex(UserError, reason):
            form.save().action_send()
        self.assertEqual(self.env["whatsapp.message"].search_count([]), count)


@tagged("post_install", "-at_install")
class TestComposer(ComposerCase):
    def test_the_only_template_is_shown_filled_and_goes(self):
        form = self.compose(self.anna)
        self.assertEqual(form.template_id, self.template)
        self.assertEqual(form.preview["body"], "Hello Anna Puig, there is news.")
        self.assertFalse(form.obstacle)
        message = self.send_form(form)
        self.assertEqual(message.body, "Hello Anna Puig, there is news.")
        self.assertEqual(message.user_id, self.agent)
        self.run_outbox()
        self.assertEqual(message.state, "sent")

    def test_of_several_templates_the_sender_chooses(self):
        other = self.create_approved("Other", "Hello.", language="en")
        form = self.compose(self.anna)
        self.assertFalse(form.template_id)
        self.assertIn("Choose a template", form.missing)
        form.template_id = other
        self.assertFalse(form.missing)
        self.assertEqual(self.send_form(form).body, "Hello.")

    def test_only_what_the_user_may_send_from_there_is_offered(self):
        group = self.env["res.groups"].create({"name": "Bosses"})
        self.create_approved("Secret", "Hello.", group_ids=group.ids)
        self.create_approved("For companies", "Hello.", model="res.company")
        self.create_template("Draft", "Hello.")
        form = self.compose(self.anna)
        self.assertEqual(form.template_ids[:], self.template)

    def test_answers_fill_what_is_asked_for(self):
        template = self.create_approved("Visit", "We come on {{day}}.", language="en")
        template.variant_ids.variable_ids.label = "Delivery day"
        form = self.compose(self.anna)
        form.template_id = template
        self.assertEqual(form.questions[0]["label"], "Delivery day")
        self.assertIn("Delivery day", form.missing)
        self.assertFalse(form.obstacle)
        self.assertEqual(form.preview["body"], "We come on [Delivery day].")
        with self.assertRaisesRegex(UserError, "Delivery day"):
            form.save().action_send()
        form.answers = {"body/day": "Monday"}
        self.assertEqual(form.preview["body"], "We come on Monday.")
        self.assertFalse(form.missing)
        self.assertEqual(self.send_form(form).body, "We come on Monday.")

    def test_another_template_has_no_answers_of_the_last_one(self):
        first = self.create_approved("Visit", "We come on {{day}}.", language="en")
        other = self.create_approved("Call", "We call on {{day}}.", language="en")
        form = self.compose(self.anna)
        form.template_id = first
        form.answers = {"body/day": "Monday"}
        form.template_id = other
        self.assertIn("Day", form.missing)

    def test_the_contacts_language_is_taken(self):
        self.create_variant(self.template, "Hola {{1}}!", "es", fields={"1": "name"})
        self.approve(self.template)
        self.env["res.lang"]._activate_lang("es_ES")
        self.anna.lang = "es_ES"
        form = self.compose(self.anna)
        self.assertEqual(form.language, "es")
        self.assertEqual(form.preview["body"], "Hola Anna Puig!")
        self.assertFalse(form.language_note)
        form.language = "en"
        self.assertIn("Anna Puig's language is Spanish", form.language_note)

    def test_a_fallback_of_the_language_is_said(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.anna.lang = "fr_FR"
        form = self.compose(self.anna)
        self.assertEqual(form.language, "en")
        self.assertIn("this text is in English", form.language_note)
        self.assertTrue(self.send_form(form))

    def test_from_a_ticket_a_template_about_contacts_is_filled_by_its_contact(self):
        self.open_thread(ANNA)
        ticket = self.tickets_of()
        with self.later(hours=25):
            message = self.send_form(self.compose(ticket))
        self.assertIn("Anna Puig", message.body)
        self.assertEqual((message.record_model, message.record_id), self.place(ticket))
        self.assertEqual(message.note_id.model, "helpdesk.ticket")

    def place(self, record):
        return record._name, record.id

    def test_from_a_ticket_without_a_chat_its_contact_is_written_to(self):
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "Invoice", "description": "-", "partner_id": self.anna.id}
        )
        message = self.send_form(self.compose(ticket))
        self.assertEqual(message.contact_id.number, ANNA.number)
        self.assertEqual((message.record_model, message.record_id), self.place(ticket))

    def test_a_record_with_a_number_and_no_contact(self):
        plain = self.create_approved("Plain", "Hello.", language="en", model_id=False)
        bank = self.env["res.bank"].create({"name": "Bank", "phone": BIEL.number})
        form = self.compose(bank)
        form.template_id = plain
        self.assertEqual(self.send_form(form).contact_id.number, BIEL.number)

    def test_a_chat_is_about_its_ticket_else_its_contact(self):
        thread = self.open_thread(ANNA)
        ticket = self.tickets_of()
        form = self.compose_in(thread)
        self.assertEqual((form.res_model, form.res_id), self.place(ticket))
        helpdesk_stranger = self.create_user("own", USER)
        self.channel.user_ids = helpdesk_stranger
        form = self.compose_in(thread, helpdesk_stranger)
        self.assertEqual((form.res_model, form.res_id), self.place(self.anna))

    def test_a_chat_with_somebody_unknown_gets_what_needs_no_record(self):
        plain = self.create_approved("Plain", "Hello.", language="en", model_id=False)
        thread = self.open_thread(BIEL)
        thread.whatsapp_contact_id.sudo().partner_id = False
        self.conversations_of(BIEL).ticket_ids.unlink()
        with self.later(hours=25):
            form = self.compose_in(thread)
            self.assertFalse(form.res_id)
            form.template_id = plain
            message = self.send_form(form)
        self.assertEqual(message.thread_id, thread)

    def test_name_of_whoever_gets_it_needs_no_known_contact(self):
        template = self.create_approved(
            "Named", "Hello {{1}}, news.", language="en", model="helpdesk.ticket"
        )
        template.variant_ids.variable_ids.sudo().source = "contact"
        thread = self.open_thread(BIEL)
        ticket = self.tickets_of(BIEL)
        for known in (True, False):
            with self.subTest(known=known):
                form = self.compose(ticket, default_mode="template")
                form.template_id = template
                self.assertEqual(form.preview["body"], "Hello Biel, news.")
                thread.whatsapp_contact_id.sudo().partner_id = False
                ticket.partner_id = False

    def test_numbered_question_and_code_are_called_by_what_they_are(self):
        plain = self.create_approved("Visit", "We come on {{1}}.", language="en")
        code = self.create_approved("Code", False, category="authentication")
        labels = [
            variable._get_label()
            for variable in (plain | code).variant_ids.variable_ids
        ]
        self.assertEqual(labels, ["{{1}}", "Code"])

    def test_looking_makes_nobody_a_contact(self):
        composer = self.compose(self.anna).save()
        self.assertEqual(composer.contact_name, "Anna Puig")
        self.anna.with_user(self.agent).action_whatsapp_open_chat()
        self.assertFalse(self.contact_of())
        composer.action_send()
        self.assertEqual(self.contact_of().partner_id, self.anna)

    def test_looking_matches_nobody(self):
        contact = self.create_contact(profile_name="Anni")
        form = self.compose(self.anna)
        self.assertEqual(form.contact_name, "Anna Puig")
        self.assertFalse(form.obstacle)
        self.assertFalse(contact.partner_id)
        self.send_form(form)
        self.assertEqual(contact.partner_id, self.anna)

    def test_a_record_with_a_number_makes_nobody_a_contact_before_it_is_sent(self):
        bank = self.env["res.bank"].create({"name": "Bank", "phone": BIEL.number})
        self.assertFalse(self.compose(bank).contact_problem)
        self.assertFalse(self.contact_of(BIEL))

    def test_who_writes_says_who_has_a_number_without_a_chat(self):
        stranger = self.create_user("stranger", USER)
        self.channel.user_ids = stranger
        contact = self.create_contact()
        self.send_form(self.compose(self.anna, stranger))
        self.assertEqual(contact.partner_id, self.anna)

    def test_a_result_is_told(self):
        action = self.compose(self.anna).save().action_send()
        self.assertIn("On its way to Anna", action["params"]["message"])


@tagged("post_install", "-at_install")
class TestObstacles(ComposerCase):
    """What can't work is refused before it is sent, with its reason."""

    def test_no_number(self):
        self.anna.phone = False
        self.assertRefused(self.compose(self.anna), "no valid phone number")

    def test_number_of_somebody_elses_chat(self):
        self.create_contact(ANNA, partner_id=self.create_partner("Other", False).id)
        self.assertRefused(self.compose(self.anna), "belongs to Other")

    def test_chat_of_somebody_whom_nobody_recognised(self):
        stranger = self.create_user("stranger", USER)
        self.channel.user_ids = stranger
        self.open_thread(ANNA)
        self.contact_of().partner_id = False
        self.assertRefused(self.compose(self.anna, stranger), "Ask an agent")
        self.assertFalse(self.contact_of().partner_id)

    def test_opted_out_before_they_were_erased(self):
        self.receive_text("STOP")
        self.contact_of().sudo()._erase()
        self.assertRefused(self.compose(self.anna), "asked for no more")
        self.assertFalse(self.contact_of())

    def test_opted_out(self):
        self.receive_text("STOP")
        self.assertRefused(self.compose(self.anna), "asked for no more")

    def test_blocked(self):
        self.receive_text("Hola")
        self.contact_of().blocked = True
        self.assertRefused(self.compose(self.anna), "is blocked")

    def test_advertising_without_an_agreement(self):
        self.template.variant_ids.sudo().granted_category = "marketing"
        self.assertRefused(self.compose(self.anna), "has not agreed")

    def test_a_value_that_the_record_does_not_have(self):
        template = self.create_approved(
            "City", "We are in {{1}} too.", language="en", fields={"1": "city"}
        )
        form = self.compose(self.anna)
        form.template_id = template
        self.assertRefused(form, "There is no value for: City")
        self.assertEqual(form.preview["body"], "We are in … too.")

    def test_held_by_policy_until(self):
        self.company.whatsapp_waiting_policy = "all"
        self.send_form(self.compose(self.anna))
        self.run_outbox()
        self.assertRefused(self.compose(self.anna), "your company's policy")

    def test_no_template(self):
        self.template.variant_ids.sudo().state = "paused"
        self.assertRefused(self.compose(self.anna), "no approved template")

    def test_a_template_that_was_withdrawn_meanwhile(self):
        composer = self.compose(self.anna).save()
        self.template.variant_ids.sudo().state = "paused"
        with self.assertRaises(UserError):
            composer.action_send()

    def test_no_provider(self):
        self.account.provider = "none"
        self.assertRefused(self.compose(self.anna), "has no provider")

    def test_a_time_that_is_over(self):
        form = self.compose(self.anna)
        form.is_scheduled = True
        form.send_day = self.now().date() - timedelta(days=2)
        self.assertRefused(form, "time is over")

    def test_an_obstacle_offers_an_email_with_the_text(self):
        self.receive_text("STOP")
        composer = self.compose(self.anna, default_mode="template").save()
        self.assertTrue(composer.has_email)
        action = composer.action_write_email()
        context = action["context"]
        self.assertEqual(context["default_partner_ids"], self.anna.ids)
        self.assertIn("Hello Anna Puig", context["default_body"])
        email = Form(
            self.env["mail.compose.message"]
            .with_user(self.agent)
            .with_context(**context)
        ).save()
        self.assertIn("Hello Anna Puig", email.body)
        self.assertEqual(email.partner_ids, self.anna)

    def test_who_has_no_number_gets_the_text_by_email_in_their_language(self):
        self.create_variant(self.template, "Hola {{1}}!", "es", fields={"1": "name"})
        self.approve(self.template)
        self.env["res.lang"]._activate_lang("es_ES")
        self.anna.write({"phone": False, "lang": "es_ES"})
        form = self.compose(self.anna)
        self.assertRegex(form.obstacle, "no valid phone number")
        self.assertEqual(form.language, "es")
        self.assertEqual(form.preview["body"], "Hola Anna Puig!")
        action = form.save().action_write_email()
        self.assertIn("Hola Anna Puig!", action["context"]["default_body"])

    def test_without_an_address_there_is_no_email(self):
        self.anna.write({"phone": False, "email": False})
        self.assertFalse(self.compose(self.anna).has_email)


@tagged("post_install", "-at_install")
class TestWindow(ComposerCase):
    def test_inside_the_window_free_text_goes_to_the_chat(self):
        thread = self.open_thread(ANNA)
        form = self.compose(self.anna)
        self.assertEqual(form.mode, "text")
        self.assertIn("free text until", form.window_note)
        self.assertIn("Write your message", form.missing)
        form.body = "Bon *dia*\nAnna"
        self.assertFalse(form.missing)
        message = self.send_form(form)
        self.assertEqual((message.thread_id, message.kind), (thread, "text"))
        self.assertEqual(message.body, "Bon *dia*\nAnna")
        self.assertEqual(message.mail_message_id.author_id, self.agent.partner_id)

    def test_inside_the_window_a_template_may_be_chosen(self):
        self.open_thread(ANNA)
        form = self.compose(self.anna, default_mode="template")
        self.assertEqual(form.mode, "template")
        self.assertEqual(self.send_form(form).kind, "template")

    def test_outside_the_window_there_are_only_templates(self):
        thread = self.open_thread(ANNA)
        with self.later(hours=25):
            form = self.compose_in(thread)
            self.assertFalse(form.can_text)
            self.assertEqual(form.mode, "template")

    def test_a_window_that_closes_meanwhile_is_said(self):
        self.open_thread(ANNA)
        form = self.compose(self.anna)
        form.body = "Bon dia"
        composer = form.save()
        with self.later(hours=25):
            composer.invalidate_recordset()
            with self.assertRaisesRegex(UserError, "24 hours"):
                composer.action_send()

    def test_who_opted_out_gets_no_text_either(self):
        self.receive_text("STOP")
        form = self.compose(self.anna)
        form.mode = "text"
        form.body = "Bon dia"
        self.assertRefused(form, "asked for no more")


@tagged("post_install", "-at_install")
class TestSchedule(ComposerCase):
    def schedule(self, **changes):
        form = self.compose(self.anna)
        form.is_scheduled = True
        form.send_day = self.now().date() + timedelta(days=2)
        form.send_time = 9.5
        return form

    def local(self, form, zone):
        at = form.send_at.replace(tzinfo=ZoneInfo("UTC"))
        return at.astimezone(ZoneInfo(zone)).strftime("%H:%M")

    def test_the_contacts_clock_counts(self):
        self.agent.tz = "Europe/Madrid"
        self.anna.write({"phone": "+81312345678", "tz": "Europe/Madrid"})
        form = self.schedule()
        self.assertEqual(self.local(form, "Asia/Tokyo"), "09:30")
        self.assertIn("By Anna Puig's clock (Asia/Tokyo)", form.time_note)
        self.assertIn("For you it is", form.time_note)

    def test_of_several_zones_of_a_number_the_contacts_own(self):
        self.agent.tz = "Europe/Brussels"
        self.anna.tz = "Atlantic/Canary"
        form = self.schedule()
        self.assertEqual(self.local(form, "Atlantic/Canary"), "09:30")

    def test_where_it_is_not_known_the_senders_clock_counts(self):
        self.agent.tz = "Europe/Madrid"
        self.anna.tz = False
        form = self.schedule()
        self.assertEqual(self.local(form, "Europe/Madrid"), "09:30")
        self.assertIn("time zone isn't known", form.time_note)

    def test_it_begins_with_a_time_to_come(self):
        form = self.compose(self.anna)
        form.is_scheduled = True
        self.assertGreater(form.send_at, self.now())

    def test_it_waits_and_can_be_cancelled_on_the_record(self):
        message = self.send_form(self.schedule())
        self.assertEqual(message.state, "scheduled")
        self.run_outbox()
        self.assertFalse(self.provider.sent)
        note = message.note_id.with_user(self.agent)
        shown = note.sudo()._whatsapp_store_values()
        self.assertEqual(shown["state"], "scheduled")
        self.assertTrue(shown["scheduled_at"])
        note.action_whatsapp_cancel()
        self.assertEqual(message.state, "cancelled")


@tagged("post_install", "-at_install")
class TestComposerRights(ComposerCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_team = cls.env["helpdesk.ticket.team"].create({"name": "Sales"})
        cls.other_channel = cls.create_channel(
            cls.account,
            "+34931000200",
            name="Sales number",
            team_ids=cls.other_team.ids,
        )
        cls.other_agent = cls.create_user("other_agent", AGENT)
        cls.other_team.user_ids = cls.other_agent

    def test_only_the_users_numbers_are_offered(self):
        form = self.compose(self.anna)
        self.assertEqual(form.channel_ids[:], self.channel)
        self.channel.user_ids = self.other_agent
        form = self.compose(self.anna, self.other_agent)
        self.assertEqual(form.channel_ids[:], self.channel | self.other_channel)

    def test_the_number_of_the_latest_chat_is_proposed(self):
        self.other_channel.user_ids = self.agent
        self.open_thread(
            ANNA, number_id=self.other_channel.number_id, text="Hola, vendes?"
        )
        self.assertEqual(self.compose(self.anna).channel_id, self.other_channel)
        form = self.compose(self.create_partner("Nova", "+34611223344"))
        self.assertEqual(form.channel_id, self.channel)

    def test_another_number_than_ones_own_is_refused(self):
        composer = self.compose(self.anna).save()
        composer.sudo().channel_id = self.other_channel
        with self.assertRaisesRegex(UserError, "choose a number"):
            composer.action_send()

    def test_somebody_elses_chat_is_refused(self):
        thread = self.open_thread(ANNA)
        composer = self.env["whatsapp.composer"].with_user(self.other_agent)
        with self.assertRaises(UserError), mute_logger(*LOGS):
            composer.create(
                {
                    "thread_id": thread.id,
                    "channel_id": self.channel.id,
                    "mode": "text",
                    "body": "Hola",
                }
            ).action_send()

    def test_a_record_of_another_chat_is_refused(self):
        thread = self.open_thread(ANNA)
        other = self.create_partner("Biel", BIEL.number)
        composer = self.env["whatsapp.composer"].with_user(self.agent)
        with self.assertRaisesRegex(UserError, "nothing to do with"):
            composer.create(
                {
                    "thread_id": thread.id,
                    "res_model": "res.partner",
                    "res_id": other.id,
                    "mode": "template",
                }
            ).action_send()

    def test_a_record_that_may_not_be_read_is_refused(self):
        company = self.env["res.company"].create({"name": "Other"})
        hidden = self.create_partner("Hidden", BIEL.number, company_id=company.id)
        composer = self.env["whatsapp.composer"].with_user(self.agent)
        with self.assertRaises(UserError), mute_logger(*LOGS):
            made = composer.create(
                {
                    "res_model": "res.partner",
                    "res_id": hidden.id,
                    "channel_id": self.channel.id,
                    "template_id": self.template.id,
                    "mode": "template",
                }
            )
            self.assertFalse(made.contact_id)
            self.assertFalse(made.contact_name)
            made.action_send()

    def test_who_may_use_no_number_is_told(self):
        user = self.create_user("user", USER)
        form = self.compose(self.anna, user)
        self.assertRefused(form, "may not use any WhatsApp number")

    def test_employees_and_portal_users_have_no_composer(self):
        for user in (
            self.create_user("employee"),
            self.create_user("portal", "base.group_portal"),
        ):
            with self.assertRaises(UserError), mute_logger(*LOGS):
                self.compose(self.anna, user)

    def test_the_chatter_offers_it_to_those_who_may(self):
        tickets = self.env["helpdesk.ticket"]
        agent, employee = self.agent, self.create_user("employee")
        self.assertTrue(tickets.with_user(agent)._whatsapp_may_write())
        self.assertFalse(tickets.with_user(employee)._whatsapp_may_write())
        teams = self.env["helpdesk.ticket.team"].with_user(agent)
        self.assertFalse(teams._whatsapp_may_write())
        actions = self.env["ir.actions.server"].with_user(agent)
        self.assertFalse(actions._whatsapp_may_write(), "several people, no customer")

    def test_nobody_is_guessed_among_several_people(self):
        model_id = self.env["ir.model"]._get_id("res.partner")
        record = self.env["ir.actions.server"].create(
            {"name": "Mail", "model_id": model_id, "state": "code"}
        )
        sending = self.env["whatsapp.sending"]
        record.partner_ids = self.anna
        self.assertEqual(sending._get_partner(record), self.anna)
        record.partner_ids += self.create_partner("Biel", BIEL.number)
        self.assertFalse(sending._get_partner(record))


@tagged("post_install", "-at_install")
class TestLineOnTheRecord(ComposerCase):
    def setUp(self):
        super().setUp()
        self.message = self.send_form(self.compose(self.anna))
        self.note = self.message.note_id.with_user(self.agent)

    def test_what_failed_is_sent_again_from_there(self):
        self.provider.refuse()
        self.run_outbox()
        self.assertEqual(self.message.state, "failed")
        self.note.action_whatsapp_resend()
        self.run_outbox()
        self.assertEqual(self.note.sudo()._whatsapp_store_values()["state"], "sent")

    def test_a_template_is_sent_again_outside_the_window_if_it_still_may(self):
        self.provider.refuse(times=2)
        self.run_outbox()
        self.template.variant_ids.sudo().state = "paused"
        with self.assertRaisesRegex(UserError, "not approved"):
            self.note.action_whatsapp_resend()

    def test_it_can_be_cancelled_while_it_waits(self):
        self.note.action_whatsapp_cancel()
        self.assertEqual(self.message.state, "cancelled")

    def test_who_may_not_use_the_number_can_only_look(self):
        for user in (self.create_user("employee"), self.create_user("other", AGENT)):
            note = self.note.with_user(user)
            for action in (note.action_whatsapp_cancel, note.action_whatsapp_resend):
                with self.assertRaises(UserError), mute_logger(*LOGS):
                    action()
        self.assertEqual(self.message.state, "queued")

    def test_an_ordinary_note_is_no_whatsapp_message(self):
        note = self.anna.message_post(body="Hello")
        with self.assertRaisesRegex(UserError, "not a WhatsApp message"):
            note.with_user(self.agent).action_whatsapp_cancel()


@tagged("post_install", "-at_install")
class TestTemplateInTheChat(ComposerCase):
    def test_buttons_are_shown(self):
        template = self.create_approved(
            "Choose",
            "Which one?",
            language="en",
            button_ids=[
                Command.create({"kind": "quick_reply", "text": "This"}),
                Command.create(
                    {"kind": "url", "text": "See", "url": "https://example.com"}
                ),
            ],
        )
        form = self.compose(self.anna)
        form.template_id = template
        message = self.send_form(form)
        shown = message.mail_message_id._whatsapp_store_values()["choices"]
        self.assertEqual([(c["kind"], c["title"]) for c in shown], self.BUTTONS)

    BUTTONS = [("quick_reply", "This"), ("url", "See")]

    def test_the_headers_file_is_there_and_on_the_record(self):
        picture = self.env["ir.attachment"].create({"name": "map.png", "raw": PNG})
        template = self.create_approved(
            "Map",
            "Here we are.",
            language="en",
            header="image",
            header_attachment_id=picture.id,
        )
        form = self.compose(self.anna)
        form.template_id = template
        message = self.send_form(form)
        self.assertEqual(message.attachment_id, picture)
        self.assertEqual(message.mail_message_id.attachment_ids, picture)
        self.assertEqual(message.note_id.attachment_ids, picture)

    def test_the_headers_place_is_a_link_to_a_map(self):
        template = self.create_approved(
            "Place",
            "Here we are.",
            language="en",
            header="location",
            header_place="Acme, Girona",
            header_latitude=41.98,
            header_longitude=2.82,
        )
        form = self.compose(self.anna)
        form.template_id = template
        message = self.send_form(form)
        for shown in (message.mail_message_id, message.note_id):
            self.assertRegex(shown.body, "mlat=41.98.*Acme, Girona.*Here we are")

    def test_a_tapped_button_knows_its_template_and_triggers_rules(self):
        template = self.create_approved(
            "Choose",
            "Which one?",
            language="en",
            button_ids=[Command.create({"kind": "quick_reply", "text": "This"})],
        )
        self.env["base.automation"].create(
            {
                "name": "Tapped",
                "model_id": self.env["ir.model"]._get_id("whatsapp.message"),
                "trigger": "on_create",
                "filter_domain": str(
                    [
                        ("payload", "=", "choose:0"),
                        ("answered_id.template_id", "=", template.id),
                    ]
                ),
                "action_server_ids": self.env["ir.actions.server"]
                .create(
                    {
                        "name": "Note it",
                        "model_id": self.env["ir.model"]._get_id("whatsapp.message"),
                        "state": "code",
                        "code": "record.contact_id.write({'username': record.payload})",
                    }
                )
                .ids,
            }
        )
        form = self.compose(self.anna)
        form.template_id = template
        asked = self.send_form(form)
        self.run_outbox()
        tapped = self.receive(
            self.inbound(
                "This",
                kind="button_reply",
                quoted_id=asked.provider_id,
                choice=Choice(title="This", payload="choose:0"),
            )
        )
        self.assertEqual(tapped.answered_id, asked)
        self.assertEqual(tapped.answered_template_id, template)
        self.assertEqual(tapped.contact_id.username, "choose:0")

    def test_of_a_quoted_message_of_another_chat_nothing_is_known(self):
        asked = self.send_form(self.compose(self.anna))
        self.run_outbox()
        answer = self.receive_text("Hola", BIEL, quoted_id=asked.provider_id)
        self.assertFalse(answer.answered_id)


@tagged("post_install", "-at_install")
class TestOneTimeCodes(ComposerCase):
    CODE = "482913"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.code_template = cls.create_approved(
            "Code",
            "{{1}} is your code.",
            language="en",
            category="authentication",
            model_id=False,
        )

    def send_code(self):
        form = self.compose(self.anna)
        form.template_id = self.code_template
        form.answers = {"body/1": self.CODE}
        self.composer = form.save()
        self.composer.action_send()
        return self.env["whatsapp.message"].search([], limit=1)

    def assertForgotten(self, message):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT row_to_json(m)::text FROM whatsapp_message m WHERE id = %s",
            (message.id,),
        )
        self.assertNotIn(self.CODE, self.env.cr.fetchone()[0])

    def test_it_is_sent_and_shown_nowhere(self):
        message = self.send_code()
        for text in (
            message.body,
            message.mail_message_id.body,
            message.note_id.body,
            message.conversation_id.last_message_text,
        ):
            self.assertNotIn(self.CODE, text)
        self.assertFalse(self.composer.answers)
        self.run_outbox()
        self.assertEqual(self.provider.sent[0]["values"], {"body/1": self.CODE})
        self.assertForgotten(message)

    def test_who_reads_the_messages_does_not_read_it_while_it_waits(self):
        message = self.send_code().with_user(self.agent)
        with self.assertRaises(UserError), mute_logger(*LOGS):
            message.read(["template_values"])

    def test_it_is_forgotten_when_it_fails_and_is_not_sent_again(self):
        self.provider.refuse()
        message = self.send_code()
        self.run_outbox()
        self.assertEqual(message.state, "failed")
        self.assertForgotten(message)
        self.assertFalse(message.mail_message_id._whatsapp_store_values()["can_resend"])
        with self.assertRaisesRegex(UserError, "not kept"):
            message.with_user(self.agent).action_resend()

    def test_it_is_kept_while_it_waits_for_another_try(self):
        self.provider.answer(503)
        message = self.send_code()
        self.run_outbox()
        self.assertEqual(message.state, "queued")
        self.assertTrue(message.template_values)

    def test_it_is_forgotten_when_it_is_cancelled(self):
        message = self.send_code()
        message.with_user(self.agent).action_cancel()
        self.assertForgotten(message)

    def test_no_email_carries_it(self):
        self.receive_text("Hola")
        self.contact_of().blocked = True
        form = self.compose(self.anna)
        form.mode = "template"
        form.template_id = self.code_template
        form.answers = {"body/1": self.CODE}
        action = form.save().action_write_email()
        self.assertNotIn(self.CODE, action["context"]["default_body"])

    def test_a_person_without_a_number_gets_none(self):
        hidden = Person(user_id="US.1", username="anna", name="Anna")
        self.receive_text("Hola", hidden)
        contact = self.env["whatsapp.contact"].search([("username", "=", "anna")])
        form = self.compose_in(contact.thread_ids, default_mode="template")
        form.template_id = self.code_template
        form.answers = {"body/1": self.CODE}
        self.assertRefused(form, "hides theirs")
