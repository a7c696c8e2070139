from datetime import timedelta
from itertools import permutations

from odoo.tests import tagged

from ..wire.items import Failure, StatusUpdate
from ..wire.outbound import Accepted, TryLater
from .common import WhatsappCase, utc_now

UNDELIVERED = Failure(code="131026", sentence="The message could not be delivered.")


@tagged("post_install", "-at_install")
class TestStatus(WhatsappCase):
    def sent_message(self):
        return self.send(self.open_thread())

    def test_every_order_of_arrival_ends_in_the_same_state_and_times(self):
        thread = self.open_thread()
        start = utc_now() - timedelta(minutes=10)
        names = ("sent", "delivered", "read", "failed")
        times = {name: start + timedelta(minutes=i) for i, name in enumerate(names)}
        outcomes = set()
        for order in permutations(names):
            message = self.post(thread, f"{order}")
            message.write({"state": "sending"})
            for name in order:
                failure = UNDELIVERED if name == "failed" else None
                self.receive(
                    self.status(message, name, at=times[name], failure=failure)
                )
            outcomes.add(
                (
                    message.state,
                    message.sent_at,
                    message.delivered_at,
                    message.read_at,
                    message.failed_at,
                    message.error_code,
                    message.failure_reason,
                )
            )
        naive = {name: at.replace(tzinfo=None) for name, at in times.items()}
        self.assertEqual(
            outcomes,
            {("read", *(naive[name] for name in names), False, False)},
        )

    def test_the_four_in_one_batch_end_the_same(self):
        message = self.sent_message()
        self.receive(
            *(
                self.status(message, name)
                for name in ("read", "failed", "sent", "delivered")
            )
        )
        self.assertEqual(message.state, "read")

    def test_a_failure_after_the_sending_says_why(self):
        message = self.sent_message()
        self.receive(self.status(message, "failed", failure=UNDELIVERED))
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.error_code, "131026")
        self.assertIn("could not be delivered", message.failure_reason)
        self.assertTrue(message.failed_at)

    def test_a_failure_without_a_reason_gets_one(self):
        message = self.sent_message()
        self.receive(self.status(message, "failed"))
        self.assertTrue(message.failure_reason)

    def test_a_status_by_the_providers_id_finds_its_message(self):
        message = self.sent_message()
        self.receive(StatusUpdate(status="read", message_id=message.provider_id))
        self.assertEqual(message.state, "read")

    def test_a_status_of_another_account_finds_nothing(self):
        message = self.sent_message()
        other = self.create_account()
        self.store(self.status(message, "read"), account=other)
        self.run_inbox()
        self.assertEqual(message.state, "sent")

    def test_a_status_before_its_send_result_waits_and_is_applied(self):
        thread = self.open_thread()
        message = self.post(thread)
        self.provider.answer(200, {"id": "SM123"})
        event = self.store(StatusUpdate(status="delivered", message_id="SM123"))
        self.run_inbox()
        self.assertEqual(event.state, "retry")
        self.assertTrue(event.awaits_message)
        self.run_outbox()
        self.run_inbox()
        self.assertEqual(event.state, "done")
        self.assertEqual(message.state, "delivered")

    def test_a_status_that_overtook_by_reference_survives_the_result(self):
        message = self.post(self.open_thread())
        message.state = "sending"
        self.receive(self.status(message, "failed", failure=UNDELIVERED))
        self.env["whatsapp.outbox"]._apply_results(
            [(message, Accepted(provider_id="SM1"))]
        )
        self.assertEqual(message.state, "failed")
        self.assertEqual(message.error_code, "131026")
        self.assertEqual(message.provider_id, "SM1")

    def test_a_status_that_overtook_a_refusal_wins(self):
        message = self.post(self.open_thread())
        message.state = "sending"
        self.receive(self.status(message, "delivered"))
        later = TryLater(failure=UNDELIVERED)
        self.env["whatsapp.outbox"]._apply_results([(message, later)])
        self.assertEqual(message.state, "delivered")
        self.assertFalse(message.failure_reason)

    def test_a_status_of_somebody_elses_message_ends_quietly(self):
        event = self.store(StatusUpdate(status="sent", message_id="not ours"))
        for minutes in (0, 1, 2, 4, 8, 12, 20):
            with self.later(minutes=minutes):
                self.run_inbox()
        self.assertEqual(event.state, "done")
        self.assertIn("did not send", event.error)
        self.assertFalse(self.account.activity_ids)

    def test_a_waiting_status_loses_no_other_item_of_its_event(self):
        message = self.sent_message()
        event = self.store(
            StatusUpdate(status="sent", message_id="not ours"),
            self.status(message, "delivered"),
            self.inbound("I això?"),
        )
        self.run_inbox()
        self.assertEqual(event.state, "retry")
        self.assertEqual(message.state, "delivered")
        self.assertEqual(event.message_ids.body, "I això?")

    def test_an_unknown_status_is_kept_and_changes_nothing(self):
        message = self.sent_message()
        self.receive(self.status(message, "played"))
        self.assertEqual(message.state, "sent")
        self.assertEqual(message.provider_status, "played")

    def test_a_status_settles_what_nobody_knew(self):
        thread = self.open_thread()
        self.provider.answer(500)
        message = self.send(thread)
        self.assertEqual(message.state, "unknown")
        self.receive(self.status(message, "delivered", message_id="SM9"))
        self.assertEqual(message.state, "delivered")
        self.assertEqual(message.provider_id, "SM9")
        self.assertFalse(message.failure_reason)

    def test_a_status_never_brings_a_cancelled_message_back(self):
        message = self.post(self.open_thread())
        message.with_user(self.agent).action_cancel()
        self.receive(self.status(message, "sent"))
        self.assertEqual(message.state, "cancelled")

    def test_the_first_delivery_ticks_the_checklist(self):
        message = self.sent_message()
        self.assertFalse(self.channel.first_delivered_at)
        self.receive(self.status(message, "delivered"))
        self.assertTrue(self.channel.first_delivered_at)

    def test_a_failure_for_lack_of_consent_enters_the_ledger(self):
        message = self.sent_message()
        failure = Failure(code="63024", sentence="Opted out.", scope="consent")
        self.receive(self.status(message, "failed", failure=failure))
        self.assertTrue(message.contact_id.opted_out)
        self.assertEqual(message.contact_id.consent_ids.source, "provider")

    def test_a_failure_of_the_account_that_comes_too_late_stops_nothing(self):
        message = self.sent_message()
        self.receive(self.status(message, "delivered"))
        failure = Failure(code="20003", sentence="Bad token.", scope="account")
        self.receive(self.status(message, "failed", failure=failure))
        self.assertFalse(self.account.suspended_until)

    def test_prices_are_kept(self):
        message = self.sent_message()
        self.receive(self.status(message, "sent", pricing={"category": "service"}))
        self.receive(self.status(message, "delivered", pricing={"amount": "0.01"}))
        self.assertEqual(message.pricing, {"category": "service", "amount": "0.01"})
