from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.common import refused_connection

from .common import CHANNELS, SIGNING_KEY, WORKSPACE, MessageBirdCase

WEBHOOKS = "/v1/webhooks"
SUBSCRIPTIONS = f"/workspaces/{WORKSPACE}/webhook-subscriptions"


class SetUpTests:
    def check(self):
        """One line for the key and one for each number; the last is the base's."""
        return self.account._check_connection()[:-1]

    def test_wrong_key_is_told(self):
        self.refuse(401, 2)
        key = self.check()[0]
        self.assertIs(key.ok, False)
        self.assertIn("access key", key.detail)

    def test_unreachable_provider_is_told(self):
        self.fake.answer(refused_connection())
        self.assertIn("could not be reached", self.check()[0].detail)

    def test_trouble_of_theirs_proves_nothing(self):
        self.fake.answer(503, {})
        self.assertIsNone(self.check()[0].ok)

    def test_refused_webhooks_come_with_what_to_do(self):
        self.refuse(403, 2)
        with self.assertRaisesRegex(UserError, "administrator"):
            self.account.action_configure_webhooks()
        self.assertFalse(self.channel.webhook_configured)

    def test_screens_offer_what_can_be_done(self):
        self.assertTrue(self.account.can_configure_webhooks)
        self.assertTrue(self.channel.can_backfill)
        self.assertFalse(self.channel.can_send_receipts)


@tagged("post_install", "-at_install")
class TestSetUpConversations(SetUpTests, MessageBirdCase):
    def test_connection_is_checked_line_by_line(self):
        webhook = {
            "url": self.account._get_webhook_url(),
            "channelId": CHANNELS["conversations"],
            "events": ["message.created", "message.updated"],
            "status": "enabled",
        }
        for items in ([], [webhook]):
            self.fake.answer(200, {"items": items}, path=WEBHOOKS)
        key, channel = self.check()
        self.assertEqual((key.ok, channel.ok), (True, True))

    def test_missing_webhook_is_told(self):
        for _ in range(2):
            self.fake.answer(200, {"items": []}, path=WEBHOOKS)
        self.assertIsNone(self.check()[1].ok)

    def test_webhooks_are_made(self):
        self.fake.answer(200, {"items": []}, path=WEBHOOKS, method="GET")
        self.account.action_configure_webhooks()
        [sent] = self.fake.posted(WEBHOOKS)
        self.assertEqual(sent["url"], self.account._get_webhook_url())
        self.assertEqual(sent["channelId"], CHANNELS["conversations"])
        self.assertTrue(self.channel.webhook_configured)


@tagged("post_install", "-at_install")
class TestSetUpBird(SetUpTests, MessageBirdCase):
    generation = "bird"

    def test_webhooks_are_made_with_our_key(self):
        self.fake.answer(200, {"results": []}, path=SUBSCRIPTIONS, method="GET")
        self.account.action_configure_webhooks()
        sent = self.fake.posted(SUBSCRIPTIONS)
        events = {"whatsapp.inbound", "whatsapp.outbound", "whatsapp.interaction"}
        self.assertEqual({each["event"] for each in sent}, events)
        self.assertEqual({each["signingKey"] for each in sent}, {SIGNING_KEY})
