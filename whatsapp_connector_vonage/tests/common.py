"""Test kit: an account at Vonage, and a Vonage that answers as scripted."""

import hashlib
import io
import itertools
import json
import time
import uuid
from collections import deque
from functools import cache
from urllib.parse import urlsplit

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from urllib3 import HTTPResponse

from odoo.addons.whatsapp_connector.tests.common import (
    NUMBER,
    WhatsappCase,
    WhatsappHttpCase,
)
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest

API_KEY = "abcd1234"
API_SECRET = "4pi-s3cret"
SIGNATURE_SECRET = "s1gnature-s3cret-0123456789abcdef"
APPLICATION = "11111111-1111-4111-8111-111111111111"
WABA = "102290129340398"
OURS = NUMBER.removeprefix("+")
ANNA = "34612345678"
MESSAGES = "/v1/messages"


@cache
def private_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


class FakeVonage:
    """The other side of our requests; the scripted answers are given in order."""

    def __init__(self):
        #: What was asked: ``requests.PreparedRequest``, in order.
        self.requests = []
        self._answers = deque()

    def answer(self, status=200, payload=None, headers=None, path=None):
        """Script an answer; ``path`` keeps it for requests to that path."""
        self._answers.append((path, status, payload, headers or {}))

    def refuse(self, status, fragment="", detail="Vonage's own words"):
        url = f"https://developer.vonage.com/api-errors/messages#{fragment}"
        self.answer(status, {"type": url, "title": "No", "detail": detail})

    def handle(self, request):
        self.requests.append(request)
        path = urlsplit(request.url).path
        for scripted in self._answers:
            if scripted[0] in (None, path):
                self._answers.remove(scripted)
                _path, status, payload, headers = scripted
                if isinstance(status, Exception):
                    raise status
                return self._respond(status, payload, headers)
        return self._respond(202, {"message_uuid": str(uuid.uuid4())}, {})

    @staticmethod
    def _respond(status, payload, headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response.raw = HTTPResponse(io.BytesIO(body), headers, preload_content=False)
        return response

    def bodies(self, path=MESSAGES, method="POST"):
        """The JSON sent to ``path``, in order."""
        return [
            json.loads(request.body)
            for request in self.requests
            if request.method == method and urlsplit(request.url).path == path
        ]


def sign(body, secret=SIGNATURE_SECRET, **changes):
    """A token as Vonage makes it; a claim that is None is left out."""
    claims = {
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": API_KEY,
        "application_id": APPLICATION,
        **changes,
    }
    known = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(known, secret, algorithm="HS256")


class VonageKit:
    provider_code = "vonage"

    @classmethod
    def setUpClass(cls):
        cls.vonage = FakeVonage()
        super().setUpClass()

    def setUp(self):
        super().setUp()
        type(self).vonage.__init__()

    @classmethod
    def _prepare_account_vals(cls):
        return {
            **super()._prepare_account_vals(),
            "vonage_api_key": API_KEY,
            "vonage_api_secret": API_SECRET,
            "vonage_signature_secret": SIGNATURE_SECRET,
            "vonage_application_id": APPLICATION,
            "vonage_private_key": private_key(),
            "vonage_waba_id": WABA,
            "public_url": "https://odoo.example.com",
        }

    @classmethod
    def create_channel(cls, account, number=NUMBER, **vals):
        vals.setdefault("number_id", number.removeprefix("+"))
        return super().create_channel(account, number, **vals)

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        host = urlsplit(request.url).hostname
        if host.endswith((".nexmo.com", ".vonage.com")):
            return cls.vonage.handle(request)
        return super()._request_handler(session, request, **kwargs)

    # -- what Vonage posts ------------------------------------------------------------

    _serial = itertools.count(1)

    def inbound(self, text="Hola", sender=ANNA, **values):
        """A customer's message."""
        return {
            "channel": "whatsapp",
            "message_uuid": f"aaaaaaaa-bbbb-4ccc-8ddd-{next(self._serial):012x}",
            "to": OURS,
            "from": sender,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "context_status": "none",
            "message_type": "text",
            "text": text,
            "profile": {"name": "Anna 🌻"},
            **values,
        }

    def status(self, message, word, **values):
        """What became of a message of ours."""
        return {
            "message_uuid": message.provider_id,
            "channel": "whatsapp",
            "to": ANNA,
            "from": OURS,
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "status": word,
            "client_ref": message.reference,
            **values,
        }

    def vonage_webhook(self, event, token=None):
        """An event as it arrives, signed."""
        body = json.dumps(event, ensure_ascii=False).encode()
        return WebhookRequest(
            method="POST",
            url=self.account._get_webhook_url(),
            headers={
                "content-type": "application/json",
                "authorization": f"Bearer {sign(body) if token is None else token}",
            },
            body=body,
        )

    def receive(self, event):
        """Store a webhook and apply it; returns its event."""
        stored = self.store_webhook(self.vonage_webhook(event))
        self.run_inbox()
        return stored

    def open_chat(self, text="No em funciona la factura"):
        """A thread with Anna whose window is open."""
        event = self.receive(self.inbound(text))
        self.assertEqual(event.state, "done", event.error)
        return self.thread_of()


class VonageCase(VonageKit, WhatsappCase):
    pass


class VonageHttpCase(VonageKit, WhatsappHttpCase):
    def post_event(self, event, token=None, query=""):
        """One call of Vonage's to the server under test; its response."""
        webhook = self.vonage_webhook(event, token)
        headers = {"Content-Type": "application/json"}
        if token != "":
            headers["Authorization"] = webhook.headers["authorization"]
        return self.url_open(
            f"/whatsapp/webhook/{self.account.webhook_key}{query}",
            data=webhook.body,
            headers=headers,
        )
