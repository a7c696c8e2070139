from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import ConformanceCase

from .cases import WIRE


@tagged("post_install", "-at_install")
class TestConformance(ConformanceCase):
    wire = WIRE
    #: Vonage gives an event up after a refusal: what may yet be proved comes again.
    refusals = (403, 503)
