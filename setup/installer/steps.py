"""What the commands print, how they run other programs, how they tell failures."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
import time

from . import paths
from .errors import SetupError

_TAIL = 15


@contextlib.contextmanager
def step(title):
    """Print what is being done and, at the end, how long it took."""
    print(f"{title} … ", end="", flush=True)
    start = time.monotonic()
    try:
        yield
    except BaseException as error:
        print(f"stopped after {time.monotonic() - start:.1f} s", flush=True)
        if isinstance(error, (SetupError, OSError)) and not hasattr(error, "step"):
            error.step = title
        raise
    print(f"{time.monotonic() - start:.1f} s", flush=True)


def run(command, *, log=None, remedy="", **kwargs):
    """Run a program quietly; a failure shows the end of what it printed.

    :param log: a file that takes the output; by default one in ``.dev/log``
    """
    log = log or paths.DEV / "log" / f"{os.path.basename(str(command[0]))}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    kwargs.setdefault("stdin", subprocess.DEVNULL)
    with log.open("wb") as output:
        try:
            done = subprocess.run(
                [str(part) for part in command],
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                **kwargs,
            )
        except OSError as error:  # PATH may name folders that we may not read, too
            raise SetupError(f"{error.filename}: {error.strerror}", remedy) from error
    if done.returncode:
        name = shlex.join(map(str, command[:3]))
        raise SetupError(
            f"{name} … ended with {done.returncode}. All it printed is in {log}, the"
            f" end of it is:\n{get_tail(log)}",
            remedy,
        )


def get_tail(log):
    """The last lines of a log file, indented."""
    lines = log.read_text(errors="replace").splitlines()[-_TAIL:]
    return "\n".join(f"    {line}" for line in lines)


def main(command):
    """Run a command of ``setup/`` and end the process.

    :param command: called without arguments; gives the exit code
    """
    os.umask(0o022)
    signal.signal(signal.SIGTERM, _exit_in_order)
    # A shell's background jobs ignore it, and so would all that we start
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        code = command()
    except (SetupError, OSError) as error:
        _explain(error)
        code = 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        code = 128 + signal.SIGINT
    sys.exit(code)


def _exit_in_order(number, _frame):
    """Leave through all ``finally`` clauses, so that nothing stays running."""
    sys.exit(128 + number)


def _explain(error):
    name = os.path.relpath(sys.argv[0], paths.CHECKOUT)
    where = getattr(error, "step", None)
    print(f"\n{name} failed" + (f" in the step “{where}”" if where else ""))
    print(f"  Why: {error}")
    if remedy := getattr(error, "remedy", ""):
        print(f"  What to do: {remedy}")
    sys.stdout.flush()
