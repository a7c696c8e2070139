"""Each provider's guide is about the form that people see, and says what is done."""

import ast
import re

import pytest
from conformance_kit import WIRES
from without_odoo import CHECKOUT

from odoo.addons.whatsapp_connector_meta.wire.rest import WEBHOOK_FIELDS

PROVIDERS = sorted(
    path.parents[1].name.removeprefix("whatsapp_connector_")
    for path in CHECKOUT.glob("whatsapp_connector_*/readme/CONFIGURE.md")
)


def read_guide(provider):
    path = CHECKOUT / f"whatsapp_connector_{provider}" / "readme" / "CONFIGURE.md"
    return " ".join(path.read_text().split())


def find_labels(provider):
    """What the provider's fields of the account and the number are called."""
    models = CHECKOUT / f"whatsapp_connector_{provider}" / "models"
    for path in (models / "whatsapp_account.py", models / "whatsapp_channel.py"):
        source = path.read_text() if path.exists() else ""
        for node in ast.walk(ast.parse(source)):
            is_field = isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
            if is_field and ast.unparse(node.targets).startswith(f"{provider}_"):
                yield from (
                    word.value.value
                    for word in node.value.keywords
                    if word.arg == "string"
                )


def test_all_guides_are_found():
    assert set(PROVIDERS) >= {"messagebird", "meta", "twilio", "vonage"}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_guide_names_each_field_as_the_form_does(provider):
    guide, labels = read_guide(provider), list(find_labels(provider))
    assert labels
    assert [label for label in labels if f"*{label}*" not in guide] == []


@pytest.mark.parametrize("provider", ["meta", "messagebird"])
def test_guide_names_the_field_of_the_number_that_the_provider_gives(provider):
    source = (CHECKOUT / "whatsapp_connector/models/whatsapp_channel.py").read_text()
    label = "Provider's id of the number"
    assert f'string="{label}"' in source
    assert f"*{label}*" in read_guide(provider)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_guide_speaks_of_the_clock_where_a_signature_has_a_time(provider):
    is_timed = any(wire.signing.max_age for wire in WIRES if wire.provider == provider)
    refused = read_guide(provider).partition("*Calls are refused")[2]
    assert ("NTP" in refused) == is_timed


def test_metas_guide_subscribes_by_hand_what_the_button_does():
    by_hand = read_guide("meta").partition("By hand:")[2].partition("### 5.")[0]
    named = re.findall(r"`([a-z_]+)`", by_hand)
    assert sorted(named) == sorted(WEBHOOK_FIELDS)
