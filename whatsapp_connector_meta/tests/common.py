"""Test kit: an account at Meta, and a Meta that answers as scripted."""

import hashlib
import hmac
import io
import itertools
import json
from collections import deque
from urllib.parse import parse_qs, urlsplit

import requests
from urllib3 import HTTPResponse

from odoo.addons.whatsapp_connector.tests.common import (
    NUMBER,
    WhatsappCase,
    WhatsappHttpCase,
    utc_now,
)
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest

WABA = "102290129340398"
APP = "634974688087057"
PHONE = "106540352242922"
APP_SECRET = "app-s3cret"
ACCESS_TOKEN = "EAAacc3ss-token"
VERIFY_TOKEN = "v3rify-token"
ANNA = "34612345678"
ANNA_ID = "ES.13491208655302741918"
VERSION = "/v25.0"


class FakeMeta:
    """The other side of our requests; the scripted answers are given in order."""

    def __init__(self):
        #: What was asked: ``requests.PreparedRequest``, in order.
        self.requests = []
        self._answers = deque()
        self._ids = itertools.count(1)

    def answer(self, status=200, payload=None, headers=None, path=None):
        """Script an answer; ``path`` keeps it for requests to that path."""
        self._answers.append((path, status, payload, headers or {}))

    def refuse(self, code, status=400, message="Meta's own words"):
        self.answer(status, {"error": {"code": code, "message": message}})

    def handle(self, request):
        self.requests.append(request)
        path = urlsplit(request.url).path.removeprefix(VERSION)
        for scripted in self._answers:
            if scripted[0] in (None, path):
                self._answers.remove(scripted)
                _path, status, payload, headers = scripted
                if isinstance(status, Exception):
                    raise status
                return self._respond(status, payload, headers)
        message_id = f"wamid.OUT{next(self._ids)}"
        return self._respond(200, {"messages": [{"id": message_id}]}, {})

    @staticmethod
    def _respond(status, payload, headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response.raw = HTTPResponse(io.BytesIO(body), headers, preload_content=False)
        return response

    def bodies(self, path, method="POST"):
        """The JSON sent to ``path``, in order."""
        return [
            json.loads(request.body)
            for request in self.requests
            if request.method == method
            and urlsplit(request.url).path == f"{VERSION}{path}"
        ]

    def query(self, place=-1):
        """The query of a request, one value a name."""
        found = parse_qs(urlsplit(self.requests[place].url).query)
        return {name: values[0] for name, values in found.items()}


def sign(body, secret=APP_SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


class MetaKit:
    provider_code = "meta"

    @classmethod
    def setUpClass(cls):
        cls.meta = FakeMeta()
        super().setUpClass()

    def setUp(self):
        super().setUp()
        type(self).meta.__init__()

    @classmethod
    def _prepare_account_vals(cls):
        return {
            **super()._prepare_account_vals(),
            "meta_waba_id": WABA,
            "meta_app_id": APP,
            "meta_app_secret": APP_SECRET,
            "meta_access_token": ACCESS_TOKEN,
            "meta_verify_token": VERIFY_TOKEN,
            "public_url": "https://odoo.example.com",
        }

    @classmethod
    def create_channel(cls, account, number=NUMBER, **vals):
        vals.setdefault("number_id", PHONE)
        return super().create_channel(account, number, **vals)

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        host = urlsplit(request.url).hostname
        if host == "graph.facebook.com" or host.endswith(".fbsbx.com"):
            return cls.meta.handle(request)
        return super()._request_handler(session, request, **kwargs)

    # -- what Meta posts --------------------------------------------------------------

    _ids = itertools.count(1000)

    def inbound_message(self, body="Hola", sender=ANNA, **values):
        """A record of ``messages``; values of None are left out."""
        record = {
            "from": sender,
            "id": f"wamid.IN{next(self._ids)}",
            "timestamp": "1750000000",
            "type": "text",
            "text": {"body": body},
            **values,
        }
        return {name: value for name, value in record.items() if value is not None}

    def status(self, message, word, **values):
        """A record of ``statuses``."""
        return {
            "id": message.provider_id,
            "status": word,
            "timestamp": "1750000060",
            "recipient_id": ANNA,
            "biz_opaque_callback_data": message.reference,
            **values,
        }

    def value(self, *messages, statuses=(), phone=PHONE, contacts=None, **values):
        """The value of a change of one number."""
        known = {"wa_id": ANNA, "profile": {"name": "Anna 🌻"}}
        return {
            "messaging_product": "whatsapp",
            "metadata": {"phone_number_id": phone},
            "contacts": [known] if contacts is None else contacts,
            "messages": list(messages),
            "statuses": list(statuses),
            **values,
        }

    def body(self, *values, field="messages", waba=WABA):
        """The bytes of a webhook with these changes."""
        changes = [{"field": field, "value": value} for value in values]
        entry = {"id": waba, "time": 1750000000, "changes": changes}
        envelope = {"object": "whatsapp_business_account", "entry": [entry]}
        return json.dumps(envelope).encode()

    def meta_webhook(self, body):
        """A webhook as it arrives, signed."""
        return WebhookRequest(
            method="POST",
            url=self.account._get_webhook_url(),
            headers={
                "content-type": "application/json",
                "x-hub-signature-256": sign(body),
            },
            body=body,
        )

    def receive(self, *values, **options):
        """Store a webhook and apply it; returns its event."""
        event = self.store_webhook(self.meta_webhook(self.body(*values, **options)))
        self.run_inbox()
        return event

    def open_chat(self, body="No em funciona la factura"):
        """A thread with Anna whose window is open."""
        event = self.receive(
            self.value(self.inbound_message(body, timestamp=self.now()))
        )
        self.assertEqual(event.state, "done", event.error)
        return self.thread_of()

    def now(self):
        """This moment as Meta writes it."""
        return str(int(utc_now().timestamp()))


class MetaCase(MetaKit, WhatsappCase):
    pass


class MetaHttpCase(MetaKit, WhatsappHttpCase):
    def post(self, body, signature=None):
        """One call of Meta's to the server under test; its response."""
        headers = {"Content-Type": "application/json"}
        signature = sign(body) if signature is None else signature
        if signature:
            headers["X-Hub-Signature-256"] = signature
        return self.url_open(
            f"/whatsapp/webhook/{self.account.webhook_key}", data=body, headers=headers
        )
