"""The calls that MessageBird makes: their bodies and their signature.

https://developers.messagebird.com/docs/verify-http-requests
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt

from ...courier import Retry, Webhook
from ...store import ChatKey, Contact, Message
from .accounts import Account
from .api import iso8601

_FILES = {"document": "file", "voice": "audio", "sticker": "whatsappSticker"}
_RETRY = Retry(times=3, on=frozenset({"ct", "rt", "5xx"}), wait=0.2)
TOKEN_SECONDS = 60


def conversation_id(chat: ChatKey) -> str:
    """A conversation's id."""
    return hashlib.sha256("/".join(chat).encode()).hexdigest()[:32]


# -- bodies ---------------------------------------------------------------------


def describe_event(
    event: str,
    message: Message,
    contact: Contact,
    channel: str,
    described: dict[str, Any],
) -> dict[str, Any]:
    """What a webhook says of a message."""
    digits = (contact.wa_id or contact.visible_number or "").lstrip("+")
    number = {"msisdn": int(digits)} if digits and contact.visible_number else {}
    dates = {
        "createdDatetime": iso8601(message.at),
        "updatedDatetime": iso8601(message.at),
    }
    return {
        "type": event,
        "contact": {
            "id": hashlib.sha256(contact.id.encode()).hexdigest()[:32],
            "href": "",
            **number,
            "displayName": contact.name,
            "firstName": "",
            "lastName": "",
            "customDetails": {},
            "attributes": {},
            **dates,
        },
        "conversation": {
            "id": conversation_id(message.chat),
            "status": "active",
            "lastUsedChannelId": channel,
            **dates,
        },
        "message": described,
    }


def describe_content(
    message: Message, quoted: Message | None
) -> tuple[str, dict[str, Any]]:
    """Type and content of a customer's message."""
    if message.choice:
        return _describe_choice(message, quoted)
    if message.media:
        kind = _FILES.get(message.kind, message.kind)
        url = f"https://media.messagebird.com/v1/media/{message.media.id}"
        if message.kind == "sticker":
            return kind, {kind: {"link": url}}
        caption = {"caption": message.text} if message.text else {}
        return kind, {kind: {"url": url, **caption}}
    if message.location:
        place = message.location
        point = {"latitude": place.latitude, "longitude": place.longitude}
        return "location", {"location": point}
    if message.kind != "text":
        return message.kind, {}
    if quoted:
        content = {"text": {"body": message.text}, "context": {"id": quoted.id}}
        return "whatsappText", {"whatsappText": content}
    return "text", {"text": message.text}


def _describe_choice(
    message: Message, quoted: Message | None
) -> tuple[str, dict[str, Any]]:
    choice = message.choice
    if quoted and quoted.is_template:
        return "button", {"button": {"text": choice.title, "payload": choice.id}}
    kind = "list_reply" if quoted and quoted.kind == "list" else "button_reply"
    reply = {"id": choice.id, "text": choice.title}
    if choice.description:
        reply["description"] = choice.description
    return "interactive", {"interactive": {"type": kind, "reply": reply}}


# -- the call -------------------------------------------------------------------


def build_webhook(account: Account, url: str, body: dict[str, Any]) -> Webhook:
    """A signed call."""
    content = json.dumps(body, ensure_ascii=False).encode()
    if account.signature == "hmac":
        headers = _sign_hmac(account.signing_key, url, content)
    else:
        token = sign(account.signing_key, url, content)
        headers = {"MessageBird-Signature-JWT": token}
    return Webhook(
        url=url,
        body=content,
        headers={
            "User-Agent": "MessageBird-Webhook",
            "Content-Type": "application/json",
            **headers,
        },
        retry=_RETRY,
    )


def sign(key: str, url: str, body: bytes) -> str:
    """``MessageBird-Signature-JWT``."""
    now = int(time.time())
    claims = {
        "iss": "MessageBird",
        "nbf": now,
        "exp": now + TOKEN_SECONDS,
        "jti": secrets.token_hex(16),
        "url_hash": hashlib.sha256(url.encode()).hexdigest(),
    }
    if body:
        claims["payload_hash"] = hashlib.sha256(body).hexdigest()
    return jwt.encode(claims, key, "HS256")


def _sign_hmac(key: str, url: str, body: bytes) -> dict[str, str]:
    """The deprecated headers."""
    timestamp = str(int(time.time()))
    query = urlencode(sorted(parse_qsl(urlsplit(url).query)))
    signed = f"{timestamp}\n{query}\n".encode() + hashlib.sha256(body).digest()
    digest = hmac.new(key.encode(), signed, "sha256").digest()
    return {
        "MessageBird-Signature": base64.b64encode(digest).decode(),
        "MessageBird-Request-Timestamp": timestamp,
    }
