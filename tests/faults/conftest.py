"""A running system that is broken on purpose; the kit is that of ``tests/e2e``."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

from kit import Stack, World  # noqa: E402


@pytest.fixture(scope="session")
def running_world():
    with Stack("faults") as stack:
        yield World(stack)


@pytest.fixture
def world(running_world):
    """The running system; trouble that a test asked for ends with it."""
    yield running_world
    running_world.sandbox.repair()


@pytest.fixture
def channel(world):
    """A business number of the test's own, at an account of its own."""
    return world.add_channel()


@pytest.fixture
def customer(world):
    """Somebody who never wrote before."""
    return world.new_customer()
