"""What all parts of Twilio's HTTP surface share: credentials, faults and pages."""

from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from email.utils import format_datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from aiohttp import web

from .. import surface
from .accounts import Account, read_basic_auth
from .errors import TwilioError, error_for_status

Record = TypeVar("Record")


class Api(surface.Api):
    """One part of the surface. Handlers get the request and the account it is for."""

    error_for_status = staticmethod(error_for_status)

    def authenticate(
        self, request: web.Request, main_key_only: bool = False
    ) -> tuple[Account]:
        """The account that the credentials open.

        :raise TwilioError: 20003 for wrong ones, 20404 for another account's path
        """
        user, password = read_basic_auth(request)
        account = self.provider.account_of(user)
        if account is None or not account.accepts(user, password):
            raise TwilioError(20003)
        key = account.api_keys.get(user)
        if main_key_only and key and key.type != "main":
            raise TwilioError(20003)
        if request.match_info.get("account", account.sid) != account.sid:
            raise TwilioError(20404)
        return (account,)


def rfc2822(at: float) -> str:
    """A time as the classic API writes it."""
    return format_datetime(datetime.fromtimestamp(at, timezone.utc))


def iso8601(at: float) -> str:
    """A time as the newer APIs write it."""
    moment = datetime.fromtimestamp(at, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def take_page(
    request: web.Request, records: Sequence[Record], key: Callable[[Record], str]
) -> tuple[list[Record], dict[str, Any]]:
    """The page that the request asks for, and where it lies.

    A page token names the last record of the page before, so that new records don't
    move the pages. ``next`` is the query of the next page, if there is one.
    """
    query = request.query
    size = _page_size(query.get("PageSize", ""))
    number = int(query.get("Page", "0") or 0)
    token = query.get("PageToken", "")
    start = 0
    if token:
        keys = [key(record) for record in records]
        last = token.removeprefix("PA")
        start = keys.index(last) + 1 if last in keys else len(records)
    page = list(records[start : start + size])
    more = bool(page) and start + size < len(records)
    return page, {
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + max(len(page) - 1, 0),
        "next": _next_query(request, size, number, key(page[-1])) if more else None,
    }


def _page_size(text: str) -> int:
    return min(max(int(text), 1), 1000) if text.isdecimal() else 50


def _next_query(request: web.Request, size: int, number: int, last: str) -> str:
    place = ("PageSize", "Page", "PageToken")
    kept = [pair for pair in request.query.items() if pair[0] not in place]
    more = [("PageSize", size), ("Page", number + 1), ("PageToken", f"PA{last}")]
    return urlencode(kept + more)


def classic_page(request: web.Request, name: str, records: list, place: dict) -> dict:
    """A list as the 2010 API answers it; addresses are relative."""
    path = request.path.split("/", 2)[2]
    next_query = place.pop("next")
    return {
        name: records,
        **place,
        "uri": f"/{path}?{request.query_string}",
        "first_page_uri": f"/{path}?PageSize={place['page_size']}&Page=0",
        "previous_page_uri": None,
        "next_page_uri": f"/{path}?{next_query}" if next_query else None,
    }


def modern_page(request: web.Request, name: str, records: list, place: dict) -> dict:
    """A list as the v1 and v2 APIs answer it; addresses are absolute."""
    url = "https:/" + request.path
    size, number, next_query = place["page_size"], place["page"], place["next"]
    return {
        name: records,
        "meta": {
            "key": name,
            "page": number,
            "page_size": size,
            "url": f"{url}?{request.query_string}",
            "first_page_url": f"{url}?PageSize={size}&Page=0",
            "previous_page_url": None,
            "next_page_url": f"{url}?{next_query}" if next_query else None,
        },
    }
