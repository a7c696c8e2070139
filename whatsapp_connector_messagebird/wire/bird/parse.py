"""What Bird posts to us, as items.

https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/receiving-messages,
https://docs.bird.com/api/channels-api/message-status-and-interactions,
https://docs.bird.com/api/touchpoints-api/api-reference/message-templates/template-webhooks
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.contents import (
    guess_kind,
)
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
    TemplatesChanged,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
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
from ..errors import ERRORS

INBOUND, OUTBOUND = "whatsapp.inbound", "whatsapp.outbound"
INTERACTION = "whatsapp.interaction"
TEMPLATES = ("template.created", "template.updated", "template.deleted")

#: The union of what is told: to Bird a read message is an interaction and no status,
#: but others have seen one.
#: https://docs.bird.com/api/channels-api/message-status-and-interactions
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
    body = webhook.read_object()
    event = as_text(body.get("event"))
    message = as_dict(body.get("payload"))
    if not event or not message:
        raise MalformedEvent("The event has no name or no payload.")
    if event == INTERACTION:
        return [_read_interaction(message)]
    if event == INBOUND:
        return [read_inbound(message)]
    if event == OUTBOUND:
        return _read_outbound(message)
    if event in TEMPLATES:
        # The pages on these events and on the list differ in what an approval is
        # called: the list, which is asked anyway, says it in one way.
        return [TemplatesChanged()]
    return [Unknown(what=event[:200])]


def read_inbound(message: Record) -> InboundMessage:
    """:raises MalformedEvent: it doesn't say which message, whose or for whom"""
    person = read_person(as_dict(message.get("sender")), message)
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
    reply = as_dict(message.get("replyTo"))
    return InboundMessage(
        number_id=reading.required_id(message.get("channelId"), "channel"),
        message_id=reading.required_id(message.get("id"), "message id"),
        person=person,
        sent_at=as_moment(extra.get("timestamp"))
        or as_moment(message.get("createdAt")),
        quoted_id=as_text(reply.get("id")) or None,
        **read_content(message),
    )


def _extra(message: Record) -> Record:
    return as_dict(as_dict(message.get("meta")).get("extraInformation"))


def read_person(side: Record, message: Record) -> Person:
    """The customer, who is the ``side`` of a message with a contact.

    Whoever hides their number is known by WhatsApp's user id alone.
    https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/business-scoped-user-ids
    """
    contact = as_dict(side.get("contact")) or next(
        iter(as_dicts(side.get("contacts"))), {}
    )
    address = contact.get("identifierValue")
    number = as_e164(address) or as_e164(contact.get("platformAddress"))
    extra = _extra(message)
    return Person(
        number=number,
        wa_id=number.removeprefix("+") if number else None,
        user_id=as_user_id(extra.get("whatsappbsuid")) or as_user_id(address),
        username=as_text(extra.get("whatsappusername")) or None,
        name=as_text(as_dict(contact.get("annotations")).get("name")) or None,
    )


# -- statuses -------------------------------------------------------------------------


def read_status(message: Record) -> StatusUpdate:
    """:raises MalformedEvent: it doesn't say which message"""
    word = as_text(message.get("status"))
    return StatusUpdate(
        status=STATUSES.get(word, word or "unknown"),
        message_id=reading.required_id(message.get("id"), "message id"),
        reference=reading.marked(message.get("reference")),
        number_id=as_text(message.get("channelId")) or None,
        at=as_moment(message.get("lastStatusAt"))
        or as_moment(message.get("updatedAt")),
        failure=read_failure(word, message),
        person=read_person(as_dict(message.get("receiver")), message),
    )


def read_failure(word: str, message: Record) -> Failure | None:
    """Why a message with the status ``word`` failed, if it did.

    WhatsApp's own code, where the source tells one, says more than Bird's.
    https://docs.bird.com/api/channels-api/message-status-and-interactions
    """
    if STATUSES.get(word) != "failed":
        return None
    failed = as_dict(message.get("failure"))
    source = as_dict(failed.get("source"))
    codes = (source.get("code"), failed.get("code"))
    codes = [code for code in map(as_text, codes) if code]
    known = [code for code in codes if code in ERRORS.meanings]
    words = (message.get("reason"), failed.get("description"), source.get("name"))
    detail = " ".join(filter(None, map(as_text, words)))[:500]
    return ERRORS.failure(
        next(iter(known or codes), word), detail, otherwise=UNDELIVERED
    )


def _read_interaction(interaction: Record) -> Item:
    """What the customer did to one message of ours."""
    message = as_dict(interaction.get("message"))
    message_id = interaction.get("messageId") or message.get("id")
    kind = as_text(interaction.get("type"))
    if kind not in INTERACTIONS:
        return Unknown(what=f"{INTERACTION} {kind}"[:200])
    reference = interaction.get("messageReference") or message.get("reference")
    return StatusUpdate(
        status="read",
        message_id=reading.required_id(message_id, "message id"),
        reference=reading.marked(reference),
        number_id=as_text(interaction.get("channelId")) or None,
        at=as_moment(interaction.get("createdAt")),
    )


# -- content --------------------------------------------------------------------------


def read_content(message: Record) -> Record:
    """The fields of an :class:`InboundMessage` that depend on its kind."""
    body = as_dict(message.get("body"))
    kind = as_text(body.get("type"))
    given = as_dict(body.get(kind))
    found = _READERS[kind](given) if kind in _READERS else None
    return found or {"kind": "unsupported", "text": as_text(given.get("text"))}


def _read_text(given: Record) -> Record | None:
    """A text; the tap on a button and the choice from a list carry a postback."""
    body = as_text(given.get("text"))
    for action in as_dicts(given.get("actions")):
        postback = as_dict(action.get("postback"))
        title = as_text(postback.get("text")) or body
        if as_text(action.get("type")) == "postback" and title:
            payload = as_text(postback.get("payload")) or None
            choice = Choice(title=title, payload=payload)
            return {"kind": "button_reply", "text": body or title, "choice": choice}
    return {"kind": "text", "text": body} if body else None


def _read_images(given: Record) -> Record | None:
    return _read_files(given, as_dicts(given.get("images")), "image/jpeg")


def _read_other_files(given: Record) -> Record | None:
    return _read_files(given, as_dicts(given.get("files")), "")


def _read_files(given: Record, files: list[Record], otherwise: str) -> Record | None:
    files = [each for each in files if as_text(each.get("mediaUrl"))]
    if not files:
        return None
    kind = guess_kind(as_text(files[0].get("contentType")) or otherwise)
    media = tuple(
        Media(
            url=as_text(each.get("mediaUrl")),
            mimetype=as_text(each.get("contentType")) or None,
            filename=as_text(each.get("filename")) or None,
            voice=kind == "voice",
        )
        for each in files
    )
    captions = (given.get("text"), files[0].get("caption"))
    caption = next(filter(None, map(as_text, captions)), "")
    return {"kind": kind, "media": media, "text": caption}


def _read_location(given: Record) -> Record | None:
    point, place = as_dict(given.get("coordinates")), as_dict(given.get("location"))
    found = as_location(
        point.get("latitude"),
        point.get("longitude"),
        name=place.get("label"),
        address=place.get("address"),
    )
    return {"kind": "location", "location": found} if found else None


_READERS = {
    "text": _read_text,
    "image": _read_images,
    "file": _read_other_files,
    "location": _read_location,
}
