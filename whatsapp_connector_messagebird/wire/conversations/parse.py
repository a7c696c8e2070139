"""What MessageBird Conversations posts to us, as items.

One webhook brings messages and statuses, of all channels and both directions; the
status address of a single message gets the same.
https://developers.messagebird.com/api/conversations/#webhooks
"""

from __future__ import annotations

from typing import Any

from odoo.addons.whatsapp_connector.wire.contents import (
    guess_kind,
    read_choice,
    read_order,
)
from odoo.addons.whatsapp_connector.wire.errors import UNDELIVERED
from odoo.addons.whatsapp_connector.wire.items import (
    Echo,
    Failure,
    InboundMessage,
    Item,
    Media,
    Person,
    StatusUpdate,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_e164,
    as_location,
    as_moment,
    as_text,
    as_user_id,
)
from odoo.addons.whatsapp_connector.wire.webhook import (
    MalformedEvent,
    WebhookRequest,
)

from .. import reading
from ..errors import ERRORS, EXPIRED

PLATFORMS = ("", "whatsapp", "whatsapp_sandbox")
CREATED = "message.created"

#: The union of what MessageBird's SDKs know, for none has all of them (Go's lacks
#: ``delivered``, which Java's has); others are kept as they are.
#: https://developers.messagebird.com/api/conversations
STATUSES = {
    "accepted": "queued",
    "pending": "queued",
    "buffered": "queued",
    "dispatched": "queued",
    "delayed": "queued",
    "transmitted": "sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "opened": "read",
    "clicked": "read",
    "rejected": "failed",
    "failed": "failed",
    "expired": "failed",
    "deleted": "failed",
    "unsupported": "failed",
    "delivery_failed": "failed",
    "out_of_bounded": "failed",
    "bounce": "failed",
}
#: Types of content that are files, and their kinds.
FILES = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "document",
    "whatsappSticker": "sticker",
}


def parse(webhook: WebhookRequest) -> list[Item]:
    """The items of ``webhook``, in order.

    :raises MalformedEvent: it lacks what MessageBird always sends
    """
    body = webhook.read_object()
    event = as_text(body.get("type"))
    message = as_dict(body.get("message"))
    if not message:
        if not event:
            raise MalformedEvent("The event has neither a type nor a message.")
        return [Unknown(what=event[:200])]
    if as_text(message.get("platform")) not in PLATFORMS:
        return [Unknown(what="A message that did not come by WhatsApp.")]
    contact = as_dict(body.get("contact"))
    direction = as_text(message.get("direction"))
    if direction == "received":
        return [read_inbound(message, contact)]
    if direction != "sent":
        # Which side is the customer?
        return [Unknown(what=f"{event} {direction}"[:200])]
    reference = reading.marked(message.get("trackId")) or reading.reference_in(
        webhook.query
    )
    return _read_outbound(event, message, contact, reference)


def read_inbound(message: Record, contact: Record) -> InboundMessage:
    """:raises MalformedEvent: it doesn't say which message, whose or for whom"""
    person = read_person(message.get("from"), contact)
    if not (person.number or person.user_id):
        raise MalformedEvent("The sender has neither a number nor a user id.")
    return _read_message(message, person)


def _read_outbound(
    event: str, message: Record, contact: Record, reference: str | None
) -> list[Item]:
    """A status of ours; before it, what another program sent from our number."""
    status = read_status(message, contact, reference)
    if reference or event != CREATED or not (_is_known(status.person)):
        return [status]
    return [Echo(message=_read_message(message, status.person)), status]


def _is_known(person: Person | None) -> bool:
    return bool(person and (person.number or person.user_id))


def _read_message(message: Record, person: Person) -> InboundMessage:
    content = as_dict(message.get("content"))
    return InboundMessage(
        number_id=reading.required_id(message.get("channelId"), "channel"),
        message_id=reading.required_id(message.get("id"), "message id"),
        person=person,
        # The SDK reads whole seconds alone; they come with up to nine digits more.
        # https://developers.messagebird.com/docs/conversations/handle-inbound-messages-curl
        sent_at=as_moment(message.get("createdDatetime")),
        **read_content(as_text(message.get("type")), content),
    )


def read_person(address: Any, contact: Record) -> Person:
    """The customer, by the message's address and by what the contact book says."""
    number = as_e164(address) or as_e164(contact.get("msisdn"))
    names = (contact.get("firstName"), contact.get("lastName"))
    full_name = " ".join(filter(None, map(as_text, names)))
    name = as_text(contact.get("displayName")) or full_name
    return Person(
        number=number,
        wa_id=number.removeprefix("+") if number else None,
        user_id=as_user_id(address),
        # A contact without a name is displayed by its number.
        name=name if name and not as_e164(name) else None,
    )


# -- statuses -------------------------------------------------------------------------


def read_status(
    message: Record, contact: Record, reference: str | None = None
) -> StatusUpdate:
    """:raises MalformedEvent: it doesn't say which message"""
    word = as_text(message.get("status"))
    return StatusUpdate(
        status=STATUSES.get(word, word or "unknown"),
        message_id=reading.required_id(message.get("id"), "message id"),
        reference=reference,
        number_id=as_text(message.get("channelId")) or None,
        at=as_moment(message.get("updatedDatetime")),
        failure=read_failure(word, as_dict(message.get("error"))),
        person=read_person(message.get("to"), contact),
    )


def read_failure(word: str, error: Record) -> Failure | None:
    """Why a message with the status ``word`` failed, if it did."""
    if STATUSES.get(word) != "failed":
        return None
    code = as_text(error.get("code"))
    otherwise = EXPIRED if word == "expired" else UNDELIVERED
    return ERRORS.failure(
        code or word, as_text(error.get("description"))[:500], otherwise=otherwise
    )


# -- content --------------------------------------------------------------------------


def read_content(kind: str, content: Record) -> Record:
    """The fields of an :class:`InboundMessage` that depend on its kind."""
    if kind in FILES:
        found = _read_file(FILES[kind], as_dict(content.get(kind)))
    else:
        found = _READERS.get(kind, _read_nothing)(content)
    return found or {"kind": "unsupported", "text": as_text(content.get("text"))}


def _read_nothing(_content: Record) -> None:
    return None


def _read_text(content: Record) -> Record | None:
    body = as_text(content.get("text"))
    return {"kind": "text", "text": body} if body else None


def _read_whatsapp_text(content: Record) -> Record | None:
    """A text that answers another message, or speaks of a product."""
    given = as_dict(content.get("whatsappText"))
    body = as_text(as_dict(given.get("text")).get("body"))
    context = as_dict(given.get("context"))
    quoted = as_text(context.get("id")) or None
    referred = as_dict(context.get("referred_product"))
    referral = {
        name: as_text(value) for name, value in referred.items() if as_text(value)
    }
    if not body:
        return None
    return {"kind": "text", "text": body, "quoted_id": quoted, "referral": referral}


def _read_file(kind: str, given: Record) -> Record | None:
    url = as_text(given.get("url")) or as_text(given.get("link"))
    if not url:
        return None
    mimetype = as_text(given.get("mimeType")) or None
    if kind == "audio" and mimetype and guess_kind(mimetype) == "voice":
        kind = "voice"
    media = Media(
        url=url,
        mimetype=mimetype,
        filename=as_text(given.get("filename")) or None,
        voice=kind == "voice",
    )
    return {"kind": kind, "media": (media,), "text": as_text(given.get("caption"))}


def _read_location(content: Record) -> Record | None:
    given = as_dict(content.get("location"))
    place = as_location(
        given.get("latitude"),
        given.get("longitude"),
        name=given.get("name"),
        address=given.get("address"),
    )
    return {"kind": "location", "location": place} if place else None


def _read_interactive(content: Record) -> Record | None:
    """An answer to buttons or a list; else buttons or a list that we sent.

    The SDKs have the answer under ``reply``, with a ``text``; WhatsApp's own form has
    it under its type, with a ``title``.
    https://developers.messagebird.com/api/conversations
    """
    given = as_dict(content.get("interactive"))
    kind = as_text(given.get("type"))
    if kind not in ("button_reply", "list_reply"):
        body = as_text(as_dict(given.get("body")).get("text"))
        return {"kind": "text", "text": body} if body else None
    reply = as_dict(given.get("reply")) or as_dict(given.get(kind))
    title = as_text(reply.get("text")) or reply.get("title")
    return read_choice(kind, title, reply.get("id"), reply.get("description"))


def _read_button(content: Record) -> Record | None:
    """A quick reply of a template."""
    given = as_dict(content.get("button"))
    return read_choice("button_reply", given.get("text"), given.get("payload"))


def _read_order(content: Record) -> Record | None:
    given = as_dict(content.get("whatsappOrder"))
    products = given.get("product_items") or given.get("products")
    return read_order({**given, "product_items": products})


def _read_template(content: Record) -> Record | None:
    """A template that another program sent: only its name is told."""
    name = as_text(as_dict(content.get("hsm")).get("templateName"))
    return {"kind": "text", "text": f"[{name}]"} if name else None


_READERS = {
    "text": _read_text,
    "whatsappText": _read_whatsapp_text,
    "location": _read_location,
    "interactive": _read_interactive,
    "button": _read_button,
    "whatsappOrder": _read_order,
    "hsm": _read_template,
}
