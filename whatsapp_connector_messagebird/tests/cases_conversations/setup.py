"""What MessageBird Conversations is asked besides: messages it knows, webhooks."""

from datetime import datetime, timezone

from odoo.addons.whatsapp_connector.tests.conformance.intents import NURIA
from odoo.addons.whatsapp_connector.tests.conformance.wire import (
    NUMBER,
    REFERENCE,
    STATUS_URL,
    URL,
    Deed,
    failure,
)
from odoo.addons.whatsapp_connector.wire.items import InboundMessage, StatusUpdate
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMessage

from ...wire import conversations
from .common import ACCOUNT, API, CHANNEL, answer, asked, refusal

SINCE = datetime(2026, 9, 1, 10, tzinfo=timezone.utc)
FIRST_PAGE = (("offset", "0"), ("limit", "20"))
SECOND_PAGE = (("offset", "20"), ("limit", "20"))
LOST = OutboundMessage(
    reference=REFERENCE,
    number=NUMBER,
    number_id=CHANNEL,
    person=NURIA,
    kind="text",
    status_url=STATUS_URL,
    text="Bon dia",
)


def _record(number=1, **values):
    return {
        "id": f"{number:032x}",
        "platform": "whatsapp",
        "to": NURIA.number,
        "from": CHANNEL,
        "channelId": CHANNEL,
        "type": "text",
        "content": {"text": "Bon dia"},
        "direction": "sent",
        "status": "delivered",
        "createdDatetime": "2026-09-01T10:00:00Z",
        "updatedDatetime": "2026-09-01T10:00:05Z",
        "trackId": f"odoo:{REFERENCE}",
        **values,
    }


def _inbound_record(number, hour, **values):
    return _record(
        number,
        **{
            "to": NUMBER,
            "from": NURIA.number,
            "direction": "received",
            "status": "received",
            "createdDatetime": f"2026-09-01T{hour}:00:00Z",
            **values,
        },
    )


def _inbound(number, hour):
    return InboundMessage(
        number_id=CHANNEL,
        message_id=f"{number:032x}",
        person=NURIA,
        kind="text",
        text="Bon dia",
        sent_at=datetime(2026, 9, 1, hour, tzinfo=timezone.utc),
    )


def _status(word, **values):
    return StatusUpdate(
        status=word,
        message_id=f"{1:032x}",
        reference=REFERENCE,
        number_id=CHANNEL,
        at=datetime(2026, 9, 1, 10, 0, 5, tzinfo=timezone.utc),
        person=NURIA,
        **values,
    )


def _messages(since, place, *records):
    """A page of all messages; it is full with twenty."""
    request = asked("GET", f"{API}/messages", ("from", since), *place)
    return request, answer({"items": list(records)})


#: Of another channel, by us, by another way.
_OTHERS = (
    _inbound_record(7, 11, channelId="another"),
    _record(8),
    _inbound_record(9, 11, platform="sms"),
)
BACKFILL = Deed(
    do=lambda client: conversations.list_inbound(client, ACCOUNT, CHANNEL, SINCE),
    exchanges=(
        _messages(
            "2026-09-01T10:00:00Z",
            FIRST_PAGE,
            _inbound_record(2, 12),
            *_OTHERS,
            *[_record(8)] * 16,
        ),
        _messages("2026-09-01T10:00:00Z", SECOND_PAGE, _inbound_record(1, 11)),
    ),
    result=[_inbound(1, 11), _inbound(2, 12)],
)


def _look_up(given, result=None):
    address = f"{API}/messages/{1:032x}"
    return Deed(
        do=lambda client: conversations.fetch_status(
            client, ACCOUNT, CHANNEL, f"{1:032x}"
        ),
        exchanges=((asked("GET", address), given),),
        subject=f"{1:032x}",
        result=result,
    )


#: Clocks may differ by a minute.
FIND = Deed(
    do=lambda client: conversations.find_status(client, ACCOUNT, LOST, SINCE),
    exchanges=(
        _messages(
            "2026-09-01T09:59:00Z",
            FIRST_PAGE,
            _record(2, trackId="crm-1"),
            _record(3, trackId="odoo:another"),
            _record(1),
        ),
    ),
    result=_status("delivered"),
)


def _webhooks(known, request):
    listed = (asked("GET", f"{API}/webhooks", *FIRST_PAGE), answer({"items": known}))
    return Deed(
        do=lambda client: conversations.set_webhook(client, ACCOUNT, CHANNEL, URL),
        exchanges=(listed, (request, answer({"id": "w1"}))),
    )


EVENTS = {
    "events": ["message.created", "message.updated"],
    "url": URL,
    "status": "enabled",
}
DEEDS = {
    "backfill": BACKFILL,
    "look up by id": _look_up(
        answer(_record(status="failed", error={"code": 131047, "description": "x"})),
        _status("failed", failure=failure("131047", "window", "x")),
    ),
    "look up by reference": FIND,
    "look up what is unknown there": _look_up(refusal(20, 404)),
    "webhooks": _webhooks(
        [{"id": "w0", "url": "https://other.example/"}],
        asked("POST", f"{API}/webhooks", json={"channelId": CHANNEL, **EVENTS}),
    ),
    # What is there already is changed.
    "webhooks again": _webhooks(
        [{"id": "w1", "url": URL, "channelId": CHANNEL}],
        asked("PATCH", f"{API}/webhooks/w1", json=EVENTS),
    ),
}
