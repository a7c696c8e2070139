"""WhatsApp's own JSON of :mod:`.intents`, which several providers take as it is.

Whatever a provider writes in its own way stands in its cases.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# -- messages -------------------------------------------------------------------------


def interactive(kind: str, text: str, action: dict[str, Any]) -> dict[str, Any]:
    return {"type": kind, "body": {"text": text}, "action": action}


def texts(kind: str, *words: str) -> dict[str, Any]:
    """What fills a part of a template."""
    parameters = [{"type": "text", "text": text} for text in words]
    return {"type": kind, "parameters": parameters}


def header(kind: str, content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "header", "parameters": [{"type": kind, kind: content}]}


def button(kind: str, index: int | str, parameter: dict[str, str]) -> dict[str, Any]:
    return {
        "type": "button",
        "sub_type": kind,
        "index": index,
        "parameters": [parameter],
    }


BODY = texts("body", "Núria", "S0042")


def fill_all_parts(write: Callable = int) -> tuple[dict[str, Any], ...]:
    """What fills "template of all parts"; ``write`` tells how places are written."""
    return (
        texts("header", "S0042"),
        BODY,
        button("url", write(0), {"type": "text", "text": "S0042"}),
        button(
            "quick_reply", write(2), {"type": "payload", "payload": "order_shipped:2"}
        ),
    )


def fill_coupon(write: Callable = int) -> dict[str, Any]:
    coupon = {"type": "coupon_code", "coupon_code": "SAVE10"}
    return button("copy_code", write(0), coupon)


def fill_code(write: Callable = int) -> tuple[dict[str, Any], ...]:
    """What fills "template with a code": the code is in the text and in the button."""
    code = {"type": "text", "text": "123456"}
    return texts("body", "123456"), button("url", write(0), code)


# -- templates ------------------------------------------------------------------------

TEXT = {
    "type": "BODY",
    "text": "Hola {{1}}, la comanda {{2}} ja surt.",
    "example": {"body_text": [["Anna", "S0042"]]},
}
HEADER = {
    "type": "HEADER",
    "format": "TEXT",
    "text": "Comanda {{1}}",
    "example": {"header_text": ["S0042"]},
}
FOOTER = {"type": "FOOTER", "text": "Adéu"}
BUTTONS = {
    "type": "BUTTONS",
    "buttons": [
        {
            "type": "URL",
            "text": "Veure",
            "url": "https://x.example/{{1}}",
            "example": ["https://x.example/S1"],
        },
        {"type": "PHONE_NUMBER", "text": "Truca", "phone_number": "+34931234567"},
        {"type": "QUICK_REPLY", "text": "On és?"},
    ],
}
#: The parts of "all parts", of "one-time code" and of the text of "coupon".
ALL_PARTS = (HEADER, TEXT, FOOTER, BUTTONS)
CODE = (
    {"type": "BODY", "add_security_recommendation": True},
    {"type": "FOOTER", "code_expiration_minutes": 5},
    {
        "type": "BUTTONS",
        "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copia"}],
    },
)
COUPON_TEXT = {"type": "BODY", "text": "Tens un regal."}


def coupon_button(example: Any) -> dict[str, Any]:
    """The part of "coupon" with its button; providers differ in the example's shape."""
    return {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": example}]}
