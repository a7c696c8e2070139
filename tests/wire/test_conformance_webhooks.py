"""What each provider posts to us: its fixtures, and anything like them."""

import copy
import json
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

from conformance_kit import each
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.tests.conformance.required import SITUATIONS
from odoo.addons.whatsapp_connector.tests.conformance.rows import (
    IDENTITIES,
    WEBHOOKS,
    get_row,
    get_shown,
)
from odoo.addons.whatsapp_connector.wire.items import (
    KINDS,
    MEDIA_KINDS,
    NEWS,
    STATUSES,
    AccountUpdate,
    ConsentUpdate,
    Echo,
    InboundMessage,
    Person,
    StatusUpdate,
    TemplateUpdate,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.text import clean
from odoo.addons.whatsapp_connector.wire.webhook import (
    InvalidSignature,
    MalformedEvent,
)


def parse(wire, request):
    return wire.parse(request, wire.account)


# -- fixtures -------------------------------------------------------------------------


@each(WEBHOOKS)
def test_every_fixture_is_expected_and_the_other_way_round(wire):
    assert set(wire.fixtures) == set(wire.events)


@each(get_row, lambda wire: wire.events)
def test_fixture_gives_exactly_what_is_expected(wire, name):
    request = wire.post(name)
    wire.signing.verify(request, wire.account)
    items = parse(wire, request)
    assert items == list(wire.events[name].items)
    assert parse(wire, request) == items
    # What is stored is parsed again later, with the headers that are kept.
    kept = {n: v for n, v in request.headers.items() if n in wire.kept_headers}
    assert parse(wire, replace(request, headers=kept)) == items


@each(lambda wire, name: SITUATIONS[name].row, lambda wire: SITUATIONS)
def test_situation_is_shown_or_not_offered_for_a_reason(wire, name):
    shown = any(name in get_shown(wire, fixture) for fixture in wire.events)
    assert shown != (name in wire.not_offered)


# -- anything else --------------------------------------------------------------------

GARBAGE = {
    "nothing": b"",
    "a brace": b"{",
    "a list": b"[]",
    "null": b"null",
    "a number": b"7",
    "a long number": b"9" * 9999,
    "an object": b"{}",
    "no text": b"\xff\xfe",
    "a deep list": b"[" * 100_000,
    "separators": b"&&&",
}


@each(WEBHOOKS, lambda wire: GARBAGE)
def test_garbage_is_malformed_or_unknown(wire, name):
    request = wire.sign(wire.wrap("text", GARBAGE[name]))
    try:
        items = parse(wire, request)
    except MalformedEvent as error:
        assert str(error)
    else:
        assert all(isinstance(item, Unknown) for item in items)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["9" * 400, "-1", "NaN", "\x00", "\ud800", "ES.", "whatsapp:", 10**40]
    ),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def find_places(node, path=()):
    """The paths to every value within a document."""
    pairs = node.items() if isinstance(node, dict) else ()
    for key, child in [*pairs, *(enumerate(node) if isinstance(node, list) else ())]:
        yield (*path, key)
        yield from find_places(child, (*path, key))


def change(draw, document):
    """``document`` with some values replaced, taken out or doubled."""
    document = copy.deepcopy(document)
    for _change in range(draw(st.integers(1, 3))):
        places = list(find_places(document))
        if not places:
            break
        *path, last = draw(st.sampled_from(places))
        parent = document
        for key in path:
            parent = parent[key]
        deed = draw(st.sampled_from(["replace", "remove", "double"]))
        if deed == "remove":
            del parent[last]
        elif deed == "double":
            parent[last] = [copy.deepcopy(parent[last]), parent[last]]
        else:
            parent[last] = draw(JUNK)
    return document


@st.composite
def mutations(draw, wire):
    """The name of a fixture, and its body with some values changed."""
    name = draw(st.sampled_from(sorted(wire.events)))
    body = wire.read_body(name)
    if not wire.is_form(name):
        return name, json.dumps(change(draw, json.loads(body))).encode()
    pairs = change(draw, dict(parse_qsl(body.decode(), keep_blank_values=True)))
    return name, urlencode(pairs, doseq=True, errors="replace").encode()


@each(IDENTITIES)
@given(data=st.data())
def test_mutated_fixture_gives_items_of_its_people_or_is_malformed(wire, data):
    name, body = data.draw(mutations(wire))
    request = wire.sign(wire.wrap(name, body))
    try:
        wire.signing.verify(request, wire.account)
        items = parse(wire, request)
    except (MalformedEvent, InvalidSignature) as error:
        assert str(error)
        return
    text = get_text(body, wire.is_form(name))
    for item in items:
        check_item(item)
        for person in get_people(item):
            check_person(person, text)


@each(IDENTITIES, lambda wire: wire.events)
def test_people_are_those_of_the_fixture(wire, name):
    text = get_text(wire.read_body(name), wire.is_form(name))
    for item in wire.events[name].items:
        check_item(item)
        for person in get_people(item):
            check_person(person, text)


def get_text(body, is_form):
    """All values of a body, each on a line of its own."""
    if is_form:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        return "\n".join(value for pair in pairs for value in pair)
    leaves = []

    def collect(node):
        if isinstance(node, dict):
            leaves.extend(map(clean, node))
        children = node.values() if isinstance(node, dict) else node
        if isinstance(node, (dict, list)):
            for child in children:
                collect(child)
        else:
            leaves.append(clean(str(node)))

    collect(json.loads(body))
    return "\n".join(leaves)


def get_people(item):
    found = item.message if isinstance(item, Echo) else item
    people = (getattr(found, name, None) for name in ("person", "old", "new"))
    return [person for person in people if person]


def check_person(person: Person, text):
    """Nobody is made up: whoever is named stands in the webhook."""
    for value in (person.wa_id, person.user_id, person.parent_user_id, person.name):
        assert not value or all(part in text for part in value.split())
    if person.number:
        assert person.number[0] == "+"
        assert person.number[1:] in text


def check_item(item):
    """It is in the base's words."""
    if isinstance(item, Echo):
        item = item.message
    if isinstance(item, InboundMessage):
        assert item.kind in KINDS
        assert item.number_id and item.message_id
        assert item.person.number or item.person.wa_id or item.person.user_id
        assert bool(item.media) <= (item.kind in (*MEDIA_KINDS, "contacts"))
        assert (item.kind == "location") == bool(item.location)
    elif isinstance(item, StatusUpdate):
        assert item.status and (item.message_id or item.reference)
        assert not item.failure or (item.status in STATUSES and item.failure.sentence)
    elif isinstance(item, TemplateUpdate):
        assert item.change in ("status", "category", "quality") and item.value
        assert item.template_id or item.name
    elif isinstance(item, ConsentUpdate):
        assert item.scope in ("all", "marketing") and item.number_id
    elif isinstance(item, AccountUpdate):
        check_account_update(item)
    elif isinstance(item, Unknown):
        assert item.what


def check_account_update(item):
    assert item.value.isdecimal() if item.change == "limit" else True
    assert item.change == "limit" or item.value in NEWS[item.change]
    assert item.change != "quality" or item.number or item.number_id
    assert item.change in ("limit", "quality") or item.sentences
