from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import MetaCase


@tagged("post_install", "-at_install")
class TestAccount(MetaCase):
    def test_credentials_are_needed_and_named(self):
        for name, label in (
            ("meta_waba_id", "WhatsApp Business Account ID"),
            ("meta_app_id", "App ID"),
            ("meta_app_secret", "App Secret"),
            ("meta_access_token", "Access Token"),
        ):
            with self.assertRaisesRegex(ValidationError, label):
                self.account[name] = False

    def test_ids_have_digits_only(self):
        for name in ("meta_waba_id", "meta_app_id"):
            for value in ("12a", "1/2", "١٢٣", "12 3"):
                with self.assertRaisesRegex(ValidationError, "digits only"):
                    self.account[name] = value

    def test_number_in_the_place_of_its_id_is_told(self):
        for value in ("+34931000100", "1/../2"):
            with self.assertRaisesRegex(ValidationError, "Phone number ID"):
                self.channel.number_id = value

    def test_each_account_makes_up_a_verify_token(self):
        create = self.env["whatsapp.account"].create
        tokens = {create({"name": name}).meta_verify_token for name in "ab"}
        self.assertEqual(len(tokens), 2)
        self.assertTrue(all(len(token) > 20 for token in tokens))

    def test_what_is_declared_is_offered(self):
        capabilities = self.account._get_capabilities()
        self.assertTrue(capabilities.quoting and capabilities.blocking)
        self.assertTrue(self.account.has_templates)
        self.assertTrue(self.account.can_configure_webhooks)
        self.assertFalse(self.channel.can_backfill)
