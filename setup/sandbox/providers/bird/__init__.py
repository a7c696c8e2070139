"""Bird Channels: messages, webhook subscriptions and templates for WhatsApp.

Not played: everything that isn't WhatsApp, contacts, flows, other projects.
"""

import uuid
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
        self.accounts: dict[str, Account] = {}
        self.templates = TemplatesApi(self)
        self.messages = MessagesApi(self)
        self._parts = (self.messages, self.templates)

    def routes(self) -> Iterable[web.RouteDef]:
        for part in self._parts:
            yield from part.routes()
        yield web.post("/control/bird/accounts", self._put_account)

    # -- accounts ---------------------------------------------------------------

    async def _put_account(self, request: web.Request) -> web.Response:
        """Register a workspace, or replace the one with the same id."""
        account = account_from_json(await request.json())
        self._keep(account)
        return web.json_response({"channels": account.channels})

    def _keep(self, account: Account) -> None:
        self.accounts[account.workspace_id] = account
        for number in account.channels:
            self.store.put_number(
                Number(number, account.name, self.name, account.workspace_id)
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
        self.templates.load(state.get("templates", {}))

    # -- templates --------------------------------------------------------------

    def submissions(self) -> list[Submission]:
        return self.templates.submissions()

    def review(self, submission: str, status: str, reason: str, category: str) -> None:
        self.templates.review(submission, status, reason, category)

    def find_problem(self, message: Message) -> str | None:
        return self.templates.find_problem(message)

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
        subscription = account.subscription_for(channel, event)
        if subscription is None:
            return None
        body = {"service": "channels", "event": event, "payload": payload}
        return build_webhook(subscription, body)

    def explain(self, problem: str, code: int | None) -> tuple[int | None, str] | None:
        known, words = problem_code(problem)
        return code or known, words
