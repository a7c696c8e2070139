from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase
from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER, URL

from .cases import WIRE
from .cases.common import OURS, SID, answer, refusal
from .test_account import KEY, SERVICE

TOKEN = "Account and Auth Token"


def account(status="active"):
    return answer({"sid": SID, "status": status, "friendly_name": "Acme"})


def sender(address=OURS, status="ONLINE", url=URL):
    """The list of senders, with one."""
    record = {
        "sid": "XE" + "d" * 32,
        "sender_id": address,
        "status": status,
        "webhook": {"callback_url": url},
    }
    return answer({"senders": [record], "meta": {}})


def service(url=URL, **changes):
    """A Messaging Service that leads to ``url``."""
    record = {
        "sid": SERVICE,
        "friendly_name": "Acme's",
        "inbound_request_url": url,
        "status_callback": url,
        "use_inbound_webhook_on_number": False,
    }
    return answer({**record, **changes})


@tagged("post_install", "-at_install")
class TestSetUp(WireCase):
    wire = WIRE

    def check(self, *answers):
        """The lines of *Test connection*, by name, with Twilio's answers in order."""
        self.script.expect(*answers)
        checks = self.account._check_connection()
        return {check.name: (check.ok, check.detail) for check in checks}

    def test_good_account_passes_every_check(self):
        checks = self.check(account(), sender())
        self.assertEqual({ok for ok, _detail in checks.values()}, {True})
        self.assertEqual(checks[TOKEN], (True, "Acme"))
        self.assertTrue(self.account.credentials_ok)

    def test_auth_token_is_checked_beside_the_api_key(self):
        """The key sends, but only the token proves that calls come from Twilio."""
        self.account.write(KEY)
        checks = self.check(refusal(20003, 401), answer({"messages": []}), sender())
        self.assertFalse(checks[TOKEN][0])
        self.assertIn("20003", checks[TOKEN][1])
        self.assertTrue(checks["API key"][0])
        self.assertFalse(self.account.credentials_ok)

    def test_suspended_account_does_not_pass(self):
        checks = self.check(account(status="suspended"), sender())
        self.assertFalse(checks[TOKEN][0])

    def test_sender_that_twilio_does_not_list_is_left_open(self):
        """So it is with the number of Twilio's sandbox, which works."""
        ok, detail = self.check(account(), sender(address="whatsapp:+1"))[NUMBER]
        self.assertIsNone(ok)
        self.assertIn("sandbox", detail)

    def test_sender_that_is_not_online_does_not_pass(self):
        ok, _detail = self.check(account(), sender(status="OFFLINE"))[NUMBER]
        self.assertIs(ok, False)

    def test_webhook_that_leads_elsewhere_is_told(self):
        elsewhere = sender(url="https://elsewhere.example.com/")
        ok, detail = self.check(account(), elsewhere)[NUMBER]
        self.assertIsNone(ok)
        self.assertIn("webhook", detail)

    def test_options_behind_the_webhook_address_do_not_matter(self):
        with_options = sender(url=f"{URL}#rc=3&rp=5xx,ct,rt")
        self.assertTrue(self.check(account(), with_options)[NUMBER][0])

    def test_unknown_messaging_service_does_not_pass(self):
        self.channel.twilio_messaging_service_sid = SERVICE
        checks = self.check(account(), sender(), refusal(20404, 404))
        self.assertFalse(checks["Messaging Service"][0])

    def test_with_a_messaging_service_its_addresses_count_not_the_senders(self):
        self.channel.twilio_messaging_service_sid = SERVICE
        elsewhere = "https://elsewhere.example.com/"
        checks = self.check(account(), sender(url=elsewhere), service())
        self.assertEqual({ok for ok, _detail in checks.values()}, {True})
        self.assertIn("Acme's", checks["Messaging Service"][1])
        for changes in (
            {"inbound_request_url": elsewhere},
            {"inbound_request_url": None},
            {"status_callback": elsewhere},
            {"use_inbound_webhook_on_number": True},
        ):
            with self.subTest(changes):
                checks = self.check(account(), sender(), service(**changes))
                self.assertTrue(checks[NUMBER][0])
                ok, detail = checks["Messaging Service"]
                self.assertIsNone(ok)
                self.assertIn("Configure webhooks", detail)

    def test_sandbox_says_where_to_set_its_webhook_by_hand(self):
        self.script.expect(sender(address="whatsapp:+1"))
        with self.assertRaisesRegex(UserError, "Sandbox settings"):
            self.account.action_configure_webhooks()
        self.assertFalse(self.channel.webhook_configured)
