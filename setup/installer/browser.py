"""Chromium for the tests: the machine's, else the one inside an npm package."""

import base64
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import tarfile
from xml.sax.saxutils import escape

from . import files, node, paths, python
from .errors import SetupError
from .steps import run, step

# The names under which Odoo's test classes look for it.
_NAMES = ("google-chrome", "chromium", "chromium-browser", "google-chrome-stable")

_PACKAGE = "@sparticuz/chromium@147.0.2"
_SHA512 = (
    "oqXyPAlGQuT9wdZAhcx4nmhehVgEsDc2adL/+FlX8qsLh/YyOgl9GQp8dPMDIBRm"
    "ktxgA9c1QSNJIQUj2UeHhQ=="
)
_DECOMPRESS = """
const {createReadStream, createWriteStream} = require("node:fs");
const {createBrotliDecompress} = require("node:zlib");
const [source, target] = process.argv.slice(1);
createReadStream(source)
    .pipe(createBrotliDecompress())
    .pipe(createWriteStream(target));
"""
_OPEN_PAGE = """
import sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    browser = playwright.chromium.launch(
        executable_path=sys.argv[1], args=["--disable-crash-reporter"]
    )
    browser.new_page().goto("about:blank")
    browser.close()
"""
_START = """\
#!/bin/sh
here=$(dirname "$(dirname "$(readlink -f "$0")")")
export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export FONTCONFIG_FILE="$here/fonts.conf"
exec "$here/chromium" "$@"
"""
_FONTS = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir prefix="relative">fonts</dir>
  <cachedir>{cache}</cachedir>
</fontconfig>
"""


def install():
    """Fetch Chromium, unless there is a browser."""
    if get_executable():
        return
    get_executable.cache_clear()
    if platform.machine() != "x86_64":
        raise SetupError("No browser was found", "Install Chromium or Google Chrome")
    node.install()
    with step(f"Chromium (package {_PACKAGE})"), files.building(_get_own()) as part:
        _unpack_package(part)
        _add_start_script(part)


@functools.cache
def get_executable():
    """The browser's path; nothing if there is none."""
    own = _get_own() / "bin" / "chromium"
    found = filter(None, map(shutil.which, [*_NAMES, str(own)]))
    return next(found, None)


def get_variables():
    """Have browsers keep their settings and crash reports away from the user's."""
    return {"XDG_CONFIG_HOME": str(paths.DEV / "browser")}


def _get_own():
    return paths.get_cache() / "chromium"


def _unpack_package(folder):
    node.run_npm("pack", "--silent", "--pack-destination", folder, _PACKAGE)
    (archive,) = folder.glob("*.tgz")
    _check(archive)
    _extract(archive, folder)
    content = folder / "package" / "bin"
    _decompress(content / "chromium.br", folder / "chromium")
    for name in ("swiftshader", "al2023", "fonts"):
        _decompress(content / f"{name}.tar.br", folder / f"{name}.tar")
        _extract(folder / f"{name}.tar", folder)
        (folder / f"{name}.tar").unlink()
    shutil.rmtree(folder / "package")
    archive.unlink()


def _check(archive):
    digest = hashlib.sha512(archive.read_bytes()).digest()
    if base64.b64encode(digest).decode() != _SHA512:
        raise SetupError(
            f"{_PACKAGE} isn't the package that was tested with",
            "Try again; if it stays so, install Chromium and report this",
        )


def _decompress(source, target):
    command = [os.path.join(node.get_folder(), "node"), "-e", _DECOMPRESS]
    run([*command, source, target])


def _extract(archive, folder):
    with tarfile.open(archive) as content:
        # Python's patch releases before mid-2023 have no filters
        content.extraction_filter = getattr(tarfile, "data_filter", None)
        content.extractall(folder)


def _add_start_script(folder):
    (folder / "chromium").chmod(0o755)
    cache = escape(str(paths.get_cache() / "fonts"))
    (folder / "fonts.conf").write_text(_FONTS.format(cache=cache))
    script = folder / "bin" / "chromium"
    script.parent.mkdir()
    script.write_text(_START)
    script.chmod(0o755)
    _try(script)


def _try(script):
    """Fail now, and with a reason, if this machine can't run it."""
    try:
        environment = {
            **os.environ,
            **node.get_playwright_variables(),
            **get_variables(),
        }
        command = [python.get_executable(), "-c", _OPEN_PAGE, script]
        run(command, env=environment, timeout=120)
    except (SetupError, subprocess.TimeoutExpired) as error:
        raise SetupError(
            f"The browser of {_PACKAGE} doesn't work here: {error}",
            "Install Chromium or Google Chrome",
        ) from error
