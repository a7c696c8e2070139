"""What Bird posts to us, as items.

https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/receiving-messages,
https://docs.bird.com/api/channels-api/message-status-and-interactions
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.errors import UNDELIVERED
from odoo.addons.whatsapp_connector.wire.items import (
    Choice,
    Echo,
    Failure,
    InboundMessage,
    Item,
    Media,
    Person,
    StatusUpdate,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.webhook import (
    MalformedEvent,
    WebhookRequest,
)

from .. import reading
from ..errors import ERRORS
from ..reading import Record, record, records, text

PREFIX = "whatsapp."
INTERACTION = "whatsapp.interaction"

STATUSES = {
    "accepted": "queued",
    "processing": "queued",
    "scheduled": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "sending_failed": "failed",
    "delivery_failed": "failed",
    "rejected": "failed",
    "skipped": "failed",
    "failed": "failed",
    "deleted": "failed",
}
#: What a customer did to a message of ours, as far as it proves that they saw it.
INTERACTIONS = ("opened", "open", "read", "clicked", "click")


def parse(webhook: WebhookRequest) -> list[Item]:
    """The items of ``webhook``, in order.

    :raises MalformedEvent: it lacks what Bird always sends
    """
    body = reading.read_object(webhook)
    event = text(body.get("event"))
    message = record(body.get("payload"))
    if not event or not message:
        raise MalformedEvent("The event has no name or no payload.")
    if not event.startswith(PREFIX):
        return [Unknown(what=event[:200])]
    if event == INTERACTION:
        return [_read_interaction(message)]
    if text(message.get("direction")) == "incoming":
        return [read_inbound(message)]
    return _read_outbound(message)


def read_inbound(message: Record) -> InboundMessage:
    """:raises MalformedEvent: it doesn't say which message, whose or for whom"""
    person = read_person(record(message.get("sender")), message)
    if not (person.number or person.user_id):
        raise MalformedEvent("The sender has neither a number nor a user id.")
    return _read_message(message, person)


def _read_outbound(message: Record) -> list[Item]:
    """A status of ours; before it, what another program sent from our number."""
    status = read_status(message)
    person = status.person or Person()
    if status.reference or not (person.number or person.user_id):
        return [status]
    return [Echo(message=_read_message(message, person)), status]


def _read_message(message: Record, person: Person) -> InboundMessage:
    extra = _extra(message)
    reply = record(message.get("replyTo"))
    return InboundMessage(
        number_id=reading.required_id(message.get("channelId"), "channel"),
        message_id=reading.required_id(message.get("id"), "message id"),
        person=person,
        sent_at=reading.moment(extra.get("timestamp"))
        or reading.moment(message.get("createdAt")),
        quoted_id=text(reply.get("id")) or None,
        **read_content(message),
    )


def _extra(message: Record) -> Record:
    return record(record(message.get("meta")).get("extraInformation"))


def read_person(side: Record, message: Record) -> Person:
    """The customer, who is the ``side`` of a message with a contact.

    Whoever hides their number is known by WhatsApp's user id alone.
    https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/business-scoped-user-ids
    """
    contact = record(side.get("contact")) or next(
        iter(records(side.get("contacts"))), {}
    )
    address = contact.get("identifierValue")
    number = reading.e164(address) or reading.e164(contact.get("platformAddress"))
    extra = _extra(message)
    return Person(
        number=number,
        wa_id=number.removeprefix("+") if number else None,
        user_id=reading.user_id(extra.get("whatsappbsuid")) or reading.user_id(address),
        username=text(extra.get("whatsappusername")) or None,
        name=text(record(contact.get("annotations")).get("name")) or None,
    )


# -- statuses -------------------------------------------------------------------------


def read_status(message: Record) -> StatusUpdate:
    """:raises MalformedEvent: it doesn't say which message"""
    word = text(message.get("status"))
    return StatusUpdate(
        status=STATUSES.get(word, word or "unknown"),
        message_id=reading.required_id(message.get("id"), "message id"),
        reference=reading.marked(message.get("reference")),
        number_id=text(message.get("channelId")) or None,
        at=reading.moment(message.get("lastStatusAt"))
        or reading.moment(message.get("updatedAt")),
        failure=read_failure(word, message),
        person=read_person(record(message.get("receiver")), message),
    )


def read_failure(word: str, message: Record) -> Failure | None:
    """Why a message with the status ``word`` failed, if it did.

    WhatsApp's own code, where the source tells one, says more than Bird's.
    https://docs.bird.com/api/channels-api/message-status-and-interactions
    """
    if STATUSES.get(word) != "failed":
        return None
    failed = record(message.get("failure"))
    source = record(failed.get("source"))
    codes = (source.get("code"), failed.get("code"))
    codes = [code for code in map(reading.code_of, codes) if code]
    known = [code for code in codes if code in ERRORS.meanings]
    words = (message.get("reason"), failed.get("description"), source.get("name"))
    detail = " ".join(filter(None, map(text, words)))[:500]
    return ERRORS.failure(
        next(iter(known or codes), word), detail, otherwise=UNDELIVERED
    )


def _read_interaction(interaction: Record) -> Item:
    """What the customer did to one message of ours."""
    message = record(interaction.get("message"))
    message_id = interaction.get("messageId") or message.get("id")
    kind = text(interaction.get("type"))
    if kind not in INTERACTIONS:
        return Unknown(what=f"{INTERACTION} {kind}"[:200])
    reference = interaction.get("messageReference") or message.get("reference")
    return StatusUpdate(
        status="read",
        message_id=reading.required_id(message_id, "message id"),
        reference=reading.marked(reference),
        number_id=text(interaction.get("channelId")) or None,
        at=reading.moment(interaction.get("createdAt")),
    )


# -- content --------------------------------------------------------------------------


def read_content(message: Record) -> Record:
    """The fields of an :class:`InboundMessage` that depend on its kind."""
    body = record(message.get("body"))
    kind = text(body.get("type"))
    given = record(body.get(kind))
    found = _READERS[kind](given) if kind in _READERS else None
    return found or {"kind": "unsupported", "text": text(given.get("text"))}


def _read_text(given: Record) -> Record | None:
    """A text; the tap on a button and the choice from a list carry a postback."""
    body = text(given.get("text"))
    for action in records(given.get("actions")):
        postback = record(action.get("postback"))
        title = text(postback.get("text")) or body
        if text(action.get("type")) == "postback" and title:
            payload = text(postback.get("payload")) or None
            choice = Choice(title=title, payload=payload)
            return {"kind": "button_reply", "text": body or title, "choice": choice}
    return {"kind": "text", "text": body} if body else None


def _read_images(given: Record) -> Record | None:
    return _read_files(given, records(given.get("images")), "image/jpeg")


def _read_other_files(given: Record) -> Record | None:
    return _read_files(given, records(given.get("files")), "")


def _read_files(given: Record, files: list[Record], otherwise: str) -> Record | None:
    files = [each for each in files if text(each.get("mediaUrl"))]
    if not files:
        return None
    kind = reading.media_kind(text(files[0].get("contentType")) or otherwise)
    media = tuple(
        Media(
            url=text(each.get("mediaUrl")),
            mimetype=text(each.get("contentType")) or None,
            filename=text(each.get("filename")) or None,
            voice=kind == "voice",
        )
        for each in files
    )
    captions = (given.get("text"), files[0].get("caption"))
    caption = next(filter(None, map(text, captions)), "")
    return {"kind": kind, "media": media, "text": caption}


def _read_location(given: Record) -> Record | None:
    point, place = record(given.get("coordinates")), record(given.get("location"))
    found = reading.location(
        point.get("latitude"),
        point.get("longitude"),
        place.get("label"),
        place.get("address"),
    )
    return {"kind": "location", "location": found} if found else None


_READERS = {
    "text": _read_text,
    "image": _read_images,
    "file": _read_other_files,
    "location": _read_location,
}
