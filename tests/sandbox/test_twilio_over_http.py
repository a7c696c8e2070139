"""Our wire code and the sandbox's Twilio, over real HTTP and without Odoo.

The sandbox was written apart from it, and Twilio's own SDK is held against both.
"""

import base64
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from sandbox_kit import (
    ACCOUNT,
    BUSINESS,
    CUSTOMER,
    TOKEN,
    Sandbox,
    make_client,
    start_sandbox,
    stop_process,
)
from twilio_kit import make_account

from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.items import Location, Person
from odoo.addons.whatsapp_connector.wire.outbound import (
    Accepted,
    Button,
    ListRow,
    OutboundMedia,
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
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest
from odoo.addons.whatsapp_connector_twilio.wire import (
    approval,
    parse,
    rest,
    send,
    signature,
)

OURS = f"whatsapp:{BUSINESS}"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
VCARD = b"BEGIN:VCARD\nVERSION:3.0\nFN:Pau\nTEL:+34600111222\nEND:VCARD\n"
WEBHOOK = "http://127.0.0.1:9/whatsapp/webhook/key"
STATUS_URL = f"{WEBHOOK}?ref=our-ref_1"


@pytest.fixture(scope="module")
def address():
    process, address = start_sandbox()
    yield address
    stop_process(process)


@pytest.fixture
def sandbox(address):
    sandbox = Sandbox(address)
    sandbox.post("/control/reset")
    sandbox.post("/control/settings", send_delay=0.01, deliver_delay=0.02)
    sender = {
        "number": BUSINESS,
        "name": "Acme",
        "webhook_url": WEBHOOK,
        "status_callback_url": WEBHOOK,
    }
    sandbox.post(
        "/control/twilio/accounts",
        account_sid=ACCOUNT,
        auth_token=TOKEN,
        api_keys={"SK" + "1" * 32: "standard"},
        senders=[sender],
    )
    return sandbox


@pytest.fixture
def client(address):
    return http.HttpClient(redirect_url=address)


@pytest.fixture
def twilio():
    return make_account(sid=ACCOUNT, auth_token=TOKEN)


def read(call, twilio):
    """A call that the sandbox made, verified and parsed by us."""
    webhook = WebhookRequest(
        method="POST",
        url=call["url"],
        headers={name.lower(): value for name, value in call["headers"].items()},
        body=call["body"].encode(),
    )
    signature.verify(webhook, twilio)
    [item] = parse.parse(webhook)
    return item


def make_outbound(kind="text", **values):
    return OutboundMessage(
        **{
            "reference": "our-ref_1",
            "number": BUSINESS,
            "number_id": OURS,
            "person": Person(number=CUSTOMER),
            "kind": kind,
            "status_url": STATUS_URL,
            **values,
        }
    )


def post(client, twilio, outbound):
    result = http.run(client, send.build(outbound, twilio))
    return send.read(result) if isinstance(result, http.HttpResponse) else result


# -- in -------------------------------------------------------------------------------


def encode(content, content_type, **values):
    data = base64.b64encode(content).decode()
    return {"base64": data, "content_type": content_type, **values}


@pytest.mark.parametrize(
    "sent, kind",
    [
        ({"text": "Hola *món* 😀\n+1"}, "text"),
        ({"text": "Mira", "media": encode(PIXEL, "image/png")}, "image"),
        ({"media": encode(b"OggS", "audio/ogg"), "kind": "voice"}, "voice"),
        ({"media": encode(b"%PDF-", "application/pdf", name="a.pdf")}, "document"),
        ({"media": encode(VCARD, "text/vcard", name="p.vcf")}, "contacts"),
        ({"kind": "contacts", "cards": [{"name": "Pau", "phone": "+346"}]}, "contacts"),
        (
            {
                "kind": "location",
                "location": {"latitude": 41.4, "longitude": 2.17, "name": "Casa"},
            },
            "location",
        ),
    ],
)
def test_what_a_customer_sends_is_verified_and_read(sandbox, twilio, sent, kind):
    message = sandbox.inbound(**{"text": "", **sent})
    item = read(message["webhooks"][0], twilio)
    assert (item.kind, item.number_id) == (kind, OURS)
    assert item.person.number == CUSTOMER
    assert item.message_id == message["id"]
    assert item.text == sent.get("text", "")


def test_file_of_a_customer_is_fetched(sandbox, client, twilio):
    media = encode(PIXEL, "image/png")
    message = sandbox.inbound("", media=media)
    [file] = read(message["webhooks"][0], twilio).media
    answer = client.fetch(
        rest.media_request(twilio, file), hosts=rest.is_file_host, limit=1000
    )
    assert answer.body == PIXEL


def test_customer_without_a_number_is_answered_by_id(sandbox, client, twilio):
    message = sandbox.inbound(contact={"user_id": "ES.448049191", "name": "Ni"})
    person = read(message["webhooks"][0], twilio).person
    assert person == Person(user_id="ES.448049191", name="Ni")
    assert isinstance(
        post(client, twilio, make_outbound(text="Hi", person=person)), Accepted
    )


# -- out ------------------------------------------------------------------------------

OUTBOUND = {
    "text": make_outbound(text="Bon dia *Núria*\n😀"),
    "location": make_outbound(
        "location", location=Location(latitude=41.4, longitude=2.17, name="Casa")
    ),
    "buttons": make_outbound(
        "buttons", text="Va bé?", buttons=(Button(title="Sí", payload="y"),)
    ),
    "list": make_outbound(
        "list",
        text="Quan?",
        list_label="Tria",
        rows=(ListRow(title="Dilluns", payload="1"),),
    ),
}


@pytest.mark.parametrize("outbound", OUTBOUND.values(), ids=OUTBOUND)
def test_message_arrives_and_its_statuses_carry_our_reference(
    sandbox, client, twilio, outbound
):
    sandbox.inbound()
    result = post(client, twilio, outbound)
    sandbox.wait_for_status(result.provider_id, "delivered")
    sandbox.post("/control/read", business=BUSINESS, contact=CUSTOMER)
    calls = sandbox.webhooks(3, kind="status", message=result.provider_id)
    updates = [read(call, twilio) for call in calls]
    assert [update.status for update in updates] == ["sent", "delivered", "read"]
    assert {update.reference for update in updates} == {"our-ref_1"}
    assert {update.message_id for update in updates} == {result.provider_id}


def test_tapped_button_comes_back_with_its_payload(sandbox, client, twilio):
    sandbox.inbound()
    sent = post(client, twilio, OUTBOUND["buttons"])
    sandbox.wait_for_status(sent.provider_id, "delivered")
    message = sandbox.inbound(
        "", kind="choice", choice={"id": "y", "title": "Sí"}, reply_to=sent.provider_id
    )
    item = read(message["webhooks"][0], twilio)
    assert (item.kind, item.choice.payload) == ("button_reply", "y")
    assert item.quoted_id == sent.provider_id


def test_free_text_outside_the_window_fails_with_the_reason(sandbox, client, twilio):
    sent = post(client, twilio, OUTBOUND["text"])
    sandbox.wait_for_status(sent.provider_id, "failed")
    [call] = sandbox.webhooks(1, kind="status")
    failure = read(call, twilio).failure
    assert (failure.code, failure.scope) == ("63016", "window")


def test_api_key_sends(sandbox, client, twilio):
    sandbox.inbound()
    key = make_account(
        sid=ACCOUNT, api_key_sid="SK" + "1" * 32, api_key_secret="standard"
    )
    assert isinstance(post(client, key, OUTBOUND["text"]), Accepted)


def test_wrong_token_is_refused_for_the_whole_account(sandbox, client):
    wrong = make_account(sid=ACCOUNT, auth_token="wrong")
    result = post(client, wrong, OUTBOUND["text"])
    assert isinstance(result, Refused)
    assert (result.failure.code, result.failure.scope) == ("20003", "account")


def test_picture_is_taken_by_its_address(sandbox, client, twilio):
    sandbox.inbound()
    media = OutboundMedia(
        kind="image", url=f"{WEBHOOK}/x.png", mimetype="image/png", filename="x", size=1
    )
    sent = post(client, twilio, make_outbound("image", media=media, text="Mira"))
    sandbox.wait_for_status(sent.provider_id, "failed")
    update = rest.fetch_status(client, twilio, sent.provider_id)
    assert update.failure.code == "63019"


@pytest.mark.parametrize(
    "fault, result",
    [
        ({"status": 429, "retry_after": 3}, TryLater),
        ({"status": 503}, TryLater),
        ({"status": 500}, OutcomeUnknown),
    ],
)
def test_fault_of_twilio_has_its_verdict(sandbox, client, twilio, fault, result):
    sandbox.inbound()
    sandbox.post("/control/faults", on="send", effect="answer", **fault)
    assert isinstance(post(client, twilio, OUTBOUND["text"]), result)


# -- asking ---------------------------------------------------------------------------


def test_lost_message_is_found_again(sandbox, client, twilio):
    sandbox.inbound()
    since = datetime.now(timezone.utc)
    sent = post(client, twilio, OUTBOUND["text"])
    sandbox.wait_for_status(sent.provider_id, "delivered")
    found = rest.find_status(client, twilio, OUTBOUND["text"], since)
    assert (found.message_id, found.status) == (sent.provider_id, "delivered")
    assert rest.find_status(client, twilio, OUTBOUND["list"], since) is None


def test_what_came_in_during_an_outage_is_fetched(sandbox, client, twilio):
    since = datetime.now(timezone.utc) - timedelta(seconds=1)
    first = sandbox.inbound("Primer")["id"]
    second = sandbox.inbound("", media=encode(PIXEL, "image/png"))["id"]
    messages = rest.list_inbound(client, twilio, OURS, since)
    assert [(m.message_id, m.kind) for m in messages] == [
        (first, "text"),
        (second, "image"),
    ]
    assert all(message.sent_at >= since for message in messages)


def test_sender_is_found_and_pointed_here(sandbox, client, twilio):
    url = "http://127.0.0.1:9/elsewhere"
    sender = rest.find_sender(client, twilio, OURS)
    rest.set_sender_webhook(client, twilio, sender["sid"], url)
    webhook = rest.find_sender(client, twilio, OURS)["webhook"]
    assert (webhook["callback_url"], webhook["status_callback_url"]) == (url, url)
    assert rest.find_sender(client, twilio, "whatsapp:+1") is None


def test_customer_sees_that_their_message_was_read(sandbox, client, twilio):
    message = sandbox.inbound()["id"]
    client.exchange(rest.build_mark_read(twilio, message))
    assert sandbox.wait_for_status(message, "read")


# -- templates ------------------------------------------------------------------------

TEMPLATE = Template(
    name="ticket_solved",
    language="ca",
    category="utility",
    header="text",
    header_text="Tiquet {{number}}",
    body="Hola {{1}}, el teu tiquet s'ha resolt. Gracies!",
    footer="Acme",
    buttons=(
        TemplateButton(kind="quick_reply", text="Gracies", payload="ticket_solved:0"),
        TemplateButton(kind="url", text="Obre", url="https://example.com/t/{{1}}"),
    ),
    variables=(
        TemplateVariable(place="header", name="number", sample="HT7"),
        TemplateVariable(place="body", name="1", sample="Ana"),
        TemplateVariable(place="button:1", name="1", sample="7-x"),
    ),
)
VALUES = (
    TemplateValue(place="header", name="number", value="HT8"),
    TemplateValue(place="body", name="1", value="Marc"),
    TemplateValue(place="button:1", name="1", value="8-y"),
)


def review(sandbox, state, status, **values):
    path = f"/control/templates/{state.template_id}/review"
    sandbox.post(path, status=status, **values)


def template_message(template_id):
    template = OutboundTemplate(
        template_id=template_id, template=TEMPLATE, values=VALUES
    )
    return make_outbound("template", template=template)


def test_template_is_submitted_reviewed_and_listed(sandbox, client, twilio):
    state = approval.submit(client, twilio, TEMPLATE)
    assert (state.status, state.name) == ("pending", "ticket_solved")
    review(sandbox, state, "rejected", reason="PROMOTIONAL", category="marketing")
    [listed] = approval.list_states(client, twilio)
    assert (listed.template_id, listed.status) == (state.template_id, "rejected")
    assert (listed.reason, listed.category) == ("PROMOTIONAL", "marketing")


def test_sdk_lists_what_we_submitted(sandbox, client, twilio):
    state = approval.submit(client, twilio, TEMPLATE)
    sdk = make_client(sandbox, ACCOUNT, TOKEN)
    [found] = sdk.content.v1.content_and_approvals.list()
    assert (found.sid, found.language) == (state.template_id, "ca")
    assert found.variables == {"1": "HT7", "2": "Ana", "3": "7-x"}
    assert found.approval_requests["name"] == "ticket_solved"


@pytest.mark.parametrize("lost", [1, 2])
def test_submission_after_a_lost_answer_finds_what_it_created(
    sandbox, client, twilio, lost
):
    """``lost``: which of the two requests got no answer."""

    class Losing:
        posts = 0

        def exchange(self, request):
            answer = client.exchange(request)
            self.posts += request.method == "POST"
            if request.method == "POST" and self.posts == lost:
                raise http.NoAnswer("reset")
            return answer

    with pytest.raises(http.NoAnswer):
        approval.submit(Losing(), twilio, TEMPLATE)
    state = approval.submit(client, twilio, TEMPLATE)
    assert state.status == "pending"
    contents = make_client(sandbox, ACCOUNT, TOKEN).content.v1.contents
    assert [one.sid for one in contents.list()] == [state.template_id]


def test_each_resubmission_is_a_new_content_with_a_new_name(sandbox, client, twilio):
    """After a rejection, of the same text too, and of a version that comes later."""
    states = [approval.submit(client, twilio, TEMPLATE)]
    for template in (TEMPLATE, replace(TEMPLATE, body="Hola {{1}}, ja esta tot fet.")):
        review(sandbox, states[-1], "rejected", reason="SCAM")
        previous = states[-1].template_id
        states.append(approval.submit(client, twilio, template, previous))
    states.append(approval.submit(client, twilio, replace(TEMPLATE, version=7)))
    assert [state.name for state in states] == [
        "ticket_solved",
        "ticket_solved_v2",
        "ticket_solved_v3",
        "ticket_solved_v7",
    ]
    assert {state.status for state in states} == {"pending"}
    assert len({state.template_id for state in states}) == 4


def test_refused_submission_leaves_nothing_behind(sandbox, client, twilio):
    unfit = replace(TEMPLATE, variables=())
    with pytest.raises(http.ErrorAnswer) as refusal:
        approval.submit(client, twilio, unfit)
    assert "sample" in refusal.value.failure.detail
    assert make_client(sandbox, ACCOUNT, TOKEN).content.v1.contents.list() == []


def test_all_pages_are_listed_and_our_buttons_are_not(
    sandbox, client, twilio, monkeypatch
):
    monkeypatch.setattr(approval, "PAGE_SIZE", 2)
    sandbox.inbound()
    post(client, twilio, OUTBOUND["buttons"])
    names = [f"t{n}" for n in range(5)]
    for name in names:
        approval.submit(client, twilio, replace(TEMPLATE, name=name))
    assert [one.name for one in approval.list_states(client, twilio)] == names


def test_template_is_deleted_once_and_for_all(sandbox, client, twilio):
    state = approval.submit(client, twilio, TEMPLATE)
    approval.delete(client, twilio, state.template_id)
    approval.delete(client, twilio, state.template_id)
    assert approval.list_states(client, twilio) == []


def test_template_opens_a_conversation_and_its_button_comes_back(
    sandbox, client, twilio
):
    state = approval.submit(client, twilio, TEMPLATE)
    review(sandbox, state, "approved")
    since = datetime.now(timezone.utc)
    outbound = template_message(state.template_id)
    sent = post(client, twilio, outbound)
    message = sandbox.wait_for_status(sent.provider_id, "delivered")
    assert (message["header"], message["footer"]) == ("Tiquet HT8", "Acme")
    assert message["text"].startswith("Hola Marc, ")
    assert message["options"][1]["value"] == "https://example.com/t/8-y"
    found = rest.find_status(client, twilio, outbound, since)
    assert found.message_id == sent.provider_id
    tapped = sandbox.inbound(
        "", kind="choice", choice=message["options"][0], reply_to=sent.provider_id
    )
    reply = read(tapped["webhooks"][0], twilio)
    assert (reply.kind, reply.quoted_id) == ("button_reply", sent.provider_id)
    assert reply.choice.payload == "ticket_solved:0"
