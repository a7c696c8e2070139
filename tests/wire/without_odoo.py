"""Imports each addon's ``wire`` package without Odoo.

Importing ``odoo.addons.<addon>`` runs the addon's ``__init__``, which needs a loaded
Odoo. Here every addon of the checkout is a bare package instead: a name and a path.
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
        addon = types.ModuleType(f"odoo.addons.{folder.name}")
        addon.__path__ = [str(folder)]
        sys.modules[addon.__name__] = addon
        setattr(odoo.addons, folder.name, addon)


def _package(name):
    """The package ``name``: the real one if it is installed, else an empty one."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = sys.modules[name] = types.ModuleType(name)
        package.__path__ = []
        return package
