from odoo.tests import tagged

from ..hooks import uninstall_hook
from .common import MetaCase


@tagged("post_install", "-at_install")
class TestUninstall(MetaCase):
    def test_chats_stay_and_credentials_go(self):
        thread = self.open_chat()
        messages = self.send(thread, "Bon dia")
        uninstall_hook(self.env)
        self.assertEqual(self.account.provider, "none")
        self.assertFalse(self.channel.active)
        for name in self.account._get_secret_fields("meta"):
            self.assertFalse(self.account[name], name)
        self.assertTrue(thread.exists() and messages.exists())
        self.assertTrue(thread.message_ids)

    def test_other_providers_are_left_alone(self):
        other = self.env["whatsapp.account"].create({"name": "Other"})
        uninstall_hook(self.env)
        self.assertTrue(other.active)
