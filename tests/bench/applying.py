"""Applying stored webhooks: the inbox step, in one process."""

from measure import Comparison

_CREATE = "mail.message.create of 100, and commit"
_WRITE = "write on one message after the other, and commit"
_ROWS = (
    ("message of a known person applied", "known", _CREATE, "create"),
    ("first message of a person applied", "new", _CREATE, "create"),
    ("status applied", "statuses", _WRITE, "write"),
)


def measure(system, scale):
    samples = system.measure_inside("apply", rounds=scale.rounds, batches=scale.batches)
    return [
        Comparison(what, floor_is, samples[ours], samples[floor])
        for what, ours, floor_is, floor in _ROWS
    ]
