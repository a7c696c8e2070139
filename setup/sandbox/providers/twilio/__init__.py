"""Twilio: Programmable Messaging, Content and senders for WhatsApp.

Not played: everything that isn't WhatsApp, scheduling, feedback, prices.
"""

import secrets
from typing import Any, Optional
from collections.abc import Iterable

from aiohttp import web

from ...courier import Webhook
from ...reviewer import Submission
from ...store import Message, Number, StatusChange
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
        self.accounts: dict[str, Account] = {}
        self.storage_key = secrets.token_bytes(32)
        self.content = ContentApi(self)
        self._parts = (MessagesApi(self), SendersApi(self), self.content)

    def routes(self) -> Iterable[web.RouteDef]:
        for part in self._parts:
            yield from part.routes()
        yield web.post("/control/twilio/accounts", self._put_account)

    # -- accounts -----------------------------------------------------------------

    async def _put_account(self, request: web.Request) -> web.Response:
        """Register an account, or replace the one with the same SID."""
        account = account_from_json(await request.json(), self.store.clock.now())
        self._keep(account)
        senders = [sender.describe() for sender in account.senders.values()]
        return web.json_response({"account_sid": account.sid, "senders": senders})

    def _keep(self, account: Account) -> None:
        self.accounts[account.sid] = account
        for sender in account.senders.values():
            number = Number(sender.number, sender.name, self.name, account.sid)
            self.store.put_number(number)

    def account_of(self, user: str) -> Account | None:
        """The account with this SID or API key."""
        for account in self.accounts.values():
            if user == account.sid or user in account.api_keys:
                return account
        return None

    def clear(self) -> None:
        self.accounts.clear()
        self.content.clear()

    def dump(self) -> dict[str, Any]:
        return {
            "accounts": [account_to_json(one) for one in self.accounts.values()],
            "contents": self.content.dump(),
        }

    def load(self, state: dict[str, Any]) -> None:
        for values in state.get("accounts", []):
            self._keep(account_from_json(values, self.store.clock.now()))
        self.content.load(state.get("contents", {}))

    # -- templates ----------------------------------------------------------------

    def submissions(self) -> list[Submission]:
        return self.content.submissions()

    def review(self, submission: str, status: str, reason: str, category: str) -> None:
        self.content.review(submission, status, reason, category)

    def find_problem(self, message: Message) -> str | None:
        return self.content.find_problem(message)

    # -- webhooks -----------------------------------------------------------------

    def new_message_id(self, kind: str) -> str:
        prefix = "MM" if kind in _WITH_FILE else "SM"
        return prefix + secrets.token_hex(16)

    def inbound_webhook(self, message: Message) -> Webhook | None:
        account = self._account_of_number(message.business)
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
        account = self._account_of_number(message.business)
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

    def _account_of_number(self, number: str) -> Account:
        return self.accounts[self.store.numbers[number].account]

    def explain(self, problem: str, code: int | None) -> tuple[int | None, str] | None:
        code = code or CODE_OF_PROBLEM[problem]
        return code, explain(code)
