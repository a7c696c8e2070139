"""What the tests of MessageBird's wire share: accounts, webhooks, fixtures."""

import json
import time
from pathlib import Path

from odoo.addons.whatsapp_connector.wire.items import Person
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest
from odoo.addons.whatsapp_connector_messagebird.wire.account import (
    MessageBirdAccount,
)

FIXTURES = Path(__file__).parent / "fixtures" / "messagebird"
GENERATIONS = ("conversations", "bird")
CHANNEL = "2d65f8d2d0d14a5e8a4f6f4c4a1f0c11"
BIRD_CHANNEL = "614208aa-b153-4d5d-9989-2fddfc0ce4c3"
WORKSPACE = "c32b95a0-4a8f-4f64-a3ef-9a1f3ce4d3a5"
URL = "https://odoo.example.com/whatsapp/webhook/key"
KEY = "36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb"
NURIA = Person(number="+34600111222", wa_id="34600111222", name="Núria 🌻")
NURIA_ID = "ES.4480491918930694"
MESSAGE_ID = "e2e27fbd1f7b4c2ba3a5fb0a8a8a8a8a"
REFERENCE = "r4711"


def make_account(generation="conversations", **values):
    known = {
        "generation": generation,
        "access_key": "live_k3y",
        "signing_key": KEY,
        "workspace_id": WORKSPACE,
        "waba_id": "123456789012345",
        "channel_ids": (BIRD_CHANNEL if generation == "bird" else CHANNEL,),
    }
    return MessageBirdAccount(**{**known, **values})


def bird_id(number):
    return f"{number:08x}-0000-4000-8000-000000000000"


def read_fixture(generation, name):
    return json.loads((FIXTURES / generation / f"{name}.json").read_text("utf-8"))


def fixture_names(generation):
    return sorted(path.stem for path in (FIXTURES / generation).glob("*.json"))


def make_webhook(body, url=URL, method="POST", **headers):
    if not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(method=method, url=url, headers=named, body=body)


def now():
    return int(time.time())
