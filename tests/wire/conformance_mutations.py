"""Webhooks like those of the fixtures, but wrong somewhere."""

import copy
import json
from urllib.parse import parse_qsl, urlencode

from hypothesis import strategies as st

#: More than any text of WhatsApp.
LONG = "x" * 20_000
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["9" * 400, "-1", "NaN", "\x00", "\ud800", "ES.", "whatsapp:", 10**40, LONG]
    ),
    # Somebody else, where nobody belongs or in the place of who does.
    st.sampled_from(["+34911222333", "whatsapp:+34911222333", 34911222333, "ES.13579"]),
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
    """``document`` with some values replaced, renamed, taken out or doubled."""
    document = copy.deepcopy(document)
    for _change in range(draw(st.integers(1, 3))):
        places = list(find_places(document))
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
    body = wire.read_body(name)
    if not wire.is_form(name):
        return name, json.dumps(change(draw, json.loads(body))).encode()
    pairs = change(draw, dict(parse_qsl(body.decode(), keep_blank_values=True)))
    return name, urlencode(pairs, doseq=True, errors="replace").encode()
