"""What Vonage's error codes mean to us: two tables.

A code in the answer to a request and the same code in a status are two: 1120 of an
answer is a wrong sender, 1120 of a status an illegal one, 1100 even means different
things. https://developer.vonage.com/en/api-errors/messages
"""

from __future__ import annotations

import re
from typing import Any

from odoo.addons.whatsapp_connector.wire.errors import UNDELIVERED, ErrorTable
from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer, HttpResponse
from odoo.addons.whatsapp_connector.wire.items import Failure
from odoo.addons.whatsapp_connector.wire.translate import _lt
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_text,
)

_FRAGMENT = re.compile(r"#([A-Za-z0-9-]+)$")
_UNFAMILIAR = _lt("Vonage refused the message for a reason that is not known here.")
_UNUSABLE = _lt("Vonage or WhatsApp can't use the message in this form.")

#: ``error.title`` of a status. Codes from 130000 on are WhatsApp's own.
_STATUS = {
    "message": {
        "1000 1030 1070 1100 1180 1220 1230 1331 131016 131056 130429": _lt(
            "Vonage or WhatsApp could not deliver the message just now. "
            "Send it again in a while."
        ),
        "1022 132000 132001 132005 132012 132018": _lt(
            "WhatsApp does not accept the template or what was filled in. Check that "
            "it is approved in this language and that no value is empty."
        ),
        "1010 1020 1021 1040 1090 1130 1150 1400 1410 1431 1440 1450": _UNUSABLE,
        "1210 1280 1282": _lt(
            "The message was stopped as unwanted by WhatsApp or on the way to it."
        ),
        "1241 1460": _lt(
            "The limit of messages is reached for now. Send it again tomorrow."
        ),
        "1461 131049": _lt(
            "WhatsApp holds back marketing from this person, who got enough of it. "
            "Wait a day at least before you try again."
        ),
        "1320": _lt("The message had been sent already."),
        "1330": _lt("WhatsApp refused the message without telling why."),
        "1360": _lt("The message could not be delivered in time and was given up."),
        "1380": _lt(
            "Vonage could not fetch the file from this Odoo. "
            "An administrator has to check that its address is public."
        ),
        "1381": _lt("The file is too large for WhatsApp."),
        "1382": _lt("WhatsApp does not take files of this type."),
        "1451": _lt(
            "Vonage no longer knows the message that is quoted. "
            "Send it again without quoting."
        ),
    },
    "contact": {
        "1050": _lt("Messages to this number are barred."),
        "1170 1190 1200 1250 1251 1260 1310 1430 131026": _lt(
            "The recipient can't receive WhatsApp messages at this number."
        ),
        "1300": _lt("The recipient has no WhatsApp at this number."),
    },
    "consent": {
        "1240 131050": _lt("The recipient does not want messages from this business."),
    },
    "window": {
        "1340 131047": _lt(
            "More than 24 hours have passed since the customer last wrote: "
            "only a template can be sent now."
        ),
    },
    "account": {
        "1060 1080 1140": _lt(
            "The Vonage account may not send this. "
            "An administrator has to look at it in Vonage's dashboard."
        ),
        "1120 1420": _lt(
            "Vonage does not accept the number that the message is sent from. An "
            "administrator has to check that it is linked to the application."
        ),
        "1160": _lt(
            "A trial account or the sandbox writes only to numbers that were allowed "
            "before. An administrator has to add this one in Vonage's dashboard."
        ),
        "1242 1470 1472 1473 1474 1475 1476 2001": _lt(
            "Vonage's protection against fraud stopped the message. "
            "An administrator has to look at it in Vonage's dashboard."
        ),
    },
}
#: Of an answer to a request, by its status or what a 422 tells; and what we refuse.
_ANSWER = {
    "message": {
        "http_404": _lt("Vonage does not know what was asked for."),
        "http_422 http_400": _UNUSABLE,
        "no_template": _lt(
            "The template is not known to Vonage: it has no name there."
        ),
        "template_exists": _lt(
            "WhatsApp has another template of this name and language. "
            "Give this one another name."
        ),
        "no_sample": _lt("The template begins with a file: add one as a sample."),
        "no_header": _lt(
            "This template begins with a file or a place: add it to the message."
        ),
        "no_value": _lt(
            "A value of the template is empty, or has line breaks or many blanks."
        ),
    },
    "contact": {
        "422/110": _lt(
            "The contact has no number or user id that Vonage can write to."
        ),
    },
    "account": {
        "http_401 http_403 private_key": _lt(
            "Vonage does not accept the credentials. An administrator has to check "
            "the API key and secret, and the application's id and private key."
        ),
        "http_402": _lt(
            "The Vonage account has no credit left. An administrator has to top it up."
        ),
        "422/1120": _lt(
            "Vonage does not accept the number that the message is sent from. An "
            "administrator has to check that it is linked to the application."
        ),
    },
}


def read_status_error(error: Any, word: str) -> Failure:
    """Why a message has the status ``word``.

    The code is the title: a text as documented, a number in the payloads that the Java
    SDK reads; else it is the end of ``type``.
    https://developer.vonage.com/en/api/messages#webhooks
    """
    error = as_dict(error)
    title, detail = as_text(error.get("title")), as_text(error.get("detail"))
    code = title if title.isdecimal() else _fragment(error)
    words = detail or ("" if title.isdecimal() else title)
    otherwise = "" if code else UNDELIVERED
    return STATUS_ERRORS.failure(code or word, words, otherwise=otherwise)


def _fragment(error: Record) -> str:
    match = _FRAGMENT.search(as_text(error.get("type")))
    return match[1] if match else ""


def _read(response: HttpResponse) -> tuple[list[str], str]:
    """``type, title, detail``; only of a 422 the end of ``type`` says more."""
    body = as_dict(response.json())
    fragment = _fragment(body) if response.status == 422 else ""
    return [f"422/{fragment}"] if fragment else [], _words(body)


def _words(body: Record) -> str:
    parts = [as_text(body.get("title")), as_text(body.get("detail"))]
    for wrong in as_dicts(body.get("invalid_parameters")):
        name, reason = as_text(wrong.get("name")), as_text(wrong.get("reason"))
        parts.append(": ".join(filter(None, (name, reason))))
    return " ".join(filter(None, parts))


ERRORS = ErrorTable(refused=_ANSWER, unfamiliar=_UNFAMILIAR, read=_read)
STATUS_ERRORS = ErrorTable(refused=_STATUS, unfamiliar=_UNFAMILIAR)


class UnusableKey(ErrorAnswer):
    """The private key is none: Vonage would answer 401."""

    def __init__(self) -> None:
        super().__init__(401, ERRORS.failure("private_key"))
