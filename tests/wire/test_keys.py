"""Templates whose variables have one key each, whichever provider makes the keys."""

import itertools

from odoo.addons.whatsapp_connector.tests.conformance.intents import PICTURE
from odoo.addons.whatsapp_connector.wire.keys import FILE, KeyReader, Keys
from odoo.addons.whatsapp_connector.wire.template import (
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateValue,
    TemplateVariable,
)


def make_template(**values):
    known = {"name": "order", "language": "ca", "category": "utility", "body": ""}
    return Template(**{**known, **values})


def number(template):
    count = itertools.count(1)
    return Keys(template, lambda _gap: str(next(count)))


def fill(template, *values):
    outbound = OutboundTemplate(
        template_id="7",
        template=template,
        values=[TemplateValue(place="body", name=n, value=v) for n, v in values],
    )
    return number(template).fill(outbound, lambda media: media.filename)


def test_gaps_are_found_in_the_order_of_the_template():
    template = make_template(
        header="text",
        header_text="{{a}}",
        body="{{1}} {{b}} {{1}}",
        buttons=(
            TemplateButton(kind="quick_reply", url="{{no}}"),
            TemplateButton(kind="url", url="https://x.example/{{1}}"),
        ),
    )
    keys = number(template)
    assert keys.of == {
        ("header", "a"): "1",
        ("body", "1"): "2",
        ("body", "b"): "3",
        ("button:1", "1"): "4",
    }
    assert keys.put_into("body", template.body) == "{{2}} {{3}} {{2}}"


def test_known_keys_stay():
    known = TemplateVariable(place="body", name="1", key="order_id")
    template = make_template(body="{{1}} {{2}}", variables=(known,))
    assert list(number(template).of.values()) == ["order_id", "1"]


def test_file_is_filled_where_there_is_one():
    template = make_template(header="image", header_media=PICTURE, body="{{1}}")
    assert number(template).of[FILE] == "1"
    assert fill(template, ("1", "Anna")) == {"1": "p.png", "2": "Anna"}
    without = make_template(header="image", body="{{1}}")
    assert fill(without, ("1", "Anna")) == {"2": "Anna"}


def test_text_under_a_file_has_no_gap():
    template = make_template(header="image", header_text="{{1}}")
    assert list(number(template).of) == [FILE]


def test_key_that_stands_twice_is_filled_by_the_first():
    twice = (
        TemplateVariable(place="body", name="a", key="k"),
        TemplateVariable(place="body", name="b", key="k"),
    )
    template = make_template(body="{{a}} {{b}}", variables=twice)
    assert fill(template, ("a", "1st"), ("b", "2nd")) == {"k": "1st"}


def test_texts_are_read_with_names_of_ours():
    reader = KeyReader({"order_id": "S1", "7": "x"})
    assert reader.read_text("body", "{{7}} {{order_id}} {{Total}}") == (
        "{{1}} {{order_id}} {{2}}"
    )
    assert [(v.name, v.key, v.sample) for v in reader.variables] == [
        ("1", "7", "x"),
        ("order_id", "order_id", "S1"),
        ("2", "Total", ""),
    ]
