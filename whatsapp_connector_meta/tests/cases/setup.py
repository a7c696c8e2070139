"""What Meta is asked to do besides: people and webhooks."""

from odoo.addons.whatsapp_connector.tests.conformance.intents import HIDDEN, NURIA
from odoo.addons.whatsapp_connector.tests.conformance.wire import URL, Deed

from ...wire import rest
from ...wire.parse import OBJECT
from .common import ACCOUNT, APP, PHONE, VERIFY_TOKEN, WABA, answer, asked, asked_by_app

DONE = answer({"success": True})


def _read(typing=False, **more):
    body = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": "wamid.I",
        **more,
    }
    request = rest.build_mark_read(ACCOUNT, PHONE, "wamid.I", typing)
    return Deed(
        do=lambda client: client.exchange(request) and None,
        exchanges=((asked("POST", PHONE, "messages", json=body), DONE),),
        subject="wamid.I",
    )


def _block(method, person, user):
    body = {"messaging_product": "whatsapp", "block_users": [user]}
    return Deed(
        do=lambda client: rest.set_blocked(
            client, ACCOUNT, PHONE, person, method == "POST"
        ),
        exchanges=((asked(method, PHONE, "block_users", json=body), DONE),),
    )


APP_SUBSCRIPTIONS = asked_by_app("GET", APP, "subscriptions")
OVERRIDE = asked(
    "POST",
    WABA,
    "subscribed_apps",
    json={"override_callback_uri": URL, "verify_token": VERIFY_TOKEN},
)
SUBSCRIBE = asked_by_app(
    "POST",
    APP,
    "subscriptions",
    json={
        "object": OBJECT,
        "callback_url": URL,
        "verify_token": VERIFY_TOKEN,
        "fields": "messages,standby,smb_message_echoes,message_template_status_update,"
        "message_template_quality_update,template_category_update,user_preferences,"
        "account_update,account_review_update,account_alerts,"
        "business_capability_update,phone_number_name_update,"
        "phone_number_quality_update",
    },
)


def _webhooks(*before):
    return Deed(
        do=lambda client: rest.subscribe(client, ACCOUNT, URL),
        exchanges=(*before, (OVERRIDE, DONE)),
    )


def _subscription(url):
    return answer({"data": [{"object": OBJECT, "callback_url": url}]})


DEEDS = {
    "read": _read(),
    "typing": _read(typing=True, typing_indicator={"type": "text"}),
    "block": _block("POST", NURIA, {"user": "34600111222"}),
    "unblock": _block("DELETE", NURIA, {"user": "34600111222"}),
    "block by user id": _block("POST", HIDDEN, {"user_id": HIDDEN.user_id}),
    "webhooks": _webhooks((APP_SUBSCRIPTIONS, answer({"data": []})), (SUBSCRIBE, DONE)),
    # The app's address is another system's and stays.
    "webhooks again": _webhooks(
        (APP_SUBSCRIPTIONS, _subscription("https://other.example/"))
    ),
}
