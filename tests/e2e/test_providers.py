"""Providers' addons come and go: alone, side by side, and leaving the chats."""

from dataclasses import dataclass
from typing import Any

import pytest
from installer import database, odoo_command, paths
from kit import Database, Refused, Stack, World
from playwright.sync_api import expect
from pretend_accounts import WIRES
from screens import Agent
from waiting import wait_for

from conftest import WIDE

BASE = "whatsapp_connector"
PROVIDERS = sorted({wire.provider for wire in WIRES})
QUESTION = "Hola, no em funciona la factura"
ANSWER = "Bon dia, ja ho mirem"


def get_addon(provider):
    return f"{BASE}_{provider}"


# -- coming ---------------------------------------------------------------------------


@pytest.fixture
def alone(request):
    """A new database with one provider's addon, and the log of its installation."""
    provider = request.param
    name, folder = database.get_name("alone"), paths.DEV / "alone"
    database.make(name, [get_addon(provider)], folder)
    found = Database(name)
    yield provider, found, (folder / "install.log").read_text()
    found.close()
    database.drop(name)


@pytest.mark.parametrize("alone", PROVIDERS, indirect=True)
def test_provider_is_installed_alone_with_the_base(alone):
    provider, found, log = alone
    installed = found.column(
        "SELECT name FROM ir_module_module WHERE state = 'installed' AND name LIKE %s",
        f"{BASE}%",
    )
    assert set(installed) == {BASE, get_addon(provider)}
    assert set(installed) <= set(odoo_command.get_addons())
    for level in ("WARNING", "ERROR", "CRITICAL"):
        assert f" {level} " not in log


# -- side by side ---------------------------------------------------------------------


@dataclass
class Chat:
    """What one customer and we wrote to each other over one of our numbers."""

    channel: Any
    customer: str
    thread_id: int = 0

    def begin(self):
        self.thread_id = self.channel.greet(self.customer, QUESTION)
        self.answer()

    def answer(self):
        message_id = self.channel.answer(self.thread_id, ANSWER)
        self.channel.wait_state(message_id, "delivered")

    def go_on(self):
        text = f"I ara? ({len(self.channel.received(self.customer))})"
        self.channel.inbound(self.customer, text)
        self.channel.wait_received(self.customer, text)
        self.answer()

    def read_as_an_agent(self):
        """The text of the chat, as the web client loads it."""
        found = self.channel.world.odoo.post(
            "/discuss/channel/messages", channel_id=self.thread_id
        )
        bodies = [message["body"] for message in found["data"]["mail.message"]]
        return " ".join(text for _markup, text in bodies)


@pytest.fixture(scope="module")
def world():
    """A system that nobody else uses: its addons go."""
    with Stack("providers") as stack:
        yield World(stack)


@pytest.fixture(scope="module")
def chats(world):
    """One customer's chats over all wires at the same time."""
    customer = world.new_customer()
    chats = [Chat(world.add_channel(wire), customer) for wire in WIRES]
    for chat in chats:
        chat.begin()
    return chats


def test_one_contact_writes_to_a_number_of_each_provider(world, chats):
    [customer] = {chat.customer for chat in chats}
    numbers = "SELECT count(*) FROM whatsapp_contact WHERE number = %s"
    assert world.database.value(numbers, customer) == 1
    assert len({chat.thread_id for chat in chats}) == len(WIRES)
    for chat in chats:
        assert [m["body"] for m in chat.channel.received(customer)] == [QUESTION]
        assert [m["text"] for m in chat.channel.on_phone(customer)] == [ANSWER]
        assert len(chat.channel.tickets(customer)) == 1


# -- going ----------------------------------------------------------------------------


def test_provider_goes_and_leaves_its_chats_and_the_others(world, chats, browser):
    staying = list(chats)
    for provider in PROVIDERS:
        uninstall(world, provider)
        going = [c for c in staying if c.channel.wire.provider == provider]
        staying = [c for c in staying if c not in going]
        for chat in going:
            check_what_is_left(world, chat)
        for chat in staying:
            chat.go_on()
    assert not staying
    look_at_tickets(world, chats, browser)


def uninstall(world, provider):
    """As the button in the list of apps does; the server goes on."""
    addon = [("name", "=", get_addon(provider))]
    module_ids = world.odoo.call("ir.module.module", "search", addon)

    def press_the_button():
        try:
            world.odoo.call(
                "ir.module.module", "button_immediate_uninstall", module_ids
            )
        except Refused as refusal:  # try again later, Odoo says
            assert "processing a scheduled action" in str(refusal)
            return False
        return True

    wait_for(press_the_button)
    left = world.database.column(
        """SELECT column_name FROM information_schema.columns
            WHERE table_name = 'whatsapp_account' AND column_name LIKE %s""",
        f"{provider}_%",
    )
    assert left == [], "credentials are gone"


def check_what_is_left(world, chat):
    channel, odoo = chat.channel, world.odoo
    [account] = odoo.call(
        "whatsapp.account", "read", [channel.account_id], ["provider", "active"]
    )
    assert (account["provider"], account["active"]) == ("none", True)
    [number] = odoo.call("whatsapp.channel", "read", [channel.id], ["active"])
    assert not number["active"]
    text = chat.read_as_an_agent()
    assert QUESTION in text
    assert ANSWER in text
    with pytest.raises(Refused, match="archived|provider"):
        channel.answer(chat.thread_id, ANSWER)
    # The provider goes on calling for a while
    sent = channel.inbound(chat.customer, "Hi ha algú?")
    assert sent["delivery"]["http_status"] in (403, 404)


def look_at_tickets(world, chats, browser):
    """In the web client, once no provider is left."""
    with browser.new_context(viewport=WIDE) as context:
        agent = Agent(context.new_page(), world.stack.odoo_url)
        agent.log_in("admin", "admin")
        for chat in chats:
            [ticket] = chat.channel.tickets(chat.customer)
            agent.open_ticket(ticket["id"], ticket["number"], "No em funciona")
            expect(agent.message(ANSWER)).to_be_visible()
