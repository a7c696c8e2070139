from odoo.tests import tagged

from .common import VonageCase
from .test_send import PIXEL

URL = "https://api-eu.nexmo.com/v3/media/1b456509-974c-458b-aafa-45fc48a4d976"


@tagged("post_install", "-at_install")
class TestMedia(VonageCase):
    def receive_file(self, kind="image", url=URL, **file):
        """A message with a file; returns it before the file is fetched."""
        event = self.inbound(message_type=kind, **{kind: {"url": url, **file}})
        del event["text"]
        self.receive(event)
        return self.env["whatsapp.message"].search(
            [("provider_id", "=", event["message_uuid"])]
        )

    def test_file_is_fetched_with_the_applications_token(self):
        self.vonage.answer(200, PIXEL, {"Content-Type": "image/png"})
        message = self.receive_file(caption="La pantalla")
        self.run_media()
        self.assertEqual(message.attachment_id.raw, PIXEL)
        self.assertIn("La pantalla", message.mail_message_id.body)
        [asked] = self.vonage.requests
        self.assertTrue(asked.headers["Authorization"].startswith("Bearer "))

    def test_redirect_gets_no_token(self):
        self.vonage.answer(302, b"", {"Location": "https://files.vonage.com/x"})
        self.vonage.answer(200, PIXEL, path="/x")
        message = self.receive_file()
        self.run_media()
        self.assertEqual(message.attachment_id.raw, PIXEL)
        self.assertNotIn("Authorization", self.vonage.requests[1].headers)

    def test_document_keeps_its_name(self):
        self.vonage.answer(200, b"%PDF-1.4 x", {"Content-Type": "application/pdf"})
        message = self.receive_file("file", name="Factura març.pdf")
        self.run_media()
        self.assertEqual(message.attachment_id.name, "Factura març.pdf")

    def test_file_that_vonage_keeps_no_more_is_given_up(self):
        self.vonage.answer(404, {"title": "Not found"})
        message = self.receive_file()
        self.run_media()
        self.assertEqual(message.media_state, "failed")

    def test_file_elsewhere_gets_no_visit(self):
        message = self.receive_file(url="https://evil.example/x.png")
        self.run_media()
        self.assertEqual(message.media_state, "failed")
        self.assertFalse(self.vonage.requests)
