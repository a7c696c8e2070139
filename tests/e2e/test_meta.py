"""The main job over Meta's wire: real Odoo and a pretend Meta, no browser."""

import secrets

import pytest
from kit import Channel, make_picture, wait_for

QUESTION = "Hola, no em funciona la factura"


@pytest.fixture(scope="module")
def channel(running_world):
    """A number at Meta, set up as an administrator does it."""
    world, odoo = running_world, running_world.odoo
    number, number_id = "+34932000001", "106540352242922"
    waba_id, app_id = "102290129340398", "634974688087057"
    app_secret, access_token = secrets.token_hex(16), f"EAA{secrets.token_hex(16)}"
    world.sandbox.post(
        "/control/meta/accounts",
        waba_id=waba_id,
        app_id=app_id,
        app_secret=app_secret,
        access_token=access_token,
        requires_proof=True,
        numbers=[{"id": number_id, "number": number, "name": "Acme"}],
    )
    account = {
        "name": "Acme at Meta",
        "provider": "meta",
        "meta_waba_id": waba_id,
        "meta_app_id": app_id,
        "meta_app_secret": app_secret,
        "meta_access_token": access_token,
        "public_url": world.stack.odoo_url,
    }
    [account_id] = odoo.call("whatsapp.account", "create", [account])
    world.credentials += [(waba_id, app_secret), (waba_id, access_token)]
    [team_id] = odoo.call(
        "helpdesk.ticket.team",
        "create",
        [{"name": "Team at Meta", "user_ids": [(4, odoo.user_id)]}],
    )
    values = {
        "name": "Meta",
        "account_id": account_id,
        "number": number,
        "number_id": number_id,
        "team_ids": [(4, team_id)],
        "ticket_team_id": team_id,
    }
    [channel_id] = odoo.call("whatsapp.channel", "create", [values])
    odoo.call("whatsapp.account", "action_configure_webhooks", [account_id])
    key = world.database.value(
        "SELECT webhook_key FROM whatsapp_account WHERE id = %s", account_id
    )
    return Channel(
        world=world,
        number=number,
        sid=waba_id,
        token=app_secret,
        webhook_url=f"{world.stack.odoo_url}/whatsapp/webhook/{key}",
        id=channel_id,
        account_id=account_id,
        team_id=team_id,
    )


@pytest.fixture
def customer(world):
    return world.new_customer()


def test_connection_is_good(world, channel):
    shown = world.odoo.call(
        "whatsapp.account", "action_test_connection", [channel.account_id]
    )["params"]
    assert shown["type"] == "success", shown["message"]


def test_question_becomes_a_ticket_and_the_answer_is_followed_until_it_is_read(
    channel, customer
):
    thread_id = channel.greet(customer, QUESTION)
    assert len(channel.tickets(customer)) == 1
    message_id = channel.answer(thread_id, "Bon dia, ja ho mirem")
    row = channel.wait_state(message_id, "delivered")
    [shown] = channel.on_phone(customer)
    assert (shown["id"], shown["text"]) == (row["provider_id"], "Bon dia, ja ho mirem")
    channel.read(customer)
    channel.wait_state(message_id, "read")
    assert not channel.get_events("failed")


def test_picture_is_fetched_in_two_steps(channel, customer):
    picture = make_picture()
    channel.send_file(customer, picture, "image/png")
    wait_for(lambda: channel.files(customer), what="the picture")
    assert channel.files(customer) == [len(picture)]


def test_customer_who_hides_the_number_is_answered(world, channel):
    person = {"username": f"nina{secrets.token_hex(4)}", "name": "Nina"}
    message = channel.inbound(person, QUESTION)
    received = "SELECT thread_id FROM whatsapp_message WHERE provider_id = %s"
    thread_id = wait_for(
        lambda: world.database.value(received, message["id"]), what="a chat"
    )
    message_id = channel.answer(thread_id, "Bon dia, Nina")
    channel.wait_state(message_id, "delivered")


def test_template_is_handed_in_and_its_approval_comes_back(world, channel):
    odoo, database = world.odoo, world.database
    template = {"name": "Order shipped", "account_id": channel.account_id}
    [template_id] = odoo.call("whatsapp.template", "create", [template])
    body = "La comanda ja surt. Gràcies!"
    language = {"template_id": template_id, "language": "ca", "body": body}
    [variant_id] = odoo.call("whatsapp.template.variant", "create", [language])
    odoo.call("whatsapp.template.variant", "action_submit", [variant_id])
    state = "SELECT state FROM whatsapp_template_variant WHERE id = %s"
    wait_for(
        lambda: database.value(state, variant_id) == "pending", what="a submission"
    )
    [submission] = world.sandbox.get("/control/templates", provider="meta")["templates"]
    assert submission["body"] == body
    path = f"/control/templates/{submission['id']}/review"
    world.sandbox.post(path, status="approved")
    wait_for(
        lambda: database.value(state, variant_id) == "approved", what="an approval"
    )
