"""The rows of the conformance table, in the order of a reader's questions."""

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
)


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
