from dataclasses import replace

from markupsafe import Markup

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import WhatsappCase
from .test_kinds import PNG

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@tagged("post_install", "-at_install")
class TestPosting(WhatsappCase):
    """What an agent writes into a chat, and what becomes of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.png = cls.create_attachment("foto.png", PNG, "image/png")
        cls.pdf = cls.create_attachment("factura.pdf", PDF, "application/pdf")

    @classmethod
    def create_attachment(cls, name, content, mimetype):
        return cls.env["ir.attachment"].create(
            {
                "name": name,
                "raw": content,
                "mimetype": mimetype,
                "res_model": "mail.compose.message",
                "res_id": 0,
            }
        )

    def parts_of(self, messages):
        return [(m.kind, m.body or "", m.attachment_id.name or "") for m in messages]

    def test_html_goes_as_whatsapps_formatting(self):
        body = Markup("<p>Hola <b>Anna</b>,<br/>la <i>factura</i></p><p>Salut</p>")
        self.send(self.open_thread(), body)
        self.assertEqual(
            self.provider.sent[0]["text"], "Hola *Anna*,\nla _factura_\nSalut"
        )

    def test_we_see_the_formatting_that_the_contact_sees(self):
        body = Markup("<p>*Gràcies* i &lt;b&gt;fins&lt;/b&gt;<br/><i>aviat</i></p>")
        shown = self.send(self.open_thread(), body).mail_message_id.body
        self.assertIn(
            "<strong>Gràcies</strong> i &lt;b&gt;fins&lt;/b&gt;<br><em>aviat</em>",
            shown,
        )

    def test_nothing_is_not_sent(self):
        thread = self.open_thread()
        for body in ("", "   ", Markup("<p><br/></p>")):
            with (
                self.subTest(body),
                self.assertRaisesRegex(UserError, "nothing to send"),
            ):
                self.post(thread, body)

    def test_text_and_a_file_are_one_message_with_a_caption(self):
        messages = self.send(self.open_thread(), "Mira", attachment_ids=self.png.ids)
        self.assertEqual(self.parts_of(messages), [("image", "Mira", "foto.png")])
        self.assertEqual(self.provider.sent[0]["text"], "Mira")
        self.assertIn("access_token=", self.provider.sent[0]["media"])

    def test_text_and_two_files_are_two_messages(self):
        messages = self.send(
            self.open_thread(), "Mira", attachment_ids=(self.png | self.pdf).ids
        )
        self.assertEqual(
            self.parts_of(messages),
            [("image", "Mira", "foto.png"), ("document", "", "factura.pdf")],
        )
        self.assertEqual(len(messages.mail_message_id), 1)

    def test_each_part_keeps_its_own_file_whatever_their_order(self):
        messages = self.send(
            self.open_thread(), "Mira", attachment_ids=[self.pdf.id, self.png.id]
        )
        self.assertEqual(
            self.parts_of(messages),
            [("document", "Mira", "factura.pdf"), ("image", "", "foto.png")],
        )

    def test_files_given_as_bytes_go_too(self):
        messages = self.send(
            self.open_thread(),
            "",
            attachments=[("a.pdf", PDF), ("b.png", PNG)],
            attachment_ids=self.pdf.ids,
        )
        self.assertEqual(
            self.parts_of(messages),
            [
                ("document", "", "factura.pdf"),
                ("document", "", "a.pdf"),
                ("image", "", "b.png"),
            ],
        )

    def test_a_text_goes_before_a_file_that_takes_no_caption(self):
        sound = self.create_attachment("so.ogg", b"OggS" + bytes(60), "audio/ogg")
        messages = self.send(self.open_thread(), "Escolta", attachment_ids=sound.ids)
        self.assertEqual(
            self.parts_of(messages), [("text", "Escolta", ""), ("audio", "", "so.ogg")]
        )

    def test_a_text_too_long_for_a_caption_goes_before_its_file(self):
        long_text = "a" * 1500
        messages = self.send(self.open_thread(), long_text, attachment_ids=self.png.ids)
        self.assertEqual(
            self.parts_of(messages),
            [("text", long_text, ""), ("image", "", "foto.png")],
        )

    def test_the_whole_message_shows_its_worst_part(self):
        thread = self.open_thread()
        self.provider.answer(200, {"id": "SM1"})
        self.provider.refuse("63019")
        messages = self.send(thread, "Mira", attachment_ids=(self.png | self.pdf).ids)
        self.assertEqual(messages.mapped("state"), ["sent", "failed"])
        shown = messages.mail_message_id._whatsapp_store_values()
        self.assertEqual(shown["state"], "failed")

    def test_over_long_text_is_refused_with_the_limit(self):
        with self.assertRaisesRegex(UserError, "4097 characters.*4096"):
            self.post(self.open_thread(), "a" * 4097)
        self.assertFalse(
            self.env["whatsapp.message"].search([("direction", "=", "out")])
        )

    def test_the_limit_is_the_providers(self):
        self.provider.capabilities = replace(
            self.provider.capabilities, text_limit=1600
        )
        with self.assertRaisesRegex(UserError, "1600"):
            self.post(self.open_thread(), "a" * 1601)

    def test_a_file_that_whatsapp_does_not_take_is_refused_by_name(self):
        program = self.create_attachment(
            "virus.exe", b"MZ" + bytes(64), "application/x-msdownload"
        )
        with self.assertRaisesRegex(UserError, "virus.exe"):
            self.post(self.open_thread(), "", attachment_ids=program.ids)

    def test_a_file_that_is_too_large_is_refused_with_the_limit(self):
        self.provider.capabilities = replace(
            self.provider.capabilities, media_limit={"image": 10}
        )
        with self.assertRaisesRegex(UserError, "foto.png has .* at most 10"):
            self.post(self.open_thread(), "", attachment_ids=self.png.ids)

    def test_a_quote_that_would_be_lost_is_refused(self):
        self.provider.capabilities = replace(
            self.provider.capabilities, quoting_kinds=("text",)
        )
        thread = self.open_thread()
        theirs = thread.whatsapp_conversation_ids.message_ids[:1].mail_message_id
        quoting = {"parent_id": theirs.id}
        with self.assertRaisesRegex(UserError, "only a text can quote"):
            self.post(thread, attachment_ids=self.png.ids, **quoting)
        self.assertTrue(self.post(thread, "Aquesta?", **quoting).quoted_provider_id)
        self.assertTrue(self.post(thread, attachment_ids=self.png.ids))

    def test_a_reply_quotes_what_it_answers(self):
        thread = self.open_thread()
        theirs = self.receive_text("Quin preu té?")
        messages = self.send(
            thread,
            "Cent",
            parent_id=theirs.mail_message_id.id,
            attachment_ids=(self.png | self.pdf).ids,
        )
        self.assertEqual(
            [sent["quoted"] for sent in self.provider.sent], [theirs.provider_id, None]
        )
        self.assertEqual(messages[0].quoted_provider_id, theirs.provider_id)

    def test_an_account_without_a_provider_refuses_with_a_reason(self):
        thread = self.open_thread()
        self.account.provider = "none"
        with self.assertRaisesRegex(UserError, "no provider"):
            self.post(thread)

    def test_an_archived_number_refuses_with_a_reason(self):
        thread = self.open_thread()
        self.channel.active = False
        with self.assertRaisesRegex(UserError, "archived"):
            self.post(thread)

    def test_a_file_that_the_agent_may_not_read_is_not_sent(self):
        secret = self.env["ir.attachment"].create(
            {
                "name": "secret.pdf",
                "raw": PDF,
                "res_model": "ir.config_parameter",
                "res_id": 1,
            }
        )
        thread = self.open_thread().with_user(self.agent)
        with self.assertRaises(AccessError):
            thread.message_post(
                body="Mira", message_type="comment", attachment_ids=secret.ids
            )
        with self.assertRaises(AccessError):
            thread.message_post(
                body=Markup('<img src="/web/image/%s">') % secret.id,
                message_type="comment",
                attachment_ids=secret.ids,
            )

    def test_what_leaves_is_fetched_by_a_signed_address_that_expires(self):
        self.send(self.open_thread(), "Mira", attachment_ids=self.png.ids)
        self.assertFalse(self.png.access_token)
        self.assertFalse(self.png.public)


@tagged("post_install", "-at_install")
class TestWhatStaysInside(WhatsappCase):
    def outgoing(self):
        return self.env["whatsapp.message"].search([("direction", "=", "out")])

    def test_notes_stay_inside(self):
        thread = self.open_thread()
        note = thread.with_user(self.agent).message_post(
            body="Compte: és client moròs",
            message_type="comment",
            subtype_xmlid="mail.mt_note",
        )
        self.assertTrue(note.is_internal or note.subtype_id.internal)
        self.assertFalse(self.outgoing())

    def test_notes_by_subtype_id_stay_inside(self):
        self.open_thread().with_user(self.agent).message_post(
            body="Nota",
            message_type="comment",
            subtype_id=self.env.ref("mail.mt_note").id,
        )
        self.assertFalse(self.outgoing())

    def test_e_mails_and_system_messages_stay_inside(self):
        thread = self.open_thread()
        for message_type in ("email", "auto_comment", "notification"):
            with self.subTest(message_type):
                thread.message_post(body="Intern", message_type=message_type)
                self.assertFalse(self.outgoing())

    def test_a_reply_by_e_mail_through_the_gateway_stays_inside(self):
        thread = self.open_thread()
        parent = thread.message_ids[:1]
        self.env["mail.thread"].message_process(
            "discuss.channel",
            f"""From: outsider@example.com
To: catchall@example.com
Subject: Re: x
Message-Id: <abc@example.com>
In-Reply-To: {parent.message_id}

Text of a stranger
""",
            thread_id=thread.id,
        )
        self.assertFalse(self.outgoing())

    def test_an_activity_or_log_stays_inside(self):
        thread = self.open_thread()
        thread._message_log(body="Intern")
        self.assertFalse(self.outgoing())

    def test_type_and_subtype_are_set_on_the_server(self):
        message = self.post(self.open_thread()).mail_message_id
        self.assertEqual(message.message_type, "whatsapp_message")
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))

    def test_a_mention_notifies_nobody_outside_the_chat(self):
        stranger = self.create_partner("Stranger", False, email="s@example.com")
        message = self.post(
            self.open_thread(), "Hola", partner_ids=stranger.ids
        ).mail_message_id
        self.assertFalse(message.partner_ids)
        self.assertFalse(message.notified_partner_ids)
