"""What is particular to Twilio's webhooks: forms, by POST or GET."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio_kit import (
    FORM,
    JSON,
    URL,
    WIRE,
    fixture_webhook,
    form_webhook,
    get_webhook,
    json_webhook,
    read_fixture,
)

from odoo.addons.whatsapp_connector.wire.items import (
    KINDS,
    STATUSES,
    InboundMessage,
    Person,
    StatusUpdate,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.webhook import (
    MalformedEvent,
    WebhookRequest,
)
from odoo.addons.whatsapp_connector_twilio.wire.errors import ERRORS
from odoo.addons.whatsapp_connector_twilio.wire.parse import parse

NURIA = Person(number="+34600111222", wa_id="34600111222", name="Núria 🌻")
FORMS = sorted(name for name in WIRE.fixtures if WIRE.is_form(name))
INBOUND = [name for name in FORMS if not name.startswith("status_")]


def expected(name):
    return list(WIRE.events[name].items)


@pytest.mark.parametrize("name", INBOUND)
def test_inbound_message_by_get(name):
    """Where an administrator has chosen GET, all of it is in the query."""
    url = f"{URL}?{urlencode(read_fixture(name))}"
    assert parse(get_webhook(url)) == expected(name)


@pytest.mark.parametrize("code", ERRORS.meanings)
def test_every_code_of_a_status_has_its_sentence(code):
    [update] = parse(fixture_webhook("status_undelivered", ErrorCode=code))
    meaning = ERRORS.meanings[code]
    assert (update.failure.code, update.failure.scope, update.failure.sentence) == (
        code,
        meaning.scope,
        meaning.sentence,
    )


def test_code_that_only_informs_is_no_failure():
    [update] = parse(fixture_webhook("status_undelivered", ErrorCode="63037"))
    assert update.failure is None


def test_status_without_our_reference_is_known_by_its_sid():
    for url in (URL, f"{URL}?ref=", f"{URL}?other=1"):
        [update] = parse(fixture_webhook("status_sent", url=url))
        assert update.reference is None
        assert update.message_id == f"SM{50:032x}"


def test_status_by_get_has_the_reference_too():
    pairs = [("ref", "our-ref_1"), *read_fixture("status_sent")]
    assert parse(get_webhook(f"{URL}?{urlencode(pairs)}")) == expected("status_sent")


def test_reference_in_the_form_is_not_ours():
    [update] = parse(fixture_webhook("status_sent", ref="made-up"))
    assert update.reference is None


def test_new_parameters_change_nothing():
    webhook = fixture_webhook("text", SomethingNew="1", Zodiac="♌")
    assert parse(webhook) == expected("text")


def test_message_type_is_not_needed():
    for name in ("text", "image", "location", "button_reply"):
        assert parse(fixture_webhook(name, MessageType=None)) == expected(name)


@pytest.mark.parametrize(
    "mimetype, kind",
    [
        ("image/jpeg", "image"),
        ("IMAGE/PNG", "image"),
        ("image/webp", "sticker"),
        ("video/3gpp", "video"),
        ("audio/amr", "audio"),
        ("audio/ogg; codecs=opus", "voice"),
        ("text/x-vcard", "contacts"),
        ("text/vcard; charset=utf-8", "contacts"),
        ("text/plain", "document"),
        ("application/octet-stream", "document"),
        ("", "document"),
        ("nonsense", "document"),
    ],
)
def test_kind_of_a_file_is_told_by_its_type(mimetype, kind):
    [message] = parse(fixture_webhook("image", MediaContentType0=mimetype))
    assert message.kind == kind


@pytest.mark.parametrize(
    "address, number, wa_id, user_id",
    [
        ("whatsapp:+34600111222", "+34600111222", "34600111222", None),
        ("whatsapp:34600111222", None, None, None),
        ("whatsapp:+0600", None, None, None),
        ("whatsapp:+٣٤٦٠٠١١١٢٢٢", None, None, None),
        ("whatsapp:ES.44804919", None, None, "ES.44804919"),
        (
            "whatsapp:US.ENT.11815799212886844830",
            None,
            None,
            "US.ENT.11815799212886844830",
        ),
        ("whatsapp:", None, None, None),
    ],
)
def test_number_is_never_invented(address, number, wa_id, user_id):
    webhook = fixture_webhook("status_sent", To=address)
    [update] = parse(webhook)
    assert update.person == Person(number=number, wa_id=wa_id, user_id=user_id)


def test_number_of_the_sender_may_be_known_by_wa_id_alone():
    webhook = fixture_webhook("text", From="whatsapp:hidden", WaId="34600111222")
    [message] = parse(webhook)
    assert message.person == replace(NURIA, number=None)


@pytest.mark.parametrize(
    "changes",
    [
        {"MessageSid": "", "SmsSid": ""},
        {"MessageSid": "SM 1"},
        {"MessageSid": "S" * 65},
        {"From": None},
        {"To": ""},
        {"From": "whatsapp:somebody", "WaId": None},
    ],
)
def test_message_that_lacks_what_twilio_always_sends_is_malformed(changes):
    with pytest.raises(MalformedEvent):
        parse(fixture_webhook("text", **changes))


@pytest.mark.parametrize("body", [b"", b"&&&"])
def test_empty_form_is_malformed(body):
    with pytest.raises(MalformedEvent):
        parse(WebhookRequest(method="POST", url=URL, headers=FORM, body=body))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"1", b'"x"', b"[1]", b"[" * 100_000, b"\xff\xfe", b"9" * 9999]
)
def test_json_that_is_no_event_is_malformed(body):
    with pytest.raises(MalformedEvent):
        parse(json_webhook(body))


def test_events_are_kept_as_unknown_by_their_type():
    events = [{"type": "com.twilio.messaging.template.approval.updated"}, {"data": {}}]
    assert parse(json_webhook(json.dumps(events).encode())) == [
        Unknown(what="com.twilio.messaging.template.approval.updated"),
        Unknown(what="JSON"),
    ]


def test_text_in_no_encoding_is_kept_as_far_as_it_can_be_read():
    webhook = fixture_webhook("text")
    body = webhook.body.replace(b"Body=Hola", b"Body=Hola%FF\xfe")
    [message] = parse(replace(webhook, body=body))
    assert message.text.startswith("Hola\ufffd\ufffd")


# -- anything at all ------------------------------------------------------------------

NAMES = sorted({name for fixture in FORMS for name, _ in read_fixture(fixture)})
CONTENT_TYPES = st.sampled_from([FORM, JSON, {}, {"content-type": ";"}])


def check(webhook):
    """Parsing gives items of the base's words, or says that it's malformed."""
    try:
        items = parse(webhook)
    except MalformedEvent as error:
        assert str(error)
        return
    assert items
    for item in items:
        if isinstance(item, InboundMessage):
            assert item.kind in KINDS
            assert item.number_id and item.message_id
            assert item.person.number or item.person.wa_id or item.person.user_id
            assert (item.kind == "location") == bool(item.location)
        elif isinstance(item, StatusUpdate):
            assert item.message_id and item.status
            assert item.status in STATUSES or item.failure is None


@given(
    method=st.sampled_from(["GET", "POST", "PUT"]),
    headers=CONTENT_TYPES,
    query=st.text(max_size=30),
    body=st.binary(max_size=200),
)
def test_arbitrary_bytes_are_items_or_malformed(method, headers, query, body):
    check(
        WebhookRequest(method=method, url=f"{URL}?{query}", headers=headers, body=body)
    )


@given(
    values=st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20), max_size=20)
)
def test_arbitrary_values_are_items_or_malformed(values):
    check(form_webhook(values))


@given(
    payload=st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_arbitrary_json_is_items_or_malformed(payload):
    if payload == []:
        return
    check(json_webhook(json.dumps(payload).encode()))
