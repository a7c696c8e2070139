"""Workspaces at Bird, their channels and their webhook subscriptions."""

import hmac
import uuid
from dataclasses import asdict, dataclass, field
from typing import Any

EVENTS = ("whatsapp.inbound", "whatsapp.outbound", "whatsapp.interaction")
TEMPLATE_EVENTS = ("template.created", "template.updated", "template.deleted")
#: What may be subscribed to, by service.
SERVICES = {"channels": EVENTS, "templates": TEMPLATE_EVENTS}


@dataclass
class Account:
    """One workspace. ``channels`` maps a number to the id of its channel."""

    workspace_id: str
    access_key: str
    name: str = "Sandbox workspace"
    group_id: str = "5023d43f-5d40-494b-b024-1fad53e8338a"
    channels: dict[str, str] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, Any]] = field(default_factory=dict)

    def number_of(self, channel: str) -> str | None:
        """The number of a channel."""
        for number, known in self.channels.items():
            if known == channel:
                return number
        return None

    def put_subscription(self, values: dict[str, Any]) -> dict[str, Any]:
        """A new webhook subscription; its signing key is never shown."""
        subscription = {"id": str(uuid.uuid4()), "status": "active", **values}
        self.subscriptions[subscription["id"]] = subscription
        return subscription

    def subscription_for(
        self, event: str, key: str, value: str
    ) -> dict[str, Any] | None:
        """Who hears of an event that its ``key`` has this ``value``."""
        for one in self.subscriptions.values():
            filters = one.get("eventFilters") or []
            wanted = {each["value"] for each in filters if each["key"] == key}
            if one["event"] == event and wanted <= {value}:
                return one
        return None


def account_from_json(values: dict[str, Any]) -> Account:
    """A workspace from what the control API got.

    ``channels`` are ``{"number", "id", "webhook_url", "signing_key"}``; only the number
    is needed.

    :raise KeyError: a value that is needed is missing
    """
    known = {name: values[name] for name in ("workspace_id", "access_key")}
    for name in ("name", "group_id", "subscriptions"):
        if name in values:
            known[name] = values[name]
    account = Account(**known)
    channels = values.get("channels", [])
    if isinstance(channels, dict):
        account.channels = channels
        return account
    for channel in channels:
        channel_id = channel.get("id") or str(uuid.uuid4())
        account.channels[channel["number"]] = channel_id
        for event in EVENTS if channel.get("webhook_url") else ():
            account.put_subscription(
                {
                    "service": "channels",
                    "event": event,
                    "url": channel["webhook_url"],
                    "signingKey": channel.get("signing_key", ""),
                    "eventFilters": [{"key": "channelId", "value": channel_id}],
                }
            )
    return account


def account_to_json(account: Account) -> dict[str, Any]:
    """What :func:`account_from_json` would take to make this account again."""
    return asdict(account)


def is_key_of(account: Account, authorization: str) -> bool:
    """Whether an ``Authorization`` header opens the workspace."""
    scheme, _space, key = authorization.partition(" ")
    is_key = hmac.compare_digest(account.access_key.encode(), key.encode())
    return scheme == "AccessKey" and is_key
