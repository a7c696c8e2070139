"""Templates in WhatsApp's components: what is wrong with them, and what a phone shows.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

import re
from dataclasses import dataclass, field
from typing import Any

from ..store import Location, Option

Record = dict[str, Any]

CATEGORIES = ("UTILITY", "MARKETING", "AUTHENTICATION")
FILES = ("image", "video", "document")
NAME = re.compile(r"[a-z0-9_]{1,512}")
PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")
BAD_VALUE = re.compile(r"[\r\n\t]| {5,}")
_CODE = "123456"
#: What a button is for the phone, and where it says what is in it.
_BUTTONS = {
    "QUICK_REPLY": ("reply", ""),
    "URL": ("url", "url"),
    "PHONE_NUMBER": ("phone", "phone_number"),
    "COPY_CODE": ("copy_code", "example"),
    "OTP": ("copy_code", ""),
}


@dataclass
class Values:
    """What fills a template.

    ``texts`` are by place (``header``, ``body``, ``button:0`` …), then by name or
    number; ``above`` is the file or the place above the text, as a message has it.
    """

    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    above: Record = field(default_factory=dict)

    def fill(self, place: str, text: str) -> str:
        """``text`` with its values; variables without one stay."""
        values = self.texts.get(place, {})
        return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)

    def first(self, place: str) -> str:
        """The only value of a place; empty if it has none."""
        return next(iter(self.texts.get(place, {}).values()), "")

    def all(self) -> list[str]:
        """All texts."""
        return [text for texts in self.texts.values() for text in texts.values()]


def find(components: list[Record], kind: str) -> Record:
    """The component of this type, or an empty one."""
    return next((one for one in components if one.get("type") == kind), {})


def variables_of(component: Record) -> list[str]:
    """The variables of a text, each once."""
    return list(dict.fromkeys(PLACEHOLDER.findall(component.get("text") or "")))


def has_variable_at_end(components: list[Record]) -> bool:
    """Whether the body begins or ends with a variable, which WhatsApp rejects."""
    text = (find(components, "BODY").get("text") or "").strip()
    places = [match.span() for match in PLACEHOLDER.finditer(text)]
    return bool(places) and (places[0][0] == 0 or places[-1][1] == len(text))


# -- values ---------------------------------------------------------------------------


def read_parameters(components: list[Record]) -> Values:
    """What a message fills its template with."""
    values = Values()
    for component in components:
        place = str(component.get("type")).lower()
        if place == "button":
            place = f"button:{component.get('index', 0)}"
        for number, parameter in enumerate(component.get("parameters") or [], 1):
            _read_parameter(values, place, number, parameter)
    return values


def _read_parameter(values: Values, place: str, number: int, parameter: Record):
    kind = str(parameter.get("type"))
    given = parameter.get(kind)
    if kind in FILES and isinstance(given, dict):
        values.above = {"media_url": given.get("link") or given.get("url") or ""}
    elif kind == "location" and isinstance(given, dict):
        values.above = {"location": read_location(given)}
    else:
        name = str(parameter.get("parameter_name") or number)
        values.texts.setdefault(place, {})[name] = str(given or "")


def read_location(given: Record) -> Location:
    """:raise KeyError: it has no coordinates"""
    point = float(given["latitude"]), float(given["longitude"])
    return Location(*point, given.get("name", ""), given.get("address", ""))


def read_samples(components: list[Record]) -> Values:
    """What was submitted with a template as an example."""
    values = Values()
    for component in components:
        place = str(component.get("type")).lower()
        example = component.get("example") or {}
        if place not in ("header", "body") or not isinstance(example, dict):
            continue
        listed = example.get(f"{place}_text") or []
        listed = listed[0] if listed and isinstance(listed[0], list) else listed
        named = example.get(f"{place}_text_named_params") or []
        values.texts[place] = {str(n): one for n, one in enumerate(listed, 1)} | {
            one["param_name"]: one["example"] for one in named
        }
        if addresses := example.get("header_url"):
            values.above = {"media_url": addresses[0]}
    return values


# -- the phone ------------------------------------------------------------------------


def render(components: list[Record], values: Values) -> Record:
    """The fields of a message that a template fills."""
    parts = {one["type"]: one for one in components}
    header, body = parts.get("HEADER", {}), parts.get("BODY", {})
    footer = parts.get("FOOTER", {})
    options = [
        _render_button(button, f"button:{position}", values)
        for position, button in enumerate(parts.get("BUTTONS", {}).get("buttons") or [])
    ]
    return {
        "kind": "buttons" if options else "text",
        "header": values.fill("header", header.get("text") or ""),
        "text": values.fill("body", body.get("text") or _write_code(body, values)),
        "footer": footer.get("text") or _write_expiry(footer),
        "options": options,
        **values.above,
    }


def _write_code(body: Record, values: Values) -> str:
    """WhatsApp's own text around a one-time code."""
    advice = " For your security, do not share this code."
    text = f"*{values.first('body') or _CODE}* is your verification code."
    return text + (advice if body.get("add_security_recommendation") else "")


def _write_expiry(footer: Record) -> str:
    minutes = footer.get("code_expiration_minutes")
    return f"This code expires in {minutes} minutes." if minutes else ""


def _render_button(button: Record, place: str, values: Values) -> Option:
    kind, name = _BUTTONS.get(button["type"], ("other", ""))
    title = button.get("text") or "Copy code"
    given = values.first(place)
    if kind == "reply":
        return Option(given or title, title)
    value = button.get(name) or ""
    value = str(value[0] if isinstance(value, list) else value)
    if kind == "copy_code":
        return Option(title, title, kind=kind, value=given or value)
    return Option(title, title, kind=kind, value=values.fill(place, value))
