"""``setup/test``: the parts of the test suite, and their sum."""

import argparse
import time

from . import database, everything, files, paths, postgres, python
from .suite import PARTS, Run, find_targets, select
from .tally import ALLOWED_SKIPS, Tally

_POLL_SECONDS = 0.1


def main():
    """Run what the command line asks for; gives the exit code."""
    options, arguments = _parse_command_line()
    parts = _choose_parts(options, arguments)
    needs = {part.needs for part in parts}
    if needs == {"python"}:
        python.install()
        results = _run_parts(parts, arguments)
    else:
        everything.install(with_browser=True)
        complaint = "setup/test runs already in this checkout"
        with files.held(paths.DEV / "test.lock", complaint), postgres.running():
            database.prepare_template()
            results = _run_parts(parts, arguments)
    return _report(results)


def _parse_command_line():
    parser = argparse.ArgumentParser(
        prog="setup/test",
        description="Run the tests. Without options: all but faults. "
        "Everything else on the command line goes to pytest: setup/test -k window",
        allow_abbrev=False,
    )
    for part in PARTS:
        text = f"only the tests of {part.about}"
        parser.add_argument(f"--{part.name}", action="store_true", help=text)
    return parser.parse_known_args()


def _choose_parts(options, arguments):
    """The parts asked for, by option or by the files among pytest's arguments."""
    chosen = [part for part in PARTS if getattr(options, part.name)]
    targets = find_targets(arguments)
    if not chosen and targets:
        chosen = [part for part in PARTS if select(part, targets)]
    return chosen or [part for part in PARTS if part.by_default]


def _run_parts(parts, arguments):
    """The tally of each part, by name. Where there are two lanes, both run at once."""
    lanes = [
        [part for part in parts if part.needs == "odoo"],
        [part for part in parts if part.needs != "odoo"],
    ]
    lanes = [lane for lane in lanes if lane]
    is_live = len(lanes) == 1
    if not is_live:
        print("Two parts run at a time and show at their end what they printed")
    results, runs = {}, {}
    try:
        while any(lanes) or runs:
            for index, lane in enumerate(lanes):
                if lane and index not in runs:
                    runs[index] = Run(lane.pop(0), arguments, is_live=is_live)
            for index, run in list(runs.items()):
                if run.is_over():
                    results[run.part.name] = run.report()
                    del runs[index]
            time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:  # which every pytest gets too
        for run in runs.values():
            run.wait_for_end()
        raise
    finally:
        for run in runs.values():
            run.stop()
    return results


def _report(results):
    """Print the sum as the last line; gives the exit code."""
    total = sum(results.values(), Tally())
    nothing_ran = not (total.passed or total.failed or total.skipped)
    print()
    if len(results) > 1:
        for name, tally in results.items():
            print(f"{name:8} {tally}")
        print()
    for skip in total.unlisted_skips:
        name = ALLOWED_SKIPS.relative_to(paths.CHECKOUT)
        print(f"Skipped, and the reason isn't in {name}: {skip}")
    if nothing_ran:
        print("No test fits these arguments")
    print(total)
    return int(bool(total.failed or total.unlisted_skips or nothing_ran))
