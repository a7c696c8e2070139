"""The cases themselves: they name what the suite knows, and give their reasons."""

from conformance_kit import WIRES, each

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    MESSAGES,
    REFUSED,
    TEMPLATES,
)
from odoo.addons.whatsapp_connector.tests.conformance.required import (
    DEEDS,
    OUTCOMES,
    SITUATIONS,
)
from odoo.addons.whatsapp_connector.tests.conformance.rows import STATES, WEBHOOKS
from odoo.addons.whatsapp_connector.wire.template import STATUSES

TABLES = (
    SITUATIONS,
    MESSAGES,
    REFUSED,
    OUTCOMES,
    TEMPLATES,
    DEEDS,
    {f"state {status}": STATES for status in STATUSES},
)


def test_every_addon_of_a_provider_is_found():
    assert {wire.label for wire in WIRES} >= {
        "Bird",
        "MessageBird",
        "Meta",
        "Twilio",
        "Vonage",
    }


def test_a_name_means_one_thing():
    names = [name for table in TABLES for name in table]
    assert len(names) == len(set(names))


@each(WEBHOOKS)
def test_what_is_not_offered_is_known_to_the_suite_and_has_a_reason(wire):
    assert set(wire.not_offered) <= {name for table in TABLES for name in table}
    for reason in wire.not_offered.values():
        assert reason[0].isupper() and reason.endswith(".")
