"""Our wire code and the sandbox's MessageBird and Bird, over real HTTP, without Odoo.

MessageBird's own SDK is held against both, as far as it goes: it has no ``/send`` and
no templates. For Bird Channels there is none: ``messagebird-sdk`` is for another
product, with other hosts, credentials, addresses, bodies, events and signatures (the
base's ``readme/DEVELOP.md`` has them side by side). What every provider's wire does
stands in ``test_every_wire_over_http.py``.
"""

from dataclasses import replace

import messagebird
import pytest
from messagebird.request_validator import RequestValidator
from sandbox_kit import CUSTOMER
from worlds import TEMPLATE, each_of

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    DOCUMENT,
    MESSAGES,
    PICTURE,
)
from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.items import Person, TemplatesChanged
from odoo.addons.whatsapp_connector.wire.outbound import Refused
from odoo.addons.whatsapp_connector.wire.webhook import InvalidSignature
from odoo.addons.whatsapp_connector_messagebird.tests import (
    cases_bird,
    cases_conversations,
)
from odoo.addons.whatsapp_connector_messagebird.wire import bird, conversations

CODE = {"MessageBird": conversations, "Bird": bird}
CHANNEL = cases_conversations.WIRE.number_id
KEY = cases_conversations.WIRE.account.signing_key
pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
both = each_of(cases_conversations.WIRE, cases_bird.WIRE)
of_messagebird = each_of(cases_conversations.WIRE)
of_bird = each_of(cases_bird.WIRE)


@pytest.fixture
def wire(world):
    """The wire code of the generation."""
    return CODE[world.wire.label]


# -- messages --------------------------------------------------------------------------


@both
def test_unknown_channel_is_the_accounts_business(world):
    result = world.send(text="x", number_id="nowhere")
    assert isinstance(result, Refused) and result.failure.scope == "account"


@both
def test_number_that_is_none_is_refused_with_their_words(world):
    result = world.send(text="x", person=Person(number="+1"))
    assert isinstance(result, Refused) and result.failure.scope == "message"
    assert result.failure.detail


@both
def test_status_of_a_message_is_asked_for(world, wire):
    world.sandbox.inbound()
    shown = world.deliver(text="Bon dia")
    asking = (world.client, world.account, world.wire.number_id)
    known = wire.fetch_status(*asking, shown["id"])
    assert (known.message_id, known.status) == (shown["id"], "delivered")
    assert not wire.fetch_status(*asking, "00000000-none")


# -- set-up ----------------------------------------------------------------------------


@both
def test_webhooks_are_configured_once(world, wire):
    world.register_without_webhooks()
    url = world.odoo.url("/new")
    asking = (world.client, world.account)
    channel = world.wire.number_id
    assert not wire.find_webhook(*asking, channel, url)
    for _again in range(7):
        wire.set_webhook(*asking, channel, url)
    assert wire.find_webhook(*asking, channel, url)
    assert not wire.find_webhook(*asking, "another channel", url)
    [call] = world.sandbox.inbound("Hola")["webhooks"]
    assert call["url"] == url
    assert world.read(call).text == "Hola"


@both
def test_account_and_channel_are_probed(world, wire):
    wire.probe_account(world.client, world.account)
    wire.probe_channel(world.client, world.account, world.wire.number_id)
    wrong = replace(world.account, access_key="other")
    with pytest.raises(http.ErrorAnswer) as raised:
        wire.probe_account(world.client, wrong)
    assert raised.value.failure.scope == "account"


# -- templates -------------------------------------------------------------------------


@of_messagebird
def test_name_that_others_use_is_left_to_them(world):
    theirs = world.submit(replace(TEMPLATE, body="Seu {{name}} {{ticket}} es."))
    ours = world.submit()
    assert theirs.name == "ticket_update" and ours.name == "ticket_update_v2"


@of_messagebird
def test_refused_template_tells_why(world):
    samples = tuple(replace(each, sample="") for each in TEMPLATE.variables)
    with pytest.raises(http.ErrorAnswer) as raised:
        world.submit(replace(TEMPLATE, variables=samples))
    assert "components.example" in raised.value.failure.detail


@of_bird
def test_template_needs_a_channel_of_the_workspace(world):
    world.account = replace(world.account, channel_ids=("elsewhere",))
    with pytest.raises(http.ErrorAnswer) as raised:
        world.submit()
    assert raised.value.failure.scope == "account"


@of_bird
def test_decision_about_a_template_is_told_to_subscribers(world):
    world.register_without_webhooks()
    bird.set_webhook(
        world.client, world.account, world.wire.number_id, world.webhook_url
    )
    world.submit()
    world.review()
    calls = world.sandbox.webhooks(2, kind="template")
    assert [world.read(call) for call in calls] == [TemplatesChanged()] * 2


# -- MessageBird's own SDK -------------------------------------------------------------


@pytest.fixture
def sdk(world, monkeypatch):
    """MessageBird's client, sent to the sandbox."""
    root = f"{world.sandbox.address}/conversations.messagebird.com/v1/"
    monkeypatch.setattr(messagebird.client, "CONVERSATION_API_ROOT", root)
    return messagebird.Client(world.account.access_key)


@of_messagebird
def test_sdk_starts_a_conversation_and_reads_it(world, sdk):
    world.receive()
    started = sdk.conversation_start(
        {
            "to": CUSTOMER,
            "channelId": CHANNEL,
            "type": "text",
            "content": {"text": "From the SDK"},
        }
    )
    [listed] = sdk.conversation_list().items
    assert listed.id == started.id
    assert sdk.conversation_read(started.id).lastUsedChannelId == CHANNEL
    texts = [
        each.content["text"]
        for each in sdk.conversation_list_messages(started.id).items
    ]
    assert texts == ["From the SDK", "Hola"]


@of_messagebird
def test_sdk_and_we_see_the_same_message(world, sdk):
    world.receive()
    shown = world.deliver(text="Bon dia")
    seen = sdk.conversation_read_message(shown["id"])
    assert (seen.direction, seen.channelId, seen.type) == ("sent", CHANNEL, "text")
    ours = conversations.fetch_status(world.client, world.account, CHANNEL, shown["id"])
    assert ours.status == seen.status == "delivered"


#: The intents as whoever uses the SDK writes them, which checks nothing: after
#: https://developers.messagebird.com/api/conversations/#messagecontent-object
WRITTEN = {
    "text": {"type": "text", "content": {"text": "Bon dia *Núria* 😀"}},
    "picture with caption": {
        "type": "image",
        "content": {"image": {"url": PICTURE.url, "caption": "Mira"}},
    },
    "document": {"type": "file", "content": {"file": {"url": DOCUMENT.url}}},
    "place without a name": {
        "type": "location",
        "content": {"location": {"latitude": -34.6, "longitude": -58.4}},
    },
    "buttons": {
        "type": "interactive",
        "content": {
            "interactive": {
                "type": "button",
                "body": {"text": "Va bé?"},
                "action": {
                    "buttons": [
                        {"type": "reply", "id": "y", "title": "Sí"},
                        {"type": "reply", "id": "n", "title": "No"},
                    ]
                },
            }
        },
    },
}


@of_messagebird
@pytest.mark.parametrize("name", WRITTEN)
def test_we_post_what_is_written_for_the_sdk(world, name):
    ours = world.wire.build(MESSAGES[name].get_outbound(world.wire), world.account)
    content = {part: ours.json[part] for part in ("type", "content")}
    assert content == WRITTEN[name]


@of_messagebird
@pytest.mark.parametrize("name", ["text", "place without a name", "buttons"])
def test_phone_shows_the_same_whether_the_sdk_or_we_sent_it(world, sdk, name):
    """By the conversation, as the SDK does, or by ``/send``, which it hasn't."""
    world.receive()
    [conversation] = sdk.conversation_list().items
    message = sdk.conversation_create_message(conversation.id, WRITTEN[name])
    theirs = world.sandbox.wait_for_status(message.id, "delivered")
    shown = world.deliver(**MESSAGES[name].values)
    for part in ("kind", "text", "options", "location"):
        assert shown[part] == theirs[part]


@of_messagebird
def test_sdk_sees_the_webhook_that_we_made(world, sdk):
    world.register_without_webhooks()
    url = "http://127.0.0.1:9/sdk"
    conversations.set_webhook(world.client, world.account, CHANNEL, url)
    [webhook] = sdk.conversation_list_webhooks().items
    assert (webhook.url, webhook.channelId) == (url, CHANNEL)
    sdk.conversation_update_webhook(webhook.id, {"status": "disabled"})
    asking = (world.client, world.account, CHANNEL, url)
    assert not conversations.find_webhook(*asking)
    conversations.set_webhook(*asking)
    assert sdk.conversation_read_webhook(webhook.id).status == "enabled"
    sdk.conversation_delete_webhook(webhook.id)
    assert not conversations.find_webhook(*asking)


@of_messagebird
def test_sdk_accepts_what_the_sandbox_signs(world):
    [call] = world.sandbox.inbound("Núria 🌻")["webhooks"]
    token = call["headers"]["MessageBird-Signature-JWT"]
    body = call["body"].encode()
    RequestValidator(KEY).validate_signature(token, call["url"], body)


@of_messagebird
def test_former_signature_counts_where_it_was_chosen(world):
    world.register(signature="hmac")
    with pytest.raises(InvalidSignature):
        world.receive()
    world.account = replace(world.account, accepts_hmac=True)
    assert world.receive().text == "Hola"
