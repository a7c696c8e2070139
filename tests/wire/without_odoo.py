"""Imports each addon's ``wire`` package, and its cases, without Odoo.

Importing ``odoo.addons.<addon>`` runs the addon's ``__init__``, which needs a loaded
Odoo, as its ``tests`` do. Here both are bare packages instead: a name and a path.
"""

import importlib
import sys
import types
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def register_addons():
    """Make ``odoo.addons.<addon>.wire`` importable, whether Odoo is here or not."""
    odoo = _package("odoo")
    odoo.addons = _package("odoo.addons")
    for manifest in sorted(CHECKOUT.glob("*/__manifest__.py")):
        folder = manifest.parent
        addon = _bare_package(odoo.addons, folder)
        _bare_package(addon, folder / "tests")


def _bare_package(parent, folder):
    package = types.ModuleType(f"{parent.__name__}.{folder.name}")
    package.__path__ = [str(folder)]
    sys.modules[package.__name__] = package
    setattr(parent, folder.name, package)
    return package


def _package(name):
    """The package ``name``: the real one if it is installed, else an empty one."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = sys.modules[name] = types.ModuleType(name)
        package.__path__ = []
        return package
