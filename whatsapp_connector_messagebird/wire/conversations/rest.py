"""What we ask MessageBird Conversations: webhooks, messages.

https://developers.messagebird.com/api/conversations
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone

from odoo.addons.whatsapp_connector.wire.http import HttpClient
from odoo.addons.whatsapp_connector.wire.items import InboundMessage, StatusUpdate
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMessage
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_text,
)
from odoo.addons.whatsapp_connector.wire.webhook import MalformedEvent

from ..account import MessageBirdAccount
from ..reading import marked, read_list
from ..rest import MAX_PAGES, ask, find, request
from .parse import PLATFORMS, read_inbound, read_status

PAGE_SIZE = 20
#: How far MessageBird's clock and ours may differ.
CLOCK_MARGIN = timedelta(minutes=1)
EVENTS = ("message.created", "message.updated")


# -- set-up ---------------------------------------------------------------------------


def probe_account(client: HttpClient, account: MessageBirdAccount) -> None:
    """The least that an access key for conversations may do."""
    ask(client, request(account, "GET", account.conversations_url("webhooks")))


def probe_channel(
    client: HttpClient, account: MessageBirdAccount, channel_id: str
) -> str:
    """What a channel is called: this API doesn't tell."""
    return ""


def find_webhook(
    client: HttpClient, account: MessageBirdAccount, channel_id: str, url: str
) -> bool:
    """Whether what comes in for the channel is posted to ``url``."""
    return any(
        _is_for(webhook, channel_id, url)
        and as_text(webhook.get("status")) != "disabled"
        and set(EVENTS) <= _events(webhook)
        for webhook in _list_webhooks(client, account)
    )


def _is_for(webhook: Record, channel_id: str, url: str) -> bool:
    """A webhook without a channel is for all of them."""
    is_ours = as_text(webhook.get("url")) == url
    return is_ours and as_text(webhook.get("channelId")) in ("", channel_id)


def _events(webhook: Record) -> set[str]:
    events = webhook.get("events")
    return set(map(as_text, events)) if isinstance(events, list) else set()


def set_webhook(
    client: HttpClient, account: MessageBirdAccount, channel_id: str, url: str
) -> None:
    """Have the channel post to ``url``: change the webhook that does, or make one."""
    body = {"events": list(EVENTS), "url": url, "status": "enabled"}
    for webhook in _list_webhooks(client, account):
        webhook_id = as_text(webhook.get("id"))
        if webhook_id and _is_for(webhook, channel_id, url):
            path = f"webhooks/{webhook_id}"
            address = account.conversations_url(path)
            ask(client, request(account, "PATCH", address, json=body))
            return
    address = account.conversations_url("webhooks")
    body = {"channelId": channel_id, **body}
    ask(client, request(account, "POST", address, json=body))


def _list_webhooks(client: HttpClient, account: MessageBirdAccount) -> Iterator[Record]:
    return _pages(client, account, "webhooks")


def _pages(
    client: HttpClient,
    account: MessageBirdAccount,
    path: str,
    *params: tuple[str, str],
) -> Iterator[Record]:
    url = account.conversations_url(path)
    for page in range(MAX_PAGES):
        place = (("offset", str(page * PAGE_SIZE)), ("limit", str(PAGE_SIZE)))
        asked = request(account, "GET", url, params=(*params, *place))
        found = as_dicts(as_dict(ask(client, asked)).get("items"))
        yield from found
        if len(found) < PAGE_SIZE:
            return


# -- messages -------------------------------------------------------------------------


def list_inbound(
    client: HttpClient, account: MessageBirdAccount, channel_id: str, since: datetime
) -> list[InboundMessage]:
    """What people sent to the channel since ``since`` (aware UTC), the oldest first."""
    messages = (
        message
        for message in _list_messages(client, account, since)
        if as_text(message.get("channelId")) == channel_id
        and as_text(message.get("platform")) in PLATFORMS
        and as_text(message.get("direction")) == "received"
    )
    return read_list(messages, lambda message: read_inbound(message, {}), since)


def _list_messages(
    client: HttpClient, account: MessageBirdAccount, since: datetime
) -> Iterator[Record]:
    moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return _pages(client, account, "messages", ("from", moment))


def fetch_status(
    client: HttpClient, account: MessageBirdAccount, channel_id: str, message_id: str
) -> StatusUpdate | None:
    """What became of a message whose id we know; None if MessageBird has it no more."""
    url = account.conversations_url(f"messages/{message_id}")
    found = as_dict(find(client, request(account, "GET", url)))
    return _read_status(found) if found else None


def find_status(
    client: HttpClient,
    account: MessageBirdAccount,
    outbound: OutboundMessage,
    since: datetime,
) -> StatusUpdate | None:
    """What became of a message whose id never reached us: it carries our reference."""
    for message in _list_messages(client, account, since - CLOCK_MARGIN):
        if marked(message.get("trackId")) == outbound.reference:
            return _read_status(message)
    return None


def _read_status(message: Record) -> StatusUpdate | None:
    try:
        return read_status(message, {}, marked(message.get("trackId")))
    except MalformedEvent:
        return None
