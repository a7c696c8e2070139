"""How MessageBird signs its webhooks.

``MessageBird-Signature-JWT`` is a JWT over the address and the body:
https://developers.messagebird.com/docs/verify-http-requests. Its deprecated forerunner
``MessageBird-Signature`` covers time, query and body, and counts only where an
administrator chose it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from urllib.parse import parse_qsl, urlencode

import jwt

from odoo.addons.whatsapp_connector.wire.webhook import (
    WRONG_TIME,
    InvalidSignature,
    WebhookRequest,
)

from ..account import MessageBirdAccount

TOKEN = "messagebird-signature-jwt"
SIGNATURE = "messagebird-signature"
TIMESTAMP = "messagebird-request-timestamp"
ALGORITHMS = ("HS256", "HS384", "HS512")
ISSUER = "MessageBird"
#: Seconds that clocks may differ.
LEEWAY = 1
#: Seconds that a signature of the deprecated kind is fresh, as long as a JWT is. The
#: SDKs disagree and are stricter (10 in Python, 5 in Go); clocks differ.
#: https://developers.messagebird.com/docs/verify-http-requests
MAX_AGE = 60
DEFAULT_PORTS = {"https": "443", "http": "80"}


def verify(webhook: WebhookRequest, account: MessageBirdAccount) -> None:
    """Prove that MessageBird sent ``webhook``.

    :raises InvalidSignature: with a reason that holds nothing of the request
    """
    if not account.signing_keys:
        raise InvalidSignature("no signing key is configured")
    token = webhook.headers.get(TOKEN, "")
    if not token and account.accepts_hmac:
        _verify_hmac(webhook, account)
    else:
        _verify_claims(webhook, _read_claims(token, account))


# -- JWT ------------------------------------------------------------------------------


def _read_claims(token: str, account: MessageBirdAccount) -> dict:
    """The claims that a key of ours signed.

    The SDK breaks off with a ``KeyError`` where there is no ``url_hash``; here it is as
    required as the others.
    https://developers.messagebird.com/docs/verify-http-requests
    """
    for key in account.signing_keys:
        try:
            return jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                issuer=ISSUER,
                leeway=LEEWAY,
                options={
                    "require": ["iss", "nbf", "exp", "url_hash"],
                    "verify_iat": False,
                },
            )
        except jwt.InvalidSignatureError:
            continue
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
            raise InvalidSignature(WRONG_TIME) from None
        except jwt.PyJWTError as error:
            raise InvalidSignature(f"no valid token: {type(error).__name__}") from None
        except (ValueError, TypeError, RecursionError, OverflowError):
            raise InvalidSignature("no valid token") from None
    raise InvalidSignature("the signature does not match")


def _verify_claims(webhook: WebhookRequest, claims: dict) -> None:
    urls = [_digest(url.encode(errors="replace")) for url in url_variants(webhook.url)]
    if not matches_any(claims["url_hash"], urls):
        raise InvalidSignature("the token is for another address")
    claimed = claims.get("payload_hash")
    if not webhook.body and not claimed:
        return
    if not webhook.body or not matches_any(claimed, [_digest(webhook.body)]):
        raise InvalidSignature("the token is for another body")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def url_variants(url: str) -> list[str]:
    """The spellings of ``url`` that may have been signed: the port named or not."""
    url = url.partition("#")[0]
    scheme, separator, rest = url.partition("://")
    end = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
    host, path = rest[:end], rest[end:]
    port = DEFAULT_PORTS.get(scheme, "")
    bare = host.removesuffix(f":{port}")
    named = bare if ":" in bare.rpartition("]")[2] else f"{bare}:{port}"
    return [f"{scheme}{separator}{each}{path}" for each in (bare, named)]


# -- the deprecated signature ---------------------------------------------------------


def _verify_hmac(webhook: WebhookRequest, account: MessageBirdAccount) -> None:
    given = webhook.headers.get(SIGNATURE, "")
    timestamp = webhook.headers.get(TIMESTAMP, "")
    expected = [
        compute(key, timestamp, webhook.query, webhook.body)
        for key in account.signing_keys
    ]
    if not matches_any(given, expected):
        raise InvalidSignature("the signature does not match")
    check_age(timestamp, MAX_AGE, MAX_AGE)


def check_age(timestamp: str, oldest: int, newest: int) -> None:
    """Unix seconds of a signature, at most ``oldest`` ago, at most ``newest`` ahead.

    :raises InvalidSignature: they aren't
    """
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise InvalidSignature("the signature has no time")
    if not -newest <= time.time() - int(timestamp) <= oldest:
        raise InvalidSignature(WRONG_TIME)


def compute(key: str, timestamp: str, query: str, body: bytes) -> str:
    """The deprecated signature of a request."""
    pairs = sorted(parse_qsl(query, keep_blank_values=True), key=lambda pair: pair[0])
    signed = f"{timestamp}\n{urlencode(pairs)}\n".encode(errors="replace")
    digest = hmac.new(key.encode(), signed + hashlib.sha256(body).digest(), "sha256")
    return base64.b64encode(digest.digest()).decode()


def matches_any(given: object, expected: list[str]) -> bool:
    """Whether ``given`` is one of ``expected``, in constant time."""
    encoded = given.encode(errors="replace") if isinstance(given, str) else b""
    # All of them, so that the time doesn't tell which one matched.
    matches = [hmac.compare_digest(encoded, each.encode()) for each in expected]
    return any(matches)
