"""What all parts of Vonage's HTTP surface share: credentials and faults."""

import functools
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from ...faults import answer
from .accounts import (
    Account,
    Application,
    check_basic,
    check_token,
    read_application_id,
    read_credentials,
)
from .errors import VonageError, error_for_status

if TYPE_CHECKING:
    from . import Vonage

Handler = Callable[
    [web.Request, Account, Application | None], Awaitable[web.StreamResponse]
]
MESSAGES_HOSTS = tuple(f"api{region}.nexmo.com" for region in ("", "-us", "-eu", "-ap"))


class Api:
    """One part of the surface.

    Handlers get the request, the account, and the application if a token of it came.
    """

    def __init__(self, vonage: "Vonage") -> None:
        self.vonage = vonage
        self.store = vonage.store
        self.network = vonage.network

    def routes(self) -> Iterable[web.RouteDef]:
        """The routes of this part."""
        raise NotImplementedError

    def guarded(self, handler: Handler, allow=("basic", "bearer"), on: str = "api"):
        """A route handler that checks credentials and answers errors as Vonage does.

        :param allow: the schemes of credentials that are taken here
        :param on: the fault that strikes the request; empty if the handler asks itself
        """

        @functools.wraps(handler)
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                account, application = self.authenticate(request, allow)
                fault = self.vonage.faults.take(on) if on else None
                usual = functools.partial(handler, request, account, application)
                return await answer(request, fault, usual, error_for_status)
            except VonageError as error:
                return error.response()

        return handle

    def authenticate(
        self, request: web.Request, allow: Iterable[str]
    ) -> tuple[Account, Application | None]:
        """Who asks.

        :raise VonageError: 401
        """
        scheme, user, secret = read_credentials(request)
        if scheme not in allow:
            raise VonageError(401, "unathorized")
        if scheme == "basic":
            return check_basic(self.vonage.accounts.get(user), secret), None
        account, application = self.vonage.find_application(read_application_id(secret))
        return account, check_token(application, secret)


async def read_object(request: web.Request) -> dict[str, Any]:
    """The JSON object in the request.

    :raise VonageError: 422, it is none
    """
    try:
        values = await request.json()
    except ValueError:
        raise VonageError(422, "invalid-json", "The body is no JSON") from None
    if not isinstance(values, dict):
        raise VonageError(422, "invalid-json", "The body is no JSON object")
    return values
