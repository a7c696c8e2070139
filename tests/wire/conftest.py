"""Imports each addon's ``wire`` package without Odoo.

Importing ``odoo.addons.<addon>`` runs the addon's ``__init__``, which needs a loaded
Odoo. Here every addon of the checkout is a bare package instead: a name and a path.
"""

import importlib
import os
import sys
import types
from pathlib import Path

from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

CHECKOUT = Path(__file__).parents[2]

set_hypothesis_home_dir(CHECKOUT / ".dev" / "hypothesis")

# Reproducible, and fast enough for every run; HYPOTHESIS_PROFILE=long digs deeper.
settings.register_profile(
    "default", deadline=None, derandomize=True, database=None, max_examples=100
)
settings.register_profile("long", deadline=None, database=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))


def _package(name):
    """The package ``name``: the real one if it is installed, else an empty one."""
    try:
        return importlib.import_module(name)
    except ImportError:
        package = sys.modules[name] = types.ModuleType(name)
        package.__path__ = []
        return package


def _register_addons():
    odoo = _package("odoo")
    odoo.addons = _package("odoo.addons")
    for manifest in sorted(CHECKOUT.glob("*/__manifest__.py")):
        folder = manifest.parent
        addon = types.ModuleType(f"odoo.addons.{folder.name}")
        addon.__path__ = [str(folder)]
        sys.modules[addon.__name__] = addon
        setattr(odoo.addons, folder.name, addon)


_register_addons()
