from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ANNA, SIGNERS, MessageBirdHttpCase, sign_bird, sign_jwt

CONTROLLER = "odoo.addons.whatsapp_connector.controllers.webhook"


class WebhookTests:
    def events(self):
        return self.env["whatsapp.event"].search([("account_id", "=", self.account.id)])

    def assertTaken(self, response):
        self.assertEqual((response.status_code, response.content), (200, b""))

    def assertRefused(self, response):
        self.assertEqual(response.status_code, 403)
        self.assertFalse(self.events())

    def sign(self, *args, **values):
        return SIGNERS[self.generation](*args, **values)

    def test_signed_message_becomes_a_chat_and_a_ticket(self):
        self.assertTaken(
            self.post_event(self.inbound_event("No em va la *factura* 😀"))
        )
        self.run_inbox()
        self.assertEqual(self.events().state, "done", self.events().error)
        thread = self.thread_of()
        self.assertIn("<strong>factura</strong>", thread.message_ids[0].body)
        self.assertEqual(self.contact_of().profile_name, "Anna 🌻")
        self.assertEqual(len(self.tickets_of()), 1)

    def test_repeated_call_is_one_message(self):
        event = self.inbound_event()
        for _ in range(3):
            self.assertTaken(self.post_event(event))
        self.run_inbox()
        self.assertEqual(self.env["whatsapp.message"].search_count([]), 1)

    def test_authentic_nonsense_is_kept_with_its_reason(self):
        self.assertTaken(self.post_event([]))
        with mute_logger("odoo.addons.whatsapp_connector.models.whatsapp_event"):
            self.run_inbox()
        self.assertEqual(self.events().state, "failed")
        self.assertIn("JSON", self.events().error)

    @mute_logger(CONTROLLER)
    def test_unsigned_and_wrongly_signed_calls_are_refused(self):
        event = self.inbound_event()
        body = self.make_webhook(event).body
        url = self.account._get_webhook_url()
        for headers in (
            {},
            self.sign(url, body, key="wrong"),
            self.sign(url + "x", body),
            self.sign(url, body + b" "),
            {name: "x" for name in self.sign(url, body)},
        ):
            self.assertRefused(self.post_event(event, headers=headers))

    @mute_logger(CONTROLLER)
    def test_signature_of_the_other_generation_is_refused(self):
        event = self.inbound_event()
        url, body = self.account._get_webhook_url(), self.make_webhook(event).body
        other = {"conversations": sign_bird, "bird": sign_jwt}[self.generation]
        self.assertRefused(self.post_event(event, headers=other(url, body)))

    @mute_logger(CONTROLLER)
    def test_without_a_key_everything_is_refused(self):
        event = self.inbound_event()
        url, body = self.account._get_webhook_url(), self.make_webhook(event).body
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE whatsapp_account SET messagebird_signing_key = NULL WHERE id = %s",
            [self.account.id],
        )
        self.env.invalidate_all()
        for key in ("False", "None", ""):
            self.assertRefused(
                self.post_event(event, headers=self.sign(url, body, key=key))
            )

    def test_message_of_another_program_is_shown(self):
        self.open_chat()
        self.assertTaken(self.post_event(self.foreign_event("Des del mòbil")))
        self.run_inbox()
        message = self.env["whatsapp.message"].search([("direction", "=", "out")])
        self.assertEqual(len(message), 1)
        self.assertIn("Des del mòbil", self.thread_of().message_ids[0].body)


@tagged("post_install", "-at_install")
class TestWebhookConversations(WebhookTests, MessageBirdHttpCase):
    def foreign_event(self, text):
        return self.inbound_event(
            text, to=ANNA, direction="sent", status="pending", **{"from": "x"}
        )

    def test_status_is_taken_with_our_reference_in_its_address(self):
        message = self.send(self.open_chat())
        event = self.status_event(message, "delivered")
        del event["message"]["trackId"]
        self.assertTaken(self.post_event(event, f"?ref={message.reference}"))
        self.run_inbox()
        self.assertEqual(message.state, "delivered")


@tagged("post_install", "-at_install")
class TestWebhookBird(WebhookTests, MessageBirdHttpCase):
    generation = "bird"

    def foreign_event(self, text):
        contact = {"identifierKey": "phonenumber", "identifierValue": ANNA}
        event = self.inbound_event(
            text, direction="outgoing", receiver={"contacts": [contact]}
        )
        return {**event, "event": "whatsapp.outbound"}

    def test_retry_with_the_time_of_hours_ago_is_taken(self):
        event = self.inbound_event()
        url, body = self.account._get_webhook_url(), self.make_webhook(event).body
        headers = sign_bird(url, body, age=4 * 3600)
        self.assertTaken(self.post_event(event, headers=headers))
