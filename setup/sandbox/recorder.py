"""Keeps every request that reaches a pretend provider, for assertions."""

import json
from collections import deque
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import parse_qs

from aiohttp import web

from .store import Store

_SECRET_HEADERS = ("Authorization", "Cookie", "X-Api-Key")


@dataclass
class RecordedRequest:
    """One request; ``form`` and ``query`` hold all values of each name.

    ``fault`` is the effect that struck it, ``status`` the answer (none after a reset).
    """

    id: int
    at: float
    method: str
    host: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    form: dict[str, list[str]] | None = None
    json: Any = None
    status: int | None = None
    fault: str | None = None


class Recorder:
    """The requests so far, and the middleware that notes them."""

    def __init__(self, store: Store, hosts: frozenset[str]) -> None:
        self._store = store
        self._hosts = hosts
        self.clear()

    def clear(self) -> None:
        """Forget all requests."""
        self.requests: deque[RecordedRequest] = deque(maxlen=20000)
        self._count = 0

    @web.middleware
    async def middleware(self, request: web.Request, handler) -> web.StreamResponse:
        """Note requests below a provider's host, before and after their answer."""
        host, _slash, path = request.path.lstrip("/").partition("/")
        if host not in self._hosts:
            return await handler(request)
        recorded = await self._record(request, host, f"/{path}")
        try:
            response = await handler(request)
            recorded.status = response.status
            return response
        except web.HTTPException as redirect:
            recorded.status = redirect.status
            raise
        finally:
            recorded.fault = request.get("fault")
            if recorded.fault == "reset":
                recorded.status = None
            self._store.changes.publish("request", lambda: asdict(recorded))

    async def _record(
        self, request: web.Request, host: str, path: str
    ) -> RecordedRequest:
        self._count += 1
        headers = request.headers.items()
        recorded = RecordedRequest(
            id=self._count,
            at=self._store.clock.now(),
            method=request.method,
            host=host,
            path=path,
            query=_all_values(request.query_string),
            headers={k: v for k, v in headers if k.title() not in _SECRET_HEADERS},
        )
        if request.content_type == "application/x-www-form-urlencoded":
            recorded.form = _all_values(await request.text())
        elif request.content_type == "application/json":
            recorded.json = _parse_json(await request.text())
        self.requests.append(recorded)
        return recorded


def _all_values(encoded: str) -> dict[str, list[str]]:
    return parse_qs(encoded, keep_blank_values=True)


def _parse_json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
