from datetime import timedelta

from odoo.tests import tagged

from ..models.whatsapp_sending import Letter
from .common import ANNA, BIEL, WhatsappCase
from .test_access import AGENT


class SendingCase(WhatsappCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls.create_partner("Anna Puig", ANNA.number, lang="en_US")
        cls.template = cls.create_approved(
            body="Hello {{1}}, your ticket has news.",
            language="en",
            fields={"1": "name"},
        )

    def setUp(self):
        super().setUp()
        self.sending = self.env["whatsapp.sending"].with_user(self.agent)

    def letter(self, record=None, template=None, **vals):
        record = (self.anna if record is None else record).with_user(self.agent)
        contact = self.sending._get_contacts(record, self.company)[record]
        variant = (template or self.template).variant_ids[:1]
        return Letter(
            channel=self.channel,
            contact=contact,
            variant=variant,
            record=record,
            **vals,
        )

    def send_template(self, *args, **vals):
        letter = self.letter(*args, **vals)
        self.sending._send([letter])
        return letter

    def record_consent(self, decision, scope, person=ANNA):
        self.env["whatsapp.consent"]._record(
            self.contact_of(person), scope=scope, decision=decision, source="person"
        )


@tagged("post_install", "-at_install")
class TestSending(SendingCase):
    def test_template_is_queued_with_its_values_and_sent(self):
        letter = self.send_template()
        self.assertFalse(letter.refusal)
        self.assertEqual(letter.message.body, "Hello Anna Puig, your ticket has news.")
        self.run_outbox()
        self.assertEqual(letter.message.state, "sent")
        [sent] = self.provider.sent
        self.assertEqual(sent["template"], self.template.variant_ids.provider_id)
        self.assertEqual(sent["values"], {"body/1": "Anna Puig"})

    def test_template_opens_a_waiting_conversation(self):
        letter = self.send_template()
        conversation = letter.message.conversation_id
        self.assertEqual(conversation.state, "waiting")
        self.assertEqual(conversation.user_id, self.agent)

    def unread(self, user=None):
        """How many messages of Anna's chat Discuss shows as new."""
        user = user or self.agent
        member = self.thread_of().channel_member_ids.filtered(
            lambda m: m.partner_id == user.partner_id
        )
        return member.with_user(user).message_unread_counter

    def test_what_one_sends_is_no_news_to_oneself(self):
        colleague = self.create_user("colleague", AGENT)
        self.team.user_ids += colleague
        for _message in range(2):
            mail = self.send_template().message.mail_message_id
            self.assertEqual(self.unread(), 0)
            member = self.thread_of().channel_member_ids
            self.assertEqual(member.seen_message_id, mail)
        self.thread_of()._whatsapp_add_users(colleague)
        self.assertEqual(self.unread(colleague), 2)
        self.send_template()
        self.assertEqual(self.unread(colleague), 3)

    def test_what_waits_in_the_chat_stays_unread_when_one_writes_from_elsewhere(self):
        self.open_thread()
        self.send_template()
        self.assertEqual(self.unread(), 2)
        self.run_presence()
        self.assertFalse(self.provider.told)

    def test_what_waits_is_unread_for_whoever_joins_by_writing_from_elsewhere(self):
        self.team.user_ids -= self.agent
        self.open_thread()
        self.channel.user_ids = self.agent
        self.assertFalse(self.thread_of().channel_member_ids)
        self.send_template()
        self.assertEqual(self.unread(), 2)

    def test_a_template_in_a_chat_that_nobody_looked_at_is_no_read_receipt(self):
        self.team.user_ids -= self.agent
        self.open_thread()
        self.conversations_of().waiting_since = False
        self.channel.user_ids = self.agent
        self.send_template()
        self.assertEqual(self.unread(), 0)
        self.run_presence()
        self.assertFalse(self.provider.told)

    def test_line_in_the_chatter_of_the_record_follows_the_message(self):
        letter = self.send_template()
        note = self.anna.message_ids.filtered(lambda m: m.whatsapp_noted_ids)
        self.assertIn("Hello Anna Puig", note.body)
        self.assertEqual(note._whatsapp_store_values()["state"], "queued")
        self.run_outbox()
        self.receive(self.status(letter.message, "read"))
        self.assertEqual(note._whatsapp_store_values()["state"], "read")

    def test_answer_returns_to_the_record_and_opens_no_ticket(self):
        self.send_template()
        self.run_outbox()
        self.receive_text("Moltes gràcies")
        self.assertIn("Moltes gràcies", self.anna.message_ids[0].body)
        self.assertFalse(self.tickets_of())
        self.assertEqual(self.conversations_of().state, "open")

    def test_tapped_button_returns_to_the_record_while_a_ticket_is_open(self):
        self.open_thread()
        ticket = self.tickets_of()
        self.assertTrue(ticket)
        letter = self.send_template()
        self.run_outbox()
        self.receive_text(
            "Read it", kind="button_reply", quoted_id=letter.message.provider_id
        )
        self.assertIn("Read it", self.anna.message_ids[0].body)
        self.assertEqual(self.tickets_of(), ticket)

    def test_template_sent_as_a_ticket_closes_reopens_it_only_when_answered(self):
        self.open_thread()
        ticket = self.tickets_of()
        closing = self.create_approved(
            "Closed", "We are done.", language="en", model="helpdesk.ticket"
        )
        ticket.whatsapp_conversation_id.action_close()
        self.send_template(ticket, closing)
        self.run_outbox()
        self.assertTrue(ticket.closed)
        self.receive_text("Encara no va")
        self.assertEqual(self.tickets_of(), ticket)
        self.assertFalse(ticket.closed)

    def test_missing_value_is_refused_by_its_name(self):
        template = self.create_approved(
            "Mail", "We wrote to {{1}} just now.", language="en", fields={"1": "email"}
        )
        letter = self.send_template(template=template)
        self.assertIn("There is no value for", letter.refusal)
        self.assertFalse(letter.message)

    def test_unapproved_template_is_refused(self):
        self.template.variant_ids.sudo().state = "paused"
        self.assertIn("not approved", self.send_template().refusal)

    def test_template_withdrawn_while_it_waits_does_not_go(self):
        letter = self.send_template()
        self.template.variant_ids.sudo().state = "paused"
        self.run_outbox()
        self.assertEqual(letter.message.state, "failed")
        self.assertFalse(self.provider.sent)

    def test_opted_out_get_no_template_unless_the_channel_says_utility(self):
        self.receive_text("STOP")
        self.run_outbox()
        self.assertIn("asked for no more", self.send_template().refusal)
        self.channel.utility_to_opted_out = True
        letter = self.send_template()
        self.run_outbox()
        self.assertEqual(letter.message.state, "sent")

    def test_who_opts_out_while_it_waits_gets_nothing(self):
        letter = self.send_template()
        self.record_consent("out", "all")
        self.run_outbox()
        self.assertEqual(letter.message.state, "failed")

    def test_advertising_needs_an_agreement_on_record(self):
        advert = self.create_approved(
            "Sale", "A sale for you.", language="en", category="marketing"
        )
        self.assertIn("has not agreed", self.send_template(template=advert).refusal)
        self.record_consent("in", "marketing")
        self.assertFalse(self.send_template(template=advert).refusal)
        self.company.whatsapp_marketing_opt_in = False
        self.record_consent("out", "marketing")
        self.assertIn("no advertising", self.send_template(template=advert).refusal)

    def test_category_that_whatsapp_granted_decides_about_consent(self):
        self.template.variant_ids.sudo().granted_category = "marketing"
        self.assertIn("has not agreed", self.send_template().refusal)

    def test_second_opening_is_held_by_policy_until_the_answer_or_a_day(self):
        self.company.whatsapp_waiting_policy = "all"
        self.send_template()
        self.run_outbox()
        refusal = self.send_template().refusal
        self.assertIn("company's policy", refusal)
        with self.later(hours=25):
            self.assertFalse(self.letter_refusal())
        self.receive_text("Ja hi sóc")
        self.assertFalse(self.send_template().refusal)

    def letter_refusal(self):
        letter = self.letter()
        self.sending._check([letter])
        return letter.refusal

    def test_policy_of_advertising_holds_no_utility(self):
        self.company.whatsapp_waiting_policy = "marketing"
        self.send_template()
        self.run_outbox()
        self.assertFalse(self.send_template().refusal)

    def test_scheduled_message_waits_can_be_cancelled_and_goes_at_its_time(self):
        at = self.now() + timedelta(hours=2)
        going = self.send_template(at=at).message
        self.company.whatsapp_waiting_policy = "none"
        cancelled = self.send_template(at=at).message
        self.assertEqual(going.state, "scheduled")
        cancelled.with_user(self.agent).action_cancel()
        self.run_outbox()
        self.assertFalse(self.provider.sent)
        with self.later(hours=2, minutes=1):
            self.run_housekeeping()
            self.run_outbox()
        self.assertEqual((going.state, cancelled.state), ("sent", "cancelled"))

    def test_person_without_a_number_is_said(self):
        partner = self.create_partner("Nobody", False).with_user(self.agent)
        found = self.sending._get_contacts(partner, self.company)[partner]
        self.assertIn("no valid phone number", found)

    def test_batch_costs_as_many_queries_as_one(self):
        partners = self.env["res.partner"].create(
            [
                {"name": f"P{n}", "phone": f"+346000000{n:02}", "lang": "en_US"}
                for n in range(40)
            ]
        )

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            contacts = self.sending._get_contacts(
                records.with_user(self.agent), self.company
            )
            letters = [
                Letter(
                    channel=self.channel,
                    contact=contact,
                    variant=self.template.variant_ids,
                    record=record,
                    priority=10,
                )
                for record, contact in contacts.items()
            ]
            self.sending._send(letters)
            self.env.flush_all()
            self.assertFalse([x.refusal for x in letters if x.refusal])
            return self.cr.sql_log_count - before

        few = count(partners[:5])
        many = count(partners[5:])
        self.assertLess(many, few + 15)

    def test_language_of_the_contact_is_chosen_with_a_visible_fallback(self):
        catalan = self.create_variant(self.template, "Hola!", "ca")
        self.approve(self.template)
        variant, fits = self.template._get_variant(["ca_ES"])
        self.assertEqual((variant, fits), (catalan, True))
        variant, fits = self.template._get_variant(["fr_FR", "en_US"])
        self.assertEqual((variant.language, fits), ("en", False))

    def test_biel_has_no_chat_before_he_is_written_to(self):
        biel = self.create_partner("Biel", BIEL.number)
        letter = self.send_template(biel)
        self.assertEqual(letter.message.thread_id, self.thread_of(BIEL))
