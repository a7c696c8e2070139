from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.whatsapp_housekeeping import OUTAGE_MINUTES
from ..wire.http import ForbiddenHost, NoAnswer
from .common import ANNA, BIEL, FakeTransport, WhatsappCase, utc_now

LOG = "odoo.addons.whatsapp_connector.models.whatsapp_housekeeping"


class HousekeepingCase(WhatsappCase):
    def answering(self, hook, answer):
        """The provider answers ``hook`` with ``answer``, or raises it."""
        patcher = patch.object(FakeTransport, hook, create=True)
        mock = patcher.start()
        self.addCleanup(patcher.stop)
        mock.side_effect = answer if isinstance(answer, Exception) else None
        mock.return_value = None if isinstance(answer, Exception) else answer
        return mock


@tagged("post_install", "-at_install")
class TestBackfill(HousekeepingCase):
    def run_after(self, minutes):
        """Run as ``ir.cron`` does after a silence of so many minutes."""
        last = self.now() - timedelta(minutes=minutes)
        housekeeping = self.env["whatsapp.housekeeping"]
        housekeeping.with_context(lastcall=last)._cron_run()
        self.env.invalidate_all()

    def test_after_an_outage_what_was_missed_is_fetched_and_applied_once(self):
        self.can(backfill=True)
        known = self.inbound("Abans")
        self.receive(known)
        missed = self.inbound("Durant", BIEL, sent_at=utc_now() - timedelta(minutes=30))
        asked = self.answering("_backfill", [known, missed])
        self.run_after(OUTAGE_MINUTES + 60)
        (channel, since, _client), _kwargs = asked.call_args
        self.assertEqual(channel, self.channel)
        self.assertLess(since, self.now() - timedelta(minutes=OUTAGE_MINUTES + 60))
        self.assertEqual(len(self.thread_of(ANNA).message_ids), 1)
        self.assertEqual(self.thread_of(BIEL).whatsapp_conversation_ids.state, "open")
        self.assertTrue(self.tickets_of(BIEL))
        self.assertFalse(self.channel.backfill_since)

    def test_without_an_outage_nobody_is_asked(self):
        self.can(backfill=True)
        asked = self.answering("_backfill", [])
        self.run_after(OUTAGE_MINUTES - 1)
        self.assertFalse(asked.called)

    def test_pages_that_lead_to_another_host_are_no_fault_of_ours(self):
        self.can(backfill=True)
        self.answering("_backfill", ForbiddenHost("evil.example"))
        self.channel.action_backfill()
        with self.assertNoLogs(LOG, "ERROR"):
            self.run_housekeeping()
        self.assertTrue(self.channel.backfill_since)

    @mute_logger(LOG)
    def test_a_provider_that_does_not_answer_is_asked_again(self):
        self.can(backfill=True)
        self.answering("_backfill", NoAnswer("hung"))
        self.run_after(60)
        self.assertTrue(self.channel.backfill_since)
        self.answering("_backfill", [self.inbound("Durant")])
        self.run_housekeeping()
        self.assertFalse(self.channel.backfill_since)
        self.assertTrue(self.thread_of())

    @mute_logger(LOG, "odoo.addons.whatsapp_connector.models.whatsapp_event")
    def test_one_bad_item_stops_no_other_and_is_kept_with_its_reason(self):
        self.can(backfill=True)
        bad = self.inbound("Sense ningú", replace(ANNA, number=None, wa_id=None))
        lost = self.inbound("Número desconegut", number_id="+34000000000")
        good = self.inbound("Bé", BIEL)
        self.answering("_backfill", [bad, lost, good])
        self.channel.action_backfill()
        self.run_housekeeping()
        self.assertTrue(self.thread_of(BIEL))
        failed = self.env["whatsapp.event"].search([("state", "=", "failed")])
        self.assertEqual(len(failed), 2)
        self.assertIn("+34000000000", "".join(failed.mapped("error")))

    def test_an_old_message_that_was_missed_opens_no_window(self):
        self.can(backfill=True)
        old = self.inbound("Fa dies", sent_at=utc_now() - timedelta(days=3))
        self.answering("_backfill", [old])
        self.channel.action_backfill()
        self.run_housekeeping()
        self.assertEqual(self.conversations_of().state, "expired")
        with self.assertRaises(UserError):
            self.post(self.thread_of())

    def test_asking_by_hand_says_what_happens(self):
        self.can(backfill=True)
        action = self.channel.action_backfill()
        self.assertEqual(action["tag"], "display_notification")
        self.assertTrue(self.channel.backfill_since)

    def test_a_provider_that_can_not_be_asked_says_so(self):
        with self.assertRaisesRegex(UserError, "can't be asked"):
            self.channel.action_backfill()


@tagged("post_install", "-at_install")
class TestTimes(HousekeepingCase):
    """When a message was sent, where its webhook doesn't tell."""

    def setUp(self):
        super().setUp()
        self.can(look_up_time=True)
        self.sent_at = utc_now() - timedelta(hours=2)
        self.asked = self.answering("_look_up_sent_at", self.sent_at)

    def ask(self, minutes=10):
        with self.later(minutes=minutes):
            self.run_housekeeping()

    def assertWindowFrom(self, moment):
        until = moment.replace(tzinfo=None) + timedelta(hours=24)
        self.assertAlmostEqual(
            self.thread_of().whatsapp_window_until, until, delta=timedelta(seconds=5)
        )

    def test_a_webhook_that_was_late_opens_the_window_from_when_it_was_sent(self):
        message = self.receive_text(sent_at=None)
        self.ask()
        self.assertWindowFrom(self.sent_at)
        self.assertEqual(message.sent_at, self.sent_at.replace(tzinfo=None))
        self.assertEqual(message.mail_message_id.date, message.sent_at)
        self.ask(20)
        self.assertEqual(self.asked.call_count, 1)

    def test_a_window_that_turns_out_to_be_over_offers_templates(self):
        self.asked.return_value = utc_now() - timedelta(hours=25)
        self.receive_text(sent_at=None)
        self.ask()
        self.assertEqual(self.conversations_of().state, "expired")
        with self.assertRaises(UserError):
            self.post(self.thread_of())

    def test_of_several_in_a_chat_the_last_one_is_asked_for(self):
        self.receive_text("Hola", sent_at=None)
        last = self.receive_text("No em funciona", sent_at=None)
        self.receive_text("Hello", BIEL, sent_at=None)
        self.ask()
        asked = [call.args[1] for call in self.asked.call_args_list]
        self.assertEqual(len(asked), 2)
        self.assertIn(last, asked)

    def test_a_message_that_bore_its_time_keeps_the_window_that_it_opened(self):
        self.receive_text("Tard", sent_at=None)
        self.receive_text("Després", sent_at=utc_now())
        self.ask()
        self.assertWindowFrom(utc_now())

    def test_a_chat_that_goes_on_is_not_asked_about_at_once(self):
        self.receive_text(sent_at=None)
        self.ask(minutes=1)
        self.assertFalse(self.asked.called)

    def test_a_message_that_the_provider_does_not_know_stays_as_it_is(self):
        self.asked.return_value = None
        self.receive_text(sent_at=None)
        self.ask()
        self.ask(20)
        self.assertWindowFrom(utc_now())
        self.assertEqual(self.asked.call_count, 1)

    @mute_logger(LOG)
    def test_a_provider_that_does_not_answer_is_asked_again(self):
        self.asked.side_effect = NoAnswer("hung")
        self.receive_text(sent_at=None)
        self.ask()
        self.assertWindowFrom(utc_now())
        self.asked.side_effect = None
        self.ask()
        self.assertWindowFrom(self.sent_at)

    def test_who_can_not_be_asked_is_not(self):
        self.can(look_up_time=False)
        self.receive_text(sent_at=None)
        self.ask()
        self.assertFalse(self.asked.called)


@tagged("post_install", "-at_install")
class TestCalls(HousekeepingCase):
    def test_the_provider_is_told_of_blocks_in_the_background(self):
        self.can(blocking=True)
        told = self.answering("_block", None)
        self.open_thread()
        self.contact_of().with_user(self.agent).action_block()
        self.assertFalse(told.called)
        self.run_housekeeping()
        (channel, person, blocked, _client), _kwargs = told.call_args
        self.assertEqual((channel, person.number), (self.channel, ANNA.number))
        self.assertTrue(blocked)
        self.run_housekeeping()
        self.assertEqual(told.call_count, 1)

    @mute_logger(LOG)
    def test_a_block_that_the_provider_did_not_hear_is_told_again(self):
        self.can(blocking=True)
        self.answering("_block", NoAnswer("hung"))
        self.open_thread()
        self.contact_of().action_block()
        self.run_housekeeping()
        self.assertTrue(self.contact_of().block_pending)
        self.assertTrue(self.contact_of().blocked)

    def test_who_is_unblocked_while_the_provider_is_told_is_unblocked_there_too(self):
        self.can(blocking=True)
        self.open_thread()
        self.contact_of().action_block()
        told = self.answering("_block", None)
        told.side_effect = lambda _channel, _person, blocked, _client: (
            blocked and self.contact_of().action_unblock()
        )
        self.run_housekeeping()
        self.run_housekeeping()
        self.assertEqual([call.args[2] for call in told.call_args_list], [True, False])

    @mute_logger(LOG)
    def test_a_step_that_breaks_stops_no_other(self):
        self.channel.write({"ticket_policy": "unanswered", "ticket_delay": 1})
        self.open_thread()
        conversations = type(self.env["whatsapp.conversation"])
        with (
            patch.object(conversations, "_expire", side_effect=RuntimeError("a bug")),
            self.later(minutes=5),
        ):
            self.run_housekeeping()
        self.assertTrue(self.tickets_of())

    def test_a_look_up_that_finds_nothing_is_not_repeated_at_once(self):
        self.can(look_up=True)
        asked = self.answering("_look_up", None)
        self.provider.answer(500)
        message = self.send(self.open_thread())
        for minutes in (2, 3, 20):
            with self.later(minutes=minutes):
                self.run_housekeeping()
        self.assertEqual(asked.call_count, 2)
        self.assertEqual(message.state, "unknown")
