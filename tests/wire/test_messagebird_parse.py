"""What is particular to MessageBird's and Bird's webhooks."""

import json

import pytest
from messagebird_kit import GENERATIONS, URL, WIRES, make_webhook, read_fixture

from odoo.addons.whatsapp_connector.wire.items import StatusUpdate
from odoo.addons.whatsapp_connector.wire.webhook import MalformedEvent


def parse_body(generation, body, url=URL):
    wire = WIRES[generation]
    return wire.parse(make_webhook(body, url=url), wire.account)


def parse(generation, name, **message):
    """The items of a fixture, with some values of its message changed."""
    body = read_fixture(generation, name)
    key = "payload" if generation == "bird" else "message"
    body[key] = {**body[key], **message}
    return parse_body(generation, body)


def test_status_address_of_a_message_carries_our_reference():
    body = read_fixture("conversations", "status_delivered")
    del body["message"]["trackId"]
    [update] = parse_body("conversations", body, url=f"{URL}?ref=r9")
    assert update.reference == "r9"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_reference_of_another_program_is_none_of_ours(generation):
    field = {"conversations": "trackId", "bird": "reference"}[generation]
    assert parse(generation, "status_sent", **{field: "crm-1"})[-1].reference is None


def test_later_status_of_another_program_brings_no_second_message():
    [status] = parse("conversations", "status_delivered", trackId="crm-1")
    assert isinstance(status, StatusUpdate)


@pytest.mark.parametrize(
    ("generation", "missing"),
    [
        ("conversations", {"id": None}),
        ("conversations", {"channelId": ""}),
        ("bird", {"id": []}),
        ("bird", {"channelId": None}),
        ("bird", {"sender": {}}),
    ],
)
def test_message_that_cannot_be_placed_is_malformed(generation, missing):
    with pytest.raises(MalformedEvent):
        parse(generation, "text", **missing)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_text_that_no_database_keeps_is_mended(generation):
    body = json.dumps(read_fixture(generation, "text"))
    body = body.replace("*factura*", r"\ud800 \u0000x").encode()
    [message] = parse_body(generation, body)
    message.text.encode()
    assert "\0" not in message.text


def test_product_lines_have_either_name():
    [message] = parse("conversations", "order")
    content = read_fixture("conversations", "order")["message"]["content"]
    order = content["whatsappOrder"]
    order["products"] = order.pop("product_items")
    [same] = parse("conversations", "order", content=content)
    assert same.order == message.order != ()
