"""MessageBird accounts, their channels and their webhooks."""

import hmac
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Account:
    """One account. ``channels`` maps a number to the id of its channel.

    ``signature`` is ``jwt``, or ``hmac`` for the deprecated header.
    """

    access_key: str
    signing_key: str
    name: str = "Sandbox account"
    waba_id: str = "123456789012345"
    namespace: str = "20332cd4_f095_b080_d255_35677159aaff"
    signature: str = "jwt"
    channels: dict[str, str] = field(default_factory=dict)
    webhooks: dict[str, dict[str, Any]] = field(default_factory=dict)

    def number_of(self, channel: str) -> str | None:
        """The number of a channel."""
        for number, known in self.channels.items():
            if known == channel:
                return number
        return None

    def put_webhook(self, values: dict[str, Any]) -> dict[str, Any]:
        """A new webhook."""
        webhook = {"id": secrets.token_hex(16), "status": "enabled", **values}
        self.webhooks[webhook["id"]] = webhook
        return webhook

    def webhook_for(self, channel: str, event: str) -> str:
        """Where an event of a channel is posted to; empty if nowhere."""
        for webhook in self.webhooks.values():
            is_for = webhook.get("channelId") in (None, "", channel)
            is_on = webhook["status"] == "enabled" and event in webhook["events"]
            if is_for and is_on:
                return webhook["url"]
        return ""


def account_from_json(values: dict[str, Any]) -> Account:
    """An account from what the control API got.

    ``channels`` are ``{"number", "id", "webhook_url"}``; only the number is needed.

    :raise KeyError: a value that is needed is missing
    """
    known = {name: values[name] for name in ("access_key", "signing_key")}
    for name in ("name", "waba_id", "namespace", "signature", "webhooks"):
        if name in values:
            known[name] = values[name]
    account = Account(**known)
    channels = values.get("channels", [])
    if isinstance(channels, dict):
        account.channels = channels
        return account
    for channel in channels:
        channel_id = channel.get("id") or secrets.token_hex(16)
        account.channels[channel["number"]] = channel_id
        if channel.get("webhook_url"):
            account.put_webhook(
                {
                    "channelId": channel_id,
                    "url": channel["webhook_url"],
                    "events": ["message.created", "message.updated"],
                }
            )
    return account


def account_to_json(account: Account) -> dict[str, Any]:
    """What :func:`account_from_json` would take to make this account again."""
    return asdict(account)


def find_account(accounts, authorization: str) -> Account | None:
    """The account that an ``Authorization`` header opens."""
    scheme, _space, key = authorization.partition(" ")
    for account in accounts.values():
        is_key = hmac.compare_digest(account.access_key.encode(), key.encode())
        if scheme == "AccessKey" and is_key:
            return account
    return None
