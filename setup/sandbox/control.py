"""The control API, below ``/control``: JSON for demos and tests.

``README.md`` beside this file lists it with its shapes.
"""

import asyncio
import base64
import dataclasses
import secrets
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from .courier import Call, Webhook, describe_call
from .phone import Phone
from .store import Media, Message, Settings, StatusChange
from .world import World

_MAX_WAIT = 120
_SETTINGS = {field.name for field in dataclasses.fields(Settings)}


class Control:
    """The routes below ``/control``."""

    def __init__(self, world: World, phone: Phone, refuse: Callable) -> None:
        self._world = world
        self._store = world.store
        self._phone = phone
        self._refuse = refuse

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes."""
        return [
            web.post("/control/reset", self._reset),
            web.get("/control/settings", self._get_settings),
            web.post("/control/settings", self._set_settings),
            web.post("/control/clock", self._set_clock),
            web.get("/control/faults", self._get_faults),
            web.post("/control/faults", self._add_fault),
            web.delete("/control/faults", self._clear_faults),
            web.delete("/control/faults/{fault}", self._remove_fault),
            web.post("/control/refuse", self._refuse_connections),
            web.get("/control/numbers", self._get_numbers),
            web.get("/control/contacts", self._get_contacts),
            web.post("/control/contacts", self._meet),
            web.patch("/control/contacts/{contact}", self._change_contact),
            web.get("/control/messages", self._get_messages),
            web.get("/control/messages/{message}", self._get_message),
            web.post("/control/messages/{message}/statuses", self._send_statuses),
            web.post("/control/messages/{message}/deliver", self._deliver),
            web.post("/control/inbound", self._send_inbound),
            web.post("/control/webhook", self._send_webhook),
            web.get("/control/templates", self._get_templates),
            web.post("/control/templates/{template}/review", self._review),
            web.post("/control/read", self._read),
            web.get("/control/webhooks", self._get_webhooks),
            web.get("/control/requests", self._get_requests),
            web.delete("/control/requests", self._clear_requests),
        ]

    # -- world --------------------------------------------------------------------

    async def _reset(self, request: web.Request) -> web.Response:
        values = await _read_json(request)
        self._world.reset(keep_accounts=bool(values.get("keep_accounts")))
        return web.json_response({})

    async def _get_settings(self, _request: web.Request) -> web.Response:
        return web.json_response(asdict(self._store.settings))

    async def _set_settings(self, request: web.Request) -> web.Response:
        values = await _read_json(request)
        if unknown := set(values) - _SETTINGS:
            raise ValueError(f"Unknown settings: {', '.join(sorted(unknown))}")
        settings = dataclasses.replace(self._store.settings, **values)
        self._store.settings = settings
        return web.json_response(asdict(settings))

    async def _set_clock(self, request: web.Request) -> web.Response:
        values = await _read_json(request)
        clock = self._store.clock
        clock.offset = float(values.get("offset", clock.offset))
        clock.offset += float(values.get("advance", 0))
        now = {"offset": clock.offset, "now": clock.now()}
        self._store.changes.publish("clock", lambda: now)
        return web.json_response(now)

    async def _get_numbers(self, _request: web.Request) -> web.Response:
        numbers = [asdict(number) for number in self._store.numbers.values()]
        return web.json_response({"numbers": numbers})

    # -- faults -------------------------------------------------------------------

    async def _get_faults(self, _request: web.Request) -> web.Response:
        return web.json_response({"faults": self._world.faults.describe()})

    async def _add_fault(self, request: web.Request) -> web.Response:
        fault = self._world.faults.add(**await _read_json(request))
        return web.json_response(asdict(fault), status=201)

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._world.faults.clear()
        return web.json_response({})

    async def _remove_fault(self, request: web.Request) -> web.Response:
        self._world.faults.remove(int(request.match_info["fault"]))
        return web.json_response({})

    async def _refuse_connections(self, request: web.Request) -> web.Response:
        """Stop listening for some seconds, after this answer."""
        values = await _read_json(request)
        seconds = float(values.get("seconds", 3))
        self._world.background.start(self._refuse(seconds))
        return web.json_response({"seconds": seconds})

    # -- people -------------------------------------------------------------------

    async def _get_contacts(self, _request: web.Request) -> web.Response:
        contacts = [asdict(contact) for contact in self._store.contacts.values()]
        return web.json_response({"contacts": contacts})

    async def _meet(self, request: web.Request) -> web.Response:
        contact = self._phone.meet(await _read_json(request))
        return web.json_response(asdict(contact), status=201)

    async def _change_contact(self, request: web.Request) -> web.Response:
        address = request.match_info["contact"]
        contact = self._phone.change_contact(address, await _read_json(request))
        return web.json_response(asdict(contact))

    async def _read(self, request: web.Request) -> web.Response:
        """A person looks at a chat."""
        values = await _read_json(request)
        contact = self._store.find_contact(values["contact"])
        if contact is None:
            raise ValueError(f"Nobody is known as {values['contact']}")
        self._world.network.read_chat((values["business"], contact.id))
        return web.json_response({})

    # -- messages -----------------------------------------------------------------

    async def _get_messages(self, request: web.Request) -> web.Response:
        """Messages that match the query; with ``wait`` as soon as there are enough."""
        wanted = _message_filter(self._store, request.query)
        return await self._answer_list(
            request, "messages", lambda: filter(wanted, self._store.messages.values())
        )

    async def _get_message(self, request: web.Request) -> web.Response:
        """One message; with ``status`` and ``wait`` as soon as it has been there."""
        message = self._message(request)
        status = request.query.get("status")

        def is_reached() -> bool:
            return not status or status in _states_of(message)

        complete = await self._store.changes.wait_until(is_reached, _wait(request))
        return web.json_response({**message.describe(), "complete": bool(complete)})

    async def _send_statuses(self, request: web.Request) -> web.Response:
        """Post these statuses to the business, one after the other, as they are."""
        message = self._message(request)
        values = await _read_json(request)
        calls: list[Call] = []
        for item in values["statuses"]:
            item = {"status": item} if isinstance(item, str) else item
            change = StatusChange(at=self._store.clock.now(), **item)
            if values.get("record", True):
                self._store.set_status(message, change)
            calls += await self._world.network.tell_status(message, change)
        return web.json_response({"webhooks": [describe_call(one) for one in calls]})

    async def _deliver(self, request: web.Request) -> web.Response:
        """Bring a message that waits to the phone."""
        message = self._message(request)
        self._world.network.deliver(message)
        return web.json_response(message.describe())

    def _message(self, request: web.Request) -> Message:
        return self._store.messages[request.match_info["message"]]

    # -- templates ----------------------------------------------------------------

    async def _get_templates(self, request: web.Request) -> web.Response:
        """What was submitted, by ``status``, ``name`` or ``language``."""
        query = request.query
        names = ("status", "name", "language", "provider")
        return await self._answer_list(
            request,
            "templates",
            lambda: (
                one
                for one in self._world.network.reviewer.describe()
                if all(query.get(name, one[name]) == one[name] for name in names)
            ),
            dict,
        )

    async def _review(self, request: web.Request) -> web.Response:
        """Decide as WhatsApp's reviewers would."""
        values = await _read_json(request)
        decided = self._world.network.reviewer.decide(
            request.match_info["template"],
            values["status"],
            values.get("reason", ""),
            values.get("category", ""),
        )
        return web.json_response(decided)

    # -- webhooks -----------------------------------------------------------------

    async def _send_inbound(self, request: web.Request) -> web.Response:
        """Send one message or ``messages`` from phones; answers after the webhooks."""
        values = await _read_json(request)
        drafts = values.get("messages") or [values]
        messages = [self._compose(draft) for draft in drafts]
        sends = [
            self._send_copies(message, int(draft.get("copies", 1)))
            for message, draft in zip(messages, drafts, strict=True)
        ]
        if values.get("concurrent"):
            results = await asyncio.gather(*sends)
        else:
            results = [await send for send in sends]
        return web.json_response({"messages": results})

    def _compose(self, draft: dict[str, Any]) -> Message:
        person = draft["contact"]
        known = person if isinstance(person, dict) else {"number": person}
        contact = self._phone.meet(known)
        return self._phone.compose(
            {**draft, "contact": contact.id}, _read_media(draft.get("media"))
        )

    async def _send_copies(self, message: Message, copies: int) -> dict[str, Any]:
        """Send a message; the further copies are the same webhook at the same time."""
        network = self._world.network
        sends = [network.send_from_phone(message)]
        if copies > 1:
            provider = network.provider_of(message.business)
            webhook = provider.inbound_webhook(message)
            post = self._world.courier.post
            sends += [post(webhook, "inbound", message.id) for _ in range(copies - 1)]
        first, *others = await asyncio.gather(*sends)
        webhooks = [describe_call(call) for call in [*first, *others]]
        return {**message.describe(), "webhooks": webhooks}

    async def _send_webhook(self, request: web.Request) -> web.Response:
        """Post raw bytes, any headers; nothing is signed."""
        values = await _read_json(request)
        webhook = Webhook(
            url=values["url"],
            method=values.get("method", "POST"),
            headers=values.get("headers", {}),
            body=_read_body(values),
        )
        copies = int(values.get("copies", 1))
        posts = [self._world.courier.post(webhook, "raw") for _ in range(copies)]
        calls = await asyncio.gather(*posts)
        return web.json_response({"webhooks": [describe_call(call) for call in calls]})

    async def _get_webhooks(self, request: web.Request) -> web.Response:
        """The calls made to the business, by ``kind``, ``message`` or ``url``."""
        query = request.query
        return await self._answer_list(
            request,
            "webhooks",
            lambda: (
                call
                for call in self._world.courier.calls
                if call.done
                and query.get("kind", call.kind) == call.kind
                and query.get("message", call.message) == call.message
                and query.get("url", "") in call.url
            ),
            describe_call,
        )

    # -- requests -----------------------------------------------------------------

    async def _get_requests(self, request: web.Request) -> web.Response:
        """The requests to providers, by ``method``, ``host`` or part of the path."""
        query = request.query
        return await self._answer_list(
            request,
            "requests",
            lambda: (
                one
                for one in self._world.recorder.requests
                if query.get("method", one.method) == one.method
                and query.get("host", one.host) == one.host
                and query.get("path", "") in one.path
            ),
            asdict,
        )

    async def _clear_requests(self, _request: web.Request) -> web.Response:
        self._world.recorder.clear()
        return web.json_response({})

    async def _answer_list(
        self,
        request: web.Request,
        name: str,
        find: Callable[[], Iterable],
        describe: Callable[[Any], dict] = Message.describe,
    ) -> web.Response:
        """A list; with ``wait`` seconds as soon as it has ``count`` (1) entries."""
        count = int(request.query.get("count", "1"))
        seconds = _wait(request)

        def are_enough() -> bool:
            return not seconds or len(list(find())) >= count

        complete = await self._store.changes.wait_until(are_enough, seconds)
        found = [describe(one) for one in find()]
        return web.json_response({name: found, "complete": bool(complete)})


def _wait(request: web.Request) -> float:
    return min(float(request.query.get("wait", "0")), _MAX_WAIT)


async def _read_json(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; an empty body counts as one."""
    values = await request.json() if await request.read() else {}
    if not isinstance(values, dict):
        raise TypeError("A JSON object is expected")
    return values


def _read_body(values: dict[str, Any]) -> bytes:
    """``base64`` for any bytes, else the text in ``body``."""
    if "base64" in values:
        return base64.b64decode(values["base64"])
    return values.get("body", "").encode()


def _message_filter(store, query) -> Callable[[Message], bool]:
    """A test for messages: every parameter that is given must fit."""
    address = query.get("contact")

    def matches(message: Message) -> bool:
        contact = store.contacts[message.contact]
        return (
            query.get("direction", message.direction) == message.direction
            and query.get("business", message.business) == message.business
            and query.get("kind", message.kind) == message.kind
            and query.get("text", "") in message.text
            and int(query.get("after", "0")) < message.seq
            and (not address or address in contact.addresses | {contact.id})
            and ("status" not in query or query["status"] in _states_of(message))
        )

    return matches


def _states_of(message: Message) -> set[str]:
    """All states that the message has been in, its delivery's among them."""
    states = {change.status for change in message.history} | {message.status}
    return states | ({message.delivery.state} if message.delivery else set())


def _read_media(values: Any) -> Any:
    """A file from ``{"content_type", "base64", "name"}``."""
    if not values:
        return None
    return Media(
        id=f"ME{secrets.token_hex(16)}",
        content_type=values["content_type"],
        data=base64.b64decode(values["base64"]),
        name=values.get("name"),
    )
