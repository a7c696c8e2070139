"""``setup/bench``: hands over to ``tests/bench``, in the private environment."""

import os
import sys

from . import everything, odoo_command, paths, python


def main():
    """Become the benchmark."""
    everything.install()
    program = [str(python.get_executable()), str(paths.CHECKOUT / "tests" / "bench")]
    os.execve(program[0], [*program, *sys.argv[1:]], odoo_command.get_environment())
