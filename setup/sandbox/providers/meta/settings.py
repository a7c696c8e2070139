"""The account, its app and its numbers; where webhooks go.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override,
https://developers.facebook.com/docs/graph-api/reference/app/subscriptions
"""

import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from ...courier import Webhook
from .accounts import FIELDS, Account
from .api import NODE, VERSION, Api, answer_page, read_json, read_token
from .errors import MetaError

OBJECT = "whatsapp_business_account"
URL_LIMIT = 200


class SettingsApi(Api):
    """Nodes by their id, subscriptions of app and account."""

    def routes(self) -> Iterable[web.RouteDef]:
        return [
            web.get(f"{VERSION}/oauth/access_token", self.give_app_token),
            web.get(f"{NODE}/subscriptions", self.guarded(self.list_subscriptions)),
            web.post(f"{NODE}/subscriptions", self.guarded(self.subscribe_app)),
            web.get(f"{NODE}/subscribed_apps", self.guarded(self.list_apps)),
            web.post(f"{NODE}/subscribed_apps", self.guarded(self.subscribe)),
            web.delete(f"{NODE}/subscribed_apps", self.guarded(self.unsubscribe)),
            web.post(f"{NODE}/register", self.guarded(self.register)),
            web.get(f"{NODE}/phone_numbers", self.guarded(self.list_numbers)),
            web.get(NODE, self.guarded(self.fetch)),
            web.post(NODE, self.guarded(self.change)),
            web.delete(NODE, self.guarded(self.delete)),
        ]

    # -- numbers ------------------------------------------------------------------

    async def register(self, request: web.Request, account: Account):
        """https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration"""
        number = account.number_by_id(request.match_info["node"])
        values = await read_json(request)
        pin = values.get("pin")
        if values.get("messaging_product") != "whatsapp":
            raise MetaError(100, "The parameter messaging_product is required.")
        if not isinstance(pin, str) or len(pin) != 6 or not pin.isdecimal():
            raise MetaError(100, "Param pin must be 6 characters long.")
        if number.pin not in ("", pin):
            raise MetaError(133005)
        number.pin, number.is_registered = pin, True
        return web.json_response({"success": True})

    # -- nodes --------------------------------------------------------------------

    async def fetch(self, request: web.Request, account: Account):
        """A number, the account, the app, a template or a file."""
        node = request.match_info["node"]
        if node in account.numbers:
            return web.json_response(account.numbers[node].describe())
        if node == account.waba_id:
            return web.json_response({"id": node, "name": account.name})
        if node in (account.app_id, "app"):
            self._check_app_token(request, account)
            return web.json_response({"id": account.app_id, "name": account.name})
        if template := self.provider.templates.find(account, node):
            return web.json_response(template.describe())
        if media := self.provider.files.find(node):
            return self.provider.files.describe(media)
        raise MetaError.no_such_object(node)

    async def change(self, request: web.Request, account: Account):
        """Edit a template."""
        node = request.match_info["node"]
        template = self.provider.templates.find(account, node)
        if template is None:
            raise MetaError.no_such_object(node)
        return self.provider.templates.edit(account, template, await read_json(request))

    async def delete(self, request: web.Request, _account: Account):
        """Delete a file."""
        media = self.provider.files.find(request.match_info["node"])
        if media is None:
            raise MetaError.no_such_object(request.match_info["node"])
        return self.provider.files.delete(media)

    async def list_numbers(self, request: web.Request, account: Account):
        """All numbers of the account."""
        self._check_waba(request, account)
        numbers = [number.describe() for number in account.numbers.values()]
        return answer_page(request, numbers)

    # -- the app ------------------------------------------------------------------

    async def give_app_token(self, request: web.Request) -> web.Response:
        """The app's own token, for its id and secret."""
        query = request.query
        for account in self.provider.accounts.values():
            token = f"{query.get('client_id')}|{query.get('client_secret')}"
            if token == account.app_token:
                body = {"access_token": token, "token_type": "bearer"}
                return web.json_response(body)
        return MetaError(1, "Error validating client secret.", status=400).response()

    async def list_subscriptions(self, request: web.Request, account: Account):
        """What the app is told, and where."""
        self._check_app(request, account)
        fields = [{"name": name, "version": "v25.0"} for name in account.app_fields]
        entry = {
            "object": OBJECT,
            "callback_url": account.app_callback,
            "active": True,
            "fields": fields,
        }
        return web.json_response({"data": [entry] if account.app_callback else []})

    async def subscribe_app(self, request: web.Request, account: Account):
        """Set the app's address, after a handshake with it."""
        self._check_app(request, account)
        values = {**request.query, **await read_json(request)}
        fields = [name for name in str(values.get("fields", "")).split(",") if name]
        if values.get("object") != OBJECT:
            raise MetaError(100, "(object) is not known")
        if unknown := set(fields) - FIELDS:
            raise MetaError(100, f"Unknown fields: {', '.join(sorted(unknown))}")
        await self._shake_hands(values.get("callback_url"), values.get("verify_token"))
        for each in self.provider.accounts.values():
            if each.app_id == account.app_id:
                each.app_callback, each.app_fields = values["callback_url"], fields
        return web.json_response({"success": True})

    def _check_app(self, request: web.Request, account: Account) -> None:
        if request.match_info["node"] != account.app_id:
            raise MetaError.no_such_object(request.match_info["node"])
        self._check_app_token(request, account)

    @staticmethod
    def _check_app_token(request: web.Request, account: Account) -> None:
        if read_token(request) != account.app_token:
            raise MetaError(200, "This needs the app's own access token")

    # -- the account --------------------------------------------------------------

    async def list_apps(self, request: web.Request, account: Account):
        """The apps that hear of the account: ours, or none."""
        self._check_waba(request, account)
        app: dict[str, Any] = {"id": account.app_id, "name": account.name}
        entry: dict[str, Any] = {"whatsapp_business_api_data": app}
        if account.override:
            entry["override_callback_uri"] = account.override
        return web.json_response({"data": [entry] if account.is_subscribed else []})

    async def subscribe(self, request: web.Request, account: Account):
        """Hear of the account; perhaps at an address of its own."""
        self._check_waba(request, account)
        values = await read_json(request)
        url = values.get("override_callback_uri", "")
        if url:
            await self._shake_hands(url, values.get("verify_token"))
        account.is_subscribed, account.override = True, url
        return web.json_response({"success": True})

    async def unsubscribe(self, request: web.Request, account: Account):
        """Hear no more of it."""
        self._check_waba(request, account)
        account.is_subscribed, account.override = False, ""
        return web.json_response({"success": True})

    @staticmethod
    def _check_waba(request: web.Request, account: Account) -> None:
        if request.match_info["node"] != account.waba_id:
            raise MetaError.no_such_object(request.match_info["node"])

    async def _shake_hands(self, url: Any, verify_token: Any) -> None:
        """See whether the address knows the verify token.

        :raise MetaError: 2200
        """
        if not url or not verify_token or len(str(url)) > URL_LIMIT:
            raise MetaError(100, "An address and a verify token are needed")
        challenge = str(secrets.randbelow(10**10))
        query = {
            "hub.mode": "subscribe",
            "hub.challenge": challenge,
            "hub.verify_token": verify_token,
        }

        def check(_status: int, _content_type: str, body: bytes) -> str | None:
            return None if body == challenge.encode() else "Another challenge"

        call = await self.network.post(
            Webhook(f"{url}?{urlencode(query)}", {}, method="GET", check_reply=check),
            "handshake",
        )
        if not call.ok:
            raise MetaError(2200, call.error or "")
