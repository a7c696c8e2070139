"""Templates as WhatsApp's own components, there and back.

Many providers take and hand on what WhatsApp takes: header, body, footer and buttons to
submit a template, parameters to send one. What a provider writes in another way it
overrides, each a small method of :class:`Components`.

WhatsApp's variables have names or numbers, all of one template the same. Where a
provider takes names, those of ours that are words stay; else each text's are numbered.
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components,
https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/template-messages
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from .component_reader import BUTTONS, ComponentReader, read_language
from .contents import describe_location, link
from .items import TemplateUpdate
from .outbound import OutboundMedia
from .template import (
    AUTHENTICATION,
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateState,
    fill,
    find_placeholders,
    is_sayable,
    order_placeholders,
)
from .values import Record, as_dict, as_list, as_text

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
#: What WhatsApp writes on the button of a one-time code.
COPY_CODE_TITLE = "Copy code"

_TYPES = {kind: name for name, kind in BUTTONS.items()}
_WORD = re.compile(r"[a-z_]+")


class CannotFill(Exception):
    """A message lacks something that its template needs.

    ``code``: ``no_value`` (a value is missing, or WhatsApp doesn't take it) or
    ``no_header`` (the file or the place above the text is missing).
    """

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class Components:
    """How one provider writes templates in WhatsApp's components."""

    #: Whether variables of ours may be submitted by their names.
    named = False
    #: The provider's words for a state, and the base's.
    statuses = STATUSES
    reader = ComponentReader

    # -- what providers write in their own way ----------------------------------------

    def sample_of(self, template: Template, handle: str) -> Record:
        """The example of a header's file; ``handle`` is what its upload gave."""
        return {"header_handle": [handle]} if handle else {}

    def text(self, kind: str, text: str) -> Record:
        """A body or a footer."""
        return {"type": kind, "text": text}

    def coupon(self, code: str) -> Any:
        """The example of a code to copy."""
        return code

    def link(self, media: OutboundMedia, kind: str) -> Record:
        return link(media, kind)

    def index(self, position: int) -> Any:
        """Which button a parameter is for."""
        return position

    # -- submitting -------------------------------------------------------------------

    def build(self, template: Template, handle: str = "") -> Record:
        """What submits ``template``: name, language, category and components."""
        return {
            "name": submission_name(template),
            "language": template.language,
            "category": template.category.upper(),
            "components": self.build_components(template, handle),
        }

    def build_components(self, template: Template, handle: str = "") -> list[Record]:
        if template.category == AUTHENTICATION:
            return _build_authentication(template)
        found = [self._build_header(template, handle), self._build_body(template)]
        if template.footer:
            found.append(self.text("FOOTER", template.footer))
        if template.buttons:
            buttons = [
                self._build_button(position, template)
                for position in range(len(template.buttons))
            ]
            found.append({"type": "BUTTONS", "buttons": buttons})
        return [each for each in found if each]

    def _build_header(self, template: Template, handle: str) -> Record:
        if template.header == "none":
            return {}
        header: Record = {"type": "HEADER", "format": template.header.upper()}
        if template.header == "text":
            header["text"] = self.names(template).put_into("header")
            example = self._build_example("header", template)
        else:
            example = self.sample_of(template, handle)
        return {**header, "example": example} if example else header

    def _build_body(self, template: Template) -> Record:
        body = self.text("BODY", self.names(template).put_into("body"))
        example = self._build_example("body", template)
        return {**body, "example": example} if example else body

    def _build_example(self, place: str, template: Template) -> Record:
        samples = _samples(template)
        names = self.names(template)
        values = {key: samples.get((place, n), "") for n, key in names.of(place)}
        if not values:
            return {}
        if names.are_words:
            named = [{"param_name": k, "example": v} for k, v in values.items()]
            return {f"{place}_text_named_params": named}
        listed = list(values.values())
        return {f"{place}_text": [listed] if place == "body" else listed}

    def _build_button(self, position: int, template: Template) -> Record:
        button = template.buttons[position]
        built: Record = {"type": _TYPES[button.kind]}
        if button.kind == "copy_code":
            return {**built, "example": self.coupon(button.code)}
        built["text"] = button.text
        if button.kind == "phone":
            built["phone_number"] = button.phone
        elif button.kind == "url":
            names = find_placeholders(button.url)
            built["url"] = fill(button.url, dict.fromkeys(names, "{{1}}"))
            samples, place = _samples(template), f"button:{position}"
            known = {name: samples.get((place, name), "") for name in names}
            if known:
                built["example"] = [fill(button.url, known)]
        return built

    # -- sending ----------------------------------------------------------------------

    def fill(self, outbound: OutboundTemplate) -> list[Record]:
        """The components of one message.

        :raises CannotFill: it lacks something
        """
        values = {(each.place, each.name): each.value for each in outbound.values}
        if not all(map(is_sayable, values.values())):
            raise CannotFill("no_value")
        filled = self._fill(outbound, values)
        return [component for component in filled if component["parameters"]]

    def _fill(self, outbound: OutboundTemplate, values: dict) -> Iterator[Record]:
        template = outbound.template
        if template.category == AUTHENTICATION:
            code = [_say(_first(values))]
            yield {"type": "body", "parameters": code}
            yield self._fill_button(0, "url", code)
            return
        header = self._fill_header(outbound, values)
        yield {"type": "header", "parameters": header}
        body = self._fill_text("body", template, values)
        yield {"type": "body", "parameters": body}
        for position, button in enumerate(template.buttons):
            parameters = _parameters_of(position, button, values)
            yield self._fill_button(position, button.kind, parameters)

    def _fill_header(self, outbound: OutboundTemplate, values: dict) -> list[Record]:
        template, kind = outbound.template, outbound.template.header
        if kind == "text":
            return self._fill_text("header", template, values)
        if kind == "none":
            return []
        if kind == "location":
            place = outbound.header_location or template.header_location
            content = place and describe_location(place)
        else:
            file = outbound.header_media or template.header_media
            content = file and self.link(file, kind)
        if not content:
            raise CannotFill("no_header")
        return [{"type": kind, kind: content}]

    def _fill_text(self, place: str, template: Template, values: dict) -> list[Record]:
        names = self.names(template, or_known=True)
        parameters = []
        for name, key in names.of(place):
            named = {"parameter_name": key} if names.are_words else {}
            parameters.append(_say(values.get((place, name)), **named))
        return parameters

    def _fill_button(self, position: int, kind: str, parameters: list[Record]):
        button = {"type": "button", "sub_type": kind, "index": self.index(position)}
        return {**button, "parameters": parameters}

    # -- reading ----------------------------------------------------------------------

    def parse(self, record: Record) -> tuple[Template, bool]:
        """The template that a record describes, and whether that isn't all of it."""
        return self.reader(record).read_template()

    def read_state(self, record: Record) -> TemplateState:
        """A template of the provider's list as the base knows it."""
        template, partial = self.parse(record)
        reason = as_text(record.get("rejected_reason"))
        score = record.get("quality_score")
        quality = (as_text(as_dict(score).get("score")) or as_text(score)).lower()
        return TemplateState(
            template_id=as_text(record.get("id")),
            name=template.name,
            language=template.language,
            status=self.read_status(record.get("status")),
            category=template.category,
            reason="" if reason == "NONE" else reason,
            quality="" if quality == "unknown" else quality,
            content=template if as_list(record.get("components")) else None,
            partial=partial,
        )

    def read_status(self, word: Any) -> str:
        """The state in the base's words, or the provider's own word."""
        return self.statuses.get(as_text(word).upper(), as_text(word))

    def says_the_same(self, record: Record, template: Template) -> bool:
        """Whether a record says what ``template`` does.

        Samples don't count, nor what WhatsApp writes itself.
        """
        ours = {**record, "components": self.build_components(template)}
        return _essence(self.parse(record)[0]) == _essence(self.parse(ours)[0])

    @staticmethod
    def find(records: Iterable[Record], template: Template) -> Record | None:
        """That with the name and the language of ``template``, of all it may be.

        Lists are asked for a name, and give all that it is a part of.
        """
        name = submission_name(template)
        for record in records:
            language = read_language(record.get("language"))
            if record.get("name") == name and language == template.language:
                return record
        return None

    def is_done(
        self, record: Record, template: Template, previous_id: str | None
    ) -> bool:
        """Whether an earlier call, whose answer got lost, submitted ``template``.

        What was rejected under ``previous_id`` goes to the reviewers again.
        """
        state = self.read_state(record)
        is_open = state.status not in ("pending", "approved")
        is_previous = state.template_id == previous_id
        return self.says_the_same(record, template) and not (is_previous and is_open)

    def read_news(self, news: Record, at: datetime | None) -> TemplateUpdate | None:
        """What WhatsApp tells of a template, told by its keys.

        None if it is something else, or doesn't say of which template.

        https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/overview
        """
        # A number here, a text where templates are listed.
        template_id = as_text(news.get("message_template_id"))
        name = as_text(news.get("message_template_name"))
        if not template_id and not name:
            return None
        if word := as_text(news.get("event")):
            change, value = "status", self.read_status(word)
        elif word := as_text(news.get("new_quality_score")):
            change, value = "quality", word.lower()
        elif word := as_text(news.get("new_category")):
            change, value = "category", word.lower()
        else:
            return None
        return TemplateUpdate(
            change=change,
            value=value,
            template_id=template_id or None,
            name=name or None,
            language=read_language(news.get("message_template_language")) or None,
            reason=_read_reason(news) or None,
            at=at,
        )

    # -- variables --------------------------------------------------------------------

    def names(self, template: Template, *, or_known: bool = False) -> Names:
        """:param or_known: by name also where WhatsApp knows it by one already"""
        keys = {
            (each.place, each.name): each.key
            for each in template.variables
            if each.place in ("header", "body") and each.key
        }
        return Names(template, keys, self.named or (or_known and bool(keys)))


class Names:
    """What WhatsApp calls the variables of one template's header and body."""

    def __init__(self, template: Template, keys: dict, may_be_words: bool):
        header = template.header_text if template.header == "text" else ""
        self._texts = {"header": header, "body": template.body}
        self._keys = keys
        names = [n for text in self._texts.values() for n in find_placeholders(text)]
        all_words = bool(names) and all(map(_WORD.fullmatch, names))
        self.are_words = may_be_words and (bool(keys) or all_words)

    def of(self, place: str) -> list[tuple[str, str]]:
        """Our names of a text's variables and WhatsApp's, in WhatsApp's order."""
        names = order_placeholders(self._texts[place])
        if self.are_words:
            return [(name, self._keys.get((place, name)) or name) for name in names]
        return [(name, str(count)) for count, name in enumerate(names, 1)]

    def put_into(self, place: str) -> str:
        """The text with WhatsApp's names in it."""
        names = {name: "{{" + key + "}}" for name, key in self.of(place)}
        return fill(self._texts[place], names)


def submission_name(template: Template, count: int | None = None) -> str:
    """A new version is a template of its own, so that the old one stays in use.

    :param count: which version; else the template's own
    """
    count = count or template.version
    return f"{template.name}_v{count}" if count > 1 else template.name


def name_of(outbound: OutboundTemplate) -> str:
    """What the provider calls a template: the name under which it was submitted."""
    return outbound.name or submission_name(outbound.template)


def _build_authentication(template: Template) -> list[Record]:
    """https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/authentication-templates"""
    labels = (button.text for button in template.buttons if button.text)
    button = {"type": "OTP", "otp_type": "COPY_CODE"}
    button["text"] = next(labels, COPY_CODE_TITLE)
    body = {"type": "BODY", "add_security_recommendation": template.security_advice}
    footer = {"type": "FOOTER", "code_expiration_minutes": template.code_minutes}
    buttons = {"type": "BUTTONS", "buttons": [button]}
    return [body, footer, buttons] if template.code_minutes else [body, buttons]


def _samples(template: Template) -> dict[tuple[str, str], str]:
    return {(each.place, each.name): each.sample for each in template.variables}


def _first(values: dict) -> str:
    return next(iter(values.values()), "")


def _say(value: str | None, **named: str) -> Record:
    if not value:
        raise CannotFill("no_value")
    return {"type": "text", **named, "text": value}


def _parameters_of(position: int, button: TemplateButton, values: dict) -> list[Record]:
    """Quick replies carry what comes back; an address only what varies in it."""
    if button.kind == "quick_reply" and button.payload:
        return [{"type": "payload", "payload": button.payload}]
    if button.kind == "copy_code":
        return [{"type": "coupon_code", "coupon_code": button.code}]
    if button.kind == "url":
        names = find_placeholders(button.url)[:1]
        return [_say(values.get((f"button:{position}", name))) for name in names]
    return []


def _read_reason(news: Record) -> str:
    """Why, in WhatsApp's words: a code, what it explains, what it advises."""
    info = as_dict(news.get("rejection_info")) or as_dict(news.get("other_info"))
    code = as_text(news.get("reason"))
    parts = [
        "" if code.upper() == "NONE" else code,
        as_text(info.get("reason")) or as_text(info.get("title")),
        as_text(info.get("recommendation")) or as_text(info.get("description")),
    ]
    return " · ".join(dict.fromkeys(filter(None, parts)))


def _essence(template: Template) -> tuple:
    is_code = template.category == AUTHENTICATION
    buttons = [
        (
            button.kind,
            # On a coupon's button WhatsApp writes itself.
            button.text if button.kind != "copy_code" or is_code else "",
            button.url,
            re.sub(r"\D", "", button.phone),
        )
        for button in template.buttons
    ]
    return (
        template.header,
        template.header_text,
        template.body,
        "" if is_code else template.footer,
        template.code_minutes,
        buttons,
    )
