"""Addons without Odoo, how hard Hypothesis tries, and the conformance table."""

import os

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir
from without_odoo import CHECKOUT, register_addons

set_hypothesis_home_dir(CHECKOUT / ".dev" / "hypothesis")

# Reproducible, and fast enough for every run; HYPOTHESIS_PROFILE=long digs deeper.
settings.register_profile(
    "default", deadline=None, derandomize=True, database=None, max_examples=100
)
settings.register_profile("long", deadline=None, database=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))

register_addons()


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "conformance(row, wire): counts in the conformance table"
    )


@pytest.hookimpl
def pytest_collection_modifyitems(items):
    for item in items:
        for mark in item.iter_markers("conformance"):
            cell = (mark.kwargs["row"], mark.kwargs["wire"])
            item.user_properties.append(("conformance", cell))


def pytest_terminal_summary(terminalreporter):
    cells = [
        value
        for report in terminalreporter.stats.get("passed", ())
        for name, value in report.user_properties
        if name == "conformance"
    ]
    if cells:
        from conformance_kit import WIRES

        from odoo.addons.whatsapp_connector.tests.conformance.table import make_table

        # Of a few tests there is no table.
        if {label for _row, label in cells} == {wire.label for wire in WIRES}:
            terminalreporter.section("conformance: cases passed")
            terminalreporter.write_line(make_table(cells, WIRES))
