"""WhatsApp's reviewers: what waits for them, and what they decide.

A provider keeps its templates in its own form and shows them here as
:class:`Submission`; it tells :meth:`Reviewer.take` when a new one came in.
"""

import asyncio
import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .background import Background
from .store import Option, Store

if TYPE_CHECKING:
    from .providers import Provider

DECISIONS = ("pending", "approved", "rejected", "paused", "disabled")


@dataclass
class Submission:
    """One language of a template, as the reviewers see it, with its samples.

    ``id`` is the provider's, ``status`` one of ``DECISIONS``. ``header`` is a text or
    the address of a file.
    """

    id: str
    provider: str
    account: str
    name: str
    language: str
    category: str
    status: str
    submitted: float
    reason: str = ""
    header: str = ""
    body: str = ""
    footer: str = ""
    buttons: list[Option] = field(default_factory=list)


class Reviewer:
    """Shows what was submitted and decides, by hand or after ``review_delay``."""

    def __init__(
        self, store: Store, background: Background, providers: dict[str, "Provider"]
    ) -> None:
        self._store = store
        self._background = background
        self._providers = providers

    def describe(self) -> list[dict[str, Any]]:
        """All submissions as JSON, the newest first."""
        found = [
            submission
            for provider in self._providers.values()
            for submission in provider.submissions()
        ]
        found.sort(key=lambda one: one.submitted, reverse=True)
        return [dataclasses.asdict(submission) for submission in found]

    def take(self, provider: "Provider", submission: str) -> None:
        """A provider got a new submission, by its id."""
        self.tell()
        delay = self._store.settings.review_delay
        if delay is not None:
            self._background.start(self._approve_later(provider, submission, delay))

    async def _approve_later(
        self, provider: "Provider", submission: str, delay: float
    ) -> None:
        await asyncio.sleep(delay)
        for one in provider.submissions():
            if one.id == submission and one.status == "pending":
                self.decide(submission, "approved")

    def decide(
        self, submission: str, status: str, reason: str = "", category=""
    ) -> Any:
        """Review a submission; gives it back as JSON.

        :param category: the one that WhatsApp grants, if it isn't the one asked for
        :raise KeyError: nobody submitted that
        :raise ValueError: no such decision
        """
        if status not in DECISIONS:
            raise ValueError(f"“status” must be one of {', '.join(DECISIONS)}")
        owners = {
            one.id: provider
            for provider in self._providers.values()
            for one in provider.submissions()
        }
        owners[submission].review(submission, status, reason, category)
        self.tell()
        return next(one for one in self.describe() if one["id"] == submission)

    def tell(self) -> None:
        """Tell the page that the list changed."""
        self._store.changes.publish("templates", self.describe)
