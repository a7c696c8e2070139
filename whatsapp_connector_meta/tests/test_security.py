from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ACCESS_TOKEN, APP_SECRET, VERIFY_TOKEN, MetaCase

SECRETS = {
    "meta_app_secret": APP_SECRET,
    "meta_previous_app_secret": "pr3vious-s3cret",
    "meta_access_token": ACCESS_TOKEN,
    "meta_verify_token": VERIFY_TOKEN,
}


@tagged("post_install", "-at_install")
class TestSecrets(MetaCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account.write(SECRETS)
        cls.manager = cls.create_user(
            "manager",
            "whatsapp_connector.group_whatsapp_manager,base.group_allow_export",
        )

    def test_every_secret_is_in_the_list_that_is_wiped(self):
        self.assertEqual(set(self.account._get_secret_fields("meta")), set(SECRETS))

    def test_nobody_but_an_administrator_reads_a_secret(self):
        for user in (self.agent, self.manager):
            account = self.account.with_user(user)
            for name in SECRETS:
                with self.assertRaises(AccessError):
                    account.read([name])
                with self.assertRaises(AccessError):
                    account.search([(name, "like", "s3cret")])
        described = self.account.with_user(self.manager).fields_get()
        self.assertFalse(set(SECRETS) & set(described))

    def test_no_secret_is_exported(self):
        account = self.account.with_user(self.env.ref("base.user_admin"))
        for name in SECRETS:
            with self.assertRaisesRegex(AccessError, name):
                account.export_data([name])

    def test_copy_of_an_account_has_no_secret_of_the_first(self):
        self.account.provider = "none"
        copy = self.account.copy()
        for name, value in SECRETS.items():
            self.assertNotEqual(copy[name], value)

    def test_secrets_are_masked_in_texts_that_are_kept(self):
        for value in SECRETS.values():
            self.assertEqual(self.account._mask(f"<{value}>"), "<***>")

    def test_sending_logs_no_secret_and_no_content(self):
        thread = self.open_chat()
        with self.assertLogs("odoo.addons", level="DEBUG") as logs:
            self.send(thread, "s3cret-c0ntent")
            self.meta.refuse(190, status=401)
            self.send(thread, "s3cret-c0ntent")
        for secret in (*SECRETS.values(), "s3cret-c0ntent"):
            self.assertNotIn(secret, "\n".join(logs.output))
