"""The parts of the test suite, and pytest at work on one of them."""

import contextlib
import dataclasses
import signal
import subprocess
import sys
import time

from . import database, odoo_command, paths, python
from .tally import judge

_RESULTS = paths.DEV / "test"
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
    Part("setup", "these commands", ("tests/setup",), "python", 300),
    Part("sandbox", "the pretend provider", ("tests/sandbox",), "python", 300),
    Part("odoo", "inside Odoo", ("whatsapp_connector*/tests",), "odoo", 1800),
    Part("e2e", "journeys with a browser", ("tests/e2e",), "stack", 1800),
    Part("faults", "crashes, bad networks", ("tests/faults",), "stack", 1800, False),
)


class Run:
    """pytest at work on a part.

    :param is_live: whether what it prints is shown at once, or by :meth:`report`
    """

    def __init__(self, part, arguments, is_live):
        self.part = part
        self._title = f"\n── {part.name}: {part.about}"
        self._is_live = is_live
        self._is_narrowed = bool(arguments)
        self._results = _RESULTS / f"{part.name}.xml"
        self._output = _RESULTS / f"{part.name}.log"
        _RESULTS.mkdir(parents=True, exist_ok=True)
        self._results.unlink(missing_ok=True)
        if is_live:
            print(self._title, flush=True)
        command = self._get_command(arguments)
        self._start = time.monotonic()
        with contextlib.ExitStack() as files:
            output = None if is_live else files.enter_context(self._output.open("w"))
            self._process = subprocess.Popen(
                [*map(str, command)],
                env=odoo_command.get_environment(),
                cwd=paths.CHECKOUT,
                stdout=output,
                stderr=subprocess.STDOUT if output else None,
            )

    def is_over(self):
        """Whether it has ended; what hangs is ended here."""
        if self._process.poll() is None and self._get_seconds() > self.part.timeout:
            self.stop()
            print(f"{self.part.name} was stopped after {self.part.timeout} s")
        return self._process.poll() is not None

    def stop(self):
        """End it in order, by force only if need be."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self.wait_for_end()

    def wait_for_end(self):
        """It stops its own servers first."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_STOP_TIMEOUT)
        self._process.kill()

    def report(self):
        """Print what isn't shown yet; gives the tally."""
        seconds = self._get_seconds()
        if not self._is_live:
            print(self._title)
            print(self._output.read_text(errors="replace").rstrip())
        tally = judge(self._process.returncode, self._results, self._is_narrowed)
        print(f"   {tally} in {seconds:.0f} s", flush=True)
        return tally

    def _get_command(self, arguments):
        targets = find_targets(arguments)
        options = [argument for argument in arguments if argument not in targets]
        selected = select(self.part, targets) if targets else find_folders(self.part)
        command = [python.get_executable(), "-m", "pytest"]
        command += [f"--junitxml={self._results}", *_get_plugin_options(self.part)]
        if not self._is_live and sys.stdout.isatty():
            command.append("--color=yes")
        return [*command, *options, *selected]

    def _get_seconds(self):
        return time.monotonic() - self._start


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


def find_targets(arguments):
    """The files and folders among the arguments, as pytest takes them."""
    return [
        argument
        for argument in arguments
        if "/" in argument and (paths.CHECKOUT / argument.partition("::")[0]).exists()
    ]


def select(part, targets):
    """The targets that lie in a part's folders."""
    folders = find_folders(part)
    return [
        target
        for target in targets
        if any((paths.CHECKOUT / target).is_relative_to(folder) for folder in folders)
    ]


def find_folders(part):
    return sorted(
        folder for pattern in part.folders for folder in paths.CHECKOUT.glob(pattern)
    )
