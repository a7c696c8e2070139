"""Contact cards as vCard files, which is how some providers hand them over."""

from __future__ import annotations

import vobject

from .items import ContactCard


def parse(content: bytes) -> tuple[ContactCard, ...]:
    """The cards of a ``.vcf`` file; what can't be read is left out (RFC 6350)."""
    text = content.decode("utf-8", "replace")
    cards = []
    try:
        for card in vobject.readComponents(text, ignoreUnreadable=True):
            cards.append(_card(card))
    except Exception:  # vobject raises anything on hostile input
        return tuple(cards)
    return tuple(cards)


def _card(card) -> ContactCard:
    organization = getattr(card, "org", None)
    return ContactCard(
        name=str(getattr(card, "fn", None) and card.fn.value or ""),
        phones=tuple(str(tel.value) for tel in getattr(card, "tel_list", ())),
        emails=tuple(str(email.value) for email in getattr(card, "email_list", ())),
        organization=" ".join(organization.value) if organization else None,
    )
