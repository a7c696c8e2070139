"""``setup/demo --smoke``: a message's way from phone to phone, at each provider."""

from . import demo_records, people
from .stack import Stack
from .steps import step
from .web import Client

_CUSTOMER = {"number": "+34600111222", "name": "Laia"}
_QUESTION = "Hola, no em funciona la factura"
_ANSWER = "Bon dia! Ja ho mirem."


def play():
    """Play it in a new database; a step that fails raises."""
    numbers = demo_records.load().NUMBERS
    with Stack("smoke", configure=demo_records.configure) as stack:
        phone, odoo = Client(stack.sandbox_url), Client(stack.odoo_url)
        _look_around(stack, phone, odoo, len(numbers))
        for number, (wire, name) in numbers.items():
            print(f"\n{name}, {number}, at {wire.title}")
            _play_journey(phone, odoo, number)
    print("\nThe whole journey works, at every provider.")
    return 0


def _look_around(stack, phone, odoo, count):
    with step("Log in to Odoo"):
        people.log_in(odoo, stack.database)
    with step(f"The demo's {count} accounts are connected, its people on the phone"):
        connected = [("credentials_ok", "=", True)]
        found = odoo.call_model("whatsapp.account", "search_count", connected)
        people.check(found == count, f"The check of {count - found} failed")
        people.check(phone.get("/control/contacts")["contacts"], "Nobody is there")
    with step("Templates are approved, one waits for its review here"):
        for state in ("approved", "review"):
            count = odoo.call_model(
                "whatsapp.template", "search_count", [("variant_ids.state", "=", state)]
            )
            people.check(count, f"None is in the state “{state}”")


def _play_journey(phone, odoo, business):
    customer = _CUSTOMER["number"]
    with step(f"The phone writes “{_QUESTION}”"):
        message = {"business": business, "contact": _CUSTOMER, "text": _QUESTION}
        (sent,) = phone.post("/control/inbound", message)["messages"]
        people.check(sent["delivery"]["state"] == "accepted", f"Odoo said: {sent}")
    with step("A ticket opens"):
        ticket = people.wait_for_ticket(odoo, customer, business)
    with step(f"The agent answers “{_ANSWER}”"):
        people.answer(odoo, ticket, _ANSWER)
    with step("The phone shows the answer"):
        shown = phone.get(
            "/control/messages",
            business=business,
            direction="outbound",
            text=_ANSWER,
            status="delivered",
            wait=people.PATIENCE,
        )
        people.check(shown["complete"], "It has not arrived")
    with step("Odoo shows it as delivered"):
        _wait_for_state(odoo, ticket, "delivered")
    with step("The customer reads it, Odoo shows it as read"):
        phone.post("/control/read", {"business": business, "contact": customer})
        _wait_for_state(odoo, ticket, "read")
    with step("The ticket is in progress"):
        stage = people.find_ticket(odoo, customer, business)["stage_id"][1]
        people.check(stage == "In Progress", f"It is {stage}")


def _wait_for_state(odoo, ticket, state):
    domain = [
        ("conversation_id", "=", ticket["whatsapp_conversation_id"][0]),
        ("direction", "=", "out"),
        ("state", "=", state),
    ]
    people.wait_for(
        lambda: odoo.call_model("whatsapp.message", "search_count", domain),
        f"The answer's state never was “{state}”",
    )
