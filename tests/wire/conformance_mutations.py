"""Webhooks like those of the fixtures, but wrong somewhere."""

import copy
import json
import math
from urllib.parse import parse_qsl, urlencode

from hypothesis import strategies as st

#: More than any text of WhatsApp.
LONG = "x" * 20_000
#: Somebody else, where nobody belongs or in the place of who does.
STRANGERS = ("+34911222333", "whatsapp:+34911222333", 34911222333, "ES.13579")
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["9" * 400, "-1", "NaN", "\x00", "\ud800", "ES.", "whatsapp:", 10**40, LONG]
    ),
    st.sampled_from(STRANGERS),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)
#: In the place of a value: neither it nor its name.
REMOVED = "(removed)"
#: Each type that JSON has, empty and not, and within another.
EVERY_JUNK = (
    *(None, True, 7, math.inf, "", "x", [], ["x"], [[]], [{"a": 1}], {}, {"a": 1}),
    *STRANGERS,
    REMOVED,
)


# -- one place at a time ---------------------------------------------------------------


def change_each_place(wire):
    """Each place of each fixture with each junk: name, path, junk and the whole body.

    Fixtures have much in common: a place is tried once among the same fields, and again
    where others stand beside it, which may tell of another kind.
    """
    tried = set()
    for name in sorted(wire.events):
        document = read_document(wire, name)
        for path, beside in find_places(document):
            place = (*map(_get_field, path), beside)
            if place in tried:
                continue
            tried.add(place)
            for junk in EVERY_JUNK:
                changed = put(document, path, junk)
                yield name, path, junk, write_document(wire, name, changed)


def _get_field(key):
    """A list's items are all alike."""
    return "" if isinstance(key, int) else key


def put(document, path, value):
    """A copy of ``document`` with ``value`` at ``path``."""
    key, *rest = path
    changed = document.copy()
    if rest:
        changed[key] = put(document[key], rest, value)
    elif value is REMOVED:
        del changed[key]
    else:
        changed[key] = value
    return changed


def find_places(node, path=()):
    """The paths to every value within a document, and the keys that stand there."""
    if isinstance(node, (dict, list)):
        children = node if isinstance(node, dict) else dict(enumerate(node))
        for key, child in children.items():
            yield (*path, key), frozenset(children)
            yield from find_places(child, (*path, key))


def read_document(wire, name):
    """What the body of fixture ``name`` holds."""
    body = wire.read_body(name)
    if wire.is_form(name):
        return dict(parse_qsl(body.decode(), keep_blank_values=True))
    return json.loads(body)


def write_document(wire, name, document):
    """The body that holds ``document``, as that of fixture ``name`` does."""
    if wire.is_form(name):
        return urlencode(document, doseq=True, errors="replace").encode()
    return json.dumps(document).encode()


# -- several places at once ------------------------------------------------------------


def change(draw, document):
    """``document`` with some values replaced, renamed, taken out or doubled."""
    document = copy.deepcopy(document)
    for _change in range(draw(st.integers(1, 3))):
        places = [path for path, _beside in find_places(document)]
        if not places:
            break
        *path, last = draw(st.sampled_from(places))
        parent = document
        for key in path:
            parent = parent[key]
        deed = draw(st.sampled_from(["replace", "rename", "remove", "double"]))
        if deed == "remove":
            del parent[last]
        elif deed == "rename" and isinstance(parent, dict):
            parent[draw(st.text(max_size=20))] = parent.pop(last)
        elif deed == "double" and isinstance(parent, list):
            parent.insert(last, copy.deepcopy(parent[last]))
        elif deed == "double":
            parent[last] = [copy.deepcopy(parent[last]), parent[last]]
        else:
            parent[last] = draw(JUNK)
    return document


@st.composite
def mutations(draw, wire):
    """The name of a fixture, and its body with some values changed."""
    name = draw(st.sampled_from(sorted(wire.events)))
    return name, write_document(wire, name, change(draw, read_document(wire, name)))
