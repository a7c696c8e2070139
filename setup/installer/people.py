"""The demo's people at work: what its smoke test and its pictures have them do."""

import time

from .errors import SetupError

PATIENCE = 20


def log_in(odoo, database):
    """Be the administrator from now on."""
    session = odoo.call_odoo(
        "/web/session/authenticate", db=database, login="admin", password="admin"
    )
    check(session.get("uid"), "admin / admin is refused")


def find_ticket(odoo, customer, business):
    """The ticket of what a customer wrote to one of our numbers, or None."""
    found = odoo.call_model(
        "helpdesk.ticket",
        "search_read",
        [
            ("whatsapp_contact_id.number", "=", customer),
            ("whatsapp_conversation_id.channel_id.number", "=", business),
        ],
        ["name", "stage_id", "whatsapp_thread_id", "whatsapp_conversation_id"],
    )
    return found[0] if found else None


def wait_for_ticket(odoo, customer, business):
    """That ticket, as soon as it is there."""
    return wait_for(lambda: find_ticket(odoo, customer, business), "No ticket has come")


def answer(odoo, ticket, text):
    """Post as the answer box in the ticket does."""
    odoo.call_odoo(
        "/mail/message/post",
        thread_model="discuss.channel",
        thread_id=ticket["whatsapp_thread_id"][0],
        post_data={"body": text, "message_type": "comment"},
    )


def wait_for(probe, complaint):
    """The first true value of ``probe``."""
    deadline = time.monotonic() + PATIENCE
    while not (value := probe()):
        check(time.monotonic() < deadline, f"{complaint}, after {PATIENCE} s")
        time.sleep(0.2)
    return value


def check(condition, complaint):
    """End with ``complaint`` unless ``condition``."""
    if not condition:
        raise SetupError(complaint, "The logs are in .dev, in the folder of this run")
