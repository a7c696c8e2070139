"""What we post to Vonage to send a message, and its answer.

https://developer.vonage.com/en/api/messages. What the API has no words for goes as
``custom``, which Vonage hands on to WhatsApp as it is:
https://developer.vonage.com/en/messages/concepts/custom-objects
"""

from __future__ import annotations

from typing import Any

from odoo.addons.whatsapp_connector.wire import limits
from odoo.addons.whatsapp_connector.wire.components import (
    CannotFill,
    name_of,
)
from odoo.addons.whatsapp_connector.wire.contents import (
    FILE_SIZES,
    FILE_TYPES,
    build_interactive,
    describe_location,
)
from odoo.addons.whatsapp_connector.wire.http import HttpRequest, HttpResponse
from odoo.addons.whatsapp_connector.wire.items import Person
from odoo.addons.whatsapp_connector.wire.outbound import (
    Capabilities,
    OutboundMessage,
    Refused,
    SendResult,
)
from odoo.addons.whatsapp_connector.wire.values import as_dict, as_text

from .account import VonageAccount
from .components import FORMAT
from .errors import ERRORS, UnusableKey

#: https://developer.vonage.com/en/messages/concepts/whatsapp
CAPABILITIES = Capabilities(
    media_kinds={
        **FILE_TYPES,
        "document": (*FILE_TYPES["document"], "application/zip", "text/csv"),
    },
    media_limit=FILE_SIZES,
    quoting=True,
    reactions=True,
    location=True,
    buttons=3,
    list_rows=10,
    read_receipts=True,
    typing=True,
    configure_webhooks=True,
    templates=True,
    # Samples are pictures or videos only, and a place is in no template.
    template_headers=("none", "text", "image", "video"),
    template_buttons=("quick_reply", "url", "phone", "copy_code"),
    template_categories=("utility", "marketing", "authentication"),
)

_MEDIA_TYPES = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "document": "file",
    "sticker": "sticker",
}

Content = dict[str, Any]


def build(outbound: OutboundMessage, account: VonageAccount) -> HttpRequest | Refused:
    """The request that sends ``outbound``."""
    refused = limits.check(outbound, CAPABILITIES)
    content = refused or _BUILDERS[_family(outbound.kind)](outbound)
    if isinstance(content, Refused):
        return content
    try:
        headers = account.headers
    except UnusableKey as error:
        return Refused(failure=error.failure)
    envelope: Content = {
        "channel": "whatsapp",
        "to": address_of(outbound.person),
        "from": outbound.number_id,
        "client_ref": outbound.reference,
        "webhook_url": outbound.status_url,
        "webhook_version": "v1",
    }
    if outbound.quoted_id:
        envelope["context"] = {"message_uuid": outbound.quoted_id}
    return HttpRequest(
        method="POST",
        url=account.messages_url(),
        headers=headers,
        json={**envelope, **content},
    )


def address_of(person: Person) -> str | None:
    """Where to answer: WhatsApp's own spelling of the number comes first."""
    number = person.wa_id or (person.number or "").removeprefix("+")
    return number or person.user_id


def _family(kind: str) -> str:
    return "media" if kind in _MEDIA_TYPES else kind


def _build_text(outbound: OutboundMessage) -> Content:
    return {"message_type": "text", "text": outbound.text}


def _build_media(outbound: OutboundMessage) -> Content:
    file = {"url": outbound.media.url}
    if outbound.text:
        file["caption"] = outbound.text
    message_type = _MEDIA_TYPES[outbound.kind]
    if message_type == "file":
        file["name"] = outbound.media.filename
    return {"message_type": message_type, message_type: file}


def _custom(kind: str, content: Any) -> Content:
    return {"message_type": "custom", "custom": {"type": kind, kind: content}}


def _build_location(outbound: OutboundMessage) -> Content:
    return _custom("location", describe_location(outbound.location))


def _build_interactive(outbound: OutboundMessage) -> Content:
    return _custom("interactive", build_interactive(outbound))


def _build_reaction(outbound: OutboundMessage) -> Content:
    """The message that it is about is the ``context``, as if it were quoted."""
    reaction = {"action": "react", "emoji": outbound.emoji}
    return {
        "message_type": "reaction",
        "reaction": reaction if outbound.emoji else {"action": "unreact"},
        "context": {"message_uuid": outbound.target_id},
    }


def _build_template(outbound: OutboundMessage) -> Content | Refused:
    template = outbound.template
    if not template.template_id:
        return ERRORS.refuse("no_template")
    try:
        filled = FORMAT.fill(template)
    except CannotFill as error:
        return ERRORS.refuse(error.code)
    content: Content = {
        "name": name_of(template),
        "language": {"policy": "deterministic", "code": template.template.language},
    }
    if filled:
        content["components"] = filled
    return _custom("template", content)


_BUILDERS = {
    "text": _build_text,
    "media": _build_media,
    "location": _build_location,
    "buttons": _build_interactive,
    "list": _build_interactive,
    "reaction": _build_reaction,
    "template": _build_template,
}


def read(response: HttpResponse) -> SendResult:
    """What Vonage's answer to the sending request means."""
    message_id = as_text(as_dict(response.json()).get("message_uuid"))
    return ERRORS.read_send(response, message_id)
