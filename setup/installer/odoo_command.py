"""Runs Odoo's command line with the right Python, tree, database server and browser."""

import configparser
import os
import subprocess

from . import browser, files, node, odoo_source, paths, postgres, python
from .errors import SetupError
from .steps import get_tail, run


def get_environment():
    """The environment for Odoo and for the tests."""
    environment = {
        **_get_own_variables(),
        **postgres.get_environment(),
        **node.get_playwright_variables(),
        **browser.get_variables(),
    }
    # Byte code goes to the cache: sources stay clean, and later starts are fast.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment["PYTHONPYCACHEPREFIX"] = str(paths.get_cache() / "pycache")
    environment["PYTHONPATH"] = str(odoo_source.get_tree() or "")
    environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(paths.DEV / "hypothesis")
    environment["NO_PROXY"] = environment["no_proxy"] = _get_no_proxy()
    if chromium := browser.get_executable():
        search = [os.path.dirname(chromium), os.environ.get("PATH", os.defpath)]
        environment["PATH"] = os.pathsep.join(search)
    return environment


def get_addons():
    """The names of this checkout's addons."""
    return sorted(file.parent.name for file in paths.CHECKOUT.glob("*/__manifest__.py"))


def get_data_folder():
    """Where Odoo keeps the files of all databases of a server."""
    server = "" if postgres.is_own() else f"-{files.get_hash(os.environ['PGHOST'])}"
    return paths.get_cache() / f"data{server}"


def write_configuration(file, options, sections=None):
    """Write Odoo's configuration file.

    :param options: of the section ``options``, beside those that are always the same
    :param sections: further sections, by name
    """
    parser = configparser.RawConfigParser()
    parser["options"] = {
        "addons_path": paths.CHECKOUT,
        "data_dir": get_data_folder(),
        "http_interface": "127.0.0.1",
        "list_db": False,
        **options,
    }
    parser.read_dict(sections or {})
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as output:
        parser.write(output)


def get_command(configuration, *arguments):
    """The command line of ``odoo-bin``; arguments may begin with a subcommand."""
    subcommand = [part for part in arguments[:1] if not part.startswith("-")]
    options = arguments[len(subcommand) :]
    program = [python.get_executable(), paths.ODOO_BIN, *subcommand]
    return [*map(str, [*program, "--config", configuration, *options])]


def run_odoo(configuration, *arguments, **kwargs):
    """Run ``odoo-bin`` until it ends by itself."""
    run(get_command(configuration, *arguments), env=get_environment(), **kwargs)


def run_script(configuration, script, log):
    """Run Python in an ``odoo shell``; gives what it printed.

    :param script: its text; it has ``env``, and commits by itself
    :param log: the file that takes Odoo's log; an exception ends there
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as errors:
        done = subprocess.run(
            get_command(configuration, "shell", "--no-http"),
            env=get_environment(),
            input=script,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SetupError(f"A script in Odoo failed:\n{get_tail(log)}", f"See {log}")
    return done.stdout


def _get_no_proxy():
    """Our servers are on this machine, whatever proxy leads out of it."""
    others = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    return ",".join(filter(None, [others, "localhost,127.0.0.1"]))


def _get_own_variables():
    """The user's environment, less what would override our configuration files."""
    return {
        name: value
        for name, value in os.environ.items()
        if name != "PGDATABASE"
        and (not name.startswith("ODOO_") or name == odoo_source.HOME_VARIABLE)
    }
