"""Carries webhooks to the business's server, well or badly.

A provider builds a :class:`Webhook` and the courier posts it: with the provider's
time-outs and retries, to the real place behind a public address, and with the faults
that were asked for. Every call is kept for the screens and for assertions.
"""

import asyncio
import contextlib
import itertools
import time
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Optional

import aiohttp
from yarl import URL

from .faults import Fault, Faults
from .store import Contact, Store

_REPLY_LIMIT = 64 * 1024 + 1
_SWAP_PATIENCE = 2.0
"""Seconds that a swapped webhook waits for another one to overtake it."""


@dataclass(frozen=True)
class Retry:
    """When a provider tries a webhook again.

    ``on`` holds the kinds of failure that count: ``ct`` (no connection), ``rt`` (no
    answer in time), ``4xx``, ``5xx``. Times are seconds.
    """

    times: int = 0
    on: frozenset[str] = frozenset()
    wait: float = 0.0
    connect_timeout: float = 5.0
    read_timeout: float = 15.0
    total_timeout: float = 15.0


@dataclass(frozen=True)
class Webhook:
    """One call to the business's server, signed and ready.

    ``fallback`` gives another call to make when this one failed, ``check_reply`` the
    provider's complaint about an answer, if it has one.
    """

    url: str
    headers: dict[str, str]
    body: bytes = b""
    method: str = "POST"
    retry: Retry = Retry()
    fallback: Callable[["Call"], Optional["Webhook"]] | None = None
    check_reply: Callable[[int, str, bytes], str | None] = lambda *_: None


@dataclass
class Call:
    """What became of a webhook. ``failure`` is a kind of :class:`Retry`, or empty."""

    id: int
    kind: str
    message: str | None
    method: str
    url: str
    headers: dict[str, str]
    body: str
    at: float
    attempts: int = 0
    http_status: int | None = None
    failure: str = ""
    error: str | None = None
    seconds: float = 0.0
    done: bool = False

    @property
    def ok(self) -> bool:
        """Whether the business's server took it."""
        return self.done and self.error is None


class Courier:
    """Posts webhooks and fetches files, over one HTTP session."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults
        self._session: aiohttp.ClientSession | None = None
        self.clear()

    async def open(self) -> None:
        """Open the HTTP session; needs a running loop."""
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, force_close=True),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=True,
        )

    async def close(self) -> None:
        """Close the HTTP session."""
        if self._session:
            await self._session.close()

    def clear(self) -> None:
        """Forget all calls."""
        self.calls: deque[Call] = deque(maxlen=20000)
        self._ids = itertools.count(1)
        self._waiting: dict[str, asyncio.Event] = {}

    # -- webhooks ---------------------------------------------------------------

    async def deliver(
        self, webhook: Webhook, kind: str, business: str, contact: Contact, message: str
    ) -> list[Call]:
        """Post a webhook of this kind (``inbound``, ``status``), faults included.

        :return: the calls made: none if the fault swallowed it, several if it doubled
        """
        fault = self._faults.take(kind, business, contact.addresses)
        if fault and fault.effect == "never":
            return []
        if fault:
            await self._hold_back(fault, kind)
        copies = fault.copies if fault and fault.effect == "duplicate" else 1
        posts = [self.post(webhook, kind, message) for _copy in range(copies)]
        calls = list(await asyncio.gather(*posts))
        if kind in self._waiting:
            self._waiting.pop(kind).set()
        return calls

    async def _hold_back(self, fault: Fault, kind: str) -> None:
        if fault.effect == "delay":
            await asyncio.sleep(fault.seconds)
        elif fault.effect == "swap":
            overtaken = self._waiting[kind] = asyncio.Event()
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(overtaken.wait(), _SWAP_PATIENCE)

    async def post(
        self, webhook: Webhook, kind: str, message: str | None = None
    ) -> Call:
        """Post one webhook until it is taken or the provider gives up."""
        call = self._new_call(webhook, kind, message)
        while True:
            call.attempts += 1
            await self._attempt(webhook, call)
            if call.failure not in webhook.retry.on:
                break
            if call.attempts > webhook.retry.times:
                break
            await asyncio.sleep(webhook.retry.wait)
        call.done = True
        self._store.changes.publish("webhook", lambda: describe_call(call))
        second = webhook.fallback and call.error and webhook.fallback(call)
        return await self.post(second, kind, message) if second else call

    def _new_call(self, webhook: Webhook, kind: str, message: str | None) -> Call:
        call = Call(
            id=next(self._ids),
            kind=kind,
            message=message,
            method=webhook.method,
            url=webhook.url,
            headers=webhook.headers,
            body=webhook.body.decode("utf-8", "replace"),
            at=self._store.clock.now(),
        )
        self.calls.append(call)
        return call

    async def _attempt(self, webhook: Webhook, call: Call) -> None:
        """Post once and note the result in the call."""
        started = time.monotonic()
        try:
            await self._exchange(webhook, call)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            self._note_failure(call, "ct", f"No connection: {error}")
        except asyncio.TimeoutError:
            self._note_failure(call, "rt", "No answer in time")
        except (aiohttp.InvalidURL, ValueError) as error:
            self._note_failure(call, "address", f"Unusable address: {error}")
        except aiohttp.ClientError as error:
            self._note_failure(call, "rt", f"Broken connection: {error}")
        call.seconds = round(time.monotonic() - started, 3)

    async def _exchange(self, webhook: Webhook, call: Call) -> None:
        url, headers = self._route(webhook.url, webhook.headers)
        timeout = aiohttp.ClientTimeout(
            total=webhook.retry.total_timeout,
            sock_connect=webhook.retry.connect_timeout,
            sock_read=webhook.retry.read_timeout,
        )
        async with self._session.request(
            webhook.method,
            URL(url, encoded=True),
            data=webhook.body or None,
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
        ) as response:
            body = await _read(response.content, _REPLY_LIMIT)
            call.http_status = response.status
            call.failure = _failure_class(response.status)
            call.error = webhook.check_reply(
                response.status, response.headers.get("Content-Type", ""), body
            )
            if call.error is None and call.failure:
                call.error = f"HTTP {response.status}"

    @staticmethod
    def _note_failure(call: Call, failure: str, error: str) -> None:
        call.http_status, call.failure, call.error = None, failure, error

    def _route(self, url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
        """Where a public address is really served, with a reverse proxy's headers."""
        for public, actual in self._store.settings.public_addresses.items():
            public = public.rstrip("/")
            if url == public or url.startswith((public + "/", public + "?")):
                scheme, _colon, host = public.partition("://")
                forwarded = {
                    "Host": host,
                    "X-Forwarded-Host": host,
                    "X-Forwarded-Proto": scheme,
                    "X-Forwarded-For": "203.0.113.7",
                }
                return actual.rstrip("/") + url[len(public) :], headers | forwarded
        return url, headers

    # -- files ------------------------------------------------------------------

    async def fetch(self, url: str, limit: int) -> tuple[bytes, str, str]:
        """Download what the business sends: bytes, cut off, content type and name.

        :raise aiohttp.ClientError: the address doesn't answer with a file
        :raise asyncio.TimeoutError: not within ten seconds
        """
        target, headers = self._route(url, {})
        async with self._session.get(
            target, headers=headers, timeout=aiohttp.ClientTimeout(total=10)
        ) as response:
            response.raise_for_status()
            data = await _read(response.content, limit)
            disposition = response.content_disposition
            name = (disposition and disposition.filename) or response.url.name
            return data, response.content_type, name


async def _read(stream: aiohttp.StreamReader, limit: int) -> bytes:
    """The stream's bytes, at most so many."""
    data = bytearray()
    async for chunk in stream.iter_chunked(64 * 1024):
        data += chunk
        if len(data) >= limit:
            break
    return bytes(data[:limit])


def _failure_class(status: int) -> str:
    return "" if status < 400 else f"{status // 100}xx"


def describe_call(call: Call) -> dict[str, Any]:
    """A call as JSON."""
    return {**asdict(call), "ok": call.ok}
