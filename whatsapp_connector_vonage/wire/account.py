"""Who we are at Vonage, and which of its hosts answer us."""

from __future__ import annotations

import re
import time
import uuid
from dataclasses import dataclass
from functools import lru_cache

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from odoo.addons.whatsapp_connector.wire.credentials import (
    Credentials,
    both,
    secret,
)

from .errors import UnusableKey

#: Applications and templates live here, whatever the region of the messages.
API = "https://api.nexmo.com"
#: https://developer.vonage.com/en/api/messages
MESSAGES_HOSTS = {
    "": "api.nexmo.com",
    "us": "api-us.nexmo.com",
    "eu": "api-eu.nexmo.com",
    "ap": "api-ap.nexmo.com",
    "sandbox": "messages-sandbox.nexmo.com",
}
TOKEN_SECONDS = 15 * 60

_PEM = re.compile(r"-----BEGIN ([A-Z ]+)-----(.+?)-----END \1-----", re.DOTALL)


@dataclass(frozen=True, kw_only=True)
class VonageAccount(Credentials):
    """The credentials of one Vonage account and of one application in it.

    The application's private key signs what we ask; the account's signature secret
    signs what Vonage posts. Key and secret of the account configure the application.
    https://developer.vonage.com/en/getting-started/concepts/authentication
    """

    api_key: str
    api_secret: str = secret()
    application_id: str = ""
    private_key: str = secret()
    signature_secret: str = secret()
    previous_signature_secret: str = secret()
    waba_id: str = ""
    region: str = ""

    @property
    def auth(self) -> tuple[str, str]:
        """User name and password where the account itself is asked."""
        return self.api_key, self.api_secret

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """The secrets that may sign a webhook: two while one is replaced."""
        return both(self.signature_secret, self.previous_signature_secret)

    @property
    def headers(self) -> dict[str, str]:
        """What proves that a request is our application's.

        :raises UnusableKey: the private key is none
        """
        issued = int(time.time())
        claims = {
            "application_id": self.application_id,
            "iat": issued,
            "jti": str(uuid.uuid4()),
            "exp": issued + TOKEN_SECONDS,
        }
        try:
            key = read_private_key(self.private_key)
        except ValueError as error:
            raise UnusableKey from error
        token = jwt.encode(claims, key, algorithm="RS256")
        return {"Authorization": f"Bearer {token}"}

    @property
    def public_key(self) -> str:
        """The half of the private key that Vonage knows; empty if it is none."""
        try:
            key = read_private_key(self.private_key)
        except ValueError:
            return ""
        public = key.public_key()
        return public.public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        ).decode()

    def messages_url(self, message_id: str = "") -> str:
        """The address of the Messages API, or of one message in it."""
        host = MESSAGES_HOSTS.get(self.region, MESSAGES_HOSTS[""])
        return "/".join(filter(None, (f"https://{host}/v1/messages", message_id)))

    def application_url(self) -> str:
        return f"{API}/v2/applications/{self.application_id}"

    def number_url(self, number: str) -> str:
        """The address of a number (digits) of the WABA, at the Channel Manager."""
        root = f"{API}/v1/channel-manager/whatsapp/wabas"
        return f"{root}/{self.waba_id}/numbers/{number}"

    def templates_url(self, template_id: str = "") -> str:
        """The address of the WABA's templates, or of one of them."""
        url = f"{API}/v2/whatsapp-manager/wabas/{self.waba_id}/templates"
        return "/".join(filter(None, (url, template_id)))


@lru_cache(maxsize=32)
def read_private_key(text: str) -> RSAPrivateKey:
    """The RSA key in ``text``, a PEM file that may have lost its line breaks.

    :raises ValueError: it is none, or it is locked with a password
    """
    match = _PEM.search(text)
    if not match:
        raise ValueError("not a PEM file")
    kind, body = match[1], re.sub(r"\s+", "", match[2])
    lines = "\n".join(re.findall(".{1,64}", body))
    pem = f"-----BEGIN {kind}-----\n{lines}\n-----END {kind}-----\n"
    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError("a key that can't be read") from error
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return key
