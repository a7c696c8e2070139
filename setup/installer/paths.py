"""Where things are written: nowhere else."""

import functools
import os
import pwd
from pathlib import Path

from .errors import SetupError

CHECKOUT = Path(__file__).resolve().parents[2]
SETUP = CHECKOUT / "setup"
LOCK = SETUP / "requirements.lock"
ODOO_BIN = Path(__file__).parent / "bin" / "odoo-bin"

# In the checkout and ignored by git: logs, configuration files, results of tests.
DEV = CHECKOUT / ".dev"

_NAME = "whatsapp_connector"


@functools.cache
def get_cache():
    """The folder shared by all checkouts: Odoo, packages, browser, databases.

    It is the user's cache folder. PostgreSQL refuses to run as root; for root it
    runs as ``nobody``, which must be able to reach its files.
    """
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    cache = Path(home).absolute() / _NAME
    if is_root() and not _is_open_to_all(cache):
        cache = Path("/var/cache") / _NAME
    try:
        cache.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        remedy = "Name a folder that you can write to in XDG_CACHE_HOME"
        raise SetupError(f"No cache folder: {error}", remedy) from error
    return cache


def is_root():
    return os.geteuid() == 0


def get_unprivileged_user():
    """Who runs PostgreSQL when we are root."""
    return pwd.getpwnam("nobody")


def _is_open_to_all(path):
    """Whether every user can reach ``path``, as far as it exists."""
    existing = [folder for folder in [path, *path.parents] if folder.exists()]
    return all(folder.stat().st_mode & 0o001 for folder in existing)
