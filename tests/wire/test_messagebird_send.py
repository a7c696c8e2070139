"""What is particular to what is posted to MessageBird and Bird."""

from dataclasses import replace

import pytest
from messagebird_kit import GENERATIONS, WIRES, make_account

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    BODY,
    MESSAGES,
    PLAIN,
    make_outbound,
    with_template,
)
from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.outbound import Refused
from odoo.addons.whatsapp_connector.wire.template import TemplateVariable
from odoo.addons.whatsapp_connector_messagebird.wire import bird, conversations


def build(generation, name="text", account=None, **values):
    wire = WIRES[generation]
    outbound = MESSAGES[name].get_outbound(wire, **values)
    return wire.build(outbound, account or wire.account)


def test_sandbox_has_a_host_of_its_own():
    request = build("conversations", account=make_account(is_sandbox=True))
    assert request.url == "https://whatsapp-sandbox.messagebird.com/v1/send"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_key_is_not_shown_with_the_request(generation):
    assert "k3y" not in repr(build(generation))


# -- templates -------------------------------------------------------------------------


def test_templates_need_the_business_account():
    assert not conversations.capabilities(make_account(waba_id="")).templates
    assert conversations.capabilities(make_account()).templates
    assert bird.capabilities(make_account("bird", waba_id="")).templates


def test_namespace_that_somebody_wrote_saves_a_request():
    request = build(
        "conversations", "template of numbers", make_account(namespace="ns")
    )
    assert request.follow is None
    assert request.json["content"]["hsm"]["namespace"] == "ns"


@pytest.mark.parametrize("body", [b"{}", b"[]", b"x"])
def test_template_without_a_namespace_is_refused(body):
    request = build("conversations", "template of numbers")
    result = request.follow(HttpResponse(status=200, body=body))
    assert result.failure.code == "no_template"


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("template_id", ["", "x"])
def test_template_without_an_id_is_refused(generation, template_id):
    wire = WIRES[generation]
    outbound = MESSAGES["template of numbers"].get_outbound(wire)
    template = replace(outbound.template, template_id=template_id)
    result = wire.build(replace(outbound, template=template), wire.account)
    assert isinstance(result, Refused) and result.failure.code == "no_template"


def test_bird_template_of_the_console_keeps_its_own_keys():
    variable = TemplateVariable(place="body", name="1", key="customer")
    template = replace(PLAIN, body="Hi {{1}}!", variables=(variable,))
    wire = WIRES["bird"]
    outbound = make_outbound(
        wire, "template", template=with_template(template, BODY[0])
    )
    sent = wire.build(outbound, wire.account).json["template"]
    assert sent["parameters"] == [
        {"type": "string", "key": "customer", "value": "Núria"}
    ]


def test_bird_template_has_the_locale_in_birds_spelling():
    template = replace(PLAIN, language="pt_BR")
    wire = WIRES["bird"]
    outbound = make_outbound(wire, "template", template=with_template(template, *BODY))
    assert wire.build(outbound, wire.account).json["template"]["locale"] == "pt-BR"
