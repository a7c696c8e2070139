"""WhatsApp's text formatting, shown and written."""

from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.wire.text import clean, from_html, to_html

ALLOWED = {
    "strong": set(),
    "em": set(),
    "s": set(),
    "code": set(),
    "br": set(),
    "a": {"href", "target", "rel"},
}


class Checker(HTMLParser):
    """Refuses everything that our own formatting doesn't make."""

    def __init__(self):
        super().__init__()
        self.open = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert tag in ALLOWED, tag
        assert set(attributes) <= ALLOWED[tag]
        if tag == "a":
            assert attributes["href"].startswith(("http://", "https://"))
            assert "noopener" in attributes["rel"]
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def check(markup):
    checker = Checker()
    checker.feed(markup)
    checker.close()
    assert not checker.open
    assert "\x00" not in markup
    return checker.text


@pytest.mark.parametrize(
    "text, markup",
    [
        ("*bold*", "<strong>bold</strong>"),
        ("_italic_", "<em>italic</em>"),
        ("~strike~", "<s>strike</s>"),
        ("```code *as is*```", "<code>code *as is*</code>"),
        ("`code`", "<code>code</code>"),
        ("*both _at once_*", "<strong>both <em>at once</em></strong>"),
        ("one\ntwo\r\nthree", "one<br>two<br>three"),
        ("2 * 3 * 4", "2 * 3 * 4"),
        ("snake_case_name", "snake_case_name"),
        ("* not bold*", "* not bold*"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("", ""),
        (None, ""),
    ],
)
def test_marks_are_shown_as_formatting(text, markup):
    assert to_html(text) == markup


def test_address_is_a_link():
    markup = to_html("See https://example.com/a_b_c?x=1&y=2.")
    assert '<a href="https://example.com/a_b_c?x=1&amp;y=2"' in markup
    assert markup.endswith("</a>.")


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "javascript:alert(1)",
        'https://x"onmouseover="alert(1)',
        "*<b>*",
        "```</code><script>```",
        "`a ```b``` c`",
        "https://x/`y`/z",
        "\x000\x00",
        "*\x000\x00* `x`",
    ],
)
def test_hostile_text_stays_text(hostile):
    check(to_html(hostile))


MARKUP = st.lists(
    st.sampled_from(
        [
            "*",
            "_",
            "~",
            "`",
            "```",
            " ",
            "\n",
            "a",
            "<",
            ">",
            '"',
            "&",
            "\x00",
            "0",
            "1",
        ]
        + ["https://x.y/", "😀", "'", "&lt;", "\ud800"]
    ),
    max_size=25,
).map("".join)


@given(MARKUP | st.text())
@example("`a ```b``` c`")
@example("https://x/`y`")
@example("_~*_*")
def test_any_text_is_safe_and_whole(text):
    shown = check(to_html(text))
    for mark in "*_~`\x00\n\r":
        text, shown = text.replace(mark, ""), shown.replace(mark, "")
    assert shown == clean(text)


@given(MARKUP | st.text())
def test_clean_text_can_be_stored(text):
    kept = clean(text)
    assert "\x00" not in kept
    kept.encode("utf-8")


@pytest.mark.parametrize(
    "markup, text",
    [
        ("<p>Hello</p>", "Hello"),
        ("<p>One</p><p>Two</p>", "One\nTwo"),
        ("One<br>Two", "One\nTwo"),
        ("<b>bold</b> and <em>soft</em>", "*bold* and _soft_"),
        ("<p><b> bold </b>x</p>", "*bold* x"),
        ("<ul><li>a</li><li>b</li></ul>", "- a\n- b"),
        ('<a href="https://example.com">site</a>', "site (https://example.com)"),
        ('<a href="https://example.com/">example.com</a>', "example.com"),
        (
            '<a href="https://example.com">https://example.com</a>',
            "https://example.com",
        ),
        ("a &lt; b &amp; c", "a < b & c"),
        ("<!-- x -->y", "y"),
        ("", ""),
        (None, ""),
        ("   ", ""),
    ],
)
def test_what_is_typed_becomes_whatsapp_text(markup, text):
    assert from_html(markup).strip() == text.strip()


@given(st.text(max_size=60))
def test_anything_typed_is_text(markup):
    assert isinstance(from_html(markup), str)
