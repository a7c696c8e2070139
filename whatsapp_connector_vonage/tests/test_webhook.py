import json
import time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import SIGNATURE_SECRET, VonageHttpCase, sign

CONTROLLER = "odoo.addons.whatsapp_connector.controllers.webhook"


@tagged("post_install", "-at_install")
class TestWebhook(VonageHttpCase):
    def events(self):
        return self.env["whatsapp.event"].search([("account_id", "=", self.account.id)])

    def assertTaken(self, response):
        self.assertEqual((response.status_code, response.content), (200, b""))

    def assertRefused(self, response, status=403):
        self.assertEqual(response.status_code, status)
        self.assertFalse(self.events())

    # -- accepted ---------------------------------------------------------------------

    def test_signed_message_becomes_a_chat_and_a_ticket(self):
        self.assertTaken(self.post_event(self.inbound("No em funciona la *factura*")))
        self.run_inbox()
        self.assertEqual(self.events().state, "done")
        thread = self.thread_of()
        self.assertIn("<strong>factura</strong>", thread.message_ids[0].body)
        self.assertEqual(self.contact_of().profile_name, "Anna 🌻")
        self.assertEqual(len(self.tickets_of()), 1)

    def test_repeated_call_is_one_message(self):
        event = self.inbound()
        for _ in range(3):
            self.assertTaken(self.post_event(event))
        self.run_inbox()
        messages = self.env["whatsapp.message"].search(
            [("provider_id", "=", event["message_uuid"])]
        )
        self.assertEqual(len(messages), 1)

    def test_exact_bytes_are_what_counts(self):
        for text in (" olá\nmundo ", "😀 + & = % %2B", "a" * 4096):
            self.assertTaken(self.post_event(self.inbound(text)))

    def test_status_is_taken_at_the_address_of_its_message(self):
        thread = self.open_chat()
        message = self.send(thread)
        event = self.status(message, "delivered")
        self.assertTaken(self.post_event(event, query=f"?ref={message.reference}"))
        self.run_inbox()
        self.assertEqual(message.state, "delivered")

    def test_call_that_was_repeated_for_a_day_is_taken(self):
        event = self.inbound()
        body = self.vonage_webhook(event).body
        token = sign(body, iat=int(time.time()) - 24 * 3600)
        self.assertTaken(self.post_event(event, token))

    def test_previous_secret_is_good_while_it_is_kept(self):
        self.account.write(
            {
                "vonage_signature_secret": "n" * 32,
                "vonage_previous_signature_secret": SIGNATURE_SECRET,
            }
        )
        self.assertTaken(self.post_event(self.inbound()))

    def test_person_who_hides_the_number_has_a_chat(self):
        user_id = "ES.4480491918930694"
        sender = {"sender": {"user_id": user_id}}
        self.assertTaken(self.post_event(self.inbound(sender=user_id, whatsapp=sender)))
        self.run_inbox()
        self.assertEqual(self.events().state, "done", self.events().error)
        identity = self.env["whatsapp.contact.identity"].search(
            [("user_id", "=", user_id)]
        )
        self.assertFalse(identity.contact_id.number)

    def test_authentic_nonsense_is_kept_with_its_reason(self):
        self.assertTaken(
            self.post_event({"channel": "whatsapp", "message_type": "text"})
        )
        with mute_logger("odoo.addons.whatsapp_connector.models.whatsapp_event"):
            self.run_inbox()
        self.assertEqual(self.events().state, "failed")
        self.assertIn("from", self.events().error)

    # -- refused ----------------------------------------------------------------------

    @mute_logger(CONTROLLER)
    def test_wrongly_signed_calls_are_refused(self):
        event = self.inbound()
        body = self.vonage_webhook(event).body
        for token in (
            "wrong",
            sign(body, "w" * 32),
            sign(body + b" "),
            sign(body, payload_hash=None),
            sign(json.dumps(event).encode()),
        ):
            self.assertRefused(self.post_event(event, token))

    @mute_logger(CONTROLLER)
    def test_call_for_another_account_is_refused(self):
        event = self.inbound()
        body = self.vonage_webhook(event).body
        self.assertRefused(self.post_event(event, sign(body, api_key="other")))

    @mute_logger(CONTROLLER)
    def test_unsigned_call_is_refused_so_that_vonage_calls_again(self):
        self.assertRefused(self.post_event(self.inbound(), ""), 503)

    @mute_logger(CONTROLLER)
    def test_without_a_secret_everything_is_refused_for_now(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE whatsapp_account SET vonage_signature_secret = NULL WHERE id = %s",
            [self.account.id],
        )
        self.env.invalidate_all()
        event = self.inbound()
        body = self.vonage_webhook(event).body
        for secret in (SIGNATURE_SECRET, "False" * 7, "None" * 8):
            self.assertRefused(self.post_event(event, sign(body, secret)), 503)
