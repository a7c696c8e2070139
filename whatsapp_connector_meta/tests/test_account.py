from odoo.exceptions import ValidationError
from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase

from .cases import WIRE


@tagged("post_install", "-at_install")
class TestAccount(WireCase):
    wire = WIRE

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
