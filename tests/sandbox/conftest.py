"""A running sandbox, a small server in Odoo's place, and Twilio's own client.

Our own wire code takes part too, without Odoo (``test_*_over_http.py``).
"""

import threading
from http.server import ThreadingHTTPServer

import pytest
from sandbox_kit import (
    ACCOUNT,
    TOKEN,
    Sandbox,
    Webhooks,
    account,
    make_client,
    make_handler,
    start_sandbox,
    stop_process,
)
from without_odoo import register_addons

register_addons()

from worlds import World  # noqa: E402


class _Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True


@pytest.fixture(scope="session")
def sandbox_address():
    process, address = start_sandbox()
    yield address
    stop_process(process)


@pytest.fixture
def webhooks():
    """Odoo's place, empty."""
    webhooks = Webhooks()
    server = _Server(("127.0.0.1", 0), make_handler(webhooks))
    webhooks.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield webhooks
    server.shutdown()
    server.server_close()


@pytest.fixture
def sandbox(sandbox_address, webhooks):
    """The sandbox, reset, with one account whose webhooks reach Odoo's place."""
    sandbox = Sandbox(sandbox_address)
    sandbox.post("/control/reset")
    sandbox.post("/control/settings", send_delay=0.01, deliver_delay=0.02)
    sandbox.post("/control/twilio/accounts", **account(webhooks))
    return sandbox


@pytest.fixture
def client(sandbox):
    """Twilio's client, with the account's token."""
    return make_client(sandbox, ACCOUNT, TOKEN)


@pytest.fixture
def world(sandbox_address, webhooks, request):
    """Our account at the provider whose wire is the parameter; see ``worlds.each``."""
    return World(sandbox_address, webhooks, request.param)
