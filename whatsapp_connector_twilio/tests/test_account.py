from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import ACCOUNT_SID, AUTH_TOKEN, OURS, TwilioCase


@tagged("post_install", "-at_install")
class TestAccount(TwilioCase):
    def test_form_saves_an_account_with_its_credentials(self):
        form = Form(self.env["whatsapp.account"])
        form.name = "Twilio"
        form.provider = "twilio"
        form.twilio_account_sid = ACCOUNT_SID
        form.twilio_auth_token = AUTH_TOKEN
        account = form.save()
        self.assertEqual(account._get_twilio_account().auth, (ACCOUNT_SID, AUTH_TOKEN))

    def test_credentials_are_required(self):
        for missing in ("twilio_account_sid", "twilio_auth_token"):
            with self.assertRaises(ValidationError):
                self.create_account(**{missing: False})
            with self.assertRaises(ValidationError):
                self.account[missing] = False

    def test_account_of_another_provider_needs_none(self):
        account = self.env["whatsapp.account"].create({"name": "Empty"})
        self.assertEqual(account.provider, "none")

    def test_sid_of_something_else_is_refused(self):
        for sid in ("SK" + "a" * 32, "AC123", ACCOUNT_SID + "a", "AC" + "z" * 32):
            with self.assertRaises(ValidationError):
                self.account.twilio_account_sid = sid

    def test_api_key_needs_both_halves(self):
        with self.assertRaises(ValidationError):
            self.account.twilio_api_key_sid = "SK" + "b" * 32
        self.account.write(
            {"twilio_api_key_sid": "SK" + "b" * 32, "twilio_api_key_secret": "s"}
        )

    def test_region_can_lead_to_no_other_host(self):
        for name in ("evil.example/", "ie1.evil", "ie1#", "@evil", "IE1", "-"):
            with self.assertRaises(ValidationError):
                self.account.twilio_region = name
            with self.assertRaises(ValidationError):
                self.account.twilio_edge = name
        self.account.write({"twilio_region": "ie1", "twilio_edge": "sao-paulo"})
        host = self.account._get_twilio_account().host("api")
        self.assertEqual(host, "api.sao-paulo.ie1.twilio.com")

    def test_number_is_named_as_twilio_names_it(self):
        channel = self.env["whatsapp.channel"].create(
            {
                "name": "Second",
                "account_id": self.account.id,
                "number": "+34931000101",
            }
        )
        self.assertEqual(channel.number_id, "whatsapp:+34931000101")
        self.assertEqual(self.channel.number_id, OURS)

    def test_messaging_service_has_a_sid_of_its_own(self):
        for sid in (ACCOUNT_SID, "MG1"):
            with self.assertRaises(ValidationError):
                self.channel.twilio_messaging_service_sid = sid
        self.channel.twilio_messaging_service_sid = "MG" + "c" * 32

    def test_screens_offer_what_twilio_can_do(self):
        can = self.channel._get_capabilities()
        self.assertEqual((can.text_limit, can.buttons, can.list_rows), (1600, 3, 10))
        self.assertTrue(can.location and can.backfill and can.look_up)
        self.assertTrue(can.read_receipts and can.typing)
        self.assertFalse(can.quoting or can.reactions or can.blocking)
