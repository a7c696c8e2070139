"""What Meta posts to us, as items.

One POST holds many: entries (accounts), changes (one of a number each), lists of
messages and statuses. A change is told by what is in it, its ``field`` only has the
last word: a field may be new, and Meta's own pages confuse some. So ``standby``, which
has what is written to Meta's own robot, gives messages like any other. What can't be
read stands alone as an :class:`Unknown`; the rest of the batch is not its hostage.
https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from odoo.addons.whatsapp_connector.wire.errors import UNDELIVERED
from odoo.addons.whatsapp_connector.wire.items import (
    ConsentUpdate,
    Echo,
    InboundMessage,
    Item,
    StatusUpdate,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_moment,
    as_text,
)
from odoo.addons.whatsapp_connector.wire.webhook import (
    MalformedEvent,
    WebhookRequest,
)

from . import inbound, news
from .account import MetaAccount
from .content import FORMAT
from .errors import ERRORS, words_of

OBJECT = "whatsapp_business_account"
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/messages/status
STATUSES = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "played": "read",
    "failed": "failed",
}


def parse(webhook: WebhookRequest, account: MetaAccount) -> list[Item]:
    """The items of ``webhook``, in order.

    :raises MalformedEvent: it isn't what Meta posts
    """
    body = webhook.read_object()
    if body.get("object") != OBJECT:
        raise MalformedEvent("It is not about a WhatsApp Business account.")
    if not isinstance(body.get("entry"), list):
        raise MalformedEvent("It has no entries.")
    return [
        item
        for entry in as_dicts(body["entry"])
        for item in _parse_entry(entry, account)
    ]


def _parse_entry(entry: Record, account: MetaAccount) -> Iterator[Item]:
    """One app serves many accounts and posts all of their news to one address."""
    waba_id = as_text(entry.get("id"))
    if waba_id != account.waba_id:
        yield Unknown(
            what=f"News of another WhatsApp Business account ({waba_id[:40]})"
        )
        return
    for change in as_dicts(entry.get("changes")):
        items = list(_parse_change(change, entry))
        yield from items or [Unknown(what=_describe(change))]


def _describe(change: Record) -> str:
    name = as_text(change.get("field")) or "a change without a name"
    value = as_dict(change.get("value"))
    event = as_text(value.get("event")) or as_text(value.get("current_limit"))
    return f"{name}: {event}"[:200] if event else name[:200]


def _parse_change(change: Record, entry: Record) -> Iterator[Item]:
    value = as_dict(change.get("value"))
    number_id = as_text(as_dict(value.get("metadata")).get("phone_number_id"))
    if not number_id:
        yield from _parse_news(as_text(change.get("field")), value, entry)
        return
    people = inbound.People(value.get("contacts"))
    for record in as_dicts(value.get("messages")):
        yield inbound.read(number_id, record, people)
    for record in as_dicts(value.get("message_echoes")):
        yield _parse_echo(number_id, record)
    for record in as_dicts(value.get("statuses")):
        yield _parse_status(number_id, record, people)
    for record in as_dicts(value.get("user_preferences")):
        yield _parse_preference(number_id, record)
    for error in as_dicts(value.get("errors")):
        yield Unknown(what=_describe_error(error), number_id=number_id)


def _describe_error(error: Record) -> str:
    """A fault of the account, not of a message."""
    said = f"{as_text(error.get('code'))} {words_of(error)}".strip()
    return said[:200] or "errors"


def _parse_echo(number_id: str, record: Record) -> Item:
    """What our own people sent from the WhatsApp Business app."""
    person = inbound.read_person(record.get("to"), record.get("to_user_id"))
    message = inbound.build(number_id, record, person)
    return Echo(message=message) if isinstance(message, InboundMessage) else message


# -- statuses -------------------------------------------------------------------------


def _parse_status(number_id: str, record: Record, people: inbound.People) -> Item:
    word = as_text(record.get("status"))
    message_id = as_text(record.get("id"))
    if not word or not message_id:
        return Unknown(what="A status without its message.", number_id=number_id)
    # The parent's id has two names, of an earlier revision and of a later one:
    # https://developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
    # Where it failed, no contacts come along, though pywa wants them.
    person = people.find(
        record.get("recipient_id"),
        record.get("recipient_user_id"),
        record.get("parent_recipient_user_id")
        or record.get("recipient_parent_user_id"),
    )
    return StatusUpdate(
        status=STATUSES.get(word, word),
        message_id=message_id,
        reference=as_text(record.get("biz_opaque_callback_data")) or None,
        number_id=number_id,
        at=as_moment(record.get("timestamp")),
        failure=_read_failure(record) if word == "failed" else None,
        person=person if inbound.is_known(person) else None,
        pricing=_read_pricing(record.get("pricing")),
    )


def _read_failure(record: Record):
    error = next(iter(as_dicts(record.get("errors"))), {})
    code = as_text(error.get("code")) or "failed"
    return ERRORS.failure(code, words_of(error), otherwise=UNDELIVERED)


def _read_pricing(pricing: Any) -> Record:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/pricing"""
    known = ("billable", "pricing_model", "type", "category")
    found = {name: as_dict(pricing).get(name) for name in known}
    return {n: v for n, v in found.items() if isinstance(v, (str, bool))}


# -- the customer's will --------------------------------------------------------------


def _parse_preference(number_id: str, record: Record) -> Item:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/user_preferences"""
    opted_in = {"stop": False, "resume": True, "signup": True}.get(
        as_text(record.get("value"))
    )
    person = inbound.read_person(
        record.get("wa_id"),
        record.get("user_id"),
        parent_user_id=record.get("parent_user_id"),
    )
    if opted_in is None or not inbound.is_known(person):
        return Unknown(what="A preference that we don't know.", number_id=number_id)
    return ConsentUpdate(
        number_id=number_id,
        person=person,
        opted_in=opted_in,
        scope="marketing",
        evidence=as_text(record.get("detail")),
        at=as_moment(record.get("timestamp")),
    )


# -- the account and its templates ----------------------------------------------------


def _parse_news(field: str, value: Record, entry: Record) -> Iterator[Item]:
    """A template's are told by their keys: the page of its quality names another field.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_quality_update
    """
    at = as_moment(entry.get("time"))
    if as_text(value.get("message_template_id")):
        yield from filter(None, [FORMAT.read_news(value, at)])
    else:
        yield from news.read(field, value, at)
