from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import VonageCase


@tagged("post_install", "-at_install")
class TestNeutralize(VonageCase):
    def test_copy_of_the_database_has_no_credential(self):
        self.account.vonage_previous_signature_secret = "old"
        self.env.flush_all()
        modules = ["whatsapp_connector", "whatsapp_connector_vonage"]
        for query in get_neutralization_queries(modules):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        names = ("vonage_api_key", "vonage_application_id", "vonage_waba_id")
        secrets = self.account._get_secret_fields("vonage")
        for name in (*secrets, *names):
            self.assertFalse(self.account[name], name)
        self.assertEqual(self.account.provider, "none")
