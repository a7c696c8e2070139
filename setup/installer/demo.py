"""``setup/demo``: Odoo, pretend providers and a pretend phone, ready to play with."""

import argparse
import time

from . import demo_records, everything, smoke
from .stack import Stack

ODOO_PORT, SANDBOX_PORT = 8069, 8070

_WELCOME = """
  Odoo       {odoo_url}   (admin / admin; agents: marta / marta, pau / pau;
             author of templates: aina / aina; manager: nuria / nuria)
  The phone  {sandbox_url}

What to try
  1. On the phone you are {customer}. Choose one of the business's numbers, each at
     another provider, and write: Hola, no em funciona la factura
  2. In Odoo, as marta, open Helpdesk → Tickets → All Tickets: a ticket has come.
     Open it and answer under the chat.
     While you write, the phone shows “typing…” (at {typing}).
     A reaction to the message shows there, too (at {reactions}).
  3. The phone shows your answer, the ticket shows the ticks: sent, delivered, read.
  4. As nuria, open somebody in Contacts, press WhatsApp: an approved template goes in
     their language. Under WhatsApp → Templates one waits for a manager; once you
     approve it, WhatsApp's reviewers do too, within a minute or two.
  5. Send a photo or your location, block, break the provider: the phone's page can.

Logs are in {folder}
Ctrl-C stops everything; --reset starts over with a new database.
"""


def main():
    """Run what the command line asks for; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="setup/demo", description="Start the demo and run it until Ctrl-C."
    )
    parser.add_argument(
        "--reset", action="store_true", help="start over with a new database"
    )
    parser.add_argument(
        "--smoke",
        action="store_true",
        help="play a message's journey at each provider, in a new database, and stop",
    )
    options = parser.parse_args()
    everything.install()
    if options.smoke:
        return smoke.play()
    abilities = {}
    with Stack(
        "demo",
        odoo_port=ODOO_PORT,
        sandbox_port=SANDBOX_PORT,
        keep_database=not options.reset,
        configure=lambda stack: abilities.update(demo_records.configure(stack)),
    ) as stack:
        _welcome(stack, abilities)
        _wait(stack)
    return 0


def _welcome(stack, abilities):
    _tell_port("Odoo", ODOO_PORT, stack.odoo_port)
    _tell_port("The phone", SANDBOX_PORT, stack.sandbox_port)
    print(
        _WELCOME.format(
            odoo_url=stack.odoo_url,
            sandbox_url=stack.sandbox_url,
            folder=stack.folder,
            customer=demo_records.load().CONTACTS[0][0],
            **{name: ", ".join(titles) for name, titles in abilities.items()},
        ),
        flush=True,
    )


def _tell_port(service, wish, port):
    if port != wish:
        print(f"{service}: port {wish} is taken, using {port}")


def _wait(stack):
    """Until Ctrl-C, or until something ends by itself."""
    try:
        while True:
            stack.check()
            time.sleep(1)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
