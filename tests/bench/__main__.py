"""``setup/bench``: our speed beside floors, measured in the same run."""

import argparse
import contextlib
import json
import os
import platform
import sys
import time
from pathlib import Path

_CHECKOUT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(_CHECKOUT / "setup"), str(_CHECKOUT / "tests" / "e2e")]

import accepting  # noqa: E402
import applying  # noqa: E402
import journeys  # noqa: E402
import mass  # noqa: E402
import sending  # noqa: E402
from installer import steps  # noqa: E402
from installer.stack import Stack  # noqa: E402
from system import FULL, QUICK, System  # noqa: E402
from table import LEGEND, render  # noqa: E402

#: Those of a group share a system: one whose work engine stands still, so that nothing
#: else runs while a part is measured, or one that runs as a whole.
STILL = {
    "accept": (accepting.measure, "taking webhooks"),
    "apply": (applying.measure, "turning webhooks into chats"),
    "send": (sending.measure, "sending messages"),
}
RUNNING = {
    "journey": (journeys.measure, "one message through the running system"),
    "mass": (mass.measure, "many messages queued at once"),
}
GROUPS = ((STILL, 0), (RUNNING, 4))
_WORKERS = 2


def main():
    options = _parse_command_line()
    scale = QUICK if options.quick else FULL
    start = time.monotonic()
    rows = []
    for benchmarks, cron_threads in GROUPS:
        chosen = {
            name: measure
            for name, (measure, _about) in benchmarks.items()
            if not options.only or name in options.only
        }
        if chosen:
            rows += _run(chosen, scale, cron_threads)
    print(f"\n{_describe_machine()}\n\n{render(rows)}\n{LEGEND}")
    print(f"Measured in {time.monotonic() - start:.0f} s")
    if options.json:
        report = {
            "machine": _describe_machine(),
            "rows": [row.describe() for row in rows],
        }
        options.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


def _parse_command_line():
    parser = argparse.ArgumentParser(prog="setup/bench", description=__doc__)
    parser.add_argument(
        "--quick", action="store_true", help="in less than a minute, less exact"
    )
    names = {**STILL, **RUNNING}
    parser.add_argument(
        "--only",
        action="append",
        choices=names,
        help="; ".join(f"{name}: {about}" for name, (_, about) in names.items()),
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write it there")
    return parser.parse_args()


def _run(benchmarks, scale, cron_threads):
    """The rows of some benchmarks, which share a system."""
    rows = []
    with contextlib.ExitStack() as stack:
        with steps.step("System: start"):
            running = Stack("bench", workers=_WORKERS, cron_threads=cron_threads)
            system = System(stack.enter_context(running))
        for name, measure in benchmarks.items():
            with steps.step(f"Measure: {name}"):
                rows += measure(system, scale)
    return rows


def _describe_machine():
    busy = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()},"
        f" load {busy:.1f} at the end"
    )


if __name__ == "__main__":
    steps.main(main)
