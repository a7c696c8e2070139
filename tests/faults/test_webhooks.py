"""Webhooks come twice, late, in any order, and before what they speak of."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from waiting import wait_for

STATUSES = ("sent", "delivered", "read", "failed")


@pytest.mark.parametrize("copies", [2, 10])
def test_message_whose_webhook_is_repeated_appears_once(
    world, channel, customer, copies
):
    world.sandbox.break_("inbound", "duplicate", copies=copies)
    channel.inbound(customer, "No em funciona la factura")
    channel.wait_received(customer, "No em funciona la factura")
    world.wait_until_idle()
    assert len(channel.received(customer)) == 1
    assert len(channel.tickets(customer)) == 1


def test_message_that_comes_again_in_another_webhook_appears_once(
    world, channel, customer
):
    """As a provider's second try does, which has other headers and parameters."""
    form = channel.inbound_form(customer, "No em funciona la factura")
    channel.post(form)
    channel.post({**form, "ErrorCode": "11200", "ErrorUrl": channel.webhook_url})
    channel.wait_received(customer, form["Body"])
    world.wait_until_idle()
    assert len(channel.received(customer)) == 1


def test_replayed_events_change_nothing(world, channel, customer):
    thread = channel.greet(customer)
    message = channel.answer(thread, "Ho mirem")
    channel.wait_state(message, "delivered")
    world.wait_until_idle()
    events = world.database.column(
        "SELECT id FROM whatsapp_event WHERE account_id = %s", channel.account_id
    )
    world.odoo.call("whatsapp.event", "action_replay", events)
    world.wait_until_idle()
    assert len(channel.received(customer)) == 1
    assert len(channel.tickets(customer)) == 1
    assert channel.sent(message)["state"] == "delivered"


@pytest.mark.parametrize("effect", ["swap", "delay", "duplicate"])
def test_disturbed_statuses_end_in_the_highest_one(world, channel, customer, effect):
    thread = channel.greet(customer)
    world.sandbox.break_("status", effect, seconds=2, times=2, business=channel.number)
    message = channel.answer(thread, "Ho mirem")
    channel.wait_state(message, "delivered")
    world.wait_for_webhooks(channel.on_phone(customer)[0]["id"], "sent", "delivered")
    world.wait_until_idle()
    assert channel.sent(message)["state"] == "delivered"


def test_every_order_of_statuses_ends_in_the_same_state(world, channel):
    world.sandbox.break_("status", "never", times=0, business=channel.number)
    orders = list(itertools.permutations(STATUSES))
    customers = [world.new_customer() for _ in orders]
    messages = [channel.answer(channel.greet(c), "Ho mirem") for c in customers]
    sids = [channel.wait_state(m, "sent")["provider_id"] for m in messages]
    channel.wait_on_phone(sids)
    world.sandbox.repair()
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda sid, o: channel.tell_statuses(sid, *o), sids, orders))
    for message in messages:
        channel.wait_state(message, "read")
    world.wait_until_idle()
    assert {channel.sent(message)["state"] for message in messages} == {"read"}


def test_statuses_that_overtake_the_answer_to_their_message_are_not_lost(
    channel, customer
):
    thread = channel.greet(customer)
    channel.break_sending("hang", seconds=3, taken=True)
    message = channel.answer(thread, "Ho mirem")
    early = channel.wait_state(message, "delivered", seconds=2.5)
    later = channel.answer(thread, "Ja està")
    channel.wait_state(later, "delivered")
    settled = channel.sent(message)
    assert settled["state"] == "delivered"
    assert settled["provider_id"] == early["provider_id"]


def test_status_without_our_reference_waits_for_the_answer_to_its_message(
    world, channel, customer
):
    thread = channel.greet(customer)
    world.sandbox.break_("status", "never", times=0, business=channel.number)
    channel.break_sending("hang", seconds=4, taken=True)
    message = channel.answer(thread, "Ho mirem")
    [taken] = wait_for(lambda: channel.on_phone(customer), what="the message")
    channel.post(channel.status_form(taken["id"], "read", customer))
    wait_for(lambda: channel.get_events("retry"), what="an event that waits")
    assert channel.sent(message)["state"] == "sending"
    channel.wait_state(message, "read")
    world.wait_until_idle()
    assert not channel.get_events("retry")


def test_status_of_a_message_that_odoo_never_sent_holds_up_nothing(channel, customer):
    channel.post(channel.status_form("SM" + "0" * 32, "delivered", customer))
    channel.inbound(customer, "Hola?")
    channel.wait_received(customer, "Hola?", seconds=5)


def test_event_that_cannot_be_applied_is_kept_with_its_reason_and_stops_nothing(
    world, channel, customer
):
    strange = channel.inbound_form(customer, To="whatsapp:+34999999999")
    answer = channel.post(strange)
    assert answer.status_code == 200
    channel.inbound(customer, "Hola?")
    channel.wait_received(customer, "Hola?", seconds=5)
    [failed] = wait_for(lambda: channel.get_events("failed"), what="the failed event")
    assert "+34999999999" in failed["error"]
