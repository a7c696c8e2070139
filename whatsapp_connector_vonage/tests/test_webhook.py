import time
from dataclasses import replace

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.whatsapp_connector.tests.conformance.records import WireHttpCase

from .cases import WIRE, make_token
from .cases.common import SECRET

OTHER = "another-k3y-0123456789abcdef0123456789"


@tagged("post_install", "-at_install")
class TestWebhook(WireHttpCase):
    wire = WIRE

    def post(self, secret=SECRET, age=0, **claims):
        """The status of the answer to the text, signed with other claims."""
        request = self.wire.wrap("text")
        token = make_token(request.body, secret, time.time() - age, **claims)
        headers = {**request.headers, "authorization": f"Bearer {token}"}
        return self.call(replace(request, headers=headers)).status_code

    def test_call_that_was_repeated_for_a_day_is_taken(self):
        self.assertEqual(self.post(age=24 * 3600), 200)

    @mute_logger("odoo.addons.whatsapp_connector.controllers.webhook")
    def test_what_is_not_ours_is_refused_for_good(self):
        self.assertEqual(self.post(OTHER), 403)
        self.assertEqual(self.post(payload_hash=None), 403)
        self.assertEqual(self.post(api_key="other"), 403)
        self.assertFalse(self.get_events())

    @mute_logger("odoo.addons.whatsapp_connector.controllers.webhook")
    def test_what_may_yet_be_proved_is_refused_so_that_vonage_calls_again(self):
        self.assertEqual(self.call(self.wire.wrap("text")).status_code, 503)
        self.env.flush_all()
        self.env.cr.execute("UPDATE whatsapp_account SET vonage_signature_secret = ''")
        self.env.invalidate_all()
        self.assertEqual(self.post(), 503)
        self.assertFalse(self.get_events())
