"""Templates in Bird's blocks, there and back.

Bird names the variables of the whole template, where a template of ours has them in
each place: :func:`number` is the one rule for both directions.
https://docs.bird.com/api/touchpoints-api/supported-projects/whatsapp-approved-message-templates/blocks-documentation
"""

from __future__ import annotations

import itertools
import mimetypes
import re
from collections.abc import Iterator
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
    as_text,
)

Gap = tuple[str, str]
#: The place of a header's file among the variables.
FILE: Gap = ("header", "file")
NAME = "whatsappTemplateName"
CATEGORY = "whatsappCategory"
#: Bird wants buttons in this order, of each kind of them as many as there are.
BUTTONS = ("url", "phone", "quick_reply")

_BAD_VALUE = re.compile(r"[\r\n\t]| {5,}")
_WORD = re.compile(r"[a-z_][a-z0-9_]*")


def locale_of(language: str) -> str:
    """Bird's spelling of WhatsApp's language: ``pt_BR`` is ``pt-BR``."""
    return language.replace("_", "-")


def language_of(locale: str) -> str:
    return locale.replace("-", "_")


def number(template: Template) -> dict[Gap, str]:
    """Bird's key of each variable, by place and name; known keys stay."""
    known = {(each.place, each.name): each.key for each in template.variables}
    return {
        gap: known.get(gap) or f"{gap[0].replace(':', '_')}_{gap[1]}"
        for gap in _gaps(template)
    }


def _gaps(template: Template) -> Iterator[Gap]:
    if template.header in base.MEDIA_HEADERS:
        yield FILE
    places = [("header", template.header_text), ("body", template.body)]
    places += [(f"button:{i}", each.url) for i, each in enumerate(template.buttons)]
    for place, content in places:
        for name in find_placeholders(content):
            if name:
                yield place, name


def _placeholder(key: str) -> str:
    return "{{" + key + "}}"


# -- building -------------------------------------------------------------------------


def build(template: Template, channel_group_id: str) -> Record:
    """The body of the request that creates a template in a project.

    https://docs.bird.com/api/touchpoints-api/api-reference/message-templates
    """
    locale = locale_of(template.language)
    samples = {(each.place, each.name): each.sample for each in template.variables}
    if template.header_media:
        samples[FILE] = template.header_media.url
    content = {
        "platform": "whatsapp",
        "locale": locale,
        "type": "image" if template.header == "image" else _type(template),
        "channelGroupIds": [channel_group_id],
        "blocks": build_blocks(template),
    }
    deployments = {NAME: template.name, CATEGORY: template.category.upper()}
    return {
        "description": template.name,
        "defaultLocale": locale,
        "genericContent": [],
        "platformContent": [content],
        "variables": [
            {
                "key": key,
                "type": "string",
                "format": "none",
                "description": key,
                "examplesLocale": {
                    locale: {"exampleValueStrings": [samples.get(gap, "")]}
                },
            }
            for gap, key in number(template).items()
        ],
        "supportedPlatforms": ["whatsapp"],
        "deployments": [
            {"key": key, "platform": "whatsapp", "value": value}
            for key, value in deployments.items()
        ],
    }


def _type(template: Template) -> str:
    return "file" if template.header in base.MEDIA_HEADERS else "text"


def build_blocks(template: Template) -> list[Record]:
    keys = number(template)

    def fill(place: str, content: str) -> str:
        mine = {n: _placeholder(key) for (p, n), key in keys.items() if p == place}
        return base.fill(content, mine)

    found = _build_header(template, fill)
    found.append(_text("body", fill("body", template.body)))
    if template.footer:
        found.append(_text("footer", template.footer))
    numbered = list(enumerate(template.buttons))
    for kind in BUTTONS:
        found += [
            _build_button(button, fill(f"button:{position}", button.url))
            for position, button in numbered
            if button.kind == kind
        ]
    return found


def _build_header(template: Template, fill) -> list[Record]:
    if template.header == "text":
        return [_text("header", fill("header", template.header_text))]
    if template.header not in base.MEDIA_HEADERS:
        return []
    url = fill(FILE[0], _placeholder(FILE[1]))
    if template.header == "image":
        image = {"mediaUrl": url, "altText": ""}
        return [{"type": "image", "role": "header", "image": image}]
    file = {"mediaUrl": url, "altText": ""}
    if template.header_media:
        file["contentType"] = template.header_media.mimetype
        file["filename"] = template.header_media.filename
    return [{"type": "file", "role": "header", "file": file}]


def _text(role: str, content: str) -> Record:
    return {"type": "text", "role": role, "text": {"text": content}}


def _build_button(button: TemplateButton, url: str) -> Record:
    if button.kind == "url":
        link = {"text": button.text, "url": url}
        return {"type": "link-action", "linkAction": link}
    if button.kind == "phone":
        call = {"text": button.text, "phoneNumber": button.phone}
        return {"type": "call-phone-number-action", "callPhoneNumberAction": call}
    reply = {"text": button.text, "payload": button.payload}
    return {"type": "reply-action", "replyAction": reply}


# -- filling --------------------------------------------------------------------------


def fill(outbound: OutboundTemplate) -> dict[str, str] | None:
    """The parameters of one message; None if WhatsApp doesn't take a value."""
    template = outbound.template
    values = {(each.place, each.name): each.value for each in outbound.values}
    media = outbound.header_media or template.header_media
    keys = number(template)
    if media:
        values[FILE] = media.url
    else:
        # A file that is part of the template, made so in Bird Studio.
        keys.pop(FILE, None)
    filled = {key: values.get(gap, "") for gap, key in keys.items()}
    return filled if all(map(_is_sayable, filled.values())) else None


def _is_sayable(value: str) -> bool:
    return bool(value.strip()) and not _BAD_VALUE.search(value)


# -- reading --------------------------------------------------------------------------


def contents(template: Record) -> list[Record]:
    """What a template says on WhatsApp, one a language."""
    return [
        each
        for each in as_dicts(template.get("platformContent"))
        if as_text(each.get("platform")) == "whatsapp" and as_text(each.get("locale"))
    ]


def deployment(template: Record, key: str) -> str:
    for each in as_dicts(template.get("deployments")):
        if as_text(each.get("key")) == key:
            return as_text(each.get("value"))
    return ""


def parse(template: Record, content: Record) -> tuple[Template, bool]:
    """One language of a template, and whether that isn't all of it."""
    reader = _Reader(template, as_text(content.get("locale")))
    values = reader.read_blocks(as_dicts(content.get("blocks")))
    found = Template(
        name=deployment(template, NAME),
        language=language_of(as_text(content.get("locale"))),
        category=deployment(template, CATEGORY).lower(),
        **values,
    )
    return found, reader.partial


class _Reader:
    """Reads the blocks of one language. What we can't draw makes it partial."""

    def __init__(self, template: Record, locale: str):
        self.partial = False
        self._samples = {
            as_text(each.get("key")): _sample(each, locale)
            for each in as_dicts(template.get("variables"))
        }
        self._variables: list[TemplateVariable] = []
        self._buttons: list[TemplateButton] = []

    def read_blocks(self, given: list[Record]) -> Record:
        values: Record = {"body": ""}
        for block in given:
            kind, role = as_text(block.get("type")), as_text(block.get("role"))
            if kind == "text" and role in ("header", "body", "footer"):
                values |= self._read_text_block(role, block)
            elif kind in ("image", "file") and role == "header":
                values |= self._read_file(as_dict(block.get(kind)), kind)
            elif not self._read_button(kind, block):
                self.partial = True
        buttons, variables = tuple(self._buttons), tuple(self._variables)
        return {**values, "buttons": buttons, "variables": variables}

    def _read_text_block(self, role: str, block: Record) -> Record:
        shown = self._read_text(role, as_text(as_dict(block.get("text")).get("text")))
        if role == "header":
            return {"header": "text", "header_text": shown}
        return {role: shown}

    def _read_text(self, place: str, content: str) -> str:
        """``content`` with names of ours; what they are called at Bird is noted."""
        counter = itertools.count(1)
        names = {
            key: key if _WORD.fullmatch(key) else str(next(counter))
            for key in find_placeholders(content)
            if key
        }
        self._variables += [
            TemplateVariable(
                place=place, name=name, sample=self._samples.get(key, ""), key=key
            )
            for key, name in names.items()
        ]
        shown = {key: _placeholder(name) for key, name in names.items()}
        return base.fill(content, shown)

    def _read_file(self, file: Record, kind: str) -> Record:
        url = as_text(file.get("mediaUrl"))
        keys = [key for key in find_placeholders(url) if key]
        # Files of ours fill a variable of ours; others are more than we can fill.
        self.partial |= bool(keys) and url != _placeholder("_".join(FILE))
        url = base.fill(url, self._samples)
        header = "image" if kind == "image" else _file_kind(file, url)
        mimetype = as_text(file.get("contentType")) or _guess(url)
        media = OutboundMedia(
            kind=header,
            url=url,
            mimetype=mimetype or "application/octet-stream",
            filename=as_text(file.get("filename")) or _filename(url),
            size=0,
        )
        return {"header": header, "header_media": media}

    def _read_button(self, kind: str, block: Record) -> bool:
        if kind == "link-action":
            link = as_dict(block.get("linkAction"))
            place = f"button:{len(self._buttons)}"
            url = self._read_text(place, as_text(link.get("url")))
            title = as_text(link.get("text"))
            self._buttons.append(TemplateButton(kind="url", text=title, url=url))
        elif kind == "call-phone-number-action":
            call = as_dict(block.get("callPhoneNumberAction"))
            title, phone = as_text(call.get("text")), as_text(call.get("phoneNumber"))
            self._buttons.append(TemplateButton(kind="phone", text=title, phone=phone))
        elif kind in ("reply-action", "postback-action"):
            reply = as_dict(block.get("replyAction") or block.get("postbackAction"))
            title = as_text(reply.get("text"))
            payload = as_text(reply.get("payload")) or title
            self._buttons.append(
                TemplateButton(kind="quick_reply", text=title, payload=payload)
            )
        else:
            return False
        return True


def _sample(variable: Record, locale: str) -> str:
    examples = as_dict(variable.get("examplesLocale"))
    given = as_dict(examples.get(locale)) or as_dict(
        next(iter(examples.values()), None)
    )
    values = given.get("exampleValueStrings")
    return as_text(values[0]) if isinstance(values, list) and values else ""


def _filename(url: str) -> str:
    try:
        return unquote(urlsplit(url).path.rpartition("/")[2])
    except ValueError:
        return ""


def _guess(url: str) -> str:
    return mimetypes.guess_type(_filename(url))[0] or ""


def _file_kind(file: Record, url: str) -> str:
    mimetype = as_text(file.get("contentType")) or _guess(url)
    return "video" if mimetype.startswith("video/") else "document"
