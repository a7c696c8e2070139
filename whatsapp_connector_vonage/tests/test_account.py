from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import (
    API_KEY,
    API_SECRET,
    APPLICATION,
    OURS,
    SIGNATURE_SECRET,
    VonageCase,
    private_key,
)


@tagged("post_install", "-at_install")
class TestAccount(VonageCase):
    def test_form_saves_an_account_with_its_credentials(self):
        form = Form(self.env["whatsapp.account"])
        form.name = "Vonage"
        form.provider = "vonage"
        form.vonage_api_key = API_KEY
        form.vonage_api_secret = API_SECRET
        form.vonage_signature_secret = SIGNATURE_SECRET
        form.vonage_application_id = APPLICATION
        # What a browser makes of a file that is pasted into one line.
        form.vonage_private_key = private_key().replace("\n", "")
        account = form.save()
        wire = account._get_vonage_account()
        self.assertEqual(wire.auth, (API_KEY, API_SECRET))
        self.assertIn("Authorization", wire.headers)

    def test_credentials_are_required(self):
        for missing in (
            "vonage_api_key",
            "vonage_api_secret",
            "vonage_signature_secret",
            "vonage_application_id",
            "vonage_private_key",
        ):
            with self.assertRaises(ValidationError):
                self.create_account(**{missing: False})
            with self.assertRaises(ValidationError):
                self.account[missing] = False

    def test_account_of_another_provider_needs_none(self):
        account = self.env["whatsapp.account"].create({"name": "Empty"})
        self.assertEqual(account.provider, "none")

    def test_id_of_something_else_is_refused(self):
        for value in ("abcd1234", f"{APPLICATION}/", "../x", APPLICATION[:-1]):
            with self.assertRaises(ValidationError):
                self.account.vonage_application_id = value
        for value in ("../1", "12", "waba"):
            with self.assertRaises(ValidationError):
                self.account.vonage_waba_id = value

    def test_key_that_is_none_is_refused(self):
        key = private_key()
        for value in ("secret", key.replace("PRIVATE", "PUBLIC"), key[:200]):
            with self.assertRaisesRegex(ValidationError, "private.key"):
                self.account.vonage_private_key = value

    def test_number_is_named_as_vonage_names_it(self):
        channel = self.env["whatsapp.channel"].create(
            {
                "name": "Second",
                "account_id": self.account.id,
                "number": "+34931000101",
            }
        )
        self.assertEqual(channel.number_id, "34931000101")
        self.assertEqual(self.channel.number_id, OURS)
        self.assertFalse(channel.needs_number_id)

    def test_screens_offer_what_vonage_can_do(self):
        can = self.channel._get_capabilities()
        self.assertEqual((can.text_limit, can.buttons, can.list_rows), (4096, 3, 10))
        self.assertTrue(can.quoting and can.location and can.read_receipts)
        self.assertTrue(can.templates and can.configure_webhooks)
        self.assertTrue(can.reactions and can.typing)
        self.assertFalse(can.blocking or can.backfill or can.look_up)

    def test_templates_need_a_business_account(self):
        for values in ({"vonage_waba_id": False}, {"vonage_region": "sandbox"}):
            account = self.create_account(**values)
            self.assertFalse(account._get_capabilities().templates)
            self.assertFalse(account.has_templates)
