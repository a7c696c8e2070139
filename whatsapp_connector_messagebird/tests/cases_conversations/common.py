"""Who we are at MessageBird Conversations in the cases, and how it answers."""

from odoo.addons.whatsapp_connector.tests.conformance.wire import Asked, answer

from ...wire.account import MessageBirdAccount

CHANNEL = "2d65f8d2d0d14a5e8a4f6f4c4a1f0c11"
KEY = "36efdd1aace2e26cd490f0d951138253bef2f7c6d34d18981da781555cc4cebb"
ACCESS_KEY = "live_k3y"
WABA = "123456789012345"
API = "https://conversations.messagebird.com/v1"

ACCOUNT = MessageBirdAccount(
    generation="conversations",
    access_key=ACCESS_KEY,
    signing_key=KEY,
    waba_id=WABA,
    channel_ids=(CHANNEL,),
)
SETTINGS = {
    "messagebird_generation": "conversations",
    "messagebird_access_key": ACCESS_KEY,
    "messagebird_signing_key": KEY,
    "messagebird_waba_id": WABA,
}
#: What neither generation says in a webhook.
NEWS_OF_TEMPLATES = (
    "template pending",
    "template approved",
    "template rejected",
    "template paused",
    "template disabled",
    "quality of a template",
    "category of a template",
)


def asked(method, url, *params, json=None):
    accept = {"accept": "application/json"}
    return Asked(method=method, url=url, params=params, headers=accept, json=json)


def refusal(code, status=422, description="Words", parameter=None):
    error = {"code": code, "description": description, "parameter": parameter}
    return answer({"errors": [error]}, status)


def is_authorized(request):
    return request.headers.get("Authorization") == f"AccessKey {ACCESS_KEY}"
