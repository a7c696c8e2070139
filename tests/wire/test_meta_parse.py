"""What is particular to Meta's webhooks: many of everything in one."""

import pytest
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


@pytest.mark.parametrize(
    ("error", "what"),
    [
        ({"code": 131031, "title": "Locked"}, "131031 Locked"),
        ({"code": 131031}, "131031"),
        ({"title": "Locked"}, "Locked"),
        ({"a": 1}, "errors"),
        ({}, "errors"),
    ],
)
def test_fault_of_the_account_is_kept_with_a_reason(error, what):
    value = read_fixture("error_of_account")["entry"][0]["changes"][0]["value"]
    [item] = parse(webhook(envelope({**value, "errors": [error]})), make_account())
    assert item == Unknown(what=what, number_id=PHONE)


def test_parent_of_a_recipient_is_known_by_either_of_its_names():
    value = read_fixture("status_of_user_id")["entry"][0]["changes"][0]["value"]
    [status] = value["statuses"]
    parent = status.pop("recipient_parent_user_id")
    for name in ("recipient_parent_user_id", "parent_recipient_user_id"):
        renamed = {**value, "contacts": [], "statuses": [{**status, name: parent}]}
        [update] = parse(webhook(envelope(renamed)), make_account())
        assert update.person.parent_user_id == parent


def test_news_is_told_by_its_field_and_of_whom_it_concerns():
    for name, field in (("limit", "messages"), ("account_disabled", "security")):
        body = read_fixture(name)
        body["entry"][0]["changes"][0]["field"] = field
        [item] = parse(webhook(body), make_account())
        assert isinstance(item, Unknown)
        body = read_fixture(name)
        body["entry"][0]["id"] = "999"
        [item] = parse(webhook(body), make_account())
        assert isinstance(item, Unknown)


@pytest.mark.parametrize(
    ("told", "people"),
    [
        ("TIER_50", "50"),
        ("TIER_1K", "1000"),
        ("TIER_100K", "100000"),
        ("TIER_UNLIMITED", "0"),
        ("2000", "2000"),
        (-1, "0"),
        (0, None),
        ("TIER_0", None),
        ("TIER_NOT_SET", None),
        ("TIER_OF_TOMORROW", None),
        (10**30, None),
    ],
)
def test_limit_is_told_as_a_tier_or_as_a_number(told, people):
    body = read_fixture("limit")
    value = body["entry"][0]["changes"][0]["value"]
    value["max_daily_conversations_per_business"] = told
    [item] = parse(webhook(body), make_account())
    assert getattr(item, "value", None) == people
