"""Templates in WhatsApp's own components, as no provider has changed them."""

from dataclasses import replace

import pytest

from odoo.addons.whatsapp_connector.tests.conformance.intents import TEMPLATES
from odoo.addons.whatsapp_connector.wire.components import CannotFill, Components
from odoo.addons.whatsapp_connector.wire.template import (
    OutboundTemplate,
    Template,
    TemplateValue,
    TemplateVariable,
    is_sayable,
    order_placeholders,
)


class Named(Components):
    named = True


FORMAT, NAMED = Components(), Named()


def make_template(body, **values):
    template = {"name": "order", "language": "ca", "category": "utility", "body": body}
    return Template(**{**template, **values})


def make_record(template, form=FORMAT, **values):
    return {"id": "7", "status": "APPROVED", **form.build(template), **values}


def make_value(name, value, place="body"):
    return TemplateValue(place=place, name=name, value=value)


def send(template, *values):
    return OutboundTemplate(template_id="7", template=template, values=values)


def get_texts(template, *values, form=FORMAT):
    [component] = form.fill(send(template, *values))
    return [parameter["text"] for parameter in component["parameters"]]


@pytest.mark.parametrize("form", [FORMAT, NAMED])
@pytest.mark.parametrize("name", TEMPLATES)
def test_what_was_built_is_read_again_and_says_the_same(form, name):
    template = TEMPLATES[name].template
    record = make_record(template, form)
    read, partial = form.parse(record)
    assert not partial
    assert (read.header, read.footer) == (template.header, template.footer)
    assert [b.kind for b in read.buttons] == [b.kind for b in template.buttons]
    assert form.says_the_same(record, template)
    other = replace(template, body="Una altra cosa.", code_minutes=77)
    assert not form.says_the_same(record, other)


@pytest.mark.parametrize(
    "text, order",
    [
        ("{{1}} {{2}}", ["1", "2"]),
        ("{{2}} {{1}}", ["1", "2"]),
        ("{{name}} {{1}}", ["name", "1"]),
        ("{{3}} {{2}}", ["3", "2"]),
        ("{{b}} {{a}} {{b}}", ["b", "a"]),
        ("{{}} {{1}}", ["1"]),
        ("", []),
    ],
)
def test_variables_are_counted_as_whatsapp_counts(text, order):
    assert order_placeholders(text) == order


def test_numbers_are_filled_by_their_number_wherever_they_stand():
    template = make_template("Comanda {{2}} de {{1}}.")
    values = (make_value("2", "S0042"), make_value("1", "Anna"))
    assert get_texts(template, *values) == ["Anna", "S0042"]


def test_words_are_numbered_where_names_are_not_taken():
    template = make_template("Hola {{who}}, {{order}}.")
    [body] = FORMAT.build(template)["components"]
    assert body["text"] == "Hola {{1}}, {{2}}."
    [named] = NAMED.build(template)["components"]
    assert named["text"] == template.body


def test_variable_that_whatsapp_knows_by_a_name_is_filled_by_it():
    key = TemplateVariable(place="body", name="1", key="who")
    template = make_template("Hola {{1}}.", variables=(key,))
    [body] = FORMAT.fill(send(template, make_value("1", "Anna")))
    assert body["parameters"] == [
        {"type": "text", "parameter_name": "who", "text": "Anna"}
    ]


@pytest.mark.parametrize("value", ["", " ", "a\nb", "a\tb", "a     b"])
def test_value_that_whatsapp_does_not_take(value):
    assert not is_sayable(value)
    with pytest.raises(CannotFill, match="no_value"):
        FORMAT.fill(send(make_template("Hola {{1}}."), make_value("1", value)))


@pytest.mark.parametrize("header", ["image", "location"])
def test_header_without_its_content(header):
    with pytest.raises(CannotFill, match="no_header"):
        FORMAT.fill(send(make_template("Hola.", header=header)))


def test_missing_value():
    with pytest.raises(CannotFill, match="no_value"):
        FORMAT.fill(send(make_template("Hola {{1}}.")))


def test_news_that_are_of_no_template():
    assert FORMAT.read_news({"current_limit": "TIER_1K"}, None) is None


def test_record_without_components_tells_no_content():
    state = FORMAT.read_state({"id": 7, "status": "PENDING", "quality_score": "GREEN"})
    assert (state.template_id, state.content) == ("7", None)
    assert (state.status, state.quality) == ("pending", "green")
