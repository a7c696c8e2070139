import base64
from urllib.parse import urlsplit

from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.common import (
    broken_connection,
    refused_connection,
)

from .common import ANNA, MESSAGES, OURS, VonageCase

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


def error(code, detail="Vonage's own words"):
    url = f"https://developer.vonage.com/api-errors/messages#{code}"
    return {"type": url, "title": code, "detail": detail}


@tagged("post_install", "-at_install")
class TestSend(VonageCase):
    def setUp(self):
        super().setUp()
        self.thread = self.open_chat()

    def attach(self, name, content, mimetype):
        return self.env["ir.attachment"].create(
            {"name": name, "raw": content, "mimetype": mimetype}
        )

    # -- requests ---------------------------------------------------------------------

    def test_answer_goes_to_who_wrote_from_the_number_written_to(self):
        message = self.send(self.thread, "<p>Bon <b>dia</b></p>")
        [body] = self.vonage.bodies()
        self.assertEqual(
            body,
            {
                "channel": "whatsapp",
                "to": ANNA,
                "from": OURS,
                "client_ref": message.reference,
                "webhook_url": (
                    f"{self.account._get_webhook_url()}?ref={message.reference}"
                ),
                "webhook_version": "v1",
                "message_type": "text",
                "text": "Bon *dia*",
            },
        )
        self.assertEqual((message.state, len(message.provider_id)), ("sent", 36))

    def test_reference_is_no_longer_than_vonage_takes(self):
        message = self.send(self.thread)
        self.assertLessEqual(len(message.reference), 40)

    def test_token_of_the_application_signs_in(self):
        self.send(self.thread)
        token = self.vonage.requests[-1].headers["Authorization"]
        self.assertRegex(token, r"^Bearer [\w-]+\.[\w-]+\.[\w-]+$")

    def test_region_has_a_host_of_its_own(self):
        self.account.vonage_region = "eu"
        self.send(self.thread)
        host = urlsplit(self.vonage.requests[-1].url).hostname
        self.assertEqual(host, "api-eu.nexmo.com")

    def test_files_go_with_their_text_by_a_signed_address(self):
        picture = self.attach("pixel.png", PIXEL, "image/png")
        document = self.attach("factura.pdf", b"%PDF-1.4 x", "application/pdf")
        self.send(self.thread, "Mireu", attachment_ids=picture.ids)
        self.send(self.thread, "La factura", attachment_ids=document.ids)
        image, file = self.vonage.bodies()
        self.assertEqual(image["image"]["caption"], "Mireu")
        self.assertTrue(image["image"]["url"].startswith("https://odoo.example.com/"))
        self.assertIn("access_token=", image["image"]["url"])
        self.assertEqual(file["file"]["name"], "factura.pdf")
        self.assertEqual(file["file"]["caption"], "La factura")

    def test_quoted_message_is_named(self):
        [quoted] = self.env["whatsapp.message"].search(
            [("thread_id", "=", self.thread.id)]
        )
        self.send(self.thread, "Això?", parent_id=quoted.mail_message_id.id)
        [body] = self.vonage.bodies()
        self.assertEqual(body["context"], {"message_uuid": quoted.provider_id})

    # -- answers ----------------------------------------------------------------------

    def test_refusal_is_shown_with_its_reason(self):
        self.vonage.refuse(422, "110", "to is invalid")
        message = self.send(self.thread)
        self.assertEqual((message.state, message.error_code), ("failed", "422/110"))
        self.assertIn("no number", message.failure_reason)
        self.assertIn("to is invalid", message.error_detail)

    def test_wrong_credentials_stop_the_account_and_keep_the_message(self):
        self.vonage.refuse(401)
        message = self.send(self.thread)
        self.assertEqual(message.state, "queued")
        self.assertIn("private key", self.account.fault)

    def test_empty_account_at_vonage_keeps_the_message(self):
        self.vonage.refuse(402)
        message = self.send(self.thread)
        self.assertEqual(message.state, "queued")
        self.assertIn("credit", self.account.fault)

    def test_busy_vonage_is_tried_again(self):
        self.vonage.answer(429, {"title": "Slow down"}, {"Retry-After": "30"})
        message = self.send(self.thread)
        self.assertEqual(message.state, "queued")
        self.assertGreaterEqual((message.next_try_at - self.now()).seconds, 25)

    def test_refused_connection_is_tried_again(self):
        self.vonage.answer(refused_connection())
        message = self.send(self.thread)
        self.assertEqual(message.state, "queued")

    def test_broken_connection_is_never_posted_again(self):
        for script in (
            lambda: self.vonage.answer(broken_connection()),
            lambda: self.vonage.answer(500, b"<html>"),
            lambda: self.vonage.answer(202, b"not JSON"),
        ):
            script()
            posted = len(self.vonage.bodies())
            message = self.send(self.thread)
            with self.later(hours=1):
                self.run_outbox()
            self.assertEqual(message.state, "unknown")
            self.assertEqual(len(self.vonage.bodies()), posted + 1)

    # -- statuses ---------------------------------------------------------------------

    def test_status_finds_its_message_by_our_reference(self):
        self.vonage.answer(broken_connection())
        message = self.send(self.thread)
        self.assertEqual(message.state, "unknown")
        message_id = "aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab"
        self.receive(self.status(message, "delivered", message_uuid=message_id))
        self.assertEqual(
            (message.state, message.provider_id), ("delivered", message_id)
        )

    def test_statuses_may_come_in_any_order(self):
        message = self.send(self.thread)
        for word in ("read", "submitted", "delivered"):
            self.receive(self.status(message, word))
        self.assertEqual(message.state, "read")

    def test_late_refusal_tells_why(self):
        for word in ("rejected", "undeliverable"):
            message = self.send(self.thread)
            self.receive(self.status(message, word, error=error("1340")))
            self.assertEqual((message.state, message.error_code), ("failed", "1340"))
            self.assertIn("template", message.failure_reason)

    def test_sentence_of_a_failure_can_be_translated(self):
        self.vonage.refuse(422, "110")
        message = self.send(self.thread)
        self.assertEqual(message.failure_reason, message.error_source)

    # -- read receipts ----------------------------------------------------------------

    def test_customer_sees_that_their_message_was_read_and_that_we_type(self):
        question = self.thread.message_ids.sudo().whatsapp_message_ids
        member = self.thread.channel_member_ids.with_user(self.agent)
        self.vonage.answer(202, b"")
        member._mark_as_read(question.mail_message_id.id)
        self.run_presence()
        self.vonage.answer(202, b"")
        member._notify_typing(True)
        self.run_presence()
        read, typed = self.vonage.bodies(f"{MESSAGES}/{question.provider_id}", "PATCH")
        self.assertEqual(read, {"status": "read"})
        self.assertTrue(typed["replying_indicator"]["show"])
