from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import ACCESS_KEY, SIGNING_KEY, MessageBirdCase

SECRETS = {
    "messagebird_access_key": ACCESS_KEY,
    "messagebird_signing_key": SIGNING_KEY,
    "messagebird_previous_signing_key": "pr3vious-k3y",
}


@tagged("post_install", "-at_install")
class TestSecrets(MessageBirdCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account.write(SECRETS)
        cls.manager = cls.create_user(
            "manager",
            "whatsapp_connector.group_whatsapp_manager,base.group_allow_export",
        )
        cls.agent.group_ids += cls.env.ref("base.group_allow_export")

    def test_every_secret_is_in_the_list_that_is_wiped(self):
        self.assertEqual(
            set(self.account._get_secret_fields("messagebird")), set(SECRETS)
        )

    def test_nobody_but_an_administrator_reads_a_secret(self):
        for user in (self.agent, self.manager):
            accounts = self.account.with_user(user)
            for name in SECRETS:
                with self.assertRaises(AccessError):
                    accounts.read([name])
                with self.assertRaises(AccessError):
                    accounts.search([(name, "like", "k3y")])
                with self.assertRaises(AccessError):
                    accounts.export_data([name])

    def test_copy_of_an_account_has_no_secret(self):
        self.account.provider = "none"
        copy = self.account.copy()
        for name in (*SECRETS, "messagebird_workspace_id", "messagebird_waba_id"):
            self.assertFalse(copy[name])

    def test_secrets_are_masked_in_texts_that_are_kept(self):
        for value in SECRETS.values():
            self.assertEqual(self.account._mask(f"<{value}>"), "<***>")

    def test_changed_secrets_are_in_no_chatter(self):
        self.account.messagebird_access_key = "n3w-k3y"
        self.env.flush_all()
        self.env.cr.precommit.run()
        text = str(self.account.message_ids.mapped("body")) + str(
            self.account.message_ids.tracking_value_ids.read()
        )
        self.assertNotIn("k3y", text)
