"""What Twilio's error codes mean to us: one table, and its two readers.

https://www.twilio.com/docs/api/errors. Most codes of 63xxx come with a status, after
Twilio accepted the message; ``outcome`` matters for those that refuse a request.
"""

from __future__ import annotations

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


#: Said of what Twilio reports and isn't a failure: 63037 (it takes a file once more),
#: 63046 (WhatsApp approved a template).
INFORMATION = frozenset({"63037", "63046"})

TABLE: tuple[Row, ...] = (
    # Temporary
    Row(
        "20429",
        "message",
        LATER,
        _lt("Twilio asks us to slow down. The message will be tried again."),
    ),
    Row(
        "20503",
        "message",
        LATER,
        _lt("Twilio is not available just now. The message will be tried again."),
    ),
    Row(
        "21611",
        "message",
        LATER,
        _lt(
            "Too many messages of this number wait at Twilio. "
            "The message will be tried again."
        ),
    ),
    Row(
        "30001",
        "message",
        LATER,
        _lt(
            "Too many messages of this number waited at Twilio, and this one was "
            "dropped. Send it again in a few minutes."
        ),
    ),
    Row(
        "30036",
        "message",
        REFUSED,
        _lt("The message waited too long at Twilio and was dropped. Send it again."),
    ),
    Row(
        "63009 63010 63012",
        "message",
        LATER,
        _lt(
            "WhatsApp had a fault of its own and did not take the message. "
            "Send it again in a few minutes."
        ),
    ),
    Row(
        "63017",
        "message",
        LATER,
        _lt(
            "Your Twilio account sends too many messages a second. "
            "Send it again in a minute."
        ),
    ),
    Row(
        "63018",
        "limit",
        LATER,
        _lt(
            "This number has reached a limit of WhatsApp. "
            "Send it again later; the limit may hold for up to a day."
        ),
    ),
    Row(
        "63038",
        "account",
        LATER,
        _lt(
            "Your Twilio account has reached its limit of messages for today. "
            "Send it again tomorrow, or ask an administrator to have it raised."
        ),
    ),
    # Nobody knows
    Row(
        "20500",
        "message",
        UNKNOWN,
        _lt("Twilio had a fault of its own: nobody knows whether it took the message."),
    ),
    Row(
        "30410",
        "message",
        UNKNOWN,
        _lt(
            "WhatsApp did not answer Twilio in time: nobody knows whether the message "
            "was delivered. Ask the customer before you send it again."
        ),
    ),
    # Outside the service window
    Row(
        "63016",
        "window",
        REFUSED,
        _lt(
            "More than 24 hours have passed since the customer's last message: "
            "only a template that WhatsApp has approved can be sent."
        ),
    ),
    # The recipient
    Row(
        "21211 21614 63003 63024",
        "contact",
        REFUSED,
        _lt("This number can't receive WhatsApp messages. Check it on the contact."),
    ),
    Row(
        "21604",
        "contact",
        REFUSED,
        _lt("The contact has no number to send to."),
    ),
    Row(
        "21608",
        "contact",
        REFUSED,
        _lt(
            "A trial account of Twilio may only write to numbers that were verified "
            "there. Ask an administrator to verify this one or to upgrade the account."
        ),
    ),
    Row(
        "30008",
        "contact",
        REFUSED,
        _lt("The message could not be delivered, and WhatsApp does not say why."),
    ),
    Row(
        "63015",
        "contact",
        REFUSED,
        _lt(
            "This person has not joined Twilio's WhatsApp sandbox, or did so more than "
            "three days ago. They have to send it the words “join …” first."
        ),
    ),
    Row(
        "63031",
        "contact",
        REFUSED,
        _lt("The contact's number is our own: a number can't write to itself."),
    ),
    Row(
        "63032",
        "contact",
        REFUSED,
        _lt(
            "WhatsApp has this person in an experiment and does not deliver messages "
            "of businesses to them. Reach them another way."
        ),
    ),
    # The recipient's will
    Row(
        "21610",
        "consent",
        REFUSED,
        _lt(
            "This person has asked by STOP to get no more messages. "
            "They have to write START before you can write to them."
        ),
    ),
    Row(
        "63014 63033",
        "consent",
        REFUSED,
        _lt("This person has blocked messages from this number."),
    ),
    # WhatsApp's will
    Row(
        "63049 63050",
        "message",
        REFUSED,
        _lt(
            "WhatsApp limits how much marketing a person gets and kept this message "
            "back. Don't send it again within a day."
        ),
    ),
    Row(
        "63026",
        "limit",
        REFUSED,
        _lt(
            "WhatsApp took messages of this number for spam and kept this one back. "
            "Write to fewer people, and differently."
        ),
    ),
    Row(
        "30007",
        "message",
        REFUSED,
        _lt("The message was taken for spam and kept back. Write it differently."),
    ),
    Row(
        "63013",
        "message",
        REFUSED,
        _lt("The message breaks a policy of WhatsApp and was not delivered."),
    ),
    # Templates
    Row(
        "63027",
        "message",
        REFUSED,
        _lt("WhatsApp knows no such template in this language. Choose another one."),
    ),
    Row(
        "63028 21656 92007",
        "message",
        REFUSED,
        _lt(
            "The values filled in don't fit the template's variables: each needs one "
            "value, without line breaks."
        ),
    ),
    Row(
        "63029",
        "message",
        REFUSED,
        _lt("The recipient's phone could not load the template. Choose another one."),
    ),
    Row(
        "63040",
        "message",
        REFUSED,
        _lt("WhatsApp has rejected this template. Choose another one."),
    ),
    Row(
        "63041",
        "message",
        REFUSED,
        _lt("WhatsApp has paused this template for now. Choose another one."),
    ),
    Row(
        "63042",
        "message",
        REFUSED,
        _lt("WhatsApp has disabled this template. Choose another one."),
    ),
    Row(
        "63043 63044 63045 63047",
        "message",
        REFUSED,
        _lt("WhatsApp could not use the sample file of this template."),
    ),
    Row(
        "21654",
        "message",
        REFUSED,
        _lt(
            "Twilio takes only templates here. "
            "A trial account can't send free text: it has to be upgraded first."
        ),
    ),
    Row(
        "21655 92006",
        "message",
        REFUSED,
        _lt("Twilio does not know this template. Choose another one."),
    ),
    Row(
        "92001 92003 92004 92005 92008",
        "message",
        REFUSED,
        _lt("Twilio does not accept the content of this message or template."),
    ),
    Row(
        "92002",
        "message",
        REFUSED,
        _lt("The template has too many variables."),
    ),
    Row(
        "92009",
        "message",
        REFUSED,
        _lt("This template was already submitted to WhatsApp."),
    ),
    Row(
        "572006",
        "message",
        REFUSED,
        _lt("A trial account of Twilio can't use this template's name."),
    ),
    # Content
    Row(
        "63005 63006 63011 63021 63023 63030",
        "message",
        REFUSED,
        _lt("WhatsApp does not accept this message as it is. Write it differently."),
    ),
    Row(
        "63019",
        "message",
        REFUSED,
        _lt(
            "Twilio could not download the file from this server. Ask an administrator "
            "whether the server's public address can be reached from outside."
        ),
    ),
    Row(
        "63025",
        "message",
        REFUSED,
        _lt("WhatsApp already has this file. Send it again under another name."),
    ),
    Row(
        "63034",
        "message",
        REFUSED,
        _lt("The file is too large for WhatsApp. Send a smaller one."),
    ),
    Row(
        "21602 21619",
        "message",
        REFUSED,
        _lt("The message has neither text nor file."),
    ),
    Row(
        "21617 21658",
        "message",
        REFUSED,
        _lt("The text is too long. Send it in parts of at most 1600 characters."),
    ),
    Row(
        "21620",
        "message",
        REFUSED,
        _lt(
            "Twilio does not accept the address of the file. Ask an administrator to "
            "check the public address of this server."
        ),
    ),
    Row(
        "21623",
        "message",
        REFUSED,
        _lt("A WhatsApp message carries one file. Send the others one by one."),
    ),
    Row(
        "20422",
        "message",
        REFUSED,
        _lt("Twilio does not accept this message as it is. Write it differently."),
    ),
    # The account and its configuration
    Row(
        "20003",
        "account",
        REFUSED,
        _lt(
            "Twilio does not accept our credentials. "
            "An administrator has to enter the account's current ones."
        ),
    ),
    Row(
        "20404 20409",
        "account",
        REFUSED,
        _lt(
            "Twilio does not find what this account is configured with. "
            "An administrator has to check the account SID and the region."
        ),
    ),
    Row(
        "63001 63008",
        "account",
        REFUSED,
        _lt(
            "This number is not set up rightly between Twilio and WhatsApp. "
            "An administrator has to look at it in Twilio's console."
        ),
    ),
    Row(
        "63002 63007 21212 21603 21606",
        "account",
        REFUSED,
        _lt(
            "Twilio does not know our number as a WhatsApp sender of this account. "
            "An administrator has to check the channel."
        ),
    ),
    Row(
        "63020",
        "account",
        REFUSED,
        _lt(
            "Meta asks for something in its Business Manager, often a means of "
            "payment. An administrator has to look there."
        ),
    ),
    Row(
        "63022",
        "account",
        REFUSED,
        _lt(
            "WhatsApp has not confirmed the display name of this number. "
            "An administrator has to look at it in Twilio's console."
        ),
    ),
    Row(
        "63051",
        "account",
        REFUSED,
        _lt(
            "Meta has locked the WhatsApp Business account. "
            "An administrator has to appeal in Meta's Business Manager."
        ),
    ),
    Row(
        "63062",
        "account",
        REFUSED,
        _lt(
            "Meta's terms for marketing messages were not accepted yet. "
            "An administrator has to do so in Meta's Business Manager."
        ),
    ),
    Row(
        "21408",
        "account",
        REFUSED,
        _lt(
            "This Twilio account may not write to that country. "
            "An administrator can allow it in Twilio's console."
        ),
    ),
    Row(
        "21609",
        "account",
        REFUSED,
        _lt(
            "Twilio does not accept the address at which it should report back. "
            "An administrator has to check the public address of this server."
        ),
    ),
    Row(
        "21703 21704 21705",
        "account",
        REFUSED,
        _lt(
            "The Messaging Service of this channel has no WhatsApp sender or does not "
            "exist. An administrator has to check the channel."
        ),
    ),
    Row(
        "30002",
        "account",
        REFUSED,
        _lt(
            "The Twilio account is suspended. "
            "An administrator has to look at it in Twilio's console."
        ),
    ),
    Row(
        "57012",
        "account",
        REFUSED,
        _lt(
            "Twilio could not verify a signature. "
            "An administrator has to check the account's credentials."
        ),
    ),
)

MEANINGS: dict[str, Meaning] = {
    code: Meaning(scope=row.scope, outcome=row.outcome, sentence=row.sentence)
    for row in TABLE
    for code in row.codes.split()
}

#: For answers whose body has no code that we know.
STATUSES: dict[int, str] = {401: "20003", 403: "20003", 404: "20404", 429: "20429"}

UNDELIVERED = Meaning(
    scope="message",
    outcome=REFUSED,
    sentence=_lt("The message could not be delivered."),
)
CANCELED = Meaning(
    scope="message",
    outcome=REFUSED,
    sentence=_lt("The message was cancelled at Twilio before it was sent."),
)
UNFAMILIAR = Meaning(
    scope="message",
    outcome=REFUSED,
    sentence=_lt("Twilio refused the message for a reason that is not known here."),
)
NO_SID = Meaning(
    scope="message",
    outcome=UNKNOWN,
    sentence=_lt("Twilio seems to have taken the message, but gave it no number."),
)


def failure(code: str, detail: str | None = None, *, otherwise=UNFAMILIAR) -> Failure:
    """What ``code`` means, with Twilio's own words as ``detail``."""
    meaning = MEANINGS.get(code, otherwise)
    return Failure(
        code=code,
        sentence=meaning.sentence,
        scope=meaning.scope,
        detail=detail or None,
    )


def read_error(response: HttpResponse) -> Refused | TryLater | OutcomeUnknown:
    """What an answer other than 2xx means for the message that we sent."""
    failed = error_of(response)
    outcome = MEANINGS.get(failed.code, UNFAMILIAR).outcome
    if outcome == LATER:
        return TryLater(failure=failed, after=response.retry_after)
    if outcome == UNKNOWN:
        return OutcomeUnknown(failure=failed)
    return Refused(failure=failed)


def error_of(response: HttpResponse) -> Failure:
    """The failure that an error answer describes, in either of Twilio's two forms.

    Classic: ``{"code", "message", "more_info", "status"}``; newer services answer by
    RFC 9457: ``{"type", "title", "status", "code", "detail", "errors"}``.
    """
    body = response.json()
    body = body if isinstance(body, dict) else {}
    code = str(body.get("code") or "")
    known_as = code if code in MEANINGS else STATUSES.get(response.status, code)
    described = failure(known_as or str(response.status), _words(body))
    return replace(described, code=code or described.code)


def _words(body: dict[str, Any]) -> str:
    parts = [body.get("message") or body.get("title"), body.get("detail")]
    errors = body.get("errors")
    for error in errors if isinstance(errors, list) else ():
        if isinstance(error, dict):
            parts.append(error.get("detail"))
    return " ".join(str(part) for part in parts if part)
