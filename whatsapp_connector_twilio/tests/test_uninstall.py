from odoo.tests import tagged

from ..hooks import uninstall_hook
from .common import TwilioCase


@tagged("post_install", "-at_install")
class TestUninstall(TwilioCase):
    def test_chats_stay_and_credentials_go(self):
        thread = self.open_chat()
        messages = self.send(thread, "Bon dia")
        uninstall_hook(self.env)
        self.assertEqual(self.account.provider, "none")
        self.assertFalse(self.channel.active)
        for name in self.account._get_secret_fields("twilio"):
            self.assertFalse(self.account[name], name)
        self.assertTrue(thread.exists() and messages.exists())
        self.assertTrue(thread.message_ids)

    def test_archived_accounts_lose_theirs_as_well(self):
        self.account.active = False
        uninstall_hook(self.env)
        self.assertEqual(self.account.provider, "none")
        self.assertFalse(self.account.twilio_auth_token)

    def test_other_providers_are_left_alone(self):
        other = self.env["whatsapp.account"].create({"name": "Other"})
        uninstall_hook(self.env)
        self.assertTrue(other.active)
