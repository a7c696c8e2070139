"""What we post to Bird to send a message, and its answer.

https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/sending-whatsapp-messages
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.contents import (
    FILE_SIZES,
    FILE_TYPES,
    MEGABYTE,
)
from odoo.addons.whatsapp_connector.wire.http import (
    HttpRequest,
    HttpResponse,
    refuse,
)
from odoo.addons.whatsapp_connector.wire.items import Person
from odoo.addons.whatsapp_connector.wire.limits import check, unsupported
from odoo.addons.whatsapp_connector.wire.outbound import (
    Capabilities,
    OutboundMessage,
    Refused,
    SendResult,
)
from odoo.addons.whatsapp_connector.wire.template import AUTHENTICATION, Template
from odoo.addons.whatsapp_connector.wire.translate import _lt
from odoo.addons.whatsapp_connector.wire.values import Record, as_dict, as_text

from ..account import MessageBirdAccount
from ..errors import ERRORS
from ..reading import mark
from ..rest import request
from . import blocks

CAPABILITIES = Capabilities(
    media_kinds=FILE_TYPES,
    media_limit={
        **FILE_SIZES,
        "sticker": 100 * 1024,
        "document": 20 * MEGABYTE,
    },
    quoting=True,
    location=True,
    buttons=3,
    list_rows=10,
    backfill=True,
    look_up=True,
    configure_webhooks=True,
    templates=True,
    template_headers=("none", "text", "image", "video", "document"),
    template_buttons=("quick_reply", "url", "phone"),
    template_categories=("utility", "marketing"),
)

NO_DESCRIPTION = _lt("The rows of a list have no description at Bird: take it out.")


def capabilities(account: MessageBirdAccount) -> Capabilities:
    return CAPABILITIES


def build(
    outbound: OutboundMessage, account: MessageBirdAccount
) -> HttpRequest | Refused:
    """The request that sends ``outbound``."""
    content = check(outbound, CAPABILITIES) or _build_content(outbound)
    if isinstance(content, Refused):
        return content
    message = {
        "receiver": {"contacts": [address_of(outbound.person)]},
        **content,
        "reference": mark(outbound.reference),
    }
    if outbound.quoted_id:
        message["replyTo"] = {"id": outbound.quoted_id, "type": "message"}
    url = account.bird_url("channels", outbound.number_id, "messages")
    return request(account, "POST", url, json=message)


def address_of(person: Person) -> Record | None:
    """Where to answer: WhatsApp's own spelling of the number comes first."""
    number = f"+{person.wa_id}" if person.wa_id else person.number
    if number:
        return {"identifierKey": "phonenumber", "identifierValue": number}
    if person.user_id:
        # The key is named as the field of inbound messages is.
        return {"identifierKey": "whatsappbsuid", "identifierValue": person.user_id}
    return None


def _build_content(outbound: OutboundMessage) -> Record | Refused:
    if outbound.kind == "template":
        return _build_template(outbound)
    body = _BUILDERS[outbound.kind](outbound)
    return body if isinstance(body, Refused) else {"body": body}


def _build_text(outbound) -> Record:
    return {"type": "text", "text": {"text": outbound.text}}


def _build_image(outbound) -> Record:
    image: Record = {"images": [{"mediaUrl": outbound.media.url}]}
    if outbound.text:
        image["text"] = outbound.text
    return {"type": "image", "image": image}


def _build_file(outbound) -> Record:
    media = outbound.media
    described = {
        "mediaUrl": media.url,
        "contentType": media.mimetype,
        "filename": media.filename,
    }
    file: Record = {"files": [described]}
    if outbound.text:
        file["text"] = outbound.text
    return {"type": "file", "file": file}


def _build_location(outbound) -> Record:
    place = outbound.location
    point = {"latitude": place.latitude, "longitude": place.longitude}
    names = {"label": place.name, "address": place.address}
    location: Record = {"coordinates": point}
    if named := {key: value for key, value in names.items() if value}:
        location["location"] = named
    return {"type": "location", "location": location}


def _postback(title: str, payload: str) -> Record:
    return {"type": "postback", "postback": {"text": title, "payload": payload}}


def _build_buttons(outbound) -> Record:
    actions = [_postback(each.title, each.payload) for each in outbound.buttons]
    return {"type": "text", "text": {"text": outbound.text, "actions": actions}}


def _build_list(outbound) -> Record | Refused:
    """https://docs.bird.com/api/channels-api/message-types/list"""
    if any(row.description for row in outbound.rows):
        return refuse("no_description", NO_DESCRIPTION)
    actions = [_postback(each.title, each.payload) for each in outbound.rows]
    shown = {
        "items": [{"actions": actions}],
        "title": outbound.list_label,
        "altText": outbound.text,
        "text": outbound.text,
    }
    return {"type": "list", "list": shown}


_BUILDERS = {
    "text": _build_text,
    "image": _build_image,
    "sticker": _build_image,
    "audio": _build_file,
    "voice": _build_file,
    "video": _build_file,
    "document": _build_file,
    "location": _build_location,
    "buttons": _build_buttons,
    "list": _build_list,
}


def _build_template(outbound) -> Record | Refused:
    """The values are ``parameters``; older pages have ``variables``.

    https://docs.bird.com/api/channels-api/message-types/template
    """
    template = outbound.template
    if not _is_carried(template.template):
        return unsupported()
    project_id, _slash, version = template.template_id.partition("/")
    if not version:
        return ERRORS.refuse("no_template")
    parameters = blocks.fill(template)
    if parameters is None:
        return ERRORS.refuse("132000")
    sent: Record = {
        "projectId": project_id,
        "version": version,
        "locale": blocks.locale_of(template.template.language),
    }
    if parameters:
        sent["parameters"] = [
            {"type": "string", "key": key, "value": value}
            for key, value in parameters.items()
        ]
    return {"template": sent}


def _is_carried(template: Template) -> bool:
    """Bird has no parameter for a place, a code or a coupon."""
    kinds = {button.kind for button in template.buttons}
    return (
        template.header in CAPABILITIES.template_headers
        and template.category != AUTHENTICATION
        and kinds <= set(CAPABILITIES.template_buttons)
    )


def read(response: HttpResponse) -> SendResult:
    """What Bird's answer to the sending request means."""
    message_id = as_text(as_dict(response.json()).get("id"))
    return ERRORS.read_send(response, message_id)
