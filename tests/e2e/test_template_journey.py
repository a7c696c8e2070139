"""The way of a template: written, reviewed, approved, sent from a record, answered."""

import contextlib

import pytest
from kit import make_picture
from playwright.sync_api import expect
from pretend_accounts import META, TWILIO
from screens import Agent, Author

from conftest import WIDE

NAME = "Delivery day"
TEXTS = {
    "Catalan": ("Hola, {{name}}. Demà et portem la comanda, a casa.", "Hi seré"),
    "Spanish": ("Hola, {{name}}. Mañana te llevamos el pedido, a casa.", "Estaré"),
    "English": ("Hello {{name}}, we bring your order home tomorrow.", "I will be in"),
}
MENDED = "Hello {{name}}, your order arrives at your place tomorrow."
CUSTOMER = "Lucía Moreno"


@pytest.fixture
def channel(world, request):
    """A business number of the test's own; at Twilio, unless it is said otherwise."""
    return world.add_channel(getattr(request, "param", TWILIO))


@pytest.fixture
def own_browsers(browser):
    """Makes a browser for each who asks."""
    with contextlib.ExitStack() as stack:
        yield lambda: stack.enter_context(browser.new_context(viewport=WIDE))


@pytest.fixture
def log_in(own_browsers, open_page, world, channel):
    """Logs a new user of the channel in."""

    def log_in(screen, name, group):
        login = f"{name}-{channel.number[-3:]}"
        channel.admit(world.add_user(login, group))
        client = screen(open_page(login, own_browsers()), world.stack.odoo_url)
        client.log_in(login, login)
        return client

    return log_in


@pytest.fixture
def author(log_in):
    return log_in(Author, "aina", "author")


@pytest.fixture
def manager(log_in):
    return log_in(Author, "bernat", "manager")


@pytest.fixture
def sender(log_in):
    return log_in(Agent, "carla", "agent")


def write_in_three_languages(author, account):
    """The first is written from nothing, the others are translated from it."""
    author.begin(NAME, account)
    for language, (body, reply) in TEXTS.items():
        if language == "Catalan":
            author.choose("language", language)
            author.choose("header", "Text")
            author.write("header_text", "Acme")
            author.write("body", body)
            author.write("footer", "Acme, Girona")
            author.bind("name", "name", sample="Laia")
            author.add_reply(reply)
        else:
            author.add_language(language)
            author.write("body", body)
            author.mend_reply(reply)
        expect(author.preview).to_contain_text(body.replace("{{name}}", "Laia"))
        expect(author.preview).to_contain_text(reply)


def test_template_is_written_approved_sent_and_answered(
    author, manager, sender, phone, world, channel
):
    customer = world.new_customer()
    contact_id = world.add_contact(CUSTOMER, customer, "es_ES")
    phone.open(CUSTOMER, customer, channel.number)

    write_in_three_languages(author, f"Account of {channel.number}")
    for language in TEXTS:
        author.show(language)
        author.press("Ask for review")
        author.expect_state(language, "in review here")

    manager.open(NAME)
    for language in TEXTS:
        manager.show(language)
        manager.press("Approve and submit")
        manager.expect_state(language, "in review at WhatsApp")

    submitted = channel.wait_submitted(3)
    for code in ("ca", "es"):
        channel.review(submitted[code], "approved")
    phone.reject(submitted["en"], "PROMOTIONAL")
    channel.learn_decisions()
    for screen in (author, manager):  # before their eyes
        screen.expect_state("Catalan", "approved")
        screen.expect_state("Spanish", "approved")
        screen.expect_state("English", "rejected")
    author.show("English")
    expect(author.form).to_contain_text("PROMOTIONAL")

    manager.show("English")
    author.write("body", MENDED)
    author.press("Ask for review")
    manager.expect_state("English", "in review here")
    manager.press("Approve and submit")
    again = channel.wait_submitted(1)
    channel.review(again["en"], "approved")
    channel.learn_decisions()
    author.expect_state("English", "approved")

    sender.open_contact(contact_id)
    sender.write_whatsapp()
    body, reply = TEXTS["Spanish"]
    filled = body.replace("{{name}}", CUSTOMER)
    expect(sender.composer).to_contain_text(filled)
    sender.send()
    message = phone.messages("outbound").filter(has_text=filled)
    expect(message.get_by_test_id("phone-header")).to_have_text("Acme")
    expect(message.get_by_test_id("phone-footer")).to_have_text("Acme, Girona")
    expect(sender.chatter.filter(has_text=filled)).to_be_visible()

    phone.tap(message, reply)
    channel.wait_received(customer, reply)
    sender.open_contact(contact_id)
    answer = sender.chatter.filter(has_text=reply).filter(has_not_text=filled)
    expect(answer).to_be_visible()


def add_picture(author):
    author.choose("header", "Picture")
    author.upload("shop.png", "image/png", make_picture(400))


def add_place(author):
    author.choose("header", "Location")
    author.place("Acme, Girona", 41.9831, 2.8249)


@pytest.mark.parametrize(
    "channel, add_header, on_phone, in_chatter",
    [
        pytest.param(TWILIO, add_picture, ".picture img", "img", id="picture"),
        pytest.param(META, add_place, ".place .map", "a[href*=mlat]", id="place"),
    ],
    indirect=["channel"],
)
def test_header_is_on_the_phone_and_the_record_until_the_template_is_deleted(
    author, manager, sender, phone, world, channel, add_header, on_phone, in_chatter
):
    name, body = f"Header {channel.number[-3:]}", "You find us here from today on."
    customer = world.new_customer()
    contact_id = world.add_contact(CUSTOMER, customer, "en_US")
    phone.open(CUSTOMER, customer, channel.number)

    author.begin(name, f"Account of {channel.number}")
    add_header(author)
    author.write("body", body)
    author.press("Ask for review")
    author.expect_state("English (US)", "in review here")
    manager.open(name)
    manager.press("Approve and submit")
    [template_id] = channel.wait_submitted(1).values()
    channel.review(template_id, "approved")
    channel.learn_decisions()
    manager.expect_state("English (US)", "approved")

    sender.open_contact(contact_id)
    sender.write_whatsapp()
    expect(sender.composer).to_contain_text(body)
    sender.send()
    message = phone.messages("outbound").filter(has_text=body)
    expect(message.locator(on_phone)).to_be_visible()
    line = sender.chatter.filter(has_text=body)
    expect(line.locator(in_chatter).last).to_be_visible()

    manager.delete()
    manager.expect_state("English (US)", "deleted at WhatsApp")
    sender.write_whatsapp()
    expect(sender.composer).to_contain_text("there is no approved template")
