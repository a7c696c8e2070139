"""Bird Channels: messages, webhook subscriptions and templates for WhatsApp.

Not played: everything that isn't WhatsApp, contacts, flows, other projects.
"""

import uuid
from typing import Any
from collections.abc import Iterable

from ...courier import Webhook
from ...store import Message, StatusChange
from .. import Provider
from .accounts import Account, account_from_json, account_to_json
from .messages import MEDIA_HOST, MessagesApi
from .templates import TemplatesApi
from .webhooks import build_webhook

_STATUSES = {
    "queued": "accepted",
    "sent": "sent",
    "delivered": "delivered",
    "failed": "delivery_failed",
    "undelivered": "delivery_failed",
}


class Bird(Provider):
    """The provider: its workspaces, its parts, and its webhooks."""

    name = "bird"
    title = "Bird"
    hosts = ("api.bird.com", MEDIA_HOST)
    media_limit = 20 * 1024 * 1024

    def __init__(self, store, faults, network) -> None:
        super().__init__(store, faults, network)
        self.templates = TemplatesApi(self)
        self.messages = MessagesApi(self)
        self.parts = (self.messages, self.templates)

    # -- accounts -----------------------------------------------------------------

    read_account = staticmethod(account_from_json)
    write_account = staticmethod(account_to_json)

    def describe_account(self, account: Account) -> dict[str, Any]:
        return {"channels": account.channels}

    def account_key(self, account: Account) -> str:
        return account.workspace_id

    def numbers_of(self, account: Account) -> Iterable[tuple[str, str]]:
        return [(number, account.name) for number in account.channels]

    # -- webhooks ---------------------------------------------------------------

    def new_message_id(self, kind: str) -> str:
        return str(uuid.uuid4())

    def inbound_webhook(self, message: Message) -> Webhook | None:
        account = self.account_of_number(message.business)
        described = self.messages.describe(account, message)
        return self._build(account, message, "whatsapp.inbound", described)

    def status_webhook(self, message: Message, change: StatusChange) -> Webhook | None:
        """A status; that a message was read is an interaction instead."""
        account = self.account_of_number(message.business)
        if change.status == "read":
            interaction = self.messages.describe_opened(account, message, change.at)
            return self._build(account, message, "whatsapp.interaction", interaction)
        described = self.messages.describe(account, message)
        described["status"] = _STATUSES.get(change.status, change.status)
        if change.code:
            source = {"name": "whatsapp", "code": str(change.code)}
            described["failure"] = {"code": 20, "source": source}
            described["reason"] = change.error or ""
        return self._build(account, message, "whatsapp.outbound", described)

    @staticmethod
    def _build(account: Account, message: Message, event: str, payload):
        channel = account.channels[message.business]
        subscription = account.subscription_for(event, "channelId", channel)
        if subscription is None:
            return None
        body = {"service": "channels", "event": event, "payload": payload}
        return build_webhook(subscription, body)

    def tell_template(self, version: dict[str, Any], change: str) -> None:
        """Post to the subscriber that a template was created, updated or deleted."""
        workspace = self.templates.projects[version["projectId"]]["workspaceId"]
        event = f"template.{change}"
        subscription = self.accounts[workspace].subscription_for(
            event, "platformId", "whatsapp"
        )
        if subscription is None:
            return
        body = {"service": "templates", "event": event, "payload": version}
        self.network.tell(build_webhook(subscription, body), "template")
