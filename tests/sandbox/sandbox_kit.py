"""What the tests need: the sandbox as a process, Odoo's place, Twilio's own client."""

import subprocess
import sys
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import parse_qs

import requests
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

SANDBOX = Path(__file__).resolve().parents[2] / "setup" / "sandbox"
ACCOUNT = "AC" + "0" * 32
TOKEN = "12345678901234567890123456789012"
BUSINESS = "+14155238886"
CUSTOMER = "+34600000001"


def start_sandbox(*arguments):
    """A sandbox process and its address."""
    command = [sys.executable, str(SANDBOX), "--port", "0", *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    assert line.startswith("sandbox ready on http://127.0.0.1:"), line
    return process, line.split()[-1]


def stop_process(process):
    process.terminate()
    process.wait(10)
    process.stdout.close()


@dataclass
class Sandbox:
    """The control API, for tests."""

    address: str

    def call(self, method, path, **json):
        response = requests.request(
            method, f"{self.address}{path}", json=json or None, timeout=30
        )
        assert response.ok, response.text
        return response.json()

    def get(self, path, **params):
        response = requests.get(f"{self.address}{path}", params=params, timeout=30)
        assert response.ok, response.text
        return response.json()

    def post(self, path, **json):
        return self.call("POST", path, **json)

    def inbound(self, text="Hola", contact=CUSTOMER, **more):
        """A customer's message; gives it back after the webhook."""
        more = {"text": text, "contact": contact, **more}
        return self.post("/control/inbound", **more)["messages"][0]

    def wait_for_status(self, message_id, status, seconds=15):
        """The message, once it has been in this state."""
        path = f"/control/messages/{message_id}"
        message = self.get(path, status=status, wait=seconds)
        assert message["complete"], f"never {status}: {message['history']}"
        return message

    def webhooks(self, count, **params):
        """The finished calls of the sandbox to Odoo, at least so many."""
        params = {"count": count, "wait": 15, **params}
        found = self.get("/control/webhooks", **params)
        assert found["complete"], found
        return found["webhooks"]


@dataclass
class Received:
    """A request that reached Odoo's place."""

    method: str
    path: str
    headers: dict
    body: bytes

    @property
    def form(self):
        """The first value of each parameter."""
        parsed = parse_qs(self.body.decode(), keep_blank_values=True)
        return {name: values[0] for name, values in parsed.items()}


@dataclass
class Webhooks:
    """A server in Odoo's place; ``reply`` is (status, content type, body)."""

    address: str = ""
    received: list = field(default_factory=list)
    reply: tuple = (200, "text/plain", b"")
    files: dict = field(default_factory=dict)

    def url(self, path):
        return f"{self.address}{path}"

    def forms(self, path):
        """The forms posted to a path, in order of arrival."""
        return [one.form for one in self.received if one.path == path]


def make_handler(webhooks):
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            received = Received(self.command, self.path, dict(self.headers), body)
            webhooks.received.append(received)
            self._answer(*webhooks.reply)

        def do_GET(self):
            if self.path in webhooks.files:
                self._answer(200, *webhooks.files[self.path])
            else:
                self.do_POST()

        def _answer(self, status, content_type, body):
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            pass

    return Handler


def account(webhooks, **more):
    """What the control API takes for an account."""
    sender = {
        "number": BUSINESS,
        "name": "Acme Support",
        "webhook_url": webhooks.url("/in"),
        "status_callback_url": webhooks.url("/status"),
    }
    keys = {
        "SK" + "1" * 32: "standard",
        "SK" + "2" * 32: {"secret": "s", "type": "main"},
    }
    return {
        "account_sid": ACCOUNT,
        "auth_token": TOKEN,
        "api_keys": keys,
        "senders": [sender],
        **more,
    }


class RedirectingHttpClient(TwilioHttpClient):
    """Sends what is meant for Twilio to the sandbox, as Odoo's redirection does."""

    def __init__(self, address):
        super().__init__(timeout=10)
        self._address = address

    def request(self, method, url, *args, **kwargs):
        return super().request(
            method, url.replace("https:/", self._address, 1), *args, **kwargs
        )


def make_client(sandbox, user, password):
    http_client = RedirectingHttpClient(sandbox.address)
    return Client(user, password, ACCOUNT, http_client=http_client)
