"""A provider's POST exactly as it arrived, and what may be wrong with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Why a call is refused whose signature is good.
WRONG_TIME = "it is signed, but not now: does this server's clock keep time (NTP)?"


class InvalidSignature(Exception):
    """The request can't be proved to come from the provider: answer 403, keep none.

    ``temporary``: answer 503 instead, as the provider may prove it when it calls again.
    """

    def __init__(self, reason: str = "", *, temporary: bool = False):
        super().__init__(reason)
        self.temporary = temporary


class MalformedEvent(Exception):
    """Authentic, but not what the provider documents: kept as failed, with reason."""


@dataclass(frozen=True, kw_only=True)
class WebhookRequest:
    """One request to our webhook address.

    ``url`` is the address under which the provider knows us (public base URL, path
    and the raw query string), not what a proxy made of it. ``headers`` has lower-case
    names. ``body`` holds the exact bytes.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def query(self) -> str:
        """The raw query string, without its question mark."""
        return self.url.partition("#")[0].partition("?")[2]

    def read_object(self) -> dict[str, Any]:
        """The JSON object that the body is.

        :raises MalformedEvent: it is something else
        """
        try:
            body = json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise MalformedEvent(f"The body is not JSON: {error}") from None
        if not isinstance(body, dict):
            raise MalformedEvent("The body is not a JSON object.")
        return body


@dataclass(frozen=True, kw_only=True)
class WebhookReply:
    """An answer that a provider wants in a form of its own (a handshake)."""

    body: str = ""
    status: int = 200
    content_type: str = "text/plain"
