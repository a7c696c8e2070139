"""Many things at once, with several processes: nothing twice, lost or out of order."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from kit import Stack, World
from waiting import wait_for

COPIES = 50
FIRST_MESSAGES = 20


@pytest.fixture(scope="module")
def world():
    """Odoo with processes instead of threads, as on a server of some size."""
    with Stack("e2e_prefork", workers=2) as stack:
        yield World(stack)


def count(world, table, **values):
    where = " AND ".join(f"{name} = %s" for name in values)
    return world.database.value(
        f"SELECT count(*) FROM {table} WHERE {where}", *values.values()
    )


def test_fifty_identical_webhooks_at_once_are_one_message_and_one_ticket(
    world, channel
):
    customer = world.new_customer()
    form = channel.inbound_form(customer, "Hola, no em funciona la factura")
    answers = channel.post_all([form] * COPIES)
    assert [(a.status_code, a.content) for a in answers] == [(200, b"")] * COPIES
    channel.wait_received(customer, form["Body"])
    world.wait_until_idle()
    assert count(world, "whatsapp_event", account_id=channel.account_id) == 1
    assert count(world, "whatsapp_message", channel_id=channel.id) == 1
    [ticket] = channel.tickets(customer)
    assert ticket["name"] == "No em funciona la factura"
    assert "no em funciona" not in world.stack.odoo_log.read_text()


def test_twenty_first_messages_at_once_are_one_person_one_chat_and_one_ticket(
    world, channel
):
    customer = world.new_customer()
    forms = [
        channel.inbound_form(customer, f"Missatge número {number}")
        for number in range(FIRST_MESSAGES)
    ]
    answers = channel.post_all(forms)
    assert {a.status_code for a in answers} == {200}
    received = wait_for(
        lambda: len(found := channel.received(customer)) == FIRST_MESSAGES and found,
        what="all messages in Odoo",
    )
    world.wait_until_idle()
    assert {m["body"] for m in received} == {form["Body"] for form in forms}
    assert len({m["thread_id"] for m in received}) == 1
    assert len({m["conversation_id"] for m in received}) == 1
    assert len(channel.tickets(customer)) == 1
    assert count(world, "res_partner", phone_sanitized=customer) == 1
    assert count(world, "discuss_channel", whatsapp_channel_id=channel.id) == 1
    assert [m["provider_id"] for m in received] == world.database.column(
        """SELECT message.provider_id FROM whatsapp_message message
             JOIN whatsapp_event event ON event.id = message.event_id
            WHERE message.channel_id = %s
         ORDER BY message.sent_at, event.id""",
        channel.id,
    )


def test_messages_of_many_senders_at_once_open_one_chat_and_ticket_each(world, channel):
    customers = [world.new_customer() for _ in range(10)]
    forms = [
        channel.inbound_form(customer, f"Missatge {number}")
        for number in range(3)
        for customer in customers
    ]
    answers = channel.post_all(forms)
    assert {a.status_code for a in answers} == {200}
    for customer in customers:
        wait_for(lambda c=customer: len(channel.received(c)) == 3, what=customer)
    world.wait_until_idle()
    for customer in customers:
        assert len(channel.tickets(customer)) == 1
    assert count(world, "whatsapp_message", channel_id=channel.id) == len(forms)


def test_no_webhook_waits_for_the_clock(world, channel):
    """A wake that is lost shows only if nothing comes after it: a minute late.

    The second webhook comes while the first is being applied, a little later each time.
    """
    customer = world.new_customer()
    for number in range(20):
        forms = [channel.inbound_form(customer, f"{part} {number}") for part in "ab"]
        with ThreadPoolExecutor() as pool:
            pool.submit(channel.post, forms[0])
            time.sleep(number * 0.008)
            pool.submit(channel.post, forms[1])
        expected = 2 * (number + 1)
        wait_for(
            lambda count=expected: len(channel.received(customer)) == count,
            what=f"both messages of round {number}",
        )


def test_answers_queued_at_once_leave_once_and_in_the_order_of_each_chat(
    world, channel
):
    customers = [world.new_customer() for _ in range(4)]
    threads = {customer: channel.greet(customer) for customer in customers}
    texts = [f"Resposta {number}" for number in range(4)]
    messages = [
        channel.answer(threads[customer], f"{text} a {customer}")
        for text in texts
        for customer in customers
    ]
    for message in messages:
        channel.wait_state(message, "delivered", seconds=20)
    for customer in customers:
        got = [message["text"] for message in channel.on_phone(customer)]
        assert got == [f"{text} a {customer}" for text in texts]


def test_message_sent_again_by_several_people_at_once_goes_once_more(world, channel):
    thread = channel.greet(world.new_customer())
    channel.break_sending("reset")
    message = channel.answer(thread, "Ho mirem")
    channel.wait_state(message, "unknown")
    with ThreadPoolExecutor(4) as pool:
        for _person in range(4):
            pool.submit(world.odoo.call, "whatsapp.message", "action_resend", [message])
    wait_for(lambda: len(channel.sends("Ho mirem")) > 1, what="a second request")
    world.wait_until_idle()
    assert len(channel.sends("Ho mirem")) == 2
