"""What Meta's webhooks say, one fixture a kind."""

import copy
import json
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from meta_kit import FIXTURES, PHONE, envelope, make_account, read_fixture, webhook

from odoo.addons.whatsapp_connector.wire.items import (
    KINDS,
    STATUSES,
    Choice,
    ConsentUpdate,
    ContactCard,
    Echo,
    IdentityChange,
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
from odoo.addons.whatsapp_connector_meta.wire.parse import parse

AT = datetime.fromtimestamp(1750000000, timezone.utc)
LATER = datetime.fromtimestamp(1750000060, timezone.utc)
NURIA = Person(number="+34600111222", wa_id="34600111222", name="Núria 🌻")
BARE = replace(NURIA, name=None)
BSUID = "ES.13491208655302741918"
PARENT = "ES.ENT.11815799212886844830"
HIDDEN = Person(
    user_id=BSUID, parent_user_id=PARENT, username="nuria.rius", name="Núria 🌻"
)
QUOTED = "wamid.OUT0001"
HASH = "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI="


def inbound(number, kind="text", **values):
    return InboundMessage(
        **{
            "number_id": PHONE,
            "message_id": f"wamid.IN{number:04d}",
            "person": NURIA,
            "kind": kind,
            "sent_at": AT,
            **values,
        }
    )


def with_file(number, kind, media_id, mimetype, text="", **values):
    media = Media(
        media_id=f"10033834213872{media_id}",
        mimetype=mimetype,
        **{"sha256": "SfInY0gGKTsJ=", **values},
    )
    return inbound(number, kind, text=text, media=(media,))


def person(wa_id, name):
    return Person(number=f"+{wa_id}", wa_id=wa_id, name=name)


INBOUND = {
    "text": inbound(1, text="Hola, no em funciona la *factura*\nGràcies"),
    "text_quoting": inbound(2, text="Sí, aquesta", quoted_id=QUOTED),
    "text_forwarded": inbound(3, text="Mireu això", forwarded=True),
    "text_forwarded_often": inbound(4, text="Mireu això", forwarded=True),
    "text_from_advertisement": inbound(
        5,
        text="M'interessa",
        referral={
            "source_url": "https://fb.me/abc",
            "source_id": "120200000000",
            "source_type": "ad",
            "body": "Rebaixes",
            "headline": "Tot a meitat de preu",
            "media_type": "image",
            "image_url": "https://scontent.example/a.jpg",
            "ctwa_clid": "ARAkLkA8",
        },
    ),
    "text_about_product": inbound(6, text="Encara en teniu?", quoted_id=QUOTED),
    "text_with_user_id": inbound(7, text="Hola", person=replace(NURIA, user_id=BSUID)),
    "text_without_number": inbound(8, text="Hola", person=HIDDEN),
    "text_brazil": inbound(9, text="Oi", person=person("553199998888", "João")),
    "text_mexico": inbound(10, text="Hola", person=person("5215512345678", "Luz")),
    "text_argentina": inbound(11, text="Hola", person=person("5491123456789", "Mar")),
    "image": with_file(
        12,
        "image",
        56,
        "image/jpeg",
        "La pantalla",
        sha256=HASH,
        url="https://lookaside.fbsbx.com/whatsapp_business/attachments/"
        "?mid=1003383421387256&source=webhook",
    ),
    "image_without_address": with_file(13, "image", 57, "image/jpeg", sha256=HASH),
    "video": with_file(14, "video", 58, "video/mp4", "Mira"),
    "audio": with_file(15, "audio", 59, "audio/mpeg"),
    "voice": with_file(16, "voice", 60, "audio/ogg; codecs=opus", voice=True),
    "document": with_file(
        17,
        "document",
        61,
        "application/pdf",
        "És correcta?",
        filename="Factura març.pdf",
    ),
    "sticker": with_file(18, "sticker", 62, "image/webp"),
    "media_without_id": inbound(19, "unsupported"),
    "location": inbound(
        20,
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
        21, "location", location=Location(latitude=-34.6, longitude=-58.4)
    ),
    "location_impossible": inbound(22, "unsupported"),
    "contacts": inbound(
        23,
        "contacts",
        cards=(
            ContactCard(
                name="Pau Serra",
                phones=("+34 600 11 12 22",),
                emails=("pau@example.com",),
                organization="Serra SL",
            ),
            ContactCard(name="Laia", phones=("+34 600 11 12 23",)),
        ),
    ),
    "button_reply": inbound(
        24,
        "button_reply",
        text="Sí",
        choice=Choice(title="Sí", payload="yes"),
        quoted_id=QUOTED,
    ),
    "list_reply": inbound(
        25,
        "list_reply",
        text="Dimarts",
        choice=Choice(title="Dimarts", payload="slot-2", description="de 9 a 11"),
        quoted_id=QUOTED,
    ),
    "flow_reply": inbound(26, "unsupported", quoted_id=QUOTED),
    "interactive_without_content": inbound(27, "unsupported", quoted_id=QUOTED),
    "button_of_template": inbound(
        28,
        "button_reply",
        text="On és?",
        choice=Choice(title="On és?", payload="order_shipped:0"),
        quoted_id=QUOTED,
    ),
    "button_without_context": inbound(
        29,
        "button_reply",
        text="On és?",
        choice=Choice(title="On és?", payload="On és?"),
    ),
    "reaction": inbound(30, "reaction", target_id=QUOTED, emoji="👍"),
    "reaction_taken_back": inbound(31, "reaction", target_id=QUOTED, emoji=""),
    "reaction_emptied": inbound(32, "reaction", target_id=QUOTED, emoji=""),
    "order": inbound(
        33,
        "order",
        text="Per dijous",
        order=(
            OrderLine(product="taronja", quantity=2.0, price=1.5, currency="EUR"),
            OrderLine(product="llimona", quantity=1.0, price=3.0, currency="EUR"),
        ),
    ),
    "edit": inbound(34, "edit", text="Hola, ja funciona", target_id="wamid.IN0001"),
    "revoke": inbound(35, "revoke", target_id="wamid.IN0001"),
    "unsupported": inbound(
        36, "unsupported", text="Message type is currently not supported."
    ),
    "file_too_large": inbound(37, "unsupported", text="The file is too large."),
    "kind_of_tomorrow": inbound(38, "unsupported"),
    "standby": replace(inbound(0), message_id="wamid.STANDBY1", text="Hola, robot"),
}


def status(word, who=NURIA, **values):
    return StatusUpdate(
        **{
            "status": word,
            "message_id": QUOTED,
            "reference": "our-ref_1",
            "number_id": PHONE,
            "at": LATER,
            "person": who,
            **values,
        }
    )


def pricing(billable, kind, category):
    values = {"billable": billable, "pricing_model": "PMP", "type": kind}
    return {**values, "category": category}


STATUS_FIXTURES = {
    "status_sent": status("sent", pricing=pricing(True, "regular", "utility")),
    "status_delivered": status(
        "delivered", pricing=pricing(False, "free_customer_service", "service")
    ),
    "status_read": status("read"),
    "status_played": status("read"),
    "status_unfamiliar": status("warning", BARE),
    "status_without_reference": status("sent", reference=None),
    "status_of_user_id": status("delivered", HIDDEN, reference=None),
}
FAILURES = {
    "status_failed": ("131026", "contact", "Message undeliverable"),
    "status_failed_for_want_of_consent": ("131050", "consent", "User has stopped"),
    "status_failed_outside_window": ("131047", "window", "Re-engagement message"),
    "status_failed_unfamiliar": ("139999", "message", "Something new Never seen."),
    "status_failed_silently": ("failed", "message", None),
}


def move(old, new):
    return IdentityChange(number_id=PHONE, old=old, new=new, at=AT)


NEW = Person(number="+34600333444", wa_id="34600333444")


def will(opted_in, who=BARE, evidence="User requested to stop marketing messages"):
    return ConsentUpdate(
        number_id=PHONE,
        person=who,
        opted_in=opted_in,
        scope="marketing",
        evidence=evidence,
        at=AT,
    )


def news(change, value, **values):
    return TemplateUpdate(
        **{
            "change": change,
            "value": value,
            "template_id": "1689556908129835",
            "name": "order_shipped",
            "language": "ca",
            "at": AT,
            **values,
        }
    )


def unknown(what, number_id=None):
    return Unknown(what=what, number_id=number_id)


ECHO = replace(inbound(0), message_id="wamid.ECHO1", text="Ara us truco", person=BARE)
ORIOL = person("34600999888", "Oriol")
OTHER_PHONE = "106540352242923"
OTHERS = {
    "number_changed": [
        move(replace(BARE, user_id=BSUID), replace(NEW, user_id="ES.99"))
    ],
    "number_changed_formerly": [move(BARE, NEW)],
    "user_id_changed": [move(Person(user_id=BSUID), Person(user_id="ES.99"))],
    "identity_changed": [unknown("User A's security code changed", PHONE)],
    "marketing_stopped": [will(False)],
    "marketing_resumed": [
        will(
            True,
            replace(BARE, user_id=BSUID),
            "User requested to resume marketing messages",
        )
    ],
    "marketing_signed_up": [will(True, evidence="")],
    "marketing_unfamiliar": [unknown("A preference that we don't know.", PHONE)],
    "echo": [Echo(message=ECHO)],
    "echo_to_nobody": [unknown("A message of nobody.", PHONE)],
    "template_approved": [news("status", "approved")],
    "template_rejected": [
        news(
            "status",
            "rejected",
            reason="INVALID_FORMAT · A variable stands at the end. · "
            "Add a word after it.",
        )
    ],
    "template_paused": [
        news("status", "paused", reason="FIRST_PAUSE · People blocked it.")
    ],
    "template_disabled": [news("status", "disabled")],
    "template_pending": [news("status", "pending", language="en_US")],
    "template_to_be_deleted": [news("status", "deleted")],
    "template_locked": [news("status", "LOCKED")],
    "template_quality": [news("quality", "yellow")],
    "template_quality_unknown": [news("quality", "unknown")],
    "template_category": [news("category", "marketing")],
    "template_category_to_come": [news("category", "utility")],
    "template_components": [unknown("message_template_components_update")],
    "account_restricted": [unknown("account_update: ACCOUNT_RESTRICTION")],
    "number_quality": [unknown("phone_number_quality_update: DOWNGRADE")],
    "error_of_account": [unknown("130429 Rate limit hit Too many.", PHONE)],
    "of_another_account": [unknown("News of another WhatsApp Business account (999)")],
    "two_numbers": [
        replace(inbound(0), message_id="wamid.A1", text="Primer"),
        replace(
            inbound(0),
            number_id=OTHER_PHONE,
            message_id="wamid.B1",
            text="Segon",
            person=ORIOL,
            sent_at=datetime.fromtimestamp(1750000001, timezone.utc),
        ),
        status(
            "read",
            ORIOL,
            message_id="wamid.OUT0002",
            reference=None,
            number_id=OTHER_PHONE,
        ),
    ],
    "message_without_id": [
        unknown("A message without its id.", PHONE),
        replace(inbound(0), message_id="wamid.OK", text="I jo"),
    ],
    "message_of_nobody": [unknown("A message of nobody.", PHONE)],
}


def parse_fixture(name):
    return parse(webhook(read_fixture(name)), make_account())


@pytest.mark.parametrize("name", INBOUND)
def test_message(name):
    assert parse_fixture(name) == [INBOUND[name]]


@pytest.mark.parametrize("name", STATUS_FIXTURES)
def test_status(name):
    assert parse_fixture(name) == [STATUS_FIXTURES[name]]


@pytest.mark.parametrize("name", FAILURES)
def test_failed_status_says_whom_it_concerns(name):
    code, scope, words = FAILURES[name]
    [update] = parse_fixture(name)
    assert replace(update, failure=None) == status("failed", BARE)
    assert (update.failure.code, update.failure.scope) == (code, scope)
    assert (update.failure.detail or "").startswith(words or "")
    assert update.failure.sentence.endswith(".")


@pytest.mark.parametrize("name", OTHERS)
def test_other_news(name):
    assert parse_fixture(name) == OTHERS[name]


def test_every_fixture_is_expected_somewhere():
    names = {path.stem for path in FIXTURES.glob("*.json")}
    assert names == {*INBOUND, *STATUS_FIXTURES, *FAILURES, *OTHERS}


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b"7", b'{"object": "page", "entry": []}',
     b'{"object": "whatsapp_business_account"}', b"[" * 5000, b"\xff\xfe"],
)  # fmt: skip
def test_what_meta_never_posts_is_malformed(body):
    with pytest.raises(MalformedEvent):
        parse(webhook(body), make_account())


def text_of(number, sender, phone=PHONE):
    return {
        "from": sender,
        "id": f"wamid.{phone}.{number}",
        "timestamp": "1750000000",
        "type": "text",
        "text": {"body": f"Missatge {number}"},
    }


def test_batch_of_a_thousand_keeps_order_numbers_and_senders_apart():
    phones = (PHONE, OTHER_PHONE)
    senders = ("34600111222", "34600999888")
    values = [
        {
            "metadata": {"phone_number_id": phones[place % 2]},
            "contacts": [{"wa_id": sender, "profile": {"name": sender}}],
            "messages": [text_of(place * 10 + i, sender, phones[place % 2])
                         for i in range(10)],
        }
        for place in range(100)
        for sender in (senders[place // 2 % 2],)
    ]  # fmt: skip
    items = parse(webhook(envelope(*values)), make_account())
    assert [item.text for item in items] == [f"Missatge {n}" for n in range(1000)]
    for number, item in enumerate(items):
        assert item.number_id == phones[number // 10 % 2]
        assert item.person.wa_id == senders[number // 20 % 2]
        assert item.person.name == item.person.wa_id


def test_a_bad_item_does_not_take_the_others_along():
    value = read_fixture("text")["entry"][0]["changes"][0]["value"]
    value["messages"] = [None, {"id": 7}, "x", *value["messages"]]
    items = parse(webhook(envelope(value)), make_account())
    assert [type(item) for item in items] == [Unknown, InboundMessage]


# -- any mutation ---------------------------------------------------------------------

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(["9" * 400, "-1", "NaN", "\x00", "ES.", "wamid.OUT0001", 10**40]),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def places(node, path=()):
    """The paths to every value of a JSON document."""
    yield path
    pairs = node.items() if isinstance(node, dict) else ()
    for key, child in [*pairs, *(enumerate(node) if isinstance(node, list) else ())]:
        yield from places(child, (*path, key))


@st.composite
def mutations(draw):
    """A fixture with some values replaced, taken out or doubled, and its persons."""
    name = draw(st.sampled_from(sorted(path.stem for path in FIXTURES.glob("*.json"))))
    body = copy.deepcopy(read_fixture(name))
    for _change in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in places(body) if p]))
        parent = body
        for key in path[:-1]:
            parent = parent[key]
        deed = draw(st.sampled_from(["replace", "remove", "double"]))
        if deed == "remove":
            del parent[path[-1]]
        elif deed == "double":
            value = copy.deepcopy(parent[path[-1]])
            parent[path[-1]] = [value, value]
        else:
            parent[path[-1]] = draw(JUNK)
        if not any(places(body)):
            break
    return body


@given(body=mutations())
def test_mutated_fixture_gives_items_or_is_malformed(body):
    text = json.dumps(body)
    try:
        items = parse(webhook(body), make_account())
    except MalformedEvent:
        return
    for item in items:
        message = item.message if isinstance(item, Echo) else item
        for who in (getattr(message, name, None) for name in ("person", "old", "new")):
            # Nobody is made up: whoever is named stands in the webhook.
            for value in filter(None, (who and who.wa_id, who and who.user_id)):
                assert value in text
        if isinstance(message, InboundMessage):
            assert message.kind in KINDS
            assert message.message_id and (
                message.person.wa_id or message.person.user_id
            )
        if isinstance(item, StatusUpdate) and item.failure:
            assert item.status in STATUSES and item.failure.sentence
