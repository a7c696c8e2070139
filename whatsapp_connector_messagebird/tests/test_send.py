from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.common import (
    broken_connection,
    refused_connection,
)

from .common import ACCESS_KEY, ANNA, CHANNELS, MessageBirdCase


class SendTests:
    def setUp(self):
        super().setUp()
        self.thread = self.open_chat()

    def test_key_signs_in(self):
        self.send(self.thread)
        given = self.fake.requests[-1].headers["Authorization"]
        self.assertEqual(given, f"AccessKey {ACCESS_KEY}")

    def test_refusal_is_shown_with_its_reason(self):
        self.refuse(words="to is wrong")
        message = self.send(self.thread)
        self.assertEqual((message.state, message.error_code), ("failed", "10"))
        self.assertIn("does not accept", message.failure_reason)
        self.assertIn("to is wrong", message.error_detail)

    def test_wrong_key_stops_the_account_and_keeps_the_message(self):
        self.refuse(401, 2)
        message = self.send(self.thread)
        self.assertEqual(message.state, "queued")
        self.assertIn("administrator", self.account.fault)

    def test_busy_provider_is_tried_again(self):
        self.fake.answer(429, {}, {"Retry-After": "30"})
        message = self.send(self.thread)
        self.assertEqual(message.state, "queued")
        self.assertEqual(len(self.sent()), 1)

    def test_refused_connection_is_tried_again(self):
        self.fake.answer(refused_connection())
        self.assertEqual(self.send(self.thread).state, "queued")

    def test_broken_connection_is_never_posted_again(self):
        for status, payload in (
            (broken_connection(), None),
            (500, b"<html>"),
            (202, b"not JSON"),
        ):
            self.fake.answer(status, payload)
            posted = len(self.sent())
            message = self.send(self.thread)
            with self.later(hours=1):
                self.run_outbox()
            self.assertEqual(message.state, "unknown")
            self.assertEqual(len(self.sent()), posted + 1)

    def test_lost_message_is_found_by_our_reference(self):
        self.fake.answer(broken_connection())
        message = self.send(self.thread)
        self.receive(self.status_event(message, "delivered"))
        self.assertEqual(message.state, "delivered")
        self.assertEqual(message.provider_id, "f" * 32)

    def test_late_refusal_tells_why(self):
        message = self.send(self.thread)
        self.receive(self.failure_event(message))
        self.assertEqual((message.state, message.error_code), ("failed", "131047"))
        self.assertIn("template", message.failure_reason)


@tagged("post_install", "-at_install")
class TestSendConversations(SendTests, MessageBirdCase):
    def failure_event(self, message):
        error = {"code": 131047, "description": "Re-engagement"}
        return self.status_event(message, "failed", error=error)

    def test_answer_goes_to_who_wrote_from_the_number_written_to(self):
        message = self.send(self.thread, "<p>Bon <b>dia</b></p>")
        [sent] = self.sent()
        self.assertEqual(
            sent,
            {
                "to": ANNA,
                "from": CHANNELS["conversations"],
                "type": "text",
                "content": {"text": "Bon *dia*"},
                "reportUrl": (
                    f"{self.account._get_webhook_url()}?ref={message.reference}"
                ),
                "trackId": f"odoo:{message.reference}",
            },
        )
        self.assertEqual((message.state, len(message.provider_id)), ("sent", 32))

    def test_read_is_told(self):
        message = self.send(self.thread)
        for status in ("pending", "sent", "delivered", "read"):
            self.receive(self.status_event(message, status))
        self.assertEqual(message.state, "read")


@tagged("post_install", "-at_install")
class TestSendBird(SendTests, MessageBirdCase):
    generation = "bird"

    def failure_event(self, message):
        failure = {"code": 20, "source": {"name": "whatsapp", "code": "131047"}}
        return self.status_event(message, "delivery_failed", failure=failure)

    def test_answer_goes_to_who_wrote(self):
        message = self.send(self.thread, "<p>Bon <b>dia</b></p>")
        [sent] = self.sent()
        contact = {"identifierKey": "phonenumber", "identifierValue": ANNA}
        self.assertEqual(sent["receiver"], {"contacts": [contact]})
        self.assertEqual(sent["body"], {"type": "text", "text": {"text": "Bon *dia*"}})
        self.assertEqual(sent["reference"], f"odoo:{message.reference}")
        self.assertEqual(message.state, "sent")

    def test_read_is_an_interaction(self):
        message = self.send(self.thread)
        self.receive(self.status_event(message, "delivered"))
        payload = {"type": "opened", "messageId": message.provider_id}
        self.receive({"event": "whatsapp.interaction", "payload": payload})
        self.assertEqual(message.state, "read")
