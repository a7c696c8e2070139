"""The calls that Bird makes, and their signature.

https://docs.bird.com/api/notifications-api/api-reference/webhook-subscriptions/verifying-a-webhook-subscription
"""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

from ...courier import Retry, Webhook

#: Retries carry the time and the signature of the first attempt.
_RETRY = Retry(times=3, on=frozenset({"ct", "rt", "4xx", "5xx"}), wait=0.2)


def build_webhook(subscription: dict[str, Any], body: dict[str, Any]) -> Webhook:
    """A call to a subscriber, signed if there is a key."""
    content = json.dumps(body, ensure_ascii=False).encode()
    timestamp = str(int(time.time()))
    headers = {
        "User-Agent": "Bird",
        "Content-Type": "application/json",
        "MessageBird-Request-Timestamp": timestamp,
    }
    url, key = subscription["url"], subscription.get("signingKey")
    if key:
        headers["MessageBird-Signature"] = sign(key, timestamp, url, content)
    return Webhook(url=url, body=content, headers=headers, retry=_RETRY)


def sign(key: str, timestamp: str, url: str, body: bytes) -> str:
    """The signature of a call."""
    signed = f"{timestamp}\n{url}\n".encode() + hashlib.sha256(body).digest()
    return base64.b64encode(hmac.digest(key.encode(), signed, "sha256")).decode()
