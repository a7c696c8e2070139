"""What both generations write alike: ids, our own references, lists of messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from odoo.addons.whatsapp_connector.wire.items import InboundMessage
from odoo.addons.whatsapp_connector.wire.values import Record, as_text
from odoo.addons.whatsapp_connector.wire.webhook import MalformedEvent

#: The query parameter of a status address that holds our own reference.
REFERENCE = "ref"
#: Before our reference where other programs may have one of theirs.
MARK = "odoo:"

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,100}")


def required_id(value: Any, what: str) -> str:
    """:raises MalformedEvent: it is no id"""
    written = as_text(value)
    if not _ID.fullmatch(written):
        raise MalformedEvent(f"The event has no {what}.")
    return written


def reference_in(url_query: str) -> str | None:
    """Our reference, where the status address carried it."""
    values = parse_qs(url_query).get(REFERENCE)
    return values[0] if values else None


def mark(reference: str) -> str:
    return f"{MARK}{reference}"


def marked(value: Any) -> str | None:
    """Our reference, if ``value`` is one of ours."""
    written = as_text(value)
    return written.removeprefix(MARK) or None if written.startswith(MARK) else None


def read_list(
    records: Iterable[Record], read: Callable[[Record], InboundMessage], since: datetime
) -> list[InboundMessage]:
    """The messages of ``records``, the oldest first; what can't be read is left out."""
    found = []
    for record in records:
        try:
            found.append(read(record))
        except MalformedEvent:
            continue
    # They come the newest first, and many within the same second.
    return sorted(found[::-1], key=lambda each: each.sent_at or since)
