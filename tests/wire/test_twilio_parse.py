"""What Twilio's webhooks say, one fixture a kind."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio_kit import (
    FIXTURES,
    FORM,
    JSON,
    SID,
    URL,
    fixture_webhook,
    form_webhook,
    get_webhook,
    json_webhook,
    read_fixture,
)

from odoo.addons.whatsapp_connector.wire.items import (
    KINDS,
    STATUSES,
    Choice,
    InboundMessage,
    Location,
    Media,
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

OURS = "whatsapp:+34931234567"
NURIA = Person(number="+34600111222", wa_id="34600111222", name="Núria 🌻")
NURIA_ID = "ES.4480491918930694"
QUOTED = f"SM{99:032x}"


def media(number, mimetype, index=0, **values):
    url = (
        f"https://api.twilio.com/2010-04-01/Accounts/{SID}"
        f"/Messages/MM{number:032x}/Media/ME{index + 1:032x}"
    )
    return Media(url=url, mimetype=mimetype, **values)


def inbound(number, kind="text", prefix="SM", **values):
    return InboundMessage(
        **{
            "number_id": OURS,
            "message_id": f"{prefix}{number:032x}",
            "person": NURIA,
            "kind": kind,
            **values,
        }
    )


def with_file(number, kind, *files, **values):
    return inbound(number, kind, "MM", media=files, **values)


INBOUND = {
    "text": inbound(1, text="Hola, no em funciona la *factura*\nGràcies"),
    "text_brazil": inbound(
        2,
        text="Oi",
        person=replace(NURIA, number="+5511900000001", wa_id="551190000001"),
    ),
    "text_of_service": inbound(3, text="Hola"),
    "text_with_user_id": inbound(
        4, text="Hola", person=replace(NURIA, user_id=NURIA_ID)
    ),
    "text_without_number": inbound(
        5, text="Hola", person=Person(user_id=NURIA_ID, name="Núria 🌻")
    ),
    "text_quoting": inbound(6, text="Sí, aquesta", quoted_id=QUOTED),
    "text_forwarded": inbound(7, text="Mireu això", forwarded=True),
    "text_forwarded_often": inbound(8, text="Mireu això", forwarded=True),
    "text_from_advertisement": inbound(
        9,
        text="M'interessa",
        referral={
            "body": "Rebaixes",
            "headline": "Tot a meitat de preu",
            "source_id": "120200000000",
            "source_type": "ad",
            "source_url": "https://fb.me/abc",
            "media_content_type": "image/jpeg",
            "ctwa_clid": "ARAkLkA8",
        },
    ),
    "text_help": inbound(12, text="HELP"),
    "image": with_file(0x14, "image", media(0x14, "image/jpeg"), text="La pantalla"),
    "images": with_file(
        0x15, "image", media(0x15, "image/jpeg"), media(0x15, "image/png", 1)
    ),
    "video": with_file(0x16, "video", media(0x16, "video/mp4"), text="Mira"),
    "audio": with_file(0x17, "audio", media(0x17, "audio/mpeg")),
    "voice": with_file(0x18, "voice", media(0x18, "audio/ogg", voice=True)),
    "document": with_file(
        0x19,
        "document",
        media(0x19, "application/pdf", filename="Factura març.pdf"),
    ),
    "document_with_caption": with_file(
        0x1A,
        "document",
        media(0x1A, "application/pdf"),
        text="La factura de març. És correcta?",
    ),
    "sticker": with_file(0x1B, "sticker", media(0x1B, "image/webp")),
    "contact_card": with_file(0x1C, "contacts", media(0x1C, "text/vcard")),
    "media_without_address": inbound(0x1D, "unsupported", "MM", text="La pantalla"),
    "location": inbound(
        30,
        "location",
        location=Location(
            latitude=41.4036299,
            longitude=2.1743558,
            name="Sagrada Família",
            address="C/ de Mallorca, 401, Barcelona",
        ),
    ),
    "location_bare": inbound(
        31, "location", location=Location(latitude=-34.6, longitude=-58.4)
    ),
    "location_impossible": inbound(32, "unsupported"),
    "button_reply": inbound(
        40,
        "button_reply",
        text="Sí",
        choice=Choice(title="Sí", payload="confirm-7"),
        quoted_id=QUOTED,
    ),
    "button_of_template": inbound(
        41,
        "button_reply",
        text="Llegir",
        choice=Choice(title="Llegir", payload="Llegir"),
    ),
    "list_reply": inbound(
        42,
        "list_reply",
        text="Dimarts",
        choice=Choice(title="Dimarts", payload="slot-2", description="de 9 a 11"),
        quoted_id=QUOTED,
    ),
    "flow_reply": inbound(43, "unsupported", quoted_id=QUOTED),
    "reaction": inbound(44, "unsupported", text="👍"),
    "order": inbound(45, "unsupported"),
    "fallback": inbound(47, text="Hola"),
}


def status(word, person=None, **values):
    return StatusUpdate(
        status=word,
        message_id=f"SM{50:032x}",
        reference="our-ref_1",
        number_id=OURS,
        person=person or Person(number="+34600111222", wa_id="34600111222"),
        **values,
    )


STATUS_FIXTURES = {
    "status_queued": status("queued"),
    "status_sending": status("queued"),
    "status_sent": status("sent"),
    "status_delivered": status(
        "delivered",
        Person(number="+34600111222", wa_id="34600111222", user_id=NURIA_ID),
    ),
    "status_read": status("read"),
    "status_unfamiliar": status("partially_delivered"),
}
# Fixture: code, scope and Twilio's own words of the failure.
FAILURES = {
    "status_undelivered": (
        "63016",
        "window",
        "Message failed to send because more than 24 hours have passed",
    ),
    "status_failed": ("63024", "contact", "Invalid message recipient"),
    "status_failed_unfamiliar": ("69999", "message", "Something new"),
    "status_failed_silently": ("failed", "message", None),
    "status_canceled": ("canceled", "message", None),
}
OTHERS = {"text_stop", "text_start", "sms", "debugger"}


def test_every_fixture_is_tested():
    tested = {*INBOUND, *STATUS_FIXTURES, *FAILURES, *OTHERS}
    assert {path.stem for path in FIXTURES.glob("*.form")} == tested


@pytest.mark.parametrize("name", INBOUND)
def test_inbound_message(name):
    assert parse(fixture_webhook(name)) == [INBOUND[name]]


@pytest.mark.parametrize("name", INBOUND)
def test_inbound_message_by_get(name):
    """Where an administrator has chosen GET, all of it is in the query."""
    url = f"{URL}?{urlencode(read_fixture(name))}"
    assert parse(get_webhook(url)) == [INBOUND[name]]


@pytest.mark.parametrize("name", STATUS_FIXTURES)
def test_status(name):
    webhook = fixture_webhook(name, url=f"{URL}?ref=our-ref_1")
    assert parse(webhook) == [STATUS_FIXTURES[name]]


@pytest.mark.parametrize("name", FAILURES)
def test_status_of_a_failure_tells_why(name):
    code, scope, words = FAILURES[name]
    [update] = parse(fixture_webhook(name, url=f"{URL}?ref=our-ref_1"))
    assert replace(update, failure=None) == status("failed")
    failure = update.failure
    assert (failure.code, failure.scope, failure.detail) == (code, scope, words)
    assert ("cancelled" in failure.sentence) == (name == "status_canceled")


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
    assert parse(get_webhook(f"{URL}?{urlencode(pairs)}")) == [status("sent")]


def test_reference_in_the_form_is_not_ours():
    [update] = parse(fixture_webhook("status_sent", ref="made-up"))
    assert update.reference is None


@pytest.mark.parametrize(
    "name, number, consent",
    [("text_stop", 10, "out"), ("text_start", 11, "in"), ("text_help", 12, None)],
)
def test_message_tells_what_twilio_took_for_a_keyword_and_answered(
    name, number, consent
):
    [message] = parse(fixture_webhook(name))
    text = dict(read_fixture(name))["Body"]
    assert message == inbound(number, text=text, consent=consent)


def test_message_of_another_channel_is_kept_as_unknown():
    [item] = parse(fixture_webhook("sms"))
    assert isinstance(item, Unknown)


def test_other_notices_of_twilio_are_kept_as_unknown():
    [item] = parse(fixture_webhook("debugger"))
    assert item == Unknown(
        what="AccountSid, Level, ParentAccountSid, Payload, PayloadType, Sid, Timestamp"
    )


def test_new_parameters_change_nothing():
    webhook = fixture_webhook("text", SomethingNew="1", Zodiac="♌")
    assert parse(webhook) == [INBOUND["text"]]


def test_message_type_is_not_needed():
    for name in ("text", "image", "location", "button_reply"):
        assert parse(fixture_webhook(name, MessageType=None)) == [INBOUND[name]]


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

NAMES = sorted(
    {name for path in FIXTURES.glob("*.form") for name, _ in read_fixture(path.stem)}
)
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


@given(data=st.data(), name=st.sampled_from(sorted(p.stem for p in FIXTURES.glob("*"))))
def test_mutated_webhooks_are_items_or_malformed(data, name):
    body = bytearray(fixture_webhook(name).body)
    for _ in range(data.draw(st.integers(1, 6))):
        start = data.draw(st.integers(0, len(body) - 1))
        length = data.draw(st.integers(0, 8))
        body[start : start + length] = data.draw(st.binary(max_size=8))
        body = body or bytearray(b"&")
    check(WebhookRequest(method="POST", url=URL, headers=FORM, body=bytes(body)))


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
