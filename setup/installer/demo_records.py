"""Brings ``setup/demo_data.py`` into a stack: into Odoo, and into the sandbox."""

import importlib.util
import json

from . import paths
from .steps import step
from .web import Client

# The sandbox is told in between: the accounts' check of the connection asks it, and its
# reviewers decide on their templates.
_SCRIPT = """
import json
import sys
sys.path.insert(0, {setup!r})
import demo_data
from installer import demo_records
accounts = demo_data.configure(env, {odoo_url!r})
demo_records.tell_sandbox({sandbox_url!r}, demo_data.sandbox_accounts(env))
for account in accounts:
    account._check_connection()
if demo_data.approve_templates(env, accounts):
    demo_data.submit_templates(env)
    demo_records.approve_templates({sandbox_url!r})
    demo_data.learn_decisions(env, accounts)
env.cr.commit()
print(json.dumps(demo_data.get_abilities(env)))
"""


def load():
    """The module ``demo_data``."""
    file = paths.SETUP / "demo_data.py"
    spec = importlib.util.spec_from_file_location("demo_data", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def configure(stack):
    """Create the demo's records in Odoo, its accounts and people in the sandbox.

    :return: what not every provider can, each with the titles of those that can
    """
    with step("Demo's accounts, team, contacts and templates"):
        printed = stack.shell(
            _SCRIPT.format(
                setup=str(paths.SETUP),
                odoo_url=stack.odoo_url,
                sandbox_url=stack.sandbox_url,
            )
        )
    return json.loads(printed)


def tell_sandbox(sandbox_url, accounts):
    """Have the sandbox know the demo's accounts and its people.

    :param accounts: pairs of a provider's name and the body of its control call
    """
    sandbox, demo_data = Client(sandbox_url), load()
    for provider, account in accounts:
        sandbox.post(f"/control/{provider}/accounts", account)
    for contact in demo_data.sandbox_contacts():
        sandbox.post("/control/contacts", contact)
    sandbox.post("/control/settings", {"review_delay": demo_data.REVIEW_SECONDS})


def approve_templates(sandbox_url):
    """Have WhatsApp's reviewers approve at once whatever waits for them."""
    sandbox = Client(sandbox_url)
    for template in sandbox.get("/control/templates", status="pending")["templates"]:
        path = f"/control/templates/{template['id']}/review"
        sandbox.post(path, {"status": "approved"})
