"""What all parts of Meta's HTTP surface share: credentials, faults and pages."""

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from .. import surface
from .accounts import Account
from .errors import MetaError, error_for_status

VERSION = "/graph.facebook.com/{version:v[0-9.]+}"
NODE = VERSION + "/{node:[^/]+}"


class Api(surface.Api):
    """One part of the surface. Handlers get the request and the account it is for."""

    error_for_status = staticmethod(error_for_status)

    def authenticate(self, request: web.Request, proven: bool = True) -> tuple[Account]:
        """The account that the token opens.

        :param proven: whether a proof of the app's secret may be required
        :raise MetaError: 190, or 100 for a wrong proof of the app's secret
        """
        token = read_token(request)
        for account in self.provider.accounts.values():
            if token and token in (account.access_token, account.app_token):
                proof = request.query.get("appsecret_proof", "")
                if proven and not account.is_proven(token, proof):
                    raise MetaError(
                        100,
                        "API calls from the server require an appsecret_proof argument",
                    )
                return (account,)
        raise MetaError(190)


def read_token(request: web.Request) -> str:
    """The access token, from the header or from the query."""
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    given = request.query.get("access_token", "")
    return given or (token if scheme.lower() in ("bearer", "oauth") else "")


async def read_json(request: web.Request) -> dict[str, Any]:
    """The request's JSON object.

    :raise MetaError: 100
    """
    try:
        values = await request.json() if await request.read() else {}
    except json.JSONDecodeError:
        raise MetaError(100, "The body is no valid JSON") from None
    if not isinstance(values, dict):
        raise MetaError(100, "The body is no JSON object")
    return values


def answer_page(
    request: web.Request,
    records: Sequence[dict[str, Any]],
    summary: dict[str, Any] | None = None,
) -> web.Response:
    """A page of ``records``, as ``limit`` and ``after`` ask for it.

    https://developers.facebook.com/docs/graph-api/results
    """
    query = request.query
    limit = min(int(query.get("limit", "25")), 1000)
    ids = [record["id"] for record in records]
    start = ids.index(query["after"]) + 1 if query.get("after") in ids else 0
    page = list(records[start : start + limit])
    body: dict[str, Any] = {"data": page}
    if page:
        after = page[-1]["id"]
        body["paging"] = {"cursors": {"before": page[0]["id"], "after": after}}
        if start + limit < len(records):
            following = {**query, "after": after, "access_token": read_token(request)}
            path = request.path.lstrip("/")
            body["paging"]["next"] = f"https://{path}?{urlencode(following)}"
    if summary and "summary" in query:
        body["summary"] = summary
    return web.json_response(body)
