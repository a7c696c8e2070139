from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase
from odoo.addons.whatsapp_connector.tests.conformance.wire import URL
from odoo.addons.whatsapp_connector.wire.http import HttpResponse

from . import cases_bird, cases_conversations
from .cases_conversations.common import CHANNEL, answer, refusal

WEBHOOK = {
    "url": URL,
    "channelId": CHANNEL,
    "events": ["message.created", "message.updated"],
    "status": "enabled",
}
NONE = answer({"items": []})


class SetUpCase(WireCase):
    def check(self, *answers):
        """One line for the key and one for each number; the last is the base's."""
        self.script.expect(*answers)
        checks = self.account._check_connection()[:-1]
        self.assertFalse(self.script.surplus or self.script.answers)
        return checks


@tagged("post_install", "-at_install")
class TestConversations(SetUpCase):
    wire = cases_conversations.WIRE

    def test_connection_is_checked_line_by_line(self):
        key, channel = self.check(NONE, answer({"items": [WEBHOOK]}))
        self.assertEqual((key.ok, channel.ok), (True, True))
        self.assertTrue(self.account.credentials_ok)

    def test_missing_webhook_is_told(self):
        key, channel = self.check(NONE, NONE)
        self.assertEqual((key.ok, channel.ok), (True, None))
        self.assertIn("Configure webhooks", channel.detail)

    def test_wrong_key_is_told(self):
        key, _channel = self.check(refusal(2, 401), NONE)
        self.assertIs(key.ok, False)
        self.assertIn("access key", key.detail)

    def test_trouble_of_theirs_proves_nothing(self):
        key, _channel = self.check(HttpResponse(status=503, body=b"{}"), NONE)
        self.assertIsNone(key.ok)

    def test_refused_webhooks_come_with_what_to_do(self):
        self.script.expect(refusal(2, 403))
        with self.assertRaisesRegex(UserError, "administrator"):
            self.account.action_configure_webhooks()


@tagged("post_install", "-at_install")
class TestBird(SetUpCase):
    wire = cases_bird.WIRE

    def test_connection_is_checked_line_by_line(self):
        known = answer({"id": self.wire.number_id, "name": "Support"})
        key, channel = self.check(answer({"results": []}), known, answer({}))
        self.assertEqual((key.ok, channel.ok), (True, None))

    def test_key_that_may_not_follow_templates_is_configured_all_the_same(self):
        subscribed = [answer({"id": "s1"}, 201)] * 3
        self.script.expect(answer({}), *subscribed, refusal(2, 403))
        self.account.action_configure_webhooks()
        self.assertTrue(self.account.channel_ids.webhook_configured)
        self.assertFalse(self.script.surplus or self.script.answers)
