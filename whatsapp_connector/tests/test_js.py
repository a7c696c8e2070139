from urllib.parse import urlencode

from odoo.tests import HttpCase, tagged

from odoo.addons.web.tests.test_js import unit_test_error_checker

SUITE = "@whatsapp_connector"


def suite_id(name):
    """How Hoot calls a suite in its address: a 32-bit hash of its name."""
    number = 0
    for char in name:
        number = ((number << 5) - number + ord(char)) & 0xFFFFFFFF
    return f"{number:08x}"


@tagged("post_install", "-at_install")
class TestJs(HttpCase):
    """The addon's Hoot suite, in a real browser."""

    def test_unit(self):
        arguments = urlencode(
            {
                "headless": "",
                "loglevel": 2,
                "preset": "desktop",
                "timeout": 15000,
                "id": suite_id(SUITE),
            }
        )
        self.browser_js(
            f"/web/tests?{arguments}",
            code="",
            ready="",
            login="admin",
            timeout=600,
            success_signal="[HOOT] Test suite succeeded",
            error_checker=unit_test_error_checker,
        )
