"""Templates as WhatsApp's components, there and back.

Vonage hands them on to WhatsApp, and documents variables that are numbered: those of
each text are, from 1, in their order. A template from elsewhere may have named ones,
which are filled by their names.
https://developer.vonage.com/en/api/whatsapp-template-management,
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from odoo.addons.whatsapp_connector.wire import template as base
from odoo.addons.whatsapp_connector.wire.items import Location
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMedia
from odoo.addons.whatsapp_connector.wire.template import (
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateState,
    TemplateVariable,
    find_placeholders,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_list,
    as_number,
    as_text,
)

AUTHENTICATION = "authentication"
STATUSES = {
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "APPROVED": "approved",
    "REINSTATED": "approved",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "LIMIT_EXCEEDED": "disabled",
    "LOCKED": "disabled",
    "DISABLED": "disabled",
    "PENDING_DELETION": "deleted",
    "DELETED": "deleted",
}
#: WhatsApp writes these itself, whatever is submitted.
COPY_CODE_TITLE = "Copy code"
CODE_BODY = "{{1}}"

_BUTTON_TYPES = {
    "quick_reply": "QUICK_REPLY",
    "url": "URL",
    "phone": "PHONE_NUMBER",
    "copy_code": "COPY_CODE",
}
_BUTTON_KINDS = {name: kind for kind, name in _BUTTON_TYPES.items()} | {
    "OTP": "copy_code"
}
_BAD_VALUE = re.compile(r"[\r\n\t]| {5,}")


def provider_name(template: Template) -> str:
    """The name under which this version is submitted.

    An approved template is used on while its successor waits for approval, so that
    each version needs a name of its own.
    """
    suffix = f"_v{template.version}" if template.version > 1 else ""
    return f"{template.name}{suffix}"


def read_status(word: str) -> str:
    """The state in the base's words, or WhatsApp's own word."""
    return STATUSES.get(word.upper(), word)


def describe_location(place: Location) -> Record:
    """A place as WhatsApp takes it in messages and in headers."""
    words = {"name": place.name, "address": place.address}
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        **{name: word for name, word in words.items() if word},
    }


def _get_numbers(text: str) -> dict[str, str]:
    """The number of each variable in ``text``; numbers that it has stay."""
    names = find_placeholders(text)
    if all(name.isdecimal() for name in names):
        return {name: name for name in sorted(names, key=int)}
    return {name: str(number) for number, name in enumerate(names, 1)}


def _write(text: str) -> str:
    numbers = _get_numbers(text)
    return base.fill(text, {k: "{{" + number + "}}" for k, number in numbers.items()})


# -- building -------------------------------------------------------------------------


def build(template: Template, handle: str = "") -> Record:
    """The body of the request that submits ``template``.

    :param handle: what the upload of the header's sample gave
    """
    return {
        "name": provider_name(template),
        "language": template.language,
        "category": template.category.upper(),
        "components": build_components(template, handle),
    }


def build_components(template: Template, handle: str = "") -> list[Record]:
    if template.category == AUTHENTICATION:
        return _build_authentication(template)
    samples = {(each.place, each.name): each.sample for each in template.variables}
    components = [_build_body(template.body, samples)]
    if template.header != "none":
        components.insert(0, _build_header(template, samples, handle))
    if template.footer:
        footer = {"type": "FOOTER", "format": "TEXT", "text": template.footer}
        components.append(footer)
    if template.buttons:
        buttons = [
            _build_button(position, button, samples)
            for position, button in enumerate(template.buttons)
        ]
        components.append({"type": "BUTTONS", "buttons": buttons})
    return components


def _build_header(template: Template, samples: dict, handle: str) -> Record:
    header: Record = {"type": "HEADER", "format": template.header.upper()}
    if template.header == "text":
        header["text"] = _write(template.header_text)
        names = _get_numbers(template.header_text)
        if names:
            header["example"] = {
                "header_text": [samples.get(("header", name), "") for name in names]
            }
    elif handle:
        header["example"] = {"header_handle": [handle]}
    return header


def _build_body(text: str, samples: dict) -> Record:
    body: Record = {"type": "BODY", "format": "TEXT", "text": _write(text)}
    if names := _get_numbers(text):
        row = [samples.get(("body", name), "") for name in names]
        body["example"] = {"body_text": [row]}
    return body


def _build_button(position: int, button: TemplateButton, samples: dict) -> Record:
    built: Record = {"type": _BUTTON_TYPES[button.kind]}
    if button.kind == "copy_code":
        return {**built, "example": button.code}
    built["text"] = button.text
    if button.kind == "phone":
        built["phone_number"] = button.phone
    elif button.kind == "url":
        built["url"] = _write(button.url)
        place = f"button:{position}"
        known = {
            name: samples.get((place, name), "") for name in _get_numbers(button.url)
        }
        if known:
            built["example"] = [base.fill(button.url, known)]
    return built


def _build_authentication(template: Template) -> list[Record]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/authentication-templates"""
    labels = (button.text for button in template.buttons if button.text)
    otp = {"type": "OTP", "otp_type": "COPY_CODE"}
    otp["text"] = next(labels, COPY_CODE_TITLE)
    body = {"type": "BODY", "add_security_recommendation": template.security_advice}
    footer = {"type": "FOOTER", "code_expiration_minutes": template.code_minutes}
    buttons = {"type": "BUTTONS", "buttons": [otp]}
    return [body, footer, buttons] if template.code_minutes else [body, buttons]


# -- filling --------------------------------------------------------------------------


def fill(outbound: OutboundTemplate) -> list[Record] | str:
    """The components of one message, or the code of why there can be none.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/template-messages
    """
    values = {(each.place, each.name): each.value for each in outbound.values}
    if not all(map(_is_sayable, values.values())):
        return "no_value"
    try:
        return [part for part in _fill(outbound, values) if part["parameters"]]
    except _Missing as missing:
        return str(missing)


class _Missing(Exception):
    """What a message lacks, as a code of :mod:`errors`."""


def _is_sayable(value: str) -> bool:
    return bool(value.strip()) and not _BAD_VALUE.search(value)


def _fill(outbound: OutboundTemplate, values: dict) -> Iterator[Record]:
    template = outbound.template
    if template.category == AUTHENTICATION:
        yield from _fill_authentication(values)
        return
    keys = {(each.place, each.name): each.key for each in template.variables}
    yield {"type": "header", "parameters": _fill_header(outbound, values, keys)}
    body = _fill_text("body", template.body, values, keys)
    yield {"type": "body", "parameters": body}
    for position, button in enumerate(template.buttons):
        yield {
            "type": "button",
            "sub_type": button.kind,
            "index": str(position),
            "parameters": _fill_button(position, button, values),
        }


def _fill_authentication(values: dict) -> Iterator[Record]:
    """The code stands in the text and in the button that copies it."""
    code = next(iter(values.values()), "")
    if not code:
        raise _Missing("no_value")
    parameters = [{"type": "text", "text": code}]
    yield {"type": "body", "parameters": parameters}
    yield {
        "type": "button",
        "sub_type": "url",
        "index": "0",
        "parameters": parameters,
    }


def _fill_header(outbound: OutboundTemplate, values: dict, keys: dict) -> list[Record]:
    template = outbound.template
    if template.header == "text":
        return _fill_text("header", template.header_text, values, keys)
    if template.header == "none":
        return []
    if template.header == "location":
        place = outbound.header_location or template.header_location
        content = place and describe_location(place)
    else:
        file = outbound.header_media or template.header_media
        content = file and _link(file, template.header)
    if not content:
        raise _Missing("no_header")
    return [{"type": template.header, template.header: content}]


def _link(file: OutboundMedia, kind: str) -> Record:
    name = {"filename": file.filename} if kind == "document" else {}
    return {"link": file.url, **name}


def _fill_text(place: str, text: str, values: dict, keys: dict) -> list[Record]:
    parameters = []
    for name in _get_numbers(text):
        if (place, name) not in values:
            raise _Missing("no_value")
        key = keys.get((place, name))
        named = {"parameter_name": key} if key else {}
        value = values[place, name]
        parameters.append({"type": "text", **named, "text": value})
    return parameters


def _fill_button(position: int, button: TemplateButton, values: dict) -> list[Record]:
    if button.kind == "quick_reply" and button.payload:
        return [{"type": "payload", "payload": button.payload}]
    if button.kind == "copy_code":
        return [{"type": "coupon_code", "coupon_code": button.code}]
    if button.kind == "url":
        return _fill_text(f"button:{position}", button.url, values, {})
    return []


# -- reading --------------------------------------------------------------------------


def is_same(record: Record, template: Template) -> bool:
    """Whether what Vonage has in ``record`` says what ``template`` does.

    Samples don't count, nor what WhatsApp writes itself.
    """
    given, _partial = parse(record)
    wanted, _partial = parse(build(template))
    return _essence(given) == _essence(wanted)


def _essence(template: Template) -> tuple:
    is_code = template.category == AUTHENTICATION
    buttons = [
        (button.kind, button.text, button.url, re.sub(r"\D", "", button.phone))
        for button in template.buttons
        if button.kind != "copy_code" or is_code
    ]
    return (
        template.header,
        template.header_text,
        template.body,
        "" if is_code else template.footer,
        template.code_minutes,
        len(template.buttons),
        buttons,
    )


def read_state(record: Record) -> TemplateState:
    """A template of Vonage's list as the base knows it."""
    template, partial = parse(record)
    reason = as_text(record.get("rejected_reason"))
    quality = record.get("quality_score")
    quality = as_text(as_dict(quality).get("score")) or as_text(quality)
    return TemplateState(
        template_id=as_text(record.get("id")),
        name=template.name,
        language=template.language,
        status=read_status(as_text(record.get("status"))),
        category=template.category,
        reason="" if reason == "NONE" else reason,
        quality="" if quality == "UNKNOWN" else quality.lower(),
        content=template,
        partial=partial,
    )


def parse(record: Record) -> tuple[Template, bool]:
    """The template in ``record``, and whether that isn't all of it."""
    return _Reader(record).read_template()


class _Reader:
    """Reads one template. What we can't show makes it partial."""

    def __init__(self, record: Record):
        self._record = record
        self._category = as_text(record.get("category")).lower()
        self._variables: list[TemplateVariable] = []
        self._parts: dict[str, Any] = {"body": ""}
        self._partial = False

    def read_template(self) -> tuple[Template, bool]:
        readers = {
            "HEADER": self._read_header,
            "BODY": self._read_body,
            "FOOTER": self._read_footer,
            "BUTTONS": self._read_buttons,
        }
        for component in as_dicts(self._record.get("components")):
            reader = readers.get(as_text(component.get("type")).upper())
            if reader:
                reader(component)
            else:
                self._partial = True
        template = Template(
            name=as_text(self._record.get("name")),
            language=as_text(self._record.get("language")).replace("-", "_"),
            category=self._category,
            **self._parts,
            variables=tuple(self._variables),
        )
        return template, self._partial

    def _read_text(self, place: str, component: Record) -> str:
        text = as_text(component.get("text"))
        samples = _read_samples(place, component, text)
        self._add_variables(place, text, samples)
        return text

    def _add_variables(self, place: str, text: str, samples: dict[str, str]) -> None:
        self._variables += [
            TemplateVariable(
                place=place,
                name=name,
                sample=samples.get(name, ""),
                key="" if name.isdecimal() else name,
            )
            for name in find_placeholders(text)
            if name
        ]

    def _read_header(self, component: Record) -> None:
        kind = as_text(component.get("format")).lower()
        if kind not in base.HEADERS:
            self._partial = True
            return
        self._parts["header"] = kind
        if kind == "text":
            self._parts["header_text"] = self._read_text("header", component)

    def _read_body(self, component: Record) -> None:
        if self._category == AUTHENTICATION:
            advice = component.get("add_security_recommendation") is True
            self._parts |= {"body": CODE_BODY, "security_advice": advice}
            self._add_variables("body", CODE_BODY, {})
        else:
            self._parts["body"] = self._read_text("body", component)

    def _read_footer(self, component: Record) -> None:
        minutes = as_number(component.get("code_expiration_minutes"))
        if minutes:
            self._parts["code_minutes"] = int(minutes)
        else:
            self._parts["footer"] = as_text(component.get("text"))

    def _read_buttons(self, component: Record) -> None:
        buttons: list[TemplateButton] = []
        for button in as_dicts(component.get("buttons")):
            kind = _BUTTON_KINDS.get(as_text(button.get("type")).upper())
            if kind is None:
                self._partial = True
            else:
                buttons.append(self._read_button(kind, button, len(buttons)))
        self._parts["buttons"] = tuple(buttons)

    def _read_button(self, kind: str, button: Record, position: int) -> TemplateButton:
        text = as_text(button.get("text"))
        if self._category == AUTHENTICATION:
            return TemplateButton(kind="copy_code", text=text)
        example = button.get("example")
        sample = as_text(next(iter(as_list(example)), example))
        url = as_text(button.get("url")) if kind == "url" else ""
        known = sample.removeprefix(url.partition("{{")[0])
        samples = dict.fromkeys(find_placeholders(url), known)
        self._add_variables(f"button:{position}", url, samples)
        return TemplateButton(
            kind=kind,
            text=text if kind != "copy_code" else "",
            url=url,
            phone=as_text(button.get("phone_number")) if kind == "phone" else "",
            code=sample if kind == "copy_code" else "",
        )


def _read_samples(place: str, component: Record, text: str) -> dict[str, str]:
    example = as_dict(component.get("example"))
    named = as_list(example.get(f"{place}_text_named_params"))
    if named:
        return {
            as_text(each.get("param_name")): as_text(each.get("example"))
            for each in map(as_dict, named)
        }
    listed = as_list(example.get(f"{place}_text"))
    if listed and isinstance(listed[0], list):
        listed = listed[0]
    return dict(zip(_get_numbers(text), map(as_text, listed), strict=False))
