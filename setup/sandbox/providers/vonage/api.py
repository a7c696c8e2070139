"""What all parts of Vonage's HTTP surface share: credentials and faults."""

from collections.abc import Iterable
from typing import Any

from aiohttp import web

from .. import surface
from .accounts import (
    Account,
    Application,
    check_basic,
    check_token,
    read_application_id,
    read_credentials,
)
from .errors import VonageError, error_for_status

MESSAGES_HOSTS = tuple(f"api{region}.nexmo.com" for region in ("", "-us", "-eu", "-ap"))


class Api(surface.Api):
    """One part of the surface.

    Handlers get the request, the account, and the application if a token of it came.
    """

    error_for_status = staticmethod(error_for_status)

    def authenticate(
        self, request: web.Request, allow: Iterable[str] = ("basic", "bearer")
    ) -> tuple[Account, Application | None]:
        """Who asks.

        :param allow: the schemes of credentials that are taken here
        :raise VonageError: 401
        """
        scheme, user, secret = read_credentials(request)
        if scheme not in allow:
            raise VonageError(401, "unathorized")
        if scheme == "basic":
            return check_basic(self.provider.accounts.get(user), secret), None
        account, application = self.provider.find_application(
            read_application_id(secret)
        )
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
