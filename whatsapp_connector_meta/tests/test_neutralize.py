from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import MetaCase


@tagged("post_install", "-at_install")
class TestNeutralize(MetaCase):
    def test_copy_of_the_database_has_no_credential(self):
        self.account.meta_previous_app_secret = "old"
        self.env.flush_all()
        modules = ["whatsapp_connector", "whatsapp_connector_meta"]
        for query in get_neutralization_queries(modules):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        for name in (
            *self.account._get_secret_fields("meta"),
            "meta_waba_id",
            "meta_app_id",
        ):
            self.assertFalse(self.account[name], name)
        self.assertEqual(self.account.provider, "none")
