"""Templates in WhatsApp's components, there and back.

WhatsApp numbers the variables of each component from 1, where ours may have names.
https://developers.messagebird.com/api/whatsapp/#whatsapp-templates
"""

from __future__ import annotations

import mimetypes
import re
from typing import Any
from urllib.parse import unquote, urlsplit

from odoo.addons.whatsapp_connector.wire import template as base
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMedia
from odoo.addons.whatsapp_connector.wire.template import (
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateVariable,
    find_placeholders,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_number,
    as_text,
)

AUTHENTICATION = "authentication"
#: WhatsApp writes the text around a code itself.
CODE_BODY = "{{1}}"
_BAD_VALUE = re.compile(r"[\r\n\t]| {5,}")


def order(content: str) -> list[str]:
    """Names of the variables of ``content``, in the order of WhatsApp's numbers."""
    names = [name for name in find_placeholders(content) if name]
    numbers = {str(index) for index in range(1, len(names) + 1)}
    return sorted(names, key=int) if set(names) == numbers else names


def _number(content: str) -> str:
    """``content`` with its variables numbered."""
    numbered = {
        name: "{{" + str(index) + "}}" for index, name in enumerate(order(content), 1)
    }
    return base.fill(content, numbered)


# -- building -------------------------------------------------------------------------


def build(template: Template) -> list[Record]:
    """The components that are submitted, with samples."""
    samples = {(each.place, each.name): each.sample for each in template.variables}
    if template.category == AUTHENTICATION:
        return _build_authentication(template)
    found = [
        _build_header(template, samples),
        _build_body(template, samples),
        {"type": "FOOTER", "text": template.footer} if template.footer else None,
        _build_buttons(template, samples),
    ]
    return [each for each in found if each]


def _samples_of(place: str, content: str, samples) -> list[str]:
    return [samples.get((place, name), "") for name in order(content)]


def _build_header(template: Template, samples) -> Record | None:
    if template.header == "text":
        header: Record = {
            "type": "HEADER",
            "format": "TEXT",
            "text": _number(template.header_text),
        }
        values = _samples_of("header", template.header_text, samples)
        return header | ({"example": {"header_text": values}} if values else {})
    if template.header not in base.MEDIA_HEADERS:
        return None
    header = {"type": "HEADER", "format": template.header.upper()}
    if template.header_media:
        header["example"] = {"header_url": [template.header_media.url]}
    return header


def _build_body(template: Template, samples) -> Record:
    values = _samples_of("body", template.body, samples)
    body = {"type": "BODY", "text": _number(template.body)}
    return body | ({"example": {"body_text": [values]}} if values else {})


def _build_buttons(template: Template, samples) -> Record | None:
    buttons = [
        _build_button(position, button, samples)
        for position, button in enumerate(template.buttons)
    ]
    return {"type": "BUTTONS", "buttons": buttons} if buttons else None


def _build_button(position: int, button: TemplateButton, samples) -> Record:
    if button.kind == "quick_reply":
        return {"type": "QUICK_REPLY", "text": button.text}
    if button.kind == "phone":
        number = button.phone
        return {"type": "PHONE_NUMBER", "text": button.text, "phone_number": number}
    if button.kind == "copy_code":
        return {"type": "COPY_CODE", "example": [button.code]}
    url = {"type": "URL", "text": button.text, "url": _number(button.url)}
    given = _samples_of(f"button:{position}", button.url, samples)
    values = dict(zip(order(button.url), given, strict=True))
    return url | ({"example": [base.fill(button.url, values)]} if values else {})


def _build_authentication(template: Template) -> list[Record]:
    """WhatsApp writes the text; ours are the button and two options."""
    body: Record = {"type": "BODY"}
    if template.security_advice:
        body["add_security_recommendation"] = True
    button: Record = {"type": "OTP", "otp_type": "COPY_CODE"}
    labels = [each.text for each in template.buttons if each.text]
    if labels:
        button["text"] = labels[0]
    found = [body, {"type": "BUTTONS", "buttons": [button]}]
    if template.code_minutes:
        minutes = template.code_minutes
        found.insert(1, {"type": "FOOTER", "code_expiration_minutes": minutes})
    return found


# -- filling --------------------------------------------------------------------------


def fill(outbound: OutboundTemplate) -> list[Record] | None:
    """The components of one message; None if WhatsApp doesn't take a value."""
    template = outbound.template
    if template.category == AUTHENTICATION:
        code = next((each.value for each in outbound.values), "")
        if not _is_sayable(code):
            return None
        return [_texts("body", [code]), _button(0, "url", "text", code)]
    values = {(each.place, each.name): each.value for each in outbound.values}
    if not all(map(_is_sayable, _all_values(template, values))):
        return None
    media = outbound.header_media or template.header_media
    found = []
    if template.header in base.MEDIA_HEADERS and media:
        found.append(_file(template.header, media))
    for place, content in (("header", template.header_text), ("body", template.body)):
        if names := order(content):
            found.append(_texts(place, [values[place, name] for name in names]))
    for position, button in enumerate(template.buttons):
        found += _fill_button(position, button, values)
    return found


def _all_values(template: Template, values) -> list[str]:
    places = [("header", template.header_text), ("body", template.body)]
    places += [(f"button:{i}", each.url) for i, each in enumerate(template.buttons)]
    return [
        values.setdefault((place, name), "")
        for place, content in places
        for name in order(content)
    ]


def _fill_button(position: int, button: TemplateButton, values) -> list[Record]:
    if button.kind == "quick_reply":
        return [_button(position, "quick_reply", "payload", button.payload)]
    if button.kind == "copy_code":
        return [_button(position, "copy_code", "coupon_code", button.code)]
    names = order(button.url)
    value = values[f"button:{position}", names[0]] if names else ""
    return [_button(position, "url", "text", value)] if names else []


def _is_sayable(value: str) -> bool:
    return bool(value.strip()) and not _BAD_VALUE.search(value)


def _texts(place: str, values: list[str]) -> Record:
    return {
        "type": place,
        "parameters": [{"type": "text", "text": value} for value in values],
    }


def _file(kind: str, media: OutboundMedia) -> Record:
    file = {"url": media.url}
    return {"type": "header", "parameters": [{"type": kind, kind: file}]}


def _button(position: int, sub_type: str, kind: str, value: str) -> Record:
    return {
        "type": "button",
        "sub_type": sub_type,
        "index": position,
        "parameters": [{"type": kind, kind: value}],
    }


# -- reading --------------------------------------------------------------------------


def parse(template: Record) -> tuple[Template, bool]:
    """The template that a record describes, and whether that isn't all of it."""
    reader = _Reader()
    found = reader.read_template(template)
    return found, reader.partial


class _Reader:
    """Reads one record. What we can't draw makes it partial."""

    def __init__(self):
        self.partial = False
        self._variables: list[TemplateVariable] = []
        self._values: Record = {}
        self._buttons: list[TemplateButton] = []

    def read_template(self, template: Record) -> Template:
        category = as_text(template.get("category")).lower()
        readers = {
            "HEADER": self._read_header,
            "BODY": self._read_body,
            "FOOTER": self._read_footer,
            "BUTTONS": self._read_buttons,
        }
        for component in as_dicts(template.get("components")):
            reader = readers.get(as_text(component.get("type")).upper())
            if reader:
                reader(component)
            else:
                self.partial = True
        if category == AUTHENTICATION:
            code = TemplateVariable(place="body", name="1")
            self._values["body"] = CODE_BODY
            self._variables = [code]
        return Template(
            name=as_text(template.get("name")),
            language=as_text(template.get("language")),
            category=category,
            **{"body": "", **self._values},
            buttons=tuple(self._buttons),
            variables=tuple(self._variables),
        )

    def _read_text(self, place: str, content: str, samples: list) -> str:
        for name, sample in zip(order(content), [*samples, *[""] * 100], strict=False):
            variable = TemplateVariable(place=place, name=name, sample=as_text(sample))
            self._variables.append(variable)
        return content

    def _read_header(self, component: Record) -> None:
        form = as_text(component.get("format")).lower() or "text"
        example = as_dict(component.get("example"))
        if form == "text":
            given = as_text(component.get("text"))
            samples = _list(example.get("header_text"))
            shown = self._read_text("header", given, samples)
            self._values |= {"header": "text", "header_text": shown}
        elif form in base.MEDIA_HEADERS:
            urls = [as_text(url) for url in _list(example.get("header_url"))]
            media = _media(form, urls[0]) if urls else None
            self._values |= {"header": form, "header_media": media}
        else:
            self.partial = True

    def _read_body(self, component: Record) -> None:
        examples = _list(as_dict(component.get("example")).get("body_text"))
        samples = examples[0] if examples and isinstance(examples[0], list) else []
        given = as_text(component.get("text"))
        self._values["body"] = self._read_text("body", given, samples)
        if component.get("add_security_recommendation") is True:
            self._values["security_advice"] = True

    def _read_footer(self, component: Record) -> None:
        self._values["footer"] = as_text(component.get("text"))
        minutes = as_number(component.get("code_expiration_minutes"))
        if minutes:
            self._values["code_minutes"] = int(minutes)

    def _read_buttons(self, component: Record) -> None:
        for button in as_dicts(component.get("buttons")):
            found = self._read_button(button)
            if found:
                self._buttons.append(found)
            else:
                self.partial = True

    def _read_button(self, button: Record) -> TemplateButton | None:
        kind = as_text(button.get("type")).upper()
        title = as_text(button.get("text"))
        if kind == "QUICK_REPLY":
            # WhatsApp keeps no payload; what comes back without one is the text.
            return TemplateButton(kind="quick_reply", text=title, payload=title)
        if kind == "PHONE_NUMBER":
            number = as_text(button.get("phone_number"))
            return TemplateButton(kind="phone", text=title, phone=number)
        if kind == "URL":
            return self._read_url(title, button)
        if kind == "COPY_CODE":
            codes = _list(button.get("example"))
            code = as_text(codes[0]) if codes else ""
            return TemplateButton(kind="copy_code", text=title, code=code)
        if kind == "OTP" and as_text(button.get("otp_type")).upper() == "COPY_CODE":
            return TemplateButton(kind="copy_code", text=title)
        return None

    def _read_url(self, title: str, button: Record) -> TemplateButton:
        url = as_text(button.get("url"))
        examples = _list(button.get("example"))
        sample = as_text(examples[0]) if examples else ""
        sample = sample.removeprefix(base.PLACEHOLDER.split(url)[0])
        place = f"button:{len(self._buttons)}"
        shown = self._read_text(place, url, [sample])
        return TemplateButton(kind="url", text=title, url=shown)


def _list(value: Any) -> list:
    if isinstance(value, str):
        return [value]
    return value if isinstance(value, list) else []


def _media(kind: str, url: str) -> OutboundMedia:
    """The sample of a header, named as its address ends."""
    try:
        path = urlsplit(url).path
    except ValueError:
        path = ""
    filename = unquote(path.rpartition("/")[2])
    mimetype = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    return OutboundMedia(
        kind=kind, url=url, mimetype=mimetype, filename=filename, size=0
    )
