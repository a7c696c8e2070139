"""Vonage accounts, their applications and who may speak for them."""

import base64
import binascii
import hmac
from dataclasses import asdict, dataclass, field
from typing import Any

import jwt
from aiohttp import web

from .errors import VonageError


@dataclass
class Application:
    """An application: a key pair, webhook addresses and the numbers linked to it.

    https://developer.vonage.com/en/api/application.v2
    """

    id: str
    name: str = "Sandbox application"
    public_key: str = ""
    inbound_url: str = ""
    status_url: str = ""
    authenticate_inbound_media: bool = False
    numbers: dict[str, str] = field(default_factory=dict)

    def describe(self) -> dict[str, Any]:
        """The application as its API shows it."""
        return {
            "id": self.id,
            "name": self.name,
            "keys": {"public_key": self.public_key},
            "capabilities": {
                "messages": {
                    "version": "v1",
                    "authenticate_inbound_media": self.authenticate_inbound_media,
                    "webhooks": {
                        "inbound_url": _describe_address(self.inbound_url),
                        "status_url": _describe_address(self.status_url),
                    },
                }
            },
            "privacy": {"improve_ai": False},
            "_links": {"self": {"href": f"/v2/applications/{self.id}"}},
        }

    def configure(self, values: dict[str, Any]) -> None:
        """Take an update: it replaces all, so what isn't named is empty."""
        messages = values.get("capabilities", {}).get("messages", {})
        webhooks = messages.get("webhooks", {})
        self.name = values["name"]
        self.public_key = values.get("keys", {}).get("public_key", self.public_key)
        self.inbound_url = webhooks.get("inbound_url", {}).get("address", "")
        self.status_url = webhooks.get("status_url", {}).get("address", "")
        self.authenticate_inbound_media = bool(
            messages.get("authenticate_inbound_media")
        )


def _describe_address(url: str) -> dict[str, str]:
    return {"address": url, "http_method": "POST"}


@dataclass
class Account:
    """One Vonage account; ``waba_id`` is the WhatsApp account that it manages."""

    api_key: str
    api_secret: str
    signature_secret: str
    waba_id: str = ""
    region: str = "eu"
    applications: dict[str, Application] = field(default_factory=dict)

    def application_of(self, number: str) -> Application | None:
        """The application that a number (``+…``) is linked to."""
        applications = self.applications.values()
        return next((one for one in applications if number in one.numbers), None)


def account_from_json(values: dict[str, Any]) -> Account:
    """An account from what the control API got.

    :raise KeyError: a value that is needed is missing
    """
    applications = {
        one["id"]: Application(**one) for one in values.get("applications", [])
    }
    return Account(
        api_key=values["api_key"],
        api_secret=values["api_secret"],
        signature_secret=values["signature_secret"],
        waba_id=values.get("waba_id", ""),
        region=values.get("region", "eu"),
        applications=applications,
    )


def account_to_json(account: Account) -> dict[str, Any]:
    """What :func:`account_from_json` would take to make this account again."""
    applications = [asdict(one) for one in account.applications.values()]
    return {**asdict(account), "applications": applications}


def check_basic(account: Account | None, password: str) -> Account:
    """:raise VonageError: 401, wrong secret or no such account"""
    if account is None or not hmac.compare_digest(
        account.api_secret.encode(), password.encode()
    ):
        raise VonageError(401, "unathorized")
    return account


def check_token(application: Application | None, token: str) -> Application:
    """:raise VonageError: 401, not signed with the application's private key"""
    if application is None or not application.public_key:
        raise VonageError(401, "unathorized")
    try:
        jwt.decode(
            token,
            application.public_key,
            algorithms=["RS256"],
            options={"require": ["application_id", "iat", "jti"]},
        )
    except (jwt.InvalidTokenError, ValueError):
        raise VonageError(401, "unathorized") from None
    return application


def read_application_id(token: str) -> str:
    """Whose token it says it is, not checked yet."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    return str(claims.get("application_id") or "")


def read_credentials(request: web.Request) -> tuple[str, str, str]:
    """Scheme, user and password of a request; of a token, the scheme and it."""
    scheme, _space, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return scheme.lower(), "", value.strip()
    try:
        decoded = base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return "basic", "", ""
    user, _colon, password = decoded.partition(":")
    return "basic", user, password
