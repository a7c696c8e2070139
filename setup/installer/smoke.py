"""``setup/demo --smoke``: the way of one message, over HTTP, from phone to phone."""

import time

from . import demo_records
from .stack import Stack
from .steps import SetupError, step
from .web import Client

_CUSTOMER = {"number": "+34600111222", "name": "Laia"}
_QUESTION = "Hola, no em funciona la factura"
_ANSWER = "Bon dia! Ja ho mirem."
_PATIENCE = 20


def play():
    """Play it in a new database; a step that fails raises."""
    with Stack("smoke", configure=demo_records.configure) as stack:
        _play_journey(stack)
    print("\nThe whole journey works.")
    return 0


def _play_journey(stack):
    phone, odoo = Client(stack.sandbox_url), Client(stack.odoo_url)
    with step("Log in to Odoo"):
        _log_in(odoo, stack.database)
    with step(f"The phone writes “{_QUESTION}”"):
        message = {"contact": _CUSTOMER, "text": _QUESTION}
        (sent,) = phone.post("/control/inbound", message)["messages"]
        _check(sent["delivery"]["state"] == "accepted", f"Odoo said: {sent}")
    with step("A ticket opens"):
        ticket = _wait_for(lambda: _find_ticket(odoo), "No ticket has come")
    with step(f"The agent answers “{_ANSWER}”"):
        _answer(odoo, ticket)
    with step("The phone shows the answer"):
        shown = phone.get(
            "/control/messages",
            direction="outbound",
            text=_ANSWER,
            status="delivered",
            wait=_PATIENCE,
        )
        _check(shown["complete"], "It has not arrived")
    with step("Odoo shows it as delivered"):
        _wait_for_state(odoo, ticket, "delivered")
    with step("The customer reads it, Odoo shows it as read"):
        (message,) = shown["messages"]
        chat = {"business": message["business"], "contact": message["contact"]}
        phone.post("/control/read", chat)
        _wait_for_state(odoo, ticket, "read")
    with step("The ticket is in progress"):
        _check(_find_ticket(odoo)["stage_id"][1] == "In Progress", "It isn't")


def _log_in(odoo, database):
    session = odoo.call_odoo(
        "/web/session/authenticate", db=database, login="admin", password="admin"
    )
    _check(session.get("uid"), "admin / admin is refused")


def _find_ticket(odoo):
    """The customer's ticket, once it is there."""
    found = odoo.call_model(
        "helpdesk.ticket",
        "search_read",
        [("whatsapp_contact_id.number", "=", _CUSTOMER["number"])],
        ["name", "stage_id", "whatsapp_thread_id", "whatsapp_conversation_id"],
    )
    return found[0] if found else None


def _answer(odoo, ticket):
    """Post as the answer box in the ticket does."""
    odoo.call_odoo(
        "/mail/message/post",
        thread_model="discuss.channel",
        thread_id=ticket["whatsapp_thread_id"][0],
        post_data={"body": _ANSWER, "message_type": "comment"},
    )


def _wait_for_state(odoo, ticket, state):
    domain = [
        ("conversation_id", "=", ticket["whatsapp_conversation_id"][0]),
        ("direction", "=", "out"),
        ("state", "=", state),
    ]
    _wait_for(
        lambda: odoo.call_model("whatsapp.message", "search_count", domain),
        f"The answer's state never was “{state}”",
    )


def _wait_for(probe, complaint):
    """The first true value of ``probe``."""
    deadline = time.monotonic() + _PATIENCE
    while not (value := probe()):
        _check(time.monotonic() < deadline, f"{complaint}, after {_PATIENCE} s")
        time.sleep(0.2)
    return value


def _check(condition, complaint):
    if not condition:
        raise SetupError(complaint, "The logs are in .dev/smoke")
