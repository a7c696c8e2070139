"""What each provider posts to us: its fixtures, and anything like them."""

import functools
import re
from dataclasses import is_dataclass, replace
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from conformance_kit import each
from conformance_mutations import change_each_place, mutations
from conformance_people import check_people, get_people
from hypothesis import find, given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.tests.conformance.required import SITUATIONS
from odoo.addons.whatsapp_connector.tests.conformance.rows import (
    IDENTITIES,
    WEBHOOKS,
    get_row,
    get_shown,
)
from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER
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


def judge(wire, name, body, read=parse):
    """Whatever is posted gives items of its people, or is malformed."""
    request = wire.sign(wire.wrap(name, body))
    try:
        wire.signing.verify(request, wire.account)
        items = read(wire, request)
    except (MalformedEvent, InvalidSignature) as error:
        assert str(error)
        return
    for item in items:
        check_item(item)
    check_people(wire, name, body, items)


@each(IDENTITIES)
def test_anything_in_any_place_gives_items_of_its_people_or_is_malformed(wire):
    for name, path, junk, body in change_each_place(wire):
        try:
            judge(wire, name, body)
        except Exception as error:
            raise AssertionError(f"{junk!r} at {path} of {name}") from error


@each(IDENTITIES)
@given(data=st.data())
def test_mutated_fixture_gives_items_of_its_people_or_is_malformed(wire, data):
    judge(wire, *data.draw(mutations(wire)))


@each(IDENTITIES, lambda wire: wire.events)
def test_people_are_those_of_the_fixture(wire, name):
    judge(wire, name, wire.read_body(name))


# -- the same, of a parser that is wrong about senders ---------------------------------

BUSINESS = Person(number=NUMBER, wa_id=NUMBER.removeprefix("+"))
#: Whom it takes for the sender.
MISTAKES = {
    "the recipient": lambda sender: BUSINESS,
    "who stands nowhere": lambda sender: replace(sender, user_id="ES.1234567890"),
}


def replace_senders(items, change):
    return [
        replace(item, person=change(item.person))
        if isinstance(item, InboundMessage)
        else item
        for item in items
    ]


@each(IDENTITIES, lambda wire: MISTAKES)
def test_parser_that_mistakes_senders_is_caught(wire, name):
    def read(wire, request):
        return replace_senders(parse(wire, request), MISTAKES[name])

    def is_caught(mutation):
        try:
            judge(wire, *mutation, read=read)
        except AssertionError:
            return True
        return False

    find(mutations(wire), is_caught)


def find_shared(wire):
    """The fixtures that hold messages of several people."""
    return [name for name in wire.events if len(get_senders(wire, name)) > 1]


def get_senders(wire, name):
    items = wire.events[name].items
    return {item.person for item in items if isinstance(item, InboundMessage)}


@each(IDENTITIES, find_shared)
def test_parser_that_mixes_up_senders_is_caught(wire, name):
    one, other = get_senders(wire, name)
    mixed = replace_senders(
        wire.events[name].items, lambda sender: one if sender == other else other
    )
    with pytest.raises(AssertionError, match="somebody else"):
        check_people(wire, name, wire.read_body(name), mixed)


# -- items ----------------------------------------------------------------------------


#: What a contact is found by.
IDS = {"number": r"\+[0-9]+", "wa_id": "[0-9]+", "user_id": r"[A-Z]{2}\..+"}


def check_item(item):
    """It is what its fields say, in the base's words."""
    assert is_like(item, type(item)), f"a field of another type in {item!r}"
    for person in get_people(item).values():
        for name, form in IDS.items():
            value = getattr(person, name)
            assert value is None or re.fullmatch(form, value), f"{name} {value!r}"
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


def is_like(value, hint):
    """Whether ``value``, and whatever is in it, has the type ``hint``."""
    origin, choices = get_origin(hint) or hint, get_args(hint)
    if hint is Any:
        return True
    if origin is UnionType:
        return any(is_like(value, choice) for choice in choices)
    if origin is tuple:
        return isinstance(value, tuple) and all(is_like(v, choices[0]) for v in value)
    return isinstance(value, origin) and all(
        is_like(getattr(value, name), hint) for name, hint in get_fields(origin)
    )


@functools.cache
def get_fields(kind):
    return get_type_hints(kind).items() if is_dataclass(kind) else ()


def check_account_update(item):
    assert item.value.isdecimal() if item.change == "limit" else True
    assert item.change == "limit" or item.value in NEWS[item.change]
    assert item.change != "quality" or item.number or item.number_id
    assert item.change in ("limit", "quality") or item.sentences
