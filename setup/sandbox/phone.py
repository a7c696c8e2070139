"""The customer's phone: a page, its small API, and live events.

The page shows one person's chat with one business number at a time. What changes is
told by server-sent events; ``GET /phone/state`` gives everything once.
"""

import asyncio
import contextlib
import json
import re
import secrets
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from aiohttp import web

from .courier import describe_call
from .network import kind_of
from .store import Card, Contact, Location, Media, Message, Option
from .voice import to_ogg
from .world import World

STATIC = Path(__file__).parent / "static"
HEARTBEAT = 15
_HISTORY = 5000
"""Messages that a page gets when it opens."""

_SHOWN_CALLS = 30

_FILE_KINDS = ("image", "video", "audio", "voice", "document", "sticker")
_SHOWN_IN_PAGE = re.compile(r"(image|video|audio)/(?!svg)[\w.+-]+")
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_USERNAME = re.compile(r"[a-z0-9._]{3,35}")
_FLAGS = ("on_whatsapp", "has_blocked", "opted_out", "shares_number")
_CSP = (
    "default-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "frame-ancestors 'none'"
)
_EVENTS = frozenset(
    (
        "message",
        "contact",
        "number",
        "typing",
        "faults",
        "webhook",
        "templates",
        "clock",
        "reset",
    )
)


class Phone:
    """The page's routes, and the same deeds for the control API."""

    def __init__(self, world: World, odoo_url: str) -> None:
        self._world = world
        self._store = world.store
        self._odoo_url = odoo_url

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes of the page and of its API."""
        return [
            web.get("/", self._get_page),
            web.static("/static", STATIC),
            web.get("/phone/state", self._get_state),
            web.get("/phone/events", self._stream_events),
            web.post("/phone/contacts", self._post_contact),
            web.patch("/phone/contacts/{contact}", self._patch_contact),
            web.post("/phone/messages", self._post_message),
            web.post("/phone/files", self._post_file),
            web.post("/phone/read", self._post_read),
            web.get("/phone/media/{media}", self._get_media),
        ]

    # -- page ---------------------------------------------------------------------

    async def _get_page(self, _request: web.Request) -> web.FileResponse:
        headers = {"Content-Security-Policy": _CSP, "Cache-Control": "no-cache"}
        return web.FileResponse(STATIC / "index.html", headers=headers)

    async def _get_state(self, _request: web.Request) -> web.Response:
        store = self._store
        messages = list(store.messages.values())
        calls = list(self._world.courier.calls)[-_SHOWN_CALLS:]
        body = {
            "now": store.clock.now(),
            "odoo_url": self._odoo_url,
            "numbers": [asdict(one) for one in store.numbers.values()],
            "titles": {one.name: one.title for one in self._world.providers},
            "capabilities": {
                one.name: sorted(one.capabilities) for one in self._world.providers
            },
            "contacts": [asdict(one) for one in store.contacts.values()],
            "messages": [m.describe() for m in messages[-_HISTORY:]],
            "faults": self._world.faults.describe(),
            "templates": self._world.network.reviewer.describe(),
            "webhooks": [describe_call(call) for call in calls if call.done],
        }
        return web.json_response(body)

    async def _stream_events(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: ``event: <kind>`` and its payload as JSON."""
        headers = {"Content-Type": "text/event-stream", "Cache-Control": "no-cache"}
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        page_closed = contextlib.suppress(ConnectionResetError)
        with self._store.changes.listen() as queue, page_closed:
            await response.write(b"event: hello\ndata: {}\n\n")
            while True:
                await response.write(await _next_event(queue))
        return response

    async def _get_media(self, request: web.Request) -> web.Response:
        """A file; what a browser might run is offered as a download."""
        media = self._store.media.get(request.match_info["media"])
        if media is None:
            raise web.HTTPNotFound
        headers = {
            "Content-Type": media.content_type,
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, max-age=86400, immutable",
        }
        if not _SHOWN_IN_PAGE.fullmatch(media.content_type.split(";")[0].strip()):
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=media.data, headers=headers)

    # -- deeds --------------------------------------------------------------------

    async def _post_contact(self, request: web.Request) -> web.Response:
        contact = self.meet(await request.json())
        return web.json_response(asdict(contact), status=201)

    def meet(self, values: dict[str, Any]) -> Contact:
        """The person with this number, BSUID or username; new if need be.

        :raise ValueError: neither is given, or it is no number
        """
        values = {
            name: value for name, value in values.items() if value not in ("", None)
        }
        number = _clean_number(values.pop("number", None))
        username = _clean_username(values.pop("username", None))
        user_id = values.pop("user_id", None)
        if not (number or username or user_id):
            raise ValueError("A person needs a number or a username")
        for address in filter(None, (number, user_id, username)):
            if known := self._store.find_contact(address):
                return known
        return self._store.create_contact(
            number=number, username=username, user_id=user_id, **values
        )

    async def _patch_contact(self, request: web.Request) -> web.Response:
        contact = self.change_contact(
            request.match_info["contact"], await request.json()
        )
        return web.json_response(asdict(contact))

    def change_contact(self, address: str, values: dict[str, Any]) -> Contact:
        """Rename a person or set what they did: block, opt out, hide the number."""
        contact = self._contact(address)
        changed = set()
        for name in _FLAGS:
            if name in values and getattr(contact, name) != bool(values[name]):
                setattr(contact, name, bool(values[name]))
                changed.add(name)
        if values.get("name"):
            contact.name = values["name"]
        for provider in self._world.providers:
            provider.contact_changed(contact, changed)
        return self._store.put_contact(contact)

    async def _post_message(self, request: web.Request) -> web.Response:
        message = self.compose(await request.json())
        self._world.background.start(self._world.network.send_from_phone(message))
        return web.json_response(message.describe(), status=202)

    async def _post_file(self, request: web.Request) -> web.Response:
        """Multipart: the message as JSON in ``message``, the file in ``file``."""
        form = await request.post()
        values = json.loads(form["message"])
        media = _read_upload(form["file"])
        if values.get("kind") == "voice":
            media = _as_voice_note(media)
        message = self.compose(values, media)
        self._world.background.start(self._world.network.send_from_phone(message))
        return web.json_response(message.describe(), status=202)

    async def _post_read(self, request: web.Request) -> web.Response:
        values = await request.json()
        contact = self._contact(values["contact"])
        self._world.network.read_chat((values["business"], contact.id))
        return web.json_response({})

    # -- composing ----------------------------------------------------------------

    def compose(self, values: dict[str, Any], media: Media | None = None) -> Message:
        """A message from the phone, not sent yet.

        :raise ValueError: something is missing or unknown
        """
        business = self._business(values.get("business"))
        contact = self._contact(values["contact"])
        kind = self._kind(values, business, media)
        cards = [Card(**card) for card in values.get("cards", [])]
        if kind == "contacts":
            media = _vcard_file(cards)
        return Message(
            id=self._world.network.provider_of(business).new_message_id(kind),
            direction="inbound",
            business=business,
            contact=contact.id,
            kind=kind,
            at=self._store.clock.now(),
            status="received",
            text=values.get("text", ""),
            media=media,
            location=_nested(Location, values.get("location")),
            cards=cards,
            choice=_nested(Option, values.get("choice")),
            reply_to=values.get("reply_to"),
            forwarded=bool(values.get("forwarded")),
        )

    def _kind(self, values: dict[str, Any], business: str, media: Media | None) -> str:
        kind = values.get("kind") or (kind_of(media.content_type) if media else "text")
        needs = {
            "text": values.get("text"),
            "location": values.get("location"),
            "contacts": values.get("cards"),
            "choice": values.get("choice"),
            "reaction": values.get("reply_to"),
            **dict.fromkeys(_FILE_KINDS, media),
        }
        if kind not in needs:
            raise ValueError(f"“kind” must be one of {', '.join(needs)}")
        if not needs[kind]:
            raise ValueError(f"A message of kind {kind} needs its content")
        if kind == "reaction" and not self._can(business, "reactions"):
            raise ValueError("This provider doesn't pass on reactions")
        return kind

    def _can(self, business: str, capability: str) -> bool:
        return capability in self._world.network.provider_of(business).capabilities

    def _business(self, number: str | None) -> str:
        """The business number asked for; the only one if none is named."""
        if number is None and len(self._store.numbers) == 1:
            return next(iter(self._store.numbers))
        if number not in self._store.numbers:
            raise ValueError(f"No business number {number or ''} is registered")
        return number

    def _contact(self, address: str) -> Contact:
        contact = self._store.find_contact(address)
        if contact is None:
            raise ValueError(f"Nobody is known as {address}")
        return contact


async def _next_event(queue: asyncio.Queue) -> bytes:
    """The next event in the stream's form, or a comment that keeps it open."""
    try:
        while True:
            kind, payload = await asyncio.wait_for(queue.get(), HEARTBEAT)
            if kind in _EVENTS:
                return f"event: {kind}\ndata: {json.dumps(payload)}\n\n".encode()
    except asyncio.TimeoutError:
        return b": still here\n\n"


def _nested(cls: type, values: dict[str, Any] | None) -> Any:
    return cls(**values) if values else None


def _clean_number(number: str | None) -> str | None:
    if not number:
        return None
    cleaned = re.sub(r"[\s().-]", "", number)
    if not _NUMBER.fullmatch(cleaned):
        raise ValueError(f"{number} is no number in international form (+34…)")
    return cleaned


def _clean_username(username: str | None) -> str | None:
    if not username:
        return None
    cleaned = username.lower().lstrip("@")
    if not _USERNAME.fullmatch(cleaned):
        raise ValueError(f"{username} is no username: letters, digits, dot, underscore")
    return cleaned


def _read_upload(upload: web.FileField) -> Media:
    return Media(
        id=f"ME{secrets.token_hex(16)}",
        content_type=_content_type(upload.content_type),
        data=upload.file.read(),
        name=upload.filename,
    )


def _as_voice_note(media: Media) -> Media:
    """A browser's recording in the form of WhatsApp's voice notes, if it can be."""
    ogg = to_ogg(media.data) if media.content_type == "audio/webm" else None
    if ogg is None:
        return media
    return Media(media.id, "audio/ogg", ogg, "voice-note.ogg")


def _content_type(announced: str) -> str:
    """The type as WhatsApp writes it: a recording's codec is left out."""
    return (announced or "application/octet-stream").split(";")[0].strip()


def _vcard_file(cards: list[Card]) -> Media:
    """Contact cards as the file that some providers pass on."""
    lines = []
    for card in cards:
        lines += ["BEGIN:VCARD", "VERSION:3.0"]
        lines += [f"N:;{_escape(card.name)};;;", f"FN:{_escape(card.name)}"]
        lines += [f"TEL;TYPE=CELL:{card.phone}"] if card.phone else []
        lines += [f"EMAIL:{_escape(card.email)}"] if card.email else []
        lines += ["END:VCARD"]
    data = "\r\n".join([*lines, ""]).encode()
    return Media(f"ME{secrets.token_hex(16)}", "text/vcard", data, "contact.vcf")


def _escape(text: str) -> str:
    return re.sub(r"([\\,;])", r"\\\1", text).replace("\n", "\\n")
