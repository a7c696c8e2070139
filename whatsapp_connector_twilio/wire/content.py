"""Templates as Twilio's Content resources, there and back.

Twilio numbers the variables of the whole content, where a template of ours has them in
each place: :func:`number` is the one rule for both directions.
https://www.twilio.com/docs/content/content-types-overview,
https://www.twilio.com/docs/content/using-variables-with-content-api
"""

from __future__ import annotations

import itertools
import re
from typing import Any

from odoo.addons.whatsapp_connector.wire import template as base
from odoo.addons.whatsapp_connector.wire.components import COPY_CODE_TITLE
from odoo.addons.whatsapp_connector.wire.contents import file_at
from odoo.addons.whatsapp_connector.wire.keys import FILE, KeyReader, Keys, placeholder
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMedia
from odoo.addons.whatsapp_connector.wire.template import (
    AUTHENTICATION,
    CODE_BODY,
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateState,
    TemplateVariable,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_list,
    as_text,
)

#: https://www.twilio.com/docs/whatsapp/tutorial/message-template-approvals-statuses
#: names neither ``received`` nor ``unsubmitted``; the answers shown in
#: https://www.twilio.com/docs/content/content-api-resources have them.
STATUSES = {
    "unsubmitted": "draft",
    "received": "pending",
    "pending": "pending",
    "approved": "approved",
    "rejected": "rejected",
    "paused": "paused",
    "disabled": "disabled",
}
#: What the simple types take; ``whatsapp/card`` takes what WhatsApp does.
CALL_TO_ACTION_BODY = 640
QUICK_REPLY_TITLE = 20

_ACTIONS = {
    "quick_reply": "QUICK_REPLY",
    "url": "URL",
    "phone": "PHONE_NUMBER",
    "copy_code": "COPY_CODE",
}
_BUTTONS = {action: kind for kind, action in _ACTIONS.items()} | {"PHONE": "phone"}
_OUR_MEDIA = re.compile(r"https?://[^/{}]+/\{\{\w+\}\}")


# -- names ----------------------------------------------------------------------------


def friendly_name(template: Template, count: int) -> str:
    """The name in Twilio's console; a submission is found again by it."""
    return f"{template.name}_{template.language}_v{count}"


def count_of(template: Template, record: Record) -> int:
    """Which submission of ``template`` a content is; 0 if it is none of them."""
    beginning, _mark, digits = as_text(record.get("friendly_name")).rpartition("_v")
    is_ours = beginning == f"{template.name}_{template.language}" and digits.isdecimal()
    return int(digits) if is_ours else 0


def number(template: Template) -> Keys:
    """Twilio's key of each variable: the numbers that are left, in order."""
    used = {each.key for each in template.variables}
    free = (key for key in map(str, itertools.count(1)) if key not in used)
    return Keys(template, lambda _gap: next(free))


# -- building -------------------------------------------------------------------------


def build(template: Template, count: int = 1) -> Record:
    """The body of the request that creates the content of the ``count``-th submission.

    https://www.twilio.com/docs/content/content-api-resources
    """
    content = {
        "friendly_name": friendly_name(template, count),
        "language": template.language,
        "types": _build_types(template),
    }
    if samples := _build_samples(template):
        content["variables"] = samples
    return content


def _build_samples(template: Template) -> dict[str, str]:
    if template.category == AUTHENTICATION:
        return {}
    samples = {(each.place, each.name): each.sample for each in template.variables}
    if template.header_media:
        samples[FILE] = _split_url(template.header_media.url)[1]
    return {key: samples.get(gap, "") for gap, key in number(template).of.items()}


def _build_types(template: Template) -> Record:
    """The simplest type that carries the template."""
    if template.category == AUTHENTICATION:
        return {"whatsapp/authentication": _build_authentication(template)}
    keys = number(template)
    content: Record = {"body": keys.put_into("body", template.body)}
    if template.header_media:
        content["media"] = [_build_media(template.header_media, keys)]
    if template.buttons:
        content["actions"] = [
            _build_action(position, button, keys)
            for position, button in enumerate(template.buttons)
        ]
    simple = _simple_type(template)
    if simple:
        return {simple: content}
    if template.header == "text":
        content["header_text"] = keys.put_into("header", template.header_text)
    if template.footer:
        content["footer"] = template.footer
    return {"whatsapp/card": content}


def _simple_type(template: Template) -> str | None:
    """The type for a body with one addition at most; None: only a card carries it."""
    kinds = {button.kind for button in template.buttons}
    has_media = template.header in base.MEDIA_HEADERS
    if template.footer or template.header == "text" or (has_media and kinds):
        return None
    if not kinds:
        return "twilio/media" if has_media else "twilio/text"
    if kinds == {"quick_reply"}:
        longest = max(len(button.text) for button in template.buttons)
        return "twilio/quick-reply" if longest <= QUICK_REPLY_TITLE else None
    if "quick_reply" in kinds or len(template.body) > CALL_TO_ACTION_BODY:
        return None
    return "twilio/call-to-action"


def _build_media(media: OutboundMedia, keys: Keys) -> str:
    """The file's address: our host fixed, the path a variable with its sample.

    Twilio documents a variable at the end only, after a fixed beginning:
    https://www.twilio.com/docs/content/twilio-media
    """
    return _split_url(media.url)[0] + keys.put_into(FILE[0], placeholder(FILE[1]))


def _split_url(url: str) -> tuple[str, str]:
    """The part of ``url`` that never changes, with its slash, and the rest."""
    scheme, separator, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{separator}{host}{slash}", path


def _build_action(position: int, button: TemplateButton, keys: Keys) -> Record:
    """https://www.twilio.com/docs/content/common-components"""
    values = {
        "quick_reply": lambda: {"id": button.payload},
        "url": lambda: {"url": keys.put_into(f"button:{position}", button.url)},
        "phone": lambda: {"phone": button.phone},
        "copy_code": lambda: {"code": button.code},
    }[button.kind]()
    title = button.text or COPY_CODE_TITLE
    return {"type": _ACTIONS[button.kind], "title": title, **values}


def _build_authentication(template: Template) -> Record:
    """https://www.twilio.com/docs/content/whatsappauthentication"""
    labels = (button.text for button in template.buttons if button.text)
    action = {"type": "COPY_CODE", "copy_code_text": next(labels, COPY_CODE_TITLE)}
    content = {
        "add_security_recommendation": template.security_advice,
        "actions": [action],
    }
    if template.code_minutes:
        content["code_expiration_minutes"] = template.code_minutes
    return content


# -- filling --------------------------------------------------------------------------


def fill(outbound: OutboundTemplate) -> dict[str, str]:
    """``ContentVariables`` of one message; a variable without a value is empty."""
    template = outbound.template
    if template.category == AUTHENTICATION:
        return {"1": next((each.value for each in outbound.values), "")}
    return number(template).fill(outbound, lambda media: _split_url(media.url)[1])


def body_of(outbound: OutboundTemplate) -> str:
    """The text that the phone shows as the body."""
    values = {each.name: each.value for each in outbound.values if each.place == "body"}
    return base.fill(outbound.template.body, values)


# -- reading --------------------------------------------------------------------------


def read_status(word: Any) -> str:
    """The state in the base's words, or Twilio's own word."""
    known = STATUSES.get(str(word or "").strip().lower())
    return known or str(word or "")


def approval_of(record: Record) -> Record:
    """The approval by WhatsApp that a content was submitted for; empty if none."""
    approval = record.get("approval_requests")
    if isinstance(approval, list):
        approval = next((a for a in approval if isinstance(a, dict)), None)
    if not isinstance(approval, dict) or not approval.get("status"):
        return {}
    return {} if read_status(approval["status"]) == "draft" else approval


def read_state(
    record: Record,
    approval: Record,
    template: Template | None = None,
    partial: bool = False,
) -> TemplateState:
    """A content and its approval as the base knows them."""
    return TemplateState(
        template_id=as_text(record.get("sid")),
        name=as_text(approval.get("name")) or as_text(record.get("friendly_name")),
        language=as_text(record.get("language")),
        status=read_status(approval.get("status")),
        category=as_text(approval.get("category")).lower(),
        reason=as_text(approval.get("rejection_reason")),
        content=template,
        partial=partial,
    )


def parse(record: Record, approval: Record) -> tuple[Template, bool]:
    """The template that a content is, and whether that isn't all of it."""
    types = as_dict(record.get("types"))
    kind = _main_type(types, as_text(approval.get("content_type")))
    reader = _Reader(record, approval)
    return reader.read_template(kind, as_dict(types.get(kind)))


def _main_type(types: Record, submitted: str) -> str:
    """The type that WhatsApp shows; ``twilio/text`` beside another is for SMS."""
    if submitted in types:
        return submitted
    others = [name for name in types if name != "twilio/text"]
    return next(iter(others or types), "")


#: Types that a template of ours can show, all of them but what a reader doubts.
_READABLE = (
    "twilio/text",
    "twilio/media",
    "twilio/quick-reply",
    "twilio/call-to-action",
    "twilio/card",
    "whatsapp/card",
)


class _Reader:
    """Reads one content. Its variables are numbered anew in each place."""

    def __init__(self, record: Record, approval: Record):
        samples = as_dict(record.get("variables"))
        self._texts = KeyReader({k: as_text(value) for k, value in samples.items()})
        self._partial = False
        self._common = {
            "name": as_text(approval.get("name"))
            or as_text(record.get("friendly_name")),
            "language": as_text(record.get("language")),
            "category": as_text(approval.get("category")).lower(),
        }

    def read_template(self, kind: str, content: Record) -> tuple[Template, bool]:
        if kind == "whatsapp/authentication":
            return self._read_authentication(content), False
        self._partial = kind not in _READABLE
        header = self._read_header(content)
        # A card of Twilio's may have its text in the title.
        body = as_text(content.get("body")) or as_text(content.get("title"))
        footer = as_text(content.get("footer")) or as_text(content.get("subtitle"))
        self._partial |= bool(content.get("body") and content.get("title"))
        template = Template(
            **self._common,
            **header,
            body=self._texts.read_text("body", body),
            footer=footer,
            buttons=self._read_buttons(content.get("actions")),
            variables=tuple(self._texts.variables),
        )
        return template, self._partial

    def _read_header(self, content: Record) -> Record:
        media = content.get("media")
        media = as_list(media) or [media]
        urls = [*filter(None, map(as_text, media))]
        if urls:
            return self._read_file(urls)
        text = as_text(content.get("header_text"))
        if not text:
            return {}
        return {"header": "text", "header_text": self._texts.read_text("header", text)}

    def _read_file(self, urls: list[str]) -> Record:
        """The kind of file is told by the name of the sample, as WhatsApp does."""
        is_fixed = "{{" not in urls[0]
        # Files of ours can't stand at an address that somebody else began.
        self._partial |= len(urls) > 1 or not (
            is_fixed or _OUR_MEDIA.fullmatch(urls[0])
        )
        file = file_at(base.fill(urls[0], self._texts.samples))
        return {"header": file.kind, "header_media": file}

    def _read_buttons(self, actions: Any) -> tuple[TemplateButton, ...]:
        actions = actions if isinstance(actions, list) else []
        buttons: list[TemplateButton] = []
        for action in actions:
            kind = _button_kind(action)
            if kind is None:
                self._partial = True
                continue
            buttons.append(self._read_button(kind, action, len(buttons)))
        return tuple(buttons)

    def _read_button(self, kind: str, action: Record, position: int) -> TemplateButton:
        values = {name: as_text(action.get(name)) for name in ("id", "phone", "code")}
        # Only addresses may differ from message to message here.
        self._partial |= any("{{" in value for value in values.values())
        url = self._texts.read_text(f"button:{position}", as_text(action.get("url")))
        return TemplateButton(
            kind=kind,
            text=as_text(action.get("title")),
            payload=values["id"] if kind == "quick_reply" else "",
            url=url,
            phone=values["phone"],
            code=values["code"],
        )

    def _read_authentication(self, content: Record) -> Template:
        """The text is WhatsApp's; only the code in it is told here."""
        actions = content.get("actions")
        actions = actions if isinstance(actions, list) else []
        labels = [
            as_text(a.get("copy_code_text")) for a in actions if isinstance(a, dict)
        ]
        minutes = content.get("code_expiration_minutes")
        return Template(
            **{**self._common, "category": AUTHENTICATION},
            body=CODE_BODY,
            buttons=tuple(TemplateButton(kind="copy_code", text=t) for t in labels),
            variables=(TemplateVariable(place="body", name="1", key="1"),),
            code_minutes=int(minutes) if isinstance(minutes, (int, float)) else 0,
            # Twilio adds it unless told not to.
            security_advice=content.get("add_security_recommendation") is not False,
        )


def _button_kind(action: Any) -> str | None:
    if not isinstance(action, dict):
        return None
    return _BUTTONS.get(as_text(action.get("type")) or "QUICK_REPLY")
