"""The calls that Meta makes: their contents and their signature.

Everything here is pure: accounts and messages in, webhooks out.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

import base64
import hashlib
import hmac
import json
from typing import Any

from ...courier import Retry, Webhook
from ...store import Contact, Message, StatusChange
from .accounts import Account, PhoneNumber
from .errors import explain

REPORTED = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
}
"""Our statuses and Meta's words for them; the others are not reported."""

RETRY = Retry(times=3, on=frozenset({"ct", "rt", "4xx", "5xx"}), wait=1.0)
"""Meta goes on for days; here it gives up after some seconds."""

_ERRORS_PAGE = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp"
    "/support/error-codes/"
)


# -- people -------------------------------------------------------------------------


def wa_id_of(contact: Contact) -> str | None:
    """Their digits; who hides the number has none for the business."""
    if not contact.visible_number:
        return None
    return contact.wa_id or contact.visible_number.lstrip("+")


def describe_contact(contact: Contact) -> dict[str, Any]:
    """An entry of ``contacts``."""
    profile = {"name": contact.name}
    if contact.username:
        profile["username"] = contact.username
    known = {"wa_id": wa_id_of(contact)} if wa_id_of(contact) else {}
    return {"profile": profile, **known, "user_id": contact.user_id}


def _metadata(number: PhoneNumber) -> dict[str, Any]:
    metadata = {
        "display_phone_number": number.digits,
        "phone_number_id": number.id,
    }
    return {"messaging_product": "whatsapp", "metadata": metadata}


# -- inbound ------------------------------------------------------------------------


def inbound_value(
    number: PhoneNumber, message: Message, contact: Contact, quoted: Message | None
) -> dict[str, Any]:
    """The change that brings a customer's message."""
    described: dict[str, Any] = {
        "from_user_id": contact.user_id,
        "id": message.id,
        "timestamp": str(int(message.at)),
        **_content(message, quoted),
    }
    if wa_id_of(contact):
        described["from"] = wa_id_of(contact)
    context = _context(number, message, quoted)
    if context:
        described["context"] = context
    return {
        **_metadata(number),
        "contacts": [describe_contact(contact)],
        "messages": [described],
    }


def _context(number: PhoneNumber, message: Message, quoted: Message | None) -> dict:
    if message.kind == "reaction":
        return {}
    context: dict[str, Any] = {"forwarded": True} if message.forwarded else {}
    if quoted:
        context |= {"from": number.digits, "id": quoted.id}
    return context


def _content(message: Message, quoted: Message | None) -> dict[str, Any]:
    kind = message.kind
    if kind == "choice":
        return _choice(message, quoted)
    if kind == "reaction":
        emoji = {"emoji": message.text} if message.text else {}
        return _typed("reaction", {"message_id": message.reply_to, **emoji})
    if kind == "location":
        place = message.location
        words = {"name": place.name, "address": place.address}
        shown = {name: word for name, word in words.items() if word}
        point = {"latitude": place.latitude, "longitude": place.longitude}
        return _typed("location", {**point, **shown})
    if kind == "contacts":
        return _typed("contacts", [_card(card) for card in message.cards])
    if message.media:
        return _file(message)
    return _typed("text", {"body": message.text})


def _typed(kind: str, content: Any) -> dict[str, Any]:
    return {"type": kind, kind: content}


def _choice(message: Message, quoted: Message | None) -> dict[str, Any]:
    choice = message.choice
    if quoted and quoted.is_template:
        return _typed("button", {"payload": choice.id, "text": choice.title})
    reply = {"id": choice.id, "title": choice.title}
    if quoted and quoted.kind == "list":
        described = {"description": choice.description} if choice.description else {}
        answer = {"type": "list_reply", "list_reply": {**reply, **described}}
    else:
        answer = {"type": "button_reply", "button_reply": reply}
    return _typed("interactive", answer)


def _card(card: Any) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": {"formatted_name": card.name, "first_name": card.name}
    }
    if card.phone:
        described["phones"] = [{"phone": card.phone, "type": "CELL"}]
    if card.email:
        described["emails"] = [{"email": card.email, "type": "WORK"}]
    return described


def _file(message: Message) -> dict[str, Any]:
    media = message.media
    digest = hashlib.sha256(media.data).digest()
    file: dict[str, Any] = {
        "mime_type": media.content_type,
        "sha256": base64.b64encode(digest).decode(),
        "id": media.id,
    }
    kind = "audio" if message.kind == "voice" else message.kind
    if kind == "audio":
        file["voice"] = message.kind == "voice"
    elif kind == "sticker":
        file["animated"] = False
    elif message.text:
        file["caption"] = message.text
    if kind == "document":
        file["filename"] = media.name or "file"
    return _typed(kind, file)


# -- statuses and news --------------------------------------------------------------


def status_value(
    number: PhoneNumber, message: Message, contact: Contact, change: StatusChange
) -> dict[str, Any]:
    """The change that brings a status; a failed one names no contacts."""
    status: dict[str, Any] = {
        "id": message.id,
        "status": REPORTED[change.status],
        "timestamp": str(int(change.at)),
        "recipient_user_id": contact.user_id,
    }
    if wa_id_of(contact):
        status["recipient_id"] = wa_id_of(contact)
    if message.extra.get("tag"):
        status["biz_opaque_callback_data"] = message.extra["tag"]
    if status["status"] == "failed":
        status["errors"] = [_error(change)]
        return {**_metadata(number), "statuses": [status]}
    if status["status"] in ("sent", "delivered"):
        status["pricing"] = _pricing(message)
    contacts = [describe_contact(contact)]
    return {**_metadata(number), "contacts": contacts, "statuses": [status]}


def _error(change: StatusChange) -> dict[str, Any]:
    title = explain(change.code) if change.code else "Message undeliverable"
    details = {"details": change.error or title}
    return {
        "code": change.code or 131026,
        "title": title,
        "message": title,
        "error_data": details,
        "href": _ERRORS_PAGE,
    }


def _pricing(message: Message) -> dict[str, Any]:
    category = (message.extra.get("category") or "service").lower()
    is_free = category == "service"
    return {
        "billable": not is_free,
        "pricing_model": "PMP",
        "type": "free_customer_service" if is_free else "regular",
        "category": category,
    }


def preference_value(number: PhoneNumber, contact: Contact, at: float) -> dict:
    """The change that tells that somebody stopped or resumed marketing."""
    word = "stop" if contact.opted_out else "resume"
    preference = {
        "wa_id": wa_id_of(contact),
        "user_id": contact.user_id,
        "detail": f"User requested to {word} marketing messages",
        "category": "marketing_messages",
        "value": word,
        "timestamp": int(at),
    }
    preference = {name: value for name, value in preference.items() if value}
    return {
        **_metadata(number),
        "contacts": [describe_contact(contact)],
        "user_preferences": [preference],
    }


def template_value(template: Any) -> dict[str, Any]:
    """The change that tells what became of a template."""
    value: dict[str, Any] = {
        "event": template.status,
        "message_template_id": int(template.id),
        "message_template_name": template.name,
        "message_template_language": template.language,
        "message_template_category": template.category,
        "reason": template.reason_code,
    }
    if template.status == "REJECTED" and template.reason:
        value["rejection_info"] = {"reason": template.reason, "recommendation": ""}
    elif template.status in ("PAUSED", "DISABLED"):
        title = "FIRST_PAUSE" if template.status == "PAUSED" else "DISABLED"
        value["other_info"] = {"title": title, "description": template.reason}
    return value


# -- the call -----------------------------------------------------------------------


def build_webhook(
    account: Account, field: str, value: dict[str, Any], url: str, at: float
) -> Webhook:
    """A signed webhook. What isn't ASCII is escaped, as Meta does it."""
    entry: dict[str, Any] = {
        "id": account.waba_id,
        "changes": [{"value": value, "field": field}],
    }
    if "metadata" not in value:
        entry["time"] = int(at)
    body = json.dumps(
        {"object": "whatsapp_business_account", "entry": [entry]},
        separators=(",", ":"),
    ).encode()
    digest = hmac.new(account.app_secret.encode(), body, hashlib.sha256).hexdigest()
    return Webhook(
        url=url,
        headers={
            "User-Agent": "facebookexternalua",
            "Accept": "*/*",
            "Content-Type": "application/json",
            "X-Hub-Signature-256": f"sha256={digest}",
        },
        body=body,
        retry=RETRY,
    )
