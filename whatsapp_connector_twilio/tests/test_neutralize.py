from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import TwilioCase


@tagged("post_install", "-at_install")
class TestNeutralize(TwilioCase):
    def test_copy_of_the_database_has_no_credential(self):
        self.account.write(
            {
                "twilio_previous_auth_token": "old",
                "twilio_api_key_sid": "SK" + "b" * 32,
                "twilio_api_key_secret": "secret",
                "twilio_shared_key": "shared",
            }
        )
        self.env.flush_all()
        modules = ["whatsapp_connector", "whatsapp_connector_twilio"]
        for query in get_neutralization_queries(modules):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        for name in (
            *self.account._get_secret_fields("twilio"),
            "twilio_account_sid",
            "twilio_api_key_sid",
        ):
            self.assertFalse(self.account[name], name)
        self.assertEqual(self.account.provider, "none")
