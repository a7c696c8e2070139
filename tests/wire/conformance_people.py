"""Whose an item is: where a webhook names the person, and where it names others.

Which fields name whom is learnt from the fixtures, so it holds whatever a parser does:
a field is the sender's where, in a fixture, it has what is expected of a sender.
"""

from __future__ import annotations

import functools
import json
from collections import defaultdict
from urllib.parse import parse_qsl

from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER
from odoo.addons.whatsapp_connector.wire.items import Echo, Person, StatusUpdate
from odoo.addons.whatsapp_connector.wire.text import clean


def get_people(item):
    """The people of an item, by what they are to it: its person, the old, the new."""
    found = item.message if isinstance(item, Echo) else item
    people = {role: getattr(found, role, None) for role in ("person", "old", "new")}
    return {role: person for role, person in people.items() if person}


def check_people(wire, name, body, items):
    """``items`` of ``body``, which is fixture ``name`` or like it, are of their people.

    Whatever is known of somebody stands in ``body``, in a field for people who are the
    same to such an item; it is nothing of anybody else in the fixture; and nobody whom
    a contact is made of is the business itself (a status finds its message, whoever it
    names).
    """
    texts = _read_fields(body, wire.is_form(name))
    for item in items:
        for role, person in get_people(item).items():
            fields = _learn_fields(wire)[type(item), role]
            here = {text for field in fields for text in texts.get(field, ())}
            strange = _values(person) - set().union(*map(_parts, here))
            assert not strange, f"{strange} are not of the {role} of {item}"
            is_ours = person.number == NUMBER and not isinstance(item, StatusUpdate)
            assert not is_ours, f"The business is the {role} of {item}"
    for item, own, others in _pair(wire.events[name].items, items):
        mixed_up = _all_values([item]) & (_all_values(others) - _all_values(own))
        assert not mixed_up, f"{mixed_up} are of somebody else than {item}"


@functools.cache
def _learn_fields(wire):
    """Where a person stands, by type of item and what they are to it."""
    fields = defaultdict(set)
    for name, event in wire.events.items():
        texts = _read_fields(wire.read_body(name), wire.is_form(name))
        people = [get_people(item) for item in event.items]
        # Of several people in a fixture one can't tell whose item a field names.
        if any(one != people[0] for one in people):
            continue
        for item in event.items:
            for role, person in get_people(item).items():
                fields[type(item), role] |= {
                    field
                    for field, values in texts.items()
                    if any(_is_known(text, _values(person)) for text in values)
                }
    return fields


def _is_known(text, known):
    return bool(text.strip()) and (_spell(text) in known or known >= {*text.split()})


def _pair(expected, items):
    """Each item, with those that are expected of its message, and the others."""
    known = {_key(item) for item in expected}
    for item in items:
        if _key(item) in known:
            own = [other for other in expected if _key(other) == _key(item)]
            yield item, own, [other for other in expected if other not in own]


def _key(item):
    found = item.message if isinstance(item, Echo) else item
    return type(item), getattr(found, "message_id", None)


def _all_values(items):
    people = (person for item in items for person in get_people(item).values())
    return set().union(*map(_values, people))


def _values(person: Person):
    """What is known of somebody; of the name, which may be put together, its words."""
    more = {person.parent_user_id, person.username, *(person.name or "").split()}
    return get_ids(person) | {value for value in more if value}


def get_ids(person: Person):
    """What tells somebody from all others: digits, and the business-scoped id."""
    ids = (person.number, person.wa_id, person.user_id)
    return {_spell(value) for value in ids if value}


def _read_fields(body, is_form):
    """The texts of a body by field: the names on the way to them, not the places."""
    fields = defaultdict(set)

    def collect(node, field=()):
        if isinstance(node, dict):
            for name, child in node.items():
                collect(child, (*field, name))
        elif isinstance(node, list):
            for child in node:
                collect(child, field)
        else:
            fields[field].add(clean(str(node)))

    if is_form:
        pairs = parse_qsl(body.decode(errors="replace"), keep_blank_values=True)
        for name, value in pairs:
            collect(value, (name,))
    else:
        collect(json.loads(body))
    return fields


def _parts(text):
    return {_spell(text), *text.split()}


def _spell(value):
    """A number or an id without what may stand before it: ``whatsapp:``, a plus."""
    return value.rpartition(":")[2].strip().removeprefix("+")
