from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase

from .cases import WIRE
from .cases.common import ACCOUNT, API_KEY, APPLICATION, MESSAGES, SECRET


@tagged("post_install", "-at_install")
class TestAccount(WireCase):
    wire = WIRE

    def test_form_saves_an_account_with_its_credentials(self):
        form = Form(self.env["whatsapp.account"])
        form.name = "Vonage"
        form.provider = "vonage"
        form.vonage_api_key = API_KEY
        form.vonage_api_secret = ACCOUNT.api_secret
        form.vonage_signature_secret = SECRET
        form.vonage_application_id = APPLICATION
        # What a browser makes of a file that is pasted into one line.
        form.vonage_private_key = ACCOUNT.private_key.replace("\n", "")
        account = form.save()
        wire = account._get_vonage_account()
        self.assertEqual(wire.auth, ACCOUNT.auth)
        self.assertIn("Authorization", wire.headers)

    def test_id_of_something_else_is_refused(self):
        for value in ("abcd1234", f"{APPLICATION}/", "../x", APPLICATION[:-1]):
            with self.assertRaises(ValidationError):
                self.account.vonage_application_id = value
        for value in ("../1", "12", "waba"):
            with self.assertRaises(ValidationError):
                self.account.vonage_waba_id = value

    def test_key_that_is_none_is_refused(self):
        key = ACCOUNT.private_key
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
        self.assertFalse(channel.needs_number_id)

    def test_templates_need_a_business_account(self):
        for values in ({"vonage_waba_id": False}, {"vonage_region": "sandbox"}):
            self.account.write({"vonage_waba_id": ACCOUNT.waba_id, **values})
            self.assertFalse(self.account._get_capabilities().templates)

    # -- what it changes --------------------------------------------------------------

    def send_one(self):
        self.script_send()
        return self.send(self.open_thread())

    def test_reference_is_no_longer_than_vonage_takes(self):
        self.assertLessEqual(len(self.send_one().reference), 40)

    def test_region_has_a_host_of_its_own(self):
        self.account.vonage_region = "eu"
        self.send_one()
        [request] = self.script.requests
        self.assertEqual(request.url, MESSAGES.replace("//api", "//api-eu"))
