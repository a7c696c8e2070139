"""Templates as every provider understands them: one language of one template.

Placeholders are written ``{{name}}`` in header, body and the address of a button. A
name is a number or lower-case words; it belongs to the place where it stands, so that
``{{1}}`` of the body and ``{{1}}`` of a button are two.

https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .items import Location
from .outbound import OutboundMedia

AUTHENTICATION = "authentication"
CATEGORIES = ("utility", "marketing", AUTHENTICATION)
HEADERS = ("none", "text", "image", "video", "document", "location")
MEDIA_HEADERS = ("image", "video", "document")
BUTTONS = ("quick_reply", "url", "phone", "copy_code")

#: What a provider says of a language of a template, in the base's words.
STATUSES = (
    "draft",
    "pending",
    "approved",
    "rejected",
    "paused",
    "disabled",
    "deleted",
)

#: The body of a one-time code, whose text WhatsApp writes.
CODE_BODY = "{{1}}"

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_]*)\s*\}\}")
#: What WhatsApp takes in no value of a variable.
_UNSAYABLE = re.compile(r"[\r\n\t]| {5,}")


@dataclass(frozen=True, kw_only=True)
class TemplateVariable:
    """A gap in a text. ``place``: ``header``, ``body``, or ``button:<position>``.

    ``key`` is the provider's own name for it, where a template made in its console
    has another one than ours; empty for those that we submitted.
    """

    place: str
    name: str
    sample: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class TemplateButton:
    """A button; ``position`` (from 0) counts all buttons of the template.

    ``url`` may end with one placeholder. ``payload`` of a quick reply comes back when
    it is tapped. ``code`` of ``copy_code`` is a sample.
    """

    kind: str
    text: str = ""
    payload: str = ""
    url: str = ""
    phone: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True)
class Template:
    """What a reviewer gets to see: one language, with samples.

    ``name``: lower-case letters, digits, underscores. ``language``: WhatsApp's code,
    such as ``ca`` or ``en_US``. ``version`` counts submissions of this language from
    1, for providers that want a new name for each. ``header_media`` is the sample.
    """

    name: str
    language: str
    category: str
    body: str
    version: int = 1
    header: str = "none"
    header_text: str = ""
    header_media: OutboundMedia | None = None
    header_location: Location | None = None
    footer: str = ""
    buttons: tuple[TemplateButton, ...] = ()
    variables: tuple[TemplateVariable, ...] = ()
    #: Authentication only: minutes that the code is valid; a warning not to share it.
    code_minutes: int = 0
    security_advice: bool = False


@dataclass(frozen=True, kw_only=True)
class TemplateState:
    """The provider's view of one language of a template.

    ``template_id`` is what the provider calls it, ``status`` one of :data:`STATUSES`
    or the provider's own word. ``category`` is the granted one. ``content`` is what it
    says, where the provider tells; ``partial`` if that can't be shown in full here.
    """

    template_id: str
    name: str
    language: str
    status: str
    category: str = ""
    reason: str = ""
    quality: str = ""
    content: Template | None = None
    partial: bool = False


@dataclass(frozen=True, kw_only=True)
class TemplateValue:
    """What fills a variable in one message."""

    place: str
    name: str
    value: str
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class OutboundTemplate:
    """A template as one message carries it: which one, and what fills it.

    ``template`` is the approved content: providers that number the variables of the
    whole template derive the numbers from it. ``name`` is the one under which it was
    submitted, for providers that know it by that.
    """

    template_id: str
    template: Template
    name: str = ""
    values: tuple[TemplateValue, ...] = ()
    header_media: OutboundMedia | None = None
    header_location: Location | None = None


def find_placeholders(text: str) -> list[str]:
    """Names of the placeholders of ``text``, each once, in their order."""
    return list(dict.fromkeys(PLACEHOLDER.findall(text or "")))


def fill(text: str, values: dict[str, str]) -> str:
    """``text`` with its placeholders replaced; those without a value stay."""
    return PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text or "")


def order_placeholders(text: str) -> list[str]:
    """Names of the placeholders of ``text`` in the order in which WhatsApp counts.

    Numbers that count from 1 are such; other names count as they come.
    """
    names = [name for name in find_placeholders(text) if name]
    numbers = {str(number) for number in range(1, len(names) + 1)}
    return sorted(names, key=int) if set(names) == numbers else names


def is_sayable(value: str) -> bool:
    """Whether WhatsApp takes ``value`` for a variable."""
    return bool(value.strip()) and not _UNSAYABLE.search(value)
