from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase
from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER, URL

from .cases import WIRE
from .cases.common import APP, WABA, answer, refusal

APP_ANSWER = answer({"id": APP, "name": "Acme app"})


@tagged("post_install", "-at_install")
class TestConnection(WireCase):
    wire = WIRE

    def check(self, app=APP_ANSWER, number="+34 931 23 45 67", callback=URL):
        """The lines of *Test connection*, by name, with Meta's answers in order."""
        known = {"whatsapp_business_api_data": {"id": APP}}
        self.script.expect(
            app,
            answer({"id": WABA, "name": "Acme"}),
            answer({"data": [{**known, "override_callback_uri": callback}]}),
            answer({"display_phone_number": number, "verified_name": "Acme Support"}),
        )
        checks = self.account._check_connection()
        return {check.name: (check.ok, check.detail) for check in checks}

    def test_good_account_passes_every_check(self):
        checks = self.check()
        self.assertEqual({ok for ok, _detail in checks.values()}, {True})
        self.assertEqual(checks["App and app secret"], (True, "Acme app"))
        self.assertEqual(checks[NUMBER], (True, "Acme Support"))
        self.assertTrue(self.account.credentials_ok)

    def test_wrong_secret_does_not_pass(self):
        ok, detail = self.check(app=refusal(190, 401))["App and app secret"]
        self.assertFalse(ok)
        self.assertIn("App ID with this App Secret", detail)
        self.assertIn("190", detail)
        self.assertFalse(self.account.credentials_ok)

    def test_id_of_another_number_does_not_pass(self):
        ok, detail = self.check(number="+1 555 0100 200")[NUMBER]
        self.assertFalse(ok)
        self.assertIn("+1 555 0100 200", detail)

    def test_webhook_that_leads_elsewhere_is_told(self):
        ok, detail = self.check(callback="https://elsewhere.example.com/")["Webhook"]
        self.assertIsNone(ok)
        self.assertIn("configure webhooks", detail)
