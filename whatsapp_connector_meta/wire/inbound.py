"""A customer's message, as Meta describes it, whatever its kind.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from odoo.addons.whatsapp_connector.wire.contents import (
    read_cards,
    read_choice,
    read_order,
)
from odoo.addons.whatsapp_connector.wire.items import (
    IdentityChange,
    InboundMessage,
    Item,
    Media,
    Person,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_location,
    as_moment,
    as_text,
    as_user_id,
)

_DIGITS = re.compile(r"[0-9]{5,20}")
#: System messages that tell of a new number or a new business-scoped id.
_MOVES = ("user_changed_number", "user_changed_user_id", "customer_changed_number")


# -- people ---------------------------------------------------------------------------


def read_person(digits: Any, user_id: Any = None, **more: Any) -> Person:
    """A WhatsApp user: digits without a plus sign, business-scoped id, or both.

    Who hides their number comes with the id alone.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
    """
    wa_id = as_text(digits).removeprefix("+")
    bsuid = as_text(user_id)
    if not _DIGITS.fullmatch(wa_id):
        bsuid = bsuid or wa_id
        wa_id = ""
    named = {name: as_text(value) or None for name, value in more.items()}
    return Person(
        number=f"+{wa_id}" if wa_id else None,
        wa_id=wa_id or None,
        user_id=as_user_id(bsuid),
        **named,
    )


def is_known(person: Person) -> bool:
    return bool(person.wa_id or person.user_id)


class People:
    """The contacts of one change: their names, by number and by id."""

    def __init__(self, contacts: Any):
        self._by_id: dict[str, Record] = {}
        for contact in as_dicts(contacts):
            for key in (contact.get("wa_id"), contact.get("user_id")):
                if as_text(key):
                    self._by_id[as_text(key)] = contact

    def find(self, digits: Any, user_id: Any, parent_id: Any = None) -> Person:
        """The person with these ids, and all that is said of them."""
        contact = self._by_id.get(as_text(user_id)) or self._by_id.get(as_text(digits))
        contact = contact or {}
        profile = as_dict(contact.get("profile"))
        return read_person(
            as_text(digits) or contact.get("wa_id"),
            as_text(user_id) or contact.get("user_id"),
            parent_user_id=parent_id or contact.get("parent_user_id"),
            username=profile.get("username"),
            name=profile.get("name"),
        )


# -- messages -------------------------------------------------------------------------


def read(number_id: str, record: Record, people: People) -> Item:
    """The item that a record of ``messages`` is."""
    if record.get("type") == "system":
        return _read_system(number_id, record)
    person = people.find(
        record.get("from"),
        record.get("from_user_id"),
        record.get("from_parent_user_id"),
    )
    return build(number_id, record, person)


def build(number_id: str, record: Record, person: Person) -> InboundMessage | Unknown:
    """A message from (or, if it is an echo, to) ``person``."""
    message_id = as_text(record.get("id"))
    if not message_id or not is_known(person):
        what = "A message without its id." if not message_id else "A message of nobody."
        return Unknown(what=what, number_id=number_id)
    context = as_dict(record.get("context"))
    content = read_content(record)
    return InboundMessage(
        number_id=number_id,
        message_id=message_id,
        person=person,
        sent_at=as_moment(record.get("timestamp")),
        quoted_id=as_text(context.get("id")) or None,
        forwarded=_is_forwarded(context),
        referral=_read_referral(record.get("referral")),
        **content,
    )


def _is_forwarded(context: Record) -> bool:
    marks = ("forwarded", "frequently_forwarded")
    return any(context.get(mark) is True for mark in marks)


def _read_referral(referral: Any) -> dict[str, str]:
    """The advertisement that the customer came from."""
    found = {name: as_text(value) for name, value in as_dict(referral).items()}
    return {name: value for name, value in found.items() if value}


def _read_system(number_id: str, record: Record) -> Item:
    """A number or an id that changed; ``from`` is the old number.

    Kind and new number have the names of today's page, or of former ones.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/system
    """
    system = as_dict(record.get("system"))
    change = as_text(system.get("type"))
    old = read_person(
        record.get("from"),
        system.get("previous_user_id") or record.get("from_user_id"),
        parent_user_id=system.get("previous_parent_user_id"),
    )
    new = read_person(
        system.get("wa_id") or system.get("new_wa_id"),
        system.get("user_id"),
        parent_user_id=system.get("parent_user_id"),
    )
    if change not in _MOVES or not (is_known(old) and is_known(new)):
        what = as_text(system.get("body")) or change or "A system message."
        return Unknown(what=what[:200], number_id=number_id)
    return IdentityChange(
        number_id=number_id, old=old, new=new, at=as_moment(record.get("timestamp"))
    )


# -- contents -------------------------------------------------------------------------


def read_content(record: Record) -> dict[str, Any]:
    """The fields of an :class:`InboundMessage` that depend on its kind."""
    kind = as_text(record.get("type"))
    reader = _READERS.get(kind)
    content = reader(record, kind) if reader else None
    return content or {"kind": "unsupported", "text": _explain(record)}


def _explain(record: Record) -> str:
    """What Meta says of a message that it can't pass on."""
    for error in as_dicts(record.get("errors")):
        details = as_text(as_dict(error.get("error_data")).get("details"))
        if words := details or as_text(error.get("title")):
            return words
    return ""


def _read_text(record: Record, kind: str) -> dict[str, Any] | None:
    body = as_text(as_dict(record.get(kind)).get("body"))
    return {"kind": "text", "text": body} if body else None


def _read_media(record: Record, kind: str) -> dict[str, Any] | None:
    file = as_dict(record.get(kind))
    media_id, url = as_text(file.get("id")), as_text(file.get("url"))
    if not media_id and not url:
        return None
    voice = file.get("voice") is True
    media = Media(
        media_id=media_id or None,
        url=url or None,
        mimetype=as_text(file.get("mime_type")) or None,
        filename=as_text(file.get("filename")) or None,
        sha256=as_text(file.get("sha256")) or None,
        voice=voice,
    )
    return {
        "kind": "voice" if voice else kind,
        "text": as_text(file.get("caption")),
        "media": (media,),
    }


def _read_location(record: Record, kind: str) -> dict[str, Any] | None:
    place = as_dict(record.get(kind))
    location = as_location(
        place.get("latitude"),
        place.get("longitude"),
        name=place.get("name"),
        address=place.get("address"),
        url=place.get("url"),
    )
    return {"kind": "location", "location": location} if location else None


def _read_contacts(record: Record, kind: str) -> dict[str, Any] | None:
    return read_cards(record.get(kind))


def _read_interactive(record: Record, kind: str) -> dict[str, Any] | None:
    interactive = as_dict(record.get(kind))
    for answer, ours in (
        ("button_reply", "button_reply"),
        ("list_reply", "list_reply"),
    ):
        if reply := as_dict(interactive.get(answer)):
            return read_choice(
                ours, reply.get("title"), reply.get("id"), reply.get("description")
            )
    # A form that was filled in: what it says is for programs.
    form = as_dict(interactive.get("nfm_reply"))
    return read_choice("button_reply", form.get("body"), form.get("response_json"))


def _read_button(record: Record, kind: str) -> dict[str, Any] | None:
    """A quick reply of a template; without a payload of ours it is the label."""
    button = as_dict(record.get(kind))
    return read_choice("button_reply", button.get("text"), button.get("payload"))


def _read_reaction(record: Record, kind: str) -> dict[str, Any] | None:
    """Taken back, it has no emoji at all, as the page says now, or an empty one.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/reaction
    """
    reaction = as_dict(record.get(kind))
    target = as_text(reaction.get("message_id"))
    if not target:
        return None
    emoji = as_text(reaction.get("emoji"))
    return {"kind": "reaction", "target_id": target, "emoji": emoji}


def _read_order(record: Record, kind: str) -> dict[str, Any] | None:
    return read_order(as_dict(record.get(kind)))


def _read_edit(record: Record, kind: str) -> dict[str, Any] | None:
    """Only numbers that the WhatsApp Business app uses, too, hear of it."""
    edit = as_dict(record.get(kind))
    target = as_text(edit.get("original_message_id"))
    if not target:
        return None
    content = read_content(_without_edits(as_dict(edit.get("message"))))
    return {"kind": "edit", "target_id": target, "text": content.get("text", "")}


def _without_edits(message: Record) -> Record:
    """An edited message holds no edit: whoever nests them is not followed."""
    return {} if message.get("type") == "edit" else message


def _read_revoke(record: Record, kind: str) -> dict[str, Any] | None:
    target = as_text(as_dict(record.get(kind)).get("original_message_id"))
    return {"kind": "revoke", "target_id": target} if target else None


_READERS: dict[str, Callable[[Record, str], dict[str, Any] | None]] = {
    "text": _read_text,
    **dict.fromkeys(("image", "video", "audio", "document", "sticker"), _read_media),
    "location": _read_location,
    "contacts": _read_contacts,
    "interactive": _read_interactive,
    "button": _read_button,
    "reaction": _read_reaction,
    "order": _read_order,
    "edit": _read_edit,
    "revoke": _read_revoke,
}
