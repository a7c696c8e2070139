"""Reading JSON that may hold anything: what isn't as documented counts as missing."""

from __future__ import annotations

import math
import re
from datetime import datetime, timezone
from typing import Any

from .items import Location

Record = dict[str, Any]

_NUMBER = re.compile(r"\+?([1-9][0-9]{5,14})")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
_FRACTION = re.compile(r"\.([0-9]+)")


def as_dict(value: Any) -> Record:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def as_dicts(value: Any) -> list[Record]:
    """The objects of a list, whatever else is in it."""
    return [each for each in as_list(value) if isinstance(each, dict)]


def as_text(value: Any) -> str:
    """A text that a database can keep, or an id or a code that came as a number."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "")
    is_number = isinstance(value, int) and not isinstance(value, bool)
    # Python refuses to write out integers of thousands of digits.
    return str(value) if is_number and abs(value) < 10**40 else ""


def as_number(value: Any) -> float | None:
    """A finite number, also one that is written as a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_moment(value: Any) -> datetime | None:
    """Aware UTC, from ISO 8601 with a zone, or from seconds since 1970.

    Some write up to nine digits of a second; Python reads six.
    """
    seconds = as_number(value)
    try:
        if seconds is not None:
            return datetime.fromtimestamp(seconds, timezone.utc) if seconds else None
        written = _FRACTION.sub(lambda m: f".{m[1][:6]:0<6}", as_text(value), count=1)
        moment = datetime.fromisoformat(written.replace("Z", "+00:00"))
        return moment.astimezone(timezone.utc) if moment.tzinfo else None
    except (ValueError, OverflowError, OSError):
        return None


def as_e164(value: Any) -> str | None:
    """A phone number, written with or without its plus sign."""
    written = _NUMBER.fullmatch(as_text(value).strip())
    return f"+{written[1]}" if written else None


def as_user_id(value: Any) -> str | None:
    """A business-scoped user id (BSUID), such as ``CO.4480491918930694``."""
    written = as_text(value)
    return written if _USER_ID.fullmatch(written) else None


def as_location(latitude: Any, longitude: Any, **words: Any) -> Location | None:
    """A point on the map; ``words`` are its name, address and URL."""
    degrees = as_number(latitude), as_number(longitude)
    if None in degrees or abs(degrees[0]) > 90 or abs(degrees[1]) > 180:
        return None
    found = {name: as_text(word) or None for name, word in words.items()}
    return Location(latitude=degrees[0], longitude=degrees[1], **found)
