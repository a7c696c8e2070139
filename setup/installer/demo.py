"""``setup/demo``: Odoo, a pretend Twilio and a pretend phone, ready to play with."""

import argparse
import time

from . import everything, smoke
from .demo_records import configure
from .stack import Stack

ODOO_PORT, SANDBOX_PORT = 8069, 8070

_WELCOME = """
  Odoo       {odoo_url}   (admin / admin; agents: marta / marta, pau / pau)
  The phone  {sandbox_url}

What to try
  1. On the phone write: Hola, no em funciona la factura
  2. In Odoo open Helpdesk: a ticket has come. Open it and answer under the chat.
  3. The phone shows your answer, the ticket shows the ticks: sent, delivered, read.
  4. Send a photo or your location, block, break the provider: the phone's page can.

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
        help="play a message's whole journey once, in a new database, and stop",
    )
    options = parser.parse_args()
    everything.install()
    if options.smoke:
        return smoke.play()
    with Stack(
        "demo",
        odoo_port=ODOO_PORT,
        sandbox_port=SANDBOX_PORT,
        keep_database=not options.reset,
        configure=configure,
    ) as stack:
        _welcome(stack)
        _wait(stack)
    return 0


def _welcome(stack):
    wishes = {ODOO_PORT: stack.odoo_port, SANDBOX_PORT: stack.sandbox_port}
    for wish, port in wishes.items():
        if port != wish:
            print(f"Port {wish} is taken: using {port}")
    print(
        _WELCOME.format(
            odoo_url=stack.odoo_url,
            sandbox_url=stack.sandbox_url,
            folder=stack.folder,
        ),
        flush=True,
    )


def _wait(stack):
    """Until Ctrl-C, or until something ends by itself."""
    try:
        while True:
            stack.check()
            time.sleep(1)
    except KeyboardInterrupt:
        print("\nStopping …", flush=True)
