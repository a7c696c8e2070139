"""What the pretend world remembers: numbers, people, messages and files.

Everything lives in memory; :meth:`Store.dump` and :meth:`Store.load` turn it into
JSON and back for those who want the demo to survive a restart. Nothing here knows a
provider or HTTP.

*inbound* and *outbound* are seen from the business, as WhatsApp's documentation does:
the customer's phone writes inbound messages.
"""

import asyncio
import base64
import contextlib
import dataclasses
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

WINDOW = 24 * 3600
"""Seconds after an inbound message during which free-form text is allowed."""

Direction = Literal["inbound", "outbound"]
ChatKey = tuple[str, str]
"""(business number, contact id)"""

RANK = {"queued": 0, "sent": 1, "delivered": 2, "read": 3}
"""Life of an outbound message; ``failed`` and ``undelivered`` end it."""


@dataclass
class Number:
    """A business number, as the phone shows it.

    ``provider`` and ``account`` say who plays it: the provider's name and whatever
    that provider calls an account.
    """

    number: str
    name: str
    provider: str
    account: str


@dataclass
class Contact:
    """A person with a phone.

    ``user_id`` is the business-scoped user id (BSUID). ``shares_number`` is false for
    those who took a username: the business then sees the id and no number. ``wa_id``
    are the digits by which WhatsApp knows the person where they differ from the number
    (Brazil, Mexico, Argentina).
    """

    id: str
    name: str
    user_id: str
    number: str | None = None
    username: str | None = None
    wa_id: str | None = None
    shares_number: bool = True
    on_whatsapp: bool = True
    has_blocked: bool = False
    opted_out: bool = False

    @property
    def visible_number(self) -> str | None:
        """The number a business may see, if any."""
        return self.number if self.shares_number else None

    @property
    def addresses(self) -> set[str]:
        """Everything under which this person can be written to."""
        wa_number = f"+{self.wa_id}" if self.wa_id else None
        return {self.number, wa_number, self.user_id, self.username} - {None}


@dataclass
class Media:
    """A file. ``data`` is kept out of every JSON that the sandbox answers."""

    id: str
    content_type: str
    data: bytes
    name: str | None = None

    def describe(self) -> dict[str, Any]:
        """What a screen needs to show the file without its bytes."""
        return {
            "id": self.id,
            "content_type": self.content_type,
            "name": self.name,
            "size": len(self.data),
        }


@dataclass
class Location:
    """A place on the map, in degrees."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


@dataclass
class Card:
    """A contact card that somebody shares in a chat."""

    name: str
    phone: str = ""
    email: str = ""


@dataclass
class Option:
    """A button, or a row of a list.

    ``kind`` is reply (tapping it answers), url, phone or copy_code; those that aren't
    replies have their address, number or code in ``value``.
    """

    id: str
    title: str
    description: str = ""
    kind: str = "reply"
    value: str = ""


@dataclass
class StatusChange:
    """One step in a message's life. ``code`` and ``error`` only when it went wrong."""

    status: str
    at: float
    code: int | None = None
    error: str | None = None


@dataclass
class Delivery:
    """How the business's server took a webhook, as the phone's ticks show it."""

    state: Literal["pending", "accepted", "failed"] = "pending"
    http_status: int | None = None
    error: str | None = None


@dataclass
class Message:
    """One message, in or out.

    ``kind`` is one of text, image, video, audio, voice, document, sticker, location,
    contacts, buttons, list, choice, reaction. ``extra`` belongs to the provider
    (callback address, template, variables) and to nobody else.
    """

    id: str
    direction: Direction
    business: str
    contact: str
    kind: str
    at: float
    seq: int = 0
    header: str = ""
    text: str = ""
    footer: str = ""
    media: Media | None = None
    media_url: str | None = None
    location: Location | None = None
    cards: list[Card] = field(default_factory=list)
    options: list[Option] = field(default_factory=list)
    list_label: str = ""
    choice: Option | None = None
    reply_to: str | None = None
    forwarded: bool = False
    is_template: bool = False
    status: str = "queued"
    history: list[StatusChange] = field(default_factory=list)
    delivery: Delivery | None = None
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def chat(self) -> ChatKey:
        """The chat that the message belongs to."""
        return (self.business, self.contact)

    def describe(self) -> dict[str, Any]:
        """The message as JSON, for the phone and for the control API."""
        shown = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        shown.update(
            {
                name: _as_json(shown[name])
                for name in ("location", "cards", "options", "choice", "history")
            },
            media=self.media and self.media.describe(),
            delivery=_as_json(self.delivery),
        )
        return shown


def _as_json(value: Any) -> Any:
    if isinstance(value, list):
        return [dataclasses.asdict(item) for item in value]
    return dataclasses.asdict(value) if value is not None else None


@dataclass
class Settings:
    """How the pretend world behaves; delays are seconds.

    ``read_delay`` is the time after which every message counts as read; without it a
    message is read when somebody looks at its chat. ``review_delay`` is the time after
    which every template is approved; without it somebody has to decide.
    ``public_addresses`` maps the beginning of a public address
    (``https://odoo.example.com``) to where it is really served
    (``http://localhost:8069``), as a reverse proxy would.
    """

    send_delay: float = 0.1
    deliver_delay: float = 0.2
    read_delay: float | None = None
    review_delay: float | None = None
    auto_deliver: bool = True
    enforce_window: bool = True
    public_addresses: dict[str, str] = field(default_factory=dict)


class Clock:
    """The sandbox's time: the machine's, moved by an offset that tests may set."""

    def __init__(self) -> None:
        self.offset = 0.0

    def now(self) -> float:
        """Seconds since 1970 in the pretend world."""
        return time.time() + self.offset


class Changes:
    """Tells whoever listens what changed: the phone page and the long polls."""

    def __init__(self) -> None:
        self.count = 0
        self._listeners: set[asyncio.Queue] = set()

    def publish(self, kind: str, describe: Callable[[], Any]) -> None:
        """Tell all listeners; never waits. Nobody listens: nothing is described."""
        self.count += 1
        if self._listeners:
            payload = describe()
            for queue in self._listeners:
                queue.put_nowait((kind, payload))

    @contextlib.contextmanager
    def listen(self) -> Iterator[asyncio.Queue]:
        """A queue of ``(kind, payload)`` for as long as the context lasts."""
        queue: asyncio.Queue = asyncio.Queue()
        self._listeners.add(queue)
        try:
            yield queue
        finally:
            self._listeners.discard(queue)

    async def wait_until(self, probe: Callable[[], Any], timeout: float) -> Any:
        """The probe's value as soon as it is true, else its last value in time."""
        deadline = time.monotonic() + timeout
        with self.listen() as queue:
            while not (value := probe()):
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    break
                with contextlib.suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(queue.get(), remaining)
            return value


class Store:
    """All records, with the few look-ups that the rest needs."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.changes = Changes()
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.clock.offset = 0.0
        self.settings = Settings()
        self.numbers: dict[str, Number] = {}
        self.contacts: dict[str, Contact] = {}
        self.messages: dict[str, Message] = {}
        self.media: dict[str, Media] = {}
        self._chats: dict[ChatKey, list[Message]] = defaultdict(list)
        self._last_inbound: dict[ChatKey, float] = {}
        self._seq = 0

    # -- numbers and contacts ---------------------------------------------------

    def put_number(self, number: Number) -> Number:
        """Add a business number, or replace the one that had this number."""
        self.numbers[number.number] = number
        self.changes.publish("number", lambda: dataclasses.asdict(number))
        return number

    def put_contact(self, contact: Contact) -> Contact:
        """Add or replace a person."""
        self.contacts[contact.id] = contact
        self.changes.publish("contact", lambda: dataclasses.asdict(contact))
        return contact

    def create_contact(self, name: str = "", number: str | None = None, **more):
        """A new person, with an own BSUID unless one is given."""
        user_id = more.pop("user_id", None) or new_user_id(number)
        contact = Contact(
            id=secrets.token_hex(6),
            name=name or f"Customer {(number or user_id)[-4:]}",
            user_id=user_id,
            number=number,
            **more,
        )
        return self.put_contact(contact)

    def find_contact(self, address: str) -> Contact | None:
        """The person with this id, E.164 number, BSUID or username."""
        if address in self.contacts:
            return self.contacts[address]
        for contact in self.contacts.values():
            if address in contact.addresses:
                return contact
        return None

    # -- messages ---------------------------------------------------------------

    def add_message(self, message: Message) -> Message:
        """Keep a new message and tell the phone."""
        self._seq += 1
        message.seq = self._seq
        message.history.append(StatusChange(message.status, message.at))
        self._index(message)
        self.touch(message)
        return message

    def _index(self, message: Message) -> None:
        self.messages[message.id] = message
        self._chats[message.chat].append(message)
        if message.media:
            self.media[message.media.id] = message.media
        if message.direction == "inbound":
            self._last_inbound[message.chat] = message.at

    def put_media(self, message: Message, media: Media) -> None:
        """Attach a file to a message that has none yet."""
        message.media = media
        self.media[media.id] = media

    def touch(self, message: Message) -> None:
        """Tell the listeners that this message changed."""
        self.changes.publish("message", message.describe)

    def set_status(self, message: Message, change: StatusChange) -> None:
        """Record a step of the message's life and tell the listeners."""
        message.status = change.status
        message.history.append(change)
        self.touch(message)

    def chat(self, key: ChatKey) -> list[Message]:
        """All messages of a chat, oldest first."""
        return self._chats.get(key, [])

    def remove_message(self, message: Message) -> None:
        """Forget one message."""
        del self.messages[message.id]
        self._chats[message.chat].remove(message)

    def window_is_open(self, key: ChatKey) -> bool:
        """Whether the business may write free-form text in this chat now."""
        last = self._last_inbound.get(key)
        return last is not None and self.clock.now() < last + WINDOW

    # -- persistence ------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """Everything but the clock, as JSON."""
        return {
            "numbers": [dataclasses.asdict(n) for n in self.numbers.values()],
            "contacts": [dataclasses.asdict(c) for c in self.contacts.values()],
            "messages": [_dump_message(m) for m in self.messages.values()],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`dump` gave."""
        self.clear()
        for values in state.get("numbers", []):
            self.put_number(Number(**values))
        for values in state.get("contacts", []):
            self.put_contact(Contact(**values))
        for values in state.get("messages", []):
            message = _load_message(values)
            self._seq = max(self._seq, message.seq)
            self._index(message)


def _dump_message(message: Message) -> dict[str, Any]:
    values = message.describe()
    if message.media:
        data = base64.b64encode(message.media.data).decode()
        values["media"] = {**message.media.describe(), "data": data}
        del values["media"]["size"]
    return values


_NESTED = {"location": Location, "choice": Option, "delivery": Delivery}
_NESTED_LISTS = {"cards": Card, "options": Option, "history": StatusChange}


def _load_message(values: dict[str, Any]) -> Message:
    values = dict(values)
    if values["media"]:
        data = base64.b64decode(values["media"]["data"])
        values["media"] = Media(**{**values["media"], "data": data})
    for name, cls in _NESTED.items():
        values[name] = values[name] and cls(**values[name])
    for name, cls in _NESTED_LISTS.items():
        values[name] = [cls(**item) for item in values[name]]
    return Message(**values)


_COUNTRY_OF_PREFIX = {
    "1": "US", "31": "NL", "33": "FR", "34": "ES", "351": "PT", "376": "AD",
    "39": "IT", "44": "GB", "49": "DE", "52": "MX", "54": "AR", "55": "BR",
    "56": "CL", "57": "CO", "58": "VE", "593": "EC", "91": "IN",
}  # fmt: skip


def new_user_id(number: str | None) -> str:
    """A BSUID such as ``ES.13491208655302741918``: country, dot, digits."""
    digits = (number or "").lstrip("+")
    matches = (_COUNTRY_OF_PREFIX.get(digits[:size]) for size in (3, 2, 1))
    country = next(filter(None, matches), "US")
    return f"{country}.{secrets.randbelow(10**17) + 10**17}"
