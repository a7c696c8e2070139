"""What we ask Bird: channels, webhook subscriptions, messages.

https://docs.bird.com/api/channels-api/api-reference,
https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime

from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer, HttpClient
from odoo.addons.whatsapp_connector.wire.items import InboundMessage, StatusUpdate
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMessage
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_moment,
    as_text,
)
from odoo.addons.whatsapp_connector.wire.webhook import MalformedEvent

from .. import rest
from ..account import MessageBirdAccount
from ..reading import read_list
from ..rest import MAX_PAGES, ask, find, request
from .parse import read_inbound, read_status
from .send import address_of

_logger = logging.getLogger(__name__)

PAGE_SIZE = 100
EVENTS = ("whatsapp.inbound", "whatsapp.outbound", "whatsapp.interaction")
#: A new draft concerns nobody. They are the workspace's, of whatever channel.
#: https://docs.bird.com/api/touchpoints-api/api-reference/message-templates/template-webhooks
TEMPLATE_EVENTS = ("template.updated", "template.deleted")
#: Pages of a number's messages, the newest first, that a backfill goes through.
MESSAGE_PAGES = 20


def pages(
    client: HttpClient,
    account: MessageBirdAccount,
    url: str,
    *params: tuple[str, str],
    most: int = MAX_PAGES,
) -> Iterator[Record]:
    """The records of a list, page after page."""
    place: tuple[tuple[str, str], ...] = (("limit", str(PAGE_SIZE)),)
    for _page in range(most):
        asked = request(account, "GET", url, params=(*params, *place))
        answer = as_dict(ask(client, asked))
        yield from as_dicts(answer.get("results"))
        token = as_text(answer.get("nextPageToken"))
        if not token:
            return
        place = (("limit", str(PAGE_SIZE)), ("pageToken", token))


# -- set-up ---------------------------------------------------------------------------


def probe_account(client: HttpClient, account: MessageBirdAccount) -> None:
    """The least that an access key for channels may do."""
    url = account.bird_url("channels")
    ask(client, request(account, "GET", url, params=(("limit", "1"),)))


def probe_channel(
    client: HttpClient, account: MessageBirdAccount, channel_id: str
) -> str:
    """The name of a channel."""
    url = account.bird_url("channels", channel_id)
    return as_text(as_dict(ask(client, request(account, "GET", url))).get("name"))


def find_webhook(
    client: HttpClient, account: MessageBirdAccount, channel_id: str, url: str
) -> bool:
    """Whether all that happens on the channel is posted to ``url``."""
    subscribed = {
        as_text(each.get("event"))
        for each in _list_subscriptions(client, account)
        if _is_for(each, channel_id, url)
    }
    return set(EVENTS) <= subscribed


def set_webhook(
    client: HttpClient, account: MessageBirdAccount, channel_id: str, url: str
) -> None:
    """Have the channel post to ``url``, signed with our key.

    Bird never shows the key of a subscription, and one with another key looks like
    wrong signatures now and then: earlier ones go, once the new ones are there.

    The documentation disagrees on the address, and no SDK has it. This is the one of
    https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions;
    https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/whatsapp-isv-integration/whatsapp-channel-onboarding/subscribe-to-channel-webhooks
    has ``/organizations/…/workspaces/…/webhook-subscription``.
    """
    former = [
        as_text(each.get("id"))
        for each in _list_subscriptions(client, account)
        if _is_for(each, channel_id, url)
    ]
    for event in EVENTS:
        _subscribe(client, account, url, "channels", event, "channelId", channel_id)
    _subscribe_templates(client, account, url)
    address = account.bird_url("webhook-subscriptions")
    for subscription_id in filter(None, former):
        rest.delete(client, account, f"{address}/{subscription_id}")


def _subscribe_templates(client: HttpClient, account: MessageBirdAccount, url: str):
    """Not every key may; without it the list is asked now and then."""
    try:
        for event in TEMPLATE_EVENTS:
            _subscribe(
                client, account, url, "templates", event, "platformId", "whatsapp"
            )
    except ErrorAnswer as error:
        if error.temporary:
            raise
        _logger.info("Bird posts no news about templates: %s", error)


def _subscribe(
    client: HttpClient,
    account: MessageBirdAccount,
    url: str,
    service: str,
    event: str,
    key: str,
    value: str,
) -> None:
    body = {
        "service": service,
        "event": event,
        "url": url,
        "signingKey": account.signing_key,
        "eventFilters": [{"key": key, "value": value}],
    }
    address = account.bird_url("webhook-subscriptions")
    ask(client, request(account, "POST", address, json=body))


def _is_for(subscription: Record, channel_id: str, url: str) -> bool:
    """A subscription without a filter is for all channels."""
    channels = {
        as_text(each.get("value"))
        for each in as_dicts(subscription.get("eventFilters"))
        if as_text(each.get("key")) == "channelId"
    }
    is_ours = as_text(subscription.get("url")) == url
    return is_ours and channels <= {channel_id}


def _list_subscriptions(
    client: HttpClient, account: MessageBirdAccount
) -> Iterator[Record]:
    return pages(client, account, account.bird_url("webhook-subscriptions"))


# -- messages -------------------------------------------------------------------------


def list_inbound(
    client: HttpClient, account: MessageBirdAccount, channel_id: str, since: datetime
) -> list[InboundMessage]:
    """What people sent to the channel since ``since`` (aware UTC), the oldest first."""
    url = account.bird_url("channels", channel_id, "messages")
    messages = (
        message
        for message in pages(client, account, url, most=MESSAGE_PAGES)
        if (as_moment(message.get("createdAt")) or since) >= since
        and as_text(message.get("direction")) == "incoming"
    )
    return read_list(messages, read_inbound, since)


def fetch_status(
    client: HttpClient, account: MessageBirdAccount, channel_id: str, message_id: str
) -> StatusUpdate | None:
    """What became of a message whose id we know; None if Bird has it no more."""
    url = account.bird_url("channels", channel_id, "messages", message_id)
    found = as_dict(find(client, request(account, "GET", url)))
    return _read_status(found) if found else None


def find_status(
    client: HttpClient,
    account: MessageBirdAccount,
    outbound: OutboundMessage,
    since: datetime,
) -> StatusUpdate | None:
    """What became of a message whose id never reached us: it carries our reference."""
    url = account.bird_url("channels", outbound.number_id, "messages")
    contact = address_of(outbound.person) or {}
    is_number = contact.get("identifierKey") == "phonenumber"
    only = (("phonenumber", contact["identifierValue"]),) if is_number else ()
    for message in pages(client, account, url, *only, most=MESSAGE_PAGES):
        status = _read_status(message)
        if status and status.reference == outbound.reference:
            return status
    return None


def _read_status(message: Record) -> StatusUpdate | None:
    try:
        return read_status(message)
    except MalformedEvent:
        return None
