from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import ConformanceCase

from .cases import WIRE
from .cases.setup import SERVICE


@tagged("post_install", "-at_install")
class TestConformance(ConformanceCase):
    wire = WIRE
    more_settings = {"twilio_api_key_sid": "SK" + "b" * 32}

    def prepare_webhooks_again(self):
        self.channel.twilio_messaging_service_sid = SERVICE
