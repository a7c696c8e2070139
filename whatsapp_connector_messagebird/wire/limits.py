"""What both generations take of files and buttons."""

from __future__ import annotations

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
