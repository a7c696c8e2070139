"""pywa as an oracle: what would it send for the same intent, what does it read?"""

import json

import httpx
from meta_kit import APP, PHONE, SECRET, TOKEN, VERIFY_TOKEN, WABA
from pywa import WhatsApp

from odoo.addons.whatsapp_connector_meta.wire.account import API_VERSION

ANSWER = {
    "messaging_product": "whatsapp",
    "contacts": [{"input": "34600111222", "wa_id": "34600111222"}],
    "messages": [{"id": "wamid.X"}],
    "id": "7",
    "h": "4:handle",
    "status": "PENDING",
    "category": "UTILITY",
    "success": True,
    "block_users": {},
}


def make_client(transport, **values):
    return WhatsApp(
        **{
            "phone_id": PHONE,
            "token": TOKEN,
            "waba_id": WABA,
            "app_id": int(APP),
            "app_secret": SECRET,
            "verify_token": VERIFY_TOKEN,
            "session": httpx.Client(transport=transport),
            "api_version": float(API_VERSION.removeprefix("v")),
            "filter_updates": False,
            **values,
        }
    )


def pywa(do):
    """What pywa sends when ``do`` is done with a client of it, in comparable form."""
    sent = []

    def keep(request):
        sent.append(
            (
                request.method,
                str(request.url).partition("?")[0],
                request.headers["Authorization"],
                normal(json.loads(request.content)) if is_json(request) else None,
            )
        )
        return httpx.Response(200, json=ANSWER)

    do(make_client(httpx.MockTransport(keep)))
    return sent


def is_json(request):
    return request.headers.get("Content-Type") == "application/json"


def on_the_wire(request):
    """A request of ours in the same form; what only we add stands in the query."""
    return (
        request.method,
        request.url,
        request.headers["Authorization"],
        normal(request.json),
    )


def normal(value):
    """Without what makes no difference: case of types, nulls, a lone section's name."""
    if isinstance(value, list):
        return [normal(each) for each in value]
    if not isinstance(value, dict):
        return value
    lowered = ("type", "sub_type", "parameter_format")
    return {
        name: each.lower()
        if name in lowered and isinstance(each, str)
        else normal(each)
        for name, each in value.items()
        if each is not None and not (name == "title" and "rows" in value)
    }


class Redirecting(httpx.HTTPTransport):
    """Sends what is meant for Meta to the sandbox, as Odoo's redirection does."""

    def __init__(self, address):
        super().__init__()
        self._address = address

    def handle_request(self, request):
        path = str(request.url).removeprefix("https:/")
        request.url = httpx.URL(f"{self._address}{path}")
        request.headers["Host"] = request.url.netloc.decode()
        return super().handle_request(request)
