"""A template to thousands while Odoo dies: nobody twice, nobody forgotten."""

import time
from collections import Counter

import pytest
from waiting import wait_for

PEOPLE = 5000
CRASHES = (0.3, 0.65)
SECONDS = 400


@pytest.fixture
def people(world):
    """The ids of contacts whom nobody has written to."""
    numbers = [world.new_customer() for _ in range(PEOPLE)]
    vals = [{"name": f"Person {n[-6:]}", "phone": n, "lang": "en_US"} for n in numbers]
    ids = []
    for start in range(0, PEOPLE, 1000):
        ids += world.odoo.call("res.partner", "create", vals[start : start + 1000])
    return ids


@pytest.fixture
def template(world, channel):
    """A template that WhatsApp's reviewers have approved."""
    [template_id] = world.odoo.call(
        "whatsapp.template",
        "create",
        [{"name": f"News {channel.number}", "account_id": channel.account_id}],
    )
    body = "Hello {{1}}, your order is ready."
    [variant_id] = world.odoo.call(
        "whatsapp.template.variant",
        "create",
        [{"template_id": template_id, "language": "en", "body": body}],
    )
    variables = world.database.column(
        "SELECT id FROM whatsapp_template_variable WHERE variant_id = %s", variant_id
    )
    binding = {"source": "field", "field_path": "name", "sample": "Anna"}
    world.odoo.call("whatsapp.template.variable", "write", variables, binding)
    world.odoo.call("whatsapp.template.variant", "action_submit", [variant_id])

    def get_state():
        return world.database.value(
            "SELECT state FROM whatsapp_template_variant WHERE id = %s", variant_id
        )

    wait_for(lambda: get_state() == "pending", 30, "a template in review")
    sid = world.database.value(
        "SELECT provider_id FROM whatsapp_template_variant WHERE id = %s", variant_id
    )
    world.sandbox.post(f"/control/templates/{sid}/review", status="approved")
    world.odoo.call("whatsapp.account", "action_sync_templates", [channel.account_id])
    wait_for(lambda: get_state() == "approved", 30, "an approved template")
    return template_id


def send_to_all(world, template_id, partner_ids):
    """What a manager does in the list of contacts; gives the mailing's id."""
    context = {"active_model": "res.partner", "active_ids": partner_ids}
    wizard = world.odoo.call(
        "whatsapp.mailing.wizard",
        "create",
        [{"template_id": template_id}],
        context=context,
    )
    world.odoo.call("whatsapp.mailing.wizard", "action_check", wizard)
    action = world.odoo.call("whatsapp.mailing.wizard", "action_send", wizard)
    return action["res_id"]


def count_results(world, mailing_id):
    rows = world.database.rows(
        """SELECT COALESCE(message.state, line.state) AS result, count(*)
             FROM whatsapp_mailing_line line
        LEFT JOIN whatsapp_message message ON message.id = line.message_id
            WHERE line.mailing_id = %s
         GROUP BY 1""",
        mailing_id,
    )
    return Counter({row["result"]: row["count"] for row in rows})


def crash_once(world, mailing_id, count):
    """Kill everything as soon as so many were sent, and start it again."""

    def is_time():
        return count_results(world, mailing_id)["sent"] >= count

    wait_for(is_time, SECONDS, f"{count} messages that were sent")
    world.stack.kill_odoo()
    before = count_results(world, mailing_id)
    world.stack.start_odoo()
    world.expire_leases()
    return before


def test_list_of_thousands_reaches_each_at_most_once_though_odoo_dies_twice(
    world, channel, people, template
):
    world.sandbox.break_("status", "never", times=0, business=channel.number)
    world.odoo.call(
        "whatsapp.account", "write", [channel.account_id], {"daily_limit": 0}
    )
    world.odoo.call("whatsapp.channel", "write", [channel.id], {"pace": 500})
    asked = time.monotonic()
    mailing_id = send_to_all(world, template, people)
    started = time.monotonic()
    for share in CRASHES:
        print("\nkilled at", dict(crash_once(world, mailing_id, share * PEOPLE)))

    def is_done():
        state = "SELECT state FROM whatsapp_mailing WHERE id = %s"
        return world.database.value(state, mailing_id) == "done"

    wait_for(is_done, SECONDS, "the end of the list")
    ended = time.monotonic()

    results = count_results(world, mailing_id)
    got = Counter(
        message["contact"]
        for message in world.sandbox.get(
            "/control/messages", business=channel.number, direction="outbound"
        )["messages"]
    )
    print(
        f"{PEOPLE} people: {dict(results)}; on phones: {len(got)}, at most "
        f"{max(got.values())} each; looked at and begun in {started - asked:.0f} s, "
        f"sent in {ended - started:.0f} s with two crashes"
    )
    assert max(got.values()) == 1
    # Some of unknown fate are settled by a look-up meanwhile
    sent = results["sent"] + results["delivered"]
    assert sent + results["unknown"] + results["failed"] == PEOPLE
    assert results["unknown"] < 100
    assert sent <= len(got) <= sent + results["unknown"]

    def are_listed():
        """A look-up may settle one between the two questions."""
        listed = world.odoo.call(
            "whatsapp.mailing.line",
            "search_count",
            [("mailing_id", "=", mailing_id), ("result", "=", "unknown")],
        )
        return listed == count_results(world, mailing_id)["unknown"]

    wait_for(are_listed, what="a list of those whose fate nobody knows")
