"""What a provider must be able to do.

A provider is one module or package here. It registers HTTP routes that look like the
real provider's, below the name of the original host
(``/api.example.com/v1/messages``), and puts the pretend world's events into that
provider's words: the body of a webhook and its signature. It takes a message from the
business with :meth:`sandbox.network.Network.accept`, after asking
:func:`sandbox.faults.answer` for trouble.
"""

import abc
from typing import TYPE_CHECKING, Any, ClassVar, Optional
from collections.abc import Iterable

from aiohttp import web

from ..courier import Webhook
from ..faults import Faults
from ..reviewer import Submission
from ..store import Contact, Message, StatusChange, Store

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

    def __init__(self, store: Store, faults: Faults, network: "Network") -> None:
        self.store = store
        self.faults = faults
        self.network = network

    @abc.abstractmethod
    def routes(self) -> Iterable[web.RouteDef]:
        """The provider's HTTP surface, and the control API of its accounts."""

    @abc.abstractmethod
    def new_message_id(self, kind: str) -> str:
        """An id for a message of this kind, formed as the provider does."""

    @abc.abstractmethod
    def inbound_webhook(self, message: Message) -> Webhook | None:
        """The call that brings a customer's message, if an address is configured."""

    @abc.abstractmethod
    def status_webhook(self, message: Message, change: StatusChange) -> Webhook | None:
        """The call that brings a status, if the provider reports this one."""

    def find_problem(self, message: Message) -> str | None:
        """Why WhatsApp won't take this message, as a key of ``PROBLEMS``."""
        return None

    def submissions(self) -> list[Submission]:
        """All templates that were submitted for approval."""
        return []

    def review(self, submission: str, status: str, reason: str, category: str) -> None:
        """Note what the reviewers decided about one of :meth:`submissions`.

        An empty ``category`` leaves the one that was asked for.
        """
        raise NotImplementedError

    def contact_changed(self, contact: Contact, names: set[str]) -> None:
        """A person changed these of their settings; some providers tell of it."""
        return None

    @abc.abstractmethod
    def explain(self, problem: str, code: int | None) -> tuple[int | None, str] | None:
        """The provider's code and words for a key of ``PROBLEMS``, or for a code."""

    @abc.abstractmethod
    def clear(self) -> None:
        """Forget all accounts, and their templates with them."""

    @abc.abstractmethod
    def dump(self) -> dict[str, Any]:
        """The accounts as JSON, for the state file."""

    @abc.abstractmethod
    def load(self, state: dict[str, Any]) -> None:
        """Take back what :meth:`dump` gave."""
