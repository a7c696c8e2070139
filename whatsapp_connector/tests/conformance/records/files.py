"""Files of inbound messages, by the media step: what comes, from where, how much."""

from ....models import whatsapp_media
from ....wire.http import HttpResponse, NoAnswer
from ....wire.items import InboundMessage
from ..rows import FETCHING
from ..wire import SENTENCE
from .kit import WireKit

PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00"
    b"\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\xdacd\xf8\xcfP\x0f\x00\x03\x86\x01"
    b"\x80Z4}k\x00\x00\x00\x00IEND\xaeB`\x82"
)
VCARD = b"BEGIN:VCARD\nVERSION:3.0\nFN:Pau\nTEL:+34600111222\nEND:VCARD\n"
ELSEWHERE = "https://evil.example/file"


class FileCases(WireKit):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.classPatch(whatsapp_media, "LIMIT_BYTES", 1000)

    def find_files(self):
        """Fixtures with one message that has files: name and message."""
        return [
            (name, event.items[0])
            for name, event in self.wire.events.items()
            if isinstance(event.items[0], InboundMessage) and event.items[0].media
        ]

    def fetch(self, name, item, *answers):
        """Receive fixture ``name`` and fetch its (first) file, answered so."""
        self.receive_fixture(name)
        message = self.get_message(item.message_id)
        self.assertEqual(message.media_state, "waiting")
        # Only the first of several is fetched here.
        (message.mail_message_id.whatsapp_message_ids - message).media_state = False
        self.script.expect(*self.tell(), *answers)
        self.run_media()
        return message

    def tell(self, url=None):
        """The answers before the file's, where its address is asked for first."""
        files = self.wire.files
        return [files.tell(url or files.url)] if files.tell else []

    def test_file_of_each_kind_is_shown_in_the_chat(self):
        for name, item in self.find_files():
            with self.case(FETCHING, name):
                media = item.media[0]
                is_card = item.kind == "contacts"
                content = VCARD if is_card else PIXEL
                mimetype = media.mimetype or "image/png"
                headers = {"content-type": mimetype}
                answer = HttpResponse(status=200, headers=headers, body=content)
                message = self.fetch(name, item, answer)
                attachment = message.attachment_id
                self.assertRecord(message, media_state="done", failure_reason=False)
                self.assertEqual(attachment.raw, content)
                self.assertEqual(message.mail_message_id.attachment_ids, attachment)
                self.assertEqual(
                    message.conversation_id.ticket_ids.message_attachment_count, 1
                )
                if media.filename:
                    self.assertIn(media.filename, attachment.name)
                if item.kind == "voice":
                    self.assertTrue(attachment.voice_ids)
                if is_card:
                    self.assertIn("Pau", message.mail_message_id.body)
                # Else the bytes tell what it is.
                is_told = is_card or mimetype.startswith(("audio/", "video/"))
                expected = mimetype.partition(";")[0] if is_told else "image/png"
                self.assertEqual(attachment.mimetype, expected)
                self.assertTrue(self.wire.is_authorized(self.script.requests[0]))

    def test_redirect_gets_no_credentials(self):
        store = self.wire.files.store or self.wire.files.url
        for name, item in self.find_files()[:1]:
            with self.case(FETCHING, "redirect"):
                moved = HttpResponse(status=307, headers={"location": store})
                answer = HttpResponse(status=200, body=PIXEL)
                message = self.fetch(name, item, moved, answer)
                self.assertEqual(message.attachment_id.raw, PIXEL)
                request = self.script.requests[-1]
                self.assertEqual(request.url, store)
                self.assertFalse(request.headers or request.auth)

    def test_file_that_can_not_be_had_is_told_and_may_be_asked_for_again(self):
        moved = HttpResponse(status=302, headers={"location": ELSEWHERE})
        for case, (answer, code) in {
            "expired": (self.wire.files.gone, "gone"),
            "oversize": (HttpResponse(status=200, body=b"x" * 1001), "too_large"),
            "elsewhere": (moved, "forbidden"),
        }.items():
            for name, item in self.find_files()[:1]:
                with self.case(FETCHING, case):
                    message = self.fetch(name, item, answer)
                    self.assertRecord(message, media_state="failed", error_code=code)
                    self.assertEqual(SENTENCE, message.failure_reason)
                    self.assertFalse(message.attachment_id)
                    self.assertEqual(message.state, "received")
                    message.with_user(self.agent).action_retry_media()
                    self.script.expect(
                        *self.tell(), HttpResponse(status=200, body=PIXEL)
                    )
                    self.run_media()
                    self.assertEqual(message.attachment_id.raw, PIXEL)

    def test_address_elsewhere_gets_no_visit(self):
        """Whether a webhook tells it, or the provider's answer to the question."""
        for name, item in self.find_files()[:1]:
            with self.case(FETCHING, "address elsewhere"):
                self.receive_fixture(name)
                message = self.get_message(item.message_id)
                if self.wire.files.tell:
                    self.script.expect(*self.tell(ELSEWHERE))
                else:
                    message.media = {**message.media, "url": ELSEWHERE}
                self.run_media()
                self.assertEqual(message.media_state, "failed")
                self.assertEqual(SENTENCE, message.failure_reason)

    def test_slow_host_is_asked_again_later(self):
        for name, item in self.find_files()[:1]:
            with self.case(FETCHING, "no answer"):
                message = self.fetch(name, item, NoAnswer())
                self.assertEqual(message.media_state, "waiting")
                self.assertGreater(message.next_try_at, self.now())
