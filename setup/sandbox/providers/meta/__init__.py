"""Meta: the Cloud API for WhatsApp.

Not played: flows, catalogues, calls, groups, registration, analytics.
"""

import secrets
from collections.abc import Iterable
from typing import Any

from ...courier import Webhook
from ...store import Contact, Message, StatusChange
from .. import Provider
from .accounts import Account, account_from_json, account_to_json
from .errors import CODE_OF_PROBLEM, explain
from .files import FILE_HOST, FilesApi
from .messages import MessagesApi
from .settings import SettingsApi
from .templates import TemplatesApi
from .webhooks import (
    REPORTED,
    build_webhook,
    inbound_value,
    preference_value,
    status_value,
    template_value,
)

GRAPH_HOST = "graph.facebook.com"


class Meta(Provider):
    """The provider: its accounts, its parts, and its webhooks."""

    name = "meta"
    title = "Meta"
    hosts = (GRAPH_HOST, FILE_HOST)
    capabilities = frozenset({"reactions"})

    def __init__(self, store, faults, network) -> None:
        super().__init__(store, faults, network)
        self.files = FilesApi(self)
        self.templates = TemplatesApi(self)
        self.parts = (
            MessagesApi(self),
            self.templates,
            self.files,
            SettingsApi(self),
        )

    # -- accounts -----------------------------------------------------------------

    read_account = staticmethod(account_from_json)
    write_account = staticmethod(account_to_json)

    def describe_account(self, account: Account) -> dict[str, Any]:
        numbers = [number.describe() for number in account.numbers.values()]
        return {"waba_id": account.waba_id, "numbers": numbers}

    def account_key(self, account: Account) -> str:
        return account.waba_id

    def numbers_of(self, account: Account) -> Iterable[tuple[str, str]]:
        return [(one.number, one.name) for one in account.numbers.values()]

    def clear(self) -> None:
        super().clear()
        self.files.clear()

    # -- templates ----------------------------------------------------------------

    def find_problem(self, message: Message) -> str | None:
        is_marketing = message.extra.get("category") == "MARKETING"
        stopped = self.store.contacts[message.contact].opted_out
        return "opted_out" if is_marketing and stopped else None

    # -- webhooks -----------------------------------------------------------------

    def new_message_id(self, kind: str) -> str:
        return f"wamid.HBg{secrets.token_urlsafe(30)}"

    def inbound_webhook(self, message: Message) -> Webhook | None:
        account = self.account_of_number(message.business)
        contact = self.store.contacts[message.contact]
        quoted = self.store.messages.get(message.reply_to or "")
        number = account.number_by_phone(message.business)
        value = inbound_value(number, message, contact, quoted)
        return self._build(account, "messages", value, account.message_callback)

    def status_webhook(self, message: Message, change: StatusChange) -> Webhook | None:
        if change.status not in REPORTED:
            return None
        account = self.account_of_number(message.business)
        contact = self.store.contacts[message.contact]
        number = account.number_by_phone(message.business)
        value = status_value(number, message, contact, change)
        return self._build(account, "messages", value, account.message_callback)

    def contact_changed(self, contact: Contact, names: set[str]) -> None:
        """A customer stops or resumes marketing in WhatsApp's own menu."""
        if "opted_out" not in names:
            return
        for account in self.accounts.values():
            for number in account.numbers.values():
                if not self.store.chat((number.number, contact.id)):
                    continue
                value = preference_value(number, contact, self.store.clock.now())
                self._tell(account, "user_preferences", value)

    def tell_template(self, account: Account, template) -> None:
        """Say what became of a template."""
        value = template_value(template)
        self._tell(account, "message_template_status_update", value)

    def _tell(self, account: Account, field: str, value: dict[str, Any]) -> None:
        """What isn't a message goes to the app's own address."""
        webhook = self._build(account, field, value, account.app_callback)
        if webhook:
            self.network.tell(webhook, "news")

    def _build(self, account, field, value, address: str) -> Webhook | None:
        if not address or not account.hears(field):
            return None
        return build_webhook(account, field, value, address, self.store.clock.now())

    def explain(self, problem: str, code: int | None) -> tuple[int | None, str] | None:
        code = code or CODE_OF_PROBLEM[problem]
        return code, explain(code)
