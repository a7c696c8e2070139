"""What a provider tells us, in words that no provider owns.

A transport's ``_parse`` turns one webhook into a list of these, in the order of the
payload. All are frozen; every text is as the provider sent it (escaping is the
business of whoever shows it).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

#: Kinds of :class:`InboundMessage` that carry a file.
MEDIA_KINDS = ("image", "video", "audio", "voice", "document", "sticker")

#: Every kind that the base addon knows how to show. A transport gives
#: ``unsupported`` to what WhatsApp or the provider doesn't explain.
KINDS = (
    "text",
    *MEDIA_KINDS,
    "location",
    "contacts",
    "button_reply",
    "list_reply",
    "order",
    "reaction",
    "edit",
    "revoke",
    "unsupported",
)

#: Kinds that change another message and are none in the chat.
CHANGES = ("reaction", "edit", "revoke")

#: Delivery states that a provider may report, in the base's words.
STATUSES = ("queued", "sent", "delivered", "read", "failed")

#: What :class:`AccountUpdate` may be about, and the values that each may have; those
#: of a limit are people, in digits.
NEWS = {
    "standing": ("good", "review", "restricted", "disabled"),
    "quality": ("green", "yellow", "red", "unknown"),
    "limit": (),
    "notice": ("info", "warning"),
}


@dataclass(frozen=True, kw_only=True)
class Person:
    """A WhatsApp user as one webhook describes them. Any part may be missing.

    ``number`` is E.164 with its plus sign, ``wa_id`` the provider's spelling of it
    (digits, kept verbatim for answering), ``user_id`` the business-scoped id (BSUID)
    such as ``CO.4480491918930694``.
    """

    number: str | None = None
    wa_id: str | None = None
    user_id: str | None = None
    parent_user_id: str | None = None
    username: str | None = None
    name: str | None = None


@dataclass(frozen=True, kw_only=True)
class Media:
    """A file that waits at the provider: fetched later, by its own step.

    Either ``url`` or ``media_id`` tells the transport where it is. ``size`` in bytes.
    """

    url: str | None = None
    media_id: str | None = None
    mimetype: str | None = None
    filename: str | None = None
    sha256: str | None = None
    size: int | None = None
    voice: bool = False


@dataclass(frozen=True, kw_only=True)
class Location:
    """A point on the map; degrees, WGS 84."""

    latitude: float
    longitude: float
    name: str | None = None
    address: str | None = None
    url: str | None = None


@dataclass(frozen=True, kw_only=True)
class ContactCard:
    """One shared contact card; numbers and addresses as they were typed."""

    name: str
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    organization: str | None = None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A tapped button or a picked list row."""

    title: str
    payload: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class OrderLine:
    """One product of an order; ``price`` is per unit."""

    product: str
    quantity: float
    price: float | None = None
    currency: str | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a message did not arrive.

    ``scope`` tells who is concerned: ``message`` (only this one), ``contact`` (the
    recipient can't be reached), ``consent`` (the recipient wants no messages),
    ``marketing`` (the recipient wants no advertising), ``window`` (free text outside
    the service window), ``limit`` (WhatsApp holds our number back, for its limit or for
    spam: whatever goes to many has to pause), ``account`` (credentials or
    configuration: an administrator must act). ``sentence`` is English source text for
    an agent, ``detail`` the provider's own words.
    """

    code: str
    sentence: str
    scope: str = "message"
    detail: str | None = None


@dataclass(frozen=True, kw_only=True)
class InboundMessage:
    """Something a person sent to one of our numbers.

    ``number_id`` is the provider's id of our number: it routes the item to a channel.
    ``sent_at`` is aware UTC, or None where the provider gives no time. ``quoted_id``
    is the message answered; ``target_id`` the one reacted to, edited or revoked.
    An empty ``emoji`` takes a reaction back. ``consent`` is ``in`` or ``out`` where the
    provider took it for a keyword and confirmed it by itself.
    """

    number_id: str
    message_id: str
    person: Person
    kind: str
    sent_at: datetime | None = None
    text: str = ""
    media: tuple[Media, ...] = ()
    location: Location | None = None
    cards: tuple[ContactCard, ...] = ()
    choice: Choice | None = None
    order: tuple[OrderLine, ...] = ()
    quoted_id: str | None = None
    target_id: str | None = None
    emoji: str | None = None
    forwarded: bool = False
    consent: str | None = None
    referral: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Echo:
    """A message that our own staff sent from the phone app: ``person`` received it."""

    message: InboundMessage


@dataclass(frozen=True, kw_only=True)
class StatusUpdate:
    """What became of a message of ours.

    Found by ``reference`` (ours, if it rode along) or ``message_id`` (the
    provider's). ``status`` is one of :data:`STATUSES`, or the provider's own word,
    which is kept and shown but changes nothing.
    """

    status: str
    message_id: str | None = None
    reference: str | None = None
    number_id: str | None = None
    at: datetime | None = None
    failure: Failure | None = None
    person: Person | None = None
    pricing: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class IdentityChange:
    """A person changed number or business-scoped id: both sides are the same one."""

    number_id: str
    old: Person
    new: Person
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ConsentUpdate:
    """A person opted in or out at the provider. ``scope``: ``all``, ``marketing``."""

    number_id: str
    person: Person
    opted_in: bool
    scope: str = "all"
    evidence: str = ""
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TemplateUpdate:
    """News of one language of a template: its review, quality or category.

    ``change`` is what the provider reports on: ``status``, ``category``, ``quality``;
    ``value`` is in the base's words (:data:`~.template.STATUSES`) where it has one.
    """

    change: str
    value: str
    template_id: str | None = None
    name: str | None = None
    language: str | None = None
    reason: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class TemplatesChanged:
    """Something about the account's templates changed: its list says what."""


@dataclass(frozen=True, kw_only=True)
class AccountUpdate:
    """How our business account, or one number of it, stands with WhatsApp.

    ``change`` is one of :data:`NEWS`, ``value`` one of its values: ``standing``, what
    WhatsApp lets the account do; ``quality``, what people think of a number's messages;
    ``limit``, how many new people may be written to a day (``0``: any number);
    ``notice``, whatever else somebody has to know (``warning``: has to act on).

    The number is told by ``number`` (E.164) or ``number_id``; without either it is the
    whole account. ``sentences`` are English source text, ``detail`` the provider's own
    words. ``until`` is when a restriction ends by itself.
    """

    change: str
    value: str
    number: str | None = None
    number_id: str | None = None
    sentences: tuple[str, ...] = ()
    detail: str | None = None
    until: datetime | None = None
    at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A part of a webhook that we could read but not understand: kept and shown."""

    what: str
    number_id: str | None = None


Item = (
    InboundMessage
    | Echo
    | StatusUpdate
    | IdentityChange
    | ConsentUpdate
    | TemplateUpdate
    | TemplatesChanged
    | AccountUpdate
    | Unknown
)
