import base64
from urllib.parse import urlsplit

from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.common import (
    broken_connection,
    refused_connection,
)

from .common import ACCOUNT_SID, ANNA, AUTH_TOKEN, OURS, TwilioCase

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@tagged("post_install", "-at_install")
class TestSend(TwilioCase):
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
        [form] = self.twilio.forms()
        callback = form.pop("StatusCallback")
        self.assertEqual(form, {"To": ANNA, "From": OURS, "Body": "Bon *dia*"})
        self.assertEqual(
            callback, f"{self.account._get_webhook_url()}?ref={message.reference}"
        )
        self.assertEqual((message.state, len(message.provider_id)), ("sent", 34))

    def test_auth_token_signs_in(self):
        self.send(self.thread)
        self.assertSignedInAs(ACCOUNT_SID, AUTH_TOKEN)

    def test_api_key_signs_in_where_there_is_one(self):
        sid = "SK" + "b" * 32
        self.account.write({"twilio_api_key_sid": sid, "twilio_api_key_secret": "s"})
        self.send(self.thread)
        self.assertSignedInAs(sid, "s")

    def assertSignedInAs(self, user, password):
        given = self.twilio.requests[-1].headers["Authorization"]
        expected = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.assertEqual(given, f"Basic {expected}")

    def test_messaging_service_keeps_our_number(self):
        service = "MG" + "c" * 32
        self.channel.twilio_messaging_service_sid = service
        self.send(self.thread)
        [form] = self.twilio.forms()
        self.assertEqual((form["MessagingServiceSid"], form["From"]), (service, OURS))

    def test_region_has_hosts_of_its_own(self):
        self.account.write({"twilio_region": "ie1", "twilio_edge": "dublin"})
        self.send(self.thread)
        host = urlsplit(self.twilio.requests[-1].url).hostname
        self.assertEqual(host, "api.dublin.ie1.twilio.com")

    def test_picture_goes_with_its_caption_by_a_signed_address(self):
        picture = self.attach("pixel.png", PIXEL, "image/png")
        self.send(self.thread, "Mireu", attachment_ids=picture.ids)
        [form] = self.twilio.forms()
        self.assertEqual(form["Body"], "Mireu")
        self.assertTrue(form["MediaUrl"].startswith("https://odoo.example.com/"))
        self.assertIn("access_token=", form["MediaUrl"])

    def test_text_beside_a_document_is_a_message_of_its_own(self):
        document = self.attach("factura.pdf", b"%PDF-1.4 x", "application/pdf")
        self.send(self.thread, "La factura", attachment_ids=document.ids)
        self.run_outbox()
        first, second = self.twilio.forms()
        self.assertEqual(first["Body"], "La factura")
        self.assertNotIn("MediaUrl", first)
        self.assertNotIn("Body", second)
        self.assertIn("MediaUrl", second)

    # -- answers ----------------------------------------------------------------------

    def test_refusal_is_shown_with_its_reason(self):
        self.twilio.refuse(21211, message="The 'To' number is not valid")
        message = self.send(self.thread)
        self.assertEqual((message.state, message.error_code), ("failed", "21211"))
        self.assertIn("can't receive WhatsApp", message.failure_reason)
        self.assertIn("not valid", message.error_detail)

    def test_wrong_credentials_stop_the_account_and_keep_the_message(self):
        self.twilio.refuse(20003, status=401)
        message = self.send(self.thread)
        self.assertEqual(message.state, "queued")
        self.assertIn("administrator", self.account.fault)

    def test_busy_twilio_is_tried_again(self):
        self.twilio.answer(429, {"code": 20429}, {"Retry-After": "30"})
        message = self.send(self.thread)
        self.assertEqual(message.state, "queued")
        self.assertGreaterEqual((message.next_try_at - self.now()).seconds, 25)
        self.assertEqual(len(self.twilio.forms()), 1)

    def test_refused_connection_is_tried_again(self):
        self.twilio.answer(refused_connection())
        message = self.send(self.thread)
        self.assertEqual(message.state, "queued")

    def test_broken_connection_is_never_posted_again(self):
        for script in (
            lambda: self.twilio.answer(broken_connection()),
            lambda: self.twilio.answer(500, b"<html>"),
            lambda: self.twilio.answer(201, b"not JSON"),
        ):
            script()
            posted = len(self.twilio.forms())
            message = self.send(self.thread)
            with self.later(hours=1):
                self.run_outbox()
            self.assertEqual(message.state, "unknown")
            self.assertEqual(len(self.twilio.forms()), posted + 1)

    # -- statuses ---------------------------------------------------------------------

    def test_status_finds_its_message_by_our_reference(self):
        self.twilio.answer(broken_connection())
        message = self.send(self.thread)
        self.assertEqual(message.state, "unknown")
        sid = "SM" + "f" * 32
        query = f"?ref={message.reference}"
        self.receive_form(self.status_form(sid, "delivered"), query)
        self.assertEqual((message.state, message.provider_id), ("delivered", sid))

    def test_status_finds_its_message_by_twilios_sid(self):
        message = self.send(self.thread)
        self.receive_form(self.status_form(message.provider_id, "read"))
        self.assertEqual(message.state, "read")

    def test_late_refusal_tells_why(self):
        message = self.send(self.thread)
        form = self.status_form(message.provider_id, "undelivered", ErrorCode="63016")
        self.receive_form(form, f"?ref={message.reference}")
        self.assertEqual((message.state, message.error_code), ("failed", "63016"))
        self.assertIn("template", message.failure_reason)

    def test_sentence_of_a_failure_can_be_translated(self):
        self.twilio.refuse(21211)
        message = self.send(self.thread)
        self.assertEqual(message.failure_reason, message.error_source)
