from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase

from .cases_conversations import WIRE
from .cases_conversations.common import CHANNEL


@tagged("post_install", "-at_install")
class TestAccount(WireCase):
    wire = WIRE

    def test_bird_needs_its_workspace(self):
        for wrong in (False, "workspace", "c32b95a0"):
            with self.assertRaises(ValidationError):
                self.account.write(
                    {
                        "messagebird_generation": "bird",
                        "messagebird_workspace_id": wrong,
                    }
                )
        self.account.messagebird_workspace_id = False
        self.assertEqual(self.account.messagebird_generation, "conversations")

    def test_business_account_has_digits(self):
        with self.assertRaises(ValidationError):
            self.account.messagebird_waba_id = "12 34/x"

    def test_number_has_an_id_of_the_providers(self):
        self.assertTrue(self.channel.needs_number_id)
        self.channel.number = "+34931112233"
        self.assertEqual(self.channel.number_id, CHANNEL)

    def test_key_for_bird_is_proposed(self):
        form = Form(self.env["whatsapp.account"])
        form.name, form.provider = "New", "messagebird"
        self.assertFalse(form.messagebird_signing_key)
        form.messagebird_generation = "bird"
        self.assertGreaterEqual(len(form.messagebird_signing_key), 32)

    def test_templates_are_offered_where_they_can_be_submitted(self):
        self.assertTrue(self.account.has_templates)
        self.account.messagebird_waba_id = False
        self.account.invalidate_recordset(["has_templates"])
        self.assertFalse(self.account.has_templates)
