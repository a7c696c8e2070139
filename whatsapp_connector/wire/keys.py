"""Templates whose variables are numbered or named throughout.

Some providers give each variable of a template one key, where a template of ours has
names in each place. A *gap* is a place and a name in it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping

from .outbound import OutboundMedia
from .template import (
    MEDIA_HEADERS,
    OutboundTemplate,
    Template,
    TemplateVariable,
    fill,
    find_placeholders,
)

Gap = tuple[str, str]
#: The place of a header's file among the variables.
FILE: Gap = ("header", "file")

_WORD = re.compile(r"[a-z_][a-z0-9_]*")


def placeholder(key: str) -> str:
    return "{{" + key + "}}"


def find_gaps(template: Template) -> Iterator[Gap]:
    """The gaps of header, body and buttons, in this order."""
    if template.header in MEDIA_HEADERS:
        yield FILE
    for place, text in _find_texts(template):
        for name in filter(None, find_placeholders(text)):
            yield place, name


def _find_texts(template: Template) -> Iterator[tuple[str, str]]:
    if template.header == "text":
        yield "header", template.header_text
    yield "body", template.body
    for position, button in enumerate(template.buttons):
        if button.kind == "url":
            yield f"button:{position}", button.url


class Keys:
    """The provider's key of each gap.

    :param make_key: gives a gap a key that isn't known yet; known ones stay
    """

    def __init__(self, template: Template, make_key: Callable[[Gap], str]):
        known = {(each.place, each.name): each.key for each in template.variables}
        self.of = {gap: known.get(gap) or make_key(gap) for gap in find_gaps(template)}

    def put_into(self, place: str, text: str) -> str:
        """``text`` with the provider's keys in it."""
        mine = {name: placeholder(k) for (p, name), k in self.of.items() if p == place}
        return fill(text, mine)

    def fill(
        self, outbound: OutboundTemplate, describe: Callable[[OutboundMedia], str]
    ) -> dict[str, str]:
        """What each key is filled with in one message; without a value it is empty.

        :param describe: what stands for the header's file
        """
        values = {(each.place, each.name): each.value for each in outbound.values}
        media = outbound.header_media or outbound.template.header_media
        filled: dict[str, str] = {}
        for gap, key in self.of.items():
            if gap != FILE:
                # A key may stand in several places; the first one decides.
                filled.setdefault(key, values.get(gap, ""))
            elif media:
                filled.setdefault(key, describe(media))
            # Else the file is part of the template, made so in the console.
        return filled


class KeyReader:
    """Reads the texts of one template; ``samples`` are by the provider's keys."""

    def __init__(self, samples: Mapping[str, str]):
        self.samples = samples
        self.variables: list[TemplateVariable] = []

    def read_text(self, place: str, text: str) -> str:
        """``text`` with names of ours; what the provider calls them is noted."""
        counter = itertools.count(1)
        names = {
            key: key if _WORD.fullmatch(key) else str(next(counter))
            for key in filter(None, find_placeholders(text))
        }
        self.variables += [
            TemplateVariable(
                place=place, name=name, sample=self.samples.get(key, ""), key=key
            )
            for key, name in names.items()
        ]
        return fill(text, {key: placeholder(name) for key, name in names.items()})
