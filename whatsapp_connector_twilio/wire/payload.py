"""How Twilio encodes what it tells us: a form, the query of a GET, or JSON."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest

FORM = "application/x-www-form-urlencoded"


def is_form(webhook: WebhookRequest) -> bool:
    content_type = webhook.headers.get("content-type", "")
    return content_type.partition(";")[0].strip().lower() == FORM


def is_json(webhook: WebhookRequest) -> bool:
    return webhook.method != "GET" and not is_form(webhook)


def body_pairs(webhook: WebhookRequest) -> list[tuple[bytes, bytes]]:
    """Names and values of the form as bytes, in order, repeated and empty ones too."""
    return _split(webhook.body.decode("latin-1"))


def query_pairs(webhook: WebhookRequest) -> list[tuple[bytes, bytes]]:
    """Names and values of the URL's query, like :func:`body_pairs`."""
    return _split(webhook.query.encode(errors="replace").decode("latin-1"))


def _split(encoded: str) -> list[tuple[bytes, bytes]]:
    # Latin-1 takes every byte to a character and back: nothing is lost on the way,
    # whatever the encoding of the text.
    pairs = parse_qsl(encoded, keep_blank_values=True, encoding="latin-1")
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]


def parameters(webhook: WebhookRequest) -> dict[str, str]:
    """The form of a POST, the query of a GET; of a repeated name the first value."""
    if webhook.method == "GET":
        return query_parameters(webhook)
    return _as_text(body_pairs(webhook))


def query_parameters(webhook: WebhookRequest) -> dict[str, str]:
    return _as_text(query_pairs(webhook))


def _as_text(pairs: list[tuple[bytes, bytes]]) -> dict[str, str]:
    text: dict[str, str] = {}
    for name, value in pairs:
        text.setdefault(name.decode(errors="replace"), value.decode(errors="replace"))
    return text


def events(webhook: WebhookRequest) -> list[dict[str, Any]]:
    """The events of a JSON body: an array of them, or a single one.

    :raises ValueError: it is neither
    """
    try:
        payload = json.loads(webhook.body)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    found = payload if isinstance(payload, list) else [payload]
    if not all(isinstance(event, dict) for event in found):
        raise ValueError("not an event")
    return found
