"""Twilio: Programmable Messaging, Content and senders for WhatsApp.

Not played: everything that isn't WhatsApp, scheduling, feedback, prices.
"""

import secrets
from typing import Any
from collections.abc import Iterable

from ...courier import Webhook
from ...store import Message, StatusChange
from .. import Provider
from .accounts import Account, account_from_json, account_to_json
from .content import ContentApi
from .errors import CODE_OF_PROBLEM, explain
from .messages import STORAGE_HOST, MessagesApi
from .senders import SendersApi
from .webhooks import build_webhook, inbound_params, status_params

_REPORTED = ("queued", "sent", "delivered", "read", "failed", "undelivered")
_WITH_FILE = ("image", "video", "audio", "voice", "document", "sticker", "contacts")


class Twilio(Provider):
    """The provider: its accounts, its parts, and its webhooks."""

    name = "twilio"
    title = "Twilio"
    hosts = (
        "api.twilio.com",
        "content.twilio.com",
        "messaging.twilio.com",
        STORAGE_HOST,
    )
    caption_kinds = frozenset({"image"})
    media_limit = 16 * 1024 * 1024

    def __init__(self, store, faults, network) -> None:
        super().__init__(store, faults, network)
        self.storage_key = secrets.token_bytes(32)
        self.templates = ContentApi(self)
        self.parts = (MessagesApi(self), SendersApi(self), self.templates)

    # -- accounts -----------------------------------------------------------------

    def read_account(self, values: dict[str, Any]) -> Account:
        return account_from_json(values, self.store.clock.now())

    write_account = staticmethod(account_to_json)

    def describe_account(self, account: Account) -> dict[str, Any]:
        senders = [sender.describe() for sender in account.senders.values()]
        return {"account_sid": account.sid, "senders": senders}

    def account_key(self, account: Account) -> str:
        return account.sid

    def numbers_of(self, account: Account) -> Iterable[tuple[str, str]]:
        return [(one.number, one.name) for one in account.senders.values()]

    def account_of(self, user: str) -> Account | None:
        """The account with this SID or API key."""
        for account in self.accounts.values():
            if user == account.sid or user in account.api_keys:
                return account
        return None

    # -- webhooks -----------------------------------------------------------------

    def new_message_id(self, kind: str) -> str:
        prefix = "MM" if kind in _WITH_FILE else "SM"
        return prefix + secrets.token_hex(16)

    def inbound_webhook(self, message: Message) -> Webhook | None:
        account = self.account_of_number(message.business)
        sender = account.senders[message.business]
        service = account.service_of(sender.number)
        address = (service and service.webhook_url) or sender.callback_url
        if not address:
            return None
        contact = self.store.contacts[message.contact]
        quoted = self.store.messages.get(message.reply_to or "")
        params = inbound_params(account, message, contact, quoted)
        method, fallback = sender.callback_method, sender.fallback_url
        return build_webhook(account, address, params, method, fallback)

    def status_webhook(self, message: Message, change: StatusChange) -> Webhook | None:
        account = self.account_of_number(message.business)
        sender = account.senders[message.business]
        service = account.services.get(message.extra.get("service") or "")
        address = (
            message.extra.get("status_callback")
            or (service and service.status_callback_url)
            or sender.status_callback_url
        )
        if not address or change.status not in _REPORTED:
            return None
        contact = self.store.contacts[message.contact]
        params = status_params(account, sender, message, contact, change)
        return build_webhook(account, address, params, sender.status_callback_method)

    def explain(self, problem: str, code: int | None) -> tuple[int | None, str] | None:
        code = code or CODE_OF_PROBLEM[problem]
        return code, explain(code)
