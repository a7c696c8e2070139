"""Vonage: Messages API v1, applications and templates for WhatsApp.

Not played: everything that isn't WhatsApp, failover, prices, Vonage's own sandbox.
"""

import uuid
from collections.abc import Iterable
from typing import Any

from ...courier import Webhook
from ...store import Message, StatusChange
from .. import Provider
from .accounts import (
    Account,
    Application,
    account_from_json,
    account_to_json,
)
from .api import MESSAGES_HOSTS
from .applications import ApplicationsApi
from .errors import CODE_OF_PROBLEM, explain
from .messages import MessagesApi
from .templates import TemplatesApi
from .webhooks import (
    STATUSES,
    build_webhook,
    inbound_body,
    status_body,
    template_body,
)


class Vonage(Provider):
    """The provider: its accounts, its parts, and its webhooks."""

    name = "vonage"
    title = "Vonage"
    hosts = MESSAGES_HOSTS
    capabilities = frozenset({"reactions"})

    def __init__(self, store, faults, network) -> None:
        super().__init__(store, faults, network)
        self.templates = TemplatesApi(self)
        self.parts = (MessagesApi(self), ApplicationsApi(self), self.templates)

    # -- accounts -----------------------------------------------------------------

    read_account = staticmethod(account_from_json)
    write_account = staticmethod(account_to_json)

    def describe_account(self, account: Account) -> dict[str, Any]:
        return {"api_key": account.api_key}

    def account_key(self, account: Account) -> str:
        return account.api_key

    def numbers_of(self, account: Account) -> Iterable[tuple[str, str]]:
        for application in account.applications.values():
            yield from application.numbers.items()

    def find_application(
        self, application_id: str
    ) -> tuple[Account | None, Application | None]:
        """The application with this id, and whose it is."""
        for account in self.accounts.values():
            if application_id in account.applications:
                return account, account.applications[application_id]
        return None, None

    # -- templates ----------------------------------------------------------------

    def tell_review(self, account: Account, record: dict[str, Any]) -> None:
        """Post a decision to all who subscribed."""
        body = template_body(account, record, self.store.clock.now())
        for url in self.templates.subscribers(account):
            self.network.tell(build_webhook(account, None, url, body), "template")

    def find_problem(self, message: Message) -> str | None:
        if self.store.contacts[message.contact].opted_out:
            return "opted_out"
        return self.templates.find_problem(message)

    # -- webhooks -----------------------------------------------------------------

    def new_message_id(self, kind: str) -> str:
        return str(uuid.uuid4())

    def inbound_webhook(self, message: Message) -> Webhook | None:
        account, application = self._owner_of(message.business)
        if not application.inbound_url:
            return None
        contact = self.store.contacts[message.contact]
        quoted = self.store.messages.get(message.reply_to or "")
        body = inbound_body(account, message, contact, quoted)
        return build_webhook(account, application, application.inbound_url, body)

    def status_webhook(self, message: Message, change: StatusChange) -> Webhook | None:
        account, application = self._owner_of(message.business)
        url = message.extra.get("webhook_url") or application.status_url
        if not url or change.status not in STATUSES:
            return None
        contact = self.store.contacts[message.contact]
        body = status_body(account, message, contact, change)
        return build_webhook(account, application, url, body)

    def _owner_of(self, number: str) -> tuple[Account, Application]:
        account = self.account_of_number(number)
        return account, account.application_of(number)

    def explain(self, problem: str, code: int | None) -> tuple[int | None, str] | None:
        code = code or CODE_OF_PROBLEM[problem]
        return code, explain(code)
