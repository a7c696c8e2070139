"""The fixtures of whoever needs a running system; ``tests/faults`` has them too."""

import pytest
from kit import Stack, World


def make_running_world(name):
    """A fixture: one system for the whole run, with ``name`` in its database's."""

    @pytest.fixture(scope="session")
    def running_world():
        with Stack(name) as stack:
            yield World(stack)

    return running_world


@pytest.fixture
def world(running_world):
    """The running system; trouble that a test asked for ends with it."""
    yield running_world
    running_world.sandbox.repair()


@pytest.fixture
def channel(world):
    """A business number of the test's own, at an account of its own."""
    return world.add_channel()
