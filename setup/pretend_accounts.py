"""Pretend accounts at the five wires: as Odoo's form has them, as the sandbox does.

A :class:`Wire` makes an account up (fields of ``whatsapp.account``) and puts what the
form has into the words of the sandbox's control API. The demo and the tests use it.
"""

import random
import secrets
import string
import uuid
from abc import ABC, abstractmethod
from typing import ClassVar


class Wire(ABC):
    """How one provider is spoken to; MessageBird has two ways.

    :cvar name: the provider's at the sandbox, as in ``/control/<name>/accounts``
    :cvar provider: the provider's in Odoo, and of its addon
    :cvar title: for people, and the label of the wire in the conformance suite
    :cvar id_field: the field with what the sandbox tells accounts apart by
    :cvar secret_fields: the fields that are secrets
    """

    name: ClassVar[str]
    provider: ClassVar[str]
    title: ClassVar[str]
    id_field: ClassVar[str]
    secret_fields: ClassVar[tuple[str, ...]]

    @abstractmethod
    def make_account(self):
        """Fields of a ``whatsapp.account`` that nobody has yet."""

    def make_number_id(self):
        """A provider's id for a number; None where that is the number itself."""
        return None

    @abstractmethod
    def describe(self, account, number, number_id=None, name=None, webhook_url=""):
        """What the sandbox is told: the body of its control call.

        :param account: mapping with the fields of :meth:`make_account`
        :param number: of the account's only channel, ``+34…``
        :param name: the number's, as the phone shows it
        :param webhook_url: as if webhooks had been configured; empty: not yet
        """


class Twilio(Wire):
    name = provider = "twilio"
    title = "Twilio"
    id_field = "twilio_account_sid"
    secret_fields = ("twilio_auth_token",)

    def make_account(self):
        return {
            "provider": self.provider,
            "twilio_account_sid": f"AC{secrets.token_hex(16)}",
            "twilio_auth_token": secrets.token_hex(16),
        }

    def describe(self, account, number, number_id=None, name=None, webhook_url=""):
        sender = {
            "number": number,
            "name": name,
            "webhook_url": webhook_url,
            "status_callback_url": webhook_url,
        }
        return {
            "account_sid": account["twilio_account_sid"],
            "auth_token": account["twilio_auth_token"],
            "senders": [sender],
        }


class Meta(Wire):
    name = provider = "meta"
    title = "Meta"
    id_field = "meta_waba_id"
    secret_fields = ("meta_app_secret", "meta_access_token")

    def make_account(self):
        return {
            "provider": self.provider,
            "meta_waba_id": _make_digits(15),
            "meta_app_id": _make_digits(15),
            "meta_app_secret": secrets.token_hex(16),
            "meta_access_token": f"EAA{secrets.token_hex(16)}",
        }

    def make_number_id(self):
        return _make_digits(15)

    def describe(self, account, number, number_id=None, name=None, webhook_url=""):
        return {
            "waba_id": account["meta_waba_id"],
            "app_id": account["meta_app_id"],
            "app_secret": account["meta_app_secret"],
            "access_token": account["meta_access_token"],
            "requires_proof": True,
            "numbers": [{"id": number_id, "number": number, "name": name}],
            "webhook_url": webhook_url,
        }


class Vonage(Wire):
    name = provider = "vonage"
    title = "Vonage"
    id_field = "vonage_api_key"
    secret_fields = (
        "vonage_api_secret",
        "vonage_signature_secret",
        "vonage_private_key",
    )

    def make_account(self):
        return {
            "provider": self.provider,
            "vonage_api_key": secrets.token_hex(4),
            "vonage_api_secret": secrets.token_hex(8),
            "vonage_signature_secret": secrets.token_hex(16),
            "vonage_application_id": str(uuid.uuid4()),
            "vonage_private_key": _make_private_key(),
            "vonage_waba_id": _make_digits(15),
            "vonage_region": "eu",
        }

    def describe(self, account, number, number_id=None, name=None, webhook_url=""):
        application = {
            "id": account["vonage_application_id"],
            "name": "Odoo",
            "public_key": _get_public_key(account["vonage_private_key"]),
            "inbound_url": webhook_url,
            "status_url": webhook_url,
            "authenticate_inbound_media": True,
            "numbers": {number: name or number},
        }
        return {
            "api_key": account["vonage_api_key"],
            "api_secret": account["vonage_api_secret"],
            "signature_secret": account["vonage_signature_secret"],
            "waba_id": account["vonage_waba_id"],
            "region": account["vonage_region"],
            "applications": [application],
        }


class MessageBird(Wire):
    name = provider = "messagebird"
    title = "MessageBird"
    id_field = "messagebird_waba_id"
    secret_fields = ("messagebird_access_key", "messagebird_signing_key")

    def make_account(self):
        return {
            "provider": self.provider,
            "messagebird_generation": "conversations",
            "messagebird_access_key": _make_letters(25),
            "messagebird_signing_key": _make_letters(32),
            "messagebird_waba_id": _make_digits(15),
        }

    def make_number_id(self):
        return secrets.token_hex(16)

    def describe(self, account, number, number_id=None, name=None, webhook_url=""):
        channel = {"number": number, "id": number_id, "webhook_url": webhook_url}
        return {
            "access_key": account["messagebird_access_key"],
            "signing_key": account["messagebird_signing_key"],
            "name": name or number,
            "waba_id": account["messagebird_waba_id"],
            "channels": [channel],
        }


class Bird(Wire):
    name = "bird"
    provider = "messagebird"
    title = "Bird"
    id_field = "messagebird_workspace_id"
    secret_fields = ("messagebird_access_key", "messagebird_signing_key")

    def make_account(self):
        return {
            "provider": self.provider,
            "messagebird_generation": "bird",
            "messagebird_workspace_id": str(uuid.uuid4()),
            "messagebird_access_key": _make_letters(40),
            "messagebird_signing_key": secrets.token_urlsafe(32),
        }

    def make_number_id(self):
        return str(uuid.uuid4())

    def describe(self, account, number, number_id=None, name=None, webhook_url=""):
        channel = {
            "number": number,
            "id": number_id,
            "webhook_url": webhook_url,
            "signing_key": account["messagebird_signing_key"],
        }
        return {
            "workspace_id": account["messagebird_workspace_id"],
            "access_key": account["messagebird_access_key"],
            "name": name or number,
            "channels": [channel],
        }


TWILIO, META, VONAGE, MESSAGEBIRD, BIRD = WIRES = (
    Twilio(),
    Meta(),
    Vonage(),
    MessageBird(),
    Bird(),
)


def _make_digits(count):
    return f"1{random.randrange(10 ** (count - 1)):0{count - 1}}"


def _make_letters(count):
    return "".join(secrets.choice(string.ascii_letters) for _ in range(count))


# ``cryptography`` is in Odoo's Python, not in the one that installs it.


def _make_private_key():
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return pem.decode()


def _get_public_key(private_key):
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_pem_private_key,
    )

    key = load_pem_private_key(private_key.encode(), None).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
