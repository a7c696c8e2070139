"""What Meta's error codes mean to us: one table, and its two readers.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes.
The same code may answer a request or come with a status, after Meta accepted the
message; ``outcome`` matters for the former.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.items import Failure
from odoo.addons.whatsapp_connector.wire.outbound import (
    OutcomeUnknown,
    Refused,
    TryLater,
)
from odoo.addons.whatsapp_connector.wire.translate import _lt

from .values import Record, as_dict, as_text

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
        "4 80007 130429",
        "message",
        LATER,
        _lt("Meta asks us to slow down. The message will be tried again."),
    ),
    Row(
        "131056",
        "message",
        LATER,
        _lt(
            "This person got too many messages in a short time. "
            "The message will be tried again."
        ),
    ),
    Row(
        "131057 133004 2494100",
        "message",
        LATER,
        _lt("WhatsApp is being maintained just now. The message will be tried again."),
    ),
    # Nobody knows
    Row(
        "1 2 131000 131016",
        "message",
        UNKNOWN,
        _lt("Meta had a fault of its own: nobody knows whether it took the message."),
    ),
    # Outside the service window
    Row(
        "131047",
        "window",
        REFUSED,
        _lt(
            "More than 24 hours have passed since the customer's last message: "
            "only a template can be sent."
        ),
    ),
    # The recipient
    Row(
        "131026",
        "contact",
        REFUSED,
        _lt(
            "The message can't be delivered: this number has no WhatsApp, an old "
            "version of it, or has not accepted its terms."
        ),
    ),
    Row(
        "131021",
        "contact",
        REFUSED,
        _lt("The contact's number is our own: a number can't write to itself."),
    ),
    Row(
        "131030",
        "contact",
        REFUSED,
        _lt(
            "A test number of Meta may only write to the recipients that were listed "
            "for it. Ask an administrator to add this one in the app's API setup."
        ),
    ),
    Row(
        "131062 no_recipient",
        "contact",
        REFUSED,
        _lt(
            "WhatsApp needs the person's number for this message, and we know only "
            "their user name. Ask them for it."
        ),
    ),
    Row(
        "130497",
        "contact",
        REFUSED,
        _lt("WhatsApp does not let this account write to people in that country."),
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
    # The recipient's will
    Row(
        "131050",
        "consent",
        REFUSED,
        _lt("This person has asked WhatsApp for no more marketing of yours."),
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
        "131048",
        "message",
        REFUSED,
        _lt(
            "WhatsApp limits this number because people blocked it or took its "
            "messages for spam. Send it again tomorrow."
        ),
    ),
    # Templates
    Row(
        "132001",
        "message",
        REFUSED,
        _lt(
            "WhatsApp knows no such template in this language, or has not approved "
            "it. Choose another one."
        ),
    ),
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
        "132005",
        "message",
        REFUSED,
        _lt("With these values the template's text is too long."),
    ),
    Row(
        "132007 132008",
        "message",
        REFUSED,
        _lt("The template breaks a policy of WhatsApp. Choose another one."),
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
    Row(
        "132068 132069",
        "message",
        REFUSED,
        _lt("WhatsApp has blocked the form that this template opens."),
    ),
    Row(
        "2388019",
        "account",
        REFUSED,
        _lt("The account has as many templates as Meta allows. Delete some first."),
    ),
    Row(
        "2388023",
        "message",
        REFUSED,
        _lt(
            "This template is being deleted at Meta, and its name can't be used again "
            "for 30 days. Choose another name."
        ),
    ),
    Row(
        "2388024 template_exists",
        "message",
        REFUSED,
        _lt(
            "Meta already has a template of this name in this language, with another "
            "content. Choose another name."
        ),
    ),
    Row(
        "2388040",
        "message",
        REFUSED,
        _lt("A part of the template has too many characters."),
    ),
    Row(
        "2388047 2388072 2388073",
        "message",
        REFUSED,
        _lt("Meta does not accept how the template's header, text or footer is made."),
    ),
    Row(
        "2388293",
        "message",
        REFUSED,
        _lt("The template has too many variables for so short a text."),
    ),
    Row(
        "2388299",
        "message",
        REFUSED,
        _lt("The template's text may neither begin nor end with a variable."),
    ),
    Row(
        "no_sample no_upload",
        "message",
        REFUSED,
        _lt("The sample file of the template's header could not be handed to Meta."),
    ),
    # Content
    Row(
        "131053",
        "message",
        REFUSED,
        _lt(
            "Meta could not fetch the file from this server, or does not take such "
            "files. Ask an administrator whether the server's public address can be "
            "reached from outside."
        ),
    ),
    Row(
        "131051 131052 131008 131009 100 135000",
        "message",
        REFUSED,
        _lt("Meta does not accept this message as it is. Write it differently."),
    ),
    Row(
        "137000",
        "contact",
        REFUSED,
        _lt("This person has a new phone. They have to write to you first."),
    ),
    Row(
        "131055 134100 134101 134102",
        "message",
        REFUSED,
        _lt("Meta does not send this template as marketing just now."),
    ),
    # The account and its configuration
    Row(
        "0 190 102",
        "account",
        REFUSED,
        _lt(
            "Meta does not accept our access token: it has expired or was withdrawn. "
            "An administrator has to enter a new one."
        ),
    ),
    Row(
        "3 10 200 131005 294 299",
        "account",
        REFUSED,
        _lt(
            "The access token may not do this. An administrator has to give its system "
            "user the WhatsApp account and both WhatsApp permissions."
        ),
    ),
    Row(
        "368 131031",
        "account",
        REFUSED,
        _lt(
            "Meta has restricted or locked the WhatsApp Business account. "
            "An administrator has to look in Meta's Business Manager."
        ),
    ),
    Row(
        "131037",
        "account",
        REFUSED,
        _lt(
            "WhatsApp has not approved the display name of this number. "
            "An administrator has to look in WhatsApp Manager."
        ),
    ),
    Row(
        "131042 134011",
        "account",
        REFUSED,
        _lt(
            "Meta misses a means of payment or the consent to its terms. "
            "An administrator has to look in Meta's Business Manager."
        ),
    ),
    Row(
        "131045 133010 133016",
        "account",
        REFUSED,
        _lt(
            "This number is not registered at WhatsApp. "
            "An administrator has to register it in WhatsApp Manager."
        ),
    ),
    Row(
        "131063 131064",
        "account",
        REFUSED,
        _lt("Meta does not let this account send marketing in this way."),
    ),
    Row(
        "33 404 803",
        "account",
        REFUSED,
        _lt(
            "Meta does not find what this account is configured with. "
            "An administrator has to check its ids."
        ),
    ),
)

MEANINGS: dict[str, Meaning] = {
    code: Meaning(scope=row.scope, outcome=row.outcome, sentence=row.sentence)
    for row in TABLE
    for code in row.codes.split()
}

#: For answers whose body has no code that we know.
STATUSES: dict[int, str] = {401: "190", 403: "10", 404: "404", 429: "4"}
#: Meta numbers the lack of permissions within these.
PERMISSIONS = range(200, 300)

UNDELIVERED = Meaning(
    scope="message",
    outcome=REFUSED,
    sentence=_lt("The message could not be delivered."),
)
UNFAMILIAR = Meaning(
    scope="message",
    outcome=REFUSED,
    sentence=_lt("Meta refused this for a reason that is not known here."),
)
NO_ID = Meaning(
    scope="message",
    outcome=UNKNOWN,
    sentence=_lt("Meta seems to have taken the message, but gave it no id."),
)


def meaning_of(code: str) -> Meaning | None:
    """What ``code`` means; None if that isn't known."""
    if code not in MEANINGS and code.isdecimal() and len(code) == 3:
        return MEANINGS["200"] if int(code) in PERMISSIONS else None
    return MEANINGS.get(code)


def failure(code: str, detail: str | None = None, *, otherwise=UNFAMILIAR) -> Failure:
    """What ``code`` means, with Meta's own words as ``detail``."""
    meaning = meaning_of(code) or otherwise
    return Failure(
        code=code,
        sentence=meaning.sentence,
        scope=meaning.scope,
        detail=detail or None,
    )


def read_error(response: HttpResponse) -> Refused | TryLater | OutcomeUnknown:
    """What an answer other than 2xx means for the message that we sent."""
    failed = error_of(response)
    outcome = (meaning_of(failed.code) or UNFAMILIAR).outcome
    if outcome == LATER:
        return TryLater(failure=failed, after=response.retry_after)
    if outcome == UNKNOWN:
        return OutcomeUnknown(failure=failed)
    return Refused(failure=failed)


def error_of(response: HttpResponse) -> Failure:
    """The failure that an error answer describes.

    The subcode says more where templates are refused: all of that is code 100.
    """
    error = as_dict(as_dict(response.json()).get("error"))
    code = as_text(error.get("code"))
    subcode = as_text(error.get("error_subcode"))
    known = next(filter(meaning_of, (subcode, code)), None)
    known = known or STATUSES.get(response.status) or code
    return failure(known or str(response.status), words_of(error))


def words_of(error: Record) -> str:
    """Meta's own words: what it says to people, else to programmers."""
    details = as_text(as_dict(error.get("error_data")).get("details"))
    words = [
        as_text(error.get("error_user_title")),
        as_text(error.get("error_user_msg")),
        as_text(error.get("message")) or as_text(error.get("title")),
        details,
    ]
    return " ".join(dict.fromkeys(filter(None, words)))[:500]
