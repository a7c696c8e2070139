"""``setup/screenshots``: the README's pictures, made from a running demo."""

import argparse
import itertools
import time

from . import (
    browser,
    demo_records,
    everything,
    odoo_command,
    paths,
    people,
    python,
)
from .stack import Stack
from .steps import run, step
from .web import Client

_FOLDER = paths.SETUP.parent / "whatsapp_connector" / "static" / "description"
_CUSTOMERS = (
    ("+34622112233", "Jordi", "Bon dia, a quina hora obriu dissabte?"),
    ("+525512345678", "María", "¿Tienen la talla M del jersey azul?"),
    ("+447400123456", "Emma", "Thanks a lot, it works now! 👍"),
)
_LAIA = {"number": "+34612345678", "name": "Laia"}
_WRITTEN_TO = "Lucía Moreno"
_FIRST_NAMES = "Aina Biel Carla Dídac Elsa Ferran Gemma Hugo Irene Joel Lia Pol".split()
_LAST_NAMES = """
    Alsina Bosch Costa Duran Esteve Font Grau Homs Iglesias Jané Llopis Mas Nadal Oliva
    Pons Quer Roig Serra Torres Vila""".split()
_UNREACHABLE = 4
_PACE = 6  # messages a second: slow enough to look at
_TALK = (
    ("in", "Hola, no em funciona la factura"),
    ("in", "Em surt *error 500* quan la vull descarregar"),
    ("out", "Bon dia Laia! Ara ho mirem. De quina factura es tracta?"),
    ("in", "La _FAC/2026/0042_, la d'octubre"),
    ("out", "Ja està arreglat: la pots descarregar ara mateix."),
    ("in", "Perfecte, moltes gràcies!"),
)


def main():
    """Play the scene and take the pictures; gives the exit code."""
    argparse.ArgumentParser(
        prog="setup/screenshots", description="Make the README's pictures."
    ).parse_args()
    everything.install(with_browser=True)
    with Stack("screenshots", configure=demo_records.configure) as stack:
        with step("A scene to look at"):
            scene = _play(stack)
        with step(f"Pictures in {_FOLDER}"):
            run(
                [
                    python.get_executable(),
                    paths.SETUP / "installer" / "pictures.py",
                    *("--odoo", stack.odoo_url),
                    *("--sandbox", stack.sandbox_url),
                    *("--browser", browser.get_executable()),
                    *itertools.chain.from_iterable(scene.items()),
                    _FOLDER,
                ],
                env=odoo_command.get_environment(),
            )
    return 0


def _play(stack):
    """Give the demo something to show; gives the records to look at, as options."""
    phone, odoo = Client(stack.sandbox_url), Client(stack.odoo_url)
    people.log_in(odoo, stack.database)
    ticket = _play_talk(phone, odoo)
    written = [("name", "=", demo_records.load().WRITTEN_NAME)]
    contact = [("name", "=", _WRITTEN_TO)]
    return {
        "--ticket": ticket["id"],
        "--thread": ticket["whatsapp_thread_id"][0],
        "--template": odoo.call_model("whatsapp.template", "search", written)[0],
        "--contact": odoo.call_model("res.partner", "search", contact)[0],
        "--mailing": _prepare_mailing(odoo),
    }


def _play_talk(phone, odoo):
    """Several customers write, one is answered; gives the latter's ticket."""
    for number, name, text in _CUSTOMERS:
        _write(phone, {"number": number, "name": name}, text)
    ticket = None
    customer, business = _LAIA["number"], _get_business()
    for direction, text in _TALK:
        if direction == "in":
            _write(phone, _LAIA, text)
            ticket = ticket or people.wait_for_ticket(odoo, customer, business)
        else:
            people.answer(odoo, ticket, text)
            phone.get("/control/messages", text=text, status="delivered", wait=20)
        time.sleep(1)
    phone.post("/control/read", {"business": business, "contact": customer})
    return ticket


def _write(phone, contact, text):
    message = {"business": _get_business(), "contact": contact, "text": text}
    phone.post("/control/inbound", message)


def _get_business():
    """The demo's first number."""
    return next(iter(demo_records.load().NUMBERS))


def _prepare_mailing(odoo):
    """A mass message that waits to be resumed; gives its id."""
    names = itertools.product(_FIRST_NAMES, _LAST_NAMES)
    contacts = [
        {
            "name": " ".join(name),
            "phone": place >= _UNREACHABLE and f"+34 644 {place:06d}",
            "lang": ("ca_ES", "es_ES", "en_US")[place % 3],
        }
        for place, name in enumerate(names)
    ]
    number = [("number", "=", _get_business())]
    channel_ids = odoo.call_model("whatsapp.channel", "search", number)
    odoo.call_model("whatsapp.channel", "write", channel_ids, {"pace": _PACE})
    template = [
        ("technical_name", "=", "reopen_conversation"),
        ("account_id.channel_ids", "in", channel_ids),
    ]
    wizard = {
        "name": "News about your question",
        "template_id": odoo.call_model("whatsapp.template", "search", template)[0],
        "model": "res.partner",
        "record_ids": odoo.call_model("res.partner", "create", contacts),
    }
    wizard_ids = odoo.call_model("whatsapp.mailing.wizard", "create", [wizard])
    odoo.call_model("whatsapp.mailing.wizard", "action_check", wizard_ids)
    action = odoo.call_model("whatsapp.mailing.wizard", "action_send", wizard_ids)
    odoo.call_model("whatsapp.mailing", "action_pause", [action["res_id"]])
    return action["res_id"]
