"""What the tests of Twilio's wire share with its cases: an account, webhooks."""

from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from odoo.addons.whatsapp_connector.tests.conformance.wire import FORM as FORM_TYPE
from odoo.addons.whatsapp_connector.tests.conformance.wire import JSON as JSON_TYPE
from odoo.addons.whatsapp_connector.tests.conformance.wire import URL
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest
from odoo.addons.whatsapp_connector_twilio.tests.cases import WIRE
from odoo.addons.whatsapp_connector_twilio.tests.cases.common import (  # noqa: F401
    SID,
    TOKEN,
)

FORM = {"content-type": FORM_TYPE}
JSON = {"content-type": JSON_TYPE}


def make_account(**values):
    return replace(WIRE.account, **values)


def form_webhook(pairs, url=URL, signature="", **headers):
    """A POST with the form ``pairs`` (names and values)."""
    return WebhookRequest(
        method="POST",
        url=url,
        headers={**FORM, "x-twilio-signature": signature, **headers},
        body=urlencode(pairs).encode(),
    )


def get_webhook(url, signature=""):
    return WebhookRequest(
        method="GET", url=url, headers={"x-twilio-signature": signature}
    )


def json_webhook(body, url=URL, signature=""):
    return WebhookRequest(
        method="POST",
        url=url,
        headers={**JSON, "x-twilio-signature": signature},
        body=body,
    )


def read_fixture(name):
    """The names and values of a fixture."""
    return parse_qsl(WIRE.read_body(name).decode(), keep_blank_values=True)


def fixture_webhook(name, url=URL, **changes):
    """The webhook of a fixture, with some parameters changed or taken out (None)."""
    pairs = [(k, changes.pop(k, v)) for k, v in read_fixture(name)]
    pairs += changes.items()
    return form_webhook([(k, v) for k, v in pairs if v is not None], url=url)
