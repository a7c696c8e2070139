import time

from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.whatsapp_connector.tests.conformance.records import WireHttpCase

from . import cases_bird, cases_conversations

CONTROLLER = "odoo.addons.whatsapp_connector.controllers.webhook"


@tagged("post_install", "-at_install")
class TestConversations(WireHttpCase):
    wire = cases_conversations.WIRE

    @mute_logger(CONTROLLER)
    def test_signature_of_bird_is_refused(self):
        request = cases_bird.WIRE.sign(self.wire.wrap("text"))
        self.assertEqual(self.call(request).status_code, 403)
        self.assertFalse(self.get_events())


@tagged("post_install", "-at_install")
class TestBird(WireHttpCase):
    wire = cases_bird.WIRE

    @mute_logger(CONTROLLER)
    def test_signature_of_conversations_is_refused(self):
        request = cases_conversations.WIRE.sign(self.wire.wrap("text"))
        self.assertEqual(self.call(request).status_code, 403)
        self.assertFalse(self.get_events())

    def test_retry_with_the_time_of_hours_ago_is_taken(self):
        hours_ago = time.time() - 4 * 3600
        request = self.wire.sign(self.wire.wrap("text"), at=hours_ago)
        self.assertEqual(self.call(request).status_code, 200)
        self.assertTrue(self.get_events())
