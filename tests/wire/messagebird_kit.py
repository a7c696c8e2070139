"""What the tests of MessageBird's wire share with its cases: accounts, webhooks."""

import json
import time
from dataclasses import replace

from odoo.addons.whatsapp_connector.tests.conformance.wire import URL
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest
from odoo.addons.whatsapp_connector_messagebird.tests import (
    cases_bird,
    cases_conversations,
)

WIRES = {"conversations": cases_conversations.WIRE, "bird": cases_bird.WIRE}
GENERATIONS = tuple(WIRES)
KEY = cases_conversations.WIRE.account.signing_key


def make_account(generation="conversations", **values):
    return replace(WIRES[generation].account, **values)


def read_fixture(generation, name):
    return json.loads(WIRES[generation].read_body(name))


def make_webhook(body, url=URL, **headers):
    if not isinstance(body, bytes):
        body = json.dumps(body, ensure_ascii=False).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return WebhookRequest(method="POST", url=url, headers=named, body=body)


def now():
    return int(time.time())
