"""Test kit: an account at Twilio, and a Twilio that answers as scripted."""

import base64
import hashlib
import hmac
import io
import itertools
import json
from collections import deque
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests
from urllib3 import HTTPResponse

from odoo.addons.whatsapp_connector.tests.common import (
    NUMBER,
    WhatsappCase,
    WhatsappHttpCase,
)
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest

ACCOUNT_SID = "AC" + "a" * 32
AUTH_TOKEN = "auth-t0ken"
OURS = f"whatsapp:{NUMBER}"
ANNA = "whatsapp:+34612345678"
FORM = "application/x-www-form-urlencoded"
MESSAGES = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"


class FakeTwilio:
    """The other side of our requests; the scripted answers are given in order."""

    def __init__(self):
        #: What was asked: ``requests.PreparedRequest``, in order.
        self.requests = []
        self._answers = deque()
        self._sids = itertools.count(1)

    def answer(self, status=200, payload=None, headers=None, path=None):
        """Script an answer; ``path`` keeps it for requests to that path."""
        self._answers.append((path, status, payload, headers or {}))

    def refuse(self, code, status=400, message="Twilio's own words"):
        payload = {"code": code, "message": message, "status": status}
        self.answer(status, payload)

    def handle(self, request):
        self.requests.append(request)
        path = urlsplit(request.url).path
        for scripted in self._answers:
            if scripted[0] in (None, path):
                self._answers.remove(scripted)
                _path, status, payload, headers = scripted
                if isinstance(status, Exception):
                    raise status
                return self._respond(status, payload, headers)
        return self._respond(201, {"sid": self._next_sid(path), "status": "queued"}, {})

    def _next_sid(self, path):
        prefix = "HX" if path == "/v1/Content" else "SM"
        return f"{prefix}{next(self._sids):032x}"

    @staticmethod
    def _respond(status, payload, headers):
        body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        response = requests.Response()
        response.status_code = status
        response.headers.update(headers)
        response.raw = HTTPResponse(io.BytesIO(body), headers, preload_content=False)
        return response

    def forms(self, path=MESSAGES):
        """The forms posted to ``path``, in order."""
        return [
            dict(parse_qsl(request.body, keep_blank_values=True))
            for request in self.requests
            if request.method == "POST" and urlsplit(request.url).path == path
        ]


def sign(url, pairs=(), key=AUTH_TOKEN, algorithm="sha1"):
    """Twilio's signature of a form that repeats no name."""
    data = url + "".join(f"{name}{value}" for name, value in sorted(pairs))
    digest = hmac.new(key.encode(), data.encode(), getattr(hashlib, algorithm)).digest()
    return base64.b64encode(digest).decode()


class TwilioKit:
    provider_code = "twilio"

    @classmethod
    def setUpClass(cls):
        cls.twilio = FakeTwilio()
        super().setUpClass()

    def setUp(self):
        super().setUp()
        type(self).twilio.__init__()

    @classmethod
    def _prepare_account_vals(cls):
        return {
            **super()._prepare_account_vals(),
            "twilio_account_sid": ACCOUNT_SID,
            "twilio_auth_token": AUTH_TOKEN,
            "public_url": "https://odoo.example.com",
        }

    @classmethod
    def create_channel(cls, account, number=NUMBER, **vals):
        vals.setdefault("number_id", f"whatsapp:{number}")
        return super().create_channel(account, number, **vals)

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        host = urlsplit(request.url).hostname
        if host.endswith((".twilio.com", ".twiliocdn.com")):
            return cls.twilio.handle(request)
        return super()._request_handler(session, request, **kwargs)

    # -- what Twilio posts ------------------------------------------------------------

    _sids = itertools.count(1000)

    def inbound_form(self, body="Hola", sender=ANNA, **values):
        """The parameters of a customer's message."""
        sid = f"SM{next(self._sids):032x}"
        return {
            "SmsMessageSid": sid,
            "NumMedia": "0",
            "ProfileName": "Anna 🌻",
            "MessageType": "text",
            "SmsSid": sid,
            "WaId": sender.rpartition("+")[2],
            "SmsStatus": "received",
            "Body": body,
            "To": OURS,
            "NumSegments": "1",
            "ReferralNumMedia": "0",
            "MessageSid": sid,
            "AccountSid": ACCOUNT_SID,
            "From": sender,
            "ApiVersion": "2010-04-01",
            **values,
        }

    def status_form(self, message_sid, status, **values):
        """The parameters of a status callback."""
        return {
            "SmsSid": message_sid,
            "SmsStatus": status,
            "MessageStatus": status,
            "To": ANNA,
            "ChannelPrefix": "whatsapp",
            "MessageSid": message_sid,
            "AccountSid": ACCOUNT_SID,
            "From": OURS,
            "ApiVersion": "2010-04-01",
            **values,
        }

    def twilio_webhook(self, form, query=""):
        """A form as it arrives, signed; ``query`` begins with its question mark."""
        url = self.account._get_webhook_url() + query
        return WebhookRequest(
            method="POST",
            url=url,
            headers={
                "content-type": FORM,
                "x-twilio-signature": sign(url, form.items()),
            },
            body=urlencode(form).encode(),
        )

    def receive_form(self, form, query=""):
        """Store a webhook and apply it; returns its event."""
        event = self.store_webhook(self.twilio_webhook(form, query))
        self.run_inbox()
        return event

    def open_chat(self, body="No em funciona la factura"):
        """A thread with Anna whose window is open."""
        event = self.receive_form(self.inbound_form(body))
        self.assertEqual(event.state, "done", event.error)
        return self.thread_of()


class TwilioCase(TwilioKit, WhatsappCase):
    pass


class TwilioHttpCase(TwilioKit, WhatsappHttpCase):
    def post_form(self, form, query="", signature=None, **headers):
        """One call of Twilio's to the server under test; its response."""
        webhook = self.twilio_webhook(form, query)
        return self.url_open(
            f"/whatsapp/webhook/{self.account.webhook_key}{query}",
            data=webhook.body,
            headers={
                "Content-Type": FORM,
                "X-Twilio-Signature": webhook.headers["x-twilio-signature"]
                if signature is None
                else signature,
                **headers,
            },
        )
