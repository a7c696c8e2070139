from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase

from .cases import WIRE
from .cases.common import MESSAGES, OURS, SID, TOKEN

KEY = {"twilio_api_key_sid": "SK" + "b" * 32, "twilio_api_key_secret": "s"}
SERVICE = "MG" + "c" * 32


@tagged("post_install", "-at_install")
class TestAccount(WireCase):
    wire = WIRE

    def test_form_saves_an_account_with_its_credentials(self):
        form = Form(self.env["whatsapp.account"])
        form.name = "Twilio"
        form.provider = "twilio"
        form.twilio_account_sid = SID
        form.twilio_auth_token = TOKEN
        account = form.save()
        self.assertEqual(account._get_twilio_account().auth, (SID, TOKEN))

    def test_sid_of_something_else_is_refused(self):
        for sid in ("SK" + "a" * 32, "AC123", SID + "a", "AC" + "z" * 32):
            with self.assertRaises(ValidationError):
                self.account.twilio_account_sid = sid

    def test_api_key_needs_both_halves(self):
        with self.assertRaises(ValidationError):
            self.account.twilio_api_key_sid = KEY["twilio_api_key_sid"]
        self.account.write(KEY)

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
        self.assertFalse(channel.needs_number_id)
        self.assertEqual(channel.number_id, "whatsapp:+34931000101")

    def test_messaging_service_has_a_sid_of_its_own(self):
        for sid in (SID, "MG1"):
            with self.assertRaises(ValidationError):
                self.channel.twilio_messaging_service_sid = sid
        self.channel.twilio_messaging_service_sid = SERVICE

    # -- what it changes --------------------------------------------------------------

    def send_one(self):
        """The request that sends a text."""
        self.script_send()
        self.send(self.open_thread())
        [request] = self.script.requests
        return request

    def test_api_key_signs_in_where_there_is_one(self):
        self.account.write(KEY)
        self.assertEqual(self.send_one().auth, tuple(KEY.values()))

    def test_messaging_service_keeps_our_number(self):
        self.channel.twilio_messaging_service_sid = SERVICE
        form = dict(self.send_one().form)
        self.assertEqual((form["MessagingServiceSid"], form["From"]), (SERVICE, OURS))

    def test_region_has_hosts_of_its_own(self):
        self.account.write({"twilio_region": "ie1", "twilio_edge": "dublin"})
        host = "https://api.dublin.ie1.twilio.com"
        expected = MESSAGES.replace("https://api.twilio.com", host)
        self.assertEqual(self.send_one().url, expected)
