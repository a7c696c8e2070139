"""The main job in two browsers: a phone, and a ticket."""

import re

import pytest
from kit import make_picture
from playwright.sync_api import expect
from pretend_accounts import META
from waiting import wait_for

QUESTION = "Hola, no em funciona la factura"
TITLE = "No em funciona la factura"


@pytest.fixture
def customer(world):
    return world.new_customer()


def open_ticket(agent, channel, customer):
    [ticket] = wait_for(lambda: channel.tickets(customer), what="a ticket")
    agent.open_ticket(ticket["id"], ticket["number"], TITLE)


@pytest.fixture
def conversation(phone, agent, channel, customer):
    """A customer who wrote, and the agent in front of their ticket."""
    phone.open("Anna Puig", customer, channel.number)
    phone.write(QUESTION)
    open_ticket(agent, channel, customer)
    expect(agent.message(QUESTION)).to_be_visible()


def test_question_becomes_a_ticket_and_the_answer_comes_back_with_its_ticks(
    conversation, phone, agent, channel, customer
):
    agent.answer("Bon dia Anna, ja ho mirem")
    answer = phone.messages("outbound").filter(has_text="Bon dia Anna, ja ho mirem")
    expect(answer).to_have_attribute("data-state", "read")
    expect(agent.tick("Bon dia Anna, ja ho mirem")).to_have_attribute(
        "data-state", "read"
    )
    phone.write("Moltes gràcies!")
    expect(agent.message("Moltes gràcies!")).to_be_visible()
    assert len(channel.tickets(customer)) == 1


def test_answer_shows_delivered_until_the_customer_looks_at_the_chat(
    world, agent, channel, customer
):
    channel.inbound(customer, QUESTION)
    open_ticket(agent, channel, customer)
    agent.answer("Ja està arreglat")
    expect(agent.tick("Ja està arreglat")).to_have_attribute("data-state", "delivered")
    channel.read(customer)
    expect(agent.tick("Ja està arreglat")).to_have_attribute("data-state", "read")


def test_new_chat_rings_in_a_client_that_stands_open(agent, channel, customer):
    """Nobody of the team has seen this person; the agent sits idle in Discuss."""
    person = {"number": customer, "name": "Laia Vidal"}
    agent.open_discuss()
    channel.inbound(customer, QUESTION, contact=person)
    expect(agent.unread("Laia Vidal")).to_have_text("1")
    channel.inbound(customer, "Hi ha algú?")
    expect(agent.unread("Laia Vidal")).to_have_text("2")
    agent.open_chat("Laia Vidal")
    messages = agent.page.locator(".o-mail-Message")
    expect(messages.filter(has_text="Hi ha algú?")).to_be_visible()
    channel.inbound(customer, "Gràcies")
    expect(messages.filter(has_text="Gràcies")).to_be_visible()


def test_agent_is_seen_typing_and_their_reaction_stands_on_both_screens(
    phone, agent, agent_id, world, customer
):
    channel = world.add_channel(META)
    channel.admit(agent_id)
    phone.open("Anna Puig", customer, channel.number)
    phone.write(QUESTION)
    open_ticket(agent, channel, customer)
    agent.begin_to_write("Bon d")
    expect(phone.subtitle).to_have_text("typing…")
    agent.react(QUESTION, "👍")
    expect(phone.reaction(QUESTION)).to_have_text("👍")
    expect(agent.reaction(QUESTION)).to_contain_text("👍")
    agent.reaction(QUESTION).click()
    expect(phone.reaction(QUESTION)).to_have_count(0)
    expect(agent.reaction(QUESTION)).to_have_count(0)


def test_picture_and_voice_note_from_the_phone_show_in_the_ticket(
    conversation, phone, agent
):
    phone.send_file("factura.png", "image/png", make_picture())
    picture = agent.chat.locator(".o-mail-AttachmentImage").last
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => true)")
    phone.record_voice_note()
    expect(agent.chat.locator(".o-mail-VoicePlayer").last).to_be_visible()


def test_failed_message_says_why_and_goes_again(conversation, phone, agent, channel):
    channel.break_outcome("failed", code=63012)
    agent.answer("Ho mirem")
    expect(agent.tick("Ho mirem")).to_have_attribute("data-state", "failed")
    expect(agent.message("Ho mirem")).to_contain_text(re.compile(r"WhatsApp .+\."))
    agent.send_again("Ho mirem")
    expect(phone.messages("outbound").filter(has_text="Ho mirem")).to_have_count(1)
    expect(agent.tick("Ho mirem")).to_have_attribute("data-state", "read")


def test_message_of_unknown_fate_says_so_and_goes_again_when_the_agent_says_so(
    conversation, phone, agent, channel
):
    channel.break_sending("reset")
    agent.answer("Ho mirem")
    expect(agent.tick("Ho mirem")).to_have_attribute("data-state", "unknown")
    expect(agent.message("Ho mirem")).to_contain_text("nobody knows")
    assert len(channel.sends("Ho mirem")) == 1
    agent.send_again("Ho mirem")
    expect(phone.messages("outbound").filter(has_text="Ho mirem")).to_have_count(1)
    expect(agent.tick("Ho mirem")).to_have_attribute("data-state", "read")
    assert len(channel.sends("Ho mirem")) == 2
