from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import MessageBirdCase


@tagged("post_install", "-at_install")
class TestNeutralize(MessageBirdCase):
    def test_copy_of_the_database_has_no_credential(self):
        self.account.messagebird_previous_signing_key = "old"
        self.env.flush_all()
        modules = ["whatsapp_connector", "whatsapp_connector_messagebird"]
        for query in get_neutralization_queries(modules):
            self.env.cr.execute(query)
        self.env.invalidate_all()
        for name in (
            *self.account._get_secret_fields("messagebird"),
            "messagebird_workspace_id",
        ):
            self.assertFalse(self.account[name], name)
        self.assertEqual(self.account.provider, "none")
