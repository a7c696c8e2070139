from dataclasses import replace
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

import requests
from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import whatsapp_outbox
from ..wire.items import Person
from .common import (
    ANNA,
    BIEL,
    FakeTransport,
    WhatsappCase,
    broken_connection,
    refused_connection,
)

OUTBOX_LOG = "odoo.addons.whatsapp_connector.models.whatsapp_outbox"


class OutboxCase(WhatsappCase):
    def texts_sent(self):
        return [payload["text"] for payload in self.provider.sent]


@tagged("post_install", "-at_install")
class TestOrderAndPace(OutboxCase):
    def test_a_thread_keeps_its_order(self):
        thread = self.open_thread()
        for text in ("un", "dos", "tres"):
            self.post(thread, text)
        self.run_outbox()
        self.assertEqual(self.texts_sent(), ["un", "dos", "tres"])

    def test_what_must_wait_holds_up_its_own_thread_only(self):
        anna, biel = self.open_thread(ANNA), self.open_thread(BIEL)
        first = self.post(anna, "un")
        first.next_try_at = self.now() + timedelta(minutes=5)
        second = self.post(anna, "dos")
        other = self.post(biel, "per en Biel")
        self.run_outbox()
        self.assertEqual(self.texts_sent(), ["per en Biel"])
        self.assertEqual((first | second).mapped("state"), ["queued", "queued"])
        self.assertEqual(other.state, "sent")

    def test_no_more_than_the_pace_goes_in_a_second(self):
        self.channel.pace = 2
        for number in range(6):
            thread = self.open_thread(Person(number=f"+3461000000{number}"))
            self.post(thread)
        lanes = range(whatsapp_outbox.LANES)
        outbox = self.env["whatsapp.outbox"]
        taken = [
            message for lane in lanes for message, _request in outbox._take(lane, [])
        ]
        self.assertEqual(len(taken), 2)
        with self.later(seconds=2):
            taken = [m for lane in lanes for m, _request in outbox._take(lane, [])]
        self.assertEqual(len(taken), 2)

    def test_one_person_gets_no_more_a_minute_than_allowed(self):
        self.channel.pair_pace = 2
        thread = self.open_thread()
        for text in ("un", "dos", "tres"):
            self.post(thread, text)
        self.run_outbox()
        self.assertEqual(self.texts_sent(), ["un", "dos"])
        with self.later(seconds=61):
            self.run_outbox()
        self.assertEqual(self.texts_sent(), ["un", "dos", "tres"])

    def test_a_chat_held_by_its_pace_is_due_when_its_minute_is_over(self):
        self.channel.pair_pace = 2
        thread = self.open_thread()
        first, *_later = [self.post(thread, text) for text in ("un", "dos", "tres")]
        self.run_outbox()
        lane = thread.id % whatsapp_outbox.LANES
        due_at = self.env["whatsapp.outbox"]._get_next_due(lane)
        self.assertEqual(due_at, first.claimed_at + timedelta(minutes=1))

    def test_people_go_before_bulk(self):
        self.channel.pace = 1
        bulk, live = (
            self.post(self.open_thread(Person(number=f"+346{serial}")))
            for serial in self.same_lane_numbers()
        )
        bulk.priority = 10
        taken = self.env["whatsapp.outbox"]._take(
            live.thread_id.id % whatsapp_outbox.LANES, []
        )
        self.assertEqual([message for message, _request in taken], [live])

    def same_lane_numbers(self):
        """Two numbers whose threads fall to one lane: every other thread does."""
        first = self.open_thread(Person(number="+34610000001"))
        second = self.open_thread(Person(number="+34610000002"))
        third = self.open_thread(Person(number="+34610000003"))
        lane = first.id % whatsapp_outbox.LANES
        mate = next(t for t in (second, third) if t.id % whatsapp_outbox.LANES == lane)
        return [t.whatsapp_contact_id.number[4:] for t in (first, mate)]

    def test_a_slow_channel_leaves_room_for_the_others(self):
        share = whatsapp_outbox.CHANNEL_SHARE
        for number in range(2 * share + 4):
            self.post(self.open_thread(Person(number=f"+3461000{number:04}")))
        for lane in range(whatsapp_outbox.LANES):
            taken = self.env["whatsapp.outbox"]._take(lane, [])
            self.assertLessEqual(len(taken), share)

    def test_an_archived_channel_sends_nothing(self):
        message = self.post(self.open_thread())
        self.channel.active = False
        self.run_outbox()
        self.assertEqual(message.state, "queued")
        self.assertFalse(self.provider.sent)

    def test_an_account_without_a_provider_sends_nothing(self):
        message = self.post(self.open_thread())
        self.account.provider = "none"
        self.run_outbox()
        self.assertEqual(message.state, "queued")
        self.assertFalse(self.provider.sent)


@tagged("post_install", "-at_install")
class TestResults(OutboxCase):
    def send_answered(self, *answer, **kwargs):
        self.provider.answer(*answer, **kwargs)
        return self.send(self.open_thread())

    def test_what_the_provider_takes_is_sent(self):
        message = self.send_answered(200, {"id": "SM1"})
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.provider_id, "SM1")
        self.assertTrue(message.sent_at)
        self.assertFalse(message.lease_until)

    def test_our_reference_rides_along(self):
        message = self.send_answered()
        self.assertEqual(self.provider.sent[0]["reference"], message.reference)
        self.assertIn(message.reference, self.provider.sent[0]["status_url"])

    def test_too_fast_waits_as_long_as_the_provider_says(self):
        message = self.send_answered(429, None, {"Retry-After": "120"})
        self.assertEqual(message.state, "queued")
        wait = (message.next_try_at - self.now()).total_seconds()
        self.assertAlmostEqual(wait, 120, delta=5)
        self.assertTrue(message.failure_reason)
        with self.later(seconds=125):
            self.run_outbox()
        self.assertEqual(message.state, "sent")
        self.assertFalse(message.failure_reason)
        self.assertEqual(len(self.provider.sent), 2)

    def test_it_does_not_come_back_a_moment_before_that(self):
        before = datetime.now(timezone.utc).replace(tzinfo=None)
        message = self.send_answered(429, None, {"Retry-After": "20"})
        self.assertGreaterEqual(message.next_try_at, before + timedelta(seconds=20))

    def test_not_now_is_tried_again_with_growing_waits(self):
        self.provider.answer(503, times=4)
        message = self.send(self.open_thread())
        waits = []
        for _attempt in range(3):
            waits.append((message.next_try_at - self.now()).total_seconds())
            message.next_try_at = self.now()
            self.run_outbox()
        self.assertLess(waits[0], waits[1])
        self.assertLess(waits[1], waits[2])

    def test_a_refused_connection_is_tried_again(self):
        message = self.send_answered(refused_connection())
        self.assertEqual(message.state, "queued")
        message.next_try_at = False
        self.run_outbox()
        self.assertEqual(message.state, "sent")

    def test_tries_come_to_an_end_and_the_message_fails(self):
        self.provider.answer(503, times=whatsapp_outbox.MAX_ATTEMPTS)
        message = self.send(self.open_thread())
        for _attempt in range(whatsapp_outbox.MAX_ATTEMPTS - 1):
            self.assertEqual(message.state, "queued")
            message.next_try_at = False
            self.run_outbox()
        self.assertEqual(message.state, "failed")
        self.assertTrue(message.failure_reason)

    def test_a_refusal_is_final_and_says_why(self):
        self.provider.refuse("63016")
        message = self.send(self.open_thread())
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.error_code, "63016")
        self.assertIn("refused", message.failure_reason)
        self.run_outbox()
        self.assertEqual(len(self.provider.sent), 1)

    def test_an_unknown_outcome_is_never_posted_again(self):
        for answer in (
            (500,),
            (502,),
            (broken_connection(),),
            (requests.ReadTimeout(),),
            (200, {"unexpected": True}),
        ):
            with self.subTest(answer):
                self.provider.answer(*answer)
                before = len(self.provider.sent)
                message = self.send(self.open_thread())
                self.assertEqual(message.state, "unknown")
                self.assertTrue(message.failure_reason)
                with self.later(hours=1):
                    self.run_outbox()
                    self.run_housekeeping()
                self.assertEqual(message.state, "unknown")
                self.assertEqual(len(self.provider.sent), before + 1)

    def test_an_unknown_outcome_holds_up_nothing(self):
        thread = self.open_thread()
        self.provider.answer(500)
        self.post(thread, "un")
        second = self.post(thread, "dos")
        self.run_outbox()
        self.assertEqual(second.state, "sent")

    def test_the_agent_sends_it_again_if_they_choose(self):
        message = self.send_answered(500)
        mail_message = message.mail_message_id
        mail_message.with_user(self.agent).action_whatsapp_resend()
        self.run_outbox()
        attempts = mail_message.whatsapp_message_ids.sorted("id")
        self.assertEqual(len(attempts), 2)
        self.assertEqual(attempts[1].state, "sent")
        self.assertNotEqual(attempts[1].reference, message.reference)
        self.assertEqual(attempts[1].user_id, self.agent)
        self.assertEqual(attempts[1].attempts, 1)
        self.assertEqual(message.state, "unknown")

    def test_only_the_last_attempt_can_be_sent_again(self):
        message = self.send_answered(500)
        message.with_user(self.agent).action_resend()
        with self.assertRaisesRegex(UserError, "nothing to send again"):
            message.with_user(self.agent).action_resend()

    def test_what_arrived_can_not_be_sent_again(self):
        message = self.send_answered()
        with self.assertRaisesRegex(UserError, "nothing to send again"):
            message.mail_message_id.with_user(self.agent).action_whatsapp_resend()

    def test_a_look_up_settles_an_unknown_outcome(self):
        message = self.send_answered(500)
        capabilities = self.provider.capabilities
        self.provider.capabilities = replace(capabilities, look_up=True)
        update = self.status(message, "delivered", message_id="SM7")
        with (
            patch.object(FakeTransport, "_look_up", lambda *_a: update, create=True),
            self.later(minutes=5),
        ):
            self.run_housekeeping()
        self.assertEqual(message.state, "delivered")
        self.assertEqual(message.provider_id, "SM7")

    def test_a_queued_message_can_be_taken_back(self):
        message = self.post(self.open_thread())
        message.mail_message_id.with_user(self.agent).action_whatsapp_cancel()
        self.run_outbox()
        self.assertEqual(message.state, "cancelled")
        self.assertFalse(self.provider.sent)

    def test_a_sent_message_can_not_be_taken_back(self):
        message = self.send_answered()
        with self.assertRaisesRegex(UserError, "already on its way"):
            message.mail_message_id.with_user(self.agent).action_whatsapp_cancel()

    @mute_logger(OUTBOX_LOG, "odoo.sql_db")
    def test_a_transport_that_breaks_fails_its_message_only(self):
        def break_():
            raise RuntimeError("a bug")

        def break_a_rule_of_the_database():
            self.env.cr.execute(
                """INSERT INTO ir_config_parameter (key, value)
                   SELECT key, value FROM ir_config_parameter LIMIT 1"""
            )

        build = FakeTransport._build_send
        for bug in (break_, break_a_rule_of_the_database):

            def _build_send(transport, channel, outbound, bug=bug):
                if outbound.text == "trenca":
                    bug()
                return build(transport, channel, outbound)

            with (
                self.subTest(bug.__name__),
                patch.object(FakeTransport, "_build_send", _build_send),
            ):
                bad = self.post(self.open_thread(ANNA), "trenca")
                good = self.post(self.open_thread(BIEL), "bé")
                self.run_outbox()
                self.assertEqual(bad.state, "failed")
                self.assertTrue(bad.failure_reason)
                self.assertEqual(good.state, "sent")

    def test_a_message_prepared_while_another_writes_goes_a_moment_later(self):
        message = self.post(self.open_thread())
        conflict = SerializationFailure("could not serialize access")
        lane = message.thread_id.id % whatsapp_outbox.LANES
        with patch.object(FakeTransport, "_build_send", side_effect=conflict):
            self.env["whatsapp.outbox"]._take(lane, [])
        self.assertEqual(message.state, "queued")
        self.run_outbox()
        self.assertEqual(message.state, "sent")

    @mute_logger(OUTBOX_LOG)
    def test_an_answer_that_can_not_be_read_leaves_the_outcome_unknown(self):
        with patch.object(FakeTransport, "_read_send", side_effect=RuntimeError):
            message = self.send(self.open_thread())
        self.assertEqual(message.state, "unknown")

    @mute_logger(OUTBOX_LOG)
    def test_one_answer_that_can_not_be_kept_loses_no_other(self):
        taken = self.send_answered(200, {"id": "SM1"})
        self.provider.answer(200, {"id": "SM1"}, times=1)
        bad = self.post(self.open_thread(ANNA), "mateix id")
        good = self.post(self.open_thread(BIEL), "bé")
        self.run_outbox()
        self.assertEqual(taken.provider_id, "SM1")
        self.assertEqual(sorted((bad | good).mapped("state")), ["sending", "sent"])
        with self.later(minutes=5):
            self.run_outbox()
        self.assertEqual(sorted((bad | good).mapped("state")), ["sent", "unknown"])


@tagged("post_install", "-at_install")
class TestLease(OutboxCase):
    def test_a_message_whose_worker_died_in_flight_is_unknown_and_not_resent(self):
        message = self.post(self.open_thread())
        lane = message.thread_id.id % whatsapp_outbox.LANES
        self.assertTrue(self.env["whatsapp.outbox"]._take(lane, []))
        self.assertEqual(message.state, "sending")
        self.run_outbox()
        self.assertEqual(message.state, "sending")
        with self.later(minutes=5):
            self.run_outbox()
        self.assertEqual(message.state, "unknown")
        self.assertIn("stopped while it was sending", message.failure_reason)
        self.assertFalse(self.provider.sent)

    def test_its_late_callback_settles_it(self):
        message = self.post(self.open_thread())
        self.env["whatsapp.outbox"]._take(
            message.thread_id.id % whatsapp_outbox.LANES, []
        )
        with self.later(minutes=5):
            self.run_outbox()
            self.receive(self.status(message, "delivered", message_id="SM5"))
        self.assertEqual(message.state, "delivered")


@tagged("post_install", "-at_install")
class TestAccountFaults(OutboxCase):
    def test_a_refused_account_stops_its_queue_and_nothing_is_lost(self):
        self.provider.refuse("20003", scope="account")
        first = self.send(self.open_thread(ANNA))
        second = self.send(self.open_thread(BIEL))
        self.assertEqual((first | second).mapped("state"), ["queued", "queued"])
        self.assertTrue(self.account.suspended_until)
        self.assertEqual(len(self.provider.sent), 1)
        with self.later(minutes=10):
            self.run_outbox()
        self.assertEqual((first | second).mapped("state"), ["sent", "sent"])

    def test_it_never_counts_as_a_failed_try(self):
        self.provider.refuse("20003", scope="account", times=20)
        message = self.send(self.open_thread())
        for minutes in range(10, 120, 10):
            with self.later(minutes=minutes):
                self.run_outbox()
        self.assertEqual(message.state, "queued")

    def test_other_accounts_go_on(self):
        other = self.create_account()
        channel = self.create_channel(other, "+34931000300", user_ids=self.agent.ids)
        self.provider.refuse("20003", scope="account")
        self.send(self.open_thread(ANNA))
        self.receive(self.inbound(number_id=channel.number_id), account=other)
        message = self.send(self.thread_of(channel=channel))
        self.assertEqual(message.state, "sent")

    def test_administrators_get_one_activity_each(self):
        self.provider.refuse("20003", scope="account", times=3)
        message = self.send(self.open_thread())
        for minutes in (10, 20):
            with self.later(minutes=minutes):
                self.run_outbox()
        admin = self.env.ref("base.user_admin")
        activities = self.account.activity_ids
        self.assertEqual(len(activities.filtered(lambda a: a.user_id == admin)), 1)
        self.assertIn("20003", self.account.fault)
        self.assertEqual(message.state, "queued")

    def test_the_fault_is_over_when_a_message_goes_through(self):
        self.provider.refuse("20003", scope="account")
        self.send(self.open_thread())
        with self.later(minutes=10):
            self.run_outbox()
        self.assertFalse(self.account.fault)
        self.assertFalse(self.account.suspended_until)

    def test_a_refusal_for_lack_of_consent_enters_the_ledger(self):
        self.provider.refuse("63024", scope="consent")
        message = self.send(self.open_thread())
        self.assertEqual(message.state, "failed")
        self.assertTrue(message.contact_id.opted_out)
        self.assertEqual(message.contact_id.consent_ids.source, "provider")

    def test_secrets_are_in_no_log_line(self):
        self.provider.answer(500)
        self.provider.refuse("20003", scope="account")
        self.provider.answer(refused_connection())
        with self.assertLogs("odoo.addons.whatsapp_connector", "DEBUG") as log:
            for person in (ANNA, BIEL):
                self.send(self.open_thread(person))
        self.assertTrue(log.output)
        self.assertNotIn(self.provider.secret, "\n".join(log.output))
