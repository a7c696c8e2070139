"""Twilio's own SDK as an oracle: what would it send for the same intent?"""

import json
from urllib.parse import parse_qsl, urlsplit

from requests import Request
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client
from twilio_kit import SID, TOKEN

from odoo.addons.whatsapp_connector.wire.http import HttpRequest

SDK_SID = "HX" + "b" * 32


class Recorder(HttpClient):
    """Stands in for the network under the SDK, and keeps what it would send."""

    def __init__(self):
        super().__init__(None, False, None)
        self.requests = []

    def request(self, method, url, params=None, data=None, headers=None, **values):
        is_json = (headers or {}).get("Content-Type") == "application/json"
        body = {"json": data} if is_json else {"data": data}
        self.requests.append(
            Request(method, url, params=params, auth=values["auth"], **body).prepare()
        )
        if method == "GET":
            return Response(200, json.dumps({"sid": SDK_SID, "meta": {"key": "sid"}}))
        return Response(201, json.dumps({"sid": SDK_SID}))


def sdk(do, *credentials, **options):
    """What the SDK sends when ``do`` is done with a client of it."""
    recorder = Recorder()
    client = Client(*(credentials or (SID, TOKEN)), http_client=recorder, **options)
    do(client)
    return [on_the_wire(request) for request in recorder.requests]


def on_the_wire(request):
    """A request as it leaves, ours or the SDK's, in comparable form.

    Method, address, query, credentials, type of the body, body; the order of names
    doesn't count.
    """
    if isinstance(request, HttpRequest):
        request = Request(
            request.method,
            request.url,
            params=list(request.params),
            data=list(request.form) if request.form else None,
            json=request.json,
            auth=request.auth,
        ).prepare()
    body = request.body or b""
    body = body.decode() if isinstance(body, bytes) else body
    content_type = request.headers.get("Content-Type")
    if content_type == "application/json":
        content = json.loads(body)
    else:
        content = sorted(parse_qsl(body, keep_blank_values=True))
    parts = urlsplit(request.url)
    return (
        request.method,
        f"{parts.scheme}://{parts.netloc}{parts.path}",
        sorted(parse_qsl(parts.query, keep_blank_values=True)),
        request.headers.get("Authorization"),
        content_type,
        content,
    )
