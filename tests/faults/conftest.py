"""A running system that is broken on purpose; the kit is that of ``tests/e2e``."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))

import running  # noqa: E402

running_world = running.make_running_world("faults")
world, channel = running.world, running.channel


@pytest.fixture
def customer(world):
    """Somebody who never wrote before."""
    return world.new_customer()
