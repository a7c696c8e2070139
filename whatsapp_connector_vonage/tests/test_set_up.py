from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase
from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER, URL

from .cases import WIRE
from .cases.common import ACCOUNT, APPLICATION, WABA, answer, problem

NAME = "API key, secret and application"
TEMPLATES = answer({"templates": []})
OURS = answer({"number": "34931234567"})


def application(url=URL, public_key=ACCOUNT.public_key):
    webhook = {"address": url, "http_method": "POST"}
    webhooks = {"inbound_url": webhook, "status_url": webhook}
    return answer(
        {
            "id": APPLICATION,
            "name": "Odoo",
            "keys": {"public_key": public_key},
            "capabilities": {"messages": {"webhooks": webhooks, "version": "v1"}},
        }
    )


@tagged("post_install", "-at_install")
class TestSetUp(WireCase):
    wire = WIRE

    def check(self, *answers):
        """The lines of *Test connection*, by name, with Vonage's answers in order."""
        self.script.expect(*answers)
        checks = self.account._check_connection()
        self.assertFalse(self.script.surplus or self.script.answers)
        return {check.name: (check.ok, check.detail) for check in checks}

    # -- Test connection --------------------------------------------------------------

    def test_good_account_passes_every_check(self):
        checks = self.check(application(), TEMPLATES, OURS)
        self.assertEqual({ok for ok, _detail in checks.values()}, {True})
        self.assertEqual(checks[NAME], (True, "Odoo"))
        self.assertTrue(self.account.credentials_ok)

    def test_wrong_key_or_secret_does_not_pass(self):
        ok, detail = self.check(problem(401), TEMPLATES, OURS)[NAME]
        self.assertFalse(ok)
        self.assertIn("401", detail)
        self.assertFalse(self.account.credentials_ok)

    def test_key_of_another_application_does_not_pass(self):
        other = application(public_key="-----BEGIN PUBLIC KEY-----\nx")
        ok, detail = self.check(other, TEMPLATES, OURS)["Private key"]
        self.assertFalse(ok)
        self.assertIn("Generate a new pair", detail)

    def test_webhook_that_leads_elsewhere_is_told(self):
        elsewhere = application(url="https://elsewhere.example.com/")
        self.assertIsNone(self.check(elsewhere, TEMPLATES, OURS)["Webhooks"][0])

    def test_business_account_that_is_not_ours_does_not_pass(self):
        unknown = problem(404, title="WABA not found")
        ok, detail = self.check(application(), unknown, OURS)["Templates"]
        self.assertFalse(ok)
        self.assertIn("WABA not found", detail)

    def test_number_that_the_business_account_lacks_does_not_pass(self):
        ok, detail = self.check(application(), TEMPLATES, problem(404))[NUMBER]
        self.assertIs(ok, False)
        self.assertIn("WABA ID", detail)
        self.assertFalse(self.account.credentials_ok)

    def test_number_is_asked_for_by_its_digits_with_the_accounts_secret(self):
        self.check(application(), TEMPLATES, OURS)
        request = self.script.requests[-1]
        self.assertTrue(request.url.endswith(f"/wabas/{WABA}/numbers/34931234567"))
        self.assertEqual(request.auth, ACCOUNT.auth)

    def test_number_that_can_not_be_asked_for_is_left_open(self):
        ok, _detail = self.check(application(), TEMPLATES, problem(503))[NUMBER]
        self.assertIsNone(ok)
        self.account.vonage_region = "sandbox"
        ok, detail = self.check(application(), TEMPLATES)[NUMBER]
        self.assertIsNone(ok)
        self.assertIn("sandbox", detail)
        self.account.write({"vonage_region": False, "vonage_waba_id": False})
        ok, detail = self.check(application())[NUMBER]
        self.assertIsNone(ok)
        self.assertIn("WABA ID", detail)

    def test_busy_vonage_proves_nothing(self):
        self.account.vonage_waba_id = False
        self.assertIsNone(self.check(problem(429))[NAME][0])

    # -- Configure webhooks -----------------------------------------------------------

    def test_account_that_may_not_subscribe_is_configured_all_the_same(self):
        self.script.expect(application(), answer({}), problem(403), problem(403))
        self.account.action_configure_webhooks()
        self.assertTrue(self.channel.webhook_configured)

    def test_sandbox_says_where_to_do_it_by_hand(self):
        self.account.vonage_region = "sandbox"
        with self.assertRaisesRegex(UserError, "Messages API Sandbox"):
            self.account.action_configure_webhooks()
        self.assertFalse(self.channel.webhook_configured)
