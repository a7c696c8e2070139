import hashlib
import json
from urllib.parse import urlencode

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ACCOUNT_SID, AUTH_TOKEN, TwilioHttpCase, sign

CONTROLLER = "odoo.addons.whatsapp_connector.controllers.webhook"


@tagged("post_install", "-at_install")
class TestWebhook(TwilioHttpCase):
    def events(self):
        return self.env["whatsapp.event"].search([("account_id", "=", self.account.id)])

    def assertTaken(self, response):
        """200 with nothing in it: what is in it would be sent to the customer."""
        self.assertEqual((response.status_code, response.content), (200, b""))

    def assertRefused(self, response):
        self.assertEqual(response.status_code, 403)
        self.assertFalse(self.events())

    # -- accepted ---------------------------------------------------------------------

    def test_signed_message_becomes_a_chat_and_a_ticket(self):
        self.assertTaken(
            self.post_form(self.inbound_form("No em funciona la *factura*"))
        )
        self.run_inbox()
        self.assertEqual(self.events().state, "done")
        thread = self.thread_of()
        self.assertIn("<strong>factura</strong>", thread.message_ids[0].body)
        self.assertEqual(self.contact_of().profile_name, "Anna 🌻")
        self.assertEqual(len(self.tickets_of()), 1)

    def test_repeated_call_is_one_message(self):
        form = self.inbound_form()
        for _ in range(3):
            self.assertTaken(self.post_form(form))
        # Twilio's fallback call brings the same message with more parameters.
        self.assertTaken(self.post_form({**form, "ErrorCode": "11200"}))
        self.run_inbox()
        messages = self.env["whatsapp.message"].search(
            [("provider_id", "=", form["MessageSid"])]
        )
        self.assertEqual(len(messages), 1)

    def test_exact_bytes_are_what_counts(self):
        for body in ("", " olá\nmundo ", "😀 + & = % %2B", "a" * 1600):
            self.assertTaken(self.post_form(self.inbound_form(body)))

    def test_status_is_taken_with_our_reference_in_its_address(self):
        thread = self.open_chat()
        message = self.send(thread)
        form = self.status_form(message.provider_id, "delivered")
        self.assertTaken(self.post_form(form, f"?ref={message.reference}"))
        self.run_inbox()
        self.assertEqual(message.state, "delivered")

    def test_call_by_get_is_taken(self):
        query = f"?{urlencode(self.inbound_form())}"
        url = self.account._get_webhook_url() + query
        response = self.url_open(
            f"/whatsapp/webhook/{self.account.webhook_key}{query}",
            headers={"X-Twilio-Signature": sign(url)},
        )
        self.assertTaken(response)
        self.run_inbox()
        self.assertTrue(self.thread_of())

    def test_previous_token_is_good_while_it_is_kept(self):
        form = self.inbound_form()
        signature = sign(self.account._get_webhook_url(), form.items())
        self.account.write(
            {
                "twilio_auth_token": "new",
                "twilio_previous_auth_token": AUTH_TOKEN,
            }
        )
        self.assertTaken(self.post_form(form, signature=signature))

    def test_shared_key_signs_with_sha256(self):
        self.account.twilio_shared_key = "shared"
        form = self.inbound_form()
        url = self.account._get_webhook_url()
        response = self.post_form(
            form,
            signature=sign(url, form.items(), "shared", "sha256"),
            **{
                "X-Twilio-Webhooks-Signature-Settings": (
                    "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256"
                )
            },
        )
        self.assertTaken(response)

    def test_json_is_known_as_such_when_it_is_applied(self):
        body = json.dumps([{"type": "com.twilio.x", "data": {}}]).encode()
        query = f"?bodySHA256={hashlib.sha256(body).hexdigest()}"
        signature = sign(self.account._get_webhook_url() + query)
        response = self.url_open(
            f"/whatsapp/webhook/{self.account.webhook_key}{query}",
            data=body,
            headers={
                "Content-Type": "application/json",
                "X-Twilio-Signature": signature,
            },
        )
        self.assertTaken(response)
        self.run_inbox()
        self.assertNotIn("new", self.events().mapped("state"))

    def test_authentic_nonsense_is_kept_with_its_reason(self):
        form = {"AccountSid": ACCOUNT_SID, "MessageSid": "SM1", "Body": "x"}
        self.assertTaken(self.post_form(form))
        with mute_logger("odoo.addons.whatsapp_connector.models.whatsapp_event"):
            self.run_inbox()
        self.assertEqual(self.events().state, "failed")
        self.assertIn("sender", self.events().error)

    # -- refused ----------------------------------------------------------------------

    @mute_logger(CONTROLLER)
    def test_unsigned_and_wrongly_signed_calls_are_refused(self):
        form = self.inbound_form()
        url = self.account._get_webhook_url()
        for signature in (
            "",
            "wrong",
            sign(url, form.items(), key="wrong"),
            sign(url, form.items(), key=""),
            sign(url + "x", form.items()),
            sign(url, self.inbound_form().items()),
        ):
            self.assertRefused(self.post_form(form, signature=signature))

    @mute_logger(CONTROLLER)
    def test_call_for_another_account_is_refused(self):
        form = self.inbound_form(AccountSid="AC" + "b" * 32)
        self.assertRefused(self.post_form(form))

    @mute_logger(CONTROLLER)
    def test_without_a_token_everything_is_refused(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE whatsapp_account SET twilio_auth_token = NULL WHERE id = %s",
            [self.account.id],
        )
        self.env.invalidate_all()
        form = self.inbound_form()
        url = self.account._get_webhook_url()
        for key in ("", AUTH_TOKEN, "False", "None"):
            signature = sign(url, form.items(), key)
            self.assertRefused(self.post_form(form, signature=signature))

    @mute_logger(CONTROLLER)
    def test_signature_is_over_the_public_address(self):
        form = self.inbound_form()
        local = f"{self.base_url()}/whatsapp/webhook/{self.account.webhook_key}"
        self.assertRefused(self.post_form(form, signature=sign(local, form.items())))
        self.account.public_url = self.base_url()
        self.assertTaken(self.post_form(form, signature=sign(local, form.items())))
