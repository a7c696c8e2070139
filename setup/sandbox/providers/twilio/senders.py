"""Senders, messaging services and typing indicators: ``messaging.twilio.com``.

https://www.twilio.com/docs/whatsapp/api/senders,
https://www.twilio.com/docs/messaging/api/service-resource
"""

from collections.abc import Iterable

from aiohttp import web

from .accounts import Account
from .api import Api, modern_page, take_page
from .errors import TwilioError


class SendersApi(Api):
    """Read and configure senders and services; tell that somebody types."""

    def routes(self) -> Iterable[web.RouteDef]:
        host = "/messaging.twilio.com"
        senders = f"{host}/v2/Channels/Senders"
        one = senders + "/{sender}"
        services = f"{host}/v1/Services"
        service = services + "/{service}"
        return [
            web.get(senders, self.guarded(self.list_senders)),
            web.get(one, self.guarded(self.fetch_sender)),
            web.post(one, self.guarded(self.update_sender)),
            web.get(services, self.guarded(self.list_services)),
            web.get(service, self.guarded(self.fetch_service)),
            web.post(service, self.guarded(self.update_service)),
            web.post(f"{host}/v2/Indicators/Typing.json", self.guarded(self.type_v2)),
            web.post(f"{host}/v3/Indicators/Typing.json", self.guarded(self.type_v3)),
        ]

    async def list_senders(self, request: web.Request, account: Account):
        """All senders of the channel ``whatsapp``."""
        if request.query.get("Channel") != "whatsapp":
            raise TwilioError(20404, status=400)
        senders = list(account.senders.values())
        page, place = take_page(request, senders, key=lambda sender: sender.sid)
        records = [sender.describe() for sender in page]
        return web.json_response(modern_page(request, "senders", records, place))

    async def fetch_sender(self, request: web.Request, account: Account):
        """One sender."""
        sender = account.sender_by_sid(request.match_info["sender"])
        return web.json_response(sender.describe())

    async def update_sender(self, request: web.Request, account: Account):
        """Set the webhook addresses."""
        sender = account.sender_by_sid(request.match_info["sender"])
        values = await request.json()
        sender.configure(values.get("webhook") or {})
        return web.json_response(sender.describe(), status=202)

    async def list_services(self, request: web.Request, account: Account):
        """All messaging services."""
        services = list(account.services.values())
        page, place = take_page(request, services, key=lambda service: service.sid)
        records = [service.describe(account.sid) for service in page]
        return web.json_response(modern_page(request, "services", records, place))

    async def fetch_service(self, request: web.Request, account: Account):
        """One messaging service."""
        service = account.service_by_sid(request.match_info["service"])
        return web.json_response(service.describe(account.sid))

    async def update_service(self, request: web.Request, account: Account):
        """Set the webhook addresses of a messaging service."""
        service = account.service_by_sid(request.match_info["service"])
        service.configure(await request.post())
        return web.json_response(service.describe(account.sid))

    async def type_v2(self, request: web.Request, account: Account):
        """Form; marks the customer's message read and shows that somebody types."""
        form = await request.post()
        return self._show_typing(account, form.get("messageId", ""))

    async def type_v3(self, request: web.Request, account: Account):
        """The same as JSON."""
        values = await request.json()
        return self._show_typing(account, values.get("messageId", ""))

    def _show_typing(self, account: Account, sid: str) -> web.Response:
        message = self.store.messages.get(sid)
        if message is None or message.business not in account.senders:
            raise TwilioError(20404)
        self.network.show_reading(message, typing=True)
        return web.json_response({"success": True})
