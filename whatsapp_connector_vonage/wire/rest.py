"""What we ask Vonage besides sending: the application, read receipts, files.

https://developer.vonage.com/en/api/application.v2,
https://developer.vonage.com/en/api/messages#update-a-message
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    HttpClient,
    HttpRequest,
    is_https_at,
    turn_page,
)
from odoo.addons.whatsapp_connector.wire.items import Media
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_text,
)

from .account import API, VonageAccount
from .errors import ERRORS, UnusableKey

FILE_DOMAINS = (".nexmo.com", ".vonage.com")
MAX_PAGES = 100
SUBSCRIPTIONS = f"{API}/v2/whatsapp-manager/subscriptions"
#: What of WhatsApp's news about templates we ask to hear of.
SUBSCRIBED = (
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
)
#: What an update of an application replaces and must therefore repeat.
_KEPT = ("name", "capabilities", "privacy")


def ask(client: HttpClient, request: HttpRequest) -> Record:
    """The JSON object that answers ``request``; empty if the answer is.

    :raises ErrorAnswer: Vonage answered with an error, or with something else
    :raises NotSent, NoAnswer: see ``wire.http``
    """
    response = client.exchange(request)
    if response.ok and not response.body:
        return {}
    return ERRORS.object_in(response)


def get(account: VonageAccount, url: str, *params: tuple[str, str]) -> HttpRequest:
    """A question of the application's.

    :raises UnusableKey: the private key is none
    """
    return HttpRequest(method="GET", url=url, headers=account.headers, params=params)


def pages(client: HttpClient, first: HttpRequest, key: str) -> Iterator[Record]:
    """The records of a list, page after page; ``key`` is their name in the answer.

    :raises ForbiddenHost: the next page isn't at the host that was asked
    """
    request = first
    for _page in range(MAX_PAGES):
        answer = ask(client, request)
        yield from as_dicts(answer.get(key))
        following = as_text(as_dict(answer.get("paging")).get("next"))
        if not following:
            return
        request = turn_page(request, following)


# -- the application ------------------------------------------------------------------


def fetch_application(client: HttpClient, account: VonageAccount) -> Record:
    """The application, by the account's key and secret."""
    request = HttpRequest(
        method="GET", url=account.application_url(), auth=account.auth
    )
    return ask(client, request)


def get_webhook_urls(application: Record) -> dict[str, str]:
    """Where the application's messages (``inbound_url``) and statuses go."""
    messages = as_dict(as_dict(application.get("capabilities")).get("messages"))
    webhooks = as_dict(messages.get("webhooks"))
    return {
        name: as_text(as_dict(webhooks.get(name)).get("address"))
        for name in ("inbound_url", "status_url")
    }


def has_public_key(application: Record, account: VonageAccount) -> bool:
    """Whether the application's key is the other half of ours."""
    theirs = as_text(as_dict(application.get("keys")).get("public_key"))
    return bool(theirs) and theirs.split() == account.public_key.split()


def set_webhooks(client: HttpClient, account: VonageAccount, url: str) -> Record:
    """Have the application post its messages and statuses to ``url``, signed.

    All else of it stays. Files of messages are given to none but the application.
    """
    application = fetch_application(client, account)
    webhook = {"address": url, "http_method": "POST"}
    capabilities = as_dict(application.get("capabilities"))
    messages = {
        **as_dict(capabilities.get("messages")),
        "webhooks": {"inbound_url": webhook, "status_url": webhook},
        "version": "v1",
        "authenticate_inbound_media": True,
    }
    body = {name: application[name] for name in _KEPT if name in application}
    body["capabilities"] = {**capabilities, "messages": messages}
    if public_key := as_text(as_dict(application.get("keys")).get("public_key")):
        body["keys"] = {"public_key": public_key}
    request = HttpRequest(
        method="PUT", url=account.application_url(), auth=account.auth, json=body
    )
    return ask(client, request)


def has_number(client: HttpClient, account: VonageAccount, number: str) -> bool:
    """Whether the WABA has ``number`` (digits).

    Asked for by name: how the list of numbers looks isn't documented.
    https://developer.vonage.com/en/api/channel-manager
    """
    request = HttpRequest(
        method="GET", url=account.number_url(number), auth=account.auth
    )
    try:
        ask(client, request)
    except ErrorAnswer as error:
        if error.status == 404:
            return False
        raise
    return True


def subscribe(
    client: HttpClient,
    account: VonageAccount,
    url: str,
    is_former: Callable[[str], bool],
) -> None:
    """Have the decisions about templates posted to ``url``, once.

    :param is_former: whether an address was ours: its subscription goes
    https://developer.vonage.com/en/api/channel-manager
    """
    known = _list_subscriptions(client, account)
    if url not in known.values():
        _create_subscription(client, account, url)
    for subscription_id, address in known.items():
        if is_former(address):
            request = HttpRequest(
                method="DELETE",
                url=f"{SUBSCRIPTIONS}/{quote(subscription_id, safe='')}",
                auth=account.auth,
            )
            ERRORS.check_deleted(client.exchange(request))


def _list_subscriptions(client: HttpClient, account: VonageAccount) -> dict[str, str]:
    """The addresses of all subscriptions, by id; empty if they can't be read.

    How the list is wrapped isn't documented: bare, or in an object, at any depth.
    """
    asked = HttpRequest(method="GET", url=SUBSCRIPTIONS, auth=account.auth)
    response = client.exchange(asked)
    try:
        listed = json.loads(response.body) if response.ok else []
    except (ValueError, RecursionError):
        return {}
    return dict(_find_subscriptions(listed))


def _find_subscriptions(value: Any, depth: int = 3) -> Iterator[tuple[str, str]]:
    if not depth:
        return
    for record in as_dicts(value):
        address = as_text(as_dict(record.get("webhook")).get("url"))
        if (subscription_id := as_text(record.get("id"))) and address:
            yield subscription_id, address
    for inner in as_dict(value).values():
        yield from _find_subscriptions(inner, depth - 1)


def _create_subscription(client: HttpClient, account: VonageAccount, url: str) -> None:
    request = HttpRequest(
        method="POST",
        url=SUBSCRIPTIONS,
        auth=account.auth,
        json={
            "type": "webhook",
            "webhook": {"url": url},
            "whatsapp_subscribe_types": ",".join(SUBSCRIBED),
        },
    )
    ask(client, request)


# -- messages -------------------------------------------------------------------------


def build_mark_read(
    account: VonageAccount, message_id: str, typing: bool = False
) -> HttpRequest:
    """What shows the customer that their message was read; and that we type, for 25 s.

    Only the region that a number lives in knows its messages.

    :raises UnusableKey: the private key is none
    """
    body: Record = {"status": "read"}
    if typing:
        body["replying_indicator"] = {"show": True, "type": "text"}
    return HttpRequest(
        method="PATCH",
        url=account.messages_url(message_id),
        headers=account.headers,
        json=body,
    )


# -- files ----------------------------------------------------------------------------


def media_request(account: VonageAccount, media: Media) -> HttpRequest | None:
    """The request that downloads a file of an inbound message.

    The address comes from a webhook: our token goes to Vonage's hosts only.
    """
    if not media.url:
        return None
    try:
        is_ours = is_https_at(media.url, is_file_host)
        headers: dict[str, Any] = account.headers if is_ours else {}
    except UnusableKey:
        headers = {}
    return HttpRequest(method="GET", url=media.url, headers=headers)


def is_file_host(host: str) -> bool:
    """Whether files may come from ``host``, directly or by a redirect."""
    return host.endswith(FILE_DOMAINS)
