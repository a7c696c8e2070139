"""What all parts of Bird's HTTP surface share: credentials, errors, pages."""

from datetime import datetime, timezone
from typing import Any

from aiohttp import web

from .. import surface
from ..surface import Refusal
from .accounts import Account, is_key_of

_REFUSALS = {
    "access": (401, "Unauthenticated", "the access key is not valid"),
    "invalid": (422, "InvalidPayload", "the request is not valid"),
    "not_found": (404, "NotFound", "not found"),
}


class BirdError(Refusal):
    """A refusal: one of the reasons, and what is wrong with which field."""

    def __init__(self, reason: str, **details: str):
        super().__init__(reason)
        self._status, code, message = _REFUSALS[reason]
        self._body = {"code": code, "message": message}
        if details:
            self._body["details"] = {name: [words] for name, words in details.items()}

    def response(self) -> web.Response:
        return web.json_response(self._body, status=self._status)


def error_for_status(status: int) -> web.Response:
    """The answer that goes with an HTTP status."""
    body = {"code": "Error", "message": f"HTTP {status}"}
    return web.json_response(body, status=status)


class Api(surface.Api):
    """One part of the surface. Handlers get the request and the account it is for."""

    error_for_status = staticmethod(error_for_status)

    def authenticate(self, request: web.Request) -> tuple[Account]:
        account = self.provider.accounts.get(request.match_info["workspace"])
        given = request.headers.get("Authorization", "")
        if account is None or not is_key_of(account, given):
            raise BirdError("access")
        return (account,)


def iso8601(at: float) -> str:
    """A time as Bird writes it."""
    moment = datetime.fromtimestamp(at, timezone.utc)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def take_page(request: web.Request, records: list[Any]) -> dict[str, Any]:
    """A list as Bird answers it; the page token is a place in the list.

    :raise BirdError: more than a hundred were asked for
    """
    limit = _number(request.query.get("limit", ""), 10)
    if not 1 <= limit <= 100:
        raise BirdError("invalid", limit="must be from 1 to 100")
    start = _number(request.query.get("pageToken", ""), 0)
    page: dict[str, Any] = {"results": records[start : start + limit]}
    if start + limit < len(records):
        page["nextPageToken"] = str(start + limit)
    return page


def _number(text: str, default: int) -> int:
    return int(text) if text.isdecimal() else default
