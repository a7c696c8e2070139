"""Our wire code and the sandbox's MessageBird and Bird, over real HTTP, without Odoo.

The sandbox was written apart from it. MessageBird's own SDK is held against both, as
far as it goes: it has no ``/send`` and no templates. For Bird Channels there is none:
``messagebird-sdk`` is for another product, with other hosts, credentials, addresses,
bodies, events and signatures (the base's ``readme/DEVELOP.md`` has them side by side).
"""

import base64
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import messagebird
import pytest
from messagebird.request_validator import RequestValidator
from messagebird_kit import (
    BIRD_CHANNEL,
    CHANNEL,
    GENERATIONS,
    KEY,
    WORKSPACE,
    make_account,
)
from sandbox_kit import BUSINESS, CUSTOMER, Sandbox, start_sandbox, stop_process

from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.items import Location, Media, Person
from odoo.addons.whatsapp_connector.wire.outbound import (
    Accepted,
    Button,
    ListRow,
    OutboundMessage,
    OutcomeUnknown,
    Refused,
    TryLater,
)
from odoo.addons.whatsapp_connector.wire.template import (
    OutboundTemplate,
    Template,
    TemplateButton,
    TemplateValue,
    TemplateVariable,
)
from odoo.addons.whatsapp_connector.wire.webhook import (
    InvalidSignature,
    WebhookRequest,
)
from odoo.addons.whatsapp_connector_messagebird.wire import bird, conversations
from odoo.addons.whatsapp_connector_messagebird.wire.account import is_file_host

WIRES = {"conversations": conversations, "bird": bird}
CHANNELS = {"conversations": CHANNEL, "bird": BIRD_CHANNEL}
WEBHOOK = "http://127.0.0.1:9/whatsapp/webhook/key"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
pytestmark = pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")


@pytest.fixture(scope="module")
def address():
    process, address = start_sandbox()
    yield address
    stop_process(process)


class World:
    """One generation: its sandbox, our account there, our client."""

    def __init__(self, address, generation):
        self.generation = generation
        self.address = address
        self.wire = WIRES[generation]
        self.channel = CHANNELS[generation]
        self.sandbox = Sandbox(address)
        self.client = http.HttpClient(redirect_url=address)
        self.account = make_account(generation)
        self.sandbox.post("/control/reset")
        self.sandbox.post("/control/settings", send_delay=0.01, deliver_delay=0.02)
        self.register()

    def register(self, webhook_url=WEBHOOK, **more):
        channel = {"number": BUSINESS, "id": self.channel, "signing_key": KEY}
        if webhook_url:
            channel["webhook_url"] = webhook_url
        name = "bird" if self.generation == "bird" else "messagebird"
        self.sandbox.post(
            f"/control/{name}/accounts",
            access_key=self.account.access_key,
            signing_key=KEY,
            workspace_id=WORKSPACE,
            channels=[channel],
            **more,
        )

    def read(self, call):
        """A call that the sandbox made, verified and parsed by us."""
        webhook = WebhookRequest(
            method="POST",
            url=call["url"],
            headers={name.lower(): value for name, value in call["headers"].items()},
            body=call["body"].encode(),
        )
        self.wire.verify(webhook, self.account)
        return self.wire.parse(webhook)

    def receive(self, text="Hola", **more):
        """A customer's message, as we read it, and as the sandbox has it."""
        sent = self.sandbox.inbound(text, **more)
        [call] = self.sandbox.webhooks(1, message=sent["id"])
        [message] = self.read(call)
        return message, sent

    def build(self, kind="text", **values):
        known = {
            "reference": "our-ref_1",
            "number": BUSINESS,
            "number_id": self.channel,
            "person": Person(number=CUSTOMER),
            "kind": kind,
            "status_url": f"{WEBHOOK}?ref=our-ref_1",
        }
        return OutboundMessage(**{**known, **values})

    def send(self, kind="text", **values):
        request = self.wire.build(self.build(kind, **values), self.account)
        if isinstance(request, Refused):
            return request
        answer = http.run(self.client, request)
        is_answer = isinstance(answer, http.HttpResponse)
        return self.wire.read(answer) if is_answer else answer

    def statuses(self, message_id, count):
        calls = self.sandbox.webhooks(count, message=message_id, kind="status")
        return [self.read(call)[-1] for call in calls]


@pytest.fixture(params=GENERATIONS)
def world(address, request):
    return World(address, request.param)


@pytest.fixture
def legacy(address):
    return World(address, "conversations")


def tap(sent, title, payload):
    """What the phone sends when a button is tapped."""
    choice = {"id": payload, "title": title}
    return {"kind": "choice", "choice": choice, "reply_to": sent.provider_id}


# -- in --------------------------------------------------------------------------------


def test_text_arrives_signed_and_reads_as_written(world):
    message, sent = world.receive("Hola, núria 🌻\nadéu")
    assert message.text == "Hola, núria 🌻\nadéu"
    assert (message.message_id, message.number_id) == (sent["id"], world.channel)
    assert message.person.number == CUSTOMER
    assert abs(message.sent_at.timestamp() - sent["at"]) <= 1


def test_person_without_number_has_a_user_id(world):
    contact = {"user_id": "ES.448049191893069", "username": "pau", "name": "Pau"}
    message, _sent = world.receive(contact={**contact})
    assert (message.person.number, message.person.user_id) == (
        None,
        "ES.448049191893069",
    )


def test_file_is_fetched_with_our_key_from_their_host_only(world):
    media = {
        "base64": base64.b64encode(PIXEL).decode(),
        "content_type": "image/png",
        "name": "foto.png",
    }
    message, _sent = world.receive("La pantalla", kind="image", media=media)
    assert (message.kind, message.text) == ("image", "La pantalla")
    [file] = message.media
    request = world.wire.media_request(world.account, file)
    answer = world.client.fetch(request, hosts=is_file_host, limit=10_000)
    assert (answer.status, answer.body) == (200, PIXEL)
    foreign = world.wire.media_request(world.account, Media(url="https://x.org/a.png"))
    assert "Authorization" not in foreign.headers
    with pytest.raises(http.ForbiddenHost):
        world.client.fetch(foreign, hosts=is_file_host, limit=10)


@pytest.mark.parametrize(
    "url",
    [
        "http://media.messagebird.com/v1/media/1",
        "https://media.messagebird.com.evil.org/v1/media/1",
        "https://evil.org/?x=.messagebird.com",
        "https://user@media.messagebird.com/v1/media/1",
        "https://media.messagebird.com:8443/v1/media/1",
        "https://media.messagebird.com:x/",
        "https://messagebird.com@evil.org/",
        "https://[",
    ],
)
def test_our_key_goes_nowhere_else(url):
    request = conversations.media_request(make_account(), Media(url=url))
    assert "Authorization" not in request.headers


def test_location_arrives(world):
    message, _sent = world.receive(
        "", kind="location", location={"latitude": 41.4, "longitude": 2.2}
    )
    assert (message.location.latitude, message.location.longitude) == (41.4, 2.2)


def test_tapped_button_and_picked_row_arrive(world):
    world.receive()
    buttons = (Button(title="Sí", payload="yes"), Button(title="No", payload="no"))
    sent = world.send("buttons", text="Tot bé?", buttons=buttons)
    world.sandbox.wait_for_status(sent.provider_id, "delivered")
    message, _sent = world.receive("", **tap(sent, "Sí", "yes"))
    assert message.kind == "button_reply"
    assert (message.choice.title, message.choice.payload) == ("Sí", "yes")


# -- out -------------------------------------------------------------------------------


def test_text_is_delivered_and_its_statuses_find_it(world):
    world.receive()
    sent = world.send(text="Bon dia 🌻")
    assert isinstance(sent, Accepted)
    shown = world.sandbox.wait_for_status(sent.provider_id, "delivered")
    assert (shown["text"], shown["kind"]) == ("Bon dia 🌻", "text")
    statuses = world.statuses(sent.provider_id, 2)
    assert {each.status for each in statuses} >= {"sent", "delivered"}
    assert {each.reference for each in statuses} == {"our-ref_1"}
    assert {each.message_id for each in statuses} == {sent.provider_id}


def test_read_message_is_told(world):
    world.receive()
    world.sandbox.post("/control/settings", read_delay=0.01)
    sent = world.send(text="Bon dia")
    world.sandbox.wait_for_status(sent.provider_id, "read")
    last = world.statuses(sent.provider_id, 3)[-1]
    assert (last.status, last.reference) == ("read", "our-ref_1")


def test_quote_reaches_the_phone(world):
    question, _sent = world.receive("Quan?")
    sent = world.send(text="Demà", quoted_id=question.message_id)
    shown = world.sandbox.wait_for_status(sent.provider_id, "delivered")
    assert shown["reply_to"] == question.message_id


def test_every_kind_reaches_the_phone(world):
    world.receive()
    rows = (ListRow(title="Demà", payload="r1"), ListRow(title="Dijous", payload="r2"))
    place = Location(latitude=41.4, longitude=2.2, name="La botiga")
    for kind, values, shown_as in (
        ("location", {"location": place}, "location"),
        ("list", {"text": "Quan?", "list_label": "Tria", "rows": rows}, "list"),
        ("buttons", {"text": "?", "buttons": (Button(title="a", payload="b"),)}, None),
    ):
        sent = world.send(kind, **values)
        shown = world.sandbox.wait_for_status(sent.provider_id, "delivered")
        assert shown["kind"] == (shown_as or kind)
    assert shown["options"][0]["id"] == "b"


def test_closed_window_fails_later_and_says_so(world):
    sent = world.send(text="Bon dia")
    world.sandbox.wait_for_status(sent.provider_id, "failed")
    failure = world.statuses(sent.provider_id, 1)[-1].failure
    assert (failure.code, failure.scope) == ("131047", "window")


def test_wrong_key_and_unknown_channel_are_the_accounts_business(world):
    world.receive()
    wrong = replace(world.account, access_key="other")
    request = world.wire.build(world.build(text="x"), wrong)
    result = world.wire.read(http.run(world.client, request))
    assert result.failure.scope == "account"
    result = world.send(text="x", number_id="nowhere")
    assert isinstance(result, Refused) and result.failure.scope == "account"


def test_number_that_is_none_is_refused_with_their_words(world):
    result = world.send(text="x", person=Person(number="+1"))
    assert isinstance(result, Refused) and result.failure.scope == "message"
    assert result.failure.detail


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ({"effect": "answer", "status": 429, "retry_after": 7}, TryLater),
        ({"effect": "answer", "status": 503}, TryLater),
        ({"effect": "answer", "status": 500}, OutcomeUnknown),
        ({"effect": "reset", "taken": True}, OutcomeUnknown),
    ],
)
def test_trouble_is_sorted(world, fault, outcome):
    world.receive()
    world.sandbox.post("/control/faults", on="send", **fault)
    assert isinstance(world.send(text="x"), outcome)


def test_lost_message_is_found_by_our_reference(world):
    world.receive()
    world.sandbox.post("/control/faults", on="send", effect="reset", taken=True)
    outbound = world.build(text="Bon dia")
    since = datetime.now(timezone.utc) - timedelta(seconds=5)
    assert isinstance(world.send(text="Bon dia"), OutcomeUnknown)
    found = world.wire.find_status(world.client, world.account, outbound, since)
    assert found.reference == "our-ref_1"
    known = world.wire.fetch_status(
        world.client, world.account, world.channel, found.message_id
    )
    assert known.message_id == found.message_id
    other = replace(outbound, reference="never-sent")
    assert not world.wire.find_status(world.client, world.account, other, since)
    assert not world.wire.fetch_status(
        world.client, world.account, world.channel, "00000000-none"
    )


def test_what_came_while_we_were_away_is_fetched(world):
    since = datetime.now(timezone.utc) - timedelta(seconds=5)
    world.register(webhook_url=None)
    for number in range(25):
        world.sandbox.inbound(f"Hola {number}")
    world.send(text="x")
    found = world.wire.list_inbound(world.client, world.account, world.channel, since)
    assert [each.text for each in found] == [f"Hola {n}" for n in range(25)]
    later = datetime.now(timezone.utc) + timedelta(seconds=5)
    assert not world.wire.list_inbound(
        world.client, world.account, world.channel, later
    )


# -- set-up ----------------------------------------------------------------------------


def test_webhooks_are_configured_once(world):
    world.register(webhook_url=None)
    channel, url = world.channel, "http://127.0.0.1:9/new"
    asking = (world.client, world.account, channel, url)
    assert not world.wire.find_webhook(*asking)
    for _again in range(7):
        world.wire.set_webhook(*asking)
    assert world.wire.find_webhook(*asking)
    assert not world.wire.find_webhook(*asking[:2], "another channel", url)
    sent = world.sandbox.inbound("Hola")
    [call] = world.sandbox.webhooks(1, message=sent["id"])
    assert call["url"] == url
    assert world.read(call)[0].text == "Hola"


def test_account_and_channel_are_probed(world):
    world.wire.probe_account(world.client, world.account)
    world.wire.probe_channel(world.client, world.account, world.channel)
    wrong = replace(world.account, access_key="other")
    with pytest.raises(http.ErrorAnswer) as raised:
        world.wire.probe_account(world.client, wrong)
    assert raised.value.failure.scope == "account"


# -- templates -------------------------------------------------------------------------

TEMPLATE = Template(
    name="ticket_update",
    language="pt_BR",
    category="utility",
    header="text",
    header_text="Ticket {{1}}",
    body="Hello {{name}}, your ticket {{ticket}} has news.",
    footer="Helpdesk",
    buttons=(
        TemplateButton(kind="quick_reply", text="Read it", payload="read-it"),
        TemplateButton(kind="url", text="Open", url="https://x.example/{{1}}"),
    ),
    variables=(
        TemplateVariable(place="header", name="1", sample="HT1"),
        TemplateVariable(place="body", name="name", sample="Ana"),
        TemplateVariable(place="body", name="ticket", sample="HT1"),
        TemplateVariable(place="button:1", name="1", sample="t1"),
    ),
)
VALUES = (
    TemplateValue(place="header", name="1", value="HT42"),
    TemplateValue(place="body", name="name", value="Núria"),
    TemplateValue(place="body", name="ticket", value="HT42"),
    TemplateValue(place="button:1", name="1", value="t42"),
)


def submit(world, template=TEMPLATE, previous_id=None):
    return world.wire.submit(world.client, world.account, template, previous_id)


def review(world, status, **more):
    """Decide about the newest submission."""
    newest = world.sandbox.get("/control/templates")["templates"][0]
    path = f"/control/templates/{newest['id']}/review"
    return world.sandbox.post(path, status=status, **more)


def list_states(world):
    return world.wire.list_states(world.client, world.account)


def send_template(world, state, template=TEMPLATE, values=VALUES):
    sent = OutboundTemplate(
        template_id=state.template_id, template=template, values=values
    )
    return world.send("template", template=sent)


def test_template_is_written_approved_sent_and_tapped(world):
    state = submit(world)
    assert (state.status, state.name, state.language) == (
        "pending",
        "ticket_update",
        "pt_BR",
    )
    shown = world.sandbox.get("/control/templates")["templates"][0]
    assert "Ana" in shown["body"] and shown["header"] == "Ticket HT1"
    review(world, "approved")
    [listed] = list_states(world)
    assert (listed.template_id, listed.status) == (state.template_id, "approved")
    # Nobody has written in the last 24 hours.
    sent = send_template(world, listed)
    shown = world.sandbox.wait_for_status(sent.provider_id, "delivered")
    assert shown["text"] == "Hello Núria, your ticket HT42 has news."
    assert (shown["header"], shown["footer"]) == ("Ticket HT42", "Helpdesk")
    urls = [each["value"] for each in shown["options"] if each["kind"] == "url"]
    assert urls == ["https://x.example/t42"]
    message, _sent = world.receive("", **tap(sent, "Read it", "read-it"))
    assert (message.kind, message.choice.payload) == ("button_reply", "read-it")


def test_submitting_again_finds_what_was_created(world):
    first = submit(world)
    assert submit(world).template_id == first.template_id
    assert len(world.sandbox.get("/control/templates")["templates"]) == 1


@pytest.mark.parametrize("on", [1, 2, 3, 4])
def test_answer_lost_on_the_way_costs_no_second_template(world, on):
    """Whichever request it is whose answer is lost."""
    for _before in range(on - 1):
        world.sandbox.post("/control/faults", on="api", effect="hang", seconds=0)
    world.sandbox.post("/control/faults", on="api", effect="reset", taken=True)
    try:
        submit(world)
    except (http.NoAnswer, http.NotSent, http.ErrorAnswer):
        pass
    world.sandbox.call("DELETE", "/control/faults")
    state = submit(world)
    assert state.status == "pending"
    assert len(world.sandbox.get("/control/templates")["templates"]) == 1


def test_rejected_template_is_corrected(world):
    state = submit(world)
    review(world, "rejected", reason="INVALID_FORMAT")
    [listed] = list_states(world)
    assert (listed.status, listed.reason) == ("rejected", "INVALID_FORMAT")
    better = replace(TEMPLATE, body="Good day {{name}}, ticket {{ticket}} has news.")
    again = submit(world, better, state.template_id)
    assert again.status == "pending"
    review(world, "approved")
    states = {each.template_id: each.status for each in list_states(world)}
    assert states[again.template_id] == "approved"
    sent = send_template(world, again, better)
    shown = world.sandbox.wait_for_status(sent.provider_id, "delivered")
    assert shown["text"].startswith("Good day Núria")


def test_same_text_may_be_submitted_once_more_after_a_rejection(world):
    state = submit(world)
    review(world, "rejected", reason="ABUSIVE_CONTENT")
    assert submit(world, TEMPLATE, state.template_id).status == "pending"


def test_former_version_stays_in_use_while_the_next_is_reviewed(world):
    former = submit(world)
    review(world, "approved")
    better = replace(TEMPLATE, body="Bye {{name}}, {{ticket}} is done.", version=2)
    following = submit(world, better)
    assert following.template_id != former.template_id
    sent = send_template(world, former)
    world.sandbox.wait_for_status(sent.provider_id, "delivered")
    states = {each.template_id: each.status for each in list_states(world)}
    assert states == {former.template_id: "approved", following.template_id: "pending"}


@pytest.mark.parametrize("status", ["paused", "disabled", "pending"])
def test_template_that_is_out_of_use_fails(world, status):
    state = submit(world)
    review(world, status)
    [listed] = list_states(world)
    assert listed.status == status
    sent = send_template(world, state)
    world.sandbox.wait_for_status(sent.provider_id, "failed")
    code = {"paused": "132015", "disabled": "132016"}.get(status, "132001")
    assert world.statuses(sent.provider_id, 1)[-1].failure.code == code


def test_granted_category_is_told(world):
    submit(world)
    review(world, "approved", category="marketing")
    assert list_states(world)[0].category == "marketing"


def test_listed_template_reads_as_it_was_written(world):
    submit(world)
    [state] = list_states(world)
    content = state.content
    assert not state.partial
    assert (content.name, content.language) == ("ticket_update", "pt_BR")
    assert (content.category, content.footer) == ("utility", "Helpdesk")
    assert {each.sample for each in content.variables} == {"HT1", "Ana", "t1"}
    assert {each.kind for each in content.buttons} == {"quick_reply", "url"}
    assert content.body.startswith("Hello {{") and content.header == "text"


def test_template_of_several_pages_are_all_listed(world):
    for number in range(45):
        submit(world, replace(TEMPLATE, name=f"template_{number}"))
    names = {each.name for each in list_states(world)}
    assert names == {f"template_{number}" for number in range(45)}


def test_one_language_is_deleted(world):
    state = submit(world)
    other = submit(world, replace(TEMPLATE, language="ca"))
    for _again in range(2):
        world.wire.delete(world.client, world.account, state.template_id)
    assert [each.template_id for each in list_states(world)] == [other.template_id]


def test_name_that_others_use_is_left_to_them(legacy):
    theirs = submit(legacy, replace(TEMPLATE, body="Theirs {{name}} {{ticket}}."))
    ours = submit(legacy)
    assert theirs.name == "ticket_update" and ours.name == "ticket_update_v2"


def test_refused_template_tells_why(legacy):
    samples = tuple(replace(each, sample="") for each in TEMPLATE.variables)
    with pytest.raises(http.ErrorAnswer) as raised:
        submit(legacy, replace(TEMPLATE, variables=samples))
    assert "components.example" in raised.value.failure.detail


def test_bird_needs_a_channel_of_the_workspace(address):
    world = World(address, "bird")
    world.account = replace(world.account, channel_ids=("elsewhere",))
    with pytest.raises(http.ErrorAnswer) as raised:
        submit(world)
    assert raised.value.failure.scope == "account"


# -- MessageBird's own SDK -------------------------------------------------------------


@pytest.fixture
def sdk(legacy, monkeypatch):
    """MessageBird's client, sent to the sandbox."""
    root = f"{legacy.address}/conversations.messagebird.com/v1/"
    monkeypatch.setattr(messagebird.client, "CONVERSATION_API_ROOT", root)
    return messagebird.Client(legacy.account.access_key)


def test_sdk_starts_a_conversation_and_reads_it(legacy, sdk):
    legacy.receive()
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


def test_sdk_and_we_see_the_same_message(legacy, sdk):
    legacy.receive()
    sent = legacy.send(text="Bon dia")
    legacy.sandbox.wait_for_status(sent.provider_id, "delivered")
    seen = sdk.conversation_read_message(sent.provider_id)
    assert (seen.direction, seen.channelId, seen.type) == ("sent", CHANNEL, "text")
    ours = conversations.fetch_status(
        legacy.client, legacy.account, CHANNEL, sent.provider_id
    )
    assert ours.status == seen.status == "delivered"


def test_sdk_and_we_send_the_same_content(legacy, sdk):
    """What we post to ``/send`` is what the SDK posts within a conversation."""
    legacy.receive()
    [conversation] = sdk.conversation_list().items
    place = Location(latitude=41.4, longitude=2.2)
    for kind, values in (
        ("text", {"text": "Bon dia"}),
        ("location", {"location": place}),
        ("buttons", {"text": "?", "buttons": (Button(title="a", payload="b"),)}),
    ):
        ours = legacy.wire.build(legacy.build(kind, **values), legacy.account).json
        message = sdk.conversation_create_message(
            conversation.id, {"type": ours["type"], "content": ours["content"]}
        )
        sent = legacy.send(kind, **values)
        shown, theirs = (
            legacy.sandbox.wait_for_status(each, "delivered")
            for each in (sent.provider_id, message.id)
        )
        for name in ("kind", "text", "options", "location"):
            assert shown[name] == theirs[name]


def test_sdk_sees_the_webhook_that_we_made(legacy, sdk):
    legacy.register(webhook_url=None)
    url = "http://127.0.0.1:9/sdk"
    conversations.set_webhook(legacy.client, legacy.account, CHANNEL, url)
    [webhook] = sdk.conversation_list_webhooks().items
    assert (webhook.url, webhook.channelId) == (url, CHANNEL)
    sdk.conversation_update_webhook(webhook.id, {"status": "disabled"})
    asking = (legacy.client, legacy.account, CHANNEL, url)
    assert not conversations.find_webhook(*asking)
    conversations.set_webhook(*asking)
    assert sdk.conversation_read_webhook(webhook.id).status == "enabled"
    sdk.conversation_delete_webhook(webhook.id)
    assert not conversations.find_webhook(*asking)


def test_sdk_accepts_what_the_sandbox_signs(legacy):
    sent = legacy.sandbox.inbound("Núria 🌻")
    [call] = legacy.sandbox.webhooks(1, message=sent["id"])
    token = call["headers"]["MessageBird-Signature-JWT"]
    body = call["body"].encode()
    RequestValidator(KEY).validate_signature(token, call["url"], body)


def test_former_signature_counts_where_it_was_chosen(legacy):
    legacy.register(signature="hmac")
    with pytest.raises(InvalidSignature):
        legacy.receive()
    legacy.account = replace(legacy.account, accepts_hmac=True)
    assert legacy.receive()[0].text == "Hola"
