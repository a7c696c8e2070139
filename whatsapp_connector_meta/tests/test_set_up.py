from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase
from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER, URL
from odoo.addons.whatsapp_connector.wire.http import NotSent

from .cases import WIRE
from .cases.common import APP, WABA, answer, refusal

APP_ANSWER = answer({"id": APP, "name": "Acme app"})


@tagged("post_install", "-at_install")
class TestConnection(WireCase):
    wire = WIRE

    def check(self, app=APP_ANSWER, number="+34 931 23 45 67", callback=URL, **values):
        """The lines of *Test connection*, by name, with Meta's answers in order."""
        known = {"whatsapp_business_api_data": {"id": APP}}
        self.script.expect(
            app,
            answer({"id": WABA, "name": "Acme"}),
            answer({"data": [{**known, "override_callback_uri": callback}]}),
            answer(
                {
                    "display_phone_number": number,
                    "verified_name": "Acme Support",
                    **values,
                }
            ),
        )
        checks = self.account._check_connection()
        return {check.name: (check.ok, check.detail) for check in checks}

    def test_good_account_passes_every_check(self):
        checks = self.check()
        self.assertEqual({ok for ok, _detail in checks.values()}, {True})
        self.assertEqual(checks["App and app secret"], (True, "Acme app"))
        self.assertEqual(checks[NUMBER], (True, "Acme Support"))
        self.assertTrue(self.account.credentials_ok)

    def test_wrong_secret_does_not_pass(self):
        ok, detail = self.check(app=refusal(190, 401))["App and app secret"]
        self.assertFalse(ok)
        self.assertIn("App ID with this App Secret", detail)
        self.assertIn("190", detail)
        self.assertFalse(self.account.credentials_ok)

    def test_id_of_another_number_does_not_pass(self):
        ok, detail = self.check(number="+1 555 0100 200")[NUMBER]
        self.assertFalse(ok)
        self.assertIn("+1 555 0100 200", detail)

    def test_number_that_is_not_registered_does_not_pass(self):
        self.assertTrue(self.check(status="CONNECTED")[NUMBER][0])
        for status, words in (
            ("PENDING", "Register number"),
            ("DISCONNECTED", "Register number"),
            ("UNVERIFIED", "the code"),
        ):
            ok, detail = self.check(status=status)[NUMBER]
            self.assertIs(ok, False)
            self.assertIn(words, detail)
            self.assertFalse(self.account.credentials_ok)
        ok, detail = self.check(status="FLAGGED")[NUMBER]
        self.assertIsNone(ok)
        self.assertIn("FLAGGED", detail)

    def register(self, pin, *answers):
        self.script.expect(*answers)
        wizard = self.env["whatsapp.meta.registration"].create(
            {"channel_id": self.channel.id, "pin": pin}
        )
        return wizard, wizard.action_register()

    def test_number_is_registered_and_its_pin_is_not_kept(self):
        wizard, action = self.register(" 012345 ", answer({"success": True}))
        [asked] = self.script.asked
        self.assertTrue(asked.url.endswith(f"/{self.channel.number_id}/register"))
        self.assertEqual(asked.json["pin"], "012345")
        self.assertEqual(action["params"]["type"], "success")
        self.assertFalse(wizard.pin)

    def test_what_is_no_pin_is_never_asked(self):
        for pin in (False, "", "12345", "1234567", "12345a", "١٢٣٤٥٦"):
            with self.assertRaisesRegex(UserError, "six digits"):
                self.register(pin)
        self.assertFalse(self.script.requests)

    def test_registration_that_is_refused_says_why(self):
        for answered, words in (
            (refusal(133005), "not the PIN"),
            (refusal(133016), "72 hours"),
            (NotSent("refused"), "could not be reached"),
        ):
            self.script.expect(answered)
            wizard = self.env["whatsapp.meta.registration"].create(
                {"channel_id": self.channel.id, "pin": "012345"}
            )
            # assertRaises would roll back what is to be seen.
            try:
                wizard.action_register()
            except UserError as error:
                self.assertIn(words, str(error))
            else:
                self.fail("It was registered.")
            self.assertFalse(wizard.pin)

    def test_administrators_alone_register_numbers(self):
        wizards = self.env["whatsapp.meta.registration"].with_user(self.agent)
        with self.assertRaises(AccessError):
            wizards.create({"channel_id": self.channel.id, "pin": "012345"})

    def test_webhook_that_leads_elsewhere_is_told(self):
        ok, detail = self.check(callback="https://elsewhere.example.com/")["Webhook"]
        self.assertIsNone(ok)
        self.assertIn("configure webhooks", detail)
