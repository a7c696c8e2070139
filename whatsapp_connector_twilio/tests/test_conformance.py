from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.intents import NURIA
from odoo.addons.whatsapp_connector.tests.conformance.records import ConformanceCase

from .cases import WIRE
from .cases.setup import SERVICE, SINCE, SMS


@tagged("post_install", "-at_install")
class TestConformance(ConformanceCase):
    wire = WIRE
    more_settings = {"twilio_api_key_sid": "SK" + "b" * 32}
    claimed_at = SINCE.replace(tzinfo=None)

    def prepare_backfill(self):
        self.channel.backfill_since = SINCE.replace(tzinfo=None)

    def prepare_look_up_by_reference(self):
        """Another message with the same words, of which Odoo knows."""
        self.make_message(NURIA, provider_id=SMS[2])

    def prepare_webhooks_again(self):
        self.channel.twilio_messaging_service_sid = SERVICE
