"""What holds for every provider's wire at the sandbox.

What only one provider has stands in ``test_<provider>_over_http.py``, where the
provider's own or an independent client is held against both sides, too.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta, timezone
from types import ModuleType

import pytest
from sandbox_kit import CUSTOMER
from worlds import PIXEL, SENT, TEMPLATE, VALUES, Losing, each, encode

from odoo.addons.whatsapp_connector.tests.conformance.intents import MESSAGES
from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER, REFERENCE
from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.outbound import (
    OutboundMedia,
    OutcomeUnknown,
    TryLater,
)
from odoo.addons.whatsapp_connector.wire.webhook import InvalidSignature
from odoo.addons.whatsapp_connector_messagebird.wire import bird, conversations
from odoo.addons.whatsapp_connector_meta.wire import approval as meta_approval
from odoo.addons.whatsapp_connector_meta.wire import rest as meta_rest
from odoo.addons.whatsapp_connector_twilio.wire import approval as twilio_approval
from odoo.addons.whatsapp_connector_twilio.wire import rest as twilio_rest
from odoo.addons.whatsapp_connector_vonage.wire import manager as vonage_manager
from odoo.addons.whatsapp_connector_vonage.wire import rest as vonage_rest


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What differs between providers: names, codes, and how each is asked.

    ``credential`` is the one that proves who sends. ``codes`` are those of failures.
    ``reads_as`` has the kinds that the provider tells as another one. ``two_a_page``
    is the module that asks for a page of templates, and its ``PAGE_SIZE`` of two.
    ``delete`` gets client, account and the state of a template, ``mark_read`` the world
    and the id of a message.
    """

    credential: str
    codes: dict[str, str]
    delete: Callable
    two_a_page: tuple[ModuleType, int | str]
    reads_as: dict[str, str] = field(default_factory=dict)
    quotes_choices: bool = True
    mark_read: Callable | None = None
    find_status: Callable | None = None
    list_inbound: Callable | None = None


_META_CODES = {
    "window": "131047",
    "file": "131053",
    "pending": "132001",
    "paused": "132015",
    "disabled": "132016",
}
PROVIDERS = {
    "Twilio": Provider(
        credential="auth_token",
        codes={
            "credential": "20003",
            "window": "63016",
            "file": "63019",
            "pending": "63016",
            "paused": "63041",
            "disabled": "63042",
        },
        delete=lambda client, account, state: twilio_approval.delete(
            client, account, state.template_id
        ),
        two_a_page=(twilio_approval, 2),
        mark_read=lambda world, message_id: twilio_rest.build_mark_read(
            world.account, message_id
        ),
        find_status=twilio_rest.find_status,
        list_inbound=twilio_rest.list_inbound,
    ),
    "MessageBird": Provider(
        credential="access_key",
        codes={**_META_CODES, "credential": "2"},
        reads_as={"voice": "audio", "contacts": "unsupported"},
        quotes_choices=False,
        delete=lambda client, account, state: conversations.delete(
            client, account, state.template_id
        ),
        two_a_page=(conversations.templates, 2),
        find_status=conversations.find_status,
        list_inbound=conversations.list_inbound,
    ),
    "Bird": Provider(
        credential="access_key",
        codes={**_META_CODES, "credential": "Unauthenticated"},
        reads_as={"contacts": "document"},
        delete=lambda client, account, state: bird.delete(
            client, account, state.template_id
        ),
        two_a_page=(bird.rest, 2),
        find_status=bird.find_status,
        list_inbound=bird.list_inbound,
    ),
    "Vonage": Provider(
        credential="application_id",
        codes={
            "credential": "401",
            "window": "1340",
            "file": "1380",
            "pending": "1022",
            "paused": "1022",
            "disabled": "1022",
        },
        reads_as={"voice": "audio"},
        delete=vonage_manager.delete,
        two_a_page=(vonage_manager, "2"),
        # Only the region that a number lives in knows its messages.
        mark_read=lambda world, message_id: vonage_rest.build_mark_read(
            replace(world.account, region="eu"), message_id
        ),
    ),
    "Meta": Provider(
        credential="access_token",
        codes={**_META_CODES, "credential": "190"},
        delete=meta_approval.delete,
        two_a_page=(meta_approval, "2"),
        mark_read=lambda world, message_id: meta_rest.build_mark_read(
            world.account, world.wire.number_id, message_id
        ),
    ),
}


@pytest.fixture
def provider(world):
    return PROVIDERS[world.wire.label]


@pytest.fixture
def picture(webhooks):
    """A file of ours that providers can fetch."""
    webhooks.files["/pixel.png"] = ("image/png", PIXEL)
    return OutboundMedia(
        kind="image",
        url=webhooks.url("/pixel.png"),
        mimetype="image/png",
        filename="pixel.png",
        size=len(PIXEL),
        read=lambda: PIXEL,
    )


def moments_ago(seconds=5):
    return datetime.now(timezone.utc) - timedelta(seconds=seconds)


# -- in -------------------------------------------------------------------------------


@each()
@pytest.mark.parametrize("kind", SENT)
def test_what_a_customer_sends_is_verified_and_read(world, provider, kind):
    sent = world.sandbox.inbound(**{"text": "", **SENT[kind]})
    [call] = sent["webhooks"]
    item = world.read(call)
    assert item.kind == provider.reads_as.get(kind, kind)
    assert item.number_id == world.wire.number_id
    assert item.person.number == CUSTOMER
    assert item.message_id == sent["id"]
    assert item.text == SENT[kind].get("text", "")
    if "time of sending" not in world.wire.not_offered:
        assert abs(item.sent_at.timestamp() - sent["at"]) <= 1


@each()
def test_call_that_was_tampered_with_is_refused(world):
    [call] = world.sandbox.inbound("Primer")["webhooks"]
    body = call["body"].replace("Primer", "Segon")
    with pytest.raises(InvalidSignature):
        world.read({**call, "body": body})


@each()
def test_place_is_read(world):
    location = world.receive("", **SENT["location"]).location
    assert (location.latitude, location.longitude) == (41.4, 2.17)


@each()
def test_file_of_a_customer_is_fetched(world):
    item = world.receive("Mira", media=encode(PIXEL, "image/png"))
    assert (item.kind, item.text) == ("image", "Mira")
    answer = world.fetch(item.media[0])
    assert (answer.status, answer.body) == (200, PIXEL)
    assert answer.headers["content-type"] == "image/png"


@each()
def test_customer_without_a_number_is_answered_by_id(world):
    contact = {"user_id": "ES.448049191", "username": "nina", "name": "Ni"}
    person = world.receive(contact=contact).person
    assert (person.number, person.user_id) == (None, "ES.448049191")
    world.deliver(text="Hola", person=person)


@each(lambda can: can.reactions)
def test_reaction_names_the_message_that_it_is_about(world):
    first = world.sandbox.inbound()["id"]
    item = world.receive("👍", kind="reaction", reply_to=first)
    assert (item.kind, item.emoji, item.target_id) == ("reaction", "👍", first)


# -- out ------------------------------------------------------------------------------

KINDS = ("text", "place without a name", "buttons", "list")


def get_values(name):
    return MESSAGES[name].values


@each()
@pytest.mark.parametrize("name", KINDS)
def test_message_arrives_and_its_statuses_find_it(world, name):
    world.sandbox.inbound()
    shown = world.deliver(**get_values(name))
    assert shown["kind"] == get_values(name).get("kind", "text")
    assert get_values(name).get("text", "") in shown["text"]
    world.sandbox.post("/control/read", business=NUMBER, contact=CUSTOMER)
    updates = world.read_statuses(shown["id"], 3)
    assert [update.status for update in updates] == ["sent", "delivered", "read"]
    assert {update.reference for update in updates} == {REFERENCE}
    assert {update.message_id for update in updates} == {shown["id"]}


@each()
def test_place_and_list_are_shown(world):
    world.sandbox.inbound()
    place = world.deliver(**get_values("place without a name"))["location"]
    assert place["latitude"] == -34.6
    shown = world.deliver(**get_values("list"))
    assert shown["list_label"] == "Tria"
    assert [row["title"] for row in shown["options"]] == ["Dilluns", "Dimarts"]


@each()
@pytest.mark.parametrize(
    "name, title, payload, kinds",
    [
        ("buttons", "No", "n", {"button_reply"}),
        # Not all tell a picked row from a tapped button.
        ("list", "Dimarts", "2", {"list_reply", "button_reply"}),
    ],
    ids=["button", "row"],
)
def test_choice_comes_back_with_its_payload(
    world, provider, name, title, payload, kinds
):
    world.sandbox.inbound()
    shown = world.deliver(**get_values(name))
    item = world.choose(shown, title)
    assert item.kind in kinds
    assert (item.choice.title, item.choice.payload) == (title, payload)
    assert item.quoted_id == (shown["id"] if provider.quotes_choices else None)


@each(lambda can: can.quoting)
def test_quote_reaches_the_phone(world):
    question = world.receive("Quan?").message_id
    assert world.deliver(text="Demà", quoted_id=question)["reply_to"] == question


@each(lambda can: can.reactions)
def test_reaction_arrives_is_replaced_and_taken_back(world):
    first = world.sandbox.inbound()["id"]
    for emoji in ("👍", "❤️", ""):
        sent = world.send("reaction", target_id=first, emoji=emoji)
        shown = world.sandbox.wait_for_status(sent.provider_id, "sent")
        assert (shown["kind"], shown["text"]) == ("reaction", emoji)
        assert shown["reply_to"] == first
        assert world.read_statuses(sent.provider_id)[0].status == "sent"


@each()
def test_file_is_fetched_from_us(world, picture):
    world.sandbox.inbound()
    shown = world.deliver("image", media=picture, text="Mira")
    assert (shown["kind"], shown["text"]) == ("image", "Mira")
    assert shown["media"]["size"] == len(PIXEL)


@each()
def test_file_out_of_reach_is_rejected(world, provider, picture):
    world.sandbox.inbound()
    gone = replace(picture, url="http://127.0.0.1:9/gone.png")
    sent = world.send("image", media=gone)
    assert world.get_failure(sent).code == provider.codes["file"]


@each()
def test_free_text_outside_the_window_fails_with_the_reason(world, provider):
    failure = world.get_failure(world.send(text="Bon dia"))
    assert (failure.code, failure.scope) == (provider.codes["window"], "window")


@each()
def test_wrong_credential_is_the_accounts_business(world, provider):
    account = replace(world.account, **{provider.credential: "wrong"})
    failure = world.send(text="Bon dia", account=account).failure
    assert (failure.code, failure.scope) == (provider.codes["credential"], "account")


@each()
@pytest.mark.parametrize(
    "fault, result",
    [
        ({"effect": "answer", "status": 429, "retry_after": 7}, TryLater),
        ({"effect": "answer", "status": 503}, TryLater),
        ({"effect": "answer", "status": 500}, OutcomeUnknown),
        ({"effect": "reset"}, OutcomeUnknown),
        ({"effect": "reset", "taken": True}, OutcomeUnknown),
    ],
    ids=["429", "503", "500", "reset", "reset after taking it"],
)
def test_trouble_is_sorted(world, fault, result):
    world.sandbox.inbound()
    world.sandbox.post("/control/faults", on="send", **fault)
    assert isinstance(world.send(text="Bon dia"), result)


# -- asking ---------------------------------------------------------------------------


@each(lambda can: can.look_up)
def test_lost_message_is_found_again(world, provider):
    world.sandbox.inbound()
    since = moments_ago()
    world.sandbox.post("/control/faults", on="send", effect="reset", taken=True)
    assert isinstance(world.send(text="Bon dia"), OutcomeUnknown)
    [lost] = world.sandbox.get("/control/messages", text="Bon dia")["messages"]
    world.sandbox.wait_for_status(lost["id"], "delivered")

    def find(**values):
        outbound = world.build(**values)
        return provider.find_status(world.client, world.account, outbound, since)

    found = find(text="Bon dia")
    assert (found.message_id, found.status) == (lost["id"], "delivered")
    assert find(text="Bona nit", reference="never-sent") is None


@each(lambda can: can.backfill)
def test_what_came_while_we_were_away_is_fetched(world, provider):
    since = moments_ago()
    world.register_without_webhooks()
    for number in range(25):
        world.sandbox.inbound(f"Hola {number}")
    world.sandbox.inbound("", media=encode(PIXEL, "image/png"))
    world.send(text="Ja hi som")
    asking = (world.client, world.account, world.wire.number_id)
    found = provider.list_inbound(*asking, since)
    expected = [("text", f"Hola {number}") for number in range(25)]
    assert [(item.kind, item.text) for item in found] == [*expected, ("image", "")]
    assert all(item.sent_at >= since for item in found)
    assert provider.list_inbound(*asking, moments_ago(-5)) == []


@each(lambda can: can.read_receipts)
def test_customer_sees_that_their_message_was_read(world, provider):
    message = world.sandbox.inbound()["id"]
    answer = world.client.exchange(provider.mark_read(world, message))
    assert answer.status < 300
    world.sandbox.wait_for_status(message, "read")


# -- templates ------------------------------------------------------------------------


@each()
def test_template_is_approved_sent_and_tapped(world, provider):
    """The contact hasn't written within 24 hours."""
    state = world.submit()
    assert (state.status, state.language) == ("pending", "ca")
    [submitted] = world.get_submitted()
    assert submitted["header"] == "Tiquet HT7" and "Ana" in submitted["body"]
    world.review()
    [listed] = world.list_states()
    assert (listed.template_id, listed.status) == (state.template_id, "approved")
    shown = world.wait_for_delivery(world.send_template(listed))
    assert (shown["header"], shown["footer"]) == ("Tiquet HT42", "Acme")
    assert shown["text"] == "Hola Núria, hi ha novetats de res."
    links = {each["title"]: each["value"] for each in shown["options"]}
    assert links["Obre"] == "https://x.example/t42"
    item = world.choose(shown, "Gràcies")
    assert (item.kind, item.choice.payload) == ("button_reply", "thanks")
    assert item.quoted_id == (shown["id"] if provider.quotes_choices else None)


@each()
def test_picture_above_a_template_is_handed_over_and_sent(world, picture):
    template = replace(TEMPLATE, header="image", header_text="", header_media=picture)
    template = replace(template, variables=TEMPLATE.variables[1:])
    state = world.submit(template)
    world.review()
    values = [each for each in VALUES if each.place != "header"]
    sent = world.send_template(state, template, values, header_media=picture)
    assert world.wait_for_delivery(sent)["media"]["size"] == len(PIXEL)


@each()
def test_template_reads_as_it_was_written(world):
    world.submit()
    [state] = world.list_states()
    content = state.content
    assert not state.partial
    assert (content.name, content.language) == (TEMPLATE.name, TEMPLATE.language)
    assert (content.category, content.footer) == ("utility", "Acme")
    assert content.header == "text" and content.body.startswith("Hola {{")
    samples = {each.sample for each in TEMPLATE.variables}
    assert {each.sample for each in content.variables} == samples
    assert {each.kind for each in content.buttons} == {"quick_reply", "url"}


@each()
def test_submitting_again_finds_what_was_created(world):
    first = world.submit()
    assert world.submit().template_id == first.template_id
    assert len(world.get_submitted()) == 1


@each()
@pytest.mark.parametrize("lost", range(1, 5))
def test_answer_lost_on_the_way_costs_no_second_template(world, lost):
    """Whichever request it is whose answer is ``lost``."""
    with contextlib.suppress(http.NoAnswer):
        world.submit(client=Losing(world.client, lost))
    assert world.submit().status == "pending"
    assert len(world.get_submitted()) == 1


@each()
def test_rejected_template_is_corrected(world):
    state = world.submit()
    world.review("rejected", reason="INVALID_FORMAT")
    [listed] = world.list_states()
    assert (listed.template_id, listed.status) == (state.template_id, "rejected")
    assert listed.reason == "INVALID_FORMAT"
    better = replace(TEMPLATE, body="Bon dia {{name}}, hi ha novetats de {{ticket}}.")
    again = world.submit(better, state.template_id)
    assert again.status == "pending"
    world.review()
    states = {each.template_id: each.status for each in world.list_states()}
    assert states[again.template_id] == "approved"
    shown = world.wait_for_delivery(world.send_template(again, better))
    assert shown["text"].startswith("Bon dia Núria")


@each()
def test_same_text_may_be_submitted_once_more_after_a_rejection(world):
    state = world.submit()
    world.review("rejected", reason="ABUSIVE_CONTENT")
    assert world.submit(previous_id=state.template_id).status == "pending"


@each()
def test_former_version_stays_in_use_while_the_next_is_reviewed(world):
    former = world.submit()
    world.review()
    better = replace(TEMPLATE, body="Adeu {{name}}, {{ticket}} ja esta.", version=2)
    following = world.submit(better)
    assert following.template_id != former.template_id
    world.wait_for_delivery(world.send_template(former))
    states = {each.template_id: each.status for each in world.list_states()}
    assert states == {former.template_id: "approved", following.template_id: "pending"}


@each()
@pytest.mark.parametrize("status", ["pending", "paused", "disabled"])
def test_template_that_is_out_of_use_fails(world, provider, status):
    state = world.submit()
    world.review(status)
    [listed] = world.list_states()
    assert listed.status == status
    failure = world.get_failure(world.send_template(state))
    assert failure.code == provider.codes[status]


@each()
def test_granted_category_is_told(world):
    world.submit()
    world.review(category="marketing")
    [listed] = world.list_states()
    assert listed.category == "marketing"


@each()
def test_templates_of_several_pages_are_all_listed(world, provider, monkeypatch):
    module, size = provider.two_a_page
    monkeypatch.setattr(module, "PAGE_SIZE", size)
    names = {f"template_{number}" for number in range(5)}
    for name in names:
        world.submit(replace(TEMPLATE, name=name))
    assert {state.content.name for state in world.list_states()} == names


@each()
def test_one_language_is_deleted(world, provider):
    state = world.submit()
    other = world.submit(replace(TEMPLATE, language="es"))
    for _again in range(2):
        provider.delete(world.client, world.account, state)
    [left] = world.list_states()
    assert (left.template_id, left.language) == (other.template_id, "es")
