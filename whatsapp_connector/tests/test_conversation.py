from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ANNA, BIEL, WhatsappCase, utc_now


@tagged("post_install", "-at_install")
class TestThread(WhatsappCase):
    def shown_texts(self):
        """Texts in the order in which Discuss shows them."""
        shown = self.thread_of().message_ids.sorted("id")
        return [mail.whatsapp_message_ids.body for mail in shown]

    def test_there_is_one_for_each_number_and_contact(self):
        self.receive_text("Hola")
        self.receive_text("Encara hi sou?")
        self.assertEqual(len(self.thread_of()), 1)
        other = self.create_channel(self.account, "+34931000200")
        self.receive_text("Hola", number_id=other.number_id)
        self.assertEqual(len(self.thread_of(channel=other)), 1)
        self.assertNotEqual(self.thread_of(channel=other), self.thread_of())

    def test_the_database_allows_no_second_one(self):
        thread = self.open_thread()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            thread.copy({"channel_member_ids": []})

    def test_it_has_no_guest_link(self):
        self.assertFalse(self.open_thread().uuid)

    def test_it_comes_back_when_somebody_archived_it(self):
        thread = self.open_thread()
        thread.active = False
        self.receive_text("Hola?")
        self.assertTrue(thread.active)
        self.assertEqual(self.thread_of(), thread)

    def test_messages_of_a_batch_stand_in_the_order_of_the_providers_time(self):
        start = utc_now() - timedelta(minutes=10)
        texts = ["tres", "un", "dos"]
        items = [
            self.inbound(text, sent_at=start + timedelta(minutes=minute))
            for text, minute in zip(texts, (3, 1, 2), strict=True)
        ]
        for item in items:
            self.store(item)
        self.run_inbox()
        self.assertEqual(self.shown_texts(), ["un", "dos", "tres"])

    def test_messages_of_one_second_stand_in_the_order_of_their_events(self):
        moment = utc_now()
        for text in ("un", "dos", "tres"):
            self.store(self.inbound(text, sent_at=moment))
        self.run_inbox()
        self.assertEqual(self.shown_texts(), ["un", "dos", "tres"])

    def test_a_message_is_dated_by_the_provider(self):
        sent_at = utc_now() - timedelta(hours=2)
        message = self.receive_text(sent_at=sent_at)
        self.assertEqual(message.mail_message_id.date, sent_at.replace(tzinfo=None))

    def test_batched_items_for_two_numbers_and_people_stay_apart(self):
        other = self.create_channel(self.account, "+34931000200")
        self.receive(
            self.inbound("Anna a la primera", ANNA),
            self.inbound("Biel a la segona", BIEL, number_id=other.number_id),
            self.inbound("Anna a la segona", ANNA, number_id=other.number_id),
        )
        found = {
            (m.channel_id.number, m.contact_id.number): m.body
            for m in self.env["whatsapp.message"].search([])
        }
        self.assertEqual(
            found,
            {
                (self.channel.number, ANNA.number): "Anna a la primera",
                (other.number, BIEL.number): "Biel a la segona",
                (other.number, ANNA.number): "Anna a la segona",
            },
        )
        self.assertEqual(len(self.contact_of(ANNA)), 1)

    def test_twenty_messages_of_a_new_sender_make_one_of_everything(self):
        for number in range(20):
            self.store(self.inbound(f"Missatge {number}"))
        self.run_inbox()
        self.assertEqual(len(self.contact_of()), 1)
        self.assertEqual(len(self.thread_of()), 1)
        self.assertEqual(len(self.conversations_of()), 1)
        self.assertEqual(len(self.tickets_of()), 1)
        self.assertEqual(len(self.conversations_of().ticket_id), 1)
        messages = self.env["whatsapp.message"].search([])
        self.assertEqual(len(messages), 20)


@tagged("post_install", "-at_install")
class TestConversation(WhatsappCase):
    def test_the_database_allows_one_active_for_each_thread(self):
        self.open_thread()
        conversation = self.conversations_of()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            conversation.copy()

    def test_a_message_opens_one(self):
        thread = self.open_thread()
        conversation = thread.whatsapp_conversation_ids
        self.assertEqual(conversation.state, "open")
        self.assertEqual(
            conversation.first_mail_message_id, thread.message_ids.sorted("id")[0]
        )

    def test_what_we_open_without_an_answer_yet_is_waiting(self):
        contact = self.create_contact()
        thread = self.env["discuss.channel"]._whatsapp_threads(self.channel, contact)[
            contact
        ]
        conversations = self.env["whatsapp.conversation"]
        conversation = conversations.create(conversations._prepare_vals(thread))
        self.assertEqual(conversation.state, "waiting")
        self.receive_text("Sí, gràcies")
        self.assertEqual(self.conversations_of(), conversation)
        self.assertEqual(conversation.state, "open")

    def test_the_board_begins_with_what_can_be_answered(self):
        self.open_thread()
        self.open_thread(BIEL)
        conversations = self.conversations_of() | self.conversations_of(BIEL)
        conversations[0].state = "expired"
        conversations[1].copy({"state": "closed"})
        board = conversations.with_context(read_group_expand=True).web_read_group(
            [("thread_id", "in", conversations.thread_id.ids)], ["state"]
        )
        self.assertEqual(
            [group["state"] for group in board["groups"]], ["open", "expired", "closed"]
        )

    def test_it_expires_with_the_window_and_stays_active(self):
        self.open_thread()
        conversation = self.conversations_of()
        with self.later(hours=24, minutes=5):
            self.run_housekeeping()
        self.assertEqual(conversation.state, "expired")
        self.assertEqual(self.thread_of()._whatsapp_active_conversation(), conversation)

    def test_an_answer_after_26_hours_continues_it_and_its_open_ticket(self):
        thread = self.open_thread()
        conversation = self.conversations_of()
        ticket = conversation.ticket_id
        self.send(thread, "Ho mirem")
        with self.later(hours=26):
            self.run_housekeeping()
            self.assertEqual(conversation.state, "expired")
            message = self.receive_text("Ja funciona, gràcies")
        self.assertEqual(message.conversation_id, conversation)
        self.assertEqual(conversation.state, "open")
        self.assertEqual(self.tickets_of(), ticket)

    def test_a_message_soon_after_its_closing_reopens_it_and_its_ticket(self):
        self.open_thread()
        conversation = self.conversations_of()
        ticket = conversation.ticket_id
        conversation.action_close()
        self.assertTrue(ticket.closed)
        with self.later(hours=23):
            message = self.receive_text("Torna a fallar")
        self.assertEqual(message.conversation_id, conversation)
        self.assertEqual(conversation.state, "open")
        self.assertFalse(conversation.closed_at)
        self.assertEqual(self.tickets_of(), ticket)
        self.assertFalse(ticket.closed)

    def test_a_last_word_after_its_closing_reopens_nothing_but_the_answer_does(self):
        thread = self.open_thread()
        conversation = self.conversations_of()
        ticket = conversation.ticket_id
        conversation.action_close()
        self.send(thread, "Una cosa més")
        self.assertEqual(self.conversations_of(), conversation)
        self.assertEqual(conversation.state, "closed")
        with self.later(hours=2):
            self.receive_text("Ara falla tot")
        self.assertEqual(self.tickets_of(), ticket)
        self.assertFalse(ticket.closed)

    def test_answer_to_a_last_word_comes_long_after_its_closing_in_a_new_ticket(self):
        thread = self.open_thread()
        self.conversations_of().action_close()
        self.send(thread, "Una cosa més")
        with self.later(hours=25):
            self.receive_text("Ara falla tot")
        self.assertEqual(len(self.tickets_of()), 2)

    def test_a_message_long_after_its_closing_begins_a_new_one(self):
        self.open_thread()
        first = self.conversations_of()
        ticket = first.ticket_id
        first.action_close()
        with self.later(hours=25):
            message = self.receive_text("Una altra pregunta")
        self.assertNotEqual(message.conversation_id, first)
        self.assertEqual(first.state, "closed")
        self.assertTrue(ticket.closed)
        self.assertEqual(len(self.tickets_of()), 2)

    def test_hours_to_reopen_of_zero_reopens_never(self):
        self.channel.reopen_hours = 0
        self.open_thread()
        first = self.conversations_of()
        first.action_close()
        message = self.receive_text("Una altra pregunta")
        self.assertNotEqual(message.conversation_id, first)

    def test_a_message_reopens_the_last_of_several(self):
        self.open_thread()
        first = self.conversations_of()
        first.action_close()
        with self.later(hours=30):
            self.receive_text("Una altra pregunta")
            second = self.conversations_of()[0]
            self.assertNotEqual(first, second)
            second.action_close()
            message = self.receive_text("I encara una")
        self.assertEqual(message.conversation_id, second)

    def test_a_second_active_one_is_refused_in_words(self):
        self.open_thread()
        first = self.conversations_of()
        first.action_close()
        with self.later(hours=30):
            self.receive_text("Una altra pregunta")
        with self.assertRaisesRegex(UserError, "already has an active conversation"):
            first.with_user(self.agent).action_reopen()

    def test_an_answer_notes_the_first_time_and_ends_the_waiting(self):
        thread = self.open_thread()
        conversation = self.conversations_of()
        self.assertTrue(conversation.waiting_since)
        self.send(thread, "Ho mirem")
        self.assertTrue(conversation.first_answer_at)
        self.assertFalse(conversation.waiting_since)
        self.assertEqual(conversation.last_message_text, "Ho mirem")

    def test_waiting_counts_from_the_first_unanswered_message(self):
        first_at = utc_now() - timedelta(minutes=30)
        self.receive_text("Hola", sent_at=first_at)
        self.receive_text("Hi sou?")
        self.assertEqual(
            self.conversations_of().waiting_since, first_at.replace(tzinfo=None)
        )

    def test_whoever_answers_an_unassigned_one_takes_it(self):
        thread = self.open_thread()
        self.send(thread)
        self.assertEqual(self.conversations_of().user_id, self.agent)

    def test_closing_takes_the_chat_out_of_the_sidebar_and_a_message_brings_it_back(
        self,
    ):
        thread = self.open_thread()
        self.send(thread)
        member = thread.channel_member_ids.filtered(
            lambda m: m.partner_id == self.agent.partner_id
        )
        with self.later(minutes=1):
            self.conversations_of().action_close()
        member.invalidate_recordset()
        self.assertFalse(member.is_pinned)
        with self.later(minutes=5):
            self.receive_text("Una cosa més")
        member.invalidate_recordset()
        self.assertTrue(member.is_pinned)
