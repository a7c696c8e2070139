"""What we post to Twilio to send a message, and its answer.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource;
buttons and lists are a resource of their own first, and so is a template:
https://www.twilio.com/docs/content/content-api-resources.
"""

from __future__ import annotations

import json
from typing import Any

from odoo.addons.whatsapp_connector.wire import limits
from odoo.addons.whatsapp_connector.wire.contents import (
    FILE_SIZES,
    FILE_TYPES,
    MEGABYTE,
)
from odoo.addons.whatsapp_connector.wire.http import (
    HttpRequest,
    HttpResponse,
)
from odoo.addons.whatsapp_connector.wire.items import Person
from odoo.addons.whatsapp_connector.wire.outbound import (
    Capabilities,
    OutboundMessage,
    Refused,
    SendResult,
)
from odoo.addons.whatsapp_connector.wire.template import is_sayable
from odoo.addons.whatsapp_connector.wire.values import as_dict, as_text

from . import content
from .account import TwilioAccount
from .errors import ERRORS
from .parse import CHANNEL

CONTENT_LANGUAGE = "en"
#: The contents that carry a message's buttons or list, told from those of people.
CONTENT_NAME = "odoo message {reference}"

#: https://www.twilio.com/docs/messaging/guides/accepted-mime-types. The sizes that the
#: reference of the API tells are those of MMS; WhatsApp's are in
#: https://www.twilio.com/docs/whatsapp/tutorial/send-and-receive-media-messages-whatsapp-python
CAPABILITIES = Capabilities(
    text_limit=1600,
    media_kinds={
        **FILE_TYPES,
        "audio": ("audio/ogg", "audio/amr", "audio/3gpp", "audio/aac", "audio/mpeg"),
        "video": ("video/mp4",),
        "document": (
            "application/pdf",
            "application/msword",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "text/vcard",
        ),
    },
    media_limit={**FILE_SIZES, "document": 16 * MEGABYTE},
    caption_kinds=("image",),
    location=True,
    buttons=3,
    list_rows=10,
    read_receipts=True,
    typing=True,
    backfill=True,
    look_up=True,
    look_up_time=True,
    configure_webhooks=True,
    templates=True,
    # A location is in no type of content that WhatsApp approves.
    template_headers=("none", "text", "image", "video", "document"),
    template_buttons=("quick_reply", "url", "phone", "copy_code"),
    template_categories=("utility", "marketing", "authentication"),
    template_files_stay=True,
)


def build(
    outbound: OutboundMessage,
    account: TwilioAccount,
    messaging_service_sid: str = "",
) -> HttpRequest | Refused:
    """The request that sends ``outbound``; two requests for buttons and lists.

    With a Messaging Service our number is named too, so that an answer comes from the
    number that was written to, whichever others the service has.

    The documentation disagrees whether a content needs such a service. As in the SDK,
    it does not:
    https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder,
    https://www.twilio.com/docs/whatsapp/tutorial/send-whatsapp-notification-messages-templates
    """
    refused = limits.check(outbound, CAPABILITIES)
    if refused:
        return refused
    envelope = [("To", address_of(outbound.person)), ("From", outbound.number_id)]
    if messaging_service_sid:
        envelope.append(("MessagingServiceSid", messaging_service_sid))
    envelope.append(("StatusCallback", outbound.status_url))
    return _BUILDERS[_family(outbound.kind)](outbound, account, tuple(envelope))


def address_of(person: Person) -> str | None:
    """Where to answer: WhatsApp's own spelling of the number comes first."""
    if person.wa_id:
        return f"{CHANNEL}+{person.wa_id}"
    known = person.number or person.user_id
    return f"{CHANNEL}{known}" if known else None


def body_of(outbound: OutboundMessage) -> str:
    """The text that Twilio knows the message by."""
    if outbound.kind == "location":
        place = outbound.location
        return _clean(place.name or place.address) or outbound.text or "📍"
    if outbound.kind in ("buttons", "list"):
        return _escape(outbound.text)
    if outbound.template:
        return content.body_of(outbound.template)
    return outbound.text


def _family(kind: str) -> str:
    return "media" if kind in CAPABILITIES.media_kinds else kind


def _build_text(outbound, account, envelope) -> HttpRequest:
    return _post_message(account, *envelope, ("Body", outbound.text))


def _build_media(outbound, account, envelope) -> HttpRequest:
    caption = [("Body", outbound.text)] if outbound.text else []
    return _post_message(account, *envelope, *caption, ("MediaUrl", outbound.media.url))


def _build_location(outbound, account, envelope) -> HttpRequest:
    place = outbound.location
    label = _clean(place.address or place.name)
    point = f"geo:{_degrees(place.latitude)},{_degrees(place.longitude)}"
    return _post_message(
        account,
        *envelope,
        ("Body", body_of(outbound)),
        ("PersistentAction", f"{point}|{label}" if label else point),
    )


def _clean(label: str | None) -> str:
    return (label or "").replace("|", " ")


def _degrees(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")


def _build_buttons(outbound, account, envelope) -> HttpRequest:
    actions = [
        {"type": "QUICK_REPLY", "title": button.title, "id": button.payload}
        for button in outbound.buttons
    ]
    shown = {"body": body_of(outbound), "actions": actions}
    return _post_content(outbound, account, envelope, {"twilio/quick-reply": shown})


def _build_list(outbound, account, envelope) -> HttpRequest:
    rows = [
        {"id": row.payload, "item": row.title, "description": row.description or ""}
        for row in outbound.rows
    ]
    shown = {
        "body": body_of(outbound),
        "button": outbound.list_label,
        "items": rows,
    }
    return _post_content(outbound, account, envelope, {"twilio/list-picker": shown})


def _build_template(outbound, account, envelope) -> HttpRequest | Refused:
    """https://www.twilio.com/docs/content/send-templates-created-with-the-content-template-builder"""
    template = outbound.template
    if template.template.header == "location":
        return limits.unsupported()
    if not template.template_id:
        return ERRORS.refuse("21655")
    variables = content.fill(template)
    if not all(map(is_sayable, variables.values())):
        return ERRORS.refuse("21656")
    form = [("ContentSid", template.template_id)]
    if variables:
        form.append(("ContentVariables", json.dumps(variables)))
    return _post_message(account, *envelope, *form)


_BUILDERS = {
    "text": _build_text,
    "media": _build_media,
    "location": _build_location,
    "buttons": _build_buttons,
    "list": _build_list,
    "template": _build_template,
}


def _escape(text: str) -> str:
    """Keep ``{{1}}`` from being read as a variable: a word joiner stands between."""
    return text.replace("{{", "{\u2060{")


def _post_message(account: TwilioAccount, *form: tuple[str, str]) -> HttpRequest:
    return HttpRequest(
        method="POST",
        url=account.api_url("Messages.json"),
        auth=account.auth,
        form=form,
    )


def _post_content(outbound, account, envelope, types: dict[str, Any]) -> HttpRequest:
    """Create the content, then send it. A customer's open window needs no approval."""

    def send(created: HttpResponse) -> HttpRequest | SendResult:
        sid = _sid(created)
        if not sid:
            return ERRORS.read_error(created)
        return _post_message(account, *envelope, ("ContentSid", sid))

    return HttpRequest(
        method="POST",
        url=account.url("content", "v1/Content"),
        auth=account.auth,
        json={
            "friendly_name": CONTENT_NAME.format(reference=outbound.reference),
            "language": CONTENT_LANGUAGE,
            "types": types,
        },
        follow=send,
    )


def read(response: HttpResponse) -> SendResult:
    """What Twilio's answer to the sending request means."""
    return ERRORS.read_send(response, _sid(response))


def _sid(response: HttpResponse) -> str:
    return as_text(as_dict(response.json()).get("sid"))
