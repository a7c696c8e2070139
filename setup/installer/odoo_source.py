"""Odoo's tree: the user's, else Debian's package, else Odoo's own repository."""

import functools
import os
import re
import shutil
import subprocess
from pathlib import Path

from . import debian, files, paths
from .errors import SetupError
from .steps import run, step

VERSION = "19.0"
REPOSITORY = "https://github.com/odoo/odoo.git"
HOME_VARIABLE = "ODOO_HOME"

_PACKAGES = (
    "odoo-19",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-glyphicons-halflings",
    "fonts-inconsolata",
    "fonts-montserrat",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
)
# Two thirds of the package are translations; Catalan and Spanish stay.
_UNWANTED = (
    "./usr/lib/python3/dist-packages/addons",  # doubles files of odoo/addons
    "*.pot",
    "*/i18n/[!ce]*.po",
    "*/i18n/c[!a]*.po",
    "*/i18n/e[!s]*.po",
    "*/i18n/??[!.]*.po",
    "*/i18n_extra/*.po",
)
# Where the package lacks it, an error in the browser's console fails every tour.
_REMOVED_SCRIPT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
_REPLACEMENT = "/* Not shipped by Debian: video calls have no blurred background */\n"


@functools.cache
def get_tree():
    """The folder that holds the Python package ``odoo``; nothing if there is none."""
    if home := os.environ.get(HOME_VARIABLE):
        return _link(_check_home(Path(home).expanduser().resolve()))
    return next(_find_trees(), None)


def get_state():
    """Changes whenever the tree's contents do."""
    tree = (get_tree() / "odoo").resolve().parent
    if (tree / ".git").exists():
        command = ["git", "-C", str(tree), "rev-parse", "HEAD"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return done.stdout.strip()
    return f"{tree} {(tree / 'odoo' / 'release.py').stat().st_mtime_ns}"


def install():
    """Fetch Odoo, unless it is there."""
    if get_tree():
        return
    get_tree.cache_clear()
    reason = _install_from_debian()
    if reason:
        print(f"Debian's package is out of reach: {reason}")
        _install_from_repository()


def _find_trees():
    cache = paths.get_cache()
    for folder in (_get_debian_folder(), cache / f"odoo-{VERSION}-git"):
        for tree in (folder / "usr/lib/python3/dist-packages", folder):
            if _get_version(tree):
                yield tree


def _get_debian_folder():
    return paths.get_cache() / f"odoo-{VERSION}-debian"


def _get_version(tree):
    """``19.0``, or nothing if that is no tree of Odoo."""
    release = tree / "odoo" / "release.py"
    if not release.exists():
        return None
    numbers = re.search(r"^version_info = \((\d+), (\d+)", release.read_text(), re.M)
    return ".".join(numbers.groups()) if numbers else None


def _check_home(home):
    version = _get_version(home)
    if version == VERSION:
        return home
    raise SetupError(
        f"{HOME_VARIABLE} is {home}, which is "
        + (f"Odoo {version}" if version else "no tree of Odoo"),
        f"Name the folder that holds odoo/release.py of Odoo {VERSION}, or unset it",
    )


def _link(home):
    """A folder with nothing but Odoo, for Python's search path.

    Beside an Odoo of the system lie all other packages of the system's Python.
    """
    folder = paths.get_cache() / "odoo-home" / files.get_hash(str(home))
    if not folder.exists():
        with files.building(folder) as part:
            (part / "odoo").symlink_to(home / "odoo")
            if (home / "addons" / "mail").exists():
                (part / "addons").symlink_to(home / "addons")
    return folder


def _install_from_debian():
    """Gives the reason if that can't be done."""
    if not debian.is_available():
        return "this system has no apt with Debian's keys"
    folder = _get_debian_folder()
    downloads = folder.with_name("debs.part")
    shutil.rmtree(downloads, ignore_errors=True)
    downloads.mkdir()
    try:
        with step("Download of Odoo (Debian's package)"):
            packages = debian.download(_PACKAGES, downloads)
    except SetupError as error:
        return error
    with step("Unpacking of Odoo"), files.building(folder) as part:
        for package in packages:
            debian.unpack(package, part, _UNWANTED)
        _repair(part / "usr/lib/python3/dist-packages")
    shutil.rmtree(downloads)
    return None


def _repair(tree):
    """Put back what Debian removed and the web client misses."""
    script = tree / "odoo" / "addons" / _REMOVED_SCRIPT
    if not script.exists():
        script.parent.mkdir(parents=True, exist_ok=True)
        script.write_text(_REPLACEMENT)


def _install_from_repository():
    folder = paths.get_cache() / f"odoo-{VERSION}-git"
    remedy = (
        f"Check the network; or fetch Odoo {VERSION} in another way and name its"
        f" folder in the environment variable {HOME_VARIABLE}"
    )
    command = ["git", "clone", "--quiet", "--depth=1", f"--branch={VERSION}"]
    with step("Clone of Odoo's repository"), files.building(folder) as part:
        run([*command, REPOSITORY, part], remedy=remedy)
