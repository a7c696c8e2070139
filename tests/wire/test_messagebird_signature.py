"""Which calls are taken for MessageBird's, and which for Bird's.

MessageBird's own validators judge the same calls. No library has the signature of Bird
Channels (that in ``messagebird-sdk`` is Standard Webhooks', of another product), so
there the documented algorithm is the oracle.
"""

import base64
import hashlib
import hmac
import json
import warnings
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path
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


def make_token(url=URL, body=BODY, **claims):
    """A token that is valid now, but for ``claims``."""
    return cases.make_token(url, body, KEY, now(), **claims)


def is_accepted(
    token, url=URL, body=BODY, account=ACCOUNT, *, method="POST", **headers
):
    headers = {"messagebird_signature_jwt": token, **headers}
    webhook = replace(make_webhook(body, url=url, **headers), method=method)
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

REFERENCE = {
    f"{case['name']} - {method}": (method, case)
    for case in json.loads(
        Path(__file__).with_name("messagebird_jwt_reference.json").read_text()
    )["cases"]
    for method in case["methods"]
}


def test_reference_data_is_whole():
    assert len(REFERENCE) == 44


@pytest.mark.parametrize("name", REFERENCE)
def test_reference_data_of_messagebird(name):
    method, case = REFERENCE[name]
    # The case without a secret holds whatever the secret is.
    token, url, key = case["token"], case["url"], case.get("secret", KEY)
    body = case.get("payload", "").encode()
    with freeze_time(case["timestamp"]):
        assert sdk_accepts(token, url, body, key) == case["valid"]
        account = make_account(signing_key=key)
        assert is_accepted(token, url, body, account, method=method) == case["valid"]


def test_clocks_may_differ_by_a_second():
    begins = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    with freeze_time(begins):
        token = make_token()
    for second, expected in ((-2, False), (-1, True), (60, True), (61, False)):
        with freeze_time(begins + timedelta(seconds=second)):
            assert is_accepted(token) == expected
            assert sdk_accepts(token) == expected


#: What the reference data leaves out.
CASES = {
    "without an end": ({"exp": None}, False),
    "without a beginning": ({"nbf": None}, False),
    "another issuer": ({"iss": "Bird"}, False),
    "without issuer": ({"iss": None}, False),
    "without address": ({"url_hash": None}, False),
    "an address that is no text": ({"url_hash": 7}, False),
    "a body that is no text": ({"payload_hash": ["x"]}, False),
    "issued later": ({"iat": 10**10}, True),
}


@pytest.mark.parametrize("name", CASES)
def test_token_is_judged_as_messagebirds_validator_does(name):
    claims, expected = CASES[name]
    token = make_token(**claims)
    assert is_accepted(token) == expected
    assert sdk_accepts(token) == expected


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
