"""Contents of messages in WhatsApp's own JSON, which many providers hand on as it is.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages,
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

from __future__ import annotations

import contextlib
import mimetypes
from typing import Any
from urllib.parse import unquote, urlsplit

from .items import Choice, ContactCard, Location, OrderLine
from .outbound import OutboundMedia, OutboundMessage
from .values import Record, as_dict, as_dicts, as_number, as_text

ANY_TYPE = "application/octet-stream"
MEGABYTE = 1024 * 1024
#: What WhatsApp takes, by kind: MIME types, and bytes.
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
FILE_TYPES = {
    "image": ("image/jpeg", "image/png"),
    "sticker": ("image/webp",),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
    "voice": ("audio/ogg",),
    "video": ("video/mp4", "video/3gpp"),
    "document": (
        "text/plain",
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
}
FILE_SIZES = {
    "image": 5 * MEGABYTE,
    "sticker": 500 * 1024,
    "audio": 16 * MEGABYTE,
    "voice": 16 * MEGABYTE,
    "video": 16 * MEGABYTE,
    "document": 100 * MEGABYTE,
}


# -- what we send ---------------------------------------------------------------------


def link(media: OutboundMedia, kind: str) -> Record:
    """A file of ours, which WhatsApp fetches."""
    name = {"filename": media.filename} if kind == "document" else {}
    return {"link": media.url, **name}


def describe_location(place: Location) -> Record:
    """A place, in a message or above a template's text."""
    point = {"latitude": place.latitude, "longitude": place.longitude}
    words = {"name": place.name, "address": place.address}
    return {**point, **{name: word for name, word in words.items() if word}}


def build_interactive(outbound: OutboundMessage) -> Record:
    """Buttons or a list of ours under a text."""
    body = {"text": outbound.text}
    if outbound.kind == "buttons":
        buttons = [
            {"type": "reply", "reply": {"id": button.payload, "title": button.title}}
            for button in outbound.buttons
        ]
        return {"type": "button", "body": body, "action": {"buttons": buttons}}
    sections = [{"rows": build_rows(outbound)}]
    action = {"button": outbound.list_label, "sections": sections}
    return {"type": "list", "body": body, "action": action}


def build_rows(outbound: OutboundMessage) -> list[Record]:
    """The rows of a list."""
    rows = []
    for row in outbound.rows:
        described = {"description": row.description} if row.description else {}
        rows.append({"id": row.payload, "title": row.title, **described})
    return rows


# -- what people send: the fields of an InboundMessage ---------------------------------


def read_choice(
    kind: str, title: Any, payload: Any, description: Any = None
) -> Record | None:
    """A tapped button or a picked row; without a title it is known by its payload."""
    words, data = as_text(title) or as_text(payload), as_text(payload) or None
    if not words:
        return None
    choice = Choice(title=words, payload=data, description=as_text(description) or None)
    return {"kind": kind, "text": words, "choice": choice}


def read_cards(contacts: Any) -> Record | None:
    """Contacts that were shared."""
    cards = tuple(map(_read_card, as_dicts(contacts)))
    return {"kind": "contacts", "cards": cards} if cards else None


def _read_card(card: Record) -> ContactCard:
    name = as_dict(card.get("name"))
    parts = (as_text(name.get(part)) for part in ("first_name", "last_name"))
    full_name = as_text(name.get("formatted_name")) or " ".join(filter(None, parts))
    phones = _read_each(card, "phones", "phone", "wa_id")
    return ContactCard(
        name=full_name or next(iter(phones), ""),
        phones=phones,
        emails=_read_each(card, "emails", "email"),
        organization=as_text(as_dict(card.get("org")).get("company")) or None,
    )


def _read_each(card: Record, group: str, *names: str) -> tuple[str, ...]:
    """The first of ``names`` that each record of ``group`` has."""
    found = (
        next(filter(None, (as_text(each.get(name)) for name in names)), "")
        for each in as_dicts(card.get(group))
    )
    return tuple(filter(None, found))


def read_order(order: Record) -> Record | None:
    """Products that were ordered from a catalogue."""
    lines = tuple(
        OrderLine(
            product=as_text(product.get("product_retailer_id")),
            quantity=as_number(product.get("quantity")) or 0.0,
            price=as_number(product.get("item_price")),
            currency=as_text(product.get("currency")) or None,
        )
        for product in as_dicts(order.get("product_items"))
    )
    if not lines:
        return None
    return {"kind": "order", "order": lines, "text": as_text(order.get("text"))}


def guess_kind(mimetype: str) -> str:
    """The kind of a file of which only the type is told.

    WhatsApp records voice notes as Ogg Opus and makes stickers, never photos, WebP.
    """
    plain = mimetype.partition(";")[0].strip().lower()
    if plain == "audio/ogg":
        return "voice"
    if plain == "image/webp":
        return "sticker"
    family = plain.partition("/")[0]
    return family if family in ("image", "video", "audio") else "document"


def file_at(
    url: str, kind: str = "", mimetype: str = "", filename: str = ""
) -> OutboundMedia:
    """A template's sample of which the address is told; it may tell all the rest."""
    with contextlib.suppress(ValueError):
        filename = filename or unquote(urlsplit(url).path.rpartition("/")[2])
    mimetype = mimetype or mimetypes.guess_type(filename)[0] or ANY_TYPE
    family = mimetype.partition("/")[0]
    kind = kind or (family if family in ("image", "video") else "document")
    return OutboundMedia(
        kind=kind, url=url, mimetype=mimetype, filename=filename, size=0
    )
