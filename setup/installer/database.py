"""Databases: templates that are made once, and their clones, made in seconds.

Two templates stand on each other: one with all addons that ours depend on, shared by
all checkouts, and one per checkout with ours installed. A database that is being made
has another name until it is complete; what an interrupted run left is dropped.
"""

import ast
import contextlib
import os
import shutil

from . import files, odoo_command, odoo_source, paths, postgres
from .steps import step

_PREFIX = "whatsapp_connector"
_RECIPE = "1"  # to be raised when the scripts below change
_NOT_INSTALLED = ("readme", "tests")

# A pretend company reports nothing to anyone.
_FINISH_DEPENDENCIES = """
env.ref("mail.ir_cron_module_update_notification").active = False
env.cr.commit()
"""
# Each clone would need many seconds for its first page.
_FINISH_ADDONS = """
for name in ("web.assets_frontend", "web.assets_web", "web.assets_web_print"):
    bundle = env["ir.qweb"]._get_asset_bundle(name)
    bundle.css()
    bundle.js()
env.cr.commit()
"""


def get_name(purpose):
    """The name of this checkout's database for a purpose, such as ``demo``."""
    return f"{_PREFIX}_{files.get_hash(str(paths.CHECKOUT))[:6]}_{purpose}"


def get_addons_state():
    """Changes whenever an addon's contents do."""
    found = []
    for addon in odoo_command.get_addons():
        for file in sorted((paths.CHECKOUT / addon).rglob("*")):
            parts = file.relative_to(paths.CHECKOUT).parts
            if file.is_file() and not set(parts) & {*_NOT_INSTALLED, "__pycache__"}:
                found += ["/".join(parts), file]
    return files.get_hash(*found)


def prepare_template():
    """Make the templates, unless they are there; gives the name of the upper one."""
    with files.locked(paths.get_cache() / "templates.lock"):
        lower = _prepare_lower_template()
        state = files.get_hash(lower, get_addons_state())
        upper = get_name(f"addons_{state}")
        if not exists(upper):
            with step("Database template: the addons of this checkout"):
                _drop_outdated()
                with _making(upper) as part:
                    _copy(lower, part)
                    _install(part, odoo_command.get_addons(), script=_FINISH_ADDONS)
    return upper


def make(name, addons, folder):
    """A new database with these addons of this checkout and what they need.

    :param folder: takes the configuration file and ``install.log``
    """
    with files.locked(paths.get_cache() / "templates.lock"):
        lower = _prepare_lower_template()
    with _making(name) as part:
        _copy(lower, part)
        _install(part, addons, folder)


def _prepare_lower_template():
    dependencies = _get_dependencies()
    odoo = odoo_source.get_state()
    state = files.get_hash(odoo, paths.LOCK, _RECIPE, *dependencies)
    name = f"{_PREFIX}_dependencies_{state}"
    if not exists(name):
        with step(f"Database template: {', '.join(dependencies)}"):
            with _making(name) as part:
                _create(part, "template0")
                _install(part, dependencies, script=_FINISH_DEPENDENCIES)
    return name


def exists(name):
    return bool(postgres.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"))


def clone(template, name):
    """A new database with the contents and the files of another."""
    with _making(name) as part:
        _copy(template, part)


def _copy(template, name):
    _create(name, template)
    source = _get_filestore(template)
    if source.exists():
        shutil.copytree(source, _get_filestore(name), copy_function=_link_file)
    # Whose it is, for _drop_outdated
    postgres.query(f"COMMENT ON DATABASE \"{name}\" IS '{_quote(paths.CHECKOUT)}'")


def update(name, configuration):
    """Bring a database to what the addons are now."""
    addons = ",".join(odoo_command.get_addons())
    arguments = ["--init", addons, "--update", addons, "--stop-after-init", "--no-http"]
    with step(f"Update of the database {name}"):
        log = configuration.with_name("update.log")
        odoo_command.run_odoo(configuration, *arguments, log=log)


def drop(name):
    """Drop a database, even one in use, and its files."""
    postgres.query(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    shutil.rmtree(_get_filestore(name), ignore_errors=True)


def write_configuration(name, folder, **options):
    """Odoo's configuration file for a database, in ``folder``; gives its path."""
    file = folder / "odoo.conf"
    odoo_command.write_configuration(file, {"db_name": name, **options})
    return file


@contextlib.contextmanager
def _making(name):
    """The name under which a database is made; at the end it gets its own."""
    part = f"{name}_part"
    yield part
    drop(name)
    if _get_filestore(part).exists():
        _get_filestore(part).rename(_get_filestore(name))
    postgres.query(f'ALTER DATABASE "{part}" RENAME TO "{name}"')


def _create(name, template):
    drop(name)
    postgres.query(f'CREATE DATABASE "{name}" TEMPLATE "{template}" ENCODING \'UTF8\'')


def _install(name, addons, folder=paths.DEV / "templates", script=None):
    configuration = write_configuration(name, folder, max_cron_threads=0)
    log = folder / "install.log"
    arguments = ["--init", ",".join(addons), "--stop-after-init", "--no-http"]
    odoo_command.run_odoo(configuration, *arguments, log=log)
    if script:
        odoo_command.run_script(configuration, script, folder / "finish.log")


def _get_dependencies():
    """The addons that ours depend on, ours apart."""
    own = odoo_command.get_addons()
    needed = set()
    for addon in own:
        manifest = paths.CHECKOUT / addon / "__manifest__.py"
        needed.update(ast.literal_eval(manifest.read_text())["depends"])
    return sorted(needed - set(own))


def _drop_outdated():
    """Drop this checkout's older templates, and all databases of removed checkouts."""
    outdated = get_name("addons_")
    for name, checkout in postgres.query(
        "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database"
        f" WHERE datname LIKE '{_PREFIX}%'"
    ):
        if name.startswith(outdated) or (checkout and not os.path.exists(checkout)):
            drop(name)


def _get_filestore(name):
    return odoo_command.get_data_folder() / "filestore" / name


def _link_file(source, target):
    """Odoo never changes a file of its filestore: clones can share them."""
    try:
        os.link(source, target)
    except OSError:  # a filesystem without hard links
        shutil.copyfile(source, target)


def _quote(value):
    return str(value).replace("'", "''")
