"""Reading JSON without trusting it: what isn't as expected counts as missing."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import Any

Record = dict[str, Any]


def as_dict(value: Any) -> Record:
    return value if isinstance(value, dict) else {}


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """A text, or a number as one; Vonage writes some ids and codes either way."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return str(value) if is_number and abs(value) < 10**40 else ""


def as_number(value: Any) -> float | None:
    """A finite number, also one that is written as a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_moment(value: Any) -> datetime | None:
    """An ISO 8601 time-stamp with a zone, as aware UTC."""
    try:
        moment = datetime.fromisoformat(as_text(value).replace("Z", "+00:00"))
        return moment.astimezone(timezone.utc) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None
