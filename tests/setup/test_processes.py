"""Servers leave nothing running, whatever ends them."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from installer import processes
from installer.errors import SetupError
from installer.processes import Server, free_port

# Starts a child and tells both numbers; both sleep.
FAMILY = """
import os, sys, time
child = os.fork()
if child:
    with open("family.txt.part", "w") as file:
        file.write(f"{os.getpid()} {child}")
    os.rename("family.txt.part", "family.txt")
time.sleep(60)
"""


@pytest.fixture
def server(tmp_path):
    server = Server("odoo", tmp_path)
    yield server
    server.kill()


def start_family(server):
    """Start it; gives the numbers of its processes."""
    server.start([sys.executable, "-c", FAMILY], dict(os.environ))
    told = server.log.parent / "family.txt"
    wait_until(told.exists)
    return [int(number) for number in told.read_text().split()]


def wait_until(is_so):
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def is_running(number):
    try:
        return ") Z" not in Path(f"/proc/{number}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_all_processes_end(server, how):
    family = start_family(server)
    assert all(map(is_running, family))
    getattr(server, how)()
    wait_until(lambda: not any(map(is_running, family)))


def test_what_a_killed_command_left_ends_with_the_next_start(server, tmp_path):
    left_over = start_family(server)
    (tmp_path / "family.txt").unlink()
    successor = Server("odoo", tmp_path)
    family = start_family(successor)
    wait_until(lambda: not any(map(is_running, left_over)))
    assert all(map(is_running, family))
    successor.stop()


def test_a_stranger_with_the_same_number_stays(server, tmp_path):
    (stranger, _child) = start_family(server)
    (tmp_path / "other.pid").write_text(f'{{"group": {stranger}, "started": "1"}}')
    other = Server("other", tmp_path)
    other.start([sys.executable, "-c", ""], dict(os.environ))
    assert is_running(stranger)
    other.stop()


def test_a_server_that_ends_while_it_starts_says_why(server):
    server.start([sys.executable, "-c", "raise SystemExit('no moon')"], {})
    with pytest.raises(SetupError, match="odoo has ended:\n +no moon") as caught:
        server.wait_for_answer("http://127.0.0.1:9", "/")
    assert str(server.log) in caught.value.remedy


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1"])
def test_a_taken_port_is_passed_over(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as taken:
        taken.bind((address, 0))
        taken.listen()
        port = taken.getsockname()[1]
        with free_port(port) as found:
            assert port < found <= port + 99


def test_a_port_promised_to_another_service_stays_its_own(monkeypatch):
    taken = {8069}

    def bind(port):
        if port in taken:
            raise OSError(f"Port {port} is taken")
        return port

    monkeypatch.setattr(processes, "_bind", bind)
    with free_port(8069, besides=[8070]) as odoo, free_port(8070) as sandbox:
        assert (odoo, sandbox) == (8071, 8070)


def test_two_that_seek_a_port_at_once_get_different_ones():
    """Nobody listens yet."""
    with free_port() as wish:
        pass
    with free_port(wish) as first, free_port(wish) as second:
        assert first == wish < second
    with free_port(wish) as again:
        assert again == wish


def test_a_port_of_a_killed_command_is_free_again():
    script = "from installer.processes import free_port\nimport sys, time\n"
    script += "with free_port() as port: print(port, flush=True); time.sleep(60)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, text=True
    ) as other:
        port = int(other.stdout.readline())
        with free_port(port) as found:
            assert found != port
        other.kill()
    with free_port(port) as found:
        assert found == port
