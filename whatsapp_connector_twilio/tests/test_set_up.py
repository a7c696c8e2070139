import json

from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.common import refused_connection

from .common import ACCOUNT_SID, MESSAGES, OURS, TwilioCase

ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}.json"
SENDERS = "/v2/Channels/Senders"
SENDER = "XE" + "d" * 32
SERVICE = "MG" + "c" * 32


@tagged("post_install", "-at_install")
class TestSetUp(TwilioCase):
    def answer_account(self, status="active"):
        payload = {"sid": ACCOUNT_SID, "status": status, "friendly_name": "Acme"}
        self.twilio.answer(200, payload, path=ACCOUNT)

    def answer_sender(self, *, address=OURS, status="ONLINE", url=None):
        url = url or self.account._get_webhook_url()
        sender = {
            "sid": SENDER,
            "sender_id": address,
            "status": status,
            "webhook": {"callback_url": url},
        }
        self.twilio.answer(200, {"senders": [sender], "meta": {}}, path=SENDERS)

    def checks(self):
        return {
            check.name: (check.ok, check.detail)
            for check in self.account._check_connection()
        }

    def test_no_id_of_the_number_has_to_be_copied(self):
        self.assertFalse(self.channel.needs_number_id)
        self.assertEqual(self.channel.number_id, OURS)

    # -- Test connection --------------------------------------------------------------

    def test_good_account_passes_every_check(self):
        self.answer_account()
        self.answer_sender()
        checks = self.checks()
        self.assertEqual({ok for ok, _detail in checks.values()}, {True})
        self.assertEqual(checks["Account and Auth Token"], (True, "Acme"))
        self.assertTrue(self.account.credentials_ok)

    def test_auth_token_is_checked_beside_the_api_key(self):
        """The key sends, but only the token proves that calls come from Twilio."""
        self.account.write(
            {"twilio_api_key_sid": "SK" + "b" * 32, "twilio_api_key_secret": "s"}
        )
        self.twilio.answer(401, {"code": 20003, "message": "No"}, path=ACCOUNT)
        self.twilio.answer(200, {"messages": []}, path=MESSAGES)
        self.answer_sender()
        checks = self.checks()
        self.assertFalse(checks["Account and Auth Token"][0])
        self.assertIn("20003", checks["Account and Auth Token"][1])
        self.assertTrue(checks["API key"][0])
        self.assertFalse(self.account.credentials_ok)

    def test_suspended_account_does_not_pass(self):
        self.answer_account(status="suspended")
        self.answer_sender()
        self.assertFalse(self.checks()["Account and Auth Token"][0])

    def test_sender_that_twilio_does_not_list_is_left_open(self):
        """So it is with the number of Twilio's sandbox, which works."""
        self.answer_account()
        self.answer_sender(address="whatsapp:+1")
        ok, detail = self.checks()[self.channel.number]
        self.assertIsNone(ok)
        self.assertIn("sandbox", detail)

    def test_sender_that_is_not_online_does_not_pass(self):
        self.answer_account()
        self.answer_sender(status="OFFLINE")
        self.assertEqual(self.checks()[self.channel.number][0], False)

    def test_webhook_that_leads_elsewhere_is_told(self):
        self.answer_account()
        self.answer_sender(url="https://elsewhere.example.com/")
        ok, detail = self.checks()[self.channel.number]
        self.assertIsNone(ok)
        self.assertIn("webhook", detail)

    def test_options_behind_the_webhook_address_do_not_matter(self):
        self.answer_account()
        url = self.account._get_webhook_url()
        self.answer_sender(url=f"{url}#rc=3&rp=5xx,ct,rt")
        self.assertTrue(self.checks()[self.channel.number][0])

    def test_unknown_messaging_service_does_not_pass(self):
        self.channel.twilio_messaging_service_sid = SERVICE
        self.answer_account()
        self.answer_sender()
        path = f"/v1/Services/{SERVICE}"
        self.twilio.answer(404, {"code": 20404, "message": "No"}, path=path)
        self.assertFalse(self.checks()["Messaging Service"][0])

    def test_twilio_out_of_reach_does_not_pass(self):
        self.twilio.answer(refused_connection())
        self.answer_sender()
        self.assertFalse(self.checks()["Account and Auth Token"][0])

    # -- Configure webhooks -----------------------------------------------------------

    def test_sender_is_pointed_here(self):
        self.answer_sender(url="https://elsewhere.example.com/")
        self.account.action_configure_webhooks()
        request = self.twilio.requests[-1]
        self.assertTrue(request.url.endswith(f"{SENDERS}/{SENDER}"))
        webhook = json.loads(request.body)["webhook"]
        url = self.account._get_webhook_url()
        self.assertEqual(webhook["callback_url"], url)
        self.assertEqual(webhook["status_callback_url"], url)
        self.assertTrue(self.channel.webhook_configured)

    def test_messaging_service_is_pointed_here(self):
        self.channel.twilio_messaging_service_sid = SERVICE
        self.account.action_configure_webhooks()
        [form] = self.twilio.forms(f"/v1/Services/{SERVICE}")
        self.assertEqual(form["InboundRequestUrl"], self.account._get_webhook_url())

    def test_sandbox_says_where_to_do_it_by_hand(self):
        self.answer_sender(address="whatsapp:+1")
        with self.assertRaisesRegex(UserError, "Sandbox settings"):
            self.account.action_configure_webhooks()
        self.assertFalse(self.channel.webhook_configured)

    def test_refusal_is_shown_with_its_reason(self):
        self.twilio.refuse(20003, status=401)
        with self.assertRaisesRegex(UserError, "credentials"):
            self.account.action_configure_webhooks()

    def test_twilio_out_of_reach_is_told(self):
        self.twilio.answer(refused_connection())
        with self.assertRaisesRegex(UserError, "could not be reached"):
            self.account.action_configure_webhooks()
