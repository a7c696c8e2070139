"""Meta's error codes, as far as WhatsApp traffic meets them.

https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

import secrets
from typing import Any

from aiohttp import web

from ..surface import Refusal

# code: (HTTP status of a synchronous refusal, text)
ERRORS: dict[int, tuple[int, str]] = {
    1: (500, "An unknown error occurred"),
    2: (503, "Service temporarily unavailable"),
    4: (429, "Application request limit reached"),
    100: (400, "Invalid parameter"),
    190: (401, "Error validating access token"),
    200: (403, "Permissions error"),
    2200: (400, "Callback verification failed with the following errors: {detail}"),
    130429: (429, "Rate limit hit"),
    131000: (500, "Something went wrong"),
    131009: (400, "Parameter value is not valid"),
    131021: (400, "Recipient cannot be sender"),
    131026: (400, "Message undeliverable"),
    131047: (400, "Re-engagement message"),
    131049: (
        400,
        "This message was not delivered to maintain healthy ecosystem engagement.",
    ),
    131050: (400, "User has stopped receiving marketing messages"),
    131051: (400, "Unsupported message type"),
    131053: (400, "Media upload error"),
    131056: (400, "(Business Account, Consumer Account) pair rate limit hit"),
    133005: (400, "Two-step verification PIN mismatch"),
    133010: (400, "Phone number not registered"),
    131062: (400, "Business-scoped user ids are not supported for this message"),
    132000: (400, "Template Param Count Mismatch"),
    132001: (404, "Template does not exist"),
    132012: (400, "Template Parameter Format Mismatch"),
    132015: (400, "Template is Paused"),
    132016: (400, "Template is Disabled"),
    132018: (400, "Template parameters are not valid"),
}

CODE_OF_PROBLEM = {
    "outside_window": 131047,
    "not_on_whatsapp": 131026,
    "reaction_target": 131009,
    "media_unreachable": 131053,
    "media_too_big": 131053,
    "refused": 131026,
    "opted_out": 131050,
}

CODE_OF_STATUS = {401: 190, 403: 200, 429: 130429, 503: 2}


def explain(code: int) -> str:
    """The text of a code that comes with a status."""
    return ERRORS[code][1] if code in ERRORS else f"Error {code}"


class MetaError(Refusal):
    """A refusal, answered in Meta's words."""

    def __init__(
        self,
        code: int,
        detail: str = "",
        status: int | None = None,
        subcode: int | None = None,
    ):
        known_status, text = ERRORS.get(code, (400, f"Error {code}"))
        self.code = code
        self.detail = detail
        self.subcode = subcode
        self.status = status or known_status
        self.text = text.format(detail=detail)
        super().__init__(f"{self.text} {detail}")

    @classmethod
    def no_such_object(cls, name: str) -> "MetaError":
        """What a wrong id, or somebody else's, is answered with."""
        detail = (
            f"Unsupported request. Object with ID '{name}' does not exist, cannot be "
            "loaded due to missing permissions, or does not support this operation."
        )
        return cls(100, detail, subcode=33)

    def response(self) -> web.Response:
        """The error body of the Graph API."""
        error: dict[str, Any] = {
            "message": f"(#{self.code}) {self.text}",
            "type": "OAuthException",
            "code": self.code,
            "fbtrace_id": secrets.token_urlsafe(8),
        }
        if self.subcode:
            error["error_subcode"] = self.subcode
            error["error_user_msg"] = self.detail
        elif self.detail:
            details = {"messaging_product": "whatsapp", "details": self.detail}
            error["error_data"] = details
        return web.json_response({"error": error}, status=self.status)


def error_for_status(status: int) -> web.Response:
    """The error answer for an HTTP status that a fault asks for."""
    return MetaError(CODE_OF_STATUS.get(status, 1), status=status).response()
