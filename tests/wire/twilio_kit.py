"""What the tests of Twilio's wire share: an account, webhooks, fixtures."""

from pathlib import Path
from urllib.parse import urlencode

from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest
from odoo.addons.whatsapp_connector_twilio.wire.account import TwilioAccount

FIXTURES = Path(__file__).parent / "fixtures" / "twilio"
SID = "AC" + "0" * 32
TOKEN = "12345"
URL = "https://odoo.example.com/whatsapp/webhook/key"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
JSON = {"content-type": "application/json"}


def make_account(**values):
    return TwilioAccount(**{"sid": SID, "auth_token": TOKEN, **values})


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
    """The pairs of ``<name>.form``: one ``Name=value`` a line, ``\\n`` for a break.

    Lines that begin with ``#`` say where the fixture comes from.
    """
    text = (FIXTURES / f"{name}.form").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pairs = [line.split("=", 1) for line in lines]
    return [(name, value.replace("\\n", "\n")) for name, value in pairs]


def fixture_webhook(name, url=URL, **changes):
    """The webhook of a fixture, with some parameters changed or taken out (None)."""
    pairs = [(k, changes.pop(k, v)) for k, v in read_fixture(name)]
    pairs += changes.items()
    return form_webhook([(k, v) for k, v in pairs if v is not None], url=url)
