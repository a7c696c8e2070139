"""Templates as Meta's components, there and back.

Meta's variables have names or numbers, all of one template the same. Those of ours that
are words stay; else each text's are numbered from 1, in their order.
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

from __future__ import annotations

import re
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
#: https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_status_update
STATUSES = {
    "PENDING": "pending",
    "IN_APPEAL": "pending",
    "APPROVED": "approved",
    "REINSTATED": "approved",
    "FLAGGED": "approved",
    "REJECTED": "rejected",
    "PAUSED": "paused",
    "DISABLED": "disabled",
    "PENDING_DELETION": "deleted",
    "DELETED": "deleted",
}
#: WhatsApp writes these itself, whatever is submitted.
COPY_CODE_TITLE = "Copy code"
CODE_BODY = "{{1}}"

_BUTTONS = {
    "QUICK_REPLY": "quick_reply",
    "URL": "url",
    "PHONE_NUMBER": "phone",
    "COPY_CODE": "copy_code",
}
_TYPES = {kind: name for name, kind in _BUTTONS.items()}
_WORD = re.compile(r"[a-z_]+")
_BAD_VALUE = re.compile(r"[\r\n\t]| {5,}")


def name_of(carried: OutboundTemplate) -> str:
    """What Meta calls a template: the name under which it was submitted."""
    return carried.name or submission_name(carried.template)


def submission_name(template: Template) -> str:
    """A new version is a template of its own, so that the old one stays in use."""
    if template.version <= 1:
        return template.name
    return f"{template.name}_v{template.version}"


def read_language(code: Any) -> str | None:
    """WhatsApp's code; some webhooks have a hyphen in it."""
    return as_text(code).replace("-", "_") or None


def read_status(word: Any) -> str:
    """The state in the base's words, or Meta's own word."""
    return STATUSES.get(as_text(word).upper(), as_text(word))


# -- variables ------------------------------------------------------------------------


class _Names:
    """What Meta calls the variables of one template."""

    def __init__(self, template: Template):
        self._texts = {"header": template.header_text, "body": template.body}
        self._keys = {
            (each.place, each.name): each.key
            for each in template.variables
            if each.place in self._texts and each.key
        }
        names = [n for text in self._texts.values() for n in find_placeholders(text)]
        self.are_words = bool(self._keys) or (
            bool(names) and all(map(_WORD.fullmatch, names))
        )

    def of(self, place: str) -> dict[str, str]:
        """Our names of a text's variables, in order, and Meta's."""
        names = find_placeholders(self._texts[place])
        if self.are_words:
            return {name: self._keys.get((place, name)) or name for name in names}
        return {name: str(count) for count, name in enumerate(names, 1)}

    def put_into(self, place: str) -> str:
        """The text with Meta's names in it."""
        return base.fill(
            self._texts[place],
            {name: "{{" + key + "}}" for name, key in self.of(place).items()},
        )


# -- building -------------------------------------------------------------------------


def build(template: Template, handle: str = "") -> Record:
    """The body of the request that creates a template.

    :param handle: what Meta gave for the sample of the header's file
    """
    content = {
        "name": submission_name(template),
        "language": template.language,
        "category": template.category.upper(),
        "components": build_components(template, handle),
    }
    if template.category != AUTHENTICATION:
        named = _Names(template).are_words
        content["parameter_format"] = "named" if named else "positional"
    return content


def build_components(template: Template, handle: str = "") -> list[Record]:
    if template.category == AUTHENTICATION:
        return _build_authentication(template)
    names = _Names(template)
    samples = {(each.place, each.name): each.sample for each in template.variables}
    components = []
    if template.header == "text":
        components.append(_build_text("HEADER", "header", names, samples))
    elif template.header != "none":
        header: Record = {"type": "HEADER", "format": template.header.upper()}
        if handle:
            header["example"] = {"header_handle": [handle]}
        components.append(header)
    components.append(_build_text("BODY", "body", names, samples))
    if template.footer:
        components.append({"type": "FOOTER", "text": template.footer})
    if template.buttons:
        buttons = [
            _build_button(place, button, samples)
            for place, button in enumerate(template.buttons)
        ]
        components.append({"type": "BUTTONS", "buttons": buttons})
    return components


def _build_text(kind: str, place: str, names: _Names, samples: dict) -> Record:
    component: Record = {"type": kind, "text": names.put_into(place)}
    if place == "header":
        component["format"] = "TEXT"
    keys = names.of(place)
    values = [samples.get((place, name), "") for name in keys]
    if names.are_words and keys:
        component["example"] = {
            f"{place}_text_named_params": [
                {"param_name": key, "example": value}
                for key, value in zip(keys.values(), values, strict=True)
            ]
        }
    elif keys:
        listed = values if place == "header" else [values]
        component["example"] = {f"{place}_text": listed}
    return component


def _build_button(position: int, button: TemplateButton, samples: dict) -> Record:
    built: Record = {"type": _TYPES[button.kind]}
    if button.kind == "copy_code":
        return {**built, "example": button.code}
    built["text"] = button.text
    if button.kind == "phone":
        built["phone_number"] = button.phone
    elif button.kind == "url":
        names = find_placeholders(button.url)
        place = f"button:{position}"
        built["url"] = base.fill(button.url, dict.fromkeys(names, CODE_BODY))
        if names:
            known = {name: samples.get((place, name), "") for name in names}
            built["example"] = [base.fill(button.url, known)]
    return built


def _build_authentication(template: Template) -> list[Record]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/authentication-templates"""
    labels = (button.text for button in template.buttons if button.text)
    button = {"type": "OTP", "otp_type": "COPY_CODE"}
    button["text"] = next(labels, COPY_CODE_TITLE)
    components: list[Record] = [
        {"type": "BODY", "add_security_recommendation": template.security_advice}
    ]
    if template.code_minutes:
        minutes = template.code_minutes
        components.append({"type": "FOOTER", "code_expiration_minutes": minutes})
    return [*components, {"type": "BUTTONS", "buttons": [button]}]


# -- filling --------------------------------------------------------------------------


def fill(carried: OutboundTemplate) -> list[Record] | None:
    """The components of one message; None if a value is missing or can't be sent.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/template-messages
    """
    template = carried.template
    values = {(each.place, each.name): each.value for each in carried.values}
    if not all(map(_is_sayable, values.values())):
        return None
    if template.category == AUTHENTICATION:
        return _fill_code(next(iter(values.values()), ""))
    filled = [
        _fill_header(carried, values),
        _fill_text("body", template, values),
        *_fill_buttons(template, values),
    ]
    return None if None in filled else [each for each in filled if each]


def _is_sayable(value: str) -> bool:
    return bool(value.strip()) and not _BAD_VALUE.search(value)


def _fill_code(code: str) -> list[Record] | None:
    if not code:
        return None
    parameters = [{"type": "text", "text": code}]
    button = {"type": "button", "sub_type": "url", "index": 0}
    return [
        {"type": "body", "parameters": parameters},
        {**button, "parameters": parameters},
    ]


def _fill_header(carried: OutboundTemplate, values: dict) -> Record | None:
    """The header's parameter; empty if it needs none."""
    template, kind = carried.template, carried.template.header
    if kind == "text":
        return _fill_text("header", template, values)
    if kind == "none":
        return {}
    if kind == "location":
        location = carried.header_location or template.header_location
        value = location and place(location)
    else:
        media = carried.header_media or template.header_media
        value = media and link(media, kind)
    if not value:
        return None
    return {"type": "header", "parameters": [{"type": kind, kind: value}]}


def _fill_text(where: str, template: Template, values: dict) -> Record | None:
    names = _Names(template)
    parameters = []
    for name, key in names.of(where).items():
        value = values.get((where, name))
        if not value:
            return None
        named = {"parameter_name": key} if names.are_words else {}
        parameters.append({"type": "text", **named, "text": value})
    return {"type": where, "parameters": parameters} if parameters else {}


def _fill_buttons(template: Template, values: dict) -> list[Record | None]:
    return [
        _fill_button(position, button, values)
        for position, button in enumerate(template.buttons)
    ]


def _fill_button(position: int, button: TemplateButton, values: dict) -> Record | None:
    """Quick replies carry what comes back; an address only what varies in it."""
    if button.kind == "quick_reply" and button.payload:
        parameter = {"type": "payload", "payload": button.payload}
    elif button.kind == "copy_code":
        parameter = {"type": "coupon_code", "coupon_code": button.code}
    elif button.kind == "url" and find_placeholders(button.url):
        [name, *_others] = find_placeholders(button.url)
        value = values.get((f"button:{position}", name))
        if not value:
            return None
        parameter = {"type": "text", "text": value}
    else:
        return {}
    return {
        "type": "button",
        "sub_type": button.kind,
        "index": position,
        "parameters": [parameter],
    }


def link(media: OutboundMedia, kind: str) -> Record:
    """A file of ours, which Meta fetches."""
    name = {"filename": media.filename} if kind == "document" else {}
    return {"link": media.url, **name}


def place(location: Location) -> Record:
    point = {"latitude": location.latitude, "longitude": location.longitude}
    words = {"name": location.name, "address": location.address}
    return {**point, **{name: word for name, word in words.items() if word}}


# -- reading --------------------------------------------------------------------------


def says_the_same(record: Record, template: Template) -> bool:
    """Whether the template that Meta has says what ``template`` does; samples apart."""
    ours = build_components(template)
    return _essence(record.get("components")) == _essence(ours)


def _essence(components: Any) -> list[Any]:
    parts = []
    for component in as_dicts(components):
        kind = as_text(component.get("type")).upper()
        buttons = [
            (
                as_text(button.get("type")),
                as_text(button.get("text"))
                if button.get("type") != "COPY_CODE"
                else "",
                as_text(button.get("url")) if button.get("type") == "URL" else "",
                re.sub(r"\D", "", as_text(button.get("phone_number"))),
            )
            for button in as_dicts(component.get("buttons"))
        ]
        # The text of authentication is WhatsApp's own.
        is_code = "add_security_recommendation" in component
        text = "" if is_code else as_text(component.get("text"))
        minutes = component.get("code_expiration_minutes")
        form = as_text(component.get("format")) if kind == "HEADER" else ""
        parts.append((kind, form, "" if minutes else text, minutes, buttons))
    return sorted(parts, key=lambda part: part[0])


def read_state(record: Record) -> TemplateState:
    """A template of Meta's list as the base knows it."""
    template, partial = _Reader(record).describe()
    reason = as_text(record.get("rejected_reason"))
    quality = as_text(as_dict(record.get("quality_score")).get("score")).lower()
    return TemplateState(
        template_id=as_text(record.get("id")),
        name=template.name,
        language=template.language,
        status=read_status(record.get("status")),
        category=template.category,
        reason="" if reason == "NONE" else reason,
        quality="" if quality == "unknown" else quality,
        content=template,
        partial=partial,
    )


class _Reader:
    """Reads one template. What we can't show makes it partial."""

    def __init__(self, record: Record):
        self._record = record
        self._is_named = as_text(record.get("parameter_format")).upper() == "NAMED"
        self._variables: list[TemplateVariable] = []
        self._partial = False
        self._parts: dict[str, Any] = {"body": ""}

    def describe(self) -> tuple[Template, bool]:
        category = as_text(self._record.get("category")).lower()
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
            language=read_language(self._record.get("language")) or "",
            category=category,
            **self._parts,
            variables=tuple(self._variables),
        )
        return template, self._partial

    def _read_text(self, where: str, text: str, samples: dict[str, str]) -> str:
        self._variables += [
            TemplateVariable(
                place=where,
                name=name,
                sample=samples.get(name, ""),
                key=name if self._is_named else "",
            )
            for name in find_placeholders(text)
            if name
        ]
        return text

    def _samples(self, where: str, component: Record, text: str) -> dict[str, str]:
        example = as_dict(component.get("example"))
        named = {
            as_text(each.get("param_name")): as_text(each.get("example"))
            for each in as_dicts(example.get(f"{where}_text_named_params"))
        }
        listed = as_list(example.get(f"{where}_text"))
        if listed and isinstance(listed[0], list):
            listed = listed[0]
        values = map(as_text, listed)
        return named or dict(zip(find_placeholders(text), values, strict=False))

    def _read_header(self, component: Record) -> None:
        form = as_text(component.get("format")).lower()
        if form not in base.HEADERS:
            self._partial = True
            return
        self._parts["header"] = form
        if form == "text":
            text = as_text(component.get("text"))
            samples = self._samples("header", component, text)
            self._parts["header_text"] = self._read_text("header", text, samples)

    def _read_body(self, component: Record) -> None:
        if "add_security_recommendation" in component or self._is_code():
            advice = component.get("add_security_recommendation") is True
            self._parts |= {"body": CODE_BODY, "security_advice": advice}
            self._read_text("body", CODE_BODY, {})
            return
        text = as_text(component.get("text"))
        samples = self._samples("body", component, text)
        self._parts["body"] = self._read_text("body", text, samples)

    def _is_code(self) -> bool:
        return as_text(self._record.get("category")).lower() == AUTHENTICATION

    def _read_footer(self, component: Record) -> None:
        minutes = as_number(component.get("code_expiration_minutes"))
        if minutes:
            self._parts["code_minutes"] = int(minutes)
        else:
            self._parts["footer"] = as_text(component.get("text"))

    def _read_buttons(self, component: Record) -> None:
        buttons: list[TemplateButton] = []
        for button in as_dicts(component.get("buttons")):
            kind = _BUTTONS.get(as_text(button.get("type")))
            is_code = as_text(button.get("type")) == "OTP" or self._is_code()
            if kind is None and not is_code:
                self._partial = True
                continue
            buttons.append(self._read_button(kind or "copy_code", button, len(buttons)))
        self._parts["buttons"] = tuple(buttons)

    def _read_button(self, kind: str, button: Record, position: int) -> TemplateButton:
        if self._is_code():
            return TemplateButton(kind="copy_code", text=as_text(button.get("text")))
        url = as_text(button.get("url"))
        example = button.get("example")
        sample = as_text(
            example[0] if isinstance(example, list) and example else example
        )
        start = url.partition("{{")[0]
        samples = dict.fromkeys(find_placeholders(url), sample.removeprefix(start))
        where, named = f"button:{position}", self._is_named
        # Addresses have numbers, whatever the texts have.
        self._is_named = False
        self._read_text(where, url, samples)
        self._is_named = named
        return TemplateButton(
            kind=kind,
            text=as_text(button.get("text")),
            url=url,
            phone=as_text(button.get("phone_number")),
            code=sample if kind == "copy_code" else "",
        )
