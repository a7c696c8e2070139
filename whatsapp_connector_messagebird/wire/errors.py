"""What error codes mean to us: one table for both generations, and its readers.

MessageBird's own codes come with a refused request, WhatsApp's with a status.
https://developers.messagebird.com/api/#api-errors,
https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.items import Failure
from odoo.addons.whatsapp_connector.wire.outbound import (
    OutcomeUnknown,
    Refused,
    TryLater,
)
from odoo.addons.whatsapp_connector.wire.translate import _lt

from .reading import code_of, record, records, text

REFUSED = "refused"
LATER = "later"
UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """Whom a code concerns (see :class:`Failure`), what to do, and how to say it."""

    scope: str
    outcome: str
    sentence: str


class Row(NamedTuple):
    """Codes, separated by blanks, and what all of them mean."""

    codes: str
    scope: str
    outcome: str
    sentence: str


TABLE: tuple[Row, ...] = (
    # Temporary
    Row(
        "http_429 130429 131056 80007",
        "message",
        LATER,
        _lt("Messages were sent too fast. Send it again in a minute."),
    ),
    Row(
        "131000 131016 131057",
        "message",
        LATER,
        _lt(
            "WhatsApp had a fault of its own and did not take the message. "
            "Send it again in a few minutes."
        ),
    ),
    Row(
        "http_408 99",
        "message",
        UNKNOWN,
        _lt(
            "MessageBird had a fault of its own: "
            "nobody knows whether it took the message."
        ),
    ),
    # Outside the service window
    Row(
        "470 131047 out_of_bounded",
        "window",
        REFUSED,
        _lt(
            "More than 24 hours have passed since the customer's last message: "
            "only a template that WhatsApp has approved can be sent."
        ),
    ),
    # The recipient
    Row(
        "1013 131026",
        "contact",
        REFUSED,
        _lt("This number can't receive WhatsApp messages. Check it on the contact."),
    ),
    Row(
        "131021",
        "contact",
        REFUSED,
        _lt("The contact's number is our own: a number can't write to itself."),
    ),
    Row(
        "no_recipient",
        "contact",
        REFUSED,
        _lt("The contact has no number to send to."),
    ),
    Row(
        "130472",
        "contact",
        REFUSED,
        _lt(
            "WhatsApp has this person in an experiment and does not deliver messages "
            "of businesses to them. Reach them another way."
        ),
    ),
    Row(
        "131050",
        "consent",
        REFUSED,
        _lt("This person has asked for no more marketing messages from you."),
    ),
    # WhatsApp's will
    Row(
        "131049",
        "message",
        REFUSED,
        _lt(
            "WhatsApp limits how much marketing a person gets and kept this message "
            "back. Don't send it again within a day."
        ),
    ),
    Row(
        "131048 368",
        "message",
        REFUSED,
        _lt(
            "WhatsApp restricts this number, because too many people took its "
            "messages for spam."
        ),
    ),
    # Templates
    Row(
        "132000 132012 132018",
        "message",
        REFUSED,
        _lt(
            "The values filled in don't fit the template's variables: each needs one "
            "value, without line breaks."
        ),
    ),
    Row(
        "132001 no_template",
        "message",
        REFUSED,
        _lt("WhatsApp knows no such template in this language. Choose another one."),
    ),
    Row(
        "132005 132007",
        "message",
        REFUSED,
        _lt("WhatsApp does not accept the text that the template makes."),
    ),
    Row(
        "132015",
        "message",
        REFUSED,
        _lt("WhatsApp has paused this template for now. Choose another one."),
    ),
    Row(
        "132016",
        "message",
        REFUSED,
        _lt("WhatsApp has disabled this template. Choose another one."),
    ),
    # Content
    Row(
        "131051 131008 131009 100",
        "message",
        REFUSED,
        _lt("WhatsApp does not accept this message as it is. Write it differently."),
    ),
    Row(
        "131052 131053",
        "message",
        REFUSED,
        _lt(
            "The file could not be fetched from this server, or WhatsApp does not "
            "take its kind or size."
        ),
    ),
    Row(
        "9 10 21 http_422 http_400 InvalidPayload",
        "message",
        REFUSED,
        _lt("MessageBird does not accept this message as it is. Write it differently."),
    ),
    Row(
        "too_long",
        "message",
        REFUSED,
        _lt("The text is too long. Send it in parts."),
    ),
    # The account and its configuration
    Row(
        "2 http_401 http_403",
        "account",
        REFUSED,
        _lt(
            "MessageBird does not accept the access key, or it may not do this. "
            "An administrator has to enter a current one with the right permissions."
        ),
    ),
    Row(
        "25 http_402 131042",
        "account",
        REFUSED,
        _lt(
            "The balance or the means of payment is missing. "
            "An administrator has to look at it in MessageBird's console."
        ),
    ),
    Row(
        "20 98 http_404",
        "account",
        REFUSED,
        _lt(
            "MessageBird does not find what this account is configured with. "
            "An administrator has to check the ids of workspace and channel."
        ),
    ),
    Row(
        "131031 131005 133010 131045",
        "account",
        REFUSED,
        _lt(
            "Meta has locked the WhatsApp Business account, or the number is not "
            "registered. An administrator has to look in Meta's Business Manager."
        ),
    ),
)

MEANINGS: dict[str, Meaning] = {
    code: Meaning(scope=row.scope, outcome=row.outcome, sentence=row.sentence)
    for row in TABLE
    for code in row.codes.split()
}

UNDELIVERED = Meaning(
    scope="message",
    outcome=REFUSED,
    sentence=_lt("The message could not be delivered."),
)
EXPIRED = Meaning(
    scope="message",
    outcome=REFUSED,
    sentence=_lt("The message waited too long and was dropped. Send it again."),
)
UNFAMILIAR = Meaning(
    scope="message",
    outcome=REFUSED,
    sentence=_lt(
        "MessageBird refused the message for a reason that is not known here."
    ),
)
NO_ID = Meaning(
    scope="message",
    outcome=UNKNOWN,
    sentence=_lt("MessageBird seems to have taken the message, but gave it no id."),
)

#: A code of WhatsApp's inside a sentence of MessageBird's.
_WHATSAPP_CODE = re.compile(
    "|".join(sorted((c for c in MEANINGS if re.fullmatch(r"1\d{5}", c)), reverse=True))
)


def failure(code: str, detail: str | None = None, *, otherwise=UNFAMILIAR) -> Failure:
    """What ``code`` means, with the provider's own words as ``detail``."""
    found = None if code in MEANINGS else _WHATSAPP_CODE.search(detail or "")
    meaning = MEANINGS.get(found[0] if found else code, otherwise)
    return Failure(
        code=code,
        sentence=meaning.sentence,
        scope=meaning.scope,
        detail=detail or None,
    )


def no_recipient() -> Refused:
    return Refused(failure=failure("no_recipient"))


def read_error(response: HttpResponse) -> Refused | TryLater | OutcomeUnknown:
    """What an answer other than 2xx means for the message that we sent."""
    failed = error_of(response)
    meaning = MEANINGS.get(failed.code) or MEANINGS.get(f"http_{response.status}")
    outcome = (meaning or UNFAMILIAR).outcome
    if outcome == LATER:
        return TryLater(failure=failed, after=response.retry_after)
    if outcome == UNKNOWN:
        return OutcomeUnknown(failure=failed)
    return Refused(failure=failed)


def error_of(response: HttpResponse) -> Failure:
    """The failure that an error answer describes, in the form of either generation.

    Conversations: ``{"errors": [{"code", "description", "parameter"}]}``; Bird:
    ``{"code", "message", "details"}``.
    """
    body = record(response.json())
    errors = records(body.get("errors"))
    code = code_of(errors[0].get("code")) if errors else code_of(body.get("code"))
    known_as = code if code in MEANINGS else f"http_{response.status}"
    described = failure(known_as, _words(body, errors))
    return replace(described, code=code or str(response.status))


def _words(body: dict[str, Any], errors: list[dict[str, Any]]) -> str:
    parts = [text(body.get("message"))]
    for error in errors:
        parts += [text(error.get("description")), text(error.get("parameter"))]
    parts += _details(body.get("details"))
    return " ".join(filter(None, parts))[:500]


def _details(details: Any) -> list[str]:
    """What Bird says of each field: ``{"field": ["problem"]}``, or a text."""
    if isinstance(details, str):
        return [text(details)]
    found = []
    for name, problems in record(details).items():
        problems = problems if isinstance(problems, list) else [problems]
        found += [f"{text(name)}: {text(each)}" for each in problems if text(each)]
    return found
