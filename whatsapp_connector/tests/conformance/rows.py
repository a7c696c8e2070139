"""The rows of the conformance table, in the order of a reader's questions."""

from collections import Counter

from .intents import MESSAGES, TEMPLATES
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


def get_shown(wire: Wire, name: str) -> set[str]:
    """The required situations that a fixture shows."""
    items = wire.events[name].items
    return {
        s for s, situation in SITUATIONS.items() if any(map(situation.shows, items))
    }


def get_row(wire: Wire, name: str) -> str:
    """The row of what makes a fixture particular: what the fewest others show."""
    others = Counter(s for fixture in wire.events for s in get_shown(wire, fixture))
    shown = sorted(get_shown(wire, name), key=lambda s: (others[s], s))
    return SITUATIONS[shown[0]].row if shown else WEBHOOKS


def get_missing(wire: Wire) -> dict[str, str]:
    """What the provider lacks, by its own word or its capabilities': name to row."""
    can = wire.capabilities
    unable = {
        **{n: i.row for n, i in MESSAGES.items() if not i.needs(can)},
        **{n: d.row for n, d in DEEDS.items() if not d.needs(can)},
    }
    rows = {
        **{name: situation.row for name, situation in SITUATIONS.items()},
        **{name: intent.row for name, intent in MESSAGES.items()},
        **{name: SUBMITTING for name in TEMPLATES},
        **{name: duty.row for name, duty in DEEDS.items()},
    }
    named = {name: rows[name] for name in wire.not_offered if name in rows}
    return {**unable, **named}


def is_offered(row: str, wire: Wire) -> bool:
    """Whether the provider has anything of what a row counts."""
    required = [
        name
        for table in (SITUATIONS, MESSAGES, DEEDS)
        for name, each in table.items()
        if each.row == row
    ]
    return not required or not set(required) <= set(get_missing(wire))
