"""The calls that Vonage makes: their bodies, signature and retries.

Everything here is pure: accounts and messages in, webhooks out.

* bodies: https://developer.vonage.com/en/api/messages#webhooks
* signature: https://developer.vonage.com/en/getting-started/concepts/webhooks
"""

import base64
import hashlib
import hmac
import json
import time
import uuid
from datetime import datetime, timezone
from typing import Any

from ...courier import Retry, Webhook
from ...store import Contact, Message, StatusChange
from .accounts import Account, Application
from .errors import explain, status_error

RETRY = Retry(times=10, on=frozenset({"5xx"}), wait=5.0)
"""Vonage goes on for a day, with growing pauses; a 4xx is the end of an event."""

STATUSES = {
    "sent": "submitted",
    "delivered": "delivered",
    "read": "read",
    "failed": "rejected",
    "undelivered": "undeliverable",
}
_MEDIA_TYPES = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "voice": "audio",
    "document": "file",
    "sticker": "sticker",
}
_CAPTIONED = ("image", "video", "file")
_WITHOUT_SELF = ("reaction", "unsupported")


def address_of(contact: Contact) -> str:
    """How Vonage writes a person: by number, else by business-scoped user id."""
    if not contact.visible_number:
        return contact.user_id
    return contact.wa_id or contact.visible_number.lstrip("+")


def timestamp(at: float) -> str:
    moment = datetime.fromtimestamp(at, timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# -- bodies ---------------------------------------------------------------------------


def inbound_body(
    account: Account, message: Message, contact: Contact, quoted: Message | None
) -> dict[str, Any]:
    """What announces a customer's message."""
    kind, content = _describe_content(account, message, quoted)
    body = {
        "channel": "whatsapp",
        "message_uuid": message.id,
        "to": message.business.lstrip("+"),
        "from": address_of(contact),
        "timestamp": timestamp(message.at),
        "profile": _describe_profile(contact),
        "context_status": "available" if quoted else "none",
        "message_type": kind,
        **content,
        "whatsapp": {"sender": _describe_ids(contact), "waba_id": account.waba_id},
    }
    if quoted:
        ours = quoted.direction == "outbound"
        body["context"] = {
            "message_uuid": quoted.id,
            "message_from": body["to"] if ours else body["from"],
        }
    if kind not in _WITHOUT_SELF:
        host = f"api-{account.region}.vonage.com"
        body["_self"] = {"href": f"https://{host}/v1/messages/{message.id}"}
    return body


def _describe_profile(contact: Contact) -> dict[str, str]:
    username = {"username": contact.username} if contact.username else {}
    return {"name": contact.name, **username}


def _describe_ids(contact: Contact) -> dict[str, str]:
    ids = {"user_id": contact.user_id}
    if contact.visible_number:
        ids["wa_id"] = address_of(contact)
    return ids


def _describe_content(
    account: Account, message: Message, quoted: Message | None
) -> tuple[str, dict[str, Any]]:
    """``message_type`` and what goes with it."""
    if message.kind in _MEDIA_TYPES:
        return _describe_media(account, message)
    if message.kind == "reaction":
        action = "react" if message.text else "unreact"
        emoji = {"emoji": message.text} if message.text else {}
        return "reaction", {"reaction": {"action": action, **emoji}}
    if message.choice:
        return _describe_choice(message, quoted)
    if message.location:
        place = message.location
        words = {"name": place.name, "address": place.address}
        point = {"lat": place.latitude, "long": place.longitude}
        known = {name: word for name, word in words.items() if word}
        return "location", {"location": {**point, **known}}
    if message.cards:
        cards = [
            {
                "name": {"formatted_name": card.name, "first_name": card.name},
                "phones": [{"phone": card.phone, "type": "CELL"}] if card.phone else [],
                "emails": [{"email": card.email}] if card.email else [],
            }
            for card in message.cards
        ]
        return "contacts", {"contacts": cards}
    return "text", {"text": message.text}


def _describe_media(account: Account, message: Message) -> tuple[str, dict[str, Any]]:
    kind = _MEDIA_TYPES[message.kind]
    host = f"api-{account.region}.nexmo.com"
    file = {"url": f"https://{host}/v3/media/{message.media.id}"}
    if message.media.name:
        file["name"] = message.media.name
    if message.text and kind in _CAPTIONED:
        file["caption"] = message.text
    return kind, {kind: file}


def _describe_choice(
    message: Message, quoted: Message | None
) -> tuple[str, dict[str, Any]]:
    choice = message.choice
    if quoted and quoted.is_template:
        return "button", {"button": {"payload": choice.id, "text": choice.title}}
    reply = {"id": choice.id, "title": choice.title}
    if choice.description:
        reply["description"] = choice.description
    return "reply", {"reply": reply}


def status_body(
    account: Account, message: Message, contact: Contact, change: StatusChange
) -> dict[str, Any]:
    """What announces a status."""
    body = {
        "message_uuid": message.id,
        "channel": "whatsapp",
        "to": message.extra.get("to") or address_of(contact),
        "from": message.business.lstrip("+"),
        "timestamp": timestamp(change.at),
        "status": STATUSES[change.status],
    }
    if message.extra.get("client_ref"):
        body["client_ref"] = message.extra["client_ref"]
    if change.status in ("failed", "undelivered") and change.code:
        body["error"] = status_error(change.code, change.error or explain(change.code))
    elif change.status in ("delivered", "read"):
        body["profile"] = _describe_profile(contact)
        body["whatsapp"] = {
            "waba_id": account.waba_id,
            "recipient": _describe_ids(contact),
        }
    if change.status == "delivered":
        kind = "utility" if message.is_template else "service"
        pricing = {"type": "regular", "pricing_model": "PMP", "category": kind}
        body["whatsapp"]["pricing"] = pricing
        body["usage"] = {"currency": "EUR", "price": "0"}
    return body


def template_body(account: Account, record: dict[str, Any], at: float):
    """What announces a decision about a template to who subscribed to it."""
    return {
        "notification_id": str(uuid.uuid4()),
        "timestamp": timestamp(at),
        "channel": "whatsapp",
        "whatsapp": {
            "waba_info": {"waba_id": account.waba_id, "api_key": account.api_key},
            "notification_type": "message_template_status_update",
            "event": record["status"],
            "message_template_id": int(record["id"]),
            "message_template_name": record["name"],
            "message_template_language": record["language"],
            "reason": record["rejected_reason"],
        },
    }


# -- the call -------------------------------------------------------------------------


def sign(account: Account, application: Application | None, body: bytes) -> str:
    """A token (HS256) that covers the body."""
    claims = {
        "iat": int(time.time()),
        "jti": str(uuid.uuid4()),
        "iss": "Vonage",
        "payload_hash": hashlib.sha256(body).hexdigest(),
        "api_key": account.api_key,
    }
    if application:
        claims["application_id"] = application.id
    signed = b".".join(
        _encode(json.dumps(part).encode())
        for part in ({"alg": "HS256", "typ": "JWT"}, claims)
    )
    digest = hmac.new(account.signature_secret.encode(), signed, "sha256").digest()
    return (signed + b"." + _encode(digest)).decode()


def _encode(data: bytes) -> bytes:
    return base64.urlsafe_b64encode(data).rstrip(b"=")


def build_webhook(
    account: Account, application: Application | None, url: str, body: dict[str, Any]
) -> Webhook:
    """A signed webhook."""
    data = json.dumps(body, ensure_ascii=False).encode()
    return Webhook(
        url=url,
        body=data,
        headers={
            "User-Agent": "Vonage/sandbox",
            "Content-Type": "application/json",
            "Authorization": f"Bearer {sign(account, application, data)}",
        },
        retry=RETRY,
    )
