"""The rows of the conformance table, in the order of a reader's questions."""

from collections import Counter
from functools import cache

from .intents import MESSAGES
from .required import DEEDS, SITUATIONS
from .wire import Wire

SIGNATURE = "Signature"
WEBHOOKS = "Any webhook"
ANSWERS = "Answers to a send"
REFUSALS = "Refusals and limits"
FETCHING = "Fetch files"
SUBMITTING = "Submit templates"
STATES = "Template states"
IDENTITIES = "Names of nobody else"
#: Of the half inside Odoo alone
SETTING_UP = "Set-up that fails"
SECRETS = "Secrets"
LEAVING = "Copies and uninstallation"


def _in_order(*rows: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rows))


ROWS = _in_order(
    SIGNATURE,
    WEBHOOKS,
    IDENTITIES,
    *(situation.row for situation in SITUATIONS.values()),
    FETCHING,
    *(intent.row for intent in MESSAGES.values()),
    REFUSALS,
    ANSWERS,
    SUBMITTING,
    STATES,
    *(duty.row for duty in DEEDS.values()),
    SETTING_UP,
    SECRETS,
    LEAVING,
)


@cache
def get_shown(wire: Wire, name: str) -> frozenset[str]:
    """The required situations that a fixture shows."""
    items = wire.events[name].items
    return frozenset(
        s for s, situation in SITUATIONS.items() if any(map(situation.shows, items))
    )


@cache
def _count_shown(wire: Wire) -> Counter[str]:
    """How many fixtures show each situation."""
    return Counter(s for fixture in wire.events for s in get_shown(wire, fixture))


def get_row(wire: Wire, name: str) -> str:
    """The row of what makes a fixture particular: what the fewest others show."""
    others = _count_shown(wire)
    shown = sorted(get_shown(wire, name), key=lambda s: (others[s], s))
    return SITUATIONS[shown[0]].row if shown else WEBHOOKS


def get_missing(wire: Wire) -> set[str]:
    """Names of what the provider lacks, by its own word or by its capabilities."""
    unable = {
        name
        for table in (MESSAGES, DEEDS)
        for name, each in table.items()
        if not each.needs(wire.capabilities)
    }
    return unable | set(wire.not_offered)


def is_offered(row: str, wire: Wire) -> bool:
    """Whether the provider has anything of what a row counts."""
    required = [
        name
        for table in (SITUATIONS, MESSAGES, DEEDS)
        for name, each in table.items()
        if each.row == row
    ]
    return not required or not set(required) <= get_missing(wire)
