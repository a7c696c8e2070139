"""Our wire code, the sandbox's Meta and an independent client, over real HTTP.

No Odoo takes part; pywa is held against what the sandbox answers and what it posts.
What every provider's wire does stands in ``test_every_wire_over_http.py``.
"""

import threading
from dataclasses import replace
from http.server import ThreadingHTTPServer

import pytest
from meta_pywa import Redirecting, make_client
from pywa import handlers, types, utils
from pywa.errors import WhatsAppError
from pywa.types import templates as pywa_templates
from pywa.types.templates import TemplateCategory, TemplateLanguage
from sandbox_kit import CUSTOMER, Webhooks, make_handler
from worlds import PIXEL, SENT, TEMPLATE, World, encode

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    CODE,
    MESSAGES,
)
from odoo.addons.whatsapp_connector.tests.conformance.wire import NUMBER, REFERENCE
from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.items import (
    ConsentUpdate,
    Media,
    TemplateUpdate,
)
from odoo.addons.whatsapp_connector.wire.outbound import Accepted, Refused
from odoo.addons.whatsapp_connector.wire.template import (
    Template,
    TemplateValue,
    TemplateVariable,
)
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest
from odoo.addons.whatsapp_connector_meta.tests.cases import WIRE
from odoo.addons.whatsapp_connector_meta.tests.cases.common import (
    APP,
    PHONE,
    SECRET,
    VERIFY_TOKEN,
    WABA,
)
from odoo.addons.whatsapp_connector_meta.wire import approval, rest, signature

ACCOUNT = WIRE.account
BSUID = "ES.448049191893069412"
CATALAN = TemplateLanguage.CATALAN
PLAIN = Template(name="hi", language="ca", category="utility", body="Hola.")


@pytest.fixture
def world(sandbox_address, webhooks):
    return World(sandbox_address, webhooks, WIRE)


@pytest.fixture
def wa(world):
    """The independent client, whose requests go to the sandbox without a proof."""
    world.register(requires_proof=False)
    return make_client(Redirecting(world.sandbox.address))


@pytest.fixture
def picture_url(webhooks):
    webhooks.files["/pixel.png"] = ("image/png", PIXEL)
    return webhooks.url("/pixel.png")


def read_with_pywa(wa, call, handler):
    """A call that the sandbox made, verified and parsed by pywa."""
    body = call["body"].encode()
    assert utils.webhook_updates_validator(
        SECRET, body, call["headers"]["X-Hub-Signature-256"]
    )
    found = []
    added = handler(lambda _wa, update: found.append(update))
    wa.add_handlers(added)
    try:
        assert wa.webhook_update_handler(body)[1] == 200
    finally:
        wa.remove_handlers(added)
    [update] = found
    return update


# -- in -------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", SENT)
def test_pywa_reads_what_we_read(world, wa, kind):
    [call] = world.sandbox.inbound(**{"text": "", **SENT[kind]})["webhooks"]
    item = world.read(call)
    theirs = read_with_pywa(wa, call, handlers.MessageHandler)
    assert theirs.id == item.message_id
    assert theirs.type == ("audio" if kind == "voice" else kind)
    assert theirs.from_user.wa_id == item.person.wa_id
    assert (theirs.text or theirs.caption or "") == item.text
    if item.media:
        assert theirs.media.id == item.media[0].media_id
        assert theirs.media.mime_type == item.media[0].mimetype


def test_pywa_fetches_the_file_that_we_fetch(world, wa):
    [file] = world.receive("", media=encode(PIXEL, "image/png")).media
    assert world.fetch(file).body == PIXEL
    assert wa.get_media_bytes(wa.get_media_url(file.media_id).url) == PIXEL


def test_file_that_is_gone_is_not_fetched(world):
    assert world.fetch(Media(media_id="1003383421387256")).status == 400


def test_file_needs_the_token(world):
    [file] = world.receive("", media=encode(PIXEL, "image/png")).media
    stranger = replace(ACCOUNT, access_token="wrong")
    assert world.fetch(file, account=stranger).status == 401


def test_pywa_knows_a_customer_without_a_number_by_id(world, wa):
    hidden = {"user_id": BSUID, "username": "nina", "name": "Ni"}
    [call] = world.sandbox.inbound(contact=hidden)["webhooks"]
    theirs = read_with_pywa(wa, call, handlers.MessageHandler)
    assert (theirs.from_user.bsuid, theirs.from_user.wa_id) == (BSUID, None)


def test_pywa_reads_a_reaction(world, wa):
    first = world.sandbox.inbound()["id"]
    sent = world.sandbox.inbound("👍", kind="reaction", reply_to=first)
    theirs = read_with_pywa(wa, sent["webhooks"][0], handlers.MessageHandler)
    assert (theirs.reaction.emoji, theirs.reaction.message_id) == ("👍", first)


# -- out ------------------------------------------------------------------------------


def test_reactions_of_pywa_are_what_ours_are(world, wa):
    first = world.sandbox.inbound()["id"]
    theirs = wa.send_reaction(CUSTOMER, "🙏", first)
    shown = world.sandbox.wait_for_status(theirs.id, "sent")
    assert (shown["text"], shown["reply_to"]) == ("🙏", first)
    theirs = wa.remove_reaction(CUSTOMER, first)
    assert world.sandbox.wait_for_status(theirs.id, "sent")["text"] == ""


def test_reaction_to_what_is_gone_or_a_reaction_fails_later(world):
    first = world.sandbox.inbound()["id"]
    reaction = world.send("reaction", target_id=first, emoji="👍")
    for target_id in ("wamid.gone", reaction.provider_id):
        sent = world.send("reaction", target_id=target_id, emoji="👍")
        assert world.get_failure(sent).code == "131009"


@pytest.mark.parametrize("name", ["text", "place", "buttons", "list"])
def test_pywa_reads_the_statuses_that_we_read(world, wa, name):
    world.sandbox.inbound()
    shown = world.deliver(**MESSAGES[name].values)
    world.sandbox.post("/control/read", business=NUMBER, contact=CUSTOMER)
    calls = world.sandbox.webhooks(3, kind="status", message=shown["id"])
    theirs = [read_with_pywa(wa, call, handlers.MessageStatusHandler) for call in calls]
    assert [each.status for each in theirs] == ["sent", "delivered", "read"]
    assert {each.tracker for each in theirs} == {REFERENCE}


@pytest.mark.parametrize(
    "name, kind, handler",
    [
        ("buttons", "button_reply", handlers.CallbackButtonHandler),
        ("list", "list_reply", handlers.CallbackSelectionHandler),
    ],
    ids=["button", "row"],
)
def test_pywa_reads_the_choice_that_we_read(world, wa, name, kind, handler):
    world.sandbox.inbound()
    shown = world.deliver(**MESSAGES[name].values)
    tapped = world.sandbox.inbound(
        "", kind="choice", choice=shown["options"][0], reply_to=shown["id"]
    )
    [call] = tapped["webhooks"]
    item = world.read(call)
    assert item.kind == kind
    assert read_with_pywa(wa, call, handler).data == item.choice.payload


def test_failure_names_the_person(world):
    sent = world.send(text="Bon dia")
    world.sandbox.wait_for_status(sent.provider_id, "failed")
    [update] = world.read_statuses(sent.provider_id)
    assert update.person.number == CUSTOMER


def test_missing_token_is_refused_for_the_whole_account(world):
    failure = world.send(text="x", account=replace(ACCOUNT, access_token="")).failure
    assert (failure.code, failure.scope) == ("190", "account")


def test_wrong_number_id_is_refused_for_the_whole_account(world):
    failure = world.send(text="x", number_id="106540352242999").failure
    assert (failure.code, failure.scope) == ("33", "account")


def test_number_sends_once_it_is_registered(world, wa):
    fresh = {"id": PHONE, "number": NUMBER, "is_registered": False}
    world.register(requires_proof=False, numbers=[fresh])
    failure = world.send(text="x").failure
    assert (failure.code, failure.scope) == ("133010", "account")
    assert rest.fetch_number(world.client, ACCOUNT, PHONE)["status"] == "PENDING"
    rest.register(world.client, ACCOUNT, PHONE, "012345")
    assert rest.fetch_number(world.client, ACCOUNT, PHONE)["status"] == "CONNECTED"
    assert isinstance(world.send(text="x"), Accepted)
    assert wa.api.register_phone_number(PHONE, "012345")["success"]
    with pytest.raises(WhatsAppError):
        wa.api.register_phone_number(PHONE, "543210")


def test_proof_of_the_secret_opens_an_app_that_requires_it(world):
    world.register(requires_proof=True)
    world.sandbox.inbound()
    world.deliver(text="Bon dia")
    stranger = replace(ACCOUNT, app_secret="another")
    assert isinstance(world.send(text="x", account=stranger), Refused)


# -- set-up and people ----------------------------------------------------------------


def test_credentials_are_checked(world):
    assert rest.fetch_app(world.client, ACCOUNT)["id"] == APP
    assert rest.fetch_waba(world.client, ACCOUNT)["id"] == WABA
    shown = rest.fetch_number(world.client, ACCOUNT, PHONE)
    assert (shown["display_phone_number"], shown["verified_name"]) == (NUMBER, "Acme")
    for wrong in ({"app_secret": "x"}, {"app_id": "1"}):
        with pytest.raises(http.ErrorAnswer):
            rest.fetch_app(world.client, replace(ACCOUNT, **wrong))


class Answering:
    """Odoo's place, with our handshake in it."""

    def __init__(self, verify_token=VERIFY_TOKEN):
        account = replace(ACCOUNT, verify_token=verify_token)

        class Handler(make_handler(Webhooks())):
            def do_GET(self):
                asked = WebhookRequest(method="GET", url=f"https://x{self.path}")
                try:
                    body = signature.shake_hands(asked, account).body.encode()
                    self._answer(200, "text/plain", body)
                except signature.InvalidSignature:
                    self._answer(403, "text/plain", b"")

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/whatsapp/webhook/key"

    def __enter__(self):
        loop = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        loop.daemon = True
        loop.start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()


def test_webhooks_are_configured_after_a_handshake(world):
    world.register_without_webhooks()
    assert rest.find_callback(world.client, ACCOUNT) is None
    with Answering() as place:
        rest.subscribe(world.client, ACCOUNT, place.url)
        assert rest.find_callback(world.client, ACCOUNT) == place.url
        [call] = world.sandbox.inbound()["webhooks"]
        assert call["url"] == place.url


def test_stranger_is_not_configured(world):
    world.register_without_webhooks()
    with Answering(verify_token="another") as place, pytest.raises(http.ErrorAnswer):
        rest.subscribe(world.client, ACCOUNT, place.url)
    assert rest.find_callback(world.client, ACCOUNT) is None


def test_pywa_shows_that_somebody_types(world, wa):
    message = world.sandbox.inbound()["id"]
    wa.indicate_typing(message)
    world.sandbox.wait_for_status(message, "read")


def test_person_is_blocked_and_unblocked(world, wa):
    person = world.receive().person
    for blocked in (True, False):
        rest.set_blocked(world.client, ACCOUNT, PHONE, person, blocked)
        listed = [user.wa_id for user in wa.get_blocked_users()]
        assert listed == ([person.wa_id] if blocked else [])


def test_customer_stops_marketing(world, wa):
    world.sandbox.inbound()
    world.sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", opted_out=True)
    [call] = world.sandbox.webhooks(1, kind="news")
    item = world.read(call)
    assert isinstance(item, ConsentUpdate)
    assert (item.opted_in, item.scope) == (False, "marketing")
    theirs = read_with_pywa(wa, call, handlers.UserMarketingPreferencesHandler)
    assert (theirs.value, theirs.from_user.wa_id) == ("stop", item.person.wa_id)


# -- templates ------------------------------------------------------------------------


def test_decision_about_a_template_is_told(world, wa):
    state = world.submit()
    world.review("rejected", reason="PROMOTIONAL")
    [call] = world.sandbox.webhooks(1, kind="news")
    news = world.read(call)
    assert isinstance(news, TemplateUpdate)
    assert (news.template_id, news.value) == (state.template_id, "rejected")
    assert news.reason == "PROMOTIONAL"
    theirs = read_with_pywa(wa, call, handlers.TemplateStatusUpdateHandler)
    assert (theirs.template_id, theirs.new_status) == (state.template_id, "REJECTED")


def test_rejected_template_is_mended_in_its_place(world):
    state = world.submit()
    world.review("rejected", reason="PROMOTIONAL")
    again = world.submit(replace(TEMPLATE, footer="Fins aviat"), state.template_id)
    assert (again.template_id, again.status) == (state.template_id, "pending")
    [listed] = world.list_states()
    assert (listed.content.footer, listed.status) == ("Fins aviat", "pending")


def test_templates_of_pywa_are_listed(world, wa):
    for number in range(7):
        template = pywa_templates.Template(
            name=f"hello_{number}",
            language=CATALAN,
            category=TemplateCategory.UTILITY,
            components=[pywa_templates.BodyText("Hola {{1}}, bon dia.", "Anna")],
        )
        wa.create_template(template)
    states = world.list_states()
    assert [state.name for state in states] == [f"hello_{n}" for n in range(7)]
    assert {state.content.body for state in states} == {"Hola {{1}}, bon dia."}
    anna = TemplateVariable(place="body", name="1", sample="Anna")
    assert states[0].content.variables == (anna,)


def test_pywa_lists_our_template(world, wa):
    ours = world.submit(replace(TEMPLATE, version=2))
    theirs = {each.id: each for each in wa.get_templates()}
    assert theirs[ours.template_id].name == "ticket_update_v2"


def test_deleted_template_is_gone_and_its_name_is_locked(world):
    state = world.submit()
    approval.delete(world.client, ACCOUNT, state)
    with pytest.raises(http.ErrorAnswer) as error:
        world.submit()
    assert error.value.failure.code == "2388023"


def test_rejected_template_is_refused(world):
    state = world.submit(PLAIN)
    world.review("rejected")
    refused = world.send_template(state, PLAIN, ())
    assert isinstance(refused, Refused) and refused.failure.code == "132001"


def test_marketing_to_somebody_who_stopped_it_fails_for_want_of_consent(world):
    sale = replace(PLAIN, category="marketing", body="Rebaixes.")
    state = world.submit(sale)
    world.review()
    world.sandbox.inbound()
    world.sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", opted_out=True)
    assert world.get_failure(world.send_template(state, sale, ())).scope == "consent"


def test_one_time_code_is_sent_to_a_number(world):
    state = world.submit(CODE)
    world.review()
    values = (TemplateValue(place="body", name="1", value="123456"),)
    shown = world.wait_for_delivery(world.send_template(state, CODE, values))
    assert "*123456*" in shown["text"]
    assert shown["options"][0]["value"] == "123456"


# -- the independent client at the sandbox --------------------------------------------


def test_pywa_sends_every_kind(world, wa, picture_url):
    world.sandbox.inbound()
    sent = {
        "text": wa.send_message(CUSTOMER, "Hola"),
        "image": wa.send_image(CUSTOMER, picture_url, "Mira"),
        "location": wa.send_location(CUSTOMER, 41.4, 2.17, "Casa", "C/"),
        "contacts": wa.send_contact(
            CUSTOMER,
            types.Contact(
                name=types.Contact.Name(formatted_name="Pau", first_name="Pau"),
                phones=[types.Contact.Phone(phone="+34600")],
            ),
        ),
        "buttons": wa.send_message(CUSTOMER, "Va?", buttons=[types.Button("Sí", "y")]),
    }
    for kind, message in sent.items():
        shown = world.sandbox.wait_for_status(message.id, "delivered")
        assert shown["kind"] == kind


def test_pywa_uploads_a_file_and_sends_it(world, wa):
    world.sandbox.inbound()
    uploaded = wa.upload_media(PIXEL, mime_type="image/png", filename="p.png")
    message = wa.send_image(CUSTOMER, uploaded.id)
    shown = world.sandbox.wait_for_status(message.id, "delivered")
    assert shown["media"]["size"] == len(PIXEL)
    assert wa.get_media_bytes(wa.get_media_url(uploaded.id).url) == PIXEL


def test_pywa_reads_what_is_refused(wa):
    with pytest.raises(WhatsAppError) as error:
        wa.send_template(CUSTOMER, "unknown", CATALAN, params=[])
    assert error.value.code == 132001
