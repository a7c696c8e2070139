"""Applications and their numbers, as they are looked up and configured.

https://developer.vonage.com/en/api/application.v2
"""

from collections.abc import Iterable

from aiohttp import web

from .accounts import Account, Application
from .api import Api, read_object
from .errors import VonageError


class ApplicationsApi(Api):
    """Look up and update."""

    def routes(self) -> Iterable[web.RouteDef]:
        one = "/api.nexmo.com/v2/applications/{application}"
        return [
            web.get(one, self.guarded(self.fetch, allow=("basic",))),
            web.put(one, self.guarded(self.update, allow=("basic",))),
            web.get(
                "/api.nexmo.com/v1/channel-manager/whatsapp/wabas/{waba}/numbers/{number}",
                self.guarded(self.fetch_number, allow=("basic",)),
            ),
        ]

    async def fetch(self, request: web.Request, account: Account, _application):
        """One application."""
        return web.json_response(self._find(request, account).describe())

    async def update(self, request: web.Request, account: Account, _application):
        """Replace what an application says."""
        application = self._find(request, account)
        values = await read_object(request)
        if not values.get("name"):
            raise VonageError(422, "", "name is required")
        application.configure(values)
        return web.json_response(application.describe())

    async def fetch_number(self, request: web.Request, account: Account, _application):
        """One number of the WhatsApp Business Account: digits, without ``+``.

        https://developer.vonage.com/en/api/channel-manager
        """
        number = request.match_info["number"]
        is_ours = account.application_of(f"+{number}") is not None
        if request.match_info["waba"] != account.waba_id or not is_ours:
            raise VonageError(404)
        return web.json_response({"number": number})

    @staticmethod
    def _find(request: web.Request, account: Account) -> Application:
        application = account.applications.get(request.match_info["application"])
        if application is None:
            raise VonageError(404)
        return application
