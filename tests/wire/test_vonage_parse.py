"""What Vonage's webhooks say, one fixture a kind."""

import copy
import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vonage_kit import (
    FIXTURES,
    NURIA,
    OURS,
    load_fixture,
    make_account,
    read_fixture,
    sign,
    webhook,
)

from odoo.addons.whatsapp_connector.wire.items import (
    KINDS,
    STATUSES,
    Choice,
    ContactCard,
    InboundMessage,
    Location,
    Media,
    OrderLine,
    Person,
    StatusUpdate,
    TemplateUpdate,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.webhook import MalformedEvent
from odoo.addons.whatsapp_connector_vonage.wire import signature
from odoo.addons.whatsapp_connector_vonage.wire.parse import parse

USER_ID = "ES.4480491918930694"
PARENT_ID = "ES.ENT.11815799212886844830"
PERSON = Person(number=f"+{NURIA}", wa_id=NURIA, user_id=USER_ID, name="Núria 🌻")
HIDDEN = Person(
    user_id=USER_ID,
    parent_user_id=PARENT_ID,
    username="nuria.puig",
    name="Núria 🌻",
)
SENT_AT = datetime(2026, 2, 3, 12, 14, 25, tzinfo=timezone.utc)
STATUS_AT = SENT_AT.replace(microsecond=10000)


def uuid(number):
    return f"aaaaaaaa-bbbb-4ccc-8ddd-{number:012x}"


QUOTED = uuid(0x99)


def inbound(number, kind="text", **values):
    return InboundMessage(
        **{
            "number_id": OURS,
            "message_id": uuid(number),
            "person": PERSON,
            "kind": kind,
            "sent_at": SENT_AT,
            **values,
        }
    )


def media(name, filename=None, **values):
    url = f"https://api-eu.nexmo.com/v3/media/{name}"
    return (Media(url=url, filename=filename, **values),)


def reply(number, kind, title, payload, description=None):
    choice = Choice(title=title, payload=payload, description=description)
    return inbound(number, kind, text=title, choice=choice, quoted_id=QUOTED)


INBOUND = {
    "text": inbound(1, text="Hola, no em funciona la *factura*\nGràcies"),
    "text_quoting": inbound(2, text="Sí, aquesta", quoted_id=QUOTED),
    "text_quoting_something_forgotten": inbound(3, text="Això"),
    "text_brazil": inbound(
        4,
        text="Oi",
        person=Person(number="+551190000001", wa_id="551190000001", name="Núria 🌻"),
    ),
    "text_without_number": inbound(5, text="Hola", person=HIDDEN),
    "text_from_advertisement": inbound(
        6,
        text="M'interessa",
        referral={
            "body": "Rebaixes",
            "headline": "Tot a meitat de preu",
            "source_id": "120200000000",
            "source_type": "ad",
            "source_url": "https://fb.me/abc",
            "media_type": "image",
            "image_url": "https://scontent.example/a.jpg",
            "ctwa_clid": "ARAkLkA8",
        },
    ),
    "text_about_product": inbound(
        7,
        text="Encara en teniu?",
        referral={"catalog_id": "C1", "product_retailer_id": "SKU-7"},
    ),
    "image": inbound(
        0x14, "image", media=media("image-1", "photo.jpg"), text="La pantalla"
    ),
    "video": inbound(0x15, "video", media=media("video-1", "clip.mp4")),
    "audio": inbound(0x16, "audio", media=media("audio-1", "song.mp3")),
    "voice": inbound(0x17, "voice", media=media("audio-2", "voice.ogg", voice=True)),
    "document": inbound(
        0x18,
        "document",
        media=media("file-1", "Factura març.pdf"),
        text="És correcta?",
    ),
    "sticker": inbound(0x19, "sticker", media=media("sticker-1")),
    "media_without_address": inbound(0x1A, "unsupported", text="La pantalla"),
    "location": inbound(
        0x1E,
        "location",
        location=Location(
            latitude=41.4036299,
            longitude=2.1743558,
            name="Sagrada Família",
            address="C/ de Mallorca, 401, Barcelona",
            url="https://sagradafamilia.org/",
        ),
    ),
    "location_bare": inbound(
        0x1F, "location", location=Location(latitude=-34.6, longitude=-58.4)
    ),
    "location_impossible": inbound(0x20, "unsupported"),
    "contacts": inbound(
        0x21,
        "contacts",
        cards=(
            ContactCard(
                name="Pau Vila",
                phones=("+34 600 111 333",),
                emails=("pau@example.com",),
                organization="Acme",
            ),
            ContactCard(name="Mar"),
        ),
    ),
    "button_reply": reply(0x28, "button_reply", "Sí", "yes"),
    "list_reply": reply(0x29, "list_reply", "Dimarts", "row-2", "de 9 a 14 h"),
    "button_of_template": reply(0x2A, "button_reply", "Confirmo", "CONFIRM-42"),
    "flow_reply": reply(
        0x2B, "button_reply", "sent", '{"day": "dimarts", "flow_token": "t-1"}'
    ),
    "order": inbound(
        0x2C,
        "order",
        order=(OrderLine(product="SKU-7", quantity=2, price=9.95, currency="EUR"),),
    ),
    "reaction": inbound(0x2D, "reaction", target_id=QUOTED, emoji="👍"),
    "reaction_taken_back": inbound(0x2E, "reaction", target_id=QUOTED, emoji=""),
    "unsupported": inbound(0x2F, "unsupported"),
    "unfamiliar": inbound(0x30, "unsupported"),
}

RECIPIENT = replace(PERSON, name=None, user_id=None)


def status(word, **values):
    return StatusUpdate(
        **{
            "status": word,
            "message_id": uuid(0xFF),
            "reference": "odoo-42",
            "number_id": OURS,
            "at": STATUS_AT,
            "person": RECIPIENT,
            **values,
        }
    )


KNOWN = replace(PERSON, parent_user_id=PARENT_ID)
STATUS = {
    "status_submitted": status("sent"),
    "status_delivered": status(
        "delivered",
        person=replace(KNOWN, username="nuria.puig"),
        pricing={
            "category": "utility",
            "type": "regular",
            "pricing_model": "PMP",
            "price": "0",
            "currency": "EUR",
        },
    ),
    "status_read": status("read", person=replace(KNOWN, name=None)),
    "status_to_user_id": status("delivered", person=Person(user_id=USER_ID)),
    "status_unfamiliar": status("played"),
}
#: Fixture → code, scope, a word of the sentence, the words of whoever refused.
FAILED = {
    "status_rejected_outside_window": (
        "1340",
        "window",
        "template",
        "Outside of the allowed window",
    ),
    "status_rejected_by_number": (
        "1300",
        "contact",
        "no WhatsApp",
        "Not part of the provider network",
    ),
    "status_rejected_by_type": ("1000", "message", "in a while", "Too many requests"),
    "status_rejected_opted_out": (
        "1240",
        "consent",
        "does not want",
        "Recipient has opted out",
    ),
    "status_rejected_template": ("1022", "message", "template", "Invalid template"),
    "status_rejected_marketing_cap": (
        "1461",
        "message",
        "Wait a day",
        "Per-user marketing cap",
    ),
    "status_rejected_by_whatsapp": (
        "9999",
        "window",
        "template",
        "(#131047) Re-engagement message",
    ),
    "status_rejected_unfamiliar": ("4711", "message", "not known", "Something new"),
    "status_undeliverable": ("undeliverable", "message", "not be delivered", None),
}


def news(change, value, **values):
    return TemplateUpdate(
        change=change,
        value=value,
        template_id="1689556908129835",
        name="ticket_update",
        language="pt_BR",
        at=SENT_AT,
        **values,
    )


NEWS = {
    "template_approved": news("status", "approved"),
    "template_rejected": news("status", "rejected", reason="INVALID_FORMAT"),
    "template_category": news("category", "marketing"),
    "template_quality": news("quality", "yellow"),
}
OTHERS = ("sms", "notification_unfamiliar")
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))


def test_every_fixture_is_read_by_a_test():
    assert set(NAMES) == {*INBOUND, *STATUS, *FAILED, *NEWS, *OTHERS}


@pytest.mark.parametrize("name", [*INBOUND, *STATUS, *NEWS])
def test_fixture_says(name):
    expected = {**INBOUND, **STATUS, **NEWS}[name]
    assert parse(webhook(read_fixture(name))) == [expected]


@pytest.mark.parametrize("name", FAILED)
def test_failure_says_who_is_concerned_and_why(name):
    [update] = parse(webhook(read_fixture(name)))
    code, scope, word, detail = FAILED[name]
    failure = update.failure
    assert update.status == "failed"
    assert (failure.code, failure.scope, failure.detail) == (code, scope, detail)
    assert word in failure.sentence


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_business_of_ours_is_kept(name):
    [item] = parse(webhook(read_fixture(name)))
    assert isinstance(item, Unknown) and item.what


def test_message_without_words_for_the_sender_is_malformed():
    for name in ("from", "to", "message_uuid"):
        event = load_fixture("text")
        del event[name]
        with pytest.raises(MalformedEvent, match=name):
            parse(webhook(json.dumps(event).encode()))


def test_sender_without_number_and_id_is_malformed():
    event = load_fixture("text") | {"from": "nobody", "whatsapp": {}}
    with pytest.raises(MalformedEvent):
        parse(webhook(json.dumps(event).encode()))


@pytest.mark.parametrize("body", [b"", b"x", b"[]", b"{}", b"[" * 100_000, b"\xff"])
def test_nonsense_is_malformed(body):
    with pytest.raises(MalformedEvent):
        parse(webhook(body))


def test_user_id_is_never_taken_for_a_number():
    event = load_fixture("text_without_number")
    event["whatsapp"] = {}
    [message] = parse(webhook(json.dumps(event).encode()))
    assert (message.person.number, message.person.wa_id) == (None, None)
    assert message.person.user_id == USER_ID


def test_number_that_only_the_ids_tell_is_taken():
    event = load_fixture("text_without_number")
    event["whatsapp"]["sender"]["wa_id"] = NURIA
    [message] = parse(webhook(json.dumps(event).encode()))
    assert message.person.number == f"+{NURIA}"


def test_place_of_the_product_within_the_context_is_read_too():
    event = load_fixture("text_quoting")
    product = {"catalog_id": "C1", "product_retailer_id": "SKU-7"}
    event["context"]["whatsapp_referred_product"] = product
    [message] = parse(webhook(json.dumps(event).encode()))
    assert message.referral == product


# -- any mutation ---------------------------------------------------------------------


def paths(value, path=()):
    """The way to every value within ``value``."""
    children = ()
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, list):
        children = enumerate(value)
    for key, child in children:
        yield (*path, key)
        yield from paths(child, (*path, key))


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["", "1e999", "NaN", "9" * 50, "0001-01-01T00:00:00+23:59"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner)
    ),
    max_leaves=5,
)


@st.composite
def mutations(draw):
    """A fixture with some values taken out or replaced by anything."""
    event = copy.deepcopy(load_fixture(draw(st.sampled_from(NAMES))))
    for _ in range(draw(st.integers(1, 4))):
        known = list(paths(event))
        if not known:
            break
        *way, last = draw(st.sampled_from(known))
        parent = event
        for key in way:
            parent = parent[key]
        if draw(st.booleans()):
            parent[last] = draw(JSON)
        else:
            del parent[last]
    return event


def assert_wellformed(item):
    if isinstance(item, InboundMessage):
        assert item.kind in KINDS
        assert item.number_id and item.message_id
        assert item.person.number or item.person.user_id
        assert item.sent_at is None or item.sent_at.tzinfo
        assert all(isinstance(file.url, str) for file in item.media)
    elif isinstance(item, StatusUpdate):
        assert item.message_id
        assert (item.status == "failed") == bool(item.failure)
        assert item.status in STATUSES or isinstance(item.status, str)
    else:
        assert isinstance(item, (TemplateUpdate, Unknown))


@given(mutations())
def test_any_mutation_gives_items_or_a_malformed_event(event):
    body = json.dumps(event).encode()
    request = webhook(body)
    signature.verify(request, make_account())
    try:
        items = parse(request)
    except MalformedEvent:
        return
    for item in items:
        assert_wellformed(item)


@given(mutations())
def test_mutated_sender_is_never_somebody_else(event):
    try:
        items = parse(webhook(json.dumps(event).encode(), sign(b"")))
    except MalformedEvent:
        return
    spoken_of = json.dumps(event)
    for item in items:
        person = getattr(item, "person", None)
        if person and person.wa_id:
            assert person.wa_id in spoken_of
        if person and person.number:
            assert person.number.removeprefix("+") in spoken_of


@given(st.binary(max_size=200))
def test_any_bytes_give_items_or_a_malformed_event(body):
    try:
        parse(webhook(body, "x"))
    except MalformedEvent:
        pass
