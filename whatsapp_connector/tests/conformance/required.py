"""What a provider's fixtures, answers and deeds have to cover.

The suite lists it, not the provider: whoever lacks one names it in
:attr:`Wire.not_offered`, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ...wire.items import (
    STATUSES,
    AccountUpdate,
    ConsentUpdate,
    Echo,
    IdentityChange,
    InboundMessage,
    Item,
    Person,
    StatusUpdate,
    TemplatesChanged,
    TemplateUpdate,
    Unknown,
)
from ...wire.outbound import (
    Accepted,
    Capabilities,
    OutcomeUnknown,
    Refused,
    SendResult,
    TryLater,
)


class Situation(NamedTuple):
    """Something that at least one fixture must show; ``row`` is its table's."""

    row: str
    shows: Callable[[Item], bool]


def _message(
    row: str, shows: Callable[[InboundMessage], Any] = lambda m: True
) -> Situation:
    return Situation(
        row, lambda item: isinstance(item, InboundMessage) and bool(shows(item))
    )


def _kind(row: str, kind: str, shows: Callable[[InboundMessage], Any] = bool):
    return _message(row, lambda message: message.kind == kind and shows(message))


def _of_country(code: str) -> Situation:
    return _message(
        "Number only, user id only, both",
        lambda message: (message.person.number or "").startswith(f"+{code}"),
    )


def _person(shows: Callable[[Person], Any]) -> Situation:
    return _message(
        "Number only, user id only, both", lambda message: shows(message.person)
    )


def _status(shows: Callable[[StatusUpdate], Any], row: str = "Statuses") -> Situation:
    return Situation(
        row, lambda item: isinstance(item, StatusUpdate) and bool(shows(item))
    )


def _failed(scope: str) -> Situation:
    return _status(
        lambda status: status.failure and status.failure.scope == scope, "Failures"
    )


def _template(change: str, value: str = "") -> Situation:
    return Situation(
        "Template news",
        lambda item: (
            isinstance(item, TemplateUpdate)
            and item.change == change
            and (not value or item.value == value)
        ),
    )


def _account(
    change: str, value: str = "", shows: Callable[[AccountUpdate], Any] = lambda u: True
) -> Situation:
    return Situation(
        "News of the account",
        lambda item: (
            isinstance(item, AccountUpdate)
            and item.change == change
            and (not value or item.value == value)
            and bool(shows(item))
        ),
    )


def _consent(opted_in: bool) -> Situation:
    word = "in" if opted_in else "out"

    def shows(item: Item) -> bool:
        is_update = isinstance(item, ConsentUpdate) and item.opted_in is opted_in
        return is_update or (isinstance(item, InboundMessage) and item.consent == word)

    return Situation("Consent told by the provider", shows)


#: What webhooks may bring. At least one fixture must show each.
SITUATIONS: dict[str, Situation] = {
    "received text": _kind("Text", "text", lambda m: m.text and m.person.name),
    "received text that quotes": _kind("Text", "text", lambda m: m.quoted_id),
    "forwarded": _message("Text", lambda m: m.forwarded),
    "from an advertisement": _message(
        "Text", lambda m: m.referral.get("source_type") == "ad"
    ),
    "time of sending": _message("Text", lambda m: m.sent_at and m.sent_at.tzinfo),
    "received picture": _kind("Files", "image", lambda m: m.media and m.text),
    "received video": _kind("Files", "video", lambda m: m.media),
    "received sound": _kind("Files", "audio", lambda m: m.media),
    "received voice note": _kind(
        "Files", "voice", lambda m: m.media and m.media[0].voice
    ),
    "received document": _kind(
        "Files", "document", lambda m: m.media and m.media[0].filename
    ),
    "received document with caption": _kind("Files", "document", lambda m: m.text),
    "received sticker": _kind("Files", "sticker", lambda m: m.media),
    "received place": _kind("Places", "location", lambda m: m.location.name),
    "received place without a name": _kind(
        "Places", "location", lambda m: not m.location.name
    ),
    "contact cards": _kind("Contact cards", "contacts", lambda m: m.cards or m.media),
    "tapped button": _kind("Buttons and lists", "button_reply", lambda m: m.choice),
    "tapped button of a template": _kind(
        "Buttons and lists",
        "button_reply",
        # The payload of the button in :data:`~.intents.FULL`.
        lambda m: m.choice and m.choice.payload == "order_shipped:2",
    ),
    "picked row": _kind("Buttons and lists", "list_reply", lambda m: m.choice),
    "order": _kind("Orders", "order", lambda m: m.order),
    "reaction": _kind("Reactions", "reaction", lambda m: m.emoji and m.target_id),
    "reaction taken back": _kind("Reactions", "reaction", lambda m: not m.emoji),
    "edit": _kind("Edits and revokes", "edit", lambda m: m.target_id),
    "revoke": _kind("Edits and revokes", "revoke", lambda m: m.target_id),
    "unsupported": _kind("What can't be shown", "unsupported"),
    "unknown": Situation("What can't be shown", lambda i: isinstance(i, Unknown)),
    "echo": Situation("Echoes of the phone", lambda item: isinstance(item, Echo)),
    "number alone": _person(lambda p: p.number and not p.user_id),
    "user id alone": _person(lambda p: p.user_id and not p.number and not p.wa_id),
    "number and user id": _person(lambda p: p.number and p.user_id),
    "Brazil": _of_country("55"),
    "Mexico": _of_country("52"),
    "Argentina": _of_country("54"),
    "changed number": Situation(
        "Changes of number or id",
        lambda item: isinstance(item, IdentityChange) and bool(item.new.number),
    ),
    "changed user id": Situation(
        "Changes of number or id",
        lambda item: isinstance(item, IdentityChange) and bool(item.new.user_id),
    ),
    "opted in": _consent(True),
    "opted out": _consent(False),
    **{
        f"status {word}": _status(lambda status, word=word: status.status == word)
        for word in STATUSES
    },
    "status of tomorrow": _status(lambda status: status.status not in STATUSES),
    "status with our reference": _status(lambda status: status.reference),
    "status of a user id": _status(lambda s: s.person and s.person.user_id),
    "price": _status(lambda status: status.pricing),
    "failed outside the window": _failed("window"),
    "failed for the recipient": _failed("contact"),
    "failed for want of consent": _failed("consent"),
    "failed by no fault of theirs": _failed("message"),
    **{
        f"template {word}": _template("status", word)
        for word in ("pending", "approved", "rejected", "paused", "disabled")
    },
    "quality of a template": _template("quality"),
    "category of a template": _template("category"),
    "change of a template, no more said": Situation(
        "Template news", lambda item: isinstance(item, TemplatesChanged)
    ),
    "account restricted": _account("standing", "restricted"),
    "account restricted for a while": _account(
        "standing", "restricted", lambda update: update.until
    ),
    "account disabled": _account("standing", "disabled"),
    "account in review": _account("standing", "review"),
    "account in order again": _account("standing", "good"),
    "number of low quality": _account("quality", "red"),
    "number of better quality": _account("quality", "unknown"),
    "limit of new people": _account("limit", "", lambda update: update.value != "0"),
    "no limit of new people": _account("limit", "0"),
    "notice to act on": _account("notice", "warning"),
    "notice to know of": _account("notice", "info"),
}

#: Those about the account and its numbers, for whoever tells nothing of them.
ACCOUNT_NEWS = tuple(
    name for name, each in SITUATIONS.items() if each.row == "News of the account"
)


class Outcome(NamedTuple):
    """What at least one answer to a send must mean."""

    is_it: Callable[[SendResult], bool]


def _refused(scope: str) -> Outcome:
    return Outcome(lambda r: isinstance(r, Refused) and r.failure.scope == scope)


#: What the answer to a send may mean.
OUTCOMES: dict[str, Outcome] = {
    "accepted": Outcome(lambda result: isinstance(result, Accepted)),
    "refused as it is": _refused("message"),
    "refused outside the window": _refused("window"),
    "refused for the recipient": _refused("contact"),
    "refused for want of consent": _refused("consent"),
    "refused for the account": _refused("account"),
    "try later": Outcome(lambda r: isinstance(r, TryLater) and r.after is None),
    "try after a while": Outcome(lambda r: isinstance(r, TryLater) and r.after == 7),
    "nobody knows": Outcome(lambda result: isinstance(result, OutcomeUnknown)),
}


@dataclass(frozen=True, kw_only=True)
class Duty:
    """A deed that a provider must be able to do if its capabilities say so."""

    row: str
    needs: Callable[[Capabilities], bool]


def _duties(row: str, capability: str, *names: str) -> dict[str, Duty]:
    def needs(capabilities: Capabilities) -> bool:
        return bool(getattr(capabilities, capability))

    return {name: Duty(row=row, needs=needs) for name in names}


#: What a provider is asked to do besides sending.
DEEDS: dict[str, Duty] = {
    **_duties("Read receipts", "read_receipts", "read"),
    **_duties("Typing", "typing", "typing"),
    **_duties("Block people", "blocking", "block", "unblock", "block by user id"),
    **_duties("Backfill", "backfill", "backfill"),
    **_duties("Look up", "look_up", "look up by id", "look up by reference"),
    **_duties("Look up", "look_up", "look up what is unknown there"),
    **_duties(
        "Look up times",
        "look_up_time",
        "look up time",
        "look up time of what is gone",
    ),
    **_duties("Configure webhooks", "configure_webhooks", "webhooks", "webhooks again"),
    **_duties(
        "Submit templates",
        "templates",
        "template submitted again after a lost answer",
        "template mended",
        "template refused",
    ),
    **_duties("List templates", "templates", "list over pages", "list refused"),
    **_duties("Delete templates", "templates", "template deleted", "deleted already"),
}
