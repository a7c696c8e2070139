"""Who may speak to our webhook in Twilio's name."""

import hashlib
import json
from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator
from twilio_kit import (
    FORM,
    SID,
    URL,
    form_webhook,
    get_webhook,
    json_webhook,
    make_account,
)
from werkzeug.datastructures import MultiDict

from odoo.addons.whatsapp_connector.wire.webhook import (
    InvalidSignature,
    WebhookRequest,
)
from odoo.addons.whatsapp_connector_twilio.wire import signature

#: That of the published vectors.
TOKEN = "12345"
SETTINGS = "x-twilio-webhooks-signature-settings"
SHARED = "key=webhooks_sharedkey_01,algorithm=HMAC_SHA256"

DOCS_URL = "https://example.com/myapp.php?foo=1&bar=2"
DOCS_FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}
SDK_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
SDK_FORM = {
    "CallSid": "CA1234567890ABCDE",
    "Digits": "1234",
    "From": "+14158675309",
    "To": "+18005551212",
    "Caller": "+14158675309",
}
DUPLICATES = [
    ("Sid", "CA123"),
    ("SidAccount", "AC123"),
    ("Digits", "5678"),
    ("Digits", "1234"),
    ("Digits", "1234"),
]
SDK_BODY = b'{"property": "value", "boolean": true}'
SDK_BODY_URL = (
    f"{SDK_URL}&bodySHA256="
    "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
)
CALL_BODY = b'{"CallSid":"CA1234567890ABCDE","Caller":"+12349013030"}'
CALL_BODY_URL = (
    "https://example.com/myapp?bodySHA256="
    "5ccde7145dfb8f56479710896586cb9d5911809d83afbe34627818790db0aec9"
)
WHATSAPP_URL = "https://odoo.example.com/whatsapp/twilio/tok/in"
WHATSAPP_FORM = {
    "SmsMessageSid": "SM" + "0" * 32,
    "NumMedia": "0",
    "ProfileName": "José Ñ 😀",
    "MessageType": "text",
    "SmsSid": "SM" + "0" * 32,
    "WaId": "5511900000001",
    "SmsStatus": "received",
    "Body": " olá\nmundo ",
    "To": "whatsapp:+14155238886",
    "NumSegments": "1",
    "ReferralNumMedia": "0",
    "MessageSid": "SM" + "0" * 32,
    "AccountSid": SID,
    "From": "whatsapp:+5511900000001",
    "ApiVersion": "2010-04-01",
}

# From Twilio's documentation (D), the tests of its SDK (S), the rest computed with it,
# as is D2, whose token the documentation doesn't tell.
FORM_VECTORS = {
    "D1": (DOCS_URL, DOCS_FORM, "L/OH5YylLD5NRKLltdqwSvS0BnU="),
    "D2": (
        "https://example.com/myapp",
        {**DOCS_FORM, "Caller": "+12349013030", "From": "+12349013030"},
        "NGAgWNhdnsLF8j385frvrQoi9sg=",
    ),
    "S1": (SDK_URL, SDK_FORM, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    "S2 port of https": (
        "https://mycompany.com:443/myapp.php?foo=1&bar=2",
        SDK_FORM,
        "kvajT1Ptam85bY51eRf/AJRuM3w=",
    ),
    "S3 port of http": (
        "http://mycompany.com:80/myapp.php?foo=1&bar=2",
        SDK_FORM,
        "0ZXoZLH/DfblKGATFgpif+LLRf4=",
    ),
    "S4 other port": (
        "http://mycompany.com:1234/myapp.php?foo=1&bar=2",
        SDK_FORM,
        "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
    ),
    "S5 repeated names": (SDK_URL, DUPLICATES, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    "W1 WhatsApp": (WHATSAPP_URL, WHATSAPP_FORM, "57l9JvatJoqDVxJaqa0hGqds0zI="),
    "W1p signed with port": (
        WHATSAPP_URL.replace(".com", ".com:443"),
        WHATSAPP_FORM,
        "nIbPYkeEgFy5in0SzPr8kGtQ2ss=",
    ),
    "E1 empty value": (
        "https://odoo.example.com/x",
        {"Body": "", "A": "1"},
        "8fxGhBn512+MihvuOGkYI9EzaHs=",
    ),
    "E2 no empty value": (
        "https://odoo.example.com/x",
        {"A": "1"},
        "oFV+neX6ehyUwcC1qnV3CPBiRYA=",
    ),
}
JSON_VECTORS = {
    "S6": (SDK_BODY_URL, SDK_BODY, "a9nBmqA0ju/hNViExpshrM61xv4="),
    "J1": (CALL_BODY_URL, CALL_BODY, "hPXmLwIy3Fgqv1i9KPmH/HhQ6zo="),
}


def accepts(webhook, **account):
    try:
        signature.check_signature(
            webhook, make_account(**{"auth_token": TOKEN, **account})
        )
    except InvalidSignature:
        return False
    return True


def sign(url, params=None, key=TOKEN, algorithm=None):
    """Sign as Twilio's SDK does."""
    return RequestValidator(key).compute_signature(url, params, algorithm)


# -- published vectors ----------------------------------------------------------------


@pytest.mark.parametrize("url, pairs, sig", FORM_VECTORS.values(), ids=FORM_VECTORS)
def test_published_form_is_accepted(url, pairs, sig):
    assert accepts(form_webhook(pairs, url, sig))


@pytest.mark.parametrize("url, body, sig", JSON_VECTORS.values(), ids=JSON_VECTORS)
def test_published_json_is_accepted(url, body, sig):
    assert accepts(json_webhook(body, url, sig))


def test_published_shared_key_signature_is_accepted():
    sig = "qMztBq0IANMH/q0K9sCfKQJLylezvRdRzRS647SAVow="
    webhook = form_webhook(DOCS_FORM, DOCS_URL, sig, **{SETTINGS: SHARED})
    assert accepts(webhook, auth_token="other", shared_key=TOKEN)


# -- addresses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "known_as, signed_as",
    [
        ("https://h.example/x", "https://h.example:443/x"),
        ("https://h.example:443/x", "https://h.example/x"),
        ("http://h.example/x", "http://h.example:80/x"),
        ("https://h.example:8443/x", "https://h.example:8443/x"),
        ("https://h.example:8443/x", "https://h.example/x"),
        ("https://user:pw@h.example/x", "https://h.example/x"),
        ("https://user:pw@h.example/x", "https://user:pw@h.example/x"),
        ("https://user:pw@h.example:8443/x", "https://h.example:8443/x"),
        ("https://h.example/x/", "https://h.example/x/"),
        ("https://h.example/x?a=%C3%B1&b=", "https://h.example/x?a=%C3%B1&b="),
        ("https://h.example/x#rc=3", "https://h.example/x"),
        ("https://[::1]:8443/x", "https://[::1]:8443/x"),
        ("https://[::1]/x", "https://[::1]:443/x"),
        ("https://h.example", "https://h.example:443"),
    ],
)
def test_address_is_accepted_as_twilio_may_spell_it(known_as, signed_as):
    assert accepts(form_webhook(DOCS_FORM, known_as, sign(signed_as, DOCS_FORM)))


@pytest.mark.parametrize(
    "known_as, signed_as",
    [
        ("https://h.example/x", "http://h.example/x"),
        ("https://h.example/x", "https://h.example:8443/x"),
        ("https://h.example/x", "https://h.example/x/"),
        ("https://h.example/x", "https://h.example/X"),
        ("https://h.example/x?a=1", "https://h.example/x?a=2"),
        ("https://h.example/x?a=1&b=2", "https://h.example/x?b=2&a=1"),
        ("https://h.example/x?a=%c3", "https://h.example/x?a=%C3"),
        ("https://h.example/x", "https://evil.example/x"),
    ],
)
def test_another_address_is_refused(known_as, signed_as):
    assert not accepts(form_webhook(DOCS_FORM, known_as, sign(signed_as, DOCS_FORM)))


# -- bodies ---------------------------------------------------------------------------


def test_values_are_taken_from_the_exact_bytes():
    body = b"AccountSid=%41C1&Body=a+b%20c%2B&Raw=\xc3\xb1&Half=%F"
    pairs = {"AccountSid": "AC1", "Body": "a b c+", "Raw": "ñ", "Half": "%F"}
    headers = {**FORM, "x-twilio-signature": sign(URL, pairs)}
    assert accepts(WebhookRequest(method="POST", url=URL, headers=headers, body=body))


def test_bytes_that_are_no_text_are_told_apart():
    ours, others = b"A=%FF", b"A=%FE"
    sig = signature.compute(TOKEN, URL, [(b"A", b"\xff")])
    headers = {**FORM, "x-twilio-signature": sig}
    good = WebhookRequest(method="POST", url=URL, headers=headers, body=ours)
    bad = WebhookRequest(method="POST", url=URL, headers=headers, body=others)
    assert accepts(good)
    assert not accepts(bad)


def test_query_is_part_of_the_address_and_not_of_the_parameters():
    url = f"{URL}?ref=abc"
    assert accepts(form_webhook(DOCS_FORM, url, sign(url, DOCS_FORM)))
    merged = {**DOCS_FORM, "ref": "abc"}
    assert not accepts(form_webhook(DOCS_FORM, url, sign(url, merged)))


def test_get_is_signed_by_its_address_alone():
    url = f"{URL}?{urlencode(WHATSAPP_FORM)}"
    assert accepts(get_webhook(url, sign(url)))
    assert not accepts(get_webhook(url + "&Body=more", sign(url)))


def test_json_without_a_hash_of_its_body_is_refused():
    assert not accepts(json_webhook(b"{}", URL, sign(URL)))


def test_form_under_another_content_type_is_refused():
    webhook = form_webhook(DOCS_FORM, URL, sign(URL, DOCS_FORM))
    for content_type in ("multipart/form-data; boundary=x", "text/plain", ""):
        headers = {**webhook.headers, "content-type": content_type}
        other = WebhookRequest(
            method="POST", url=URL, headers=headers, body=webhook.body
        )
        assert not accepts(other)


# -- secrets --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "secrets",
    [
        {"auth_token": ""},
        {"auth_token": "", "previous_auth_token": "old"},
        {"auth_token": "", "api_key_sid": "SK1", "api_key_secret": "secret"},
    ],
)
@pytest.mark.parametrize("key", ["", "old", "secret"])
def test_without_an_auth_token_nothing_is_accepted(secrets, key):
    sig = sign(DOCS_URL, DOCS_FORM, key=key)
    assert not accepts(form_webhook(DOCS_FORM, DOCS_URL, sig), **secrets)


def test_secret_of_the_api_key_signs_nothing():
    sig = sign(DOCS_URL, DOCS_FORM, key="secret")
    webhook = form_webhook(DOCS_FORM, DOCS_URL, sig)
    assert not accepts(webhook, api_key_sid="SK1", api_key_secret="secret")


@pytest.mark.parametrize("key", ["", TOKEN])
def test_request_may_not_choose_a_shared_key_that_is_not_configured(key):
    sig = sign(DOCS_URL, DOCS_FORM, key, "HMAC_SHA256")
    webhook = form_webhook(DOCS_FORM, DOCS_URL, sig, **{SETTINGS: SHARED})
    assert not accepts(webhook)
    assert not accepts(webhook, shared_key="another")


def test_shared_key_does_not_shut_out_the_auth_token():
    webhook = form_webhook(DOCS_FORM, DOCS_URL, sign(DOCS_URL, DOCS_FORM))
    assert accepts(webhook, shared_key="shared")


@pytest.mark.parametrize("algorithm", ["HMAC_MD5", "NONE", "HMAC_SHA512"])
def test_other_algorithms_of_a_shared_key_are_refused(algorithm):
    settings = {SETTINGS: f"key=k,algorithm={algorithm}"}
    for sig in ("", sign(DOCS_URL, DOCS_FORM), sign(DOCS_URL, DOCS_FORM, "shared")):
        webhook = form_webhook(DOCS_FORM, DOCS_URL, sig, **settings)
        assert not accepts(webhook, shared_key="shared")


def test_shared_key_alone_is_enough():
    sig = sign(DOCS_URL, DOCS_FORM, "shared", "HMAC_SHA256")
    webhook = form_webhook(DOCS_FORM, DOCS_URL, sig, **{SETTINGS: SHARED})
    assert accepts(webhook, auth_token="", shared_key="shared")


def test_comparison_takes_constant_time(monkeypatch):
    """Every variant is compared, by the function made for it, matching or not."""
    compared = []
    original = signature.hmac.compare_digest
    monkeypatch.setattr(
        signature.hmac,
        "compare_digest",
        lambda a, b: compared.append((a, b)) or original(a, b),
    )
    assert accepts(form_webhook(DOCS_FORM, DOCS_URL, sign(DOCS_URL, DOCS_FORM)))
    assert not accepts(form_webhook(DOCS_FORM, DOCS_URL, "wrong"))
    assert len(compared) == 2 * len(signature.url_variants(DOCS_URL))


# -- accounts -------------------------------------------------------------------------


def verifies(webhook):
    try:
        signature.verify(webhook, make_account(auth_token=TOKEN))
    except InvalidSignature:
        return False
    return True


def test_form_must_be_for_this_account():
    for sid, expected in ((SID, True), ("AC" + "1" * 32, False), (None, False)):
        pairs = {**WHATSAPP_FORM, "AccountSid": sid}
        pairs = {name: value for name, value in pairs.items() if value}
        webhook = form_webhook(pairs, URL, sign(URL, pairs))
        assert verifies(webhook) is expected


def test_get_must_be_for_this_account():
    for sid, expected in ((SID, True), ("AC" + "1" * 32, False)):
        url = f"{URL}?{urlencode({**WHATSAPP_FORM, 'AccountSid': sid})}"
        assert verifies(get_webhook(url, sign(url))) is expected


def test_events_must_be_for_this_account():
    for sid, expected in ((SID, True), ("AC" + "1" * 32, False), (None, True)):
        body = json.dumps([{"type": "t", "data": {"accountSid": sid}}]).encode()
        url = f"{URL}?bodySHA256={hashlib.sha256(body).hexdigest()}"
        assert verifies(json_webhook(body, url, sign(url))) is expected


# -- against Twilio's own SDK ---------------------------------------------------------

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", " ", "+", "&", "=", "%", "%20", "\x00", "😀", "\r\n"]
)
NAMES = TEXT | st.sampled_from(["AccountSid", "Body", "From", "To", "body"])
PAIRS = st.lists(st.tuples(NAMES, TEXT), max_size=8)
HOSTS = st.sampled_from(
    ["example.com", "a-b.example.com", "10.0.0.1", "localhost", "xn--ls8h.example"]
)
PORTS = st.sampled_from(["", ":80", ":443", ":8069", ":1"])
PATHS = st.lists(TEXT.map(quote), max_size=3).map("/".join)
QUERIES = st.none() | PAIRS.map(urlencode)


@st.composite
def urls(draw):
    scheme, host = draw(st.sampled_from(["https", "http"])), draw(HOSTS)
    url = f"{scheme}://{host}{draw(PORTS)}/{draw(PATHS)}"
    query = draw(QUERIES)
    return f"{url}?{query}" if query else url


@given(url=urls(), pairs=PAIRS, key=st.text("abc0123456789ñ", min_size=1))
@example(url="https://h/x", pairs=[("a", "1"), ("a", ""), ("a", "1")], key="k")
@example(url="https://h/x", pairs=[("Z", "1"), ("a", "1"), ("é", "1")], key="k")
def test_what_the_sdk_signs_is_accepted(url, pairs, key):
    for algorithm in (None, "HMAC_SHA256"):
        sig = sign(url, MultiDict(pairs), key, algorithm)
        headers = {SETTINGS: SHARED} if algorithm else {}
        webhook = form_webhook(pairs, url, sig, **headers)
        assert accepts(webhook, auth_token=key, shared_key=key)


@given(url=urls(), pairs=PAIRS, other=PAIRS)
def test_verdict_on_another_form_is_the_sdks(url, pairs, other):
    """Equal for any two forms; nothing separates a name from a value in this scheme,
    so a few different ones do have the same signature."""
    sig = sign(url, MultiDict(pairs))
    verdict = RequestValidator(TOKEN).validate(url, MultiDict(other), sig)
    assert accepts(form_webhook(other, url, sig)) == verdict


@given(url=urls(), other=urls(), pairs=PAIRS)
def test_verdict_on_another_address_is_the_sdks(url, other, pairs):
    sig = sign(url, MultiDict(pairs))
    verdict = RequestValidator(TOKEN).validate(other, MultiDict(pairs), sig)
    assert accepts(form_webhook(pairs, other, sig)) == verdict


@given(url=urls(), body=st.text(max_size=50), flip=st.booleans())
def test_verdict_on_a_json_body_is_the_sdks(url, body, flip):
    digest = hashlib.sha256(body.encode(errors="replace")).hexdigest()
    url += ("&" if "?" in url else "?") + f"bodySHA256={digest}"
    sig = sign(url)
    sent = body + " " if flip else body
    verdict = RequestValidator(TOKEN).validate(url, sent, sig)
    webhook = json_webhook(sent.encode(errors="replace"), url, sig)
    assert accepts(webhook) == verdict


@given(pairs=PAIRS, position=st.integers(0, 10_000), byte=st.integers(1, 255))
def test_verdict_on_a_changed_byte_is_the_sdks(pairs, position, byte):
    """Bytes that are no text can't be what was signed."""
    sig = sign(URL, MultiDict(pairs))
    webhook = form_webhook(pairs, URL, sig)
    body = bytearray(webhook.body or b"a=1")
    body[position % len(body)] ^= byte
    changed = WebhookRequest(
        method="POST", url=URL, headers=webhook.headers, body=bytes(body)
    )
    try:
        text = bytes(body).decode()
        read = parse_qsl(text, keep_blank_values=True, errors="strict")
        verdict = RequestValidator(TOKEN).validate(URL, MultiDict(read), sig)
    except UnicodeDecodeError:
        verdict = False
    assert accepts(changed) == verdict
