"""What error codes mean to us: one table for both generations.

MessageBird's own codes come with a refused request, WhatsApp's with a status.
https://developers.messagebird.com/api/#api-errors,
https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes
"""

from __future__ import annotations

from typing import Any

from odoo.addons.whatsapp_connector.wire.errors import ErrorTable
from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.translate import _lt
from odoo.addons.whatsapp_connector.wire.values import as_dict, as_dicts, as_text

EXPIRED = _lt("The message waited too long and was dropped. Send it again.")

#: Surely not sent: may be tried again.
LATER = {
    "message": {
        "http_429 130429 131056 80007": _lt(
            "Messages were sent too fast. Send it again in a minute."
        ),
        "131000 131016 131057": _lt(
            "WhatsApp had a fault of its own and did not take the message. "
            "Send it again in a few minutes."
        ),
    },
}
#: Nobody knows whether it was sent.
UNKNOWN = {
    "message": {
        "http_408 99": _lt(
            "MessageBird had a fault of its own: "
            "nobody knows whether it took the message."
        ),
    },
}
#: Refused for good, by whom it concerns.
REFUSED = {
    "message": {
        # WhatsApp's will
        "131049": _lt(
            "WhatsApp limits how much marketing a person gets and kept this message "
            "back. Don't send it again within a day."
        ),
        "131048 368": _lt(
            "WhatsApp restricts this number, because too many people took its "
            "messages for spam."
        ),
        # Templates
        "132000 132012 132018": _lt(
            "The values filled in don't fit the template's variables: each needs one "
            "value, without line breaks."
        ),
        "132001 no_template": _lt(
            "WhatsApp knows no such template in this language. Choose another one."
        ),
        "132005 132007": _lt(
            "WhatsApp does not accept the text that the template makes."
        ),
        "132015": _lt("WhatsApp has paused this template for now. Choose another one."),
        "132016": _lt("WhatsApp has disabled this template. Choose another one."),
        # Content
        "131051 131008 131009 100": _lt(
            "WhatsApp does not accept this message as it is. Write it differently."
        ),
        "131052 131053": _lt(
            "The file could not be fetched from this server, or WhatsApp does not "
            "take its kind or size."
        ),
        "9 10 21 http_422 http_400 InvalidPayload": _lt(
            "MessageBird does not accept this message as it is. Write it differently."
        ),
    },
    "contact": {
        "1013 131026": _lt(
            "This number can't receive WhatsApp messages. Check it on the contact."
        ),
        "131021": _lt(
            "The contact's number is our own: a number can't write to itself."
        ),
        "130472": _lt(
            "WhatsApp has this person in an experiment and does not deliver messages "
            "of businesses to them. Reach them another way."
        ),
    },
    "consent": {
        "131050": _lt("This person has asked for no more marketing messages from you."),
    },
    "window": {
        "470 131047 out_of_bounded": _lt(
            "More than 24 hours have passed since the customer's last message: "
            "only a template that WhatsApp has approved can be sent."
        ),
    },
    "account": {
        "2 http_401 http_403": _lt(
            "MessageBird does not accept the access key, or it may not do this. "
            "An administrator has to enter a current one with the right permissions."
        ),
        "25 http_402 131042": _lt(
            "The balance or the means of payment is missing. "
            "An administrator has to look at it in MessageBird's console."
        ),
        "20 98 http_404": _lt(
            "MessageBird does not find what this account is configured with. "
            "An administrator has to check the ids of workspace and channel."
        ),
        "131031 131005 133010 131045": _lt(
            "Meta has locked the WhatsApp Business account, or the number is not "
            "registered. An administrator has to look in Meta's Business Manager."
        ),
    },
}


def _read(response: HttpResponse) -> tuple[list[str], str]:
    """Code and words, in the form of either generation.

    Conversations: ``{"errors": [{"code", "description", "parameter"}]}``; Bird:
    ``{"code", "message", "details"}``.
    """
    body = as_dict(response.json())
    errors = as_dicts(body.get("errors"))
    return [as_text((errors or [body])[0].get("code"))], _words(body, errors)


def _words(body: dict[str, Any], errors: list[dict[str, Any]]) -> str:
    parts = [as_text(body.get("message"))]
    for error in errors:
        parts += [as_text(error.get("description")), as_text(error.get("parameter"))]
    parts += _details(body.get("details"))
    return " ".join(filter(None, parts))[:500]


def _details(details: Any) -> list[str]:
    """What Bird says of each field: ``{"field": ["problem"]}``, or a text."""
    if isinstance(details, str):
        return [as_text(details)]
    found = []
    for name, problems in as_dict(details).items():
        problems = problems if isinstance(problems, list) else [problems]
        found += [
            f"{as_text(name)}: {as_text(each)}" for each in problems if as_text(each)
        ]
    return found


ERRORS = ErrorTable(
    later=LATER,
    unknown=UNKNOWN,
    refused=REFUSED,
    unfamiliar=_lt(
        "MessageBird refused the message for a reason that is not known here."
    ),
    read=_read,
)
