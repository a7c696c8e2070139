"""How Vonage says no: at once as a problem, or later in a status.

https://developer.vonage.com/en/api-errors/messages
"""

from typing import Any

from aiohttp import web

from ..surface import Refusal

DOCS = "https://developer.vonage.com/api-errors"

_STATUS_TITLES = {
    401: "Unauthorized",
    402: "Low balance",
    403: "Forbidden",
    404: "Not found",
    422: "Invalid params",
    429: "Rate limit hit",
}

CODE_OF_PROBLEM = {
    "outside_window": 1340,
    "not_on_whatsapp": 1300,
    "media_unreachable": 1380,
    "media_too_big": 1381,
    "refused": 1330,
    "opted_out": 1240,
    "template_not_approved": 1022,
    "template_paused": 1022,
    "template_disabled": 1022,
    "template_values": 1022,
}
_DETAILS = {
    1022: "Invalid template, or its parameters",
    1240: "The recipient has opted out",
    1300: "The recipient is not part of the provider network",
    1330: "Unknown error at the provider",
    1340: "Sent outside of the allowed window",
    1380: "The media could not be fetched from its URL",
    1381: "The media is too large",
}


def explain(code: int) -> str:
    """Vonage's words for a code of a status."""
    return _DETAILS.get(code, "The message was rejected")


def status_error(code: int, detail: str) -> dict[str, Any]:
    """The ``error`` of a status."""
    return {
        "type": f"{DOCS}/messages#{code}",
        "title": str(code),
        "detail": detail,
        "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
    }


class VonageError(Refusal):
    """A refusal, answered as ``application/problem+json``.

    ``fragment`` is the end of the problem's type: a code where it is 422.
    """

    def __init__(self, status: int, fragment: str = "", detail: str = "") -> None:
        super().__init__(detail)
        self.status = status
        self.fragment = fragment
        self.detail = detail

    def response(self) -> web.Response:
        return web.json_response(
            {
                "type": f"{DOCS}/messages#{self.fragment}",
                "title": _STATUS_TITLES.get(self.status, "Error"),
                "detail": self.detail or "Refused by the sandbox",
                "instance": "bf0ca0bf927b3b52e3cb03217e1a1ddf",
            },
            status=self.status,
            content_type="application/problem+json",
        )


def error_for_status(status: int) -> web.Response:
    """What Vonage answers with this HTTP status, for faults."""
    return VonageError(status).response()
