from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import ConformanceCase

from .cases import WIRE


@tagged("post_install", "-at_install")
class TestConformance(ConformanceCase):
    wire = WIRE
