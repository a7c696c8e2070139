"""What we ask a provider to send, and what came of asking.

The base builds an :class:`OutboundMessage` from a record; a transport turns it into an
HTTP request and the answer into one of the four results. A result is about the
*asking*: delivery is reported later, by a status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .items import Failure, Location, Person

if TYPE_CHECKING:
    from .template import OutboundTemplate


@dataclass(frozen=True, kw_only=True)
class OutboundMedia:
    """A file of ours. ``url`` is public, signed and short-lived; ``size`` in bytes.

    ``read`` gives the bytes, for providers that want them handed over; it needs the
    transaction in which the file was described.
    """

    kind: str
    url: str
    mimetype: str
    filename: str
    size: int
    voice: bool = False
    read: Callable[[], bytes] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, kw_only=True)
class Button:
    """A quick-reply button: at most 20 characters of title."""

    title: str
    payload: str


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """A row to pick: at most 24 characters of title, 72 of description."""

    title: str
    payload: str
    description: str | None = None


@dataclass(frozen=True, kw_only=True)
class OutboundMessage:
    """One message to one person, provider-neutral.

    ``reference`` is ours and unique: the provider must hand it back in its statuses.
    ``kind``: ``text``, a media kind, ``location``, ``buttons``, ``list``,
    ``reaction``, ``template``. ``text`` is the body, or the caption of a media.
    ``number`` and ``number_id`` are our own, ``status_url`` is where statuses of this
    very message go, already carrying the reference. A reaction puts ``emoji`` on the
    message that the provider calls ``target_id``; an empty one takes ours back.
    """

    reference: str
    number: str
    number_id: str
    person: Person
    kind: str
    status_url: str
    text: str = ""
    media: OutboundMedia | None = None
    location: Location | None = None
    quoted_id: str | None = None
    target_id: str | None = None
    emoji: str = ""
    buttons: tuple[Button, ...] = ()
    list_label: str = ""
    rows: tuple[ListRow, ...] = ()
    template: OutboundTemplate | None = None


@dataclass(frozen=True, kw_only=True)
class Accepted:
    """The provider took it and calls it ``provider_id``."""

    provider_id: str


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Never sent, and trying again is no use."""

    failure: Failure


@dataclass(frozen=True, kw_only=True)
class TryLater:
    """Surely not sent: may be tried again, after ``after`` seconds if it said so."""

    failure: Failure
    after: float | None = None


@dataclass(frozen=True, kw_only=True)
class OutcomeUnknown:
    """Nobody knows whether the provider took it: never posted again by itself."""

    failure: Failure


SendResult = Accepted | Refused | TryLater | OutcomeUnknown


@dataclass(frozen=True, kw_only=True)
class MediaFile:
    """A file fetched from the provider."""

    content: bytes
    mimetype: str | None = None
    filename: str | None = None


@dataclass(frozen=True, kw_only=True)
class Check:
    """One line of *Test connection*: ``ok`` None means that it couldn't be told."""

    name: str
    ok: bool | None
    detail: str = ""
    #: The provider can't answer now: try again.
    unanswered: bool = False


@dataclass(frozen=True, kw_only=True)
class Capabilities:
    """What a provider can do through this account. The screens hide the rest.

    Lengths are in characters, sizes in bytes, ``media_kinds`` maps a kind to the MIME
    types it may have.
    """

    text_limit: int = 4096
    caption_limit: int = 1024
    media_kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    media_limit: Mapping[str, int] = field(default_factory=dict)
    caption_kinds: tuple[str, ...] = ("image", "video", "document")
    quoting: bool = False
    #: Kinds of message that can quote another one; empty: all of them.
    quoting_kinds: tuple[str, ...] = ()
    reactions: bool = False
    location: bool = False
    #: Whether a place that is sent may have a name and an address.
    location_names: bool = True
    buttons: int = 0
    list_rows: int = 0
    read_receipts: bool = False
    typing: bool = False
    blocking: bool = False
    backfill: bool = False
    look_up: bool = False
    look_up_time: bool = False
    configure_webhooks: bool = False
    templates: bool = False
    template_headers: tuple[str, ...] = ("none",)
    template_buttons: tuple[str, ...] = ()
    template_categories: tuple[str, ...] = ("utility", "marketing")
    #: The file of a header must come from the address that it had at submission.
    template_files_stay: bool = False
