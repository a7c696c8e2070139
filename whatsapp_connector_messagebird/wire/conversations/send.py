"""What we post to MessageBird Conversations to send a message, and its answer.

``/send`` needs no conversation, and the id that it answers is the one in the webhooks.
https://developers.messagebird.com/api/conversations/#send-message
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from odoo.addons.whatsapp_connector.wire.components import CannotFill
from odoo.addons.whatsapp_connector.wire.contents import (
    FILE_SIZES,
    FILE_TYPES,
    build_rows,
)
from odoo.addons.whatsapp_connector.wire.http import HttpRequest, HttpResponse
from odoo.addons.whatsapp_connector.wire.items import Person
from odoo.addons.whatsapp_connector.wire.limits import check, unsupported
from odoo.addons.whatsapp_connector.wire.outbound import (
    Capabilities,
    OutboundMessage,
    Refused,
    SendResult,
)
from odoo.addons.whatsapp_connector.wire.values import Record, as_dict, as_text

from ..account import MessageBirdAccount
from ..errors import ERRORS
from ..reading import mark
from ..rest import request
from .components import FORMAT

_CAPABILITIES = Capabilities(
    media_kinds=FILE_TYPES,
    media_limit={**FILE_SIZES, "sticker": 100 * 1024},
    quoting=True,
    quoting_kinds=("text",),
    location=True,
    location_names=False,
    buttons=3,
    list_rows=10,
    backfill=True,
    look_up=True,
    configure_webhooks=True,
    template_headers=("none", "text", "image", "video", "document"),
    template_buttons=("quick_reply", "url", "phone", "copy_code"),
    template_categories=("utility", "marketing", "authentication"),
)


def capabilities(account: MessageBirdAccount) -> Capabilities:
    """Templates belong to a WhatsApp Business account: it must be known."""
    return replace(_CAPABILITIES, templates=bool(account.waba_id))


def build(
    outbound: OutboundMessage, account: MessageBirdAccount
) -> HttpRequest | Refused:
    """The request that sends ``outbound``."""
    refused = check(outbound, capabilities(account))
    if refused:
        return refused
    to = address_of(outbound.person)
    if outbound.kind == "template":
        return _build_template(outbound, account, to)
    kind, content = _BUILDERS[outbound.kind](outbound)
    return _post(outbound, account, to, kind, {kind: content})


def address_of(person: Person) -> str | None:
    """Where to answer: WhatsApp's own spelling of the number comes first."""
    return f"+{person.wa_id}" if person.wa_id else person.number or person.user_id


def _post(outbound, account, to: str, kind: str, content: Record) -> HttpRequest:
    return request(
        account,
        "POST",
        account.conversations_url("send"),
        json={
            "to": to,
            "from": outbound.number_id,
            "type": kind,
            "content": content,
            "reportUrl": outbound.status_url,
            "trackId": mark(outbound.reference),
        },
    )


# -- kinds of message -----------------------------------------------------------------


def _build_text(outbound) -> tuple[str, Any]:
    if not outbound.quoted_id:
        return "text", outbound.text
    quoting = {"text": {"body": outbound.text}, "context": {"id": outbound.quoted_id}}
    return "whatsappText", quoting


def _build_media(outbound) -> tuple[str, Any]:
    names = {"document": "file", "voice": "audio"}
    content = {"url": outbound.media.url}
    if outbound.text:
        content["caption"] = outbound.text
    return names.get(outbound.kind, outbound.kind), content


def _build_sticker(outbound) -> tuple[str, Any]:
    return "whatsappSticker", {"link": outbound.media.url}


def _build_location(outbound) -> tuple[str, Any]:
    place = outbound.location
    return "location", {"latitude": place.latitude, "longitude": place.longitude}


def _build_buttons(outbound) -> tuple[str, Any]:
    buttons = [
        {"type": "reply", "id": button.payload, "title": button.title}
        for button in outbound.buttons
    ]
    return "interactive", {
        "type": "button",
        "body": {"text": outbound.text},
        "action": {"buttons": buttons},
    }


def _build_list(outbound) -> tuple[str, Any]:
    return "interactive", {
        "type": "list",
        "body": {"text": outbound.text},
        "action": {
            "button": outbound.list_label,
            "sections": [{"title": outbound.list_label, "rows": build_rows(outbound)}],
        },
    }


_BUILDERS = {
    "text": _build_text,
    "image": _build_media,
    "video": _build_media,
    "audio": _build_media,
    "voice": _build_media,
    "document": _build_media,
    "sticker": _build_sticker,
    "location": _build_location,
    "buttons": _build_buttons,
    "list": _build_list,
}


# -- templates ------------------------------------------------------------------------


def _build_template(outbound, account, to: str) -> HttpRequest | Refused:
    """A template is sent by name, language and namespace.

    The namespace belongs to the WhatsApp Business account. Where nobody wrote it into
    ours, the template's own record tells it, at the cost of a request.
    """
    template = outbound.template
    if template.template.header == "location":
        return unsupported()
    name, _slash, language = template.template_id.rpartition("/")
    if not name:
        return ERRORS.refuse("no_template")
    try:
        values = FORMAT.fill(template)
    except CannotFill:
        return ERRORS.refuse("132000")

    def post(namespace: str) -> HttpRequest:
        content = {
            "namespace": namespace,
            "templateName": name,
            "language": {"policy": "deterministic", "code": language},
            "components": values,
        }
        return _post(outbound, account, to, "hsm", {"hsm": content})

    if account.namespace:
        return post(account.namespace)

    def follow(response: HttpResponse) -> HttpRequest | SendResult:
        namespace = as_text(as_dict(response.json()).get("namespace"))
        if not namespace:
            return ERRORS.refuse("no_template")
        return post(namespace)

    found = request(account, "GET", account.templates_url(f"/{name}/{language}"))
    return replace(found, follow=follow)


# -- the answer -----------------------------------------------------------------------


def read(response: HttpResponse) -> SendResult:
    """What MessageBird's answer to the sending request means."""
    message_id = as_text(as_dict(response.json()).get("id"))
    return ERRORS.read_send(response, message_id)
