"""JSON of providers: what isn't as documented counts as missing, and nothing raises."""

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.wire import values
from odoo.addons.whatsapp_connector.wire.items import Location
from odoo.addons.whatsapp_connector.wire.webhook import MalformedEvent, WebhookRequest

NOON = datetime(2025, 6, 15, 12, 0, 0, 500000, timezone.utc)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(value=JSON)
def test_nothing_raises(value):
    assert isinstance(values.as_dict(value), dict)
    assert isinstance(values.as_list(value), list)
    assert all(isinstance(each, dict) for each in values.as_dicts(value))
    values.as_text(value).encode()
    for read in (values.as_number, values.as_moment, values.as_e164, values.as_user_id):
        read(value)
    values.as_location(value, value, name=value)


@pytest.mark.parametrize(
    "value, text",
    [
        ("Bon dia 👍", "Bon dia 👍"),
        ("a\0b\ud800", "ab?"),
        (1234567890123456, "1234567890123456"),
        (10**50, ""),
        (True, ""),
        (1.5, ""),
        (None, ""),
    ],
)
def test_text(value, text):
    assert values.as_text(value) == text


@pytest.mark.parametrize(
    "value, number",
    [(7, 7), ("7.5", 7.5), ("inf", None), ("nan", None), (True, None), ([], None)],
)
def test_number(value, number):
    assert values.as_number(value) == number


@pytest.mark.parametrize(
    "value, moment",
    [
        ("2025-06-15T12:00:00.5Z", NOON),
        ("2025-06-15T12:00:00.500000999Z", NOON),
        ("2025-06-15T14:00:00.5+02:00", NOON),
        (1749988800.5, NOON),
        ("1749988800.5", NOON),
        ("2025-06-15T12:00:00", None),
        ("yesterday", None),
        (0, None),
        (10**20, None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_moment_is_aware_utc(value, moment):
    read = values.as_moment(value)
    assert read == moment
    assert read is None or read.tzinfo is timezone.utc


@pytest.mark.parametrize(
    "value, number",
    [
        ("+34600111222", "+34600111222"),
        ("34600111222", "+34600111222"),
        (34600111222, "+34600111222"),
        ("0034600111222", None),
        ("CO.4480491918930694", None),
        ("12345", None),
    ],
)
def test_phone_number(value, number):
    assert values.as_e164(value) == number


@pytest.mark.parametrize("value", ["ES.", "es.1", "ESP.1", "ES.1/2", 7, None])
def test_what_is_no_user_id(value):
    assert values.as_user_id(value) is None


def test_location():
    assert values.as_location("41.4", 2, name="Casa", url="") == Location(
        latitude=41.4, longitude=2, name="Casa"
    )
    assert values.as_location(91, 2) is None
    assert values.as_location(41, None) is None


def test_body_that_is_an_object():
    assert WebhookRequest(method="POST", url="", body=b'{"a": 1}').read_object() == {
        "a": 1
    }


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"{", b"\xff", b"[" * 100000])
def test_other_bodies_are_malformed(body):
    with pytest.raises(MalformedEvent):
        WebhookRequest(method="POST", url="", body=body).read_object()
