"""What all parts of a provider's HTTP surface share."""

import abc
import functools
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ..faults import answer
from ..reviewer import Submission
from ..store import Media, Message

if TYPE_CHECKING:
    from . import Provider

Handler = Callable[..., Awaitable[web.StreamResponse]]


class Refusal(Exception, abc.ABC):
    """A refusal, answered in the provider's words."""

    @abc.abstractmethod
    def response(self) -> web.Response:
        """The answer."""


def answer_file(media: Media) -> web.Response:
    """The bytes of a file."""
    return web.Response(body=media.data, headers={"Content-Type": media.content_type})


class Api(abc.ABC):
    """One part of the surface."""

    def __init__(self, provider: "Provider") -> None:
        self.provider = provider
        self.store = provider.store
        self.network = provider.network

    @abc.abstractmethod
    def routes(self) -> Iterable[web.RouteDef]:
        """The routes of this part."""

    @abc.abstractmethod
    def authenticate(self, request: web.Request, **rules: Any) -> tuple[Any, ...]:
        """Who asks: what handlers get besides the request.

        :raise Refusal: nobody whom we know, or who may
        """

    @staticmethod
    @abc.abstractmethod
    def error_for_status(status: int) -> web.Response:
        """The error answer for an HTTP status that a fault asks for."""

    def guarded(self, handler: Handler, on: str = "api", **rules: Any):
        """A route handler that checks credentials and answers errors.

        :param on: the fault that strikes the request; empty if the handler asks itself
        :param rules: what :meth:`authenticate` gets
        """

        @functools.wraps(handler)
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                asking = self.authenticate(request, **rules)
                fault = self.provider.faults.take(on) if on else None
                usual = functools.partial(handler, request, *asking)
                return await answer(request, fault, usual, self.error_for_status)
            except Refusal as error:
                return error.response()

        return handle


class TemplatesApi(Api):
    """The part that keeps the templates."""

    @abc.abstractmethod
    def clear(self) -> None:
        """Forget everything."""

    @abc.abstractmethod
    def dump(self) -> Any:
        """Everything as JSON."""

    @abc.abstractmethod
    def load(self, state: Any) -> None:
        """Take back what :meth:`dump` gave."""

    @abc.abstractmethod
    def submissions(self) -> list[Submission]:
        """All templates, as the reviewers see them."""

    @abc.abstractmethod
    def review(self, submission: str, status: str, reason: str, category: str) -> None:
        """Note a decision, and tell whom it concerns.

        :raise KeyError: no such template
        """

    def find_problem(self, message: Message) -> str | None:
        """Why WhatsApp won't take a message that was made from a template."""
        return None
