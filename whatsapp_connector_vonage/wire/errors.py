"""What Vonage's error codes mean to us: two tables, and their readers.

A code in the answer to a request and the same code in a status are two: 1120 of an
answer is a wrong sender, 1120 of a status an illegal one, 1100 even means different
things. https://developer.vonage.com/en/api-errors/messages
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer, HttpResponse
from odoo.addons.whatsapp_connector.wire.items import Failure
from odoo.addons.whatsapp_connector.wire.outbound import Refused
from odoo.addons.whatsapp_connector.wire.translate import _lt

from .values import Record, as_dict, as_list, as_text


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """Whom a code concerns (see :class:`Failure`), and how to say it."""

    scope: str
    sentence: str


class Row(NamedTuple):
    """Codes, separated by blanks, and what all of them mean."""

    codes: str
    scope: str
    sentence: str


_UNUSABLE = _lt("Vonage or WhatsApp can't use the message in this form.")

#: ``error.title`` of a status. Codes from 130000 on are WhatsApp's own.
STATUS_TABLE: tuple[Row, ...] = (
    Row(
        "1000 1030 1070 1100 1180 1220 1230 1331 131016 131056 130429",
        "message",
        _lt(
            "Vonage or WhatsApp could not deliver the message just now. "
            "Send it again in a while."
        ),
    ),
    Row(
        "1022 132000 132001 132005 132012 132018",
        "message",
        _lt(
            "WhatsApp does not accept the template or what was filled in. Check that "
            "it is approved in this language and that no value is empty."
        ),
    ),
    Row(
        "1010 1020 1021 1040 1090 1130 1150 1400 1410 1431 1440 1450",
        "message",
        _UNUSABLE,
    ),
    Row("1050", "contact", _lt("Messages to this number are barred.")),
    Row(
        "1060 1080 1140",
        "account",
        _lt(
            "The Vonage account may not send this. "
            "An administrator has to look at it in Vonage's dashboard."
        ),
    ),
    Row(
        "1120 1420",
        "account",
        _lt(
            "Vonage does not accept the number that the message is sent from. An "
            "administrator has to check that it is linked to the application."
        ),
    ),
    Row(
        "1160",
        "account",
        _lt(
            "A trial account or the sandbox writes only to numbers that were allowed "
            "before. An administrator has to add this one in Vonage's dashboard."
        ),
    ),
    Row(
        "1170 1190 1200 1250 1251 1260 1310 1430 131026",
        "contact",
        _lt("The recipient can't receive WhatsApp messages at this number."),
    ),
    Row("1300", "contact", _lt("The recipient has no WhatsApp at this number.")),
    Row(
        "1210 1280 1282",
        "message",
        _lt("The message was stopped as unwanted by WhatsApp or on the way to it."),
    ),
    Row(
        "1240 131050",
        "consent",
        _lt("The recipient does not want messages from this business."),
    ),
    Row(
        "1241 1460",
        "message",
        _lt("The limit of messages is reached for now. Send it again tomorrow."),
    ),
    Row(
        "1461 131049",
        "message",
        _lt(
            "WhatsApp holds back marketing from this person, who got enough of it. "
            "Wait a day at least before you try again."
        ),
    ),
    Row(
        "1242 1470 1472 1473 1474 1475 1476 2001",
        "account",
        _lt(
            "Vonage's protection against fraud stopped the message. "
            "An administrator has to look at it in Vonage's dashboard."
        ),
    ),
    Row("1320", "message", _lt("The message had been sent already.")),
    Row(
        "1330",
        "message",
        _lt("WhatsApp refused the message without telling why."),
    ),
    Row(
        "1340 131047",
        "window",
        _lt(
            "More than 24 hours have passed since the customer last wrote: "
            "only a template can be sent now."
        ),
    ),
    Row(
        "1360",
        "message",
        _lt("The message could not be delivered in time and was given up."),
    ),
    Row(
        "1380",
        "message",
        _lt(
            "Vonage could not fetch the file from this Odoo. "
            "An administrator has to check that its address is public."
        ),
    ),
    Row("1381", "message", _lt("The file is too large for WhatsApp.")),
    Row("1382", "message", _lt("WhatsApp does not take files of this type.")),
    Row(
        "1451",
        "message",
        _lt(
            "Vonage no longer knows the message that is quoted. "
            "Send it again without quoting."
        ),
    ),
)

#: HTTP status, or 422 and the end of ``type``, of an answer to a request.
ANSWER_TABLE: tuple[Row, ...] = (
    Row(
        "401 403 private_key",
        "account",
        _lt(
            "Vonage does not accept the credentials. An administrator has to check "
            "the application's id and private key."
        ),
    ),
    Row(
        "402",
        "account",
        _lt(
            "The Vonage account has no credit left. An administrator has to top it up."
        ),
    ),
    Row("404", "message", _lt("Vonage does not know what was asked for.")),
    Row(
        "422/1100 422/1110 422/1140 422/1150 422/1060 422/invalid-json 422 400",
        "message",
        _UNUSABLE,
    ),
    Row(
        "422/1120",
        "account",
        _lt(
            "Vonage does not accept the number that the message is sent from. An "
            "administrator has to check that it is linked to the application."
        ),
    ),
    Row(
        "422/110 no_address",
        "contact",
        _lt("The contact has no number or user id that Vonage can write to."),
    ),
    Row(
        "code_without_number",
        "contact",
        _lt("WhatsApp sends codes to a number only, and this contact hides theirs."),
    ),
    Row(
        "unsupported",
        "message",
        _lt("Messages of this kind can't be sent through Vonage."),
    ),
    Row(
        "no_caption",
        "message",
        _lt(
            "A sound or a sticker carries no text. "
            "Send the file and the text as two messages."
        ),
    ),
    Row("too_long", "message", _lt("The text is too long for WhatsApp.")),
    Row(
        "no_template",
        "message",
        _lt("The template is not known to Vonage: it has no name there."),
    ),
    Row(
        "template_exists",
        "message",
        _lt(
            "WhatsApp has another template of this name and language. "
            "Give this one another name."
        ),
    ),
    Row(
        "no_sample",
        "message",
        _lt("The template begins with a file: add one as a sample."),
    ),
    Row(
        "no_header",
        "message",
        _lt("This template begins with a file or a place: add it to the message."),
    ),
    Row(
        "no_value",
        "message",
        _lt("A value of the template is empty, or has line breaks or many blanks."),
    ),
)


def _index(table: tuple[Row, ...]) -> dict[str, Meaning]:
    return {
        code: Meaning(scope=row.scope, sentence=row.sentence)
        for row in table
        for code in row.codes.split()
    }


STATUS_MEANINGS = _index(STATUS_TABLE)
ANSWER_MEANINGS = _index(ANSWER_TABLE)

UNDELIVERED = Meaning(
    scope="message", sentence=_lt("The message could not be delivered.")
)
UNFAMILIAR = Meaning(
    scope="message",
    sentence=_lt("Vonage refused the message for a reason that is not known here."),
)
NO_ID = Meaning(
    scope="message",
    sentence=_lt("Vonage seems to have taken the message, but gave it no number."),
)

_FRAGMENT = re.compile(r"#([A-Za-z0-9-]+)$")


def failure(code: str, detail: str | None = None, *, otherwise=UNFAMILIAR) -> Failure:
    """What ``code`` of an answer, or of our own, means."""
    return _describe(code, ANSWER_MEANINGS.get(code, otherwise), detail)


def _describe(code: str, meaning: Meaning, detail: str | None) -> Failure:
    return Failure(
        code=code,
        sentence=meaning.sentence,
        scope=meaning.scope,
        detail=detail or None,
    )


def refuse(code: str) -> Refused:
    return Refused(failure=failure(code))


def read_status_error(error: Any, word: str) -> Failure:
    """Why a message has the status ``word``.

    The code is the title, a number in older payloads, else the end of ``type``.
    """
    error = as_dict(error)
    title, detail = as_text(error.get("title")), as_text(error.get("detail"))
    code = title if title.isdecimal() else _fragment(error)
    otherwise = UNFAMILIAR if code else UNDELIVERED
    words = detail or ("" if title.isdecimal() else title)
    meaning = STATUS_MEANINGS.get(code) or _find_whatsapp_code(words) or otherwise
    return _describe(code or word, meaning, words)


def _find_whatsapp_code(words: str) -> Meaning | None:
    """A code of WhatsApp's that stands within the words."""
    codes = re.findall(r"\b13[0-9]{4}\b", words)
    return next((STATUS_MEANINGS[c] for c in codes if c in STATUS_MEANINGS), None)


def _fragment(error: Record) -> str:
    match = _FRAGMENT.search(as_text(error.get("type")))
    return match[1] if match else ""


def reject(code: str) -> ErrorAnswer:
    """A template that isn't worth a request, with the reason in words."""
    sentence = ANSWER_MEANINGS[code].sentence
    return ErrorAnswer(422, failure(code, sentence))


def error_of(response: HttpResponse) -> Failure:
    """The failure that an error answer describes: ``type, title, detail``."""
    body = as_dict(response.json())
    status = str(response.status)
    code = f"{status}/{_fragment(body)}" if response.status == 422 else status
    return failure(code if code in ANSWER_MEANINGS else status, _words(body) or None)


def _words(body: Record) -> str:
    parts = [as_text(body.get("title")), as_text(body.get("detail"))]
    for wrong in map(as_dict, as_list(body.get("invalid_parameters"))):
        name, reason = as_text(wrong.get("name")), as_text(wrong.get("reason"))
        parts.append(": ".join(filter(None, (name, reason))))
    return " ".join(filter(None, parts))


class UnusableKey(ErrorAnswer):
    """The private key is none: Vonage would answer 401."""

    def __init__(self) -> None:
        super().__init__(401, failure("private_key"))
