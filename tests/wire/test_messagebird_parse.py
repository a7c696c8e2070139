"""What MessageBird's and Bird's webhooks say, one fixture a kind."""

import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messagebird_kit import (
    BIRD_CHANNEL,
    CHANNEL,
    GENERATIONS,
    MESSAGE_ID,
    NURIA,
    NURIA_ID,
    REFERENCE,
    URL,
    WORKSPACE,
    bird_id,
    fixture_names,
    make_webhook,
    read_fixture,
)

from odoo.addons.whatsapp_connector.wire.items import (
    KINDS,
    STATUSES,
    Choice,
    Echo,
    InboundMessage,
    Location,
    Media,
    OrderLine,
    Person,
    StatusUpdate,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.webhook import MalformedEvent
from odoo.addons.whatsapp_connector_messagebird.wire import bird, conversations

WIRES = {"conversations": conversations, "bird": bird}
NO_NAME = replace(NURIA, name=None)
BSUID_ONLY = Person(user_id=NURIA_ID, name="Núria 🌻")


def parse(generation, name, url=URL, **message):
    body = read_fixture(generation, name)
    key = "payload" if generation == "bird" else "message"
    body[key] = {**body.get(key, {}), **message}
    return WIRES[generation].parse(make_webhook(body, url=url))


# -- MessageBird Conversations ---------------------------------------------------------


def inbound(number, kind="text", **values):
    known = {
        "number_id": CHANNEL,
        "message_id": f"{number:032x}",
        "person": NURIA,
        "kind": kind,
        "sent_at": datetime(2026, 5, 11, 8, 47, 45, 123456, timezone.utc),
    }
    return InboundMessage(**{**known, **values})


def file(number):
    part = f"{number:08d}-0000-4000-8000-000000000000"
    return Media(url=f"https://media.messagebird.com/v1/media/{part}")


CONVERSATIONS = {
    "text": inbound(1, text="Hola, no em funciona la *factura*\nGràcies"),
    "text_brazil": inbound(
        2,
        text="Oi",
        person=replace(NURIA, number="+551190000001", wa_id="551190000001"),
    ),
    "text_without_number": inbound(3, text="Hola", person=BSUID_ONLY),
    "text_without_name": inbound(4, text="Hola", person=NO_NAME),
    "text_quoting": inbound(5, text="Sí, aquesta", quoted_id="f" * 32),
    "text_about_product": inbound(
        6,
        text="En teniu?",
        referral={"catalog_id": "C1", "product_retailer_id": "SKU-1"},
    ),
    "text_of_sandbox": inbound(7, text="Hola"),
    "image": inbound(8, "image", text="La pantalla", media=(file(1),)),
    "video": inbound(9, "video", media=(file(2),)),
    "audio": inbound(10, "audio", media=(file(3),)),
    "document": inbound(11, "document", text="La factura", media=(file(4),)),
    "sticker": inbound(12, "sticker", media=(file(5),)),
    "location": inbound(
        13, "location", location=Location(latitude=41.3851, longitude=2.1734)
    ),
    "location_impossible": inbound(14, "unsupported"),
    "button_reply": inbound(
        15, "button_reply", text="Sí", choice=Choice(title="Sí", payload="yes")
    ),
    "list_reply": inbound(
        16,
        "list_reply",
        text="Demà",
        choice=Choice(title="Demà", payload="row-2", description="De 9 a 13 h"),
    ),
    "button_of_template": inbound(
        17, "button_reply", text="Llegit", choice=Choice(title="Llegit", payload="read")
    ),
    "order": inbound(
        18,
        "order",
        text="Per demà",
        order=(OrderLine(product="SKU-1", quantity=2, price=9.5, currency="EUR"),),
    ),
    "image_without_address": inbound(19, "unsupported"),
    "email": inbound(20, "unsupported"),
}

# -- Bird Channels ---------------------------------------------------------------------


def bird_inbound(number, kind="text", **values):
    known = {
        "number_id": BIRD_CHANNEL,
        "message_id": bird_id(number),
        "person": NURIA,
        "kind": kind,
        "sent_at": datetime(2026, 5, 11, 8, 47, 45, tzinfo=timezone.utc),
    }
    return InboundMessage(**{**known, **values})


def bird_file(number, mimetype=None, **values):
    message = bird_id(number)
    path = f"workspaces/{WORKSPACE}/messages/{message}/media/{message}"
    url = f"https://media.nest.messagebird.com/{path}"
    return Media(url=url, mimetype=mimetype, **values)


HELLO = "Hola, no em funciona la *factura*"
BIRD = {
    "text": bird_inbound(1, text=HELLO),
    "text_with_user_id": bird_inbound(
        2, text=HELLO, person=replace(NURIA, user_id=NURIA_ID, username="nuria")
    ),
    "text_without_number": bird_inbound(3, text=HELLO, person=BSUID_ONLY),
    "text_mexico": bird_inbound(
        4,
        text=HELLO,
        person=replace(NURIA, number="+5215512345678", wa_id="5215512345678"),
    ),
    "text_quoting": bird_inbound(5, text=HELLO, quoted_id=bird_id(0xFFF)),
    "text_without_meta": bird_inbound(
        6,
        text=HELLO,
        sent_at=datetime(2026, 5, 11, 8, 47, 45, 736000, timezone.utc),
    ),
    "image": bird_inbound(7, "image", text="La pantalla", media=(bird_file(1),)),
    "images": bird_inbound(
        8, "image", media=(bird_file(2, "image/jpeg"), bird_file(3, "image/png"))
    ),
    "sticker": bird_inbound(9, "sticker", media=(bird_file(4, "image/webp"),)),
    "document": bird_inbound(
        10,
        "document",
        media=(bird_file(5, "application/pdf", filename="Factura març.pdf"),),
    ),
    "video": bird_inbound(11, "video", media=(bird_file(6, "video/mp4"),)),
    "voice": bird_inbound(12, "voice", media=(bird_file(7, "audio/ogg", voice=True),)),
    "audio": bird_inbound(13, "audio", media=(bird_file(8, "audio/mpeg"),)),
    "location": bird_inbound(
        14,
        "location",
        location=Location(
            latitude=41.3851,
            longitude=2.1734,
            name="La botiga",
            address="Plaça de Catalunya, Barcelona",
        ),
    ),
    "button_reply": bird_inbound(
        15,
        "button_reply",
        text="Sí",
        choice=Choice(title="Sí", payload="yes"),
        quoted_id=bird_id(0xFFF),
    ),
    "carousel": bird_inbound(16, "unsupported"),
}

INBOUND = [
    (generation, name, expected)
    for generation, fixtures in (("conversations", CONVERSATIONS), ("bird", BIRD))
    for name, expected in fixtures.items()
]


@pytest.mark.parametrize(("generation", "name", "expected"), INBOUND)
def test_message_reads_as_it_was_sent(generation, name, expected):
    [message] = parse(generation, name)
    assert message == expected
    assert message.kind in KINDS


# -- statuses --------------------------------------------------------------------------

STATUS = {
    "conversations": {
        "status_accepted": "queued",
        "status_pending": "queued",
        "status_transmitted": "sent",
        "status_sent": "sent",
        "status_delivered": "delivered",
        "status_read": "read",
        "status_rejected": "failed",
        "status_failed": "failed",
        "status_failed_unfamiliar": "failed",
        "status_expired": "failed",
        "status_deleted": "failed",
        "status_out_of_bounded": "failed",
        "status_unfamiliar": "unfamiliar",
        "created_by_us": "queued",
    },
    "bird": {
        "status_accepted": "queued",
        "status_processing": "queued",
        "status_sent": "sent",
        "status_delivered": "delivered",
        "status_read": "read",
        "status_rejected": "failed",
        "status_skipped": "failed",
        "status_deleted": "failed",
        "status_delivery_failed": "failed",
        "status_sending_failed": "failed",
        "status_unfamiliar": "unfamiliar",
        "interaction_opened": "read",
        "interaction_clicked": "read",
    },
}


@pytest.mark.parametrize(
    ("generation", "name", "status"),
    [(g, name, status) for g in STATUS for name, status in STATUS[g].items()],
)
def test_status_finds_its_message_and_says_what_became_of_it(generation, name, status):
    [update] = parse(generation, name)
    known = MESSAGE_ID if generation == "conversations" else bird_id(0xABC)
    assert (update.message_id, update.reference) == (known, REFERENCE)
    assert update.status == status
    assert (update.failure is not None) == (status == "failed")
    assert update.at.tzinfo is timezone.utc


@pytest.mark.parametrize(
    ("generation", "name", "code", "scope", "words"),
    [
        ("conversations", "status_failed", "131047", "window", "Re-engagement"),
        ("conversations", "status_failed_unfamiliar", "302", "contact", "131026"),
        ("conversations", "status_out_of_bounded", "out_of_bounded", "window", None),
        ("conversations", "status_expired", "expired", "message", None),
        ("conversations", "status_rejected", "rejected", "message", None),
        ("bird", "status_delivery_failed", "131047", "window", "Re-engagement"),
        ("bird", "status_sending_failed", "402", "message", "no balance accounting"),
    ],
)
def test_failure_tells_whom_it_concerns(generation, name, code, scope, words):
    failure = parse(generation, name)[0].failure
    assert (failure.code, failure.scope) == (code, scope)
    assert (words or "") in (failure.detail or "")
    assert failure.sentence.endswith(".")


def test_status_address_of_a_message_carries_our_reference():
    body = read_fixture("conversations", "status_delivered")
    del body["message"]["trackId"]
    [update] = conversations.parse(make_webhook(body, url=f"{URL}?ref=r9"))
    assert update.reference == "r9"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_reference_of_another_program_is_none_of_ours(generation):
    field = {"conversations": "trackId", "bird": "reference"}[generation]
    assert parse(generation, "status_sent", **{field: "crm-1"})[-1].reference is None


@pytest.mark.parametrize(
    ("generation", "name"),
    [
        ("conversations", "created_by_others"),
        ("conversations", "template_by_others"),
        ("bird", "sent_by_others"),
    ],
)
def test_message_of_another_program_is_shown_with_its_status(generation, name):
    echo, status = parse(generation, name)
    assert isinstance(echo, Echo)
    assert echo.message.person.number == NURIA.number
    assert echo.message.text in ("Bon dia", "[ticket_update]")
    assert (status.message_id, status.reference) == (echo.message.message_id, None)


def test_later_status_of_another_program_brings_no_second_message():
    [status] = parse("conversations", "status_delivered", trackId="crm-1")
    assert isinstance(status, StatusUpdate)


# -- everything else -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("generation", "name", "what"),
    [
        ("conversations", "sms", "A message that did not come by WhatsApp."),
        ("conversations", "conversation_created", "conversation.created"),
        ("bird", "sms", "sms.inbound"),
        ("bird", "interaction_unfamiliar", "whatsapp.interaction unsubscribed"),
    ],
)
def test_what_is_not_understood_is_kept_as_such(generation, name, what):
    body = read_fixture(generation, name)
    assert WIRES[generation].parse(make_webhook(body)) == [Unknown(what=what)]


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'"text"', b"null", b"{}", b"\xff", b"[" * 100_000]
)
def test_nonsense_is_malformed(generation, body):
    with pytest.raises(MalformedEvent):
        WIRES[generation].parse(make_webhook(body))


@pytest.mark.parametrize(
    ("generation", "missing"),
    [
        ("conversations", {"id": None}),
        ("conversations", {"channelId": ""}),
        ("bird", {"id": []}),
        ("bird", {"channelId": None}),
        ("bird", {"sender": {}}),
    ],
)
def test_message_that_cannot_be_placed_is_malformed(generation, missing):
    with pytest.raises(MalformedEvent):
        parse(generation, "text", **missing)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_text_that_no_database_keeps_is_mended(generation):
    body = json.dumps(read_fixture(generation, "text"))
    body = body.replace("*factura*", r"\ud800 \u0000x").encode()
    [message] = WIRES[generation].parse(make_webhook(body))
    message.text.encode()
    assert "\0" not in message.text


def test_every_fixture_is_expected():
    for generation in GENERATIONS:
        known = {name for g, name, _expected in INBOUND if g == generation}
        known |= set(STATUS[generation])
        others = {
            "conversation_created",
            "created_by_others",
            "template_by_others",
            "sent_by_others",
            "interaction_unfamiliar",
            "sms",
        }
        assert set(fixture_names(generation)) <= known | others


# -- mutations -------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.just(NURIA.number),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


def paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        yield from paths(inner, (*path, key))


def mutate(value, path, new):
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = mutate(value[path[0]], path[1:], new)
    return copy


@given(data=st.data(), generation=st.sampled_from(GENERATIONS))
def test_any_mutation_is_read_or_refused(data, generation):
    """Never another exception, never another customer."""
    name = data.draw(st.sampled_from(fixture_names(generation)))
    body = read_fixture(generation, name)
    for _change in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(list(paths(body))))
        body = mutate(body, path, data.draw(JSON))
    try:
        items = WIRES[generation].parse(make_webhook(json.dumps(body).encode()))
    except MalformedEvent:
        return
    for item in items:
        if isinstance(item, StatusUpdate):
            assert item.status in STATUSES or item.status
        if isinstance(item, InboundMessage):
            assert item.person.number or item.person.user_id
            assert item.kind in KINDS
            for known in filter(None, (item.person.number, item.person.user_id)):
                assert known.removeprefix("+") in json.dumps(body)


@given(st.binary(max_size=200), st.sampled_from(GENERATIONS))
def test_any_bytes_are_read_or_refused(body, generation):
    try:
        WIRES[generation].parse(make_webhook(body))
    except MalformedEvent:
        pass
