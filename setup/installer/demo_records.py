"""Brings ``setup/demo_data.py`` into a stack: into Odoo, and into the sandbox."""

import importlib.util

from . import paths
from .steps import step
from .web import Client

_SCRIPT = """
import sys
sys.path.insert(0, {setup!r})
import demo_data
print(demo_data.configure(env, {odoo_url!r}))
"""


def load():
    """The module ``demo_data``."""
    file = paths.SETUP / "demo_data.py"
    spec = importlib.util.spec_from_file_location("demo_data", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def configure(stack):
    """Create the demo's records in Odoo and its account in the sandbox."""
    with step("Demo's account, team and contacts"):
        values = {"setup": str(paths.SETUP), "odoo_url": stack.odoo_url}
        webhook_url = stack.shell(_SCRIPT.format(**values)).split()[-1]
        account = load().sandbox_account(webhook_url)
        Client(stack.sandbox_url).post("/control/twilio/accounts", account)
