import threading
from unittest.mock import patch

import requests

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models import whatsapp_media
from .common import ANNA, BIEL, FakeTransport, WhatsappCase
from .test_kinds import PNG
from .test_outbound import PDF

MEDIA_LOG = "odoo.addons.whatsapp_connector.models.whatsapp_media"
HTML = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
VCARD = b"""BEGIN:VCARD
VERSION:3.0
FN:Carla <b>Vila</b>
TEL;TYPE=CELL:+34 600 000 000
EMAIL:carla@example.com
END:VCARD
"""
#: Claimed type, bytes, and as what it is kept (None: whatever does no harm).
TYPES = {
    "png": ("image/png", PNG, "image/png"),
    "pdf": ("application/pdf", PDF, "application/pdf"),
    "voice note": ("audio/ogg; codecs=opus", b"OggS" + bytes(60), "audio/ogg"),
    "sound": ("audio/amr", b"#!AMR\n" + bytes(60), "audio/amr"),
    "html": ("text/html", HTML, "text/plain"),
    "html that claims to be a picture": ("image/jpeg", HTML, "text/plain"),
    "svg": ("image/svg+xml", SVG, "text/plain"),
    "svg that claims to be a png": ("image/png", SVG, "text/plain"),
    "png that claims to be svg": ("image/svg+xml", PNG, "image/png"),
    "script": ("application/javascript", b"alert(1)", "text/plain"),
    "style": ("text/css", b"body{}", "text/plain"),
    "xhtml": ("application/xhtml+xml", HTML, "text/plain"),
    "flash": ("application/x-shockwave-flash", b"CWS" + bytes(range(128, 255)), None),
    "mail with html": ("message/rfc822", b"From: a\n\n<html>", "text/plain"),
    "unknown bytes": ("", bytes(range(256)), None),
    "empty": ("image/png", b"", None),
}


@tagged("post_install", "-at_install")
class TestMedia(WhatsappCase):
    def fetched(self, kind, name, content, mimetype, **values):
        message = self.receive(
            self.inbound_media(kind, name, content, mimetype, **values)
        )
        self.run_media()
        return message

    def test_a_text_is_there_before_its_file(self):
        message = self.receive(
            self.inbound_media("image", "f.png", PNG, "image/png", text="Mira")
        )
        self.assertEqual(message.media_state, "waiting")
        self.assertIn("Mira", message.mail_message_id.body)
        self.assertTrue(self.tickets_of())

    def test_a_file_hangs_on_its_message(self):
        message = self.fetched("image", "foto.png", PNG, "image/png")
        self.assertEqual(message.media_state, "done")
        attachment = message.mail_message_id.attachment_ids
        self.assertEqual(attachment, message.attachment_id)
        self.assertEqual(attachment.raw, PNG)
        self.assertEqual(attachment.name, "foto.png")
        self.assertEqual(
            (attachment.res_model, attachment.res_id),
            ("discuss.channel", message.thread_id.id),
        )
        self.assertFalse(attachment.public)

    def test_it_is_among_the_tickets_files_too(self):
        self.fetched("image", "foto.png", PNG, "image/png")
        self.assertEqual(self.tickets_of().attachment_ids.mapped("name"), ["foto.png"])

    def test_what_we_send_is_among_the_tickets_files_too(self):
        thread = self.open_thread()
        file = self.env["ir.attachment"].create(
            {
                "name": "contracte.pdf",
                "raw": PDF,
                "mimetype": "application/pdf",
                "res_model": "mail.compose.message",
                "res_id": 0,
            }
        )
        self.post(thread, "El contracte", attachment_ids=file.ids)
        files = self.tickets_of().attachment_ids
        self.assertEqual(files.mapped("name"), ["contracte.pdf"])

    def test_what_we_sent_before_the_ticket_is_among_its_files(self):
        self.channel.ticket_policy = "never"
        thread = self.open_thread()
        self.post(thread, "El contracte", attachments=[("contracte.pdf", PDF)])
        self.conversations_of().with_user(self.agent).action_open_ticket()
        files = self.tickets_of().attachment_ids
        self.assertEqual(files.mapped("name"), ["contracte.pdf"])

    def test_files_from_before_the_ticket_are_among_its_files(self):
        self.channel.ticket_policy = "never"
        self.fetched("image", "foto.png", PNG, "image/png")
        self.conversations_of().with_user(self.agent).action_open_ticket()
        self.assertEqual(self.tickets_of().attachment_ids.mapped("name"), ["foto.png"])

    def test_its_type_is_what_the_bytes_say_and_never_runs_in_a_browser(self):
        for case, (claimed, content, kept) in TYPES.items():
            with self.subTest(case):
                message = self.fetched("document", "fitxer", content, claimed)
                self.assertEqual(message.media_state, "done")
                mimetype = message.attachment_id.mimetype
                self.assertNotIn(mimetype, whatsapp_media.MARKUP)
                if kept:
                    self.assertEqual(mimetype, kept)

    def test_a_voice_note_plays_as_one(self):
        message = self.fetched("voice", "v.ogg", b"OggS" + bytes(60), "audio/ogg")
        self.assertTrue(message.attachment_id.voice_ids)

    def test_a_file_without_a_name_gets_one_that_tells_the_kind(self):
        item = self.inbound_media("image", "x", PNG, "image/png")
        object.__setattr__(item.media[0], "filename", None)
        message = self.receive(item)
        self.run_media()
        self.assertRegex(message.attachment_id.name, r"^whatsapp-image-.*\.png$")

    def test_a_hostile_name_is_tamed(self):
        item = self.inbound_media("document", "f.pdf", PDF, "application/pdf")
        object.__setattr__(item.media[0], "filename", "../../etc/pass\x00wd\n.pdf")
        message = self.receive(item)
        self.run_media()
        name = message.attachment_id.name
        self.assertTrue(name.endswith(".pdf"))
        for bad in ("/", "\\", "\x00", "\n"):
            self.assertNotIn(bad, name)

    def test_contact_cards_are_shown(self):
        message = self.fetched("contacts", "c.vcf", VCARD, "text/vcard")
        body = message.mail_message_id.body
        self.assertIn("Carla", body)
        self.assertIn("+34 600 000 000", body)
        self.assertIn("carla@example.com", body)
        self.assertNotIn("<b>Vila", body)

    def test_several_files_of_one_message_all_come(self):
        first = self.inbound_media("image", "a.png", PNG, "image/png")
        second = self.inbound_media("image", "b.pdf", PDF, "application/pdf")
        object.__setattr__(first, "media", (*first.media, *second.media))
        self.receive(first)
        self.run_media()
        shown = self.thread_of().message_ids.attachment_ids
        self.assertEqual(sorted(shown.mapped("name")), ["a.png", "b.pdf"])

    @mute_logger(MEDIA_LOG)
    def test_a_file_that_can_not_be_reached_is_tried_again(self):
        item = self.inbound_media("image", "foto.png", PNG, "image/png")
        address = item.media[0].url
        for fault in (requests.ReadTimeout(), (500, b"", ""), (429, b"", "")):
            with self.subTest(fault):
                self.provider.files[address] = fault
                message = self.receive(
                    self.inbound(kind="image", media=item.media, text="")
                )
                self.run_media()
                self.assertEqual(message.media_state, "waiting")
                self.assertGreater(message.next_try_at, self.now())
                self.provider.files[address] = (200, PNG, "image/png")
                with self.later(minutes=1):
                    self.run_media()
                self.assertEqual(message.media_state, "done")
                self.assertFalse(message.failure_reason)

    @mute_logger(MEDIA_LOG)
    def test_tries_come_to_an_end_and_a_person_can_try_once_more(self):
        item = self.inbound_media("image", "foto.png", PNG, "image/png")
        self.provider.files[item.media[0].url] = requests.ReadTimeout()
        message = self.receive(item)
        for _attempt in range(whatsapp_media.MAX_ATTEMPTS):
            message.next_try_at = False
            self.run_media()
        self.assertEqual(message.media_state, "failed")
        self.assertIn("could not be fetched", message.failure_reason)
        self.provider.files[item.media[0].url] = (200, PNG, "image/png")
        message.with_user(self.agent).action_retry_media()
        self.run_media()
        self.assertEqual(message.media_state, "done")

    @mute_logger(MEDIA_LOG)
    def test_a_file_that_is_gone_says_so(self):
        item = self.inbound_media("image", "foto.png", PNG, "image/png")
        self.provider.files[item.media[0].url] = (404, b"", "")
        message = self.receive(item)
        self.run_media()
        self.assertEqual(message.media_state, "failed")
        self.assertIn("no longer has the file", message.failure_reason)

    @mute_logger(MEDIA_LOG)
    def test_a_file_that_is_too_large_is_not_kept(self):
        with patch.object(whatsapp_media, "LIMIT_BYTES", 10):
            message = self.fetched("image", "foto.png", PNG, "image/png")
        self.assertEqual(message.media_state, "failed")
        self.assertIn("too large", message.failure_reason)

    @mute_logger(MEDIA_LOG)
    def test_a_file_of_another_host_is_not_fetched(self):
        item = self.inbound_media("image", "foto.png", PNG, "image/png")
        object.__setattr__(item.media[0], "url", "https://127.0.0.1/foto.png")
        message = self.receive(item)
        self.run_media()
        self.assertEqual(message.media_state, "failed")
        self.assertIn("not one of the provider's", message.failure_reason)

    @mute_logger(MEDIA_LOG)
    def test_a_redirect_to_another_host_is_not_followed(self):
        item = self.inbound_media("image", "foto.png", PNG, "image/png")
        self.provider.files[item.media[0].url] = (
            302,
            b"",
            "text/plain",
            {"Location": "https://169.254.169.254/latest"},
        )
        message = self.receive(item)
        self.run_media()
        self.assertEqual(message.media_state, "failed")

    @mute_logger(MEDIA_LOG)
    def test_a_file_that_breaks_stops_no_other(self):
        bad = self.receive(self.inbound_media("image", "a.png", PNG, "image/png", ANNA))
        good = self.receive(
            self.inbound_media("image", "b.png", PNG, "image/png", BIEL)
        )
        build = FakeTransport._build_media

        def _build_media(transport, account, media):
            if media.filename == "a.png":
                raise RuntimeError("a bug")
            return build(transport, account, media)

        with patch.object(FakeTransport, "_build_media", _build_media):
            self.run_media()
        self.assertEqual(bad.media_state, "waiting")
        self.assertTrue(bad.failure_reason)
        self.assertEqual(good.media_state, "done")

    def test_an_account_whose_files_hang_leaves_room_for_anothers(self):
        account = self.create_account(name="Other account")
        number = "+34930000009"
        self.create_channel(account, number)
        hanging = [
            self.receive(self.inbound_media("image", f"{i}.png", PNG, "image/png"))
            for i in range(whatsapp_media.POOL)
        ]
        quick = self.receive(
            self.inbound_media(
                "image", "quick.png", PNG, "image/png", number_id=number
            ),
            account=account,
        )
        quick_came, fetch = threading.Event(), whatsapp_media.fetch

        def fetch_slowly(client, request, hosts):
            if request.url.endswith("quick.png"):
                quick_came.set()
            elif not quick_came.wait(5):
                raise requests.ReadTimeout
            return fetch(client, request, hosts)

        with patch.object(whatsapp_media, "fetch", fetch_slowly):
            self.run_media()
        for message in (quick, *hanging):
            self.assertEqual(message.media_state, "done")

    def test_a_file_whose_worker_died_is_taken_again(self):
        message = self.receive(self.inbound_media("image", "a.png", PNG, "image/png"))
        message.write({"media_state": "fetching", "next_try_at": self.now()})
        self.run_media()
        self.assertEqual(message.media_state, "done")

    def test_retrying_needs_the_right_to_the_chat(self):
        message = self.receive(self.inbound_media("image", "a.png", PNG, "image/png"))
        stranger = self.create_user(
            "stranger", "whatsapp_connector.group_whatsapp_agent"
        )
        with self.assertRaises(UserError):
            message.with_user(stranger).action_retry_media()
