"""The provider refuses, stalls or breaks: what surely didn't leave goes again, once."""

import pytest
from kit import make_picture
from waiting import wait_for, wait_until_steady

PHOTO = make_picture()
UNCERTAIN = {
    "silence": {"effect": "hang", "seconds": 20},
    "a reset": {"effect": "reset"},
    "a 500": {"effect": "answer", "status": 500},
    "a 502": {"effect": "answer", "status": 502},
}


def wait_delivered_once(channel, customer, message, text):
    channel.wait_state(message, "delivered", seconds=20)
    assert [m["text"] for m in channel.on_phone(customer)] == [text]


# -- surely not taken: again ----------------------------------------------------------


def test_refused_connection_is_tried_again_until_the_message_is_delivered_once(
    world, channel, customer
):
    thread = channel.greet(customer)
    world.sandbox.refuse(seconds=2)
    message = channel.answer(thread, "Ho mirem")
    wait_delivered_once(channel, customer, message, "Ho mirem")
    assert channel.sent(message)["attempts"] > 1
    assert len(channel.sends("Ho mirem")) == 1


def test_too_many_requests_is_tried_again_after_the_time_that_the_provider_asks_for(
    channel, customer
):
    thread = channel.greet(customer)
    channel.break_sending("answer", status=429, retry_after=4)
    message = channel.answer(thread, "Ho mirem")
    wait_delivered_once(channel, customer, message, "Ho mirem")
    first, second = channel.sends("Ho mirem")
    assert second["at"] - first["at"] >= 4


def test_unavailable_provider_is_tried_again_until_the_message_is_delivered_once(
    channel, customer
):
    thread = channel.greet(customer)
    channel.break_sending("answer", status=503, times=2)
    message = channel.answer(thread, "Ho mirem")
    wait_delivered_once(channel, customer, message, "Ho mirem")
    assert len(channel.sends("Ho mirem")) == 3


def test_message_that_waits_for_its_next_try_keeps_its_place_in_the_chat(
    channel, customer
):
    thread = channel.greet(customer)
    channel.break_sending("answer", status=503)
    texts = ["Primer", "Segon", "Tercer"]
    messages = [channel.answer(thread, text) for text in texts]
    channel.wait_state(messages[-1], "delivered", seconds=20)
    assert [m["text"] for m in channel.on_phone(customer)] == texts


def test_wrong_credentials_hold_the_queue_until_an_administrator_corrects_them(
    world, channel, customer
):
    thread = channel.greet(customer)
    account = [channel.account_id]
    world.odoo.call(
        "whatsapp.account", "write", account, {"twilio_auth_token": "f" * 32}
    )
    message = channel.answer(thread, "Ho mirem")
    wait_for(lambda: channel.get_fault(), what="a fault of the account")
    assert channel.sent(message)["state"] == "queued"
    assert channel.on_phone(customer) == []
    world.odoo.call(
        "whatsapp.account", "write", account, {"twilio_auth_token": channel.token}
    )
    world.odoo.call("whatsapp.account", "action_test_connection", account)
    wait_delivered_once(channel, customer, message, "Ho mirem")
    assert channel.get_fault() is None


# -- nobody knows: never again by itself ----------------------------------------------


@pytest.mark.parametrize("fault", UNCERTAIN.values(), ids=UNCERTAIN)
def test_answer_that_tells_nothing_leaves_the_message_unknown_and_posted_once(
    world, channel, customer, fault
):
    thread = channel.greet(customer)
    channel.break_sending(**fault)
    message = channel.answer(thread, "Ho mirem")
    row = channel.wait_state(message, "unknown", seconds=20)
    assert "nobody knows" in row["error_source"]
    channel.have_looked_up(message)
    later = channel.answer(thread, "Ja està")
    channel.wait_state(later, "delivered")
    assert channel.sent(message)["state"] == "unknown"
    assert len(channel.sends("Ho mirem")) == 1
    assert [m["text"] for m in channel.on_phone(customer)] == ["Ja està"]


@pytest.mark.parametrize("fault", UNCERTAIN.values(), ids=UNCERTAIN)
def test_status_settles_a_message_that_the_provider_took_without_saying_so(
    channel, customer, fault
):
    thread = channel.greet(customer)
    channel.break_sending(**{**fault, "seconds": 12}, taken=True)
    message = channel.answer(thread, "Ho mirem")
    wait_delivered_once(channel, customer, message, "Ho mirem")
    later = channel.answer(thread, "Ja està")
    channel.wait_state(later, "delivered", seconds=20)
    assert channel.sent(message)["state"] == "delivered"
    assert channel.sent(message)["error_source"] is None
    assert len(channel.sends("Ho mirem")) == 1


def test_look_up_settles_a_message_whose_status_never_comes(world, channel, customer):
    thread = channel.greet(customer)
    world.sandbox.break_("status", "never", times=0, business=channel.number)
    channel.break_sending("reset", taken=True)
    message = channel.answer(thread, "Ho mirem")
    channel.wait_state(message, "unknown")
    channel.wait_on_phone([channel.on_phone(customer)[0]["id"]])
    channel.have_looked_up(message)
    channel.wait_state(message, "delivered")
    assert len(channel.sends("Ho mirem")) == 1


# -- others go on ---------------------------------------------------------------------


def test_channel_whose_provider_hangs_holds_up_no_other_channel(world, channel):
    customers = [world.new_customer() for _ in range(40)]
    channel.post_all([channel.inbound_form(customer) for customer in customers])
    threads = [channel.wait_received(c, "Hola")["thread_id"] for c in customers]
    other = world.add_channel()
    thread = other.greet(world.new_customer())
    channel.break_sending("hang", seconds=30, times=0)
    with channel.held_back():
        stuck = [channel.answer(thread, "Ho mirem") for thread in threads]
    wait_until_steady(lambda: len(channel.sends("Ho mirem")))
    message = other.answer(thread, "Ho mirem")
    other.wait_state(message, "delivered", seconds=4)
    states = {channel.sent(message)["state"] for message in stuck}
    assert "sending" in states
    assert "delivered" not in states


def test_provider_that_hangs_holds_up_no_inbound_message(world, channel, customer):
    thread = channel.greet(customer)
    channel.break_sending("hang", seconds=30, times=0)
    message = channel.answer(thread, "Ho mirem")
    wait_for(lambda: channel.sends("Ho mirem"), what="a request that hangs")
    channel.inbound(customer, "Hi ha algú?")
    channel.wait_received(customer, "Hi ha algú?", seconds=5)
    assert channel.sent(message)["state"] == "sending"


def test_media_host_that_hangs_holds_up_no_text_and_loses_no_file(
    world, channel, customer
):
    world.sandbox.break_("media", "hang", seconds=8, times=6, taken=True)
    for _ in range(6):
        channel.send_file(customer, PHOTO, "image/png")
    channel.inbound(customer, "Heu rebut les fotos?")
    channel.wait_received(customer, "Heu rebut les fotos?", seconds=5)
    assert channel.files(customer) == []
    wait_for(lambda: channel.files(customer) == [len(PHOTO)] * 6, 40, "six files")


def test_file_is_fetched_after_the_media_host_broke_the_connection(
    world, channel, customer
):
    world.sandbox.break_("media", "reset")
    channel.send_file(customer, PHOTO, "image/png")
    wait_for(
        lambda: (
            [m["media_state"] for m in channel.received(customer) if m["next_try_at"]]
            == ["waiting"]
        ),
        what="a failed try",
    )
    world.skip_to_next_tries()
    wait_for(lambda: channel.files(customer) == [len(PHOTO)], what="the file")
