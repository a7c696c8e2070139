"""The conformance suite's table, in the part of the tests that runs inside Odoo."""

import sys

RECORDS = "odoo.addons.whatsapp_connector.tests.conformance.records"


def pytest_terminal_summary(terminalreporter):
    records = sys.modules.get(RECORDS)
    if records and records.CELLS:
        terminalreporter.section("conformance inside Odoo: cases passed")
        terminalreporter.write_line(records.make_table())
