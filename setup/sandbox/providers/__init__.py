"""What a provider must be able to do.

A provider is one package here. Its parts (:mod:`surface`) register HTTP routes that
look like the real provider's, below the name of the original host
(``/api.example.com/v1/messages``); the provider puts the pretend world's events into
its words: the body of a webhook and its signature. It takes a message from the business
with :meth:`sandbox.network.Network.accept`. Where templates are WhatsApp's own
components, :mod:`components` shows them.
"""

import abc
from typing import TYPE_CHECKING, Any, ClassVar
from collections.abc import Iterable

from aiohttp import web

from ..courier import Webhook
from ..faults import Faults
from ..reviewer import Submission
from ..store import Contact, Message, Number, StatusChange, Store
from .surface import Api, TemplatesApi

if TYPE_CHECKING:
    from ..network import Network

PROBLEMS = {
    "outside_window": "More than 24 hours have passed since the customer last wrote",
    "not_on_whatsapp": "The recipient has no WhatsApp",
    "reaction_target": "The message that it reacts to is gone, too old or a reaction",
    "media_unreachable": "The file could not be downloaded",
    "media_too_big": "The file is too big",
    "refused": "WhatsApp refused the message",
    "opted_out": "The customer wants no marketing of this business",
    "template_not_approved": "WhatsApp has not approved the template",
    "template_paused": "WhatsApp has paused the template",
    "template_disabled": "WhatsApp has disabled the template",
    "template_values": "WhatsApp does not accept the template's values",
}
"""Why WhatsApp fails an accepted message; providers have own codes for these."""

WHATSAPP_CODES = {
    "outside_window": 131047,
    "not_on_whatsapp": 131026,
    "media_unreachable": 131053,
    "media_too_big": 131053,
    "refused": 131000,
    "template_not_approved": 132001,
    "template_paused": 132015,
    "template_disabled": 132016,
    "template_values": 132000,
}
"""WhatsApp's own codes, for providers that hand them on."""


class Provider(abc.ABC):
    """One pretend provider."""

    name: ClassVar[str]
    """Technical name, as in ``/control/<name>/accounts``."""

    title: ClassVar[str]
    """The name for people."""

    hosts: ClassVar[tuple[str, ...]]
    """The real hosts that it plays; the first part of its routes' paths."""

    capabilities: ClassVar[frozenset[str]] = frozenset()
    """What its customers' phones can do beyond the ordinary: ``reactions``."""

    caption_kinds: ClassVar[frozenset[str]] = frozenset({"image", "video", "document"})
    """The kinds of file whose text reaches the phone with them."""

    media_limit: ClassVar[int] = 100 * 1024 * 1024
    """The size in bytes of the biggest file that it takes from the business."""

    parts: tuple[Api, ...]
    """All parts of its HTTP surface; ``templates`` is the one that keeps templates."""

    templates: TemplatesApi

    def __init__(self, store: Store, faults: Faults, network: "Network") -> None:
        self.store = store
        self.faults = faults
        self.network = network
        self.accounts: dict[str, Any] = {}

    def routes(self) -> Iterable[web.RouteDef]:
        """The provider's HTTP surface, and the control API of its accounts."""
        for part in self.parts:
            yield from part.routes()
        yield web.post(f"/control/{self.name}/accounts", self._put_account)

    # -- accounts -----------------------------------------------------------------

    @abc.abstractmethod
    def read_account(self, values: dict[str, Any]) -> Any:
        """An account from what the control API got.

        :raise KeyError: a value that is needed is missing
        """

    @abc.abstractmethod
    def write_account(self, account: Any) -> dict[str, Any]:
        """What :meth:`read_account` would take to make this account again."""

    @abc.abstractmethod
    def describe_account(self, account: Any) -> dict[str, Any]:
        """What the control API answers: ids that were made up."""

    @abc.abstractmethod
    def account_key(self, account: Any) -> str:
        """What tells an account from all others."""

    @abc.abstractmethod
    def numbers_of(self, account: Any) -> Iterable[tuple[str, str]]:
        """An account's numbers, and their names."""

    async def _put_account(self, request: web.Request) -> web.Response:
        """Register an account, or replace the one with the same key."""
        account = self.read_account(await request.json())
        self._keep(account)
        return web.json_response(self.describe_account(account))

    def _keep(self, account: Any) -> None:
        key = self.account_key(account)
        self.accounts[key] = account
        for number, name in self.numbers_of(account):
            self.store.put_number(Number(number, name, self.name, key))

    def account_of_number(self, number: str) -> Any:
        """The account that a business number belongs to."""
        return self.accounts[self.store.numbers[number].account]

    def clear(self) -> None:
        """Forget all accounts, and their templates with them."""
        self.accounts.clear()
        self.templates.clear()

    def dump(self) -> dict[str, Any]:
        """The accounts and templates as JSON, for the state file."""
        return {
            "accounts": [self.write_account(one) for one in self.accounts.values()],
            "templates": self.templates.dump(),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`dump` gave."""
        for values in state.get("accounts", []):
            self._keep(self.read_account(values))
        if "templates" in state:
            self.templates.load(state["templates"])

    # -- templates ----------------------------------------------------------------

    def submissions(self) -> list[Submission]:
        """All templates that were submitted for approval."""
        return self.templates.submissions()

    def review(self, submission: str, status: str, reason: str, category: str) -> None:
        """Note what the reviewers decided about one of :meth:`submissions`.

        An empty ``category`` leaves the one that was asked for.
        """
        self.templates.review(submission, status, reason, category)

    def find_problem(self, message: Message) -> str | None:
        """Why WhatsApp won't take this message, as a key of ``PROBLEMS``."""
        return self.templates.find_problem(message)

    # -- messages -----------------------------------------------------------------

    @abc.abstractmethod
    def new_message_id(self, kind: str) -> str:
        """An id for a message of this kind, formed as the provider does."""

    @abc.abstractmethod
    def inbound_webhook(self, message: Message) -> Webhook | None:
        """The call that brings a customer's message, if an address is configured."""

    @abc.abstractmethod
    def status_webhook(self, message: Message, change: StatusChange) -> Webhook | None:
        """The call that brings a status, if the provider reports this one."""

    def contact_changed(self, contact: Contact, names: set[str]) -> None:
        """A person changed these of their settings; some providers tell of it."""
        return None

    def explain(self, problem: str, code: int | None) -> tuple[int | None, str] | None:
        """The provider's code and words for a key of ``PROBLEMS``, or for a code."""
        return code or WHATSAPP_CODES[problem], PROBLEMS[problem]
