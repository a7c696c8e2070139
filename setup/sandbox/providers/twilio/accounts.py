"""Twilio accounts, their senders and their keys."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from aiohttp import web

from .errors import TwilioError

_WEBHOOK_FIELDS = (
    "callback_url",
    "callback_method",
    "fallback_url",
    "fallback_method",
    "status_callback_url",
    "status_callback_method",
)


@dataclass
class Sender:
    """A WhatsApp sender and its webhook addresses.

    https://www.twilio.com/docs/whatsapp/api/senders
    """

    sid: str
    number: str
    name: str
    status: str = "ONLINE"
    callback_url: str = ""
    callback_method: str = "POST"
    fallback_url: str = ""
    fallback_method: str = "POST"
    status_callback_url: str = ""
    status_callback_method: str = "POST"

    def configure(self, webhook: dict[str, Any]) -> None:
        """Take the ``webhook`` object of the senders API; absent keys stay."""
        for name in _WEBHOOK_FIELDS:
            if webhook.get(name) is not None:
                setattr(self, name, webhook[name])

    def describe(self) -> dict[str, Any]:
        """The sender as the senders API shows it."""
        return {
            "sid": self.sid,
            "sender_id": f"whatsapp:{self.number}",
            "status": self.status,
            "configuration": {"waba_id": "100000000000001"},
            "webhook": {name: getattr(self, name) for name in _WEBHOOK_FIELDS},
            "profile": {"name": self.name},
            "properties": {
                "quality_rating": "HIGH",
                "messaging_limit": "1K Customers/24hr",
            },
            "offline_reasons": [],
            "url": f"https://messaging.twilio.com/v2/Channels/Senders/{self.sid}",
        }


@dataclass
class Key:
    """An API key. Only a *main* key may read the account itself.

    https://www.twilio.com/docs/iam/api-keys
    """

    secret: str
    type: str = "standard"


@dataclass
class Service:
    """A messaging service: a pool of senders with addresses of its own.

    https://www.twilio.com/docs/messaging/api/service-resource
    """

    sid: str
    name: str = "Sandbox service"
    senders: list[str] = field(default_factory=list)
    webhook_url: str = ""
    status_callback_url: str = ""

    def configure(self, form: Mapping[str, str]) -> None:
        """Take the addresses of an update."""
        if form.get("UseInboundWebhookOnNumber") == "true":
            self.webhook_url = ""
        self.webhook_url = form.get("InboundRequestUrl", self.webhook_url)
        self.status_callback_url = form.get("StatusCallback", self.status_callback_url)

    def describe(self, account_sid: str) -> dict[str, Any]:
        """The service as its API shows it."""
        return {
            "sid": self.sid,
            "account_sid": account_sid,
            "friendly_name": self.name,
            "inbound_request_url": self.webhook_url or None,
            "inbound_method": "POST",
            "fallback_url": None,
            "status_callback": self.status_callback_url or None,
            "use_inbound_webhook_on_number": not self.webhook_url,
            "url": f"https://messaging.twilio.com/v1/Services/{self.sid}",
        }


@dataclass
class SharedKey:
    """A key that signs webhooks with SHA-256 in the auth token's stead."""

    id: str
    secret: str


@dataclass
class Account:
    """One Twilio account."""

    sid: str
    auth_token: str
    name: str = "Sandbox account"
    created: float = 0.0
    api_keys: dict[str, Key] = field(default_factory=dict)
    senders: dict[str, Sender] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    shared_key: SharedKey | None = None

    def accepts(self, user: str, password: str) -> bool:
        """Whether these Basic credentials belong to the account."""
        key = self.api_keys.get(user)
        secret = self.auth_token if user == self.sid else key and key.secret
        return bool(secret) and hmac.compare_digest(secret.encode(), password.encode())

    def service_of(self, number: str) -> Service | None:
        """The messaging service that a sender belongs to."""
        services = self.services.values()
        return next((one for one in services if number in one.senders), None)

    def service_by_sid(self, sid: str) -> Service:
        """The messaging service with this ``MG…``.

        :raise TwilioError: 20404
        """
        if sid not in self.services:
            raise TwilioError(20404)
        return self.services[sid]

    def sender_by_sid(self, sid: str) -> Sender:
        """The sender with this ``XE…``.

        :raise TwilioError: 20404
        """
        for sender in self.senders.values():
            if sender.sid == sid:
                return sender
        raise TwilioError(20404)


def account_from_json(values: dict[str, Any], created: float) -> Account:
    """An account from what the control API got.

    :raise KeyError: a value that is needed is missing
    """
    sid = values["account_sid"]
    shared_key = values.get("shared_key")
    services = values.get("messaging_services", {}).items()
    return Account(
        sid=sid,
        auth_token=values["auth_token"],
        name=values.get("name", "Sandbox account"),
        created=values.get("created", created),
        api_keys={k: _key(v) for k, v in values.get("api_keys", {}).items()},
        senders={s["number"]: _sender(sid, s) for s in values.get("senders", [])},
        services={k: Service(sid=k, **v) for k, v in services},
        shared_key=SharedKey(**shared_key) if shared_key else None,
    )


def account_to_json(account: Account) -> dict[str, Any]:
    """What :func:`account_from_json` would take to make this account again."""
    services = {sid: asdict(one) for sid, one in account.services.items()}
    for service in services.values():
        del service["sid"]
    return {
        "account_sid": account.sid,
        "auth_token": account.auth_token,
        "name": account.name,
        "created": account.created,
        "api_keys": {sid: asdict(key) for sid, key in account.api_keys.items()},
        "senders": [asdict(sender) for sender in account.senders.values()],
        "messaging_services": services,
        "shared_key": account.shared_key and asdict(account.shared_key),
    }


def _key(value: Any) -> Key:
    return Key(**value) if isinstance(value, dict) else Key(value)


def _sender(account_sid: str, values: dict[str, Any]) -> Sender:
    number = values["number"]
    digest = hashlib.md5(f"{account_sid}{number}".encode(), usedforsecurity=False)
    sender = Sender(
        sid=f"XE{digest.hexdigest()}",
        number=number,
        name=values.get("name") or number,
        status=values.get("status", "ONLINE"),
    )
    webhook_url = values.get("webhook_url") or values.get("callback_url")
    sender.configure({**values, "callback_url": webhook_url})
    return sender


def read_basic_auth(request: web.Request) -> tuple[str, str]:
    """User and password of a request; both empty without credentials."""
    scheme, _space, encoded = request.headers.get("Authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    user, _colon, password = decoded.partition(":")
    return (user, password) if scheme.lower() == "basic" else ("", "")
