"""The main jobs over every wire: real Odoo, pretend providers, no browser."""

import hashlib
import hmac
import itertools
import json
import secrets
import time
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from kit import Refused, make_picture
from pretend_accounts import BIRD, MESSAGEBIRD, META, TWILIO, VONAGE, WIRES
from waiting import wait_for

QUESTION = "Hola, no em funciona la factura"
ANSWER = "Bon dia, ja ho mirem"
OFFER = "Quin dia et va bé?"
#: Where the business can quote what it answers.
QUOTING = {META, VONAGE, MESSAGEBIRD, BIRD}
#: Where the business can react, and where it is seen typing.
REACTING, TYPING = {META, VONAGE}, {META, VONAGE, TWILIO}
#: Who says which message a tapped choice belongs to.
LINKING = set(WIRES) - {MESSAGEBIRD}
#: Who tells of WhatsApp's decision about a template; the others are asked.
TELLING = {META, VONAGE}
#: What a thousand items are made of: from each of the senders to each of two numbers
#: so many messages, and these statuses of a message of ours.
SENDERS, MESSAGES, STATUSES = 10, 47, ("sent", "read", "delivered")


@pytest.fixture(scope="module", params=WIRES, ids=lambda wire: wire.name)
def channel(request, running_world):
    """A number at each of the providers, set up as an administrator does it."""
    return running_world.add_channel(request.param)


@dataclass
class Chat:
    """A customer with a question, and the chat that it began."""

    channel: Any
    customer: str
    question: dict
    thread_id: int

    def answer(self, text, **more):
        """Answer; gives the message as the phone has it."""
        return self.wait_on_phone(self.channel.answer(self.thread_id, text, **more))

    def wait_on_phone(self, message_id):
        row = self.channel.wait_state(message_id, "delivered")
        [shown] = [
            message
            for message in self.channel.on_phone(self.customer)
            if message["id"] == row["provider_id"]
        ]
        return shown


@pytest.fixture
def chat(world, channel):
    customer = world.new_customer()
    question = channel.inbound(customer, QUESTION)
    thread_id = channel.wait_received(customer, QUESTION)["thread_id"]
    return Chat(channel, customer, question, thread_id)


# -- set-up ---------------------------------------------------------------------------


def test_connection_is_good(world, channel):
    shown = world.odoo.call(
        "whatsapp.account", "action_test_connection", [channel.account_id]
    )["params"]
    lines = shown["message"].strip().splitlines()
    assert shown["type"] == "success", lines
    in_doubt = [line for line in lines if not line.startswith("✓")]
    assert in_doubt == [lines[-1]], "only that this Odoo is on the internet"
    assert "https" in lines[-1]


# -- a message, and what comes of it --------------------------------------------------


def test_question_becomes_a_ticket_and_the_answer_is_followed_until_it_is_read(chat):
    assert len(chat.channel.tickets(chat.customer)) == 1
    message_id = chat.channel.answer(chat.thread_id, ANSWER)
    assert chat.wait_on_phone(message_id)["text"] == ANSWER
    chat.channel.read(chat.customer)
    chat.channel.wait_state(message_id, "read")
    assert not chat.channel.get_events("failed")


def test_pictures_go_both_ways(world, chat):
    theirs, ours = make_picture(), make_picture(96)
    chat.channel.send_file(chat.customer, theirs, "image/png")
    wait_for(lambda: chat.channel.files(chat.customer), what="the picture")
    assert chat.channel.files(chat.customer) == [len(theirs)]
    shown = chat.answer("La factura", attachment_ids=[world.add_file(ours)])
    assert (shown["kind"], shown["text"]) == ("image", "La factura")
    path = f"{world.stack.sandbox_url}/phone/media/{shown['media']['id']}"
    assert requests.get(path, timeout=10).content == ours


def test_quotes_go_both_ways(world, chat):
    channel = chat.channel
    quoted_id = channel.received(chat.customer)[0]["mail_id"]
    shown = chat.answer(ANSWER, parent_id=quoted_id)
    expected = chat.question["id"] if channel.wire in QUOTING else None
    assert shown["reply_to"] == expected
    channel.inbound(chat.customer, "Gràcies", reply_to=shown["id"])
    reply = channel.wait_received(chat.customer, "Gràcies")
    assert channel.sent(reply["answered_id"])["provider_id"] == shown["id"]


@pytest.mark.parametrize("kind", ("buttons", "list"))
def test_choice_is_offered_and_made(chat, kind):
    channel = chat.channel
    offer_id = channel.offer(chat.thread_id, kind, OFFER, ["Dilluns", "Dimarts"])
    shown = chat.wait_on_phone(offer_id)
    assert (shown["kind"], shown["text"]) == (kind, OFFER)
    channel.tap(chat.customer, shown, "Dimarts")
    made = channel.wait_received(chat.customer, "Dimarts")
    assert made["answered_id"] == (offer_id if channel.wire in LINKING else None)


def test_customer_who_hides_the_number_is_answered(world, channel):
    person = {"username": f"nina{secrets.token_hex(4)}", "name": "Nina"}
    message = channel.inbound(person, QUESTION)
    received = "SELECT thread_id FROM whatsapp_message WHERE provider_id = %s"
    thread_id = wait_for(
        lambda: world.database.value(received, message["id"]), what="a chat"
    )
    message_id = channel.answer(thread_id, ANSWER)
    channel.wait_state(message_id, "delivered")


# -- reactions, and what is seen of our people ----------------------------------------


def test_reaction_stands_on_the_phone_is_replaced_and_taken_back(world, chat):
    channel, question_id = chat.channel, chat.question["id"]
    mail_id = channel.received(chat.customer)[0]["mail_id"]
    if channel.wire not in REACTING:
        with pytest.raises(Refused, match="can't send reactions"):
            world.odoo.react(mail_id, "👍")
        return
    deeds = (("👍", "add", "👍"), ("❤️", "add", "❤️"), ("❤️", "remove", ""))
    for emoji, action, expected in deeds:
        world.odoo.react(mail_id, emoji, action)
        wait_for(
            lambda expected=expected: (
                channel.reaction_on_phone(chat.customer, question_id) == expected
            ),
            what=f"the reaction {expected!r}",
        )
    assert world.reactions(mail_id) == []
    world.odoo.react(mail_id, "🙏")
    assert world.reactions(mail_id) == ["🙏"]


def test_customer_sees_that_the_answer_is_being_written_and_the_question_read(
    world, chat
):
    with world.sandbox.listening() as happened:
        world.odoo.type_in(chat.thread_id)
        if chat.channel.wire not in TYPING:
            planned = "SELECT receipt FROM whatsapp_message WHERE provider_id = %s"
            assert not world.database.value(planned, chat.question["id"])
            return
        typing = next(values for kind, values in happened if kind == "typing")
    assert typing["business"] == chat.channel.number
    assert world.sandbox.message(chat.question["id"], "read")


# -- a template -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def manager(running_world):
    """Somebody beside the administrator: nobody approves what they wrote."""
    return running_world.log_in("gemma", "manager")


def test_template_is_written_approved_sent_from_a_contact_and_answered_there(
    world, channel, manager
):
    customer = world.new_customer()
    contact_id = world.add_contact("Laia Vidal", customer, "ca_ES")
    template_id, variant_id = world.add_template(
        channel.account_id,
        "ca",
        body="Hola, {{name}}. Demà et portem la comanda, a casa.",
        field="name",
        sample="Laia",
        reply="Hi seré",
    )
    world.odoo.call("whatsapp.template.variant", "action_ask_review", [variant_id])
    manager.call("whatsapp.template.variant", "action_approve", [variant_id])
    [submitted_id] = channel.wait_submitted(1).values()
    channel.review(submitted_id, "approved")
    if channel.wire not in TELLING:
        channel.learn_decisions()
    state = "SELECT state FROM whatsapp_template_variant WHERE id = %s"
    wait_for(
        lambda: world.database.value(state, variant_id) == "approved",
        what="an approval",
    )

    world.send_template("res.partner", contact_id, template_id, channel.id)
    [shown] = wait_for(lambda: channel.on_phone(customer), what="the template")
    assert shown["is_template"]
    assert shown["text"] == "Hola, Laia Vidal. Demà et portem la comanda, a casa."
    world.sandbox.message(shown["id"], "delivered")
    channel.tap(customer, shown, "Hi seré")
    on_record = """SELECT count(*) FROM mail_message
                    WHERE model = 'res.partner' AND res_id = %s AND body LIKE %s"""
    wait_for(
        lambda: world.database.value(on_record, contact_id, "%Hi seré%"),
        what="the answer on the contact's record",
    )
    assert not channel.tickets(customer)


# -- what one wire alone has ----------------------------------------------------------


def test_reaction_that_whatsapp_rejects_goes_from_the_chat(running_world):
    channel, customer = running_world.add_channel(META), running_world.new_customer()
    thread_id = channel.greet(customer)
    mail_id = channel.received(customer)[0]["mail_id"]
    channel.break_outcome("failed", times=1)
    running_world.odoo.react(mail_id, "👍")
    channel.wait_state(channel.find_last(thread_id, "👍"), "failed")
    assert running_world.reactions(mail_id) == []


def test_batch_of_a_thousand_is_accepted_within_a_second_and_all_of_it_applied(
    running_world,
):
    one = running_world.add_channel(META, ticket_policy="never")
    channels = (one, running_world.add_number(one, ticket_policy="never"))
    customers = [running_world.new_customer() for _customer in range(SENDERS)]
    answers = [
        (channel, customer, channel.answer(channel.greet(customer, QUESTION), ANSWER))
        for channel, customer in itertools.product(channels, customers)
    ]
    for channel, _customer, message_id in answers:
        channel.wait_state(message_id, "delivered")

    body = make_batch(answers)
    start = time.monotonic()
    response = post_as_meta(one, body)
    seconds = time.monotonic() - start
    assert response.status_code == 200
    assert seconds < 1, seconds

    # What else this Odoo has to do is of other tests.
    wait_for(lambda: not one.get_events("new", "processing", "retry"), 60)
    for channel, customer, message_id in answers:
        texts = [message["body"] for message in channel.received(customer)]
        assert texts == [QUESTION, *make_texts(channel, customer)]
        assert channel.sent(message_id)["state"] == "read"
    assert not one.get_events("failed")


def make_texts(channel, customer):
    """The customer's messages to the number in the batch."""
    return [f"{place}: {customer} → {channel.number}" for place in range(MESSAGES)]


def make_batch(answers):
    """What Meta posts when it has fallen behind: a change for each number, with all
    people's messages in turn, and what became of our answers, also out of order.

    :param answers: triples of channel, customer, id of our message
    """
    now = int(time.time())
    values = {}
    for channel, customer, message_id in answers:
        sender, number_id = customer.lstrip("+"), channel.number_id
        metadata = {
            "display_phone_number": channel.number.lstrip("+"),
            "phone_number_id": number_id,
        }
        new = {"metadata": metadata, "contacts": [], "messages": [], "statuses": []}
        value = values.setdefault(number_id, {"messaging_product": "whatsapp", **new})
        value["contacts"].append({"wa_id": sender, "profile": {"name": sender}})
        value["messages"] += [
            {
                "id": f"wamid.{number_id}.{sender}.{place}",
                "from": sender,
                "timestamp": str(now + place),
                "type": "text",
                "text": {"body": text},
            }
            for place, text in enumerate(make_texts(channel, customer))
        ]
        value["statuses"] += [
            {
                "id": channel.sent(message_id)["provider_id"],
                "status": status,
                "timestamp": str(now),
                "recipient_id": sender,
            }
            for status in STATUSES
        ]
    for value in values.values():
        value["messages"].sort(key=lambda message: message["timestamp"])
    assert sum(len(v["messages"] + v["statuses"]) for v in values.values()) == 1000
    changes = [{"field": "messages", "value": value} for value in values.values()]
    entry = {"id": channel.account["meta_waba_id"], "changes": changes}
    batch = {"object": "whatsapp_business_account", "entry": [entry]}
    return json.dumps(batch).encode()


def post_as_meta(channel, body):
    secret = channel.account["meta_app_secret"].encode()
    digest = hmac.new(secret, body, hashlib.sha256).hexdigest()
    headers = {
        "Content-Type": "application/json",
        "X-Hub-Signature-256": f"sha256={digest}",
    }
    return requests.post(channel.webhook_url, body, headers=headers, timeout=30)
