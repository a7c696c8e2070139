from odoo.tests import tagged

from .common import ACCESS_KEY, MessageBirdCase

URL = "https://media.messagebird.com/v1/media/1"


@tagged("post_install", "-at_install")
class TestMedia(MessageBirdCase):
    def receive_file(self, url):
        content = {"file": {"url": url, "caption": "La factura"}}
        event = self.inbound_event(type="file", content=content)
        self.receive(event)
        return self.env["whatsapp.message"].search(
            [("provider_id", "=", event["message"]["id"])]
        )

    def test_file_is_fetched_with_our_key(self):
        self.fake.answer(
            200, b"%PDF-1.4 x", {"Content-Type": "application/pdf"}, "/v1/media/1"
        )
        message = self.receive_file(URL)
        self.run_media()
        self.assertEqual(message.attachment_id.raw, b"%PDF-1.4 x")
        given = self.fake.requests[-1].headers["Authorization"]
        self.assertEqual(given, f"AccessKey {ACCESS_KEY}")

    def test_file_of_another_host_is_not_asked_for(self):
        message = self.receive_file("https://evil.example/1")
        self.run_media()
        self.assertEqual(message.media_state, "failed")
        self.assertFalse(self.fake.requests)
