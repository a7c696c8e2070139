"""Reading JSON that may hold anything, and what both generations write alike."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qs

from odoo.addons.whatsapp_connector.wire.items import Location
from odoo.addons.whatsapp_connector.wire.webhook import (
    MalformedEvent,
    WebhookRequest,
)

Record = dict[str, Any]

#: The query parameter of a status address that holds our own reference.
REFERENCE = "ref"
#: Before our reference where other programs may have one of theirs.
MARK = "odoo:"

_NUMBER = re.compile(r"\+?([1-9][0-9]{5,14})")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")
_FRACTION = re.compile(r"\.(\d+)")


def read_object(webhook: WebhookRequest) -> Record:
    """The JSON object that a webhook brings.

    :raises MalformedEvent: it brings something else
    """
    try:
        body = json.loads(webhook.body)
    except (ValueError, RecursionError):
        raise MalformedEvent("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise MalformedEvent("The body is not a JSON object.")
    return body


def text(value: Any) -> str:
    """A text, without what no database could keep; empty if it isn't one."""
    if not isinstance(value, str):
        return ""
    return value.encode(errors="replace").decode().replace("\0", "")


def record(value: Any) -> Record:
    return value if isinstance(value, dict) else {}


def records(value: Any) -> list[Record]:
    """The objects of a list, whatever else is in it."""
    found = value if isinstance(value, list) else []
    return [one for one in found if isinstance(one, dict)]


def number_of(value: Any) -> float | None:
    """A number, written as one or as text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def required_id(value: Any, what: str) -> str:
    """:raises MalformedEvent: it is no id"""
    if not _ID.fullmatch(text(value)):
        raise MalformedEvent(f"The event has no {what}.")
    return value


def code_of(value: Any) -> str:
    """A code, written as a number or as a text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)[:64]
    return text(value)[:64]


def moment(value: Any) -> datetime | None:
    """An aware moment in UTC, from ISO 8601 or Unix seconds.

    MessageBird writes up to nine digits of a second; Python reads six.
    """
    written = text(value)
    try:
        if written.isdecimal():
            return datetime.fromtimestamp(int(written), timezone.utc)
        written = _FRACTION.sub(lambda m: f".{m[1][:6]:0<6}", written, count=1)
        found = datetime.fromisoformat(written.replace("Z", "+00:00"))
        return found.astimezone(timezone.utc) if found.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def e164(value: Any) -> str | None:
    """A phone number, written with or without its plus sign, or as an integer."""
    written = _NUMBER.fullmatch(code_of(value).strip())
    return f"+{written[1]}" if written else None


def user_id(value: Any) -> str | None:
    """A business-scoped user id."""
    written = text(value)
    return written if _USER_ID.fullmatch(written) else None


def location(
    latitude: Any, longitude: Any, name: Any = None, address: Any = None
) -> Location | None:
    degrees = number_of(latitude), number_of(longitude)
    if None in degrees or not (abs(degrees[0]) <= 90 and abs(degrees[1]) <= 180):
        return None
    return Location(
        latitude=degrees[0],
        longitude=degrees[1],
        name=text(name) or None,
        address=text(address) or None,
    )


def reference_in(url_query: str) -> str | None:
    """Our reference, where the status address carried it."""
    values = parse_qs(url_query).get(REFERENCE)
    return values[0] if values else None


def mark(reference: str) -> str:
    return f"{MARK}{reference}"


def marked(value: Any) -> str | None:
    """Our reference, if ``value`` is one of ours."""
    written = text(value)
    return written.removeprefix(MARK) or None if written.startswith(MARK) else None


def media_kind(mimetype: str) -> str:
    """WhatsApp records voice notes as Ogg and makes stickers, never photos, WebP."""
    kind = mimetype.partition(";")[0].strip().lower()
    if kind == "audio/ogg":
        return "voice"
    if kind == "image/webp":
        return "sticker"
    family = kind.partition("/")[0]
    return family if family in ("image", "video", "audio") else "document"
