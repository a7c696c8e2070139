"""What the tests of Vonage's wire share: an account, webhooks, fixtures, a client."""

import hashlib
import json
import time
import uuid
from collections import deque
from functools import cache
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest
from odoo.addons.whatsapp_connector_vonage.wire.account import VonageAccount

FIXTURES = Path(__file__).parent / "fixtures" / "vonage"
URL = "https://odoo.example.com/whatsapp/webhook/key"
API_KEY = "abcd1234"
APPLICATION = "11111111-1111-4111-8111-111111111111"
SECRET = "qwertyuiopasdfghjklzxcvbnm123456"
WABA = "102290129340398"
OURS = "34931234567"
NURIA = "34600111222"


@cache
def private_key():
    """A key of an application, as Vonage's dashboard hands it out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def make_account(**values):
    return VonageAccount(
        **{
            "api_key": API_KEY,
            "api_secret": "s3cret",
            "application_id": APPLICATION,
            "private_key": private_key(),
            "signature_secret": SECRET,
            "waba_id": WABA,
            **values,
        }
    )


def sign(body, secret=SECRET, algorithm="HS256", **changes):
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
    return jwt.encode(known, secret, algorithm=algorithm)


def webhook(body, token=None, url=URL):
    """A POST; without ``token`` it is signed as it should be, with "" not at all."""
    token = sign(body) if token is None else token
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    return WebhookRequest(method="POST", url=url, headers=headers, body=body)


def read_fixture(name):
    return (FIXTURES / f"{name}.json").read_bytes()


def load_fixture(name):
    return json.loads(read_fixture(name))


class FakeClient:
    """Answers as scripted, and keeps what was asked."""

    def __init__(self, *answers):
        self.requests = []
        self._answers = deque(answers)

    def exchange(self, request):
        self.requests.append(request)
        answer = self._answers.popleft()
        if isinstance(answer, Exception):
            raise answer
        return answer


def answer(payload=None, status=200, **headers):
    body = b"" if payload is None else json.dumps(payload).encode()
    return HttpResponse(status=status, headers=headers, body=body)
