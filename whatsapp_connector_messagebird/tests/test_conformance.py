from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import ConformanceCase

from . import cases_bird, cases_conversations
from .cases_bird.setup import SINCE


class MessageBirdCase(ConformanceCase):
    #: Both cases ask for what came since.
    claimed_at = SINCE.replace(tzinfo=None)

    def prepare_backfill(self):
        self.channel.backfill_since = self.claimed_at


@tagged("post_install", "-at_install")
class TestConversations(MessageBirdCase):
    wire = cases_conversations.WIRE


@tagged("post_install", "-at_install")
class TestBird(MessageBirdCase):
    wire = cases_bird.WIRE
