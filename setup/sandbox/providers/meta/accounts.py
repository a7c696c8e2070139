"""WhatsApp Business accounts (WABAs) at Meta, with the app that serves each."""

import hashlib
import hmac
from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import MetaError


@dataclass
class PhoneNumber:
    """A business number; ``id`` is what Meta calls it."""

    id: str
    number: str
    name: str
    blocked: list[str] = field(default_factory=list)
    is_registered: bool = True
    pin: str = ""

    @property
    def digits(self) -> str:
        """The number as Meta writes it."""
        return self.number.lstrip("+")

    def describe(self) -> dict[str, Any]:
        """https://developers.facebook.com/docs/graph-api/reference/whats-app-business-account-to-number-current-status"""
        return {
            "id": self.id,
            "display_phone_number": self.number,
            "verified_name": self.name,
            "quality_rating": "GREEN",
            "code_verification_status": "VERIFIED",
            "platform_type": "CLOUD_API",
            "status": "CONNECTED" if self.is_registered else "PENDING",
        }


@dataclass
class Account:
    """One WABA.

    The app's address hears everything; ``override`` is the account's own for messages.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/override
    """

    waba_id: str
    app_id: str
    app_secret: str
    access_token: str
    name: str = "Sandbox account"
    requires_proof: bool = False
    app_callback: str = ""
    app_fields: list[str] = field(default_factory=list)
    override: str = ""
    is_subscribed: bool = False
    numbers: dict[str, PhoneNumber] = field(default_factory=dict)

    @property
    def app_token(self) -> str:
        """The app's own access token."""
        return f"{self.app_id}|{self.app_secret}"

    @property
    def message_callback(self) -> str:
        """Where messages and their statuses go, if the account is subscribed."""
        return (self.override or self.app_callback) if self.is_subscribed else ""

    def hears(self, name: str) -> bool:
        """Whether the app asked for this field."""
        return name in self.app_fields

    def is_proven(self, token: str, proof: str) -> bool:
        """Whether ``appsecret_proof`` is right, or missing and not required."""
        if not proof:
            return not self.requires_proof or token == self.app_token
        key, message = self.app_secret.encode(), token.encode()
        expected = hmac.new(key, message, hashlib.sha256).hexdigest()
        return hmac.compare_digest(expected.encode(), proof.encode())

    def number_by_id(self, number_id: str) -> PhoneNumber:
        """The number with this id.

        :raise MetaError: 100
        """
        if number_id not in self.numbers:
            raise MetaError.no_such_object(number_id)
        return self.numbers[number_id]

    def number_by_phone(self, phone: str) -> PhoneNumber:
        """The number that people dial as ``phone``."""
        return next(one for one in self.numbers.values() if one.number == phone)


def account_from_json(values: dict[str, Any]) -> Account:
    """An account from what the control API got.

    ``webhook_url`` stands for a finished set-up: the app's address, all fields.

    :raise KeyError: a value that is needed is missing
    """
    url = values.get("webhook_url", "")
    numbers = [PhoneNumber(**_named(number)) for number in values.get("numbers", [])]
    return Account(
        waba_id=values["waba_id"],
        app_id=values["app_id"],
        app_secret=values["app_secret"],
        access_token=values["access_token"],
        name=values.get("name", "Sandbox account"),
        requires_proof=values.get("requires_proof", False),
        app_callback=values.get("app_callback", url),
        app_fields=values.get("app_fields", list(FIELDS) if url else []),
        override=values.get("override", ""),
        is_subscribed=values.get("is_subscribed", bool(url)),
        numbers={number.id: number for number in numbers},
    )


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {**values, "name": values.get("name") or values["number"]}


def account_to_json(account: Account) -> dict[str, Any]:
    """What :func:`account_from_json` would take to make this account again."""
    numbers = [asdict(number) for number in account.numbers.values()]
    return {**asdict(account), "numbers": numbers}


FIELDS = frozenset(
    (
        "account_alerts",
        "account_update",
        "account_review_update",
        "business_capability_update",
        "history",
        "message_template_components_update",
        "message_template_quality_update",
        "message_template_status_update",
        "messages",
        "phone_number_name_update",
        "phone_number_quality_update",
        "security",
        "smb_app_state_sync",
        "smb_message_echoes",
        "standby",
        "template_category_update",
        "user_preferences",
    )
)
"""What an app may be told.

https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
"""
