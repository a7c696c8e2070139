"""What we ask Meta about the account, its numbers and its people.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override,
https://developers.facebook.com/documentation/business-messaging/whatsapp/block-users
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    HttpClient,
    HttpRequest,
)
from odoo.addons.whatsapp_connector.wire.items import Person
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_text,
)

from . import graph
from .account import MetaAccount
from .graph import ask
from .parse import OBJECT

#: What we understand of what an app can be told. ``standby`` has the messages of people
#: whom Meta's own robot answers: without it they would never be seen.
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/standby
WEBHOOK_FIELDS = (
    "messages",
    "standby",
    "smb_message_echoes",
    "message_template_status_update",
    "message_template_quality_update",
    "template_category_update",
    "user_preferences",
    "account_update",
    "account_review_update",
    "account_alerts",
    "business_capability_update",
    "phone_number_name_update",
    "phone_number_quality_update",
)
NUMBER_FIELDS = "display_phone_number,verified_name,quality_rating,status"


# -- the account ----------------------------------------------------------------------


def fetch_app(client: HttpClient, account: MetaAccount) -> Record:
    """The app itself: answers only if its id and its secret belong together."""
    request = graph.get(account, account.app_id, fields="name")
    return ask(client, graph.as_app(request, account))


def fetch_waba(client: HttpClient, account: MetaAccount) -> Record:
    return ask(client, graph.get(account, account.waba_id, fields="id,name"))


def fetch_number(client: HttpClient, account: MetaAccount, number_id: str) -> Record:
    return ask(client, graph.get(account, number_id, fields=NUMBER_FIELDS))


def register(
    client: HttpClient, account: MetaAccount, number_id: str, pin: str
) -> None:
    """Have a number send and receive by the Cloud API; again after its name changed.

    It becomes the PIN of the number's two-step verification, or must be the one that
    it has. Only the API can do it, no screen of Meta's.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/registration
    """
    body = {"messaging_product": "whatsapp", "pin": pin}
    ask(client, graph.post(account, number_id, "register", json=body))


# -- webhooks -------------------------------------------------------------------------


def subscribe(client: HttpClient, account: MetaAccount, url: str) -> None:
    """Have everything about the account posted to ``url``.

    Meta calls ``url`` at once to see whether it knows the verify token. The app has one
    address for all its accounts: another's is left as it is, and messages of this
    account come here all the same, as the account has an address of its own.
    """
    if _callback_of_app(client, account) in ("", url):
        _subscribe_app(client, account, url)
    override = {"override_callback_uri": url, "verify_token": account.verify_token}
    path = (account.waba_id, "subscribed_apps")
    ask(client, graph.post(account, *path, json=override))


def _callback_of_app(client: HttpClient, account: MetaAccount) -> str:
    request = graph.get(account, account.app_id, "subscriptions")
    for each in as_dicts(ask(client, graph.as_app(request, account)).get("data")):
        if each.get("object") == OBJECT:
            return as_text(each.get("callback_url"))
    return ""


def _subscribe_app(client: HttpClient, account: MetaAccount, url: str) -> None:
    """https://developers.facebook.com/docs/graph-api/reference/app/subscriptions"""
    request = graph.post(
        account,
        account.app_id,
        "subscriptions",
        json={
            "object": OBJECT,
            "callback_url": url,
            "verify_token": account.verify_token,
            "fields": ",".join(WEBHOOK_FIELDS),
        },
    )
    ask(client, graph.as_app(request, account))


def find_callback(client: HttpClient, account: MetaAccount) -> str | None:
    """Where this account's messages are posted; None if our app gets none of them."""
    answer = ask(client, graph.get(account, account.waba_id, "subscribed_apps"))
    for each in as_dicts(answer.get("data")):
        app = as_dict(each.get("whatsapp_business_api_data"))
        if as_text(app.get("id")) == account.app_id:
            own = as_text(each.get("override_callback_uri"))
            return own or _callback_of_app(client, account)
    return None


# -- people ---------------------------------------------------------------------------


def build_mark_read(
    account: MetaAccount, number_id: str, message_id: str, typing: bool = False
) -> HttpRequest:
    """What shows the customer that their message was read; and that we type, for 25 s.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/typing-indicators
    """
    body = {
        "messaging_product": "whatsapp",
        "status": "read",
        "message_id": message_id,
    }
    if typing:
        body["typing_indicator"] = {"type": "text"}
    return graph.post(account, number_id, "messages", json=body)


def set_blocked(
    client: HttpClient,
    account: MetaAccount,
    number_id: str,
    person: Person,
    blocked: bool,
) -> None:
    """Block or unblock a person; Meta takes only those who wrote within a day.

    The page has any id as a ``user``; business-scoped ones are ``user_id`` as in pywa.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/block-users
    """
    digits = person.wa_id or (person.number or "").removeprefix("+")
    user = {"user": digits} if digits else {"user_id": person.user_id}
    body = {"messaging_product": "whatsapp", "block_users": [user]}
    method = "POST" if blocked else "DELETE"
    request = graph.build(method, account, number_id, "block_users", json=body)
    try:
        ask(client, request)
    except ErrorAnswer as error:
        if error.temporary or error.failure.scope == "account":
            raise
