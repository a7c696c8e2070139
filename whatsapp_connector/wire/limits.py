"""What a provider can't carry, told from its capabilities before anything goes out."""

from __future__ import annotations

from .http import refuse
from .items import MEDIA_KINDS
from .outbound import Capabilities, OutboundMessage, Refused
from .translate import _lt

#: Characters above buttons; a list takes as many as any text.
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages
BUTTONS_TEXT_LIMIT = 1024

_NO_RECIPIENT = _lt("The contact has neither a number nor a user id to write to.")
_CODE_WITHOUT_NUMBER = _lt(
    "WhatsApp sends codes to a number only, and this contact hides theirs."
)
_UNSUPPORTED = _lt("The provider can't send messages of this kind.")
_TOO_LONG = _lt("The text is too long for WhatsApp. Send it in parts.")
_NO_CAPTION = _lt(
    "The provider shows no text under a file of this kind. "
    "Send the file and the text as two messages."
)
_NO_PLACE_NAME = _lt(
    "The provider shows a place without its name and address. "
    "Write them as a message of their own."
)


def check(outbound: OutboundMessage, capabilities: Capabilities) -> Refused | None:
    """Why ``outbound`` can't be sent, if it can't.

    A refusal of kinds, recipients and lengths; that a template is filled is the
    business of whoever fills it.
    """
    person = outbound.person
    has_number = bool(person.wa_id or person.number)
    if not has_number and not person.user_id:
        return refuse("no_recipient", _NO_RECIPIENT, scope="contact")
    if not _is_offered(outbound, capabilities):
        return unsupported()
    place = outbound.location
    if place and (place.name or place.address) and not capabilities.location_names:
        return refuse("no_place_name", _NO_PLACE_NAME)
    if outbound.template:
        is_code = outbound.template.template.category == "authentication"
        if is_code and not has_number:
            return refuse("code_without_number", _CODE_WITHOUT_NUMBER, scope="contact")
        return None
    if len(outbound.text) > get_text_limit(outbound.kind, capabilities):
        return refuse("too_long", _TOO_LONG)
    is_mute = outbound.media and outbound.kind not in capabilities.caption_kinds
    if is_mute and outbound.text:
        return refuse("no_caption", _NO_CAPTION)
    return None


def unsupported() -> Refused:
    """The provider has nothing of the kind."""
    return refuse("unsupported", _UNSUPPORTED)


def get_text_limit(kind: str, capabilities: Capabilities) -> int:
    """How many characters the text of a message of ``kind`` may have."""
    if kind in MEDIA_KINDS:
        return capabilities.caption_limit
    limit = capabilities.text_limit
    return min(limit, BUTTONS_TEXT_LIMIT) if kind == "buttons" else limit


def _is_offered(outbound: OutboundMessage, capabilities: Capabilities) -> bool:
    """Whether the provider can send the kind, and there is what makes it one."""
    kind = outbound.kind
    if kind in MEDIA_KINDS:
        return kind in capabilities.media_kinds and outbound.media is not None
    return {
        "text": True,
        "template": outbound.template is not None,
        "location": capabilities.location and outbound.location is not None,
        "buttons": capabilities.buttons > 0,
        "list": capabilities.list_rows > 0,
        "reaction": capabilities.reactions and bool(outbound.target_id),
    }.get(kind, False)
