import json
import time

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.whatsapp_connector.tests.common import NUMBER

from .common import APP_SECRET, PHONE, VERIFY_TOKEN, MetaHttpCase, sign

CONTROLLER = "odoo.addons.whatsapp_connector.controllers.webhook"
OTHER_PHONE = "106540352242923"


@tagged("post_install", "-at_install")
class TestWebhook(MetaHttpCase):
    def events(self):
        return self.env["whatsapp.event"].search([("account_id", "=", self.account.id)])

    def assertRefused(self, response):
        self.assertEqual(response.status_code, 403)
        self.assertFalse(self.events())

    # -- handshake --------------------------------------------------------------------

    def shake_hands(self, token, mode="subscribe"):
        query = f"hub.mode={mode}&hub.challenge=1158201444&hub.verify_token={token}"
        return self.url_open(f"/whatsapp/webhook/{self.account.webhook_key}?{query}")

    def test_challenge_is_given_back(self):
        response = self.shake_hands(VERIFY_TOKEN)
        self.assertEqual((response.status_code, response.text), (200, "1158201444"))
        self.assertTrue(response.headers["Content-Type"].startswith("text/plain"))
        self.assertFalse(self.events())

    @mute_logger(CONTROLLER)
    def test_stranger_gets_no_challenge(self):
        for token in ("", "wrong", "False"):
            self.assertRefused(self.shake_hands(token))
        self.account.meta_verify_token = False
        for token in ("", "False", "None"):
            self.assertRefused(self.shake_hands(token))

    # -- accepted ---------------------------------------------------------------------

    def test_signed_message_becomes_a_chat_and_a_ticket(self):
        message = self.inbound_message("No em funciona la *factura*")
        response = self.post(self.body(self.value(message)))
        self.assertEqual((response.status_code, response.content), (200, b""))
        self.run_inbox()
        self.assertEqual(self.events().state, "done")
        thread = self.thread_of()
        self.assertIn("<strong>factura</strong>", thread.message_ids[0].body)
        self.assertEqual(self.contact_of().profile_name, "Anna 🌻")
        self.assertEqual(len(self.tickets_of()), 1)

    def test_repeated_call_is_one_message(self):
        message = self.inbound_message()
        for _ in range(3):
            self.post(self.body(self.value(message)))
        # A retry may come in another batch.
        self.post(self.body(self.value(message, self.inbound_message("I més"))))
        self.run_inbox()
        found = self.env["whatsapp.message"].search(
            [("provider_id", "=", message["id"])]
        )
        self.assertEqual(len(found), 1)

    def test_exact_bytes_are_what_counts(self):
        message = self.inbound_message("Olá 👋")
        for ensure_ascii in (True, False):
            envelope = json.loads(self.body(self.value(message)))
            body = json.dumps(envelope, ensure_ascii=ensure_ascii).encode()
            self.assertEqual(self.post(body).status_code, 200)

    def test_thousand_items_of_two_numbers_are_taken_at_once(self):
        other = self.create_channel(
            self.account, "+34931000200", number_id=OTHER_PHONE, name="Other"
        )
        senders = [f"346000000{n:02}" for n in range(50)]
        values = [
            self.value(
                *(self.inbound_message(f"Missatge {n}", sender) for n in range(10)),
                phone=phone,
                contacts=[{"wa_id": sender, "profile": {"name": sender}}],
            )
            for phone in (PHONE, OTHER_PHONE)
            for sender in senders
        ]
        body = self.body(*values)
        start = time.monotonic()
        self.assertEqual(self.post(body).status_code, 200)
        self.assertLess(time.monotonic() - start, 1)
        self.run_inbox()
        event = self.events()
        self.assertEqual((event.state, event.item_count), ("done", 1000), event.error)
        messages = self.env["whatsapp.message"].search([("event_id", "=", event.id)])
        self.assertEqual(len(messages), 1000)
        for channel in (self.channel, other):
            mine = messages.filtered(lambda m, channel=channel: m.channel_id == channel)
            self.assertEqual(len(mine), 500)
            self.assertEqual(len(mine.thread_id), 50)
        self.assertEqual(len(messages.contact_id), 50)
        for message in messages:
            self.assertEqual(message.contact_id.wa_id, message.contact_id.profile_name)

    def test_previous_secret_is_good_while_it_is_kept(self):
        body = self.body(self.value(self.inbound_message()))
        self.account.write(
            {"meta_app_secret": "new", "meta_previous_app_secret": APP_SECRET}
        )
        self.assertEqual(self.post(body, sign(body)).status_code, 200)

    def test_news_of_another_account_is_kept_and_changes_nothing(self):
        self.post(self.body(self.value(self.inbound_message()), waba="999"))
        self.run_inbox()
        self.assertEqual(self.events().state, "done")
        self.assertIn("999", self.events().error)
        self.assertFalse(self.thread_of())

    def test_authentic_nonsense_is_kept_with_its_reason(self):
        self.assertEqual(self.post(b'{"object": "page"}').status_code, 200)
        with mute_logger("odoo.addons.whatsapp_connector.models.whatsapp_event"):
            self.run_inbox()
        self.assertEqual(self.events().state, "failed")
        self.assertIn("WhatsApp", self.events().error)

    # -- refused ----------------------------------------------------------------------

    @mute_logger(CONTROLLER)
    def test_unsigned_and_wrongly_signed_calls_are_refused(self):
        body = self.body(self.value(self.inbound_message()))
        for signature in (
            "",
            "sha256=",
            sign(body, "wrong"),
            sign(body, ""),
            sign(body + b" "),
            sign(body).removeprefix("sha256="),
        ):
            self.assertRefused(self.post(body, signature))

    @mute_logger(CONTROLLER)
    def test_without_a_secret_everything_is_refused(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE whatsapp_account SET meta_app_secret = NULL WHERE id = %s",
            [self.account.id],
        )
        self.env.invalidate_all()
        body = self.body(self.value(self.inbound_message()))
        for key in ("", APP_SECRET, "False", "None"):
            self.assertRefused(self.post(body, sign(body, key)))

    def test_number_is_the_one_that_was_entered(self):
        self.assertEqual(self.channel.number, NUMBER)
        self.assertTrue(self.channel.needs_number_id)
