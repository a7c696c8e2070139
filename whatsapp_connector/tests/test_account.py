from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from ..wire.outbound import Check
from .common import FakeTransport, WhatsappCase


@tagged("post_install", "-at_install")
class TestAccount(WhatsappCase):
    def test_keys_are_unguessable_and_unique(self):
        other = self.create_account()
        self.assertGreaterEqual(len(self.account.webhook_key), 20)
        self.assertNotEqual(self.account.webhook_key, other.webhook_key)
        self.assertNotEqual(self.account.copy().webhook_key, self.account.webhook_key)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            other.webhook_key = self.account.webhook_key
            other.flush_recordset()

    def test_the_webhook_address_is_the_public_one(self):
        self.account.public_url = "https://odoo.example.com/"
        self.assertEqual(
            self.account.webhook_url,
            f"https://odoo.example.com/whatsapp/webhook/{self.account.webhook_key}",
        )
        self.account.public_url = False
        self.assertIn(self.account.get_base_url(), self.account.webhook_url)

    def test_without_a_provider_there_is_nothing_to_test(self):
        self.account.provider = "none"
        with self.assertRaisesRegex(UserError, "choose a provider"):
            self.account.action_test_connection()

    def check_with(self, *checks):
        with self.patch_checks(checks):
            return self.account.action_test_connection()["params"]

    def patch_checks(self, checks):
        return patch.object(
            FakeTransport, "_check_credentials", lambda *_a: list(checks), create=True
        )

    def test_a_good_connection_says_so_line_by_line_and_resumes_sending(self):
        self.account._report_fault("Bad token")
        params = self.check_with(Check(name="Credentials", ok=True, detail="AC…"))
        self.assertEqual(params["type"], "success")
        self.assertIn("Credentials: AC…", params["message"])
        self.assertFalse(self.account.fault)
        self.assertFalse(self.account.suspended_until)
        self.assertFalse(self.account.activity_ids)
        self.assertTrue(self.account.credentials_ok)

    def test_a_bad_connection_says_what_is_wrong(self):
        params = self.check_with(
            Check(name="Credentials", ok=True), Check(name="Number", ok=False)
        )
        self.assertEqual(params["type"], "danger")
        self.assertIn("✗ Number", params["message"])
        self.assertFalse(self.account.credentials_ok)

    def test_a_provider_that_cannot_answer_now_changes_nothing(self):
        check = Check(name="Credentials", ok=None, unanswered=True)
        self.check_with(Check(name="Credentials", ok=True))
        self.account._report_fault("Bad token")
        checked_at = self.account.credentials_checked_at
        params = self.check_with(Check(name="Number", ok=True), check)
        self.assertEqual(params["type"], "warning")
        self.assertIn("can't answer now", params["title"])
        self.assertTrue(self.account.credentials_ok)
        self.assertEqual(self.account.credentials_checked_at, checked_at)
        self.assertEqual(self.account.fault, "Bad token")
        self.assertEqual(
            self.check_with(check, Check(name="N", ok=False))["type"], "danger"
        )

    def test_an_address_without_https_is_pointed_out(self):
        self.account.public_url = "http://localhost:8069"
        self.assertIn("not https", self.check_with()["message"])

    def test_health_counts_events(self):
        self.receive_text().event_id.state = "failed"
        self.store(self.inbound())
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.account.event_waiting_count, 1)
        self.assertEqual(self.account.event_failed_count, 1)
        self.assertTrue(self.account.last_event_at)

    def test_uninstalling_a_provider_keeps_the_chats(self):
        thread = self.open_thread()
        self.env["whatsapp.account"]._remove_provider("test")
        self.assertEqual(self.account.provider, "none")
        self.assertFalse(self.channel.active)
        self.assertTrue(thread.message_ids)


@tagged("post_install", "-at_install")
class TestChannel(WhatsappCase):
    def test_a_number_is_stored_in_one_form(self):
        channel = self.create_channel(self.account, "+34 931 000 200", number_id="x")
        self.assertEqual(channel.number, "+34931000200")
        self.assertEqual(channel.display_name, "Main number (+34 931 00 02 00)")

    def test_a_number_without_prefix_is_one_of_the_companys_country(self):
        self.account.company_id.country_id = self.env.ref("base.es")
        form = Form(self.env["whatsapp.channel"])
        form.account_id, form.name, form.number = self.account, "Shop", "931 000 200"
        self.assertEqual(form.number, "+34931000200", "931 alone is Afghanistan's +93")
        self.assertEqual(form.save().number_id, "+34931000200")
        abroad = self.create_channel(self.account, "447400123456", number_id="x")
        self.assertEqual(abroad.number, "+447400123456")

    def test_the_checklist_offers_what_the_provider_can_do(self):
        self.assertFalse(self.channel.can_configure_webhooks)
        self.can(configure_webhooks=True)
        self.channel.invalidate_recordset()
        self.assertTrue(self.channel.can_configure_webhooks)

    def test_what_is_no_number_is_refused_with_an_example(self):
        for number in ("hello", "123", "931000200000000000"):
            with (
                self.subTest(number),
                self.assertRaisesRegex(ValidationError, r"\+34 931"),
            ):
                self.create_channel(self.account, number, number_id=number)

    def test_a_number_that_is_not_saved_yet_has_no_health(self):
        with self.assertNoLogs("odoo.domains", "WARNING"):
            form = Form(self.env["whatsapp.channel"])
        self.assertFalse(form.last_inbound_at)

    def test_the_providers_id_is_asked_for_only_where_it_gives_one(self):
        self.assertFalse(self.channel.needs_number_id)
        with patch.object(
            FakeTransport, "_default_number_id", return_value=None, create=True
        ):
            self.channel.invalidate_recordset(["needs_number_id"])
            self.assertTrue(self.channel.needs_number_id)

    def test_an_account_has_a_number_once(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.create_channel(self.account)

    def test_the_pace_is_at_least_one(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.channel.pace = 0
            self.channel.flush_recordset()

    def test_the_checklist_fills_itself(self):
        done = self.channel.setup_done
        self.receive_text()
        self.assertTrue(self.channel.first_inbound_at)
        self.assertTrue(self.channel.webhook_configured)
        self.assertEqual(self.channel.setup_done, done + 2)
        message = self.send(self.thread_of())
        self.receive(self.status(message, "delivered"))
        self.assertEqual(self.channel.setup_done, done + 3)

    def test_former_address_is_told_from_anybody_elses(self):
        self.account.public_url = "https://odoo.example.com"
        former = self.account.webhook_url
        self.account.action_new_webhook_key()
        other = self.account.copy({"public_url": "https://odoo.example.com"})
        other.active = False
        self.assertTrue(self.account._is_former_webhook(former))
        for url in (
            self.account.webhook_url,
            other.webhook_url,
            former.replace("odoo.", "crm."),
            former.replace("https:", "http:"),
            former.replace("/webhook/", "/webhook/x/"),
            f"{former}/",
            "",
        ):
            with self.subTest(url):
                self.assertFalse(self.account._is_former_webhook(url))

    def test_new_address_has_to_be_made_known_anew(self):
        parameters = self.env["ir.config_parameter"].sudo()
        changes = {
            "key": self.account.action_new_webhook_key,
            "base address": lambda: parameters.set_param(
                "web.base.url", "https://moved.example.com"
            ),
            "public address": lambda: self.account.write(
                {"public_url": "https://new.example.com"}
            ),
            "provider": lambda: self.account.write({"provider": "none"}),
        }
        for name, change in changes.items():
            with self.subTest(name):
                event = self.receive_text().event_id
                self.assertTrue(self.channel.webhook_configured)
                change()
                self.env.invalidate_all()
                self.assertFalse(self.channel.webhook_configured)
                if name != "provider":
                    event.action_replay()
                    self.run_inbox()
                    self.assertFalse(self.channel.webhook_configured)

    def test_health_is_seen_at_a_glance(self):
        self.provider.refuse("63016")
        self.send(self.open_thread())
        self.post(self.thread_of(), "En cua")
        self.env.invalidate_all()
        self.assertTrue(self.channel.last_inbound_at)
        self.assertTrue(self.channel.last_outbound_at)
        self.assertIn("refused", self.channel.last_error)
        self.assertEqual(self.channel.queued_count, 1)
        self.assertEqual(self.channel.open_conversation_count, 1)

    def test_a_channel_belongs_to_its_accounts_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        account = self.create_account(company_id=company.id)
        channel = self.create_channel(account, "+34931000400")
        self.assertEqual(channel.company_id, company)
