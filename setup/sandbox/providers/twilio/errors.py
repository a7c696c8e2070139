"""Twilio's error codes, as far as WhatsApp traffic meets them.

https://www.twilio.com/docs/api/errors
"""

from typing import Any

from aiohttp import web

from ..surface import Refusal

# code: (HTTP status of a synchronous refusal, text)
ERRORS: dict[int, tuple[int, str]] = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "Internal Server Error"),
    20502: (502, "Bad Gateway"),
    20503: (503, "Service Unavailable"),
    21211: (400, "Invalid 'To' Phone Number: {detail}"),
    21603: (400, "A 'From' phone number is required."),
    21604: (400, "A 'To' phone number is required."),
    21606: (400, "The 'From' phone number is not in the Messaging Service."),
    21608: (400, "The number is unverified. Trial accounts cannot send to it."),
    21609: (400, "The 'StatusCallback' URL {detail} is not a valid URL."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21619: (400, "A text message body or media urls must be specified."),
    21620: (400, "Invalid media URL(s)"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21654: (400, "The ContentSid parameter is required"),
    21655: (400, "The ContentSid is Invalid"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    21703: (400, "The Messaging Service does not have a phone number available"),
    21705: (404, "The Messaging Service Sid {detail} is invalid."),
    21910: (
        400,
        "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel",
    ),
    63003: (400, "Channel could not find To address"),
    63005: (400, "Channel did not accept given content"),
    63007: (400, "Twilio could not find a Channel with the specified From address"),
    63012: (400, "Channel provider returned an internal service error"),
    63013: (400, "Channel policy violation"),
    63014: (400, "Message failed because it is blocked by a user action"),
    63016: (
        400,
        (
            "Failed to send freeform message because you are outside the allowed "
            "window. If you are using WhatsApp, please use a Message Template."
        ),
    ),
    63018: (400, "Rate limit exceeded for Channel"),
    63019: (400, "Media failed to download"),
    63021: (400, "Channel invalid content error"),
    63024: (400, "Invalid message recipient"),
    63031: (400, "Channels message cannot have same From and To"),
    63034: (400, "Media exceeds the maximum size allowed"),
    63049: (400, "Meta chose not to deliver this WhatsApp marketing message"),
    63040: (400, "Template was rejected"),
    63041: (400, "Template was paused"),
    63042: (400, "Template was disabled"),
    92000: (400, "Invalid content. {detail}"),
    92002: (400, "Too many variables"),
    92007: (400, "Content variables are invalid"),
    92009: (409, "Content was already submitted for approval"),
}

CODE_OF_PROBLEM = {
    "outside_window": 63016,
    "not_on_whatsapp": 63024,
    "media_unreachable": 63019,
    "media_too_big": 63034,
    "refused": 63013,
    "template_not_approved": 63016,
    "template_paused": 63041,
    "template_disabled": 63042,
    "template_values": 63005,
}

CODE_OF_STATUS = {401: 20003, 404: 20404, 429: 20429, 502: 20502, 503: 20503}


def explain(code: int) -> str:
    """The text of a code that comes with a status."""
    return ERRORS[code][1] if code in ERRORS else f"Error {code}"


class TwilioError(Refusal):
    """A refusal, answered in Twilio's words."""

    def __init__(self, code: int, detail: str = "", status: int | None = None):
        known_status, text = ERRORS.get(code, (400, f"Error {code}"))
        self.code = code
        self.status = status or known_status
        self.text = text.format(detail=detail).strip()
        super().__init__(self.text)

    def response(self) -> web.Response:
        """The error body that Twilio's classic API answers."""
        body: dict[str, Any] = {
            "code": self.code,
            "message": self.text,
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }
        headers = {}
        if self.status == 401:
            headers["WWW-Authenticate"] = 'Basic realm="Twilio API"'
        return web.json_response(body, status=self.status, headers=headers)


def error_for_status(status: int) -> web.Response:
    """The error answer for an HTTP status that a fault asks for."""
    return TwilioError(CODE_OF_STATUS.get(status, 20500), status=status).response()
