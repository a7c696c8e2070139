"""Meta's handshake and the signature of its webhooks.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import parse_qs

from odoo.addons.whatsapp_connector.wire.webhook import (
    InvalidSignature,
    WebhookReply,
    WebhookRequest,
)

from .account import MetaAccount

SIGNATURE = "x-hub-signature-256"
PREFIX = "sha256="


def shake_hands(webhook: WebhookRequest, account: MetaAccount) -> WebhookReply | None:
    """Give Meta its challenge back if it knows our verify token; None for a POST.

    :raises InvalidSignature: it doesn't, or we have none
    """
    if webhook.method != "GET":
        return None
    query = parse_qs(webhook.query, errors="replace")
    if query.get("hub.mode") != ["subscribe"]:
        raise InvalidSignature("a GET that asks for no subscription")
    if not account.verify_token:
        raise InvalidSignature("no verify token is configured")
    [*_others, token] = query.get("hub.verify_token", [""])
    if not _equals(token, account.verify_token):
        raise InvalidSignature("the verify token is another one")
    [*_others, challenge] = query.get("hub.challenge", [""])
    return WebhookReply(body=challenge)


def verify(webhook: WebhookRequest, account: MetaAccount) -> None:
    """Prove that Meta sent ``webhook``, for an app whose secret we know.

    :raises InvalidSignature: with a reason that holds nothing of the request
    """
    secrets = account.signing_secrets
    if not secrets:
        raise InvalidSignature("no app secret is configured")
    given = webhook.headers.get(SIGNATURE, "")
    # All of them, so that the time doesn't tell which one matched.
    matches = [_equals(given, compute(secret, webhook.body)) for secret in secrets]
    if not any(matches):
        raise InvalidSignature("the signature does not match")


def compute(secret: str, body: bytes) -> str:
    """The header that signs ``body``, exactly as it was posted."""
    return PREFIX + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def _equals(given: str, expected: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), expected.encode())
