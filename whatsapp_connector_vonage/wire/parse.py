"""What Vonage posts to us, as items: one JSON object, one message or status.

https://developer.vonage.com/en/api/messages#webhooks,
https://developer.vonage.com/en/messages/guides/handling-whatsapp-usernames-and-bsuids
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from odoo.addons.whatsapp_connector.wire.contents import (
    read_cards,
    read_choice,
    read_order,
)
from odoo.addons.whatsapp_connector.wire.items import (
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

from .components import FORMAT
from .errors import read_status_error

STATUSES = {
    "submitted": "sent",
    "delivered": "delivered",
    "read": "read",
    "rejected": "failed",
    "undeliverable": "failed",
}
MEDIA_KINDS = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "document",
    "sticker": "sticker",
}
#: WhatsApp records voice notes as Ogg; Vonage tells them by the file's name only.
VOICE_ENDINGS = (".ogg", ".oga", ".opus")


def parse(webhook: WebhookRequest) -> list[Item]:
    """The items of ``webhook``.

    :raises MalformedEvent: it lacks what Vonage always sends
    """
    payload = webhook.read_object()
    if not payload:
        raise MalformedEvent("The event is empty.")
    if as_text(payload.get("channel")) != "whatsapp":
        return [Unknown(what="A message that did not come by WhatsApp.")]
    if "message_type" in payload:
        return [_parse_inbound(payload)]
    if "status" in payload:
        return [_parse_status(payload)]
    if "notification_id" in payload:
        return [_parse_notification(payload)]
    return [Unknown(what=", ".join(sorted(payload))[:200])]


def _required(payload: Record, name: str) -> str:
    value = as_text(payload.get(name))
    if not value:
        raise MalformedEvent(f"The event has no {name}.")
    return value


# -- statuses -------------------------------------------------------------------------


def _parse_status(payload: Record) -> StatusUpdate:
    word = _required(payload, "status")
    details = as_dict(payload.get("whatsapp"))
    failed = STATUSES.get(word) == "failed"
    return StatusUpdate(
        status=STATUSES.get(word, word),
        message_id=_required(payload, "message_uuid"),
        reference=as_text(payload.get("client_ref")) or None,
        number_id=as_text(payload.get("from")) or None,
        at=as_moment(payload.get("timestamp")),
        failure=read_status_error(payload.get("error"), word) if failed else None,
        # The reference has these ids where it was delivered, the guide and the Java SDK
        # where it was read, too.
        # https://developer.vonage.com/en/messages/guides/handling-whatsapp-usernames-and-bsuids
        person=read_person(
            as_text(payload.get("to")),
            as_dict(details.get("recipient")),
            as_dict(payload.get("profile")),
        ),
        pricing=_read_pricing(details, as_dict(payload.get("usage"))),
    )


def _read_pricing(details: Record, usage: Record) -> dict[str, str]:
    pricing = as_dict(details.get("pricing"))
    found = {
        name: as_text(pricing.get(name))
        for name in ("category", "type", "pricing_model")
    } | {name: as_text(usage.get(name)) for name in ("price", "currency")}
    return {name: value for name, value in found.items() if value}


def read_person(address: str, ids: Record, profile: Record) -> Person:
    """The customer: by number, by WhatsApp's spelling of it, by business-scoped id.

    Whoever hides their number stands with the business-scoped id in its place.
    """
    wa_id = as_e164(ids.get("wa_id")) or as_e164(address)
    return Person(
        number=as_e164(address) or wa_id,
        wa_id=wa_id and wa_id.removeprefix("+"),
        user_id=as_user_id(ids.get("user_id")) or as_user_id(address),
        parent_user_id=as_user_id(ids.get("parent_user_id")),
        username=as_text(profile.get("username")) or None,
        name=as_text(profile.get("name")) or None,
    )


# -- messages -------------------------------------------------------------------------


def _parse_inbound(payload: Record) -> InboundMessage:
    details = as_dict(payload.get("whatsapp"))
    context = as_dict(payload.get("context"))
    person = read_person(
        _required(payload, "from"),
        as_dict(details.get("sender")),
        as_dict(payload.get("profile")),
    )
    if not (person.number or person.user_id):
        raise MalformedEvent("The sender has neither a number nor a user id.")
    quoted_id = as_text(context.get("message_uuid")) or None
    content = read_content(payload, quoted_id)
    return InboundMessage(
        number_id=_required(payload, "to"),
        message_id=_required(payload, "message_uuid"),
        person=person,
        sent_at=as_moment(payload.get("timestamp")),
        referral=_read_referral(details, context),
        **{"quoted_id": quoted_id, **content},
    )


def _read_referral(details: Record, context: Record) -> Record:
    """The advertisement or the product that the customer came from.

    The product is documented beside the latter; the Java SDK has it in the context.
    https://developer.vonage.com/en/api/messages#webhooks
    """
    referral = {
        name: as_text(value)
        for name, value in as_dict(details.get("referral")).items()
        if as_text(value)
    }
    name = "whatsapp_referred_product"
    product = as_dict(details.get(name)) or as_dict(context.get(name))
    return referral | {
        key: as_text(product.get(key))
        for key in ("catalog_id", "product_retailer_id")
        if as_text(product.get(key))
    }


def read_content(payload: Record, quoted_id: str | None = None) -> dict[str, Any]:
    """The fields of an :class:`InboundMessage` that depend on its kind."""
    kind = as_text(payload.get("message_type"))
    if kind in MEDIA_KINDS:
        found = _read_media(kind, payload)
    elif kind == "reaction":
        found = _read_reaction(payload, quoted_id)
    else:
        reader = _READERS.get(kind)
        found = reader(payload) if reader else None
    return found or {"kind": "unsupported"}


def _read_text(payload: Record) -> dict[str, Any] | None:
    text = as_text(payload.get("text"))
    return {"kind": "text", "text": text} if text else None


def _read_media(kind: str, payload: Record) -> dict[str, Any] | None:
    file = as_dict(payload.get(kind))
    url, name = as_text(file.get("url")), as_text(file.get("name"))
    caption = as_text(file.get("caption"))
    if not url:
        return {"kind": "unsupported", "text": caption}
    is_voice = kind == "audio" and name.lower().endswith(VOICE_ENDINGS)
    media = Media(url=url, filename=name or None, voice=is_voice)
    return {
        "kind": "voice" if is_voice else MEDIA_KINDS[kind],
        "media": (media,),
        "text": caption,
    }


def _read_location(payload: Record) -> dict[str, Any] | None:
    # Documented are ``lat`` and ``long``; what we send has WhatsApp's own names.
    # https://developer.vonage.com/en/api/messages#webhooks
    place = as_dict(payload.get("location"))
    location = as_location(
        place.get("lat", place.get("latitude")),
        place.get("long", place.get("longitude")),
        name=place.get("name"),
        address=place.get("address"),
        url=place.get("url"),
    )
    return {"kind": "location", "location": location} if location else None


def _read_contacts(payload: Record) -> dict[str, Any] | None:
    return read_cards(payload.get("contacts"))


def _read_reply(payload: Record) -> dict[str, Any] | None:
    """A button or a row of ours; only a row has a description."""
    reply = as_dict(payload.get("reply"))
    description = as_text(reply.get("description"))
    kind = "list_reply" if description else "button_reply"
    return read_choice(kind, reply.get("title"), reply.get("id"), description)


def _read_button(payload: Record) -> dict[str, Any] | None:
    """A quick reply of a template; a form that was filled in has an object inside."""
    button = as_dict(payload.get("button"))
    given = button.get("payload")
    if isinstance(given, dict):
        given = json.dumps(given, ensure_ascii=False, sort_keys=True)
    return read_choice("button_reply", button.get("text"), given)


def _read_order(payload: Record) -> dict[str, Any] | None:
    return read_order(as_dict(payload.get("order")))


def _read_reaction(payload: Record, target_id: str | None) -> dict[str, Any] | None:
    reaction = as_dict(payload.get("reaction"))
    if not target_id or not reaction:
        return None
    taken_back = as_text(reaction.get("action")) == "unreact"
    return {
        "kind": "reaction",
        "target_id": target_id,
        "quoted_id": None,
        "emoji": "" if taken_back else as_text(reaction.get("emoji")),
    }


_READERS: dict[str, Callable[[Record], dict[str, Any] | None]] = {
    "text": _read_text,
    "location": _read_location,
    "contacts": _read_contacts,
    "reply": _read_reply,
    "button": _read_button,
    "order": _read_order,
}


# -- templates ------------------------------------------------------------------------


def _parse_notification(payload: Record) -> Item:
    """What WhatsApp tells about a template, as Vonage's subscriptions hand it on.

    https://developer.vonage.com/en/api/channel-manager
    """
    news = as_dict(payload.get("whatsapp"))
    update = FORMAT.read_news(news, as_moment(payload.get("timestamp")))
    kind = as_text(news.get("notification_type"))
    return update or Unknown(what=(kind or "A notification")[:200])
