"""What all parts of MessageBird's HTTP surface share: credentials, errors, pages."""

from datetime import datetime, timezone
from typing import Any

from aiohttp import web

from .. import surface
from ..surface import Refusal
from .accounts import Account, find_account

#: HTTP status and code of a refusal, by what is wrong.
_REFUSALS = {
    "access": (401, 2, "Request not allowed (incorrect access_key)"),
    "missing": (422, 9, "missing params"),
    "invalid": (422, 10, "invalid params"),
    "not_found": (404, 20, "not found"),
}


class MessageBirdError(Refusal):
    """A refusal: one of the reasons, and which parameter is wrong."""

    def __init__(self, reason: str, parameter: str | None = None, words: str = ""):
        super().__init__(reason)
        self._status, code, description = _REFUSALS[reason]
        self._error = {
            "code": code,
            "description": words or description,
            "parameter": parameter,
        }

    def response(self) -> web.Response:
        return web.json_response({"errors": [self._error]}, status=self._status)


def error_for_status(status: int) -> web.Response:
    """The answer that goes with an HTTP status."""
    error = {"code": 99, "description": f"HTTP {status}", "parameter": None}
    return web.json_response({"errors": [error]}, status=status)


class Api(surface.Api):
    """One part of the surface. Handlers get the request and the account it is for."""

    error_for_status = staticmethod(error_for_status)

    def authenticate(self, request: web.Request) -> tuple[Account]:
        given = request.headers.get("Authorization", "")
        account = find_account(self.provider.accounts, given)
        if account is None:
            raise MessageBirdError("access", "access_key")
        return (account,)


def iso8601(at: float) -> str:
    """A time as MessageBird writes it, with nine digits of a second."""
    moment = datetime.fromtimestamp(at, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S.%f}000Z"


def whole_second(at: float) -> str:
    """A time as its own client reads it."""
    return f"{datetime.fromtimestamp(at, timezone.utc):%Y-%m-%dT%H:%M:%SZ}"


def take_page(request: web.Request, records: list[Any]) -> dict[str, Any]:
    """A list as MessageBird answers it."""
    offset = _number(request.query.get("offset", ""), 0)
    limit = min(_number(request.query.get("limit", ""), 10), 20)
    items = records[offset : offset + limit]
    return {
        "offset": offset,
        "limit": limit,
        "count": len(items),
        "totalCount": len(records),
        "items": items,
    }


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() else default
