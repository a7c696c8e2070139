"""The base addon knows WhatsApp and Odoo, and no provider."""

import re

from without_odoo import CHECKOUT

BASE = CHECKOUT / "whatsapp_connector"
#: Names of providers, former ones too, as words or as parts of identifiers.
PROVIDER = re.compile(
    r"twilio|vonage|nexmo|messagebird|(?<![a-z])(?:meta|bird)(?![a-z])", re.IGNORECASE
)


def find_sources():
    """Python, JavaScript and XML of the base addon; its tests may name providers."""
    for path in BASE.rglob("*"):
        is_test = "tests" in path.relative_to(BASE).parts
        if path.suffix in (".py", ".js", ".xml") and not is_test:
            yield path


def test_no_provider_is_named_in_the_base_addon():
    named = [
        f"{path.relative_to(CHECKOUT)}:{number}: {line.strip()}"
        for path in find_sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if PROVIDER.search(line)
    ]
    assert not named, "\n".join(named)


def test_every_addon_of_a_provider_is_on_the_word_list():
    addons = [path.name for path in CHECKOUT.glob("whatsapp_connector_*")]
    assert addons
    for addon in addons:
        assert PROVIDER.search(addon), addon
