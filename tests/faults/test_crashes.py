"""Odoo dies at the worst moments: nothing is lost, nothing happens twice."""

import random
from concurrent.futures import ThreadPoolExecutor

import requests
from kit import make_picture
from waiting import wait_for

PHOTO = make_picture()


def crash_and_restart(world):
    world.stack.kill_odoo()
    world.stack.start_odoo()


HOUSEKEEPING = """(SELECT res_id FROM ir_model_data
                    WHERE module = 'whatsapp_connector'
                      AND name = 'ir_cron_housekeeping')"""


def start_sending(world, channel, customer, text, **fault):
    """An answer that has reached the provider, whose own answer doesn't come."""
    thread = channel.greet(customer)
    channel.break_sending("hang", seconds=60, **fault)
    message = channel.answer(thread, text)
    wait_for(lambda: channel.sends(text), what="the request at the provider")
    return message


def get_last_sign_of_life(world):
    return world.database.value(
        f"SELECT lastcall FROM ir_cron WHERE id = {HOUSEKEEPING}",
    )


def let_it_become_unknown(world, channel, message):
    world.expire_leases()
    row = channel.wait_state(message, "unknown")
    assert "nobody knows whether the message left" in row["error_source"]


# -- in -------------------------------------------------------------------------------


def test_message_accepted_before_a_crash_is_applied_once_after_the_restart(
    world, channel, customer
):
    applying = "LOCK TABLE whatsapp_conversation IN EXCLUSIVE MODE"
    with world.database.holding(applying):
        message = channel.inbound(customer, "No em funciona la factura")
        assert message["webhooks"][0]["http_status"] == 200
        wait_for(world.database.is_somebody_blocked)
        world.stack.kill_odoo()
    assert channel.received(customer) == []
    world.stack.start_odoo()
    world.expire_leases()
    channel.wait_received(customer, "No em funciona la factura")
    world.wait_until_idle()
    assert len(channel.received(customer)) == 1
    assert len(channel.tickets(customer)) == 1


def test_wake_that_nobody_took_up_before_a_crash_holds_up_no_later_message(
    world, channel, customer
):
    """Each of two lanes serves every second account; the next but one shares ours."""
    applying = "LOCK TABLE whatsapp_conversation IN EXCLUSIVE MODE"
    # Odoo skips a run after three in a row that never ended: those of the tests before
    world.run_every_step()
    _next, other = world.add_channel(), world.add_channel()
    assert (other.account_id - channel.account_id) % 2 == 0
    with world.database.holding(applying):
        channel.inbound(customer, "Abans")
        wait_for(world.database.is_somebody_blocked)
        world.stack.kill_odoo()
    world.stack.start_odoo()
    other.inbound(customer, "Després")
    other.wait_received(customer, "Després", seconds=5)


def test_crashes_in_a_stream_of_messages_lose_and_double_none(world, channel):
    customers = [world.new_customer() for _ in range(4)]
    dice = random.Random(4)
    accepted, tried = set(), set()

    def send(form):
        tried.add(form["MessageSid"])
        try:
            answer = channel.post(form, tries=1)
        except requests.ConnectionError:
            return
        if answer.status_code == 200:
            accepted.add(form["MessageSid"])

    for crash in range(3):
        forms = [
            channel.inbound_form(dice.choice(customers), f"Missatge {crash}.{number}")
            for number in range(40)
        ]
        enough = len(accepted) + dice.randint(5, 30)
        with ThreadPoolExecutor(4) as pool:
            pool.map(send, forms)
            wait_for(lambda n=enough: len(accepted) >= n, what="accepted messages")
            world.stack.kill_odoo()
        world.stack.start_odoo()
        world.expire_leases()

    def find_applied():
        sids = (m["provider_id"] for c in customers for m in channel.received(c))
        return list(sids)

    wait_for(lambda: accepted <= set(find_applied()), seconds=30)
    world.wait_until_idle()
    applied = find_applied()
    assert len(applied) == len(set(applied))
    assert set(applied) <= tried
    writers = [customer for customer in customers if channel.received(customer)]
    assert [len(channel.tickets(customer)) for customer in writers] == [1] * len(
        writers
    )


def test_file_that_was_being_fetched_during_a_crash_is_fetched_after_the_restart(
    world, channel, customer
):
    world.sandbox.break_("media", "hang", seconds=60)
    channel.send_file(customer, PHOTO, "image/png")

    def get_states():
        return [message["media_state"] for message in channel.received(customer)]

    wait_for(lambda: get_states() == ["fetching"], what="a file that is being fetched")
    crash_and_restart(world)
    world.sandbox.repair()
    world.expire_leases()
    wait_for(lambda: get_states() == ["done"], what="the file")
    assert channel.files(customer) == [len(PHOTO)]


def test_messages_that_came_while_odoo_was_down_are_fetched_from_the_provider(
    world, channel, customer
):
    channel.greet(customer)
    world.wake()
    wait_for(lambda: get_last_sign_of_life(world), what="a sign of life")
    world.stack.kill_odoo()
    message = channel.inbound(customer, "Hi ha algú?")
    assert not message["webhooks"][0]["ok"]
    world.database.execute(
        f"""UPDATE ir_cron SET lastcall = lastcall - interval '5 minutes'
             WHERE id = {HOUSEKEEPING}"""
    )
    world.stack.start_odoo()
    world.wake()
    channel.wait_received(customer, "Hi ha algú?", seconds=20)
    world.wait_until_idle()
    assert [m["body"] for m in channel.received(customer)] == ["Hola", "Hi ha algú?"]
    assert len(channel.tickets(customer)) == 1


# -- out ------------------------------------------------------------------------------


def test_answer_in_flight_during_a_crash_becomes_unknown_and_is_not_sent_again(
    world, channel, customer
):
    message = start_sending(world, channel, customer, "Ho mirem")
    crash_and_restart(world)
    world.sandbox.repair()
    other = channel.answer(channel.greet(world.new_customer()), "Seguim treballant")
    channel.wait_state(other, "delivered")
    assert channel.sent(message)["state"] == "sending"
    let_it_become_unknown(world, channel, message)
    channel.have_looked_up(message)
    assert channel.sent(message)["state"] == "unknown"
    assert len(channel.sends("Ho mirem")) == 1
    assert channel.on_phone(customer) == []


def test_answer_of_unknown_fate_goes_again_when_a_person_says_so(
    world, channel, customer
):
    message = start_sending(world, channel, customer, "Ho mirem")
    crash_and_restart(world)
    world.sandbox.repair()
    let_it_become_unknown(world, channel, message)
    again = channel.send_again(message)
    channel.wait_state(again, "delivered")
    assert [m["text"] for m in channel.on_phone(customer)] == ["Ho mirem"]


def test_answer_that_the_provider_had_taken_is_settled_by_its_late_status(
    world, channel, customer
):
    world.sandbox.break_("status", "never", times=0, business=channel.number)
    message = start_sending(world, channel, customer, "Ho mirem", taken=True)
    crash_and_restart(world)
    let_it_become_unknown(world, channel, message)
    world.sandbox.repair()
    [taken] = channel.on_phone(customer)
    channel.tell_statuses(taken["id"], "sent", "delivered")
    settled = channel.wait_state(message, "delivered")
    assert settled["provider_id"] == taken["id"]
    assert settled["error_source"] is None
    assert len(channel.sends("Ho mirem")) == 1


def test_answer_that_the_provider_had_taken_is_settled_by_a_look_up(
    world, channel, customer
):
    world.sandbox.break_("status", "never", times=0, business=channel.number)
    message = start_sending(world, channel, customer, "Ho mirem", taken=True)
    crash_and_restart(world)
    let_it_become_unknown(world, channel, message)
    channel.have_looked_up(message)
    settled = channel.wait_state(message, "delivered")
    assert settled["provider_id"] == channel.on_phone(customer)[0]["id"]
    assert len(channel.sends("Ho mirem")) == 1


def test_queued_answers_leave_once_after_a_crash(world, channel, customer):
    thread = channel.greet(customer)
    channel.break_sending("answer", status=503, times=0)
    texts = [f"Resposta {number}" for number in range(3)]
    messages = [channel.answer(thread, text) for text in texts]
    wait_for(lambda: channel.sent(messages[0])["next_try_at"], what="a first try")
    crash_and_restart(world)
    world.sandbox.repair()
    world.expire_leases()
    for message in messages:
        channel.wait_state(message, "delivered", seconds=20)
    assert [m["text"] for m in channel.on_phone(customer)] == texts
