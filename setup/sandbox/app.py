"""Puts the sandbox together and runs it, on loopback only."""

import argparse
import asyncio
import contextlib
import ipaddress
import json
import logging
import signal
import sys
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web

from .control import Control
from .phone import Phone
from .providers.bird import Bird
from .providers.messagebird import MessageBird
from .providers.meta import Meta
from .providers.twilio import Twilio
from .providers.vonage import Vonage
from .world import World, read_state, write_state

PROVIDERS = (Twilio, Vonage, Meta, MessageBird, Bird)
UPLOAD_LIMIT = 110 * 1024 * 1024
SAVE_EVERY = 5
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")
_logger = logging.getLogger(__name__)


class Server:
    """Listens; may be told to refuse connections for a while."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    async def start(self, app: web.Application) -> str:
        """Listen; gives the address, with the port that the system chose for 0."""
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await self._listen()
        self._port = self._runner.addresses[0][1]
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http://{host}:{self._port}"

    async def _listen(self) -> None:
        self._site = web.TCPSite(
            self._runner, self._host, self._port, reuse_address=True, backlog=1024
        )
        await self._site.start()

    async def refuse(self, seconds: float) -> None:
        """Refuse all connections for a time, the open ones as well."""
        await asyncio.sleep(0.05)  # the answer to who asked for it goes out first
        await self._site.stop()
        for connection in list(self._runner.server.connections):
            if connection.transport:
                connection.transport.abort()
        try:
            await asyncio.sleep(seconds)
        finally:
            await self._listen()

    async def stop(self) -> None:
        """Stop listening and end what is under way."""
        if self._runner:
            await self._runner.cleanup()


def create_app(world: World, server: Server, odoo_url: str) -> web.Application:
    """The web application with all routes."""
    app = web.Application(
        middlewares=[only_local, explain_errors, world.recorder.middleware],
        client_max_size=UPLOAD_LIMIT,
    )
    phone = Phone(world, odoo_url)
    control = Control(world, phone, server.refuse)
    app.add_routes([*phone.routes(), *control.routes()])
    for provider in world.providers:
        app.add_routes(provider.routes())
    return app


@web.middleware
async def only_local(request: web.Request, handler) -> web.StreamResponse:
    """Refuse pages of other sites that reach for the sandbox through a browser."""
    host = urlsplit(f"//{request.host}").hostname
    origin = request.headers.get("Origin")
    names = [host] + ([urlsplit(origin).hostname] if origin else [])
    if not all(name in _LOCAL_NAMES for name in names):
        raise web.HTTPForbidden(text="The sandbox serves this machine only.")
    return await handler(request)


@web.middleware
async def explain_errors(request: web.Request, handler) -> web.StreamResponse:
    """Answer a wrong request with 400 and a sentence."""
    try:
        return await handler(request)
    except json.JSONDecodeError:
        return _complain("The body is no valid JSON")
    except KeyError as error:
        return _complain(f"Missing or unknown: {error.args[0]}")
    except (TypeError, ValueError) as error:
        _logger.debug("Wrong request", exc_info=True)
        return _complain(str(error))


def _complain(sentence: str) -> web.Response:
    return web.json_response({"error": sentence}, status=400)


async def run(host: str, port: int, odoo_url: str, state: Path | None) -> None:
    """Run until a signal comes."""
    world = World(PROVIDERS)
    if state:
        read_state(world, state)
    server = Server(host, port)
    await world.courier.open()
    try:
        address = await server.start(create_app(world, server, odoo_url))
        print(f"sandbox ready on {address}", flush=True)
        await _wait_for_signal(world, state)
    finally:
        world.background.cancel()
        await server.stop()
        await world.courier.close()


async def _wait_for_signal(world: World, state: Path | None) -> None:
    """Wait; meanwhile and at the end keep the state."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    saved = 0
    while not stop.is_set():
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(stop.wait(), SAVE_EVERY if state else None)
        if state and (stop.is_set() or world.store.changes.count != saved):
            saved = world.store.changes.count
            write_state(world, state)


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="sandbox",
        description="A pretend WhatsApp provider and a pretend customer's phone.",
    )
    parser.add_argument("--host", type=loopback, default="127.0.0.1")
    parser.add_argument(
        "--port", type=int, default=8070, help="0 takes a free one (default: 8070)"
    )
    parser.add_argument(
        "--odoo-url",
        default="http://localhost:8069",
        help="where Odoo's screens are; the page links there",
    )
    parser.add_argument(
        "--state", type=Path, help="keep everything in this file between runs"
    )
    return parser.parse_args(arguments)


def loopback(host: str) -> str:
    """A loopback address; the sandbox must not be reachable from outside."""
    if host == "localhost":
        return "127.0.0.1"
    with contextlib.suppress(ValueError):
        if ipaddress.ip_address(host).is_loopback:
            return host
    raise argparse.ArgumentTypeError(f"{host} is no loopback address")


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    options = parse_arguments(arguments)
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
    try:
        asyncio.run(run(options.host, options.port, options.odoo_url, options.state))
    except OSError as error:
        print(
            f"sandbox: cannot listen on port {options.port}: {error}", file=sys.stderr
        )
        return 1
    return 0
