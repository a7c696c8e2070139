"""Servers in process groups of their own, and free ports."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from .errors import SetupError
from .steps import get_tail
from .web import Client

ADDRESS = "127.0.0.1"
_START_TIMEOUT = 120
_STOP_TIMEOUT = 15


class Server:
    """A program that runs until it is stopped, with all processes that it starts.

    :param name: for messages and for the files: ``<name>.log`` and ``<name>.pid``
    :param folder: where these files are
    """

    def __init__(self, name, folder):
        self.name = name
        self.log = folder / f"{name}.log"
        self._record = folder / f"{name}.pid"
        self._process = None

    @property
    def pid(self):
        """The process that leads its group; None while it doesn't run."""
        return self._process and self._process.pid

    def start(self, command, environment):
        """Start it; what an interrupted run left of it is stopped first."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._stop_left_over()
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                env=environment,
                cwd=self.log.parent,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C reaches us alone: we stop in order
            )
        self._record.write_text(json.dumps(_identify(self._process.pid)))

    def wait_for_answer(self, address, path):
        """Wait until a GET is answered with success."""
        client = Client(address)
        deadline = time.monotonic() + _START_TIMEOUT
        while not client.answers(path):
            self.check()
            if time.monotonic() > deadline:
                self._fail(f"doesn't answer after {_START_TIMEOUT} s")
            time.sleep(0.1)

    def check(self):
        """Raise if it has ended by itself."""
        if self._process and self._process.poll() is not None:
            self._fail("has ended")

    def stop(self):
        """End it in order; after a while, by force."""
        if self._process:
            _signal_group(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(_STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                print(f"{self.name} doesn't stop: ended by force", flush=True)
            finally:
                self.kill()

    def kill(self):
        """End it and its processes at once, as a crash does."""
        if self._process:
            _signal_group(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
            self._record.unlink(missing_ok=True)

    def _fail(self, what):
        raise SetupError(
            f"{self.name} {what}:\n{get_tail(self.log)}",
            f"Its whole log is {self.log}",
        )

    def _stop_left_over(self):
        with contextlib.suppress(OSError, ValueError):
            left_over = json.loads(self._record.read_text())
            if left_over == _identify(left_over["group"]):
                _signal_group(left_over["group"], signal.SIGKILL)


@contextlib.contextmanager
def free_port(wish=None, besides=()):
    """A free port: the wish or one of the next hundred; without a wish, any.

    No other command on this machine gets it inside, whether a server listens there
    already or not.

    :param besides: ports that are promised to others
    """
    wishes = range(wish, wish + 100) if wish else [0] * 100
    port, promise = _choose(port for port in wishes if port not in besides)
    with promise:
        yield port


def _choose(wishes):
    """The first port that is free, and the socket that keeps others from it."""
    for wish in wishes:
        with contextlib.suppress(OSError):
            port = _bind(wish)
            return port, _promise(port)
    raise SetupError("All ports that would do are taken", "Stop what uses them")


def _promise(port):
    """Hold the name that stands for a port; the system frees it with the process."""
    promise = socket.socket(socket.AF_UNIX)
    try:
        promise.bind(f"\0whatsapp_connector:{port}")
    except OSError:
        promise.close()
        raise
    return promise


def _bind(port):
    """The number of a port that nobody uses, on any address."""
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((ADDRESS, port))
        if port:
            _check_nobody_answers(port)
        return server.getsockname()[1]


def _check_nobody_answers(port):
    """``localhost`` may be ``::1`` too, where another program may listen."""
    with socket.socket(socket.AF_INET6) as client:
        client.settimeout(1)
        if client.connect_ex(("::1", port)) == 0:
            raise OSError(f"Port {port} is taken")


def _signal_group(group, number):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)


def _identify(group):
    """A process and when it started: numbers are used again."""
    status = Path(f"/proc/{group}/stat").read_text().rpartition(")")[2].split()
    return {"group": group, "started": status[19]}
