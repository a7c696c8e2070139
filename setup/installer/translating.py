"""``setup/translate``: the translations, brought to what the sources say."""

import argparse
import subprocess

from . import database, everything, files, odoo_command, paths, postgres, python
from .steps import step

_FOLDER = paths.DEV / "translate"

_EXPORT = """
from odoo.tools.translate import trans_export
for addon in {addons!r}:
    with open(f"{folder}/{{addon}}.pot", "wb") as template:
        trans_export(None, [addon], template, "po", env)
"""


def main():
    """Export, merge, report; gives the exit code, 1 where a translation is missing."""
    argparse.ArgumentParser(
        prog="setup/translate",
        description="Export what is to be translated, merge it into each language's"
        " file (old translations stay, obsolete ones go) and list what is missing.",
    ).parse_args()
    everything.install()
    with files.held(_FOLDER / "running.lock", "setup/translate runs already"):
        with postgres.running():
            template = database.prepare_template()
            with step("Export of the terms"):
                _export(template)
        return _merge()


def _export(template):
    """Have Odoo write ``<addon>.pot`` for each of our addons."""
    name = database.get_name("translate")
    database.clone(template, name)
    try:
        configuration = database.write_configuration(name, _FOLDER)
        script = _EXPORT.format(addons=odoo_command.get_addons(), folder=_FOLDER)
        odoo_command.run_script(configuration, script, _FOLDER / "export.log")
    finally:
        database.drop(name)


def _merge():
    """Run ``catalogs.py`` in the environment that has polib; gives its exit code."""
    program = paths.SETUP / "installer" / "catalogs.py"
    templates = [_FOLDER / f"{addon}.pot" for addon in odoo_command.get_addons()]
    command = [python.get_executable(), program, paths.CHECKOUT, *templates]
    return subprocess.run([*map(str, command)], check=False).returncode
