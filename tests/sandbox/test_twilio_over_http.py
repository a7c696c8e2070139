"""Our wire code and the sandbox's Twilio, over real HTTP and without Odoo.

Twilio's own SDK is held against both. What every provider's wire does stands in
``test_every_wire_over_http.py``.
"""

import contextlib
from dataclasses import replace
from datetime import datetime, timezone

import pytest
from sandbox_kit import make_client
from worlds import TEMPLATE, Losing, World, encode

from odoo.addons.whatsapp_connector.tests.conformance.intents import MESSAGES
from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER
from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMedia
from odoo.addons.whatsapp_connector_twilio.tests.cases import WIRE
from odoo.addons.whatsapp_connector_twilio.tests.cases.common import SID, TOKEN
from odoo.addons.whatsapp_connector_twilio.wire import approval, rest

VCARD = b"BEGIN:VCARD\nVERSION:3.0\nFN:Pau\nTEL:+34600111222\nEND:VCARD\n"


@pytest.fixture
def world(sandbox_address, webhooks):
    return World(sandbox_address, webhooks, WIRE)


@pytest.fixture
def contents(world):
    """Twilio's SDK, where it keeps contents."""
    return make_client(world.sandbox, SID, TOKEN).content.v1


# -- messages -------------------------------------------------------------------------


def test_card_comes_as_a_file(world):
    item = world.receive("", media=encode(VCARD, "text/vcard", name="p.vcf"))
    assert item.kind == "contacts"
    assert world.fetch(item.media[0]).body == VCARD


def test_api_key_sends(world):
    key = "SK" + "1" * 32
    world.register(api_keys={key: "standard"})
    world.sandbox.inbound()
    account = replace(
        world.account, auth_token="", api_key_sid=key, api_key_secret="standard"
    )
    world.deliver(account=account, text="Bon dia")


def test_status_of_a_message_is_asked_for(world):
    world.sandbox.inbound()
    gone = OutboundMedia(
        kind="image",
        url="http://127.0.0.1:9/x.png",
        mimetype="image/png",
        filename="x",
        size=1,
    )
    sent = world.send("image", media=gone)
    world.sandbox.wait_for_status(sent.provider_id, "failed")
    update = rest.fetch_status(world.client, world.account, sent.provider_id)
    assert update.failure.code == "63019"


# -- set-up ---------------------------------------------------------------------------


def test_sender_is_found_and_pointed_here(world):
    url = "http://127.0.0.1:9/elsewhere"
    asking = (world.client, world.account)
    sender = rest.find_sender(*asking, WIRE.number_id)
    rest.set_sender_webhook(*asking, sender["sid"], url)
    webhook = rest.find_sender(*asking, WIRE.number_id)["webhook"]
    assert (webhook["callback_url"], webhook["status_callback_url"]) == (url, url)
    assert rest.find_sender(*asking, "whatsapp:+1") is None


def test_service_is_pointed_here_as_the_sdk_sees(world):
    sid = "MG" + "3" * 32
    world.register(messaging_services={sid: {"senders": [NUMBER]}})
    asking = (world.client, WIRE.account)
    url = "https://odoo.example.com/x"
    assert not rest.leads_to(rest.fetch_service(*asking, sid), url)
    rest.set_service_webhook(*asking, sid, url)
    assert rest.leads_to(rest.fetch_service(*asking, sid), url)
    seen = make_client(world.sandbox, SID, TOKEN).messaging.v1.services(sid).fetch()
    assert (seen.inbound_request_url, seen.status_callback) == (url, url)
    assert not seen.use_inbound_webhook_on_number


# -- templates ------------------------------------------------------------------------


def test_sdk_lists_what_we_submitted(world, contents):
    state = world.submit()
    [found] = contents.content_and_approvals.list()
    assert (found.sid, found.language) == (state.template_id, "ca")
    samples = ("HT7", "Ana", "la factura", "t7")
    assert found.variables == {str(n): s for n, s in enumerate(samples, 1)}
    assert found.approval_requests["name"] == "ticket_update"


@pytest.mark.parametrize("lost", [1, 2, 3])
def test_answer_lost_on_the_way_costs_no_second_content(world, contents, lost):
    """Each submission makes a content, then asks for its approval."""
    with contextlib.suppress(http.NoAnswer):
        world.submit(client=Losing(world.client, lost))
    state = world.submit()
    assert [one.sid for one in contents.contents.list()] == [state.template_id]


def test_each_resubmission_is_a_new_content_with_a_new_name(world):
    """After a rejection, of the same text too, and of a version that comes later."""
    states = [world.submit()]
    better = replace(TEMPLATE, body="Hola {{name}}, {{ticket}} ja esta tot fet.")
    for template in (TEMPLATE, better):
        world.review("rejected", reason="SCAM")
        states.append(world.submit(template, states[-1].template_id))
    states.append(world.submit(replace(TEMPLATE, version=7)))
    assert [state.name for state in states] == [
        "ticket_update",
        "ticket_update_v2",
        "ticket_update_v3",
        "ticket_update_v7",
    ]
    assert {state.status for state in states} == {"pending"}
    assert len({state.template_id for state in states}) == 4


def test_refused_submission_leaves_nothing_behind(world, contents):
    with pytest.raises(http.ErrorAnswer) as refusal:
        world.submit(replace(TEMPLATE, variables=()))
    assert "sample" in refusal.value.failure.detail
    assert contents.contents.list() == []


def test_buttons_of_a_message_are_no_template(world):
    world.sandbox.inbound()
    world.deliver(**MESSAGES["buttons"].values)
    state = world.submit()
    [listed] = approval.list_states(world.client, world.account)
    assert listed.template_id == state.template_id


def test_lost_template_message_is_found_by_its_text(world):
    state = world.submit()
    world.review()
    since = datetime.now(timezone.utc)
    sent = world.send_template(state)
    outbound = world.build("template", template=world.fill(state))
    found = rest.find_status(world.client, world.account, outbound, since)
    assert found.message_id == sent.provider_id
