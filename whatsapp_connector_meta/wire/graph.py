"""How the Graph API is asked; all but sending, which goes through the work engine.

https://developers.facebook.com/docs/graph-api
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from odoo.addons.whatsapp_connector.wire.http import (
    HttpClient,
    HttpRequest,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_text,
)

from .account import MetaAccount, url
from .errors import ERRORS

MAX_PAGES = 100


def ask(client: HttpClient, request: HttpRequest) -> Record:
    """The JSON object that answers ``request``.

    :raises ErrorAnswer: Meta answered with an error, or with something else
    :raises NotSent, NoAnswer: see ``wire.http``
    """
    return ERRORS.object_in(client.exchange(request))


def get(account: MetaAccount, *path: str, **params: str) -> HttpRequest:
    return build("GET", account, *path, params=params)


def post(account: MetaAccount, *path: str, json: Any = None, **params) -> HttpRequest:
    return build("POST", account, *path, params=params, json=json)


def build(
    method: str,
    account: MetaAccount,
    *path: str,
    params: dict[str, str] | None = None,
    json: Any = None,
) -> HttpRequest:
    """A request of the account's, to the node (and edge) ``path``."""
    return HttpRequest(
        method=method,
        url=url(*path),
        headers=account.headers,
        params=(*(params or {}).items(), *account.proof),
        json=json,
    )


def as_app(request: HttpRequest, account: MetaAccount) -> HttpRequest:
    """The same request, made by the app itself instead of its system user."""
    kept = tuple(pair for pair in request.params if pair not in account.proof)
    return replace(request, headers=account.app_headers, params=kept)


def pages(client: HttpClient, first: HttpRequest) -> Iterator[Record]:
    """The records of a list, page after page.

    The address of the next page holds the access token; it is built anew instead.
    """
    request = first
    for _page in range(MAX_PAGES):
        answer = ask(client, request)
        yield from as_dicts(answer.get("data"))
        paging = as_dict(answer.get("paging"))
        after = as_text(as_dict(paging.get("cursors")).get("after"))
        if not paging.get("next") or not after:
            return
        kept = tuple(pair for pair in first.params if pair[0] != "after")
        request = replace(first, params=(*kept, ("after", after)))
