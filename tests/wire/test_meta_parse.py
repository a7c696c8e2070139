"""What is particular to Meta's webhooks: many of everything in one."""

from meta_kit import PHONE, envelope, make_account, read_fixture, webhook

from odoo.addons.whatsapp_connector.wire.items import InboundMessage, Unknown
from odoo.addons.whatsapp_connector_meta.wire.parse import parse

OTHER_PHONE = "106540352242923"


def text_of(number, sender, phone):
    return {
        "from": sender,
        "id": f"wamid.{phone}.{number}",
        "timestamp": "1750000000",
        "type": "text",
        "text": {"body": f"Missatge {number}"},
    }


def test_batch_of_a_thousand_keeps_order_numbers_and_senders_apart():
    phones = (PHONE, OTHER_PHONE)
    senders = ("34600111222", "34600999888")
    values = [
        {
            "metadata": {"phone_number_id": phones[place % 2]},
            "contacts": [{"wa_id": sender, "profile": {"name": sender}}],
            "messages": [text_of(place * 10 + i, sender, phones[place % 2])
                         for i in range(10)],
        }
        for place in range(100)
        for sender in (senders[place // 2 % 2],)
    ]  # fmt: skip
    items = parse(webhook(envelope(*values)), make_account())
    assert [item.text for item in items] == [f"Missatge {n}" for n in range(1000)]
    for number, item in enumerate(items):
        assert item.number_id == phones[number // 10 % 2]
        assert item.person.wa_id == senders[number // 20 % 2]
        assert item.person.name == item.person.wa_id


def test_a_bad_item_does_not_take_the_others_along():
    value = read_fixture("text")["entry"][0]["changes"][0]["value"]
    value["messages"] = [None, {"id": 7}, "x", *value["messages"]]
    items = parse(webhook(envelope(value)), make_account())
    assert [type(item) for item in items] == [Unknown, InboundMessage]
