"""Trouble on demand.

A fault is one line of trouble: where (``on``), what (``effect``) and how many times.
``business`` and ``recipient`` narrow it to one number or one person. The first fault
that fits is used up first.

==========  =====================================  ====================================
``on``      hits                                   effects
==========  =====================================  ====================================
send        the request that sends a message       answer, hang, reset
api         every other request to the provider    answer, hang, reset
media       the download of an inbound file        answer, hang, reset
inbound     the webhook with a customer's message  duplicate, delay, swap, never
status      the webhook with a status              duplicate, delay, swap, never
outcome     what becomes of an accepted message    failed, undelivered, sent, read
==========  =====================================  ====================================
"""

import asyncio
import itertools
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any

from aiohttp import web

from .store import Changes

_HTTP = ("answer", "hang", "reset")
_WEBHOOK = ("duplicate", "delay", "swap", "never")
EFFECTS = {
    "send": _HTTP,
    "api": _HTTP,
    "media": _HTTP,
    "inbound": _WEBHOOK,
    "status": _WEBHOOK,
    "outcome": ("failed", "undelivered", "sent", "read"),
}


@dataclass
class Fault:
    """One kind of trouble and how often it still happens (``times`` 0: always).

    * ``answer``: HTTP ``status``, with ``Retry-After: retry_after`` if given.
    * ``hang``: silence for ``seconds``; then the answer if ``taken``, else a reset.
    * ``reset``: the connection breaks without an answer.
    * ``taken``: the provider takes the message although it answers with trouble.
    * ``duplicate``: ``copies`` equal webhooks at once. ``delay``: after ``seconds``.
      ``swap``: after the next one. ``never``: not at all.
    * ``failed``, ``undelivered``: the message ends so, with error ``code``.
      ``sent``: it never arrives. ``read``: it is read without ever being delivered.
    """

    on: str
    effect: str
    id: int = 0
    times: int = 1
    business: str | None = None
    recipient: str | None = None
    status: int = 503
    retry_after: int | None = None
    seconds: float = 5
    taken: bool = False
    copies: int = 2
    code: int | None = None

    def __post_init__(self) -> None:
        if self.on not in EFFECTS:
            raise ValueError(f"“on” must be one of {', '.join(EFFECTS)}")
        if self.effect not in EFFECTS[self.on]:
            allowed = ", ".join(EFFECTS[self.on])
            raise ValueError(f"“effect” on {self.on} must be one of {allowed}")

    def hits(self, on: str, business: str | None, recipients: set[str]) -> bool:
        """Whether it concerns this event."""
        return (
            self.on == on
            and self.business in (None, business)
            and (self.recipient is None or self.recipient in recipients)
        )


class Faults:
    """The faults that are due, in the order in which they were asked for."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._ids = itertools.count(1)
        self._due: list[Fault] = []

    def add(self, **values: Any) -> Fault:
        """Ask for trouble."""
        fault = Fault(**values)
        fault.id = next(self._ids)
        self._due.append(fault)
        self._publish()
        return fault

    def remove(self, fault_id: int) -> None:
        """Take one back."""
        self._due = [fault for fault in self._due if fault.id != fault_id]
        self._publish()

    def clear(self) -> None:
        """Take all back."""
        self._due = []
        self._publish()

    def describe(self) -> list[dict[str, Any]]:
        """All that are due, as JSON."""
        return [asdict(fault) for fault in self._due]

    def take(
        self,
        on: str,
        business: str | None = None,
        recipients: set[str] = frozenset(),
    ) -> Fault | None:
        """The fault for this event, counted as used."""
        for fault in self._due:
            if fault.hits(on, business, recipients):
                self._use(fault)
                return fault
        return None

    def _use(self, fault: Fault) -> None:
        if fault.times == 1:
            self.remove(fault.id)
        elif fault.times:
            fault.times -= 1
            self._publish()

    def _publish(self) -> None:
        self._changes.publish("faults", self.describe)


async def answer(
    request: web.Request,
    fault: Fault | None,
    accept: Callable[[], Awaitable[web.StreamResponse]],
    refuse: Callable[[int], web.Response],
) -> web.StreamResponse:
    """Answer a provider's request, with the trouble that the fault asks for.

    :param accept: does what the request wants and gives the usual answer
    :param refuse: gives the provider's error answer for an HTTP status
    """
    if fault is None:
        return await accept()
    request["fault"] = fault.effect
    usual = await accept() if fault.taken else None
    if fault.effect == "answer":
        return _with_retry_after(refuse(fault.status), fault.retry_after)
    if fault.effect == "hang":
        await asyncio.sleep(fault.seconds)
        if usual is not None:
            return usual
    return _reset(request)


def _with_retry_after(response: web.Response, seconds: int | None) -> web.Response:
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def _reset(request: web.Request) -> web.Response:
    """Break the connection with a TCP reset; the returned answer goes nowhere."""
    if request.transport is not None:
        connection = request.transport.get_extra_info("socket")
        linger = struct.pack("ii", 1, 0)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        request.transport.abort()
    return web.Response()
