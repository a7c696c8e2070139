"""Asking MessageBird: it only reads or configures, so it may be asked again."""

from __future__ import annotations

from typing import Any

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    HttpClient,
    HttpRequest,
    is_https_at,
)
from odoo.addons.whatsapp_connector.wire.items import Media

from .account import MessageBirdAccount, is_file_host
from .errors import ERRORS

MAX_PAGES = 100


def request(
    account: MessageBirdAccount,
    method: str,
    url: str,
    json: Any = None,
    params: tuple[tuple[str, str], ...] = (),
) -> HttpRequest:
    return HttpRequest(
        method=method, url=url, headers=account.headers, json=json, params=params
    )


def ask(client: HttpClient, asked: HttpRequest) -> Any:
    """The JSON that answers, None where nothing has to be said.

    :raises ErrorAnswer: an error, or something else than JSON
    :raises NotSent, NoAnswer: see ``wire.http``
    """
    response = client.exchange(asked)
    if response.ok and not response.body.strip():
        return None
    body = response.json()
    if not response.ok or body is None:
        raise ErrorAnswer(response.status, ERRORS.error_of(response))
    return body


def delete(client: HttpClient, account: MessageBirdAccount, url: str) -> None:
    """Delete; what isn't there any more is deleted."""
    ERRORS.check_deleted(client.exchange(request(account, "DELETE", url)))


def find(client: HttpClient, asked: HttpRequest) -> Any:
    """Like :func:`ask`; None for what isn't there."""
    try:
        return ask(client, asked)
    except ErrorAnswer as error:
        if error.status == 404:
            return None
        raise


def media_request(account: MessageBirdAccount, media: Media) -> HttpRequest | None:
    """The request that downloads a file of an inbound message.

    The address comes from a webhook: only to MessageBird does our key go with it.
    """
    if not media.url:
        return None
    headers = account.headers if is_https_at(media.url, is_file_host) else {}
    return HttpRequest(
        method="GET", url=media.url, headers={**headers, "Accept": "*/*"}
    )
