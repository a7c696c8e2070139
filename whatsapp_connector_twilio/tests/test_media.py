from odoo.tests import tagged

from .common import ACCOUNT_SID, TwilioCase
from .test_send import PIXEL

VCARD = b"BEGIN:VCARD\nVERSION:3.0\nFN:Pau\nTEL:+34600111222\nEND:VCARD\n"
STORE = "https://mms.twiliocdn.com/stored?Signature=x"


@tagged("post_install", "-at_install")
class TestMedia(TwilioCase):
    def receive_file(self, mimetype, url=None, **values):
        """A message with a file; returns it before the file is fetched."""
        form = self.inbound_form(
            "",
            NumMedia="1",
            MediaContentType0=mimetype,
            MediaUrl0=url or f"https://api.twilio.com{self.path}",
            **values,
        )
        self.receive_form(form)
        return self.env["whatsapp.message"].search(
            [("provider_id", "=", form["MessageSid"])]
        )

    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/MM1/Media/ME1"

    def test_file_is_fetched_from_the_store_without_credentials(self):
        self.twilio.answer(307, b"", {"Location": STORE}, path=self.path)
        self.twilio.answer(200, PIXEL, {"Content-Type": "image/png"}, path="/stored")
        message = self.receive_file("image/png")
        self.run_media()
        self.assertEqual(message.attachment_id.raw, PIXEL)
        asked, stored = self.twilio.requests
        self.assertIn("Authorization", asked.headers)
        self.assertNotIn("Authorization", stored.headers)

    def test_document_keeps_its_name(self):
        self.twilio.answer(200, b"%PDF-1.4 x", path=self.path)
        message = self.receive_file("application/pdf", Body="Factura març.pdf")
        self.run_media()
        self.assertEqual(message.attachment_id.name, "Factura març.pdf")
        self.assertNotIn("Factura", message.body or "")

    def test_contact_card_is_shown(self):
        self.twilio.answer(200, VCARD, path=self.path)
        message = self.receive_file("text/vcard", MessageType="contacts")
        self.run_media()
        self.assertEqual(message.kind, "contacts")
        self.assertIn("Pau", message.mail_message_id.body)

    def test_voice_note_is_one(self):
        self.assertEqual(self.receive_file("audio/ogg").kind, "voice")

    def test_file_elsewhere_gets_no_visit(self):
        message = self.receive_file("image/png", url="https://evil.example/x.png")
        self.run_media()
        self.assertEqual(message.media_state, "failed")
        self.assertFalse(self.twilio.requests)

    def test_other_address_of_twilio_gets_no_credentials(self):
        url = f"https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Keys.json"
        self.receive_file("image/png", url=url)
        self.run_media()
        for request in self.twilio.requests:
            self.assertNotIn("Authorization", request.headers)
