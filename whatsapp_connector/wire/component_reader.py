"""Reads a template that a provider describes in WhatsApp's components."""

from __future__ import annotations

from typing import Any

from .outbound import OutboundMedia
from .template import (
    AUTHENTICATION,
    CODE_BODY,
    HEADERS,
    Template,
    TemplateButton,
    TemplateVariable,
    find_placeholders,
    order_placeholders,
)
from .values import Record, as_dict, as_dicts, as_list, as_number, as_text

BUTTONS = {
    "QUICK_REPLY": "quick_reply",
    "URL": "url",
    "PHONE_NUMBER": "phone",
    "COPY_CODE": "copy_code",
}


def read_language(code: Any) -> str:
    """WhatsApp's code: ``en_US``, in the samples of some webhooks ``en-US``.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/message_template_status_update
    """
    return as_text(code).replace("-", "_")


class ComponentReader:
    """Reads one template. What we can't show makes it partial."""

    #: Whether messages may call variables by their names.
    named = True

    def __init__(self, record: Record):
        self._record = record
        self._category = as_text(record.get("category")).lower()
        self._is_code = self._category == AUTHENTICATION
        self._variables: list[TemplateVariable] = []
        self._parts: dict[str, Any] = {"body": ""}
        self._partial = False

    def read_template(self) -> tuple[Template, bool]:
        """The template, and whether that isn't all of it."""
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
            language=read_language(self._record.get("language")),
            category=self._category,
            **self._parts,
            variables=tuple(self._variables),
        )
        return template, self._partial

    def read_sample(self, kind: str, example: Record) -> dict[str, OutboundMedia]:
        """``header_media``, the sample of a header, where the provider tells of it."""
        return {}

    def _read_header(self, component: Record) -> None:
        kind = as_text(component.get("format")).lower() or "text"
        if kind not in HEADERS:
            self._partial = True
            return
        self._parts["header"] = kind
        if kind == "text":
            self._parts["header_text"] = self._read_text("header", component)
        else:
            example = as_dict(component.get("example"))
            self._parts |= self.read_sample(kind, example)

    def _read_body(self, component: Record) -> None:
        """The text of a one-time code is WhatsApp's own."""
        if self._is_code or "add_security_recommendation" in component:
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

    def _read_text(self, place: str, component: Record) -> str:
        text = as_text(component.get("text"))
        example = as_dict(component.get("example"))
        named = {
            as_text(each.get("param_name")): as_text(each.get("example"))
            for each in as_dicts(example.get(f"{place}_text_named_params"))
        }
        listed = as_list(example.get(f"{place}_text"))
        if listed and isinstance(listed[0], list):
            listed = listed[0]
        values = zip(order_placeholders(text), map(as_text, listed), strict=False)
        self._add_variables(place, text, named or dict(values))
        return text

    def _add_variables(self, place: str, text: str, samples: dict[str, str]) -> None:
        may_be_named = self.named and place in ("header", "body")
        self._variables += [
            TemplateVariable(
                place=place,
                name=name,
                sample=samples.get(name, ""),
                key=name if may_be_named and not name.isdecimal() else "",
            )
            for name in order_placeholders(text)
        ]

    def _read_buttons(self, component: Record) -> None:
        buttons: list[TemplateButton] = []
        for button in as_dicts(component.get("buttons")):
            word = as_text(button.get("type")).upper()
            is_code = word == "OTP" or self._is_code
            kind = "copy_code" if is_code else BUTTONS.get(word)
            if kind is None:
                self._partial = True
            else:
                buttons.append(self._read_button(kind, button, len(buttons)))
        self._parts["buttons"] = tuple(buttons)

    def _read_button(self, kind: str, button: Record, position: int) -> TemplateButton:
        text = as_text(button.get("text"))
        if self._is_code:
            return TemplateButton(kind=kind, text=text)
        example = button.get("example")
        sample = as_text(next(iter(as_list(example)), example))
        url = as_text(button.get("url")) if kind == "url" else ""
        known = sample.removeprefix(url.partition("{{")[0])
        samples = dict.fromkeys(find_placeholders(url), known)
        self._add_variables(f"button:{position}", url, samples)
        return TemplateButton(
            kind=kind,
            text=text,
            url=url,
            phone=as_text(button.get("phone_number")) if kind == "phone" else "",
            code=sample if kind == "copy_code" else "",
        )
