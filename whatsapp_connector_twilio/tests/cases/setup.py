"""What Twilio is asked to do besides: messages it knows, webhooks."""

from dataclasses import replace
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
from odoo.addons.whatsapp_connector.wire.items import (
    InboundMessage,
    Media,
    StatusUpdate,
)
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMessage

from ...wire import rest
from .common import ACCOUNT, API, MESSAGES, OURS, THEIRS, answer, get, post, refusal

SINCE = datetime(2026, 9, 1, 10, tzinfo=timezone.utc)
MESSAGING = "https://messaging.twilio.com"
SENDER = "XE" + "c" * 32
SERVICE = "MG" + "a" * 32
SMS = [f"SM{number:032x}" for number in range(4)]
PICTURE = f"MM{3:032x}"
FILE = "ME" + "d" * 32
FILE_URL = f"{API}/Messages/{PICTURE}/Media/{FILE}"
READ = (("messageId", SMS[1]), ("channel", "whatsapp"))
LOST = OutboundMessage(
    reference=REFERENCE,
    number=NUMBER,
    number_id=OURS,
    person=NURIA,
    kind="text",
    status_url=STATUS_URL,
    text="Bon dia",
)


def _record(sid, **values):
    return {
        "sid": sid,
        "from": OURS,
        "to": THEIRS,
        "body": "Bon dia",
        "status": "delivered",
        "direction": "outbound-api",
        "num_media": "0",
        "error_code": None,
        "error_message": None,
        "date_created": "Tue, 01 Sep 2026 10:00:01 +0000",
        "date_updated": "Tue, 01 Sep 2026 10:00:05 +0000",
        "date_sent": "Tue, 01 Sep 2026 10:00:02 +0000",
        **values,
    }


def _inbound_record(sid, **values):
    inbound = {"from": THEIRS, "to": OURS, "direction": "inbound"}
    return _record(sid, **inbound, **values)


def _inbound(sid, hour, kind="text", **values):
    return InboundMessage(
        number_id=OURS,
        message_id=sid,
        person=NURIA,
        kind=kind,
        sent_at=datetime(2026, 9, 1, hour, tzinfo=timezone.utc),
        **values,
    )


def _status(sid, status="delivered", **values):
    at = datetime(2026, 9, 1, 10, 0, 5, tzinfo=timezone.utc)
    return StatusUpdate(status=status, message_id=sid, number_id=OURS, at=at, **values)


_NEXT = f"/2010-04-01/Accounts/{ACCOUNT.sid}/Messages.json?Page=1&PageToken=PA1"
BACKFILL = Deed(
    do=lambda client: rest.list_inbound(client, ACCOUNT, OURS, SINCE),
    exchanges=(
        (
            get(
                MESSAGES,
                ("To", OURS),
                ("DateSent>", "2026-09-01T10:00:00Z"),
                ("PageSize", "1000"),
            ),
            answer(
                {
                    "messages": [
                        _inbound_record(
                            PICTURE,
                            body="La pantalla",
                            num_media="1",
                            date_sent="Tue, 01 Sep 2026 13:00:00 +0000",
                        ),
                        _inbound_record(
                            SMS[2],
                            body="Segon",
                            date_sent="Tue, 01 Sep 2026 12:00:00 +0000",
                        ),
                        _record(SMS[0]),
                    ],
                    "next_page_uri": _NEXT,
                }
            ),
        ),
        (
            get(f"https://api.twilio.com{_NEXT}"),
            answer(
                {
                    "messages": [
                        _inbound_record(
                            SMS[1],
                            body="Primer",
                            date_sent="Tue, 01 Sep 2026 12:00:00 +0200",
                        )
                    ],
                    "next_page_uri": None,
                }
            ),
        ),
        (
            get(f"{API}/Messages/{PICTURE}/Media.json"),
            answer({"media_list": [{"sid": FILE, "content_type": "image/jpeg"}]}),
        ),
    ),
    result=[
        _inbound(SMS[1], 10, text="Primer"),
        _inbound(SMS[2], 12, text="Segon"),
        _inbound(
            PICTURE,
            13,
            "image",
            text="La pantalla",
            media=(Media(url=FILE_URL, mimetype="image/jpeg"),),
        ),
    ],
)


def _look_up(given, result=None):
    return Deed(
        do=lambda client: rest.fetch_status(client, ACCOUNT, SMS[1]),
        exchanges=((get(f"{API}/Messages/{SMS[1]}.json"), given),),
        subject=SMS[1],
        result=result,
    )


def _look_up_time(given, result=None):
    return replace(
        _look_up(given, result),
        do=lambda client: rest.fetch_sent_at(client, ACCOUNT, SMS[1]),
    )


#: Twilio keeps no reference: who wrote what to whom must tell.
FIND = Deed(
    do=lambda client: rest.find_status(client, ACCOUNT, LOST, SINCE, known=SMS[2:]),
    exchanges=(
        (
            get(MESSAGES, ("From", OURS), ("To", THEIRS), ("PageSize", "50")),
            answer(
                {
                    "messages": [
                        _record(SMS[2]),
                        _record(SMS[1]),
                        _record(SMS[0], body="Bona nit"),
                    ]
                }
            ),
        ),
    ),
    result=_status(SMS[1]),
)


def _set_sender_webhook(client):
    sender = rest.find_sender(client, ACCOUNT, OURS)
    rest.set_sender_webhook(client, ACCOUNT, sender["sid"], URL)


def _set_service_webhook(client):
    rest.set_service_webhook(client, ACCOUNT, SERVICE, URL)


def _mark_read(client):
    client.exchange(rest.build_mark_read(ACCOUNT, SMS[1]))


#: One request says both.
READING = Deed(
    do=_mark_read,
    exchanges=(
        (
            post(f"{MESSAGING}/v2/Indicators/Typing.json", form=READ),
            answer({"success": True}),
        ),
    ),
    subject=SMS[1],
)

DEEDS = {
    "read": READING,
    "typing": READING,
    "backfill": BACKFILL,
    "look up by id": _look_up(
        answer(_record(SMS[1], status="undelivered", error_code=63016)),
        _status(SMS[1], "failed", failure=failure("63016", "window")),
    ),
    "look up by reference": FIND,
    "look up what is unknown there": _look_up(refusal(20404, 404)),
    "look up time": _look_up_time(
        answer(_inbound_record(SMS[1])),
        datetime(2026, 9, 1, 10, 0, 2, tzinfo=timezone.utc),
    ),
    "look up time of what is gone": _look_up_time(refusal(20404, 404)),
    "webhooks": Deed(
        do=_set_sender_webhook,
        exchanges=(
            (
                get(
                    f"{MESSAGING}/v2/Channels/Senders",
                    ("Channel", "whatsapp"),
                    ("PageSize", "50"),
                ),
                answer(
                    {
                        "senders": [
                            {"sender_id": "whatsapp:+1", "sid": "XE1"},
                            {"sender_id": OURS, "sid": SENDER},
                        ],
                        "meta": {},
                    }
                ),
            ),
            (
                post(
                    f"{MESSAGING}/v2/Channels/Senders/{SENDER}",
                    json={
                        "webhook": {
                            "callback_url": URL,
                            "callback_method": "POST",
                            "status_callback_url": URL,
                            "status_callback_method": "POST",
                        }
                    },
                ),
                answer({"sid": SENDER}),
            ),
        ),
    ),
    # The word of a Messaging Service counts before its senders'.
    "webhooks again": Deed(
        do=_set_service_webhook,
        exchanges=(
            (
                post(
                    f"{MESSAGING}/v1/Services/{SERVICE}",
                    form=(
                        ("InboundRequestUrl", URL),
                        ("InboundMethod", "POST"),
                        ("StatusCallback", URL),
                        ("UseInboundWebhookOnNumber", "false"),
                    ),
                ),
                answer({"sid": SERVICE}),
            ),
        ),
    ),
}
