"""What each provider is asked to send and to submit: the same for all of them.

A name here is a name in :attr:`Wire.sends` and :attr:`Templates.submissions`.
``needs`` tells from capabilities whether the provider offers it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from ...wire.items import Location, Person
from ...wire.outbound import (
    Button,
    Capabilities,
    ListRow,
    OutboundMedia,
    OutboundMessage,
)
from ...wire.template import (
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateValue,
    TemplateVariable,
)
from .wire import NUMBER, REFERENCE, STATUS_URL, Wire

NURIA = Person(number="+34600111222", wa_id="34600111222")
#: WhatsApp knows this Brazilian without the ninth digit.
JOAO = Person(number="+5511987654321", wa_id="551187654321")
USER_ID = "ES.13491208655302741918"
HIDDEN = Person(user_id=USER_ID)
QUOTED = "message-1"
CASA = Location(latitude=41.4, longitude=2.17, name="Casa", address="C/ Major, 1")


def offers_all(capabilities: Capabilities) -> bool:
    return True


# -- templates ------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Submission:
    """A template to submit, if the provider can have it."""

    template: Template
    needs: Callable[[Capabilities], bool] = offers_all


def _variable(place: str, name: str, sample: str) -> TemplateVariable:
    return TemplateVariable(place=place, name=name, sample=sample)


def make_url(filename: str) -> str:
    """The address of a file of ours: it ends with the file's name."""
    path = f"web/content/7/{quote(filename)}?access_token=a%2Bb"
    return f"https://odoo.example.com/{path}"


def make_media(kind: str, mimetype: str, filename: str, **values) -> OutboundMedia:
    """A file of ours, of three bytes."""
    return OutboundMedia(
        **{
            "kind": kind,
            "url": make_url(filename),
            "mimetype": mimetype,
            "filename": filename,
            "size": 3,
            "read": lambda: b"abc",
            **values,
        }
    )


PICTURE = make_media("image", "image/png", "p.png")
VIDEO = make_media("video", "video/mp4", "v.mp4")
DOCUMENT = make_media("document", "application/pdf", "Factura març.pdf")
SOUND = make_media("audio", "audio/mpeg", "a.mp3")
VOICE = make_media("voice", "audio/ogg", "v.ogg", voice=True)
STICKER = make_media("sticker", "image/webp", "s.webp")

PLAIN = Template(
    name="order_shipped",
    language="ca",
    category="utility",
    body="Hola {{1}}, la comanda {{2}} ja surt.",
    variables=(_variable("body", "1", "Anna"), _variable("body", "2", "S0042")),
)
WORDS = replace(
    PLAIN,
    body="Hola {{who}}, la comanda {{order_name}} ja surt.",
    variables=(
        _variable("body", "who", "Anna"),
        _variable("body", "order_name", "S0042"),
    ),
)
_REPLY = TemplateButton(kind="quick_reply", text="On és?", payload="order_shipped:2")
_LINK = TemplateButton(kind="url", text="Veure", url="https://x.example/{{1}}")
FULL = replace(
    PLAIN,
    header="text",
    header_text="Comanda {{1}}",
    footer="Adéu",
    buttons=(
        _LINK,
        TemplateButton(kind="phone", text="Truca", phone="+34931234567"),
        _REPLY,
    ),
    variables=(
        _variable("header", "1", "S0042"),
        *PLAIN.variables,
        _variable("button:0", "1", "S1"),
    ),
)
COUPON = replace(
    PLAIN,
    category="marketing",
    body="Tens un regal.",
    buttons=(TemplateButton(kind="copy_code", text="", code="SAVE10"),),
    variables=(),
)
CODE = Template(
    name="code",
    language="ca",
    category="authentication",
    body="{{1}}",
    buttons=(TemplateButton(kind="copy_code", text="Copia"),),
    variables=(_variable("body", "1", ""),),
    code_minutes=5,
    security_advice=True,
)


def _has_header(kind: str) -> Callable[[Capabilities], bool]:
    return lambda capabilities: kind in capabilities.template_headers


def _has_buttons(*kinds: str) -> Callable[[Capabilities], bool]:
    return lambda capabilities: set(kinds) <= set(capabilities.template_buttons)


def _has_codes(capabilities: Capabilities) -> bool:
    return "authentication" in capabilities.template_categories


TEMPLATES: dict[str, Submission] = {
    "numbers": Submission(template=PLAIN),
    "words": Submission(template=WORDS),
    "all parts": Submission(
        template=FULL, needs=_has_buttons("quick_reply", "url", "phone")
    ),
    "coupon": Submission(template=COUPON, needs=_has_buttons("copy_code")),
    "picture above": Submission(
        template=replace(PLAIN, header="image", header_media=PICTURE),
        needs=_has_header("image"),
    ),
    "video above": Submission(
        template=replace(PLAIN, header="video", header_media=VIDEO),
        needs=_has_header("video"),
    ),
    "document above": Submission(
        template=replace(PLAIN, header="document", header_media=DOCUMENT),
        needs=_has_header("document"),
    ),
    "place above": Submission(
        template=replace(PLAIN, header="location"), needs=_has_header("location")
    ),
    "one-time code": Submission(template=CODE, needs=_has_codes),
    "new version": Submission(template=replace(PLAIN, version=3)),
}


# -- messages -------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Intent:
    """A message to send, if the provider can: the values of an ``OutboundMessage``."""

    row: str
    values: dict[str, Any]
    needs: Callable[[Capabilities], bool] = offers_all

    def get_outbound(self, wire: Wire, **changes: Any) -> OutboundMessage:
        return make_outbound(wire, **{**self.values, **changes})


def make_outbound(wire: Wire, kind: str = "text", **values: Any) -> OutboundMessage:
    """A message from our number to Núria, unless ``values`` say otherwise."""
    template = values.get("template")
    if isinstance(template, OutboundTemplate) and not template.template_id:
        values["template"] = replace(template, template_id=wire.template_id)
    return OutboundMessage(
        **{
            "reference": REFERENCE,
            "number": NUMBER,
            "number_id": wire.number_id,
            "person": NURIA,
            "kind": kind,
            "status_url": STATUS_URL,
            **values,
        }
    )


def _text(**values: Any) -> Intent:
    return Intent(row="Send text", values={"text": "Bon dia *Núria* 😀", **values})


def _file(media: OutboundMedia, text: str = "", **values: Any) -> Intent:
    def needs(capabilities: Capabilities) -> bool:
        is_taken = media.kind in capabilities.media_kinds
        return is_taken and (not text or media.kind in capabilities.caption_kinds)

    return Intent(
        row="Send files",
        values={"kind": media.kind, "media": media, "text": text, **values},
        needs=needs,
    )


def _reaction(emoji: str) -> Intent:
    return Intent(
        row="Send reactions",
        values={"kind": "reaction", "target_id": QUOTED, "emoji": emoji},
        needs=lambda can: can.reactions,
    )


def with_template(template: Template, *values: tuple[str, str, str], **carried: Any):
    """What a message carries; ``values`` are place, name and value."""
    return OutboundTemplate(
        **{
            "template_id": "",
            "template": template,
            "values": tuple(
                TemplateValue(place=place, name=name, value=value)
                for place, name, value in values
            ),
            **carried,
        }
    )


BODY = (("body", "1", "Núria"), ("body", "2", "S0042"))
WORD_VALUES = (("body", "who", "Núria"), ("body", "order_name", "S0042"))
FULL_VALUES = (*BODY, ("header", "1", "S0042"), ("button:0", "1", "S0042"))


def _template(
    submitted: str,
    *values: tuple[str, str, str],
    row: str = "Send templates",
    person: Person = NURIA,
    **carried: Any,
) -> Intent:
    submission = TEMPLATES[submitted]
    template = with_template(submission.template, *values, **carried)
    return Intent(
        row=row,
        values={"kind": "template", "template": template, "person": person},
        needs=lambda capabilities: (
            capabilities.templates and submission.needs(capabilities)
        ),
    )


MESSAGES: dict[str, Intent] = {
    "text": _text(),
    "text with a link": _text(text="Mira https://x.example"),
    "text that quotes": replace(
        _text(quoted_id=QUOTED), row="Quote", needs=lambda can: can.quoting
    ),
    "to WhatsApp's spelling": replace(_text(person=JOAO), row="Address people"),
    "to a number alone": replace(
        _text(person=Person(number=NURIA.number)), row="Address people"
    ),
    "to a user id alone": replace(_text(person=HIDDEN), row="Address people"),
    "to a number with a user id": replace(
        _text(person=replace(NURIA, user_id=USER_ID)), row="Address people"
    ),
    "picture": _file(PICTURE),
    "picture with caption": _file(PICTURE, "Mira"),
    "video": _file(VIDEO),
    "video with caption": _file(VIDEO, "Mira"),
    "document": _file(DOCUMENT),
    "document with caption": _file(DOCUMENT, "Mira"),
    "sound": _file(SOUND),
    "sound with caption": _file(SOUND, "Mira"),
    "voice note": _file(VOICE),
    "sticker": _file(STICKER),
    "sticker with caption": _file(STICKER, "Mira"),
    "place": Intent(
        row="Send places",
        values={"kind": "location", "location": CASA},
        needs=lambda can: can.location and can.location_names,
    ),
    "place without a name": Intent(
        row="Send places",
        values={
            "kind": "location",
            "location": Location(latitude=-34.6, longitude=-58.4),
        },
        needs=lambda can: can.location,
    ),
    "buttons": Intent(
        row="Send buttons",
        values={
            "kind": "buttons",
            "text": "Va bé?",
            "buttons": (
                Button(title="Sí", payload="y"),
                Button(title="No", payload="n"),
            ),
        },
        needs=lambda can: can.buttons >= 2,
    ),
    "list": Intent(
        row="Send lists",
        values={
            "kind": "list",
            "text": "Quan?",
            "list_label": "Tria",
            "rows": (
                ListRow(title="Dilluns", payload="1"),
                ListRow(title="Dimarts", payload="2"),
            ),
        },
        needs=lambda can: can.list_rows >= 2,
    ),
    "list with descriptions": Intent(
        row="Send lists",
        values={
            "kind": "list",
            "text": "Quan?",
            "list_label": "Tria",
            "rows": (ListRow(title="Dilluns", payload="1", description="de 9 a 11"),),
        },
        needs=lambda can: can.list_rows >= 1,
    ),
    "react": _reaction("👍"),
    "take a reaction back": _reaction(""),
    "template of numbers": _template("numbers", *BODY),
    "template of words": _template("words", *WORD_VALUES),
    "template of all parts": _template("all parts", *FULL_VALUES),
    "template with a coupon": _template("coupon"),
    "template with a picture": _template(
        "picture above", *BODY, header_media=PICTURE, row="Send template headers"
    ),
    "template with a video": _template(
        "video above", *BODY, header_media=VIDEO, row="Send template headers"
    ),
    "template with a document": _template(
        "document above", *BODY, header_media=DOCUMENT, row="Send template headers"
    ),
    "template with a place": _template(
        "place above", *BODY, header_location=CASA, row="Send template headers"
    ),
    "template under another name": _template("numbers", *BODY, name="order_shipped_v3"),
    "template with a code": _template("one-time code", ("body", "1", "123456")),
}

#: What no provider may send: each is refused, with a sentence.
REFUSED: dict[str, Intent] = {
    "to nobody": _text(person=Person()),
    "kind of tomorrow": _text(kind="hologram"),
    "reaction to nothing": Intent(row="", values={"kind": "reaction", "emoji": "👍"}),
    "template that is none": Intent(row="", values={"kind": "template"}),
    "template without a value": _template("numbers", BODY[0]),
    "template with a line break": _template("numbers", BODY[0], ("body", "2", "a\nb")),
    "template with an empty value": _template("numbers", BODY[0], ("body", "2", " ")),
    "template without the value of its button": _template(
        "all parts", *BODY, ("header", "1", "S0042")
    ),
    "template without its picture": replace(
        _template("picture above", *BODY),
        values={
            "kind": "template",
            "template": with_template(replace(PLAIN, header="image"), *BODY),
        },
    ),
    "template without its place": _template("place above", *BODY),
    "one-time code without the code": _template("one-time code"),
    "one-time code to a user id": _template(
        "one-time code", ("body", "1", "123456"), person=HIDDEN
    ),
}
