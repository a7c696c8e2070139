"""Which calls are taken for MessageBird's, and which for Bird's.

MessageBird's own validators sign for us and check what we accept; Bird has no code of
its own for this, so there the documented algorithm is the oracle.
"""

import base64
import hashlib
import hmac
import warnings
from datetime import datetime, timezone
from urllib.parse import parse_qsl

import pytest
from freezegun import freeze_time
from hypothesis import given
from hypothesis import strategies as st
from messagebird.error import ValidationError
from messagebird.request_validator import RequestValidator
from messagebird.signed_request import SignedRequest
from messagebird_kit import KEY, URL, make_account, make_webhook, now

from odoo.addons.whatsapp_connector.wire.webhook import InvalidSignature
from odoo.addons.whatsapp_connector_messagebird.tests import (
    cases_conversations as cases,
)
from odoo.addons.whatsapp_connector_messagebird.wire import bird, conversations
from odoo.addons.whatsapp_connector_messagebird.wire.bird import (
    signature as bird_signature,
)
from odoo.addons.whatsapp_connector_messagebird.wire.conversations import (
    signature as conversations_signature,
)

ACCOUNT = make_account()
BIRD = make_account("bird")
BODY = '{"type":"message.created","text":"Núria 🌻 à"}'.encode()
pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")


def make_token(url=URL, body=BODY, key=KEY, **values):
    """A token that is valid now, but for ``values``: claims, or the algorithm."""
    return cases.make_token(url, body, key, now(), **values)


def is_accepted(token, url=URL, body=BODY, account=ACCOUNT, **headers):
    webhook = make_webhook(
        body, url=url, **{"messagebird_signature_jwt": token, **headers}
    )
    try:
        conversations.verify(webhook, account)
    except InvalidSignature:
        return False
    return True


def sdk_accepts(token, url=URL, body=BODY, key=KEY):
    try:
        RequestValidator(key).validate_signature(token, url, body)
    except (ValidationError, KeyError, TypeError):
        # It raises KeyError for a token without the address.
        return False
    return True


# -- MessageBird-Signature-JWT ---------------------------------------------------------

#: https://developers.messagebird.com/docs/verify-http-requests
VECTOR = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJNZXNzYWdlQmlyZCIsIm5iZiI6MTYyNTQ3"
    "OTIwMCwiZXhwIjoxNjI1NDc5MjYwLCJqdGkiOiI5M2U1NTAwNi1hMGU4LTQ1MjYtYTE5MC1mYTVmZjAwZ"
    "WExMTYiLCJ1cmxfaGFzaCI6IjQxZjA1ZjBkZGQwYTIyYWIyMDlhYzQ2ZjQ3YzQ1NzJkOWNlZmEyNTdlZD"
    "c0YjI0MDA0YmFlNzUzZWNlNmMyNjAiLCJwYXlsb2FkX2hhc2giOiJkZmZkNjAyMWJiMmJkNWIwYWY2NzY"
    "yOTA4MDllYzNhNTMxOTFkZDgxYzdmNzBhNGIyODY4OGEzNjIxODI5ODZmIn0._H--TOuYFLpeEH39-rg5"
    "E3IHVkjHozBcaKVWPRC5m9I"
)
VECTOR_URL = "https://example.com/path?bar=1&foo=2"
VECTOR_BODY = b"Hello, World!"


def test_vector_of_messagebird():
    with freeze_time("2021-07-05T10:00:00Z"):
        assert is_accepted(VECTOR, VECTOR_URL, VECTOR_BODY)
        assert not is_accepted(VECTOR, VECTOR_URL, VECTOR_BODY + b" ")
        assert not is_accepted(VECTOR, VECTOR_URL + "&x=1", VECTOR_BODY)
        assert not is_accepted(VECTOR, VECTOR_URL, b"")
        swapped = "https://example.com/path?foo=2&bar=1"
        assert not is_accepted(VECTOR, swapped, VECTOR_BODY)
    for moment in ("2021-07-05T09:59:50Z", "2021-07-05T10:02:00Z"):
        with freeze_time(moment):
            assert not is_accepted(VECTOR, VECTOR_URL, VECTOR_BODY)


CASES = {
    "as it is": ({}, True),
    "HS384": ({"algorithm": "HS384"}, True),
    "HS512": ({"algorithm": "HS512"}, True),
    "none": ({"algorithm": "none", "key": ""}, False),
    "another key": ({"key": "0" * 64}, False),
    "not before later": ({"nbf": 10**10, "exp": 10**10 + 60}, False),
    "expired": ({"nbf": 1, "exp": 61}, False),
    "without an end": ({"exp": None}, False),
    "without a beginning": ({"nbf": None}, False),
    "another issuer": ({"iss": "Bird"}, False),
    "without issuer": ({"iss": None}, False),
    "another address": ({"url": URL + "x"}, False),
    "without address": ({"url_hash": None}, False),
    "an address that is no text": ({"url_hash": 7}, False),
    "another body": ({"body": b"x"}, False),
    "without body": ({"payload_hash": None, "body": b""}, False),
    "a body that is no text": ({"payload_hash": ["x"]}, False),
    "issued later": ({"iat": 10**10}, True),
}


@pytest.mark.parametrize("name", CASES)
def test_token_is_judged_as_messagebirds_validator_does(name):
    values, expected = CASES[name]
    token = make_token(**values)
    assert is_accepted(token) == expected
    assert sdk_accepts(token) == expected


def test_empty_body_needs_a_token_without_body():
    bare = make_token(body=b"")
    assert is_accepted(bare, body=b"") and sdk_accepts(bare, body=b"")
    assert not is_accepted(make_token(), body=b"")


@given(st.binary(min_size=1, max_size=64), st.text(max_size=30))
def test_whatever_the_bytes_signature_holds(body, query):
    url = f"{URL}?{query}".encode(errors="replace").decode().partition("#")[0]
    token = make_token(url=url, body=body)
    assert is_accepted(token, url, body) and sdk_accepts(token, url, body)
    assert not is_accepted(token, url, body + b"!")


# -- MessageBird-Signature, deprecated -------------------------------------------------

QUERY = (
    "recipient=31612345678&reference=FOO&statusDatetime=2019-01-11T09%3A17%3A11%2B00%3A00"
    "&id=eef0ab57a9e049be946f3821568c2b2e&status=delivered&mccmnc=20408&ported=1"
)
PHP_KEY = "PlLrKaqvZNRR5zAjm42ZT6q1SQxgbbGd"
JSON = b'{"a key":"some value"}'
#: Key, time, query, body, signature: of MessageBird's clients for Python and Go.
VECTORS = [
    (
        PHP_KEY,
        "1547198231",
        QUERY,
        b"",
        "KVBdcVdz2lYMwcBLZCRITgxUfA/WkwSi+T3Wxl2HL6w=",
    ),
    (
        PHP_KEY,
        "1547198231",
        QUERY,
        b'{"foo":"bar"}',
        "2bl+38H4oHVg03pC3bk2LvCB0IHFgfC4cL5HPQ0LdmI=",
    ),
    (
        "other-secret",
        "1544544948",
        "abc=foo&def=bar",
        JSON,
        "orb0adPhRCYND1WCAvPBr+qjm4STGtyvNDIDNBZ4Ir4=",
    ),
    ("secret", "1544544948", "", b"", "LISw4Je7n0/MkYDgVSzTJm8dW6BkytKTXMZZk1IElMs="),
    ("secret", "1544544948", "", JSON, "p2e20OtAg39DEmz1ORHpjQ556U4o1ZaH4NWbM9Q8Qjk="),
    (
        "secret",
        "1544544948",
        "abc=foo&def=bar",
        b"",
        "Tfn+nRUBsn6lQgf6IpxBMS1j9lm7XsGjt5xh47M3jCk=",
    ),
]


def former_accepts(signature, timestamp, account, body=BODY, url=URL, token=""):
    return is_accepted(
        token,
        url,
        body,
        account,
        messagebird_signature=signature,
        messagebird_request_timestamp=timestamp,
    )


@pytest.mark.parametrize(("key", "timestamp", "query", "body", "signature"), VECTORS)
def test_former_signature_of_messagebirds_clients(
    key, timestamp, query, body, signature
):
    url = f"https://example.com/path?{query}" if query else "https://example.com/path"
    account = make_account(signing_key=key, accepts_hmac=True)
    with freeze_time(int_to_moment(timestamp)):
        assert former_accepts(signature, timestamp, account, body, url)
        assert not former_accepts(signature, timestamp, account, body + b"x", url)
        changed = f"{url}&x=1" if query else f"{url}?x=1"
        assert not former_accepts(signature, timestamp, account, body, changed)
        # Only where an administrator chose it.
        account = make_account(signing_key=key)
        assert not former_accepts(signature, timestamp, account, body, url)
    parameters = dict(parse_qsl(query))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        request = SignedRequest(signature, timestamp, body.decode(), parameters)
        assert request.verify(key)


def int_to_moment(timestamp):
    return datetime.fromtimestamp(int(timestamp), timezone.utc)


def sign_former(timestamp, body=BODY, query="", key=KEY):
    return conversations_signature.compute(key, timestamp, query, body)


FORMER = make_account(accepts_hmac=True)


def test_former_signature_is_fresh_for_a_minute():
    for age, expected in ((0, True), (50, True), (90, False), (-90, False)):
        timestamp = str(now() - age)
        signature = sign_former(timestamp)
        assert former_accepts(signature, timestamp, FORMER) == expected
    for timestamp in ("", "soon", "²", "-1", "9" * 400):
        assert not former_accepts(sign_former(timestamp), timestamp, FORMER)


def test_wrong_token_is_not_healed_by_the_former_signature():
    timestamp = str(now())
    good = sign_former(timestamp)
    assert not former_accepts(good, timestamp, FORMER, token="x")
    assert former_accepts("", "", FORMER, token=make_token())


def test_former_signature_without_a_key_is_refused():
    timestamp = str(now())
    account = make_account(signing_key="", accepts_hmac=True)
    signature = sign_former(timestamp, key="")
    assert not former_accepts(signature, timestamp, account)


# -- Bird ------------------------------------------------------------------------------

BIRD_URL = "https://odoo.example.com/whatsapp/bird/tok"
BIRD_BODY = b'{"service":"channels","event":"whatsapp.inbound","payload":{"id":"m1"}}'


def sign_bird(timestamp, url=URL, body=BODY, key=KEY):
    """As Bird documents it."""
    signed = b"\n".join(
        [timestamp.encode(), url.encode(), hashlib.sha256(body).digest()]
    )
    return base64.b64encode(hmac.digest(key.encode(), signed, "sha256")).decode()


def bird_accepts(signature, timestamp, url=URL, body=BODY, account=BIRD):
    webhook = make_webhook(
        body,
        url=url,
        messagebird_signature=signature,
        messagebird_request_timestamp=timestamp,
    )
    try:
        bird.verify(webhook, account)
    except InvalidSignature:
        return False
    return True


def test_vector_of_birds_algorithm():
    signature = "SzbR30+fxbKAaEuEFWiM4/LxWcpotSASADsFqCUU0i0="
    key, timestamp = "secureSigningKey", "1700000000"
    assert sign_bird(timestamp, BIRD_URL, BIRD_BODY, key) == signature
    assert bird_signature.compute(key, timestamp, BIRD_URL, BIRD_BODY) == signature
    account = make_account("bird", signing_key=key)
    with freeze_time(int_to_moment(timestamp)):
        assert bird_accepts(signature, timestamp, BIRD_URL, BIRD_BODY, account)


def test_retry_of_hours_ago_is_accepted():
    for age, expected in (
        (4 * 3600, True),
        (23 * 3600, True),
        (25 * 3600, False),
        (-60, True),
        (-3600, False),
    ):
        timestamp = str(now() - age)
        assert bird_accepts(sign_bird(timestamp), timestamp) == expected
    for timestamp in ("", "soon", "²", "9" * 400):
        assert not bird_accepts(sign_bird(timestamp), timestamp)


@given(st.text(max_size=40), st.text(max_size=20), st.binary(max_size=40))
def test_headers_that_make_no_sense_are_refused(signature, timestamp, body):
    assert not bird_accepts(signature, timestamp, body=body)
    assert not former_accepts(signature, timestamp, FORMER, body)
    assert not is_accepted(signature, body=body)
