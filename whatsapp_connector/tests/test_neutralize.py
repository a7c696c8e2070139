from odoo.modules.neutralize import get_neutralization_queries
from odoo.tests import tagged

from .common import WhatsappCase


@tagged("post_install", "-at_install")
class TestNeutralize(WhatsappCase):
    """A copy of a database neither sends nor takes the real one's webhooks."""

    def test_nothing_is_left_that_could_send_or_be_called(self):
        thread = self.open_thread()
        queued = self.post(thread)
        waiting = self.receive(self.inbound_media("image", "f.png", b"x", "image/png"))
        new = self.store(self.inbound("encara no aplicat"))
        key = self.account.webhook_key
        self.env.flush_all()
        for query in get_neutralization_queries(["whatsapp_connector"]):
            self.env.cr.execute(query)
        self.env.invalidate_all()

        self.assertEqual(self.account.provider, "none")
        self.assertNotEqual(self.account.webhook_key, key)
        self.assertFalse(self.account.public_url)
        self.assertFalse(self.channel.active)
        self.assertEqual(queued.state, "cancelled")
        self.run_outbox()
        self.run_media()
        self.run_inbox()
        self.run_housekeeping()
        self.assertFalse(self.provider.sent)
        self.assertNotEqual(waiting.media_state, "done")
        self.assertFalse(any(new._get_bodies().values()))
        self.assertFalse(
            self.env["whatsapp.contact"].search([("block_pending", "=", True)])
        )
        self.assertTrue(queued.body, "the chat itself stays")
