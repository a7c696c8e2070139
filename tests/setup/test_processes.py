"""Servers leave nothing running, whatever ends them."""

import os
import socket
import sys
import time
from pathlib import Path

import pytest
from installer import processes
from installer.errors import SetupError
from installer.processes import Server, find_free_port

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
        assert port < find_free_port(port) <= port + 99


def test_a_port_promised_to_another_service_stays_its_own(monkeypatch):
    taken = {8069}

    def bind(port):
        if port in taken:
            raise OSError(f"Port {port} is taken")
        return port

    monkeypatch.setattr(processes, "_bind", bind)
    odoo = find_free_port(8069, besides=[8070])
    assert (odoo, find_free_port(8070, besides=[odoo])) == (8071, 8070)
