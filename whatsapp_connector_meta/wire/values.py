"""Reading JSON that may hold anything: what isn't as documented counts as missing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

Record = dict[str, Any]


def as_dict(value: Any) -> Record:
    return value if isinstance(value, dict) else {}


def as_dicts(value: Any) -> Iterator[Record]:
    """The objects in a list."""
    return (each for each in as_list(value) if isinstance(each, dict))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def as_text(value: Any) -> str:
    """A text, or an id that came as a number."""
    if isinstance(value, str):
        return value
    is_number = isinstance(value, int) and not isinstance(value, bool)
    # Python refuses to write out integers of thousands of digits.
    return str(value) if is_number and abs(value) < 10**30 else ""


def as_number(value: Any) -> float | None:
    """A finite number, also one written as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_moment(value: Any) -> datetime | None:
    """Aware UTC from seconds since 1970, which come as text or as a number."""
    seconds = as_number(value)
    try:
        return datetime.fromtimestamp(seconds, timezone.utc) if seconds else None
    except (ValueError, OverflowError, OSError):
        return None
