"""Whether a template follows WhatsApp's rules, so that none is refused for its form.

:func:`check` looks at a template before it is submitted, :func:`check_value` and
:func:`check_rendered` at what fills it when it is sent. The rules themselves, and the
sentences that say how to mend what breaks them, are in :mod:`template_problems`.

https://developers.facebook.com/docs/whatsapp/business-management-api/message-templates
https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import phonenumbers

from . import template_problems as rules
from .outbound import Capabilities, OutboundMedia
from .template import (
    CATEGORIES,
    MEDIA_HEADERS,
    Template,
    TemplateButton,
    TemplateValue,
    fill,
    find_placeholders,
)
from .template_problems import Problem, Rule

NAME_LIMIT = 512
BODY_LIMIT = 1024
HEADER_LIMIT = 60
FOOTER_LIMIT = 60
EMOJI_LIMIT = 10
BUTTON_LIMIT = 10
BUTTON_TEXT_LIMIT = 25
URL_LIMIT = 2000
CODE_LIMIT = 15
CODE_MINUTES = range(1, 91)
#: From this number on, WhatsApp for computers shows none of the buttons.
DESKTOP_BUTTONS = 4

#: What the sample of a header may be: MIME types, and bytes.
MEDIA_TYPES = {
    "image": ("image/jpeg", "image/png"),
    "video": ("video/mp4",),
    "document": ("application/pdf",),
}
MEDIA_LIMITS = {"image": 5 << 20, "video": 16 << 20, "document": 100 << 20}

_HEADER_MARKS = {
    "line_break": rules.HEADER_LINE_BREAK,
    "emoji": rules.HEADER_EMOJI,
    "formatting": rules.HEADER_FORMATTING,
}
_FOOTER_MARKS = {
    "braces": rules.FOOTER_VARIABLE,
    "line_break": rules.FOOTER_LINE_BREAK,
    "emoji": rules.FOOTER_EMOJI,
}
_BUTTON_MARKS = {
    "braces": rules.BUTTON_TEXT_VARIABLE,
    "line_break": rules.BUTTON_TEXT_LINE_BREAK,
    "emoji": rules.BUTTON_TEXT_EMOJI,
    "formatting": rules.BUTTON_TEXT_FORMATTING,
}
_TYPE_RULES = {
    "image": rules.HEADER_IMAGE_TYPE,
    "video": rules.HEADER_VIDEO_TYPE,
    "document": rules.HEADER_DOCUMENT_TYPE,
}
#: How many buttons of a kind there may be; of quick replies as many as of all.
_KIND_LIMITS = {
    "url": (2, rules.BUTTONS_URL),
    "phone": (1, rules.BUTTONS_PHONE),
    "copy_code": (1, rules.BUTTONS_COPY_CODE),
}

_NAME = re.compile(r"[a-z0-9_]+")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")
# Stricter than what `fill` replaces: this is what every provider takes as it is.
_VARIABLE = re.compile(r"\{\{([1-9][0-9]{0,2}|[a-z][a-z_]*)\}\}")
_BRACED = re.compile(r"\{\{([^{}]*)\}\}")
_STRAY_BRACES = re.compile(r"\w{0,20}[{}]+\w{0,20}[{}]*")
_LINE_BREAK = re.compile(r"[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_SPACES = re.compile(r"\s{5,}")
_EMPTY_LINES = re.compile(r"(\r?\n[^\S\n]*){3,}")
_PICTURE = (
    "[\u203c\u2049\u231a-\u23ff\u2600-\u27bf\u2934\u2935\u2b05-\u2b55"
    "\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
# One match for what is seen as one: flags, keycaps, families, tones of skin.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}|[0-9#*]\ufe0f?\u20e3|[©®™\u2139\u2194-\u21aa]\ufe0f|"
    f"{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*"
    f"(?:\u200d{_PICTURE}[\ufe0f\U0001f3fb-\U0001f3ff]*)*"
)
_MARKS = {
    "braces": re.compile(r"\{\{[^{}]*\}\}|[{}]+"),
    "line_break": _LINE_BREAK,
    "emoji": _EMOJI,
    "formatting": re.compile(r"\*\S*|`\S*|~[^~\n]+~|(?<!\w)_[^_\n]+_(?!\w)"),
}
# Scripts that put no spaces between words: Thai, Lao, Burmese, Khmer, Japanese, Chinese
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u9fff]"
)
_SITE = re.compile(r"https?://[^/?#]+[/?#]", re.IGNORECASE)
_WHATSAPP_HOSTS = {"wa.me", "www.wa.me", "api.whatsapp.com", "chat.whatsapp.com"}


def check(template: Template, capabilities: Capabilities) -> list[Problem]:
    """All that keeps ``template`` from being approved through this account."""
    problems = [*_check_identity(template, capabilities)]
    if template.category == "authentication":
        problems += _check_authentication(template)
    else:
        problems += _check_header(template, capabilities)
        problems += _check_body(template.body)
        problems += _check_marks(template.footer, _FOOTER_MARKS)
        problems += _check_length(template.footer, FOOTER_LIMIT, rules.FOOTER_LONG)
        problems += _check_variables(template)
    problems += _check_buttons(template, capabilities)
    return problems


def check_value(value: str) -> Problem | None:
    """Why ``value`` can't fill a variable (WhatsApp's error 132018); None if it can."""
    if not value.strip():
        return rules.VALUE_EMPTY.broken()
    if "\t" in value or _LINE_BREAK.search(value) or _SPACES.search(value):
        return rules.VALUE_SPACES.broken()
    return None


def clean_value(text: str | None) -> str:
    """``text`` in one line, so that :func:`check_value` takes it unless it is blank.

    A single space that doesn't break, as in an amount of money, stays one.
    """
    return re.sub(
        r"\s+", lambda run: run[0] if run[0] in "\xa0\u202f" else " ", text or ""
    ).strip()


def check_rendered(
    template: Template, values: tuple[TemplateValue, ...]
) -> list[Problem]:
    """What is too long in the message of ``values`` (WhatsApp's error 132005)."""
    by_place: dict[str, dict[str, str]] = {}
    for value in values:
        by_place.setdefault(value.place, {})[value.name] = value.value

    def render(place: str, text: str) -> str:
        return fill(text, by_place.get(place, {}))

    body = render("body", template.body)
    problems = [*_check_length(body, BODY_LIMIT, rules.RENDERED_BODY_LONG)]
    if template.header == "text":
        header = render("header", template.header_text)
        problems += _check_length(header, HEADER_LIMIT, rules.RENDERED_HEADER_LONG)
    for position, button in enumerate(template.buttons):
        url = render(f"button:{position}", button.url)
        problems += _check_length(
            url, URL_LIMIT, rules.RENDERED_URL_LONG, position=position + 1
        )
    return problems


# -- name, language, category ----------------------------------------------------------


def _check_identity(
    template: Template, capabilities: Capabilities
) -> Iterator[Problem]:
    if not template.name:
        yield rules.NAME_MISSING.broken()
    elif not _NAME.fullmatch(template.name):
        suggestion = _suggest(template.name, "[^a-z0-9]+") or "ticket_update"
        yield rules.NAME_CHARACTERS.broken(suggestion=suggestion)
    yield from _check_length(template.name, NAME_LIMIT, rules.NAME_LONG)
    if not template.language:
        yield rules.LANGUAGE_MISSING.broken()
    elif not _LANGUAGE.fullmatch(template.language):
        yield rules.LANGUAGE_FORM.broken(language=template.language)
    if not template.category:
        yield rules.CATEGORY_MISSING.broken()
    elif template.category not in CATEGORIES:
        yield rules.CATEGORY_UNKNOWN.broken(category=template.category)
    elif template.category not in capabilities.template_categories:
        yield rules.CATEGORY_NOT_OFFERED.broken()


def _check_length(text: str, limit: int, rule: Rule, **values) -> Iterator[Problem]:
    if len(text) > limit:
        yield rule.broken(length=len(text), limit=limit, **values)


def _suggest(text: str, unwanted: str) -> str:
    """``text`` in plain lower-case letters, with underscores for what is unwanted."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(unwanted, "_", plain.lower())[:60].strip("_")


def _check_marks(
    text: str, forbidden: Mapping[str, Rule], **values: Any
) -> Iterator[Problem]:
    """What is ``forbidden`` in a text that WhatsApp wants plain."""
    for mark, rule in forbidden.items():
        if found := _MARKS[mark].search(text):
            yield rule.broken(text=_shorten(found[0]), **values)


def _shorten(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


# -- variables -------------------------------------------------------------------------


def _check_form(text: str, part: str) -> Iterator[Problem]:
    """Whether all braces of ``text`` are those of variables, numbered from 1."""
    for inside in dict.fromkeys(_BRACED.findall(text)):
        braced = _brace(inside)
        if not inside.strip():
            yield rules.VARIABLE_EMPTY.broken(part, text=braced)
        elif not _VARIABLE.fullmatch(braced):
            suggestion = _brace(_suggest_variable(inside))
            yield rules.VARIABLE_NAME.broken(
                part, text=_shorten(braced), suggestion=suggestion
            )
    if stray := _STRAY_BRACES.search(_BRACED.sub(" ", text)):
        yield rules.VARIABLE_BRACES.broken(part, text=_shorten(stray[0]))
    numbers, _names = _split_names(text)
    wanted = range(1, len(numbers) + 1)
    if missing := sorted(set(wanted) - set(numbers)):
        yield rules.VARIABLE_NUMBERS.broken(part, missing=missing[0])


def _brace(name: str) -> str:
    return "{{" + name + "}}"


def _suggest_variable(inside: str) -> str:
    inside = inside.strip()
    number = inside.lstrip("0") if inside.isascii() and inside.isdigit() else ""
    if 0 < len(number) <= 3:
        return number
    return _suggest(inside, "[^a-z]+") or "name"


def _split_names(text: str) -> tuple[list[int], list[str]]:
    """The numbers and the names of the variables of ``text``, each once."""
    names = dict.fromkeys(_VARIABLE.findall(text))
    numbers = [int(name) for name in names if name.isdigit()]
    return numbers, [name for name in names if not name.isdigit()]


def _check_variables(template: Template) -> Iterator[Problem]:
    texts = _get_places(template)
    yield from _check_mixture(f"{texts.get('header', '')}\n{texts['body']}")
    samples = {(v.place, v.name): v.sample for v in template.variables}
    for place, text in texts.items():
        names = dict.fromkeys(_VARIABLE.findall(text))
        yield from _check_samples(
            place, {name: samples.get((place, name), "") for name in names}
        )
    for variable in template.variables:
        if variable.name not in find_placeholders(texts.get(variable.place, "")):
            yield rules.VARIABLE_UNUSED.broken(name=variable.name)


def _get_places(template: Template) -> dict[str, str]:
    """The texts that may have variables, by their place."""
    texts = {"body": template.body}
    if template.header == "text":
        texts["header"] = template.header_text
    for position, button in enumerate(template.buttons):
        if button.kind == "url":
            texts[f"button:{position}"] = button.url
    return texts


def _check_mixture(text: str) -> Iterator[Problem]:
    """Header and body go together; the variable of an address may be of another sort:
    it is the only one there, and providers count it apart."""
    numbers, names = _split_names(text)
    if numbers and names:
        yield rules.VARIABLES_MIXED.broken(number=numbers[0], name=names[0])


def _check_samples(place: str, samples: dict[str, str]) -> Iterator[Problem]:
    """Each variable of ``place`` needs one; those of a text are named together."""
    kind, _separator, position = place.partition(":")
    missing = [name for name, sample in samples.items() if not sample.strip()]
    for name in samples:
        if name not in missing and check_value(samples[name]):
            yield rules.SAMPLE_SPACES.broken(name=name)
    if missing and kind == "body":
        names = ", ".join(map(_brace, missing))
        yield rules.SAMPLE_MISSING_BODY.broken(names=names)
        return
    for name in missing:
        if kind == "header":
            yield rules.SAMPLE_MISSING_HEADER.broken(name=name)
        else:
            number = int(position) + 1
            yield rules.SAMPLE_MISSING_BUTTON.broken(name=name, position=number)


# -- header ----------------------------------------------------------------------------


def _check_header(template: Template, capabilities: Capabilities) -> Iterator[Problem]:
    kind = template.header
    if kind == "none":
        return
    if kind not in capabilities.template_headers:
        yield rules.HEADER_NOT_OFFERED.broken()
    elif kind == "text":
        yield from _check_header_text(template.header_text)
    elif kind in MEDIA_HEADERS:
        yield from _check_header_file(kind, template.header_media, capabilities)
    elif kind == "location" and (location := template.header_location):
        if abs(location.latitude) > 90 or abs(location.longitude) > 180:
            yield rules.HEADER_LOCATION.broken()


def _check_header_text(text: str) -> Iterator[Problem]:
    if not text.strip():
        yield rules.HEADER_MISSING.broken()
    yield from _check_length(text, HEADER_LIMIT, rules.HEADER_LONG)
    yield from _check_form(text, "header")
    count = len(_VARIABLE.findall(text))
    if count > 1:
        yield rules.HEADER_VARIABLES.broken(count=count)
    yield from _check_marks(_VARIABLE.sub("", text), _HEADER_MARKS)


def _check_header_file(
    kind: str, media: OutboundMedia | None, capabilities: Capabilities
) -> Iterator[Problem]:
    if not media:
        yield rules.HEADER_SAMPLE_MISSING.broken()
        return
    mimetype = media.mimetype.partition(";")[0].strip().lower()
    if mimetype not in MEDIA_TYPES[kind]:
        yield _TYPE_RULES[kind].broken(filename=media.filename)
    limit = MEDIA_LIMITS[kind]
    limit = min(limit, capabilities.media_limit.get(kind, limit))
    if media.size > limit:
        yield rules.HEADER_FILE_LARGE.broken(
            filename=media.filename,
            size=f"{media.size / (1 << 20):.1f}",
            limit=f"{limit / (1 << 20):g}",
        )


# -- body ------------------------------------------------------------------------------


def _check_body(text: str) -> Iterator[Problem]:
    if not text.strip():
        yield rules.BODY_MISSING.broken()
        return
    yield from _check_length(text, BODY_LIMIT, rules.BODY_LONG)
    yield from _check_form(text, "body")
    found = list(_VARIABLE.finditer(text))
    if found:
        yield from _check_ends(text, found)
        yield from _check_gaps(text, found)
        yield from _check_ratio(text, len(found))
    yield from _check_blanks(text)
    count = len(_EMOJI.findall(text))
    if count > EMOJI_LIMIT:
        yield rules.BODY_EMOJIS.broken(count=count, limit=EMOJI_LIMIT)


def _check_ends(text: str, found: list[re.Match]) -> Iterator[Problem]:
    """WhatsApp's error 2388299: variables at the start or the end."""
    first, last = found[0], found[-1]
    start, end = text[: first.start()], text[last.end() :]
    if not start.strip():
        yield rules.BODY_START.broken(name=first[1])
    elif _is_punctuation(start):
        yield rules.BODY_START_MARK.broken(name=first[1])
    if not end.strip():
        yield rules.BODY_END.broken(name=last[1])
    elif _is_punctuation(end):
        yield rules.BODY_END_MARK.broken(name=last[1])


def _is_punctuation(text: str) -> bool:
    """Whether ``text`` has nothing to read: punctuation, formatting, spaces only."""
    return all(c in "~`" or unicodedata.category(c)[0] in "PZC" for c in text)


def _check_gaps(text: str, found: list[re.Match]) -> Iterator[Problem]:
    for first, second in zip(found, found[1:], strict=False):
        gap = text[first.end() : second.start()]
        if not gap.strip():
            rule = rules.BODY_ADJACENT_SPACE if gap else rules.BODY_ADJACENT
            yield rule.broken(first=first[1], second=second[1])


def _check_ratio(text: str, count: int) -> Iterator[Problem]:
    """WhatsApp's error 2388293: too many variables for the length of the text.

    WhatsApp keeps the ratio to itself. What providers observe is two words a variable
    and one more: https://support.maqsam.com/creating-whatsapp-templates-with-variables
    """
    words = _count_words(_VARIABLE.sub(" ", text))
    needed = 2 * count + 1
    if words < needed:
        yield rules.BODY_RATIO.broken(count=count, words=words, needed=needed)


def _count_words(text: str) -> int:
    """Words of ``text``; a character is one where a script has no spaces."""
    spaced = _UNSPACED.sub(" ", text).split()
    return len(_UNSPACED.findall(text)) + sum(
        any(map(str.isalnum, word)) for word in spaced
    )


def _check_blanks(text: str) -> Iterator[Problem]:
    inner = text.strip()
    if inner != text:
        yield rules.BODY_ENDS_BLANK.broken()
    if _EMPTY_LINES.search(inner):
        yield rules.BODY_LINES.broken()
    if "\t" in inner or re.search(r"[^\S\r\n]{5,}", inner):
        yield rules.BODY_SPACES.broken()


# -- buttons ---------------------------------------------------------------------------


def _check_buttons(template: Template, capabilities: Capabilities) -> Iterator[Problem]:
    buttons = template.buttons
    if template.category != "authentication":
        yield from _check_numbers(buttons)
        yield from _check_order(buttons)
    yield from _check_texts_differ(buttons)
    samples = {v.place: v.sample for v in template.variables}
    for position, button in enumerate(buttons):
        if button.kind not in capabilities.template_buttons:
            yield rules.BUTTON_NOT_OFFERED.broken(position=position + 1)
        yield from _check_button_text(button, position + 1)
        if button.kind == "url":
            sample = samples.get(f"button:{position}", "")
            yield from _check_url(button.url, position + 1, sample)
        elif button.kind == "phone":
            yield from _check_phone(button.phone, position + 1)
        elif button.kind == "copy_code" and template.category != "authentication":
            yield from _check_code(button.code, position + 1)


def _check_numbers(buttons: tuple[TemplateButton, ...]) -> Iterator[Problem]:
    if len(buttons) > BUTTON_LIMIT:
        yield rules.BUTTONS_MANY.broken(count=len(buttons), limit=BUTTON_LIMIT)
    counts = Counter(button.kind for button in buttons)
    for kind, (limit, rule) in _KIND_LIMITS.items():
        if counts[kind] > limit:
            yield rule.broken(count=counts[kind], limit=limit)


def _check_order(buttons: tuple[TemplateButton, ...]) -> Iterator[Problem]:
    replies = [p for p, button in enumerate(buttons) if button.kind == "quick_reply"]
    if replies and replies[-1] - replies[0] >= len(replies):
        yield rules.BUTTONS_MIXED.broken()
    if len(buttons) >= DESKTOP_BUTTONS or 0 < len(replies) < len(buttons):
        yield rules.BUTTONS_DESKTOP.broken()


def _check_texts_differ(buttons: tuple[TemplateButton, ...]) -> Iterator[Problem]:
    texts = Counter(b.text.strip().casefold() for b in buttons if b.text.strip())
    shown = {button.text.strip().casefold(): button.text.strip() for button in buttons}
    for text, count in texts.items():
        if count > 1:
            yield rules.BUTTON_TEXT_TWICE.broken(text=_shorten(shown[text]))


def _check_button_text(button: TemplateButton, position: int) -> Iterator[Problem]:
    """WhatsApp has a text of its own for the button that copies a code."""
    if not button.text.strip():
        if button.kind != "copy_code":
            yield rules.BUTTON_TEXT_MISSING.broken(position=position)
        return
    yield from _check_length(
        button.text, BUTTON_TEXT_LIMIT, rules.BUTTON_TEXT_LONG, position=position
    )
    yield from _check_marks(button.text, _BUTTON_MARKS, position=position)


def _check_url(url: str, position: int, sample: str) -> Iterator[Problem]:
    if not url.strip():
        yield rules.URL_MISSING.broken(position=position)
        return
    yield from _check_length(url, URL_LIMIT, rules.URL_LONG, position=position)
    yield from _check_form(url, "buttons")
    fixed = _BRACED.sub("", url)
    host = _get_host(fixed)
    if not host:
        yield rules.URL_FORM.broken(position=position)
    elif host in _WHATSAPP_HOSTS:
        yield rules.URL_WHATSAPP.broken(position=position)
    found = list(_VARIABLE.finditer(url))
    if len(found) > 1:
        yield rules.URL_VARIABLES.broken(position=position, count=len(found))
    elif found and host:
        yield from _check_url_variable(url, found[0], position, sample)


def _check_url_variable(
    url: str, variable: re.Match, position: int, sample: str
) -> Iterator[Problem]:
    before = url[: variable.start()]
    if variable.end() < len(url) or not _SITE.match(before):
        yield rules.URL_VARIABLE_PLACE.broken(position=position)
    elif sample.strip():
        filled = before + sample
        if _SITE.match(sample) or not _get_host(filled) or len(filled) > URL_LIMIT:
            yield rules.URL_SAMPLE.broken(position=position, name=variable[1])


def _get_host(url: str) -> str:
    """The host of a web address that a customer can open; empty if it isn't one."""
    if re.search(r"[\s\x00-\x1f]", url):
        return ""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _port = parts.port  # raises for one that is no number
    except ValueError:
        return ""
    is_public = "." in host.strip(".")
    return host if parts.scheme in ("http", "https") and is_public else ""


def _check_phone(phone: str, position: int) -> Iterator[Problem]:
    if not phone.strip():
        yield rules.PHONE_MISSING.broken(position=position)
        return
    try:
        parsed = phonenumbers.parse(phone)
        is_number = phonenumbers.is_possible_number(parsed)
    except phonenumbers.NumberParseException:
        is_number = False
    if not is_number:
        yield rules.PHONE_FORM.broken(phone=_shorten(phone), position=position)
        return
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if phone != e164:
        yield rules.PHONE_SPACES.broken(position=position, suggestion=e164)


def _check_code(code: str, position: int) -> Iterator[Problem]:
    if not code.strip():
        yield rules.CODE_MISSING.broken(position=position)
    yield from _check_length(code, CODE_LIMIT, rules.CODE_LONG, position=position)


# -- authentication --------------------------------------------------------------------


def _check_authentication(template: Template) -> Iterator[Problem]:
    """WhatsApp writes these itself; all that is ours is the button and two options.

    https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/authentication-templates/copy-code-button-authentication-templates
    """
    if template.body.strip():
        yield rules.AUTHENTICATION_BODY.broken()
    if template.header != "none":
        yield rules.AUTHENTICATION_HEADER.broken()
    if template.footer.strip():
        yield rules.AUTHENTICATION_FOOTER.broken()
    if [button.kind for button in template.buttons] != ["copy_code"]:
        yield rules.AUTHENTICATION_BUTTONS.broken()
    if template.code_minutes and template.code_minutes not in CODE_MINUTES:
        yield rules.AUTHENTICATION_MINUTES.broken(
            minutes=template.code_minutes,
            least=CODE_MINUTES[0],
            most=CODE_MINUTES[-1],
        )
