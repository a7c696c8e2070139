from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.common import NUMBER, refused_connection

from .common import APP, PHONE, VERIFY_TOKEN, WABA, MetaCase

APPS = f"/{WABA}/subscribed_apps"
SUBSCRIPTIONS = f"/{APP}/subscriptions"


@tagged("post_install", "-at_install")
class TestSetUp(MetaCase):
    def answer_all(self, number=NUMBER, callback=None):
        callback = callback or self.account._get_webhook_url()
        app = {"whatsapp_business_api_data": {"id": APP}}
        apps = [{**app, "override_callback_uri": callback}]
        self.meta.answer(200, {"id": APP, "name": "Acme app"}, path=f"/{APP}")
        self.meta.answer(200, {"id": WABA, "name": "Acme"}, path=f"/{WABA}")
        self.meta.answer(200, {"data": apps}, path=APPS)
        shown = {"display_phone_number": number, "verified_name": "Acme Support"}
        self.meta.answer(200, shown, path=f"/{PHONE}")

    def checks(self):
        return {
            check.name: (check.ok, check.detail)
            for check in self.account._check_connection()
        }

    # -- Test connection --------------------------------------------------------------

    def test_good_account_passes_every_check(self):
        self.answer_all("+34 931 00 01 00")
        checks = self.checks()
        self.assertEqual({ok for ok, _detail in checks.values()}, {True})
        self.assertEqual(checks["App and app secret"], (True, "Acme app"))
        self.assertEqual(checks[NUMBER], (True, "Acme Support"))
        self.assertTrue(self.account.credentials_ok)

    def test_wrong_secret_does_not_pass(self):
        refusal = {"error": {"code": 190, "message": "No"}}
        self.meta.answer(401, refusal, path=f"/{APP}")
        self.answer_all()
        ok, detail = self.checks()["App and app secret"]
        self.assertFalse(ok)
        self.assertIn("190", detail)
        self.assertFalse(self.account.credentials_ok)

    def test_id_of_another_number_does_not_pass(self):
        self.answer_all("+1 555 0100 200")
        ok, detail = self.checks()[NUMBER]
        self.assertFalse(ok)
        self.assertIn("+1 555 0100 200", detail)

    def test_webhook_that_leads_elsewhere_is_told(self):
        self.answer_all(callback="https://elsewhere.example.com/")
        ok, detail = self.checks()["Webhook"]
        self.assertIsNone(ok)
        self.assertIn("configure webhooks", detail)

    def test_meta_out_of_reach_does_not_pass(self):
        self.meta.answer(refused_connection())
        self.answer_all()
        self.assertFalse(self.checks()["App and app secret"][0])

    # -- Configure webhooks -----------------------------------------------------------

    def test_app_and_account_are_pointed_here(self):
        self.meta.answer(200, {"data": []}, path=SUBSCRIPTIONS)
        self.meta.answer(200, {"success": True}, path=SUBSCRIPTIONS)
        self.meta.answer(200, {"success": True}, path=APPS)
        self.account.action_configure_webhooks()
        url = self.account._get_webhook_url()
        [app] = self.meta.bodies(SUBSCRIPTIONS)
        self.assertEqual(
            (app["callback_url"], app["verify_token"]), (url, VERIFY_TOKEN)
        )
        [waba] = self.meta.bodies(APPS)
        self.assertEqual(waba["override_callback_uri"], url)
        self.assertTrue(self.channel.webhook_configured)

    def test_refusal_is_shown_with_its_reason(self):
        self.meta.refuse(200, status=403)
        with self.assertRaisesRegex(UserError, "system user"):
            self.account.action_configure_webhooks()
        self.assertFalse(self.channel.webhook_configured)

    def test_meta_out_of_reach_is_told(self):
        self.meta.answer(refused_connection())
        with self.assertRaisesRegex(UserError, "could not be reached"):
            self.account.action_configure_webhooks()
