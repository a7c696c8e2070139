"""What we post to Meta to send a message, and its answer.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
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
    link,
)
from odoo.addons.whatsapp_connector.wire.http import (
    HttpRequest,
    HttpResponse,
)
from odoo.addons.whatsapp_connector.wire.items import Person
from odoo.addons.whatsapp_connector.wire.outbound import (
    Capabilities,
    OutboundMedia,
    OutboundMessage,
    Refused,
    SendResult,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_text,
)

from . import graph
from .account import MetaAccount
from .content import FORMAT
from .errors import ERRORS

#: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
CAPABILITIES = Capabilities(
    media_kinds=FILE_TYPES,
    media_limit=FILE_SIZES,
    quoting=True,
    reactions=True,
    location=True,
    buttons=3,
    list_rows=10,
    read_receipts=True,
    typing=True,
    blocking=True,
    configure_webhooks=True,
    templates=True,
    template_headers=("none", "text", "image", "video", "document", "location"),
    template_buttons=("quick_reply", "url", "phone", "copy_code"),
    template_categories=("utility", "marketing", "authentication"),
)


def build(outbound: OutboundMessage, account: MetaAccount) -> HttpRequest | Refused:
    """The request that sends ``outbound``.

    Our reference rides along and comes back with every status.
    """
    built = limits.check(outbound, CAPABILITIES) or _BUILDERS[outbound.kind](outbound)
    if isinstance(built, Refused):
        return built
    return graph.post(
        account,
        outbound.number_id,
        "messages",
        json={
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            **address(outbound.person),
            **built,
            **_context(outbound),
            "biz_opaque_callback_data": outbound.reference,
        },
    )


def address(person: Person) -> Record:
    """Whom to write to: WhatsApp's own spelling of the number comes first.

    Without its plus sign Meta may take a number for one of our own country.
    """
    if person.wa_id or person.number:
        return {"to": f"+{person.wa_id}" if person.wa_id else person.number}
    return {"recipient": person.user_id}


def _context(outbound: OutboundMessage) -> Record:
    if not outbound.quoted_id:
        return {}
    return {"context": {"message_id": outbound.quoted_id}}


def _build_text(outbound: OutboundMessage) -> Record:
    body = outbound.text
    preview = "https://" in body or "http://" in body
    return {"type": "text", "text": {"body": body, "preview_url": preview}}


def _build_media(outbound: OutboundMessage) -> Record:
    """Meta fetches the file from us; it tells a voice note apart if it is told so."""
    media = outbound.media
    kind = "audio" if outbound.kind == "voice" else outbound.kind
    file: Record = link(media, kind)
    if outbound.text:
        file["caption"] = outbound.text
    if kind == "audio" and _is_voice(outbound.kind, media):
        file["voice"] = True
    return {"type": kind, kind: file}


def _is_voice(kind: str, media: OutboundMedia) -> bool:
    is_ogg = media.mimetype.partition(";")[0] == "audio/ogg"
    return is_ogg and (kind == "voice" or media.voice)


def _build_location(outbound: OutboundMessage) -> Record:
    return {"type": "location", "location": describe_location(outbound.location)}


def _build_interactive(outbound: OutboundMessage) -> Record:
    return {"type": "interactive", "interactive": build_interactive(outbound)}


def _build_reaction(outbound: OutboundMessage) -> Record:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/reaction-messages"""
    content = {"message_id": outbound.target_id, "emoji": outbound.emoji}
    return {"type": "reaction", "reaction": content}


def _build_template(outbound: OutboundMessage) -> Record | Refused:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/template-messages"""
    carried = outbound.template
    try:
        parameters = FORMAT.fill(carried)
    except CannotFill:
        return ERRORS.refuse("132000")
    template: dict[str, Any] = {
        "name": name_of(carried),
        "language": {"code": carried.template.language},
    }
    if parameters:
        template["components"] = parameters
    return {"type": "template", "template": template}


_BUILDERS = {
    "text": _build_text,
    **dict.fromkeys(CAPABILITIES.media_kinds, _build_media),
    "location": _build_location,
    "buttons": _build_interactive,
    "list": _build_interactive,
    "reaction": _build_reaction,
    "template": _build_template,
}


def read(response: HttpResponse) -> SendResult:
    """What Meta's answer to the sending request means."""
    messages = as_dicts(as_dict(response.json()).get("messages"))
    message_id = as_text(next(iter(messages), {}).get("id"))
    return ERRORS.read_send(response, message_id)
