"""Who we are at Vonage in the cases, and how it answers."""

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from odoo.addons.whatsapp_connector.tests.conformance.wire import Asked, answer

from ...wire.account import VonageAccount

API_KEY = "abcd1234"
APPLICATION = "11111111-1111-4111-8111-111111111111"
SECRET = "qwertyuiopasdfghjklzxcvbnm123456"
WABA = "102290129340398"
OURS = "34931234567"
THEIRS = "34600111222"
MESSAGES = "https://api.nexmo.com/v1/messages"
MANAGER = "https://api.nexmo.com/v2/whatsapp-manager"


def _make_private_key():
    """A key of an application, as Vonage's dashboard hands it out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


ACCOUNT = VonageAccount(
    api_key=API_KEY,
    api_secret="s3cret",
    application_id=APPLICATION,
    private_key=_make_private_key(),
    signature_secret=SECRET,
    waba_id=WABA,
)
SETTINGS = {
    "vonage_api_key": API_KEY,
    "vonage_api_secret": ACCOUNT.api_secret,
    "vonage_application_id": APPLICATION,
    "vonage_private_key": ACCOUNT.private_key,
    "vonage_signature_secret": SECRET,
    "vonage_waba_id": WABA,
}


def asked(method, url, *params, **body):
    return Asked(method=method, url=url, params=params, **body)


def problem(status, number="", **more):
    """https://developer.vonage.com/en/api-errors"""
    url = f"https://developer.vonage.com/api-errors/messages#{number}"
    return answer({"type": url, "title": "Words", "detail": "More.", **more}, status)
