"""``setup/lint``: the style of Python, JavaScript, XML and CSS, as OCA has it."""

import argparse
import os
import shlex
import shutil
import subprocess

from . import files, node, odoo_command, paths, python
from .errors import SetupError
from .steps import step

_PRETTIER = (".cjs", ".css", ".html", ".js", ".json", ".scss", ".xml", ".yml")
_GENERATED = ("package-lock.json", "static/description/index.html")
_PACKAGES = ("package.json", "package-lock.json")


def main():
    """Run all linters; gives the exit code."""
    parser = argparse.ArgumentParser(prog="setup/lint", description=__doc__)
    parser.add_argument("--fix", action="store_true", help="put right what can be")
    is_fixing = parser.parse_args().fix
    _install()
    failed = [
        name for name, command in _get_linters(is_fixing) if not _passes(name, command)
    ]
    if failed:
        print(f"\nNot clean: {', '.join(failed)}")
        print("setup/lint --fix puts right what it can")
    return int(bool(failed))


def _install():
    with files.locked(paths.get_cache() / "install.lock"):
        python.install()
        node.install()
        if not _get_node_modules().exists():
            with step("Linters of npm"):
                _install_packages()


def _get_tools():
    """Where npm's packages are: never in the checkout."""
    state = files.get_hash(*(paths.CHECKOUT / name for name in _PACKAGES))
    return paths.get_cache() / f"lint-{state}"


def _get_node_modules():
    return _get_tools() / "node_modules"


def _install_packages():
    with files.building(_get_tools()) as part:
        for name in _PACKAGES:
            shutil.copy(paths.CHECKOUT / name, part)
        node.run_npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=part)


def _get_linters(is_fixing):
    """The name and the command line of each."""
    sources = _list_sources()
    scripts = [name for name in sources if name.endswith((".js", ".cjs"))]
    formatted = [name for name in sources if name.endswith(_PRETTIER)]
    fix = ["--fix"] if is_fixing else []
    check = [] if is_fixing else ["--check"]
    write = "--write" if is_fixing else "--check"
    yield "ruff", [*_python("ruff"), "check", "--output-format=concise", *fix, "."]
    yield "ruff format", [*_python("ruff"), "format", "--quiet", *check, "."]
    # README.rst is made of readme/ by OCA's bot; whole tables are read where they are
    # small. Said here: in .pylintrc, enabling odoolint would bring both back.
    without = "--disable=missing-readme,no-search-all"
    yield "pylint-odoo", [*_python("pylint"), without, *odoo_command.get_addons()]
    yield "eslint", [*_node("eslint/bin/eslint.js"), *fix, *scripts]
    prettier = _node("prettier/bin/prettier.cjs")
    yield "prettier", [*prettier, "--log-level=warn", write, *formatted]


def _list_sources():
    """The files of the checkout that git doesn't ignore."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(
        command, cwd=paths.CHECKOUT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SetupError(done.stderr.strip(), "setup/lint needs a git checkout")
    found = dict.fromkeys(done.stdout.splitlines())
    return [
        name
        for name in found
        if not name.endswith(_GENERATED) and (paths.CHECKOUT / name).is_file()
    ]


def _python(module):
    return [python.get_executable(), "-m", module]


def _node(program):
    return [os.path.join(node.get_folder(), "node"), _get_node_modules() / program]


def _passes(name, command):
    command = [*map(str, command)]
    print(f"── {name}", flush=True)
    environment = {
        **node.get_environment(),
        "NODE_PATH": str(_get_node_modules()),
        "PYTHONPYCACHEPREFIX": str(paths.get_cache() / "pycache"),
        "PYLINTHOME": str(paths.DEV / "pylint"),
    }
    done = subprocess.run(command, cwd=paths.CHECKOUT, env=environment, check=False)
    if done.returncode < 0:
        raise SetupError(f"{shlex.join(command[:3])} crashed")
    return done.returncode == 0
