"""``setup/test``: the parts of the test suite, one after the other, and their sum."""

import argparse
import contextlib
import dataclasses
import signal
import subprocess
import time
import xml.etree.ElementTree as ElementTree

from . import database, everything, odoo_command, paths, postgres, python

_ALLOWED_SKIPS = paths.CHECKOUT / "tests" / "allowed_skips.txt"
_RESULTS = paths.DEV / "test"
_NOTHING_COLLECTED = 5  # pytest's exit code
_STOP_TIMEOUT = 60


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of the suite, with a pytest of its own.

    :param folders: patterns, from the checkout
    :param needs: ``python`` alone, ``odoo`` (runs inside it), ``stack`` (starts one)
    :param timeout: seconds; it only ends what hangs
    """

    name: str
    about: str
    folders: tuple
    needs: str
    timeout: int
    by_default: bool = True


PARTS = (
    Part("wire", "providers' formats; no database", ("tests/wire",), "python", 300),
    Part("sandbox", "the pretend provider", ("tests/sandbox",), "python", 300),
    Part("odoo", "inside Odoo", ("whatsapp_connector*/tests",), "odoo", 1800),
    Part("e2e", "journeys with a browser", ("tests/e2e",), "stack", 1800),
    Part("faults", "crashes, bad networks", ("tests/faults",), "stack", 1800, False),
)


@dataclasses.dataclass
class Tally:
    """How many tests passed, failed (or could not run), and were skipped."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    unlisted_skips: list = dataclasses.field(default_factory=list)

    def __add__(self, other):
        sums = map(sum, zip(self._get_values(), other._get_values(), strict=True))
        return Tally(*sums, self.unlisted_skips + other.unlisted_skips)

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    def _get_values(self):
        return self.passed, self.failed, self.skipped


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
        with postgres.running():
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
    targets = _find_targets(arguments)
    if not chosen and targets:
        chosen = [part for part in PARTS if _select(part, targets)]
    return chosen or [part for part in PARTS if part.by_default]


def _find_targets(arguments):
    """The files and folders among the arguments, as pytest takes them."""
    return [
        argument
        for argument in arguments
        if "/" in argument and (paths.CHECKOUT / argument.partition("::")[0]).exists()
    ]


def _select(part, targets):
    """The targets that lie in a part's folders."""
    folders = _find_folders(part)
    return [
        target
        for target in targets
        if any((paths.CHECKOUT / target).is_relative_to(folder) for folder in folders)
    ]


def _find_folders(part):
    return sorted(
        folder for pattern in part.folders for folder in paths.CHECKOUT.glob(pattern)
    )


def _run_parts(parts, arguments):
    """The tally of each part, by name."""
    return {part.name: _run_part(part, arguments) for part in parts}


def _run_part(part, arguments):
    print(f"\n── {part.name}: {part.about}", flush=True)
    start = time.monotonic()
    targets = _find_targets(arguments)
    options = [argument for argument in arguments if argument not in targets]
    selected = _select(part, targets) if targets else _find_folders(part)
    report = _RESULTS / f"{part.name}.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    command = [python.get_executable(), "-m", "pytest", f"--junitxml={report}"]
    command += [*_get_plugin_options(part), *options, *selected]
    code = _run_pytest([*map(str, command)], part.timeout)
    tally = _judge(code, report, is_narrowed=bool(arguments))
    print(f"   {tally} in {time.monotonic() - start:.0f} s", flush=True)
    return tally


def _get_plugin_options(part):
    """pytest-odoo's options; elsewhere it stays away."""
    if part.needs != "odoo":
        return ["-p", "no:odoo"]
    name = database.get_name("test")
    database.clone(database.prepare_template(), name)
    configuration = database.write_configuration(
        name, _RESULTS, max_cron_threads=0, screenshots=_RESULTS / "screenshots"
    )
    return [
        "--odoo-http",
        f"--odoo-config={configuration}",
        f"--odoo-database={name}",
    ]


def _run_pytest(command, timeout):
    """pytest's exit code; nothing if it had to be stopped."""
    process = subprocess.Popen(
        command, env=odoo_command.get_environment(), cwd=paths.CHECKOUT
    )
    try:
        return process.wait(timeout)
    except KeyboardInterrupt:  # which pytest gets too
        _wait_for_end(process)
        raise
    except subprocess.TimeoutExpired:
        print(f"   stopped: it has run for {timeout} s")
        return None
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            _wait_for_end(process)


def _wait_for_end(process):
    """It stops its own servers first."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_STOP_TIMEOUT)
    process.kill()


def _judge(code, report, is_narrowed):
    """The tally of a run. What should have run and didn't is a failure."""
    tally = _read_report(report) if report.exists() else Tally()
    if code == _NOTHING_COLLECTED and is_narrowed:
        return tally
    if code != 0 and not tally.failed:
        tally.failed = 1
    return tally


def _read_report(report):
    """The tally of a file in JUnit's format."""
    tally = Tally()
    allowed = _read_allowed_skips()
    for case in ElementTree.parse(report).iter("testcase"):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
        elif skip is None:
            tally.passed += 1
        else:
            tally.skipped += 1
            reason = skip.get("message", "")
            if not any(text in reason for text in allowed):
                name = f"{case.get('classname')}.{case.get('name')}"
                tally.unlisted_skips.append(f"{name}: {reason}")
    return tally


def _read_allowed_skips():
    """The reasons that may stand for a skip, one a line."""
    if not _ALLOWED_SKIPS.exists():
        return []
    lines = map(str.strip, _ALLOWED_SKIPS.read_text().splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _report(results):
    """Print the sum as the last line; gives the exit code."""
    total = sum(results.values(), Tally())
    nothing_ran = not (total.passed or total.failed or total.skipped)
    print()
    for skip in total.unlisted_skips:
        name = _ALLOWED_SKIPS.relative_to(paths.CHECKOUT)
        print(f"Skipped, and the reason isn't in {name}: {skip}")
    if nothing_ran:
        print("No test fits these arguments")
    print(total)
    return int(bool(total.failed or total.unlisted_skips or nothing_ran))
