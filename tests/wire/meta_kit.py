"""What the tests of Meta's wire share: an account, webhooks, fixtures."""

import json
from pathlib import Path

from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest
from odoo.addons.whatsapp_connector_meta.wire import signature
from odoo.addons.whatsapp_connector_meta.wire.account import MetaAccount

FIXTURES = Path(__file__).parent / "fixtures" / "meta"
WABA = "102290129340398"
PHONE = "106540352242922"
APP = "634974688087057"
SECRET = "s3cr3t-app-secret"
TOKEN = "EAAtest-token"
VERIFY_TOKEN = "our-verify-token"
URL = "https://odoo.example.com/whatsapp/webhook/key"
GRAPH = "https://graph.facebook.com/v25.0"
#: HMAC-SHA256 of TOKEN under SECRET.
PROOF = "4b2413330ffb0a2c6183fefd204a104cad5d512acc4606bb6323b3720507f849"


def make_account(**values):
    return MetaAccount(
        **{
            "waba_id": WABA,
            "app_id": APP,
            "access_token": TOKEN,
            "app_secret": SECRET,
            "verify_token": VERIFY_TOKEN,
            **values,
        }
    )


def read_fixture(name):
    return json.loads((FIXTURES / f"{name}.json").read_text(encoding="utf-8"))


def webhook(body, secret=SECRET, **headers):
    """A POST of ``body`` (JSON or bytes), signed as Meta does."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = {signature.SIGNATURE: signature.compute(secret, data)} if secret else {}
    return WebhookRequest(
        method="POST",
        url=URL,
        headers={"content-type": "application/json", **signed, **headers},
        body=data,
    )


def envelope(*values, field="messages", waba=WABA):
    """The body of a webhook with one entry that has these changes."""
    changes = [{"field": field, "value": value} for value in values]
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": waba, "changes": changes}],
    }


def answer(status, body=None, **headers):
    return HttpResponse(status=status, headers=headers, body=json.dumps(body).encode())


def error_answer(code, status=400, **error):
    return answer(status, {"error": {"code": code, "message": "Words", **error}})


class Scripted:
    """A client that answers as scripted, in order, and keeps what it was asked."""

    def __init__(self, *answers):
        self.requests = []
        self._answers = list(answers)

    def exchange(self, request):
        self.requests.append(request)
        given = self._answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given if isinstance(given, HttpResponse) else answer(200, given)
