"""Applications, as *Configure webhooks* uses them: ``/v2/applications``.

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

    @staticmethod
    def _find(request: web.Request, account: Account) -> Application:
        application = account.applications.get(request.match_info["application"])
        if application is None:
            raise VonageError(404)
        return application
