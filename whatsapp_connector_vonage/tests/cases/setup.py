"""What Vonage is asked to do besides: read receipts, webhooks."""

from odoo.addons.whatsapp_connector.tests.conformance.wire import URL, Deed

from ...wire import rest
from .common import ACCOUNT, APPLICATION, MANAGER, MESSAGES, answer, asked

MESSAGE = "aaaaaaaa-bbbb-4ccc-8ddd-000000000099"
ADDRESS = f"https://api.nexmo.com/v2/applications/{APPLICATION}"
SUBSCRIPTIONS = f"{MANAGER}/subscriptions"
#: Of our account before it had a new webhook key.
FORMER = URL.rpartition("/")[0] + "/formerkey"
WEBHOOK = {"address": URL, "http_method": "POST"}
KEYS = {"public_key": ACCOUNT.public_key}

#: All else of the application stays as it is.
SET = {
    "name": "Odoo",
    "privacy": {"improve_ai": False},
    "keys": KEYS,
    "capabilities": {
        "voice": {"webhooks": {}},
        "messages": {
            "x": 1,
            "webhooks": {"inbound_url": WEBHOOK, "status_url": WEBHOOK},
            "version": "v1",
            "authenticate_inbound_media": True,
        },
    },
}
APPLICATION_RECORD = {
    **SET,
    "id": APPLICATION,
    "keys": {**KEYS, "private_key": ""},
    "capabilities": {
        "voice": {"webhooks": {}},
        "messages": {"webhooks": {"inbound_url": {"address": "https://old"}}, "x": 1},
    },
    "_links": {},
}
SUBSCRIBE = {
    "type": "webhook",
    "webhook": {"url": URL},
    "whatsapp_subscribe_types": "message_template_status_update,"
    "message_template_quality_update,template_category_update",
}


def _configure(client):
    rest.set_webhooks(client, ACCOUNT, URL)
    rest.subscribe(client, ACCOUNT, URL, lambda url: url == FORMER)


def _webhooks(subscribed, *more):
    return Deed(
        do=_configure,
        exchanges=(
            (asked("GET", ADDRESS), answer(APPLICATION_RECORD)),
            (asked("PUT", ADDRESS, json=SET), answer({})),
            (asked("GET", SUBSCRIPTIONS), answer(subscribed)),
            *more,
        ),
    )


def _read(typing=False, **more):
    request = rest.build_mark_read(ACCOUNT, MESSAGE, typing)
    body = {"status": "read", **more}
    return Deed(
        do=lambda client: client.exchange(request) and None,
        exchanges=(
            (asked("PATCH", f"{MESSAGES}/{MESSAGE}", json=body), answer(None, 202)),
        ),
        subject=MESSAGE,
    )


DEEDS = {
    "read": _read(),
    "typing": _read(True, replying_indicator={"show": True, "type": "text"}),
    # A longer address isn't ours; a former one of ours goes.
    "webhooks": _webhooks(
        {
            "subscriptions": [
                {"id": "2", "webhook": {"url": f"{URL}/longer"}},
                {"id": "3", "webhook": {"url": FORMER}},
                {"id": "4", "webhook": {"url": "https://other.example/"}},
                None,
            ]
        },
        (asked("POST", SUBSCRIPTIONS, json=SUBSCRIBE), answer({"id": "1"}, 201)),
        (asked("DELETE", f"{SUBSCRIPTIONS}/3"), answer(None, 204)),
    ),
    "webhooks again": _webhooks([{"id": "1", "webhook": {"url": URL}}]),
}
