"""Templates in Bird's blocks, there and back.

Bird names the variables of the whole template, where a template of ours has them in
each place: :func:`number` is the one rule for both directions.
https://docs.bird.com/api/touchpoints-api/supported-projects/whatsapp-approved-message-templates/blocks-documentation
"""

from __future__ import annotations

from dataclasses import replace

from odoo.addons.whatsapp_connector.wire import template as base
from odoo.addons.whatsapp_connector.wire.contents import file_at
from odoo.addons.whatsapp_connector.wire.keys import FILE, KeyReader, Keys, placeholder
from odoo.addons.whatsapp_connector.wire.template import (
    OutboundTemplate,
    Template,
    TemplateButton,
    find_placeholders,
    is_sayable,
)
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_text,
)

NAME = "whatsappTemplateName"
CATEGORY = "whatsappCategory"
#: Bird wants buttons in this order, of each kind of them as many as there are.
BUTTONS = ("url", "phone", "quick_reply")


def locale_of(language: str) -> str:
    """Bird's spelling of WhatsApp's language: ``pt_BR`` is ``pt-BR``."""
    return language.replace("_", "-")


def language_of(locale: str) -> str:
    return locale.replace("-", "_")


def number(template: Template) -> Keys:
    """Bird's key of each variable, by place and name."""
    return Keys(template, lambda gap: f"{gap[0].replace(':', '_')}_{gap[1]}")


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
            for gap, key in number(template).of.items()
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
    fill = number(template).put_into
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
    url = fill(FILE[0], placeholder(FILE[1]))
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
    filled = number(outbound.template).fill(outbound, lambda media: media.url)
    return filled if all(map(is_sayable, filled.values())) else None


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
        self._texts = KeyReader(
            {
                as_text(each.get("key")): _sample(each, locale)
                for each in as_dicts(template.get("variables"))
            }
        )
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
        buttons, variables = tuple(self._buttons), tuple(self._texts.variables)
        return {**values, "buttons": buttons, "variables": variables}

    def _read_text_block(self, role: str, block: Record) -> Record:
        shown = self._texts.read_text(
            role, as_text(as_dict(block.get("text")).get("text"))
        )
        if role == "header":
            return {"header": "text", "header_text": shown}
        return {role: shown}

    def _read_file(self, file: Record, kind: str) -> Record:
        url = as_text(file.get("mediaUrl"))
        keys = [key for key in find_placeholders(url) if key]
        # Files of ours fill a variable of ours; others are more than we can fill.
        self.partial |= bool(keys) and url != placeholder("_".join(FILE))
        url = base.fill(url, self._texts.samples)
        given = as_text(file.get("contentType"))
        media = file_at(url, mimetype=given, filename=as_text(file.get("filename")))
        is_video = media.mimetype.startswith("video/")
        header = "image" if kind == "image" else "video" if is_video else "document"
        return {"header": header, "header_media": replace(media, kind=header)}

    def _read_button(self, kind: str, block: Record) -> bool:
        if kind == "link-action":
            link = as_dict(block.get("linkAction"))
            place = f"button:{len(self._buttons)}"
            url = self._texts.read_text(place, as_text(link.get("url")))
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
