"""Vonage's signed webhooks: a JWT in the ``Authorization`` header.

https://developer.vonage.com/en/getting-started/concepts/webhooks#decoding-signed-webhooks
HS256 with the account's signature secret; the token names the account and holds the
SHA-256 of the body.

Vonage repeats a call for 24 hours after 429 or 5xx, and gives it up after any other
error. It documents that a call may come unsigned when something goes wrong on its
side: that one is asked for again, as is one that nobody configured a secret for yet.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from typing import Any

import jwt

from odoo.addons.whatsapp_connector.wire.webhook import (
    WRONG_TIME,
    InvalidSignature,
    WebhookRequest,
)

from .account import VonageAccount

#: How far Vonage's clock and ours may differ, in seconds.
LEEWAY = 5 * 60
#: Vonage repeats a call for a day, perhaps with the token that it had at first. What
#: is repeated by somebody else changes nothing: the same event is stored once.
MAX_AGE = 25 * 60 * 60


def verify(webhook: WebhookRequest, account: VonageAccount, now: float | None = None):
    """Prove that Vonage sent ``webhook``, and for ``account``.

    :param now: seconds since 1970, where it isn't the clock's
    :raises InvalidSignature: with a reason that holds nothing of the request
    """
    token = _read_token(webhook)
    if not account.signing_secrets:
        raise InvalidSignature("no signature secret is configured", temporary=True)
    if not token:
        raise InvalidSignature("it is not signed", temporary=True)
    claims = _decode(token, account)
    _check_body(webhook, claims)
    _check_age(claims, time.time() if now is None else now)
    _check_account(claims, account)


def _read_token(webhook: WebhookRequest) -> str:
    scheme, _space, token = webhook.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _decode(token: str, account: VonageAccount) -> dict[str, Any]:
    for secret in account.signing_secrets:
        try:
            # PyJWT refuses a token of the future without naming a reason that helps;
            # its age is judged below. Whom it is for is in claims of Vonage's own.
            return jwt.decode(
                token,
                secret,
                algorithms=["HS256"],
                leeway=LEEWAY,
                options={"verify_iat": False, "verify_aud": False},
            )
        except jwt.InvalidSignatureError:
            continue
        except (jwt.ExpiredSignatureError, jwt.ImmatureSignatureError):
            raise InvalidSignature(WRONG_TIME) from None
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            break
    raise InvalidSignature("the signature does not match")


def _check_body(webhook: WebhookRequest, claims: dict[str, Any]) -> None:
    claimed = str(claims.get("payload_hash") or "").lower()
    actual = hashlib.sha256(webhook.body).hexdigest()
    if not hmac.compare_digest(claimed.encode(errors="replace"), actual.encode()):
        raise InvalidSignature("the body is not covered by the signature")


def _check_age(claims: dict[str, Any], now: float) -> None:
    issued = claims.get("iat")
    if isinstance(issued, bool) or not isinstance(issued, (int, float)):
        raise InvalidSignature("the token has no date")
    if not -LEEWAY <= now - issued <= MAX_AGE:
        raise InvalidSignature(WRONG_TIME)


def _check_account(claims: dict[str, Any], account: VonageAccount) -> None:
    """The account must be named; the application only is where it has one."""
    if claims.get("api_key") != account.api_key:
        raise InvalidSignature("it is for another account")
    application = claims.get("application_id")
    if application and application != account.application_id:
        raise InvalidSignature("it is for another application")
