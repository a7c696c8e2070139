"""Test kit: an account of either generation, a provider that answers as scripted."""

import base64
import hashlib
import hmac
import io
import itertools
import json
import time
from collections import deque
from urllib.parse import urlsplit

import jwt
import requests
from urllib3 import HTTPResponse

from odoo.addons.whatsapp_connector.tests.common import (
    NUMBER,
    WhatsappCase,
    WhatsappHttpCase,
)
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest

ACCESS_KEY = "live_acc3ss"
SIGNING_KEY = "s1gning-k3y-that-is-long-enough-for-sha-256"
WORKSPACE = "c32b95a0-4a8f-4f64-a3ef-9a1f3ce4d3a5"
WABA = "123456789012345"
CHANNELS = {
    "conversations": "2d65f8d2d0d14a5e8a4f6f4c4a1f0c11",
    "bird": "614208aa-b153-4d5d-9989-2fddfc0ce4c3",
}
SENDS = {
    "conversations": "/v1/send",
    "bird": f"/workspaces/{WORKSPACE}/channels/{CHANNELS['bird']}/messages",
}
ANNA = "+34612345678"


class FakeProvider:
    """The other side of our requests; the scripted answers are given in order."""

    def __init__(self):
        #: What was asked: ``requests.PreparedRequest``, in order.
        self.requests = []
        self._answers = deque()
        self._ids = itertools.count(1)

    def answer(self, status=200, payload=None, headers=None, path=None, method=None):
        """Script an answer; ``path`` and ``method`` keep it for such requests."""
        self._answers.append((path, method, status, payload, headers or {}))

    def handle(self, request):
        self.requests.append(request)
        path = urlsplit(request.url).path
        for scripted in self._answers:
            wanted, method, status, payload, headers = scripted
            if wanted in (None, path) and method in (None, request.method):
                self._answers.remove(scripted)
                if isinstance(status, Exception):
                    raise status
                return self._respond(status, payload, headers)
        return self._respond(202, {"id": f"{next(self._ids):032x}"}, {})

    @staticmethod
    def _respond(status, payload, headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response.raw = HTTPResponse(io.BytesIO(body), headers, preload_content=False)
        return response

    def posted(self, path, method="POST"):
        """The JSON sent to ``path``, in order."""
        return [
            json.loads(request.body)
            for request in self.requests
            if request.method == method and urlsplit(request.url).path == path
        ]


def moment():
    """Now, with the nine digits of a second that MessageBird writes."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.123456789Z", time.gmtime())


def sign_jwt(url, body, key=SIGNING_KEY, **changes):
    now = int(time.time())
    claims = {
        "iss": "MessageBird",
        "nbf": now,
        "exp": now + 60,
        "url_hash": hashlib.sha256(url.encode()).hexdigest(),
        "payload_hash": hashlib.sha256(body).hexdigest(),
        **changes,
    }
    token = jwt.encode(claims, key or "empty", "HS256")
    return {"MessageBird-Signature-JWT": token}


def sign_bird(url, body, key=SIGNING_KEY, age=0):
    timestamp = str(int(time.time()) - age)
    signed = f"{timestamp}\n{url}\n".encode() + hashlib.sha256(body).digest()
    digest = hmac.digest(key.encode(), signed, "sha256")
    return {
        "MessageBird-Signature": base64.b64encode(digest).decode(),
        "MessageBird-Request-Timestamp": timestamp,
    }


SIGNERS = {"conversations": sign_jwt, "bird": sign_bird}


class MessageBirdKit:
    provider_code = "messagebird"
    generation = "conversations"

    @classmethod
    def setUpClass(cls):
        cls.fake = FakeProvider()
        super().setUpClass()

    def setUp(self):
        super().setUp()
        type(self).fake.__init__()

    @classmethod
    def _prepare_account_vals(cls):
        return {
            **super()._prepare_account_vals(),
            "messagebird_generation": cls.generation,
            "messagebird_access_key": ACCESS_KEY,
            "messagebird_signing_key": SIGNING_KEY,
            "messagebird_workspace_id": WORKSPACE,
            "messagebird_waba_id": WABA,
            "messagebird_namespace": "20332cd4_f095",
            "public_url": "https://odoo.example.com",
        }

    @classmethod
    def create_channel(cls, account, number=NUMBER, **vals):
        vals.setdefault("number_id", CHANNELS[cls.generation])
        return super().create_channel(account, number, **vals)

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        host = urlsplit(request.url).hostname
        if host.endswith((".messagebird.com", ".bird.com")):
            return cls.fake.handle(request)
        return super()._request_handler(session, request, **kwargs)

    def sent(self):
        """The messages that we posted, in order."""
        return self.fake.posted(SENDS[self.generation])

    def refuse(self, status=422, code=10, words="Their own words"):
        error = {"code": code, "description": words, "parameter": None}
        self.fake.answer(
            status,
            {"code": code, "message": words}
            if self.generation == "bird"
            else {"errors": [error]},
        )

    # -- what the provider posts ------------------------------------------------------

    _ids = itertools.count(0x1000)

    def inbound_event(self, text="Hola", sender=ANNA, **content):
        """A customer's message."""
        if self.generation == "bird":
            return self._bird_event("whatsapp.inbound", text, sender, content)
        message = {
            "id": f"{next(self._ids):032x}",
            "platform": "whatsapp",
            "to": NUMBER,
            "from": sender,
            "channelId": CHANNELS["conversations"],
            "type": "text",
            "content": {"text": text},
            "direction": "received",
            "status": "received",
            "createdDatetime": moment(),
            "updatedDatetime": moment(),
            **content,
        }
        contact = {"id": "c", "displayName": "Anna 🌻", "msisdn": int(sender[1:])}
        return {"type": "message.created", "contact": contact, "message": message}

    def _bird_event(self, event, text, sender, content):
        contact = {
            "id": "c",
            "identifierKey": "phonenumber",
            "identifierValue": sender,
            "annotations": {"name": "Anna 🌻"},
        }
        payload = {
            "id": f"{next(self._ids):08x}-0000-4000-8000-000000000000",
            "channelId": CHANNELS["bird"],
            "sender": {"contact": contact},
            "body": {"type": "text", "text": {"text": text}},
            "status": "delivered",
            "direction": "incoming",
            "createdAt": moment(),
            **content,
        }
        return {"service": "channels", "event": event, "payload": payload}

    def status_event(self, message, status, **values):
        """What became of a message of ours."""
        reference = f"odoo:{message.reference}"
        known = {"id": message.provider_id or "f" * 32, "status": status, **values}
        if self.generation == "bird":
            known |= {
                "channelId": CHANNELS["bird"],
                "reference": reference,
                "receiver": {"contacts": [{"identifierValue": ANNA}]},
                "direction": "outgoing",
            }
            event = {"service": "channels", "event": "whatsapp.outbound"}
            return {**event, "payload": known}
        known |= {
            "channelId": CHANNELS["conversations"],
            "platform": "whatsapp",
            "trackId": reference,
            "to": ANNA,
            "direction": "sent",
        }
        return {"type": "message.updated", "message": known}

    def make_webhook(self, event, query="", headers=None):
        """An event as it arrives, signed; ``query`` begins with its question mark."""
        url = self.account._get_webhook_url() + query
        body = json.dumps(event, ensure_ascii=False).encode()
        signed = SIGNERS[self.generation](url, body) if headers is None else headers
        return WebhookRequest(
            method="POST",
            url=url,
            headers={name.lower(): value for name, value in signed.items()},
            body=body,
        )

    def receive(self, event, query=""):
        """Store a webhook and apply it; returns its event."""
        stored = self.store_webhook(self.make_webhook(event, query))
        self.run_inbox()
        return stored

    def open_chat(self, text="No em funciona la factura"):
        """A thread with Anna whose window is open."""
        event = self.receive(self.inbound_event(text))
        self.assertEqual(event.state, "done", event.error)
        return self.thread_of()


class MessageBirdCase(MessageBirdKit, WhatsappCase):
    pass


class MessageBirdHttpCase(MessageBirdKit, WhatsappHttpCase):
    def post_event(self, event, query="", headers=None):
        """One call of the provider's to the server under test; its response."""
        webhook = self.make_webhook(event, query, headers)
        return self.url_open(
            f"/whatsapp/webhook/{self.account.webhook_key}{query}",
            data=webhook.body,
            headers={"Content-Type": "application/json", **webhook.headers},
        )
