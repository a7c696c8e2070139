from datetime import timedelta

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..wire.items import Echo, Failure
from .common import WhatsappCase, utc_now


@tagged("post_install", "-at_install")
class TestWindow(WhatsappCase):
    """Free text goes only within 24 hours after the contact's last message."""

    def assertWindowUntil(self, thread, moment):
        self.assertAlmostEqual(
            thread.whatsapp_window_until,
            moment.replace(tzinfo=None),
            delta=timedelta(seconds=5),
        )

    def test_starts_at_the_providers_time_stamp(self):
        sent_at = utc_now() - timedelta(hours=3)
        thread = self.open_thread(sent_at=sent_at)
        self.assertWindowUntil(thread, sent_at + timedelta(hours=24))

    def test_starts_when_stored_if_the_provider_gives_no_time(self):
        thread = self.open_thread(sent_at=None)
        self.assertWindowUntil(thread, utc_now() + timedelta(hours=24))

    def test_a_time_stamp_from_the_future_prolongs_nothing(self):
        thread = self.open_thread(sent_at=utc_now() + timedelta(days=3))
        self.assertWindowUntil(thread, utc_now() + timedelta(hours=24))

    def test_an_old_message_that_comes_late_does_not_shorten_it(self):
        thread = self.open_thread()
        self.receive_text(sent_at=utc_now() - timedelta(hours=20))
        self.assertWindowUntil(thread, utc_now() + timedelta(hours=24))

    def test_a_message_prolongs_it(self):
        thread = self.open_thread(sent_at=utc_now() - timedelta(hours=20))
        self.receive_text("Hola?")
        self.assertWindowUntil(thread, utc_now() + timedelta(hours=24))

    def test_an_echo_does_not_open_it(self):
        self.receive(Echo(message=self.inbound("Bon dia, Anna")))
        self.assertFalse(self.thread_of().whatsapp_window_until)

    def test_reactions_edits_and_deletions_do_not_prolong_it(self):
        sent_at = utc_now() - timedelta(hours=20)
        message = self.receive_text(sent_at=sent_at)
        for kind in ("reaction", "edit", "revoke"):
            self.receive(
                self.inbound("x", kind=kind, target_id=message.provider_id, emoji="👍")
            )
        self.assertWindowUntil(self.thread_of(), sent_at + timedelta(hours=24))

    def test_free_text_is_refused_outside_and_the_reason_says_since_when(self):
        thread = self.open_thread(sent_at=utc_now() - timedelta(hours=25))
        with self.assertRaisesRegex(UserError, "24 hours .* ended on .*Anna"):
            self.post(thread)
        self.assertFalse(thread.whatsapp_conversation_ids.first_answer_at)

    def test_free_text_is_refused_to_who_never_wrote(self):
        contact = self.create_contact()
        thread = (
            self.thread_of()
            or self.env["discuss.channel"]._whatsapp_threads(self.channel, contact)[
                contact
            ]
        )
        with self.assertRaisesRegex(UserError, "has not written to you yet"):
            self.post(thread)

    def test_it_is_checked_on_the_server_whatever_message_type_the_client_claims(self):
        thread = self.open_thread(sent_at=utc_now() - timedelta(hours=25))
        for message_type in ("comment", "whatsapp_message"):
            with self.subTest(message_type), self.assertRaises(UserError):
                thread.with_user(self.agent).message_post(
                    body="Bon dia", message_type=message_type
                )
        self.assertFalse(
            self.env["whatsapp.message"].search([("direction", "=", "out")])
        )

    def test_server_code_is_held_to_it_too(self):
        thread = self.open_thread(sent_at=utc_now() - timedelta(hours=25))
        with self.assertRaises(UserError):
            thread._whatsapp_send("Bon dia")

    def test_with_two_minutes_left_it_goes(self):
        thread = self.open_thread(sent_at=utc_now() - timedelta(hours=23, minutes=58))
        message = self.send(thread)
        self.assertEqual(message.state, "sent")

    def test_within_the_margin_of_a_minute_it_is_refused(self):
        thread = self.open_thread(
            sent_at=utc_now() - timedelta(hours=23, minutes=59, seconds=10)
        )
        with self.assertRaises(UserError):
            self.post(thread)

    def test_queued_inside_and_due_outside_it_is_not_sent_and_says_so(self):
        thread = self.open_thread()
        message = self.post(thread)
        with self.later(hours=24):
            self.run_outbox()
        self.assertEqual(message.state, "failed")
        self.assertIn("24 hours", message.failure_reason)
        self.assertFalse(self.provider.sent)

    def test_ends_when_the_provider_says_that_it_is_over(self):
        thread = self.open_thread()
        self.provider.refuse(scope="window")
        self.send(thread)
        with self.assertRaisesRegex(UserError, "24 hours .* ended on"):
            self.post(thread)
        self.assertEqual(thread.whatsapp_conversation_ids.state, "expired")
        self.receive_text("Encara hi sóc")
        self.assertEqual(self.send(thread).state, "sent")

    def test_stays_open_if_they_wrote_since_the_provider_said_so(self):
        thread = self.open_thread(sent_at=utc_now() - timedelta(minutes=5))
        message = self.send(thread)
        message.claimed_at -= timedelta(minutes=2)
        failure = Failure(code="63016", sentence="Over.", scope="window")
        self.receive(
            self.inbound("Encara hi sóc"),
            self.status(message, "failed", failure=failure),
        )
        self.assertEqual(self.send(thread).state, "sent")

    def test_refused_template_says_nothing_about_it(self):
        thread = self.open_thread()
        message = self.send(thread)
        message.kind = "template"
        failure = Failure(code="63016", sentence="Over.", scope="window")
        self.receive(self.status(message, "failed", failure=failure))
        self.assertEqual(self.send(thread).state, "sent")

    def test_it_is_compared_as_a_time_not_as_a_state(self):
        thread = self.open_thread()
        with self.later(hours=25), self.assertRaises(UserError):
            self.assertEqual(thread.whatsapp_conversation_ids.state, "open")
            self.post(thread)

    def test_each_number_has_its_own(self):
        other = self.create_channel(
            self.account, "+34931000200", team_ids=self.team.ids
        )
        self.open_thread()
        contact = self.contact_of()
        thread = self.env["discuss.channel"]._whatsapp_threads(other, contact)[contact]
        with self.assertRaises(UserError):
            self.post(thread)
