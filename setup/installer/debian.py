"""Debian's packages, downloaded and unpacked without root.

apt gets folders of its own, so that nothing of the system is touched; it checks the
archive's signature as always. The archive is the one that this machine uses.
"""

import os
import shutil
import subprocess
import zipfile

from . import files, paths
from .errors import SetupError
from .steps import get_tail, run

MIRROR_VARIABLE = "DEBIAN_MIRROR"
SUITE = "sid"  # the only one with Odoo 19

_KEYRINGS = (
    "/usr/share/keyrings/debian-archive-keyring.gpg",
    "/usr/share/keyrings/debian-archive-keyring.pgp",
)


def is_available():
    """Whether this machine can fetch and unpack Debian's packages at all."""
    programs = ("apt-get", "dpkg-deb", "tar")
    return all(map(shutil.which, programs)) and bool(_find_keyring())


def download(packages, folder):
    """Download packages; gives the ``.deb`` files."""
    options = _prepare_apt(folder / "apt")
    run(["apt-get", *options, "-qq", "update"], remedy=_explain_mirror())
    run(["apt-get", *options, "-qq", "download", *packages], cwd=folder)
    shutil.rmtree(folder / "apt")
    return sorted(folder.glob("*.deb"))


def unpack(deb, folder, exclude=()):
    """Unpack one ``.deb``, without what matches the patterns in ``exclude``."""
    patterns = [f"--exclude={pattern}" for pattern in exclude]
    log = paths.DEV / "log" / "unpack.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as errors:
        reader = subprocess.Popen(
            ["dpkg-deb", "--fsys-tarfile", deb], stdout=subprocess.PIPE, stderr=errors
        )
        writer = subprocess.run(
            ["tar", "-x", "-C", folder, "--no-same-owner", "--wildcards", *patterns],
            stdin=reader.stdout,
            stderr=errors,
            check=False,
        )
        reader.stdout.close()
    if reader.wait() or writer.returncode:
        raise SetupError(f"{deb.name} could not be unpacked:\n{get_tail(log)}")


def unpack_pip(folder):
    """Put the pip of Debian's package into a folder of Python packages."""
    if not is_available():
        raise SetupError("There is no pip, and no apt to fetch it with")
    with files.building(paths.get_cache() / "pip") as part:
        for deb in download(["python3-pip-whl"], part):
            unpack(deb, part)
        (wheel,) = part.glob("usr/share/python-wheels/pip-*.whl")
        zipfile.ZipFile(wheel).extractall(folder)


def _prepare_apt(folder):
    """The options that keep apt inside ``folder``."""
    for name in ("state/lists/partial", "cache/archives/partial"):
        (folder / name).mkdir(parents=True)
    (folder / "status").touch()
    sources = folder / "sources.list"
    archive = f"[signed-by={_find_keyring()}] {_get_mirror()} {SUITE} main"
    sources.write_text(f"deb {archive}\n")
    options = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "-",
        "Dir::State": folder / "state",
        "Dir::State::status": folder / "status",
        "Dir::Cache": folder / "cache",
        "APT::Sandbox::User": "",
        # Mirrors may lag behind; the signature is checked all the same.
        "Acquire::Check-Valid-Until": "false",
        "Acquire::Languages": "none",
        "APT::Update::Error-Mode": "any",
        "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled": "false",
        "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled": "false",
    }
    return [part for key, value in options.items() for part in ("-o", f"{key}={value}")]


def _find_keyring():
    return next(filter(os.path.exists, _KEYRINGS), None)


def _get_mirror():
    """The Debian archive of this machine's apt configuration."""
    if mirror := os.environ.get(MIRROR_VARIABLE):
        return mirror
    wanted = ["--no-release-info", "--format", "$(REPO_URI)", "Created-By: Packages"]
    command = ["apt-get", "indextargets", *wanted]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    for address in found.stdout.split():
        if address.rstrip("/").endswith("/debian"):
            return address
    raise SetupError("apt's configuration names no Debian archive", _explain_mirror())


def _explain_mirror():
    return f"Name one in the environment variable {MIRROR_VARIABLE}"
