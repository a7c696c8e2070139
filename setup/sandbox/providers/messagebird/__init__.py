"""MessageBird Conversations: messages, webhooks and templates for WhatsApp.

Not played: everything that isn't WhatsApp, contacts, balance.
"""

import secrets
from typing import Any
from collections.abc import Iterable

from aiohttp import web

from ...courier import Webhook
from ...reviewer import Submission
from ...store import Message, Number, StatusChange
from .. import Provider
from .accounts import Account, account_from_json, account_to_json
from .api import problem_code
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
        self.accounts: dict[str, Account] = {}
        self.templates = TemplatesApi(self)
        self.messages = MessagesApi(self)
        self._parts = (self.messages, self.templates)

    def routes(self) -> Iterable[web.RouteDef]:
        for part in self._parts:
            yield from part.routes()
        yield web.post("/control/messagebird/accounts", self._put_account)

    # -- accounts ---------------------------------------------------------------

    async def _put_account(self, request: web.Request) -> web.Response:
        """Register an account, or replace the one with the same access key."""
        account = account_from_json(await request.json())
        self._keep(account)
        return web.json_response({"channels": account.channels})

    def _keep(self, account: Account) -> None:
        self.accounts[account.access_key] = account
        for number in account.channels:
            self.store.put_number(
                Number(number, account.name, self.name, account.access_key)
            )

    def account_of_number(self, number: str) -> Account:
        return self.accounts[self.store.numbers[number].account]

    def clear(self) -> None:
        self.accounts.clear()
        self.templates.clear()

    def dump(self) -> dict[str, Any]:
        return {
            "accounts": [account_to_json(one) for one in self.accounts.values()],
            "templates": self.templates.dump(),
        }

    def load(self, state: dict[str, Any]) -> None:
        for values in state.get("accounts", []):
            self._keep(account_from_json(values))
        self.templates.load(state.get("templates", []))

    # -- templates --------------------------------------------------------------

    def submissions(self) -> list[Submission]:
        return self.templates.submissions()

    def review(self, submission: str, status: str, reason: str, category: str) -> None:
        self.templates.review(submission, status, reason, category)

    def find_problem(self, message: Message) -> str | None:
        return self.templates.find_problem(message)

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

    def explain(self, problem: str, code: int | None) -> tuple[int | None, str] | None:
        known, words = problem_code(problem)
        return code or known, words
