"""Who we are at Twilio in the cases, and how it answers."""

from odoo.addons.whatsapp_connector.tests.conformance.wire import Asked, answer

from ...wire.account import TwilioAccount

SID = "AC" + "0" * 32
TOKEN = "auth-t0ken"
OURS = "whatsapp:+34931234567"
THEIRS = "whatsapp:+34600111222"
CONTENT = "HX" + "c" * 32
API = f"https://api.twilio.com/2010-04-01/Accounts/{SID}"
MESSAGES = f"{API}/Messages.json"

ACCOUNT = TwilioAccount(sid=SID, auth_token=TOKEN)
SETTINGS = {"twilio_account_sid": SID, "twilio_auth_token": TOKEN}


def get(url, *params):
    return Asked(method="GET", url=url, params=params)


def post(url, form=None, json=None):
    return Asked(method="POST", url=url, form=form, json=json)


def refusal(code, status=400, **headers):
    body = {"code": code, "message": "Words", "status": status}
    return answer(body, status, **headers)
