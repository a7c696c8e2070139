"""WhatsApp's text formatting, to and from HTML.

WhatsApp marks text with ``*bold*``, ``_italic_``, ``~strike~``, ```` ```code``` ````,
``> quote`` and ``- item``. https://faq.whatsapp.com/539178204879377
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from html import escape
from typing import Any

from lxml import html as lxml_html
from lxml.etree import ParserError, _Comment

_CODE_BLOCK = re.compile(r"```(.+?)```", re.DOTALL)
_CODE = re.compile(r"`([^`\n\x00]+)`")
_LINK = re.compile(r"\bhttps?://[^\s<>\"\x00]+[^\s<>\".,;:!?)\]'*_~\x00]")
# A mark opens after a non-word character and closes before one, and hugs its text.
_MARKS = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]*?\S)\*(?![\w*])"), "strong"),
    (re.compile(r"(?<![\w_])_(?=\S)([^_\n]*?\S)_(?![\w_])"), "em"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]*?\S)~(?![\w~])"), "s"),
)
_HELD = re.compile("\x00(\\d+)\x00")

_MARK_OF_TAG = {
    "b": "*",
    "strong": "*",
    "i": "_",
    "em": "_",
    "s": "~",
    "strike": "~",
    "del": "~",
    "code": "```",
    "pre": "```",
}
_BLOCKS = {"p", "div", "li", "ul", "ol", "blockquote", "pre", "h1", "h2", "h3", "tr"}


def clean(text: str | None) -> str:
    """``text`` without what PostgreSQL can't take (NUL, lone surrogates)."""
    text = (text or "").replace("\x00", "")
    return text.encode("utf-8", "replace").decode("utf-8")


def clean_all(value: Any) -> Any:
    """``value`` with every text in it :func:`clean`, however deep; the types stay."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, (list, tuple)):
        return type(value)(clean_all(part) for part in value)
    if isinstance(value, Mapping):
        return {clean_all(key): clean_all(part) for key, part in value.items()}
    if is_dataclass(value):
        parts = {f.name: clean_all(getattr(value, f.name)) for f in fields(value)}
        return replace(value, **parts)
    return value


def to_html(text: str | None) -> str:
    """WhatsApp text as safe HTML: escaped, with the known marks and links only."""
    held: list[str] = []

    def hold(markup: str) -> str:
        """Take ``markup`` out of what is escaped and formatted after it."""
        held.append(markup)
        return f"\x00{len(held) - 1}\x00"

    def code(match: re.Match) -> str:
        return hold(f"<code>{escape(match[1])}</code>")

    def link(match: re.Match) -> str:
        url = escape(match[0])
        return hold(
            f'<a href="{url}" target="_blank" rel="noreferrer noopener">{url}</a>'
        )

    def mark(part: str) -> str:
        """Format ``part``; what is formatted is held, so that marks can't overlap."""
        for pattern, tag in _MARKS:
            part = pattern.sub(
                lambda match, tag=tag: hold(f"<{tag}>{mark(match[1])}</{tag}>"), part
            )
        return part

    def show(part: str) -> str:
        return _HELD.sub(lambda match: show(held[int(match[1])]), part)

    out = clean(text).replace("\r\n", "\n")
    out = _CODE_BLOCK.sub(code, out)
    out = _CODE.sub(code, out)
    out = mark(escape(_LINK.sub(link, out)))
    return show(out).replace("\n", "<br>")


def from_html(markup: str | None) -> str:
    """What a person typed in an HTML composer, as WhatsApp text."""
    if not markup or not markup.strip():
        return ""
    try:
        root = lxml_html.fragment_fromstring(markup, create_parent="div")
    except (ParserError, ValueError):
        return ""
    text = _render(root)
    text = re.sub(r"[ \t]+\n", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _render(node) -> str:
    """Text of ``node`` and its children, without its tail."""
    parts = [node.text or ""]
    for child in node:
        if isinstance(child, _Comment):
            rendered = ""
        elif child.tag == "br":
            rendered = "\n"
        elif child.tag == "a":
            rendered = _render_link(child)
        else:
            rendered = _mark(child, _render(child))
        parts += [rendered, child.tail or ""]
    return "".join(parts)


def _render_link(node) -> str:
    label, href = _render(node), node.get("href", "")
    bare = href.split("://", 1)[-1].rstrip("/")
    if not href.startswith(("http://", "https://")) or bare in label:
        return label
    return f"{label} ({href})" if "://" not in label else label


def _mark(node, inner: str) -> str:
    mark = _MARK_OF_TAG.get(node.tag)
    if mark and inner.strip() and ("\n" not in inner or mark == "```"):
        lead = inner[: len(inner) - len(inner.lstrip())]
        tail = inner[len(inner.rstrip()) :]
        inner = f"{lead}{mark}{inner.strip()}{mark}{tail}"
    if node.tag == "li":
        inner = f"- {inner.strip()}"
    return f"{inner}\n" if node.tag in _BLOCKS else inner
