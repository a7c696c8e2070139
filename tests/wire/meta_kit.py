"""What the tests of Meta's wire share with its cases: an account, webhooks, answers."""

import json
from dataclasses import replace

from conformance_kit import Scripted  # noqa: F401

from odoo.addons.whatsapp_connector_meta.tests.cases import WIRE
from odoo.addons.whatsapp_connector_meta.tests.cases.common import (  # noqa: F401
    APP,
    GRAPH,
    PHONE,
    PROOF,
    SECRET,
    TOKEN,
    VERIFY_TOKEN,
    WABA,
    answer,
)
from odoo.addons.whatsapp_connector_meta.tests.cases.common import (  # noqa: F401
    refusal as error_answer,
)


def make_account(**values):
    return replace(WIRE.account, **values)


def read_fixture(name):
    return json.loads(WIRE.read_body(name))


def webhook(body):
    """A POST of ``body`` (JSON), signed as Meta does."""
    return WIRE.sign(WIRE.wrap("text", json.dumps(body).encode()))


def envelope(*values):
    """The body of a webhook with one entry that has these changes."""
    changes = [{"field": "messages", "value": value} for value in values]
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": WABA, "changes": changes}],
    }
