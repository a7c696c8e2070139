from odoo.tests import tagged

from .common import ANNA, ANNA_ID, PHONE, MetaCase

PIXEL = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00"
    b"\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\xdacd\xf8\xcfP\x0f\x00\x03\x86\x01\x80Z4}k"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)
FILE = "/whatsapp_business/attachments/"
LOOKASIDE = f"https://lookaside.fbsbx.com{FILE}?mid=7"


@tagged("post_install", "-at_install")
class TestJourney(MetaCase):
    """What comes in and what becomes of it."""

    def message_of(self, record):
        return self.env["whatsapp.message"].search([("provider_id", "=", record["id"])])

    # -- statuses ---------------------------------------------------------------------

    def test_answer_is_followed_until_it_is_read(self):
        thread = self.open_chat()
        message = self.send(thread, "Bon dia")
        self.assertEqual(message.state, "sent")
        for word, state in (
            ("delivered", "delivered"),
            ("sent", "delivered"),
            ("read", "read"),
            ("played", "read"),
        ):
            self.receive(self.value(statuses=[self.status(message, word)]))
            self.assertEqual(message.state, state)

    def test_failure_says_why_and_has_no_contacts(self):
        message = self.send(self.open_chat(), "Bon dia")
        error = {"code": 131026, "title": "Message undeliverable"}
        status = self.status(message, "failed", errors=[error])
        self.receive(self.value(statuses=[status], contacts=[]))
        self.assertEqual(message.state, "failed")
        self.assertIn("WhatsApp", message.failure_reason)

    def test_status_finds_its_message_by_our_reference_alone(self):
        message = self.send(self.open_chat(), "Bon dia")
        status = self.status(message, "delivered") | {"id": "wamid.OTHER"}
        message.provider_id = False
        self.receive(self.value(statuses=[status]))
        self.assertEqual(message.state, "delivered")

    # -- files ------------------------------------------------------------------------

    def receive_file(self):
        image = {"id": "7", "mime_type": "image/png", "caption": "La pantalla"}
        record = self.inbound_message(type="image", image=image, text=None)
        self.receive(self.value(record))
        return self.message_of(record)

    def test_file_is_asked_for_by_its_id_then_fetched(self):
        message = self.receive_file()
        self.meta.answer(200, {"url": LOOKASIDE, "id": "7"}, path="/7")
        self.meta.answer(200, PIXEL, {"Content-Type": "image/png"}, path=FILE)
        self.run_media()
        self.assertEqual(message.attachment_id.raw, PIXEL)
        for request in self.meta.requests:
            self.assertIn("Authorization", request.headers)

    def test_file_elsewhere_gets_no_visit(self):
        message = self.receive_file()
        self.meta.answer(200, {"url": "https://evil.example/x.png"}, path="/7")
        self.run_media()
        self.assertEqual(message.media_state, "failed")
        self.assertEqual(len(self.meta.requests), 1)

    def test_file_that_meta_no_longer_has_is_told(self):
        message = self.receive_file()
        self.meta.refuse(100)
        self.run_media()
        self.assertEqual(message.media_state, "failed")

    # -- people -----------------------------------------------------------------------

    def test_customer_without_a_number_is_answered_by_id(self):
        profile = {"name": "Anna", "username": "anna.p"}
        contact = {"user_id": ANNA_ID, "profile": profile}
        record = self.inbound_message(
            sender=None, from_user_id=ANNA_ID, timestamp=self.now()
        )
        self.receive(self.value(record, contacts=[contact]))
        thread = self.message_of(record).thread_id
        self.send(thread, "Bon dia")
        [body] = self.meta.bodies(f"/{PHONE}/messages")
        self.assertEqual(body["recipient"], ANNA_ID)
        self.assertNotIn("to", body)

    def test_person_with_a_new_number_stays_the_same(self):
        thread = self.open_chat()
        system = {"type": "user_changed_number", "wa_id": "34687654321", "body": "x"}
        record = self.inbound_message(type="system", system=system, text=None)
        self.receive(self.value(record, contacts=[]))
        known = {"wa_id": "34687654321", "profile": {"name": "Anna"}}
        following = self.inbound_message("Soc jo", "34687654321")
        self.receive(self.value(following, contacts=[known]))
        message = self.message_of(following)
        self.assertEqual(message.contact_id, thread.whatsapp_contact_id)

    def test_marketing_is_stopped_and_resumed(self):
        contact = self.open_chat().whatsapp_contact_id
        for word, decision in (("stop", "out"), ("resume", "in")):
            preference = {
                "wa_id": ANNA,
                "value": word,
                "category": "marketing_messages",
                "detail": f"User requested to {word} marketing messages",
                "timestamp": 1750000000,
            }
            value = self.value(user_preferences=[preference])
            event = self.receive(value, field="user_preferences")
            self.assertEqual(event.state, "done", event.error)
            self.assertEqual(contact._get_consent("marketing"), decision)

    def test_message_of_the_phone_app_is_shown_and_not_sent(self):
        thread = self.open_chat()
        echo = self.inbound_message("Ara us truco", "34931000100", to=ANNA)
        value = self.value(contacts=[], message_echoes=[echo])
        self.receive(value, field="smb_message_echoes")
        self.assertEqual(self.message_of(echo).thread_id, thread)
        self.assertIn("Ara us truco", thread.message_ids[0].body)
        self.assertFalse(self.meta.requests)

    def test_reaction_edit_and_deletion_change_their_message(self):
        thread = self.open_chat()
        answer = self.send(thread, "Bon dia")
        reaction = {"message_id": answer.provider_id, "emoji": "👍"}
        self.receive(
            self.value(
                self.inbound_message(type="reaction", reaction=reaction, text=None)
            )
        )
        self.assertEqual(answer.mail_message_id.reaction_ids.content, "👍")
        first = self.inbound_message("Hola")
        self.receive(self.value(first))
        edit = {
            "original_message_id": first["id"],
            "message": {"type": "text", "text": {"body": "Hola de nou"}},
        }
        self.receive(
            self.value(self.inbound_message(type="edit", edit=edit, text=None))
        )
        self.assertIn("Hola de nou", self.message_of(first).mail_message_id.body)
        revoke = {"original_message_id": first["id"]}
        self.receive(
            self.value(self.inbound_message(type="revoke", revoke=revoke, text=None))
        )
        self.assertTrue(self.message_of(first).is_revoked)
