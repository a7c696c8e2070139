"""What the tests of Vonage's wire share with its cases: an account, webhooks."""

import json
import time
from dataclasses import replace

from odoo.addons.whatsapp_connector.tests.conformance.wire import JSON, URL
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest
from odoo.addons.whatsapp_connector_vonage.tests.cases import WIRE, make_token
from odoo.addons.whatsapp_connector_vonage.tests.cases.common import (  # noqa: F401
    API_KEY,
    APPLICATION,
    OURS,
    SECRET,
    THEIRS,
    WABA,
    answer,
    problem,
)


def private_key():
    return WIRE.account.private_key


def make_account(**values):
    return replace(WIRE.account, **values)


def sign(body, secret=SECRET, **changes):
    """A token as Vonage makes it; a claim that is None is left out."""
    return make_token(body, secret, time.time(), **changes)


def webhook(body, token=None):
    """A POST; without ``token`` it is signed as it should be, with "" not at all."""
    token = sign(body) if token is None else token
    headers = {"content-type": JSON}
    if token:
        headers["authorization"] = f"Bearer {token}"
    return WebhookRequest(method="POST", url=URL, headers=headers, body=body)


def load_fixture(name):
    return json.loads(WIRE.read_body(name))
