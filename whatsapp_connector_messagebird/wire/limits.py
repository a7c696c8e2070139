"""What both generations take of files and buttons."""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.http import refuse
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMessage, Refused
from odoo.addons.whatsapp_connector.wire.translate import _lt

from .errors import ERRORS

MEGABYTE = 1024 * 1024

MEDIA_KINDS = {
    "image": ("image/jpeg", "image/png"),
    "sticker": ("image/webp",),
    "audio": ("audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"),
    "voice": ("audio/ogg",),
    "video": ("video/mp4", "video/3gpp"),
    "document": (
        "application/pdf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "text/plain",
    ),
}
CAPTION_KINDS = ("image", "video", "document")
TEXT_LIMIT = 4096

NO_CAPTION = _lt(
    "Voice notes, sounds and stickers carry no text. "
    "Send the file and the text as two messages."
)
UNSUPPORTED = _lt("Messages of this kind can't be sent through MessageBird.")


def check(outbound: OutboundMessage) -> Refused | None:
    """Why a message other than a template can't be sent, if so."""
    if len(outbound.text) > TEXT_LIMIT:
        return ERRORS.refuse("too_long")
    has_caption = outbound.kind in CAPTION_KINDS
    if outbound.kind in MEDIA_KINDS and outbound.text and not has_caption:
        return refuse("no_caption", NO_CAPTION)
    return None


def unsupported() -> Refused:
    return refuse("unsupported", UNSUPPORTED)
