"""After everything else: what was written down in the course of it."""

import base64
import json
import re
import secrets
from urllib.parse import quote

import pytest
from kit import World
from waiting import wait_for

pytestmark = pytest.mark.looks_back

#: Where Odoo keeps texts that people or programs come to read.
WRITTEN = ("whatsapp", "mail", "bus", "ir_logging", "discuss", "helpdesk")


@pytest.fixture(scope="module")
def secret_texts(running_world):
    """Every secret of the run, in every form in which it travels."""
    channel = running_world.add_channel()
    fall_over_every_threshold(running_world, channel)
    texts = set()
    for world in World.all:
        for user, secret in world.credentials:
            basic = base64.b64encode(f"{user}:{secret}".encode()).decode()
            texts |= {secret, quote(secret, safe=""), basic}
    return texts


def fall_over_every_threshold(world, channel):
    """Refusals and faults with whose description a secret could slip out."""
    customer, account = world.new_customer(), [channel.account_id]
    thread = channel.greet(customer)
    channel.post(channel.inbound_form(customer), signature="wrong")
    channel.post({**channel.inbound_form(customer), "AccountSid": f"AC{'0' * 32}"})
    user, secret = f"SK{secrets.token_hex(16)}", secrets.token_hex(16)
    world.credentials.append((user, secret))
    key = {"twilio_api_key_sid": user, "twilio_api_key_secret": secret}
    world.odoo.call("whatsapp.account", "write", account, key)
    world.odoo.call("whatsapp.account", "action_test_connection", account)
    channel.answer(thread, "Ho mirem")
    wait_for(channel.get_fault, what="a fault of the account")


def read_logs():
    """The text of every log file of the run, by its name."""
    return {
        str(file): file.read_text(errors="replace")
        for world in World.all
        for file in world.stack.folder.glob("*.log")
    }


def find_any(texts, text):
    """Which of them are in it; only their beginnings, so that nothing is repeated."""
    return [each[:6] for each in texts if each in text]


def test_no_secret_is_in_any_log(secret_texts):
    logs = read_logs()
    assert any("POST api.twilio.com" in log for log in logs.values())
    assert any("the signature does not match" in log for log in logs.values())
    for name, log in logs.items():
        assert find_any(secret_texts, log) == [], name


def test_no_secret_is_in_what_the_provider_recorded_of_our_requests(
    world, secret_texts
):
    """But for headers that are there to carry it, which the sandbox leaves out, and
    for the call that hands Bird the key to sign with.
    """
    recorded = [
        request
        for request in world.sandbox.get("/control/requests")["requests"]
        if not request["path"].endswith("/webhook-subscriptions")
    ]
    assert recorded
    assert find_any(secret_texts, json.dumps(recorded)) == []


def test_no_secret_is_in_a_text_that_odoo_keeps(world, secret_texts):
    tables = world.database.column(
        """SELECT relname FROM pg_class
            WHERE relkind = 'r' AND relname ~ %s AND relname != 'whatsapp_account'""",
        f"^({'|'.join(WRITTEN)})",
    )
    for table in tables:
        rows = world.database.column(f"SELECT line::text FROM {table} line")
        assert find_any(secret_texts, "\n".join(rows)) == [], table


def test_nothing_went_wrong_without_being_handled():
    """Rerun conflicts of Odoo's own are no such thing."""
    for name, log in read_logs().items():
        errors = re.findall(r"^.* (?:ERROR|CRITICAL) .*$", log, re.MULTILINE)
        unhandled = [error for error in errors if "bad query" not in error]
        assert unhandled == [], name
        assert "Traceback" not in log, name
