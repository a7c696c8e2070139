import json
import time
from dataclasses import replace

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.whatsapp_connector.tests.conformance.records import WireHttpCase
from odoo.addons.whatsapp_connector.tests.conformance.wire import URL

from .cases import WIRE
from .cases.common import PHONE, VERIFY_TOKEN

OTHER_PHONE = "106540352242923"


@tagged("post_install", "-at_install")
class TestWebhook(WireHttpCase):
    wire = WIRE

    # -- handshake --------------------------------------------------------------------

    def shake_hands(self, token):
        query = f"hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}"
        request = replace(self.wire.post("text"), method="GET", url=f"{URL}?{query}")
        return self.call(replace(request, headers={}, body=b""))

    def test_challenge_is_given_back(self):
        response = self.shake_hands(VERIFY_TOKEN)
        self.assertEqual((response.status_code, response.text), (200, "1158201444"))
        self.assertTrue(response.headers["Content-Type"].startswith("text/plain"))
        self.assertFalse(self.get_events())

    @mute_logger("odoo.addons.whatsapp_connector.controllers.webhook")
    def test_stranger_gets_no_challenge(self):
        for token in ("", "wrong", "False"):
            self.assertEqual(self.shake_hands(token).status_code, 403)
        self.account.meta_verify_token = False
        for token in ("", "False", "None"):
            self.assertEqual(self.shake_hands(token).status_code, 403)

    # -- batches ----------------------------------------------------------------------

    def make_batch(self, phones, senders, count):
        """A webhook with ``count`` messages of each sender to each number."""
        envelope = json.loads(self.wire.read_body("text"))
        [entry] = envelope["entry"]
        [change] = entry["changes"]
        text = change["value"]["messages"][0]
        entry["changes"] = [
            {
                "field": "messages",
                "value": {
                    "messaging_product": "whatsapp",
                    "metadata": {"phone_number_id": phone},
                    "contacts": [{"wa_id": sender, "profile": {"name": sender}}],
                    "messages": [
                        {**text, "from": sender, "id": f"wamid.{phone}.{sender}.{n}"}
                        for n in range(count)
                    ],
                },
            }
            for phone in phones
            for sender in senders
        ]
        request = self.wire.post("text")
        return self.wire.sign(replace(request, body=json.dumps(envelope).encode()))

    def test_thousand_items_of_two_numbers_are_taken_at_once(self):
        other = self.create_channel(
            self.account, "+34931000200", number_id=OTHER_PHONE, name="Other"
        )
        senders = [f"346000000{n:02}" for n in range(50)]
        batch = self.make_batch((PHONE, OTHER_PHONE), senders, 10)
        start = time.monotonic()
        self.assertEqual(self.call(batch).status_code, 200)
        self.assertLess(time.monotonic() - start, 1)
        self.run_inbox()
        event = self.get_events()
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
