"""Who may speak to our webhook in Vonage's name."""

import hashlib
import time

import jwt
import pytest
from vonage_jwt import verify_signature
from vonage_jwt.errors import VonageVerifyJwtError
from vonage_kit import (
    API_KEY,
    SECRET,
    make_account,
    private_key,
    sign,
    webhook,
)

from odoo.addons.whatsapp_connector.wire.webhook import InvalidSignature
from odoo.addons.whatsapp_connector_vonage.wire import signature

BODY = '{"channel":"whatsapp","text":"José Ñ 😀","message_type":"text"}'.encode()

#: From the tests of Vonage's SDK; it says nothing about a body.
SDK_TOKEN = (
    "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJPbmxpbmUgSldUIEJ1aWxkZXIiLCJpYXQiOjE2OTc2MzQ2ODAsImV4cCI6MzMyNTQ1NDA4"
    "MjgsImF1ZCI6IiIsInN1YiI6IiJ9.88vJc3I2HhuqEDixHXVhc9R30tA6U_HQHZTC29y6CGM"
)
#: A whole one, computed with openssl and checked by the SDK.
VECTOR_BODY = (
    b'{"channel":"whatsapp","message_uuid":"aaaaaaaa-bbbb-4ccc-8ddd-0123456789ab",'
    b'"to":"14157386102","from":"16505551234","timestamp":"2026-01-02T03:04:05Z",'
    b'"message_type":"text","text":"Hola"}'
)
VECTOR_TIME = 1767323045
VECTOR_TOKEN = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."
    "eyJpYXQiOjE3NjczMjMwNDUsImp0aSI6IjBmNGZkOGY0LThlMGUtNGM0ZS05ZDliLTJjMWY0YjZhN2Ex"
    "MSIsImlzcyI6IlZvbmFnZSIsInBheWxvYWRfaGFzaCI6ImVjODQ5YjE3ZWVlZGRhNjczYjEzYWJlYjgy"
    "NTFmOTIxNjczMGU4OWU5YzBkMTE2ZjIxNWE3OTUwMmQ2Mjg5OGQiLCJhcGlfa2V5IjoiYWJjZDEyMzQi"
    "LCJhcHBsaWNhdGlvbl9pZCI6IjExMTExMTExLTExMTEtNDExMS04MTExLTExMTExMTExMTExMSJ9."
    "mxcwgW4YyBHRegZ-0Z8-sgJMBcAo_zNVmYxUcKmwsKM"
)


def verify(body=BODY, token=None, now=None, **account):
    signature.verify(webhook(body, token), make_account(**account), now)


def refusal(body=BODY, token=None, now=None, **account):
    with pytest.raises(InvalidSignature) as refused:
        verify(body, token, now, **account)
    return refused.value


# -- vectors and oracles --------------------------------------------------------------


def test_vector_is_accepted():
    assert len(VECTOR_BODY) == 187
    verify(VECTOR_BODY, VECTOR_TOKEN, VECTOR_TIME)


@pytest.mark.parametrize(
    "body",
    [VECTOR_BODY + b" ", VECTOR_BODY.replace(b"Hola", b"hola"), b"", VECTOR_BODY[:-1]],
)
def test_vector_is_refused_with_any_other_body(body):
    assert verify_signature(VECTOR_TOKEN, SECRET)
    assert not refusal(body, VECTOR_TOKEN, VECTOR_TIME).temporary


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_token_that_covers_no_body_is_refused():
    for secret, is_signed in ((SECRET, True), ("asdf", False)):
        assert verify_signature(SDK_TOKEN, secret) == is_signed
        refusal(BODY, SDK_TOKEN, 1697634680, signature_secret=secret)


def test_sdk_and_we_agree_about_secrets():
    token = sign(BODY)
    assert verify_signature(token, SECRET)
    assert not verify_signature(token, "x" * 32)
    verify(BODY, token)
    refusal(BODY, token, signature_secret="x" * 32)


# -- accepted -------------------------------------------------------------------------


def test_application_need_not_be_named():
    verify(BODY, sign(BODY, application_id=None))


@pytest.mark.parametrize("age", [-290, 0, 3600, 24 * 3600])
def test_token_is_good_as_long_as_vonage_repeats_a_call(age):
    verify(BODY, sign(BODY, iat=int(time.time()) - age))


def test_scheme_is_written_in_any_case():
    request = webhook(BODY)
    request.headers["authorization"] = f"bearer  {sign(BODY)} "
    signature.verify(request, make_account())


# -- refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": "other"},
        {"api_key": None},
        {"application_id": "22222222-1111-4111-8111-111111111111"},
        {"payload_hash": None},
        {"payload_hash": ""},
        {"payload_hash": 7},
        {"payload_hash": hashlib.sha256(b"else").hexdigest()},
        {"iat": None},
        {"iat": int(time.time()) + 3600},
        {"iat": int(time.time()) - 26 * 3600},
        {"exp": int(time.time()) - 3600},
    ],
)
def test_token_with_a_wrong_claim_is_refused(changes):
    assert not refusal(BODY, sign(BODY, **changes)).temporary


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
def test_token_without_a_key_is_refused_by_an_account_without_a_secret():
    token = jwt.encode({"api_key": API_KEY}, "\0", algorithm="HS256")
    for one in (token, sign(BODY), sign(BODY, "False"), sign(BODY, "None")):
        assert refusal(BODY, one, signature_secret="").temporary


def test_other_algorithms_are_refused():
    claims = {"payload_hash": hashlib.sha256(BODY).hexdigest(), "api_key": API_KEY}
    for token in (
        jwt.encode(claims, None, algorithm="none"),
        jwt.encode(claims, SECRET * 2, algorithm="HS512"),
        jwt.encode(claims, private_key(), algorithm="RS256"),
    ):
        refusal(BODY, token)
        with pytest.raises(VonageVerifyJwtError):
            verify_signature(token, SECRET)


def test_unsigned_call_is_asked_for_again():
    """Vonage gives up an event after a 4xx; what it forgot to sign is repeated."""
    assert refusal(BODY, "").temporary
    request = webhook(BODY, "")
    request.headers["authorization"] = "Basic YTpi"
    with pytest.raises(InvalidSignature) as refused:
        signature.verify(request, make_account())
    assert refused.value.temporary


@pytest.mark.parametrize("token", ["x", "a.b.c", "ä.ö.ü", "..", VECTOR_TOKEN + "x"])
def test_broken_token_is_refused_for_good(token):
    assert not refusal(BODY, token).temporary
