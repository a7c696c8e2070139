"""What Bird is asked besides: messages it knows, webhook subscriptions."""

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

from ...wire import bird
from .common import (
    ACCOUNT,
    API,
    CHANNEL,
    MESSAGES,
    answer,
    asked,
    listed,
    make_id,
    page,
    refusal,
)

SINCE = datetime(2026, 9, 1, 10, tzinfo=timezone.utc)
CONTACT = {"identifierKey": "phonenumber", "identifierValue": NURIA.number}
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
        "id": make_id(number),
        "channelId": CHANNEL,
        "receiver": {"contacts": [CONTACT]},
        "body": {"type": "text", "text": {"text": "Bon dia"}},
        "reference": f"odoo:{REFERENCE}",
        "status": "delivered",
        "direction": "outgoing",
        "createdAt": "2026-09-01T10:00:00Z",
        "lastStatusAt": "2026-09-01T10:00:05Z",
        **values,
    }


def _inbound_record(number, hour):
    return _record(
        number,
        sender={"contact": CONTACT},
        direction="incoming",
        createdAt=f"2026-09-01T{hour:02}:00:00Z",
    )


def _inbound(number, hour):
    return InboundMessage(
        number_id=CHANNEL,
        message_id=make_id(number),
        person=NURIA,
        kind="text",
        text="Bon dia",
        sent_at=datetime(2026, 9, 1, hour, tzinfo=timezone.utc),
    )


def _status(word, **values):
    return StatusUpdate(
        status=word,
        message_id=make_id(1),
        reference=REFERENCE,
        number_id=CHANNEL,
        at=datetime(2026, 9, 1, 10, 0, 5, tzinfo=timezone.utc),
        person=NURIA,
        **values,
    )


BACKFILL = Deed(
    do=lambda client: bird.list_inbound(client, ACCOUNT, CHANNEL, SINCE),
    exchanges=(
        (
            page(MESSAGES),
            listed(_inbound_record(2, 12), _record(8), following="T"),
        ),
        (
            page(MESSAGES, token="T"),
            # The last one came before.
            listed(_inbound_record(1, 11), _inbound_record(7, 9)),
        ),
    ),
    result=[_inbound(1, 11), _inbound(2, 12)],
)


def _look_up(given, result=None):
    return Deed(
        do=lambda client: bird.fetch_status(client, ACCOUNT, CHANNEL, make_id(1)),
        exchanges=((asked("GET", f"{MESSAGES}/{make_id(1)}"), given),),
        subject=make_id(1),
        result=result,
    )


FIND = Deed(
    do=lambda client: bird.find_status(client, ACCOUNT, LOST, SINCE),
    exchanges=(
        (
            page(MESSAGES, ("phonenumber", NURIA.number)),
            listed(
                _record(2, reference="crm-1"),
                _record(3, reference="odoo:another"),
                _record(1),
            ),
        ),
    ),
    result=_status("delivered"),
)
SUBSCRIPTIONS = f"{API}/webhook-subscriptions"
EVENTS = ("whatsapp.inbound", "whatsapp.outbound", "whatsapp.interaction")
OF_TEMPLATES = ("template.updated", "template.deleted")
SUBSCRIBED = answer({"id": "s1"}, 201)


def _subscribe(event, service="channels", key="channelId", value=CHANNEL):
    body = {
        "service": service,
        "event": event,
        "url": URL,
        "signingKey": ACCOUNT.signing_key,
        "eventFilters": [{"key": key, "value": value}],
    }
    return asked("POST", SUBSCRIPTIONS, json=body)


def _subscribe_templates(event):
    return _subscribe(event, "templates", "platformId", "whatsapp")


def _webhooks(known, *more):
    return Deed(
        do=lambda client: bird.set_webhook(client, ACCOUNT, CHANNEL, URL),
        exchanges=(
            (page(SUBSCRIPTIONS), listed(*known)),
            *((_subscribe(event), SUBSCRIBED) for event in EVENTS),
            *((_subscribe_templates(event), SUBSCRIBED) for event in OF_TEMPLATES),
            *more,
        ),
    )


DEEDS = {
    "backfill": BACKFILL,
    "look up by id": _look_up(
        answer(
            _record(
                status="delivery_failed",
                reason="x",
                failure={"code": 20, "source": {"name": "whatsapp", "code": "131047"}},
            )
        ),
        _status("failed", failure=failure("131047", "window", "x whatsapp")),
    ),
    "look up by reference": FIND,
    "look up what is unknown there": _look_up(refusal("NotFound", 404)),
    "webhooks": _webhooks([{"id": "s9", "url": "https://other.example/"}]),
    # Bird shows no key: what was there goes, once the new ones are.
    "webhooks again": _webhooks(
        [
            {"id": "s0", "url": URL, "event": EVENTS[0]},
            {"id": "s2", "url": URL, "event": OF_TEMPLATES[0]},
        ],
        (asked("DELETE", f"{SUBSCRIPTIONS}/s0"), answer(None, 204)),
        (asked("DELETE", f"{SUBSCRIPTIONS}/s2"), answer(None, 204)),
    ),
}
