"""Patience: what comes by itself is waited for, not slept for."""

import time

#: Seconds that a busy machine may take for what takes an idle one no time.
PATIENCE = 10
_POLL_SECONDS = 0.1


def wait_for(probe, seconds=PATIENCE, what=None):
    """What ``probe()`` gives as soon as it is true.

    :raises AssertionError: it wasn't within ``seconds``; with its last value
    """
    deadline = time.monotonic() + seconds
    while not (value := probe()):
        assert time.monotonic() < deadline, (
            f"{what or probe.__name__}: not within {seconds} s, last {value!r}"
        )
        time.sleep(_POLL_SECONDS)
    return value


def wait_until_steady(probe, seconds=2):
    """What ``probe()`` gives once it is true and has not changed for a while."""
    value, since = probe(), time.monotonic()

    def is_steady():
        nonlocal value, since
        last, value = value, probe()
        if value != last:
            since = time.monotonic()
        return value and time.monotonic() - since > seconds

    wait_for(is_steady, 30, "a steady state")
    return value
