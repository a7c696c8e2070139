"""Shared contact cards: Twilio hands them on as vCard files."""

from __future__ import annotations

import logging

import vobject

from odoo.addons.whatsapp_connector.wire.items import ContactCard

_logger = logging.getLogger(__name__)

MIMETYPES = ("text/vcard", "text/x-vcard", "text/directory")


def is_vcard(mimetype: str) -> bool:
    return mimetype.partition(";")[0].strip().lower() in MIMETYPES


def read_cards(content: bytes) -> tuple[ContactCard, ...]:
    """The cards in a vCard file; none if it can't be read."""
    try:
        components = list(vobject.readComponents(content.decode(errors="replace")))
        return tuple(_read_card(each) for each in components if each.name == "VCARD")
    except Exception as error:  # vobject raises whatever a strange line makes it raise
        _logger.info("a contact card could not be read: %s", type(error).__name__)
        return ()


def _read_card(card) -> ContactCard:
    phones = _values(card, "tel")
    emails = _values(card, "email")
    names = _values(card, "fn")
    return ContactCard(
        name=next(iter((*names, *phones, *emails)), ""),
        phones=phones,
        emails=emails,
        organization=_organization(card),
    )


def _values(card, name: str) -> tuple[str, ...]:
    values = (str(each.value).strip() for each in card.contents.get(name, ()))
    return tuple(filter(None, values))


def _organization(card) -> str | None:
    for each in card.contents.get("org", ()):
        parts = each.value if isinstance(each.value, list) else [each.value]
        return ", ".join(filter(None, map(str, parts))) or None
    return None
