import logging

from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import AUTH_TOKEN, TwilioCase, TwilioHttpCase

SECRETS = {
    "twilio_auth_token": AUTH_TOKEN,
    "twilio_previous_auth_token": "pr3vious-t0ken",
    "twilio_api_key_secret": "k3y-s3cret",
    "twilio_shared_key": "sh4red-k3y",
}


class SecretsKit:
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account.write({**SECRETS, "twilio_api_key_sid": "SK" + "b" * 32})
        export = "base.group_allow_export"
        cls.manager = cls.create_user(
            "manager", f"whatsapp_connector.group_whatsapp_manager,{export}"
        )
        cls.agent.group_ids += cls.env.ref(export)


@tagged("post_install", "-at_install")
class TestSecrets(SecretsKit, TwilioCase):
    def test_every_secret_is_in_the_list_that_is_wiped(self):
        self.assertEqual(set(self.account._get_secret_fields("twilio")), set(SECRETS))

    def test_nobody_but_an_administrator_reads_a_secret(self):
        for user in (self.agent, self.manager):
            accounts = self.account.with_user(user)
            for name in SECRETS:
                with self.assertRaises(AccessError):
                    accounts.read([name])
                with self.assertRaises(AccessError):
                    accounts.export_data([name])
                with self.assertRaises(AccessError):
                    accounts.search([(name, "like", "t0ken")])
                with self.assertRaises(AccessError):
                    accounts.web_read({name: {}})
                with self.assertRaises(AccessError):
                    accounts._read_group([], [name])

    def test_no_record_leads_to_a_secret(self):
        """Neither by a relation nor by guessing with a domain."""
        channel = self.channel.with_user(self.manager)
        with self.assertRaises(AccessError):
            channel.search([("account_id.twilio_auth_token", "=like", "a%")])
        with self.assertRaises(AccessError):
            channel.export_data(["account_id/twilio_auth_token"])

    def test_fields_of_secrets_are_not_described_to_others(self):
        described = self.account.with_user(self.manager).fields_get()
        self.assertFalse(set(SECRETS) & set(described))

    def test_secrets_are_not_offered_for_export_to_anybody(self):
        described = self.account.fields_get(list(SECRETS), ["exportable"])
        for name in SECRETS:
            self.assertFalse(described[name]["exportable"])

    def test_an_export_that_asks_for_a_secret_is_refused_to_administrators_too(self):
        admin = self.env.ref("base.user_admin")
        account = self.account.with_user(admin)
        channel = self.channel.with_user(admin)
        self.assertEqual(account.export_data(["name"])["datas"], [[account.name]])
        for name in SECRETS:
            with self.assertRaisesRegex(AccessError, name):
                account.export_data(["name", name])
            with self.assertRaisesRegex(AccessError, name):
                channel.export_data([f"account_id/{name}"])

    def test_copy_of_an_account_has_no_secret(self):
        self.account.provider = "none"
        copy = self.account.copy()
        for name in (*SECRETS, "twilio_account_sid", "twilio_api_key_sid"):
            self.assertFalse(copy[name])

    def test_changed_secrets_are_in_no_chatter(self):
        self.account.twilio_auth_token = "n3w-t0ken"
        self.env.flush_all()
        self.env.cr.precommit.run()
        text = str(self.account.message_ids.mapped("body")) + str(
            self.account.message_ids.tracking_value_ids.read()
        )
        self.assertNotIn("t0ken", text)

    def test_secrets_are_masked_in_texts_that_are_kept(self):
        for value in SECRETS.values():
            self.assertEqual(self.account._mask(f"<{value}>"), "<***>")


class Capture(logging.Handler):
    """Keeps every line that is logged, of any logger, with its traceback."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@tagged("post_install", "-at_install")
class TestSecretsInLogs(SecretsKit, TwilioHttpCase):
    def setUp(self):
        super().setUp()
        self.capture = Capture()
        root = logging.getLogger()
        root.addHandler(self.capture)
        self.addCleanup(root.removeHandler, self.capture)
        # Odoo's own log of SQL at this level does hold every value.
        for name in ("odoo.addons", "odoo.http", "urllib3", "requests", "werkzeug"):
            logger = logging.getLogger(name)
            self.addCleanup(logger.setLevel, logger.level)
            logger.setLevel(logging.DEBUG)

    def assertNothingLeaked(self):
        self.assertTrue(self.capture.lines)
        text = "\n".join(self.capture.lines)
        for secret in (*SECRETS.values(), "s3cret-c0ntent"):
            self.assertNotIn(secret, text)

    def test_sending_logs_no_secret_and_no_content(self):
        thread = self.open_chat()
        for script in (
            lambda: None,
            lambda: self.twilio.refuse(20003, status=401),
            lambda: self.twilio.answer(500, b"<html>"),
            lambda: self.twilio.answer(ValueError("broken")),
        ):
            script()
            self.account._clear_fault()
            self.send(thread, "s3cret-c0ntent")
        self.assertTrue(self.twilio.requests)
        self.assertNothingLeaked()

    def test_refused_webhook_logs_no_secret_and_no_content(self):
        form = self.inbound_form("s3cret-c0ntent")
        response = self.post_form(form, signature="wrong")
        self.assertEqual(response.status_code, 403)
        self.assertNothingLeaked()
