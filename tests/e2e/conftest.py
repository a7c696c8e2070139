"""One running system for all journeys: Odoo, its database, the sandbox, a browser."""

import pytest
from kit import Stack, World


@pytest.fixture(scope="session")
def running_world():
    with Stack("e2e") as stack:
        yield World(stack)


@pytest.fixture
def world(running_world):
    """The running system; trouble that a test asked for ends with it."""
    yield running_world
    running_world.sandbox.repair()


@pytest.fixture
def channel(world):
    """A business number of the test's own."""
    return world.add_channel()


def pytest_collection_modifyitems(items):
    """What looks back on the whole run comes last."""
    items.sort(key=lambda item: bool(item.get_closest_marker("looks_back")))


def pytest_configure(config):
    config.addinivalue_line("markers", "looks_back: runs after all other tests")
