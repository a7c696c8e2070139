"""Twilio's webhook signature.

https://www.twilio.com/docs/usage/security#validating-requests: the base64 of an HMAC
over the full URL followed by every distinct parameter name, sorted, each with its
distinct values, sorted, with nothing in between. The parameters are those of a form;
a GET has them in its URL, a JSON body is covered by a ``bodySHA256`` in the query.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable

from odoo.addons.whatsapp_connector.wire.webhook import (
    InvalidSignature,
    WebhookRequest,
)

from . import payload
from .account import TwilioAccount

SIGNATURE = "x-twilio-signature"
SETTINGS = "x-twilio-webhooks-signature-settings"
AUTH_TOKEN_ALGORITHM = "HMAC_SHA1"
SHARED_KEY_ALGORITHM = "HMAC_SHA256"
DEFAULT_PORTS = {"https": "443", "http": "80"}


def verify(webhook: WebhookRequest, account: TwilioAccount) -> None:
    """Prove that Twilio sent ``webhook``, and for ``account``.

    :raises InvalidSignature: with a reason that holds nothing of the request
    """
    check_signature(webhook, account)
    check_account(webhook, account)


def check_signature(webhook: WebhookRequest, account: TwilioAccount) -> None:
    """:raises InvalidSignature: nobody with one of our secrets signed this."""
    given = webhook.headers.get(SIGNATURE, "")
    keys, algorithm = _signing_keys(webhook, account)
    if not keys:
        raise InvalidSignature("no secret is configured")
    if payload.is_json(webhook):
        _check_body_hash(webhook)
    signed = payload.body_pairs(webhook) if payload.is_form(webhook) else []
    expected = [
        compute(key, url, signed, algorithm)
        for key in keys
        for url in url_variants(webhook.url)
    ]
    if not _matches_any(given, expected):
        raise InvalidSignature("the signature does not match")


def check_account(webhook: WebhookRequest, account: TwilioAccount) -> None:
    """:raises InvalidSignature: it speaks of another account, or a form of none."""
    if payload.is_json(webhook):
        named = _accounts_of_events(webhook)
        if named - {account.sid}:
            raise InvalidSignature("it is for another account")
    elif payload.parameters(webhook).get("AccountSid") != account.sid:
        raise InvalidSignature("it is for another account")


def compute(
    key: str,
    url: str,
    signed: Iterable[tuple[bytes, bytes]],
    algorithm: str = AUTH_TOKEN_ALGORITHM,
) -> str:
    """The signature of ``url`` with the parameters ``signed`` under ``key``."""
    parts = [url.encode(errors="replace")]
    for name, value in sorted(set(signed)):
        parts += (name, value)
    digest = hmac.new(key.encode(), b"".join(parts), _HASHES[algorithm]).digest()
    return base64.b64encode(digest).decode()


_HASHES = {
    AUTH_TOKEN_ALGORITHM: hashlib.sha1,
    SHARED_KEY_ALGORITHM: hashlib.sha256,
}


def url_variants(url: str) -> list[str]:
    """The spellings of ``url`` that Twilio may have signed.

    It names the port or doesn't, and the SDK takes either; it drops user name and
    password. All else must stay to the letter, so the URL is cut here, not rebuilt: the
    SDK's ``remove_port`` loses what it should not where there is a user name.
    https://www.twilio.com/docs/usage/security
    """
    scheme, separator, rest = url.partition("#")[0].partition("://")
    end = min((rest.find(mark) for mark in "/?" if mark in rest), default=len(rest))
    authority, path = rest[:end], rest[end:]
    userinfo, at, host = authority.rpartition("@")
    name, port = _split_port(host)
    with_port = f"{name}:{port or DEFAULT_PORTS.get(scheme, '80')}"
    hosts = dict.fromkeys((host, name, with_port))
    return [
        f"{scheme}{separator}{prefix}{spelled}{path}"
        for prefix in dict.fromkeys(("", userinfo + at))
        for spelled in hosts
    ]


def _split_port(host: str) -> tuple[str, str]:
    name, _colon, port = host.rpartition(":")
    return (name, port) if name and port.isdecimal() else (host, "")


def _signing_keys(
    webhook: WebhookRequest, account: TwilioAccount
) -> tuple[tuple[str, ...], str]:
    """The keys that may have signed, and how.

    The request may ask for a SharedKey only where one is configured.
    """
    asked = _asked_algorithm(webhook.headers.get(SETTINGS, ""))
    if not account.shared_key or asked == AUTH_TOKEN_ALGORITHM:
        return account.signing_tokens, AUTH_TOKEN_ALGORITHM
    if asked == SHARED_KEY_ALGORITHM:
        return (account.shared_key,), SHARED_KEY_ALGORITHM
    raise InvalidSignature("an algorithm that we don't know")


def _asked_algorithm(settings: str) -> str:
    """The algorithm in ``key=webhooks_sharedkey_…,algorithm=HMAC_SHA256``."""
    for part in settings.split(","):
        name, _equals, value = part.partition("=")
        if name.strip() == "algorithm" and value.strip():
            return value.strip().upper()
    return AUTH_TOKEN_ALGORITHM


def _check_body_hash(webhook: WebhookRequest) -> None:
    """Required of each JSON body; the SDK breaks off with a ``TypeError`` without it.

    https://www.twilio.com/docs/usage/security
    """
    claimed = dict(payload.query_pairs(webhook)).get(b"bodySHA256", b"")
    actual = hashlib.sha256(webhook.body).hexdigest().encode()
    if not hmac.compare_digest(claimed, actual):
        raise InvalidSignature("the body is not covered by the signature")


def _matches_any(given: str, expected: list[str]) -> bool:
    encoded = given.encode(errors="replace")
    # All of them, so that the time doesn't tell which one matched.
    matches = [hmac.compare_digest(encoded, each.encode()) for each in expected]
    return any(matches)


def _accounts_of_events(webhook: WebhookRequest) -> set[str]:
    try:
        events = payload.events(webhook)
    except ValueError:
        return set()
    data = [event.get("data") for event in events]
    described = [each for each in data if isinstance(each, dict)]
    sids = [each.get("accountSid") or each.get("AccountSid") for each in described]
    return {str(sid) for sid in sids if sid}
