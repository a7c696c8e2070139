from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.whatsapp_connector.tests.conformance.records import WireHttpCase

from ..wire import payload, signature
from .cases import WIRE
from .cases.common import SID

SETTINGS = "x-twilio-webhooks-signature-settings"


@tagged("post_install", "-at_install")
class TestWebhook(WireHttpCase):
    wire = WIRE

    def assertTaken(self, response):
        """200 with nothing in it: what is in it would be sent to the customer."""
        self.assertEqual((response.status_code, response.content), (200, b""))
        self.run_inbox()
        self.assertEqual(self.get_events().state, "done")

    def test_message_is_taken(self):
        self.assertTaken(self.call(self.wire.post("text")))

    def test_call_by_get_is_taken(self):
        request = self.wire.wrap("text")
        url = f"{request.url}?{request.body.decode()}"
        request = replace(request, method="GET", url=url, headers={}, body=b"")
        self.assertTaken(self.call(self.wire.sign(request)))

    def test_shared_key_signs_with_sha256(self):
        self.account.twilio_shared_key = "shared"
        request = self.wire.wrap("text")
        proof = signature.compute(
            "shared", request.url, payload.body_pairs(request), "HMAC_SHA256"
        )
        headers = {
            **request.headers,
            signature.SIGNATURE: proof,
            SETTINGS: "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256",
        }
        self.assertTaken(self.call(replace(request, headers=headers)))

    @mute_logger("odoo.addons.whatsapp_connector.controllers.webhook")
    def test_call_for_another_account_is_refused(self):
        request = self.wire.wrap("text")
        pairs = dict(parse_qsl(request.body.decode()))
        self.assertEqual(pairs["AccountSid"], SID)
        body = urlencode({**pairs, "AccountSid": "AC" + "b" * 32}).encode()
        response = self.call(self.wire.sign(replace(request, body=body)))
        self.assertEqual(response.status_code, 403)
        self.assertFalse(self.get_events())
