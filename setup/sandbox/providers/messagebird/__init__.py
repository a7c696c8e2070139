"""MessageBird Conversations: messages, webhooks and templates for WhatsApp.

Not played: everything that isn't WhatsApp, contacts, balance.
"""

import secrets
from typing import Any
from collections.abc import Iterable

from ...courier import Webhook
from ...store import Message, StatusChange
from .. import Provider
from .accounts import Account, account_from_json, account_to_json
from .messages import MEDIA_HOST, MessagesApi
from .templates import TemplatesApi
from .webhooks import build_webhook, describe_event

_STATUSES = {
    "queued": "pending",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
}


class MessageBird(Provider):
    """The provider: its accounts, its parts, and its webhooks."""

    name = "messagebird"
    title = "MessageBird"
    hosts = (
        "conversations.messagebird.com",
        "whatsapp-sandbox.messagebird.com",
        "integrations.messagebird.com",
        MEDIA_HOST,
    )

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
        return account.access_key

    def numbers_of(self, account: Account) -> Iterable[tuple[str, str]]:
        return [(number, account.name) for number in account.channels]

    # -- webhooks ---------------------------------------------------------------

    def new_message_id(self, kind: str) -> str:
        return secrets.token_hex(16)

    def inbound_webhook(self, message: Message) -> Webhook | None:
        account = self.account_of_number(message.business)
        event = self.messages.describe(account, message)
        return self._build(account, message, "message.created", event, "")

    def status_webhook(self, message: Message, change: StatusChange) -> Webhook | None:
        account = self.account_of_number(message.business)
        described = self.messages.describe(account, message)
        described["status"] = _STATUSES.get(change.status, change.status)
        if change.code:
            error = {"code": change.code, "description": change.error or ""}
            described["error"] = error
        if change.status == "queued":
            return self._build(account, message, "message.created", described, "")
        address = message.extra.get("report_url", "")
        return self._build(account, message, "message.updated", described, address)

    def _build(
        self, account: Account, message: Message, event: str, described, address: str
    ) -> Webhook | None:
        """The call about a message: to its own address, or to the channel's webhook."""
        channel = account.channels[message.business]
        address = address or account.webhook_for(channel, event)
        if not address:
            return None
        contact = self.store.contacts[message.contact]
        body = describe_event(event, message, contact, channel, described)
        return build_webhook(account, address, body)
