from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.common import refused_connection

from .common import APPLICATION, WABA, VonageCase

APPLICATION_PATH = f"/v2/applications/{APPLICATION}"
TEMPLATES = f"/v2/whatsapp-manager/wabas/{WABA}/templates"
SUBSCRIPTIONS = "/v2/whatsapp-manager/subscriptions"


@tagged("post_install", "-at_install")
class TestSetUp(VonageCase):
    def answer_application(self, url=None, public_key=None):
        url = url or self.account._get_webhook_url()
        key = public_key or self.account._get_vonage_account().public_key
        webhook = {"address": url, "http_method": "POST"}
        webhooks = {"inbound_url": webhook, "status_url": webhook}
        payload = {
            "id": APPLICATION,
            "name": "Odoo",
            "keys": {"public_key": key},
            "capabilities": {"messages": {"webhooks": webhooks, "version": "v1"}},
        }
        self.vonage.answer(200, payload, path=APPLICATION_PATH)

    def checks(self):
        return {
            check.name: (check.ok, check.detail)
            for check in self.account._check_connection()
        }

    # -- Test connection --------------------------------------------------------------

    def test_good_account_passes_every_check(self):
        self.answer_application()
        self.vonage.answer(200, {"templates": []}, path=TEMPLATES)
        checks = self.checks()
        self.assertEqual({ok for ok, _detail in checks.values()}, {True})
        name = "API key, secret and application"
        self.assertEqual(checks[name], (True, "Odoo"))
        self.assertTrue(self.account.credentials_ok)

    def test_wrong_key_or_secret_does_not_pass(self):
        self.vonage.refuse(401)
        self.vonage.answer(200, {"templates": []}, path=TEMPLATES)
        ok, detail = self.checks()["API key, secret and application"]
        self.assertFalse(ok)
        self.assertIn("401", detail)
        self.assertFalse(self.account.credentials_ok)

    def test_key_of_another_application_does_not_pass(self):
        self.answer_application(public_key="-----BEGIN PUBLIC KEY-----\nx")
        self.vonage.answer(200, {"templates": []}, path=TEMPLATES)
        ok, detail = self.checks()["Private key"]
        self.assertFalse(ok)
        self.assertIn("Generate a new pair", detail)

    def test_webhook_that_leads_elsewhere_is_told(self):
        self.answer_application(url="https://elsewhere.example.com/")
        self.vonage.answer(200, {"templates": []}, path=TEMPLATES)
        self.assertIsNone(self.checks()["Webhooks"][0])

    def test_business_account_that_is_not_ours_does_not_pass(self):
        self.answer_application()
        self.vonage.answer(404, {"title": "WABA not found"}, path=TEMPLATES)
        ok, detail = self.checks()["Templates"]
        self.assertFalse(ok)
        self.assertIn("WABA not found", detail)

    def test_vonage_out_of_reach_does_not_pass(self):
        self.account.vonage_waba_id = False
        self.vonage.answer(refused_connection())
        ok, detail = self.checks()["API key, secret and application"]
        self.assertFalse(ok)
        self.assertIn("could not be reached", detail)

    def test_busy_vonage_proves_nothing(self):
        self.account.vonage_waba_id = False
        self.vonage.refuse(429)
        ok, _detail = self.checks()["API key, secret and application"]
        self.assertIsNone(ok)

    # -- Configure webhooks -----------------------------------------------------------

    def test_application_is_pointed_here(self):
        self.answer_application(url="https://elsewhere.example.com/")
        self.vonage.answer(200, {}, path=APPLICATION_PATH)
        self.vonage.answer(200, [], path=SUBSCRIPTIONS)
        self.account.action_configure_webhooks()
        [body] = self.vonage.bodies(APPLICATION_PATH, "PUT")
        messages = body["capabilities"]["messages"]
        url = self.account._get_webhook_url()
        self.assertEqual(messages["webhooks"]["inbound_url"]["address"], url)
        self.assertEqual(messages["webhooks"]["status_url"]["address"], url)
        self.assertTrue(messages["authenticate_inbound_media"])
        [subscription] = self.vonage.bodies(SUBSCRIPTIONS)
        self.assertEqual(subscription["webhook"], {"url": url})
        self.assertTrue(self.channel.webhook_configured)

    def test_account_that_may_not_subscribe_is_configured_all_the_same(self):
        self.answer_application()
        self.vonage.answer(200, {}, path=APPLICATION_PATH)
        self.vonage.answer(403, {}, path=SUBSCRIPTIONS)
        self.vonage.answer(403, {}, path=SUBSCRIPTIONS)
        self.account.action_configure_webhooks()
        self.assertTrue(self.channel.webhook_configured)

    def test_sandbox_says_where_to_do_it_by_hand(self):
        self.account.vonage_region = "sandbox"
        with self.assertRaisesRegex(UserError, "Messages API Sandbox"):
            self.account.action_configure_webhooks()
        self.assertFalse(self.channel.webhook_configured)

    def test_refusal_is_shown_with_its_reason(self):
        self.vonage.refuse(401)
        with self.assertRaisesRegex(UserError, "credentials"):
            self.account.action_configure_webhooks()

    def test_vonage_out_of_reach_is_told(self):
        self.vonage.answer(refused_connection())
        with self.assertRaisesRegex(UserError, "could not be reached"):
            self.account.action_configure_webhooks()
