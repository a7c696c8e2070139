"""How Bird signs its webhooks.

https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription
"""

from __future__ import annotations

import base64
import hashlib
import hmac

from odoo.addons.whatsapp_connector.wire.webhook import (
    InvalidSignature,
    WebhookRequest,
)

from ..account import MessageBirdAccount
from ..conversations.signature import check_age, matches_any, url_variants

SIGNATURE = "messagebird-signature"
TIMESTAMP = "messagebird-request-timestamp"
#: Seconds. Retries go on for hours and carry the first attempt's time: a narrow limit
#: would lose messages, and whatever comes twice is applied once.
MAX_AGE = 24 * 3600
#: Seconds that Bird's clock may be ahead of ours.
MAX_AHEAD = 300


def verify(webhook: WebhookRequest, account: MessageBirdAccount) -> None:
    """Prove that Bird sent ``webhook``.

    :raises InvalidSignature: with a reason that holds nothing of the request
    """
    if not account.signing_keys:
        raise InvalidSignature("no signing key is configured")
    given = webhook.headers.get(SIGNATURE, "")
    timestamp = webhook.headers.get(TIMESTAMP, "")
    expected = [
        compute(key, timestamp, url, webhook.body)
        for key in account.signing_keys
        for url in url_variants(webhook.url)
    ]
    if not matches_any(given, expected):
        raise InvalidSignature("the signature does not match")
    check_age(timestamp, MAX_AGE, MAX_AHEAD)


def compute(key: str, timestamp: str, url: str, body: bytes) -> str:
    """The signature of a request."""
    signed = f"{timestamp}\n{url}\n".encode(errors="replace")
    digest = hmac.new(key.encode(), signed + hashlib.sha256(body).digest(), "sha256")
    return base64.b64encode(digest.digest()).decode()
