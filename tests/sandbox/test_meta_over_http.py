"""Our wire code, the sandbox's Meta and an independent client, over real HTTP.

No Odoo takes part. The sandbox was written apart from our code, and pywa is held
against what it answers and what it posts.
"""

import base64
import threading
from dataclasses import replace
from http.server import ThreadingHTTPServer

import pytest
from meta_kit import (
    APP,
    PHONE,
    SECRET,
    TOKEN,
    VERIFY_TOKEN,
    WABA,
    make_account,
)
from meta_pywa import Redirecting, make_client
from pywa import handlers, types, utils
from pywa.errors import WhatsAppError
from pywa.types import templates as pywa_templates
from pywa.types.templates import TemplateCategory, TemplateLanguage
from sandbox_kit import (
    CUSTOMER,
    Sandbox,
    Webhooks,
    make_handler,
    start_sandbox,
    stop_process,
)

from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.items import (
    ConsentUpdate,
    Location,
    Media,
    Person,
    TemplateUpdate,
)
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
from odoo.addons.whatsapp_connector_meta.wire import (
    approval,
    media,
    parse,
    rest,
    send,
    signature,
)

BUSINESS = "+34931234567"
BSUID = "ES.448049191893069412"
CATALAN = TemplateLanguage.CATALAN
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


@pytest.fixture(scope="module")
def address():
    process, address = start_sandbox()
    yield address
    stop_process(process)


@pytest.fixture(scope="module")
def odoo():
    """A server in Odoo's place, which keeps what is posted and has a file."""
    odoo = Webhooks(files={"/pixel.png": ("image/png", PIXEL)})
    server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(odoo))
    odoo.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield odoo
    server.shutdown()
    server.server_close()


@pytest.fixture
def sandbox(address, odoo):
    sandbox = Sandbox(address)
    sandbox.post("/control/reset")
    sandbox.post("/control/settings", send_delay=0.01, deliver_delay=0.02)
    register(sandbox, webhook_url=odoo.url("/hook"))
    return sandbox


def register(sandbox, **values):
    sandbox.post(
        "/control/meta/accounts",
        waba_id=WABA,
        app_id=APP,
        app_secret=SECRET,
        access_token=TOKEN,
        requires_proof=False,
        numbers=[{"id": PHONE, "number": BUSINESS, "name": "Acme"}],
        **values,
    )


@pytest.fixture
def client(address):
    return http.HttpClient(redirect_url=address)


@pytest.fixture
def wa(address, sandbox):
    """The independent client, whose requests go to the sandbox."""
    return make_client(Redirecting(address))


def as_webhook(call):
    return WebhookRequest(
        method="POST",
        url=call["url"],
        headers={name.lower(): value for name, value in call["headers"].items()},
        body=call["body"].encode(),
    )


def read(call):
    """A call that the sandbox made, verified and parsed by us."""
    signature.verify(as_webhook(call), make_account())
    [item] = parse.parse(as_webhook(call), make_account())
    return item


def read_with_pywa(wa, call, handler):
    """The same, verified and parsed by pywa."""
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


def make_outbound(kind="text", **values):
    return OutboundMessage(
        **{
            "reference": "our-ref_1",
            "number": BUSINESS,
            "number_id": PHONE,
            "person": Person(number=CUSTOMER),
            "kind": kind,
            "status_url": "https://odoo.example.com/",
            **values,
        }
    )


def post(client, outbound, account=None):
    result = http.run(client, send.build(outbound, account or make_account()))
    return send.read(result) if isinstance(result, http.HttpResponse) else result


# -- in -------------------------------------------------------------------------------


def encode(content, content_type, **values):
    data = base64.b64encode(content).decode()
    return {"base64": data, "content_type": content_type, **values}


PLACE = {"latitude": 41.4, "longitude": 2.17, "name": "Casa"}
SENT = {
    "text": {"text": "Hola *món* 😀\n+1"},
    "image": {"text": "Mira", "media": encode(PIXEL, "image/png")},
    "voice": {"media": encode(b"OggS", "audio/ogg"), "kind": "voice"},
    "audio": {"media": encode(b"ID3", "audio/mpeg")},
    "video": {"media": encode(b"mp4", "video/mp4")},
    "sticker": {"media": encode(b"RIFF", "image/webp")},
    "document": {"media": encode(b"%PDF-", "application/pdf", name="a.pdf")},
    "contacts": {"kind": "contacts", "cards": [{"name": "Pau", "phone": "+346"}]},
    "location": {"kind": "location", "location": PLACE},
}


@pytest.mark.parametrize("kind", SENT)
def test_what_a_customer_sends_is_read_by_us_and_by_pywa(sandbox, wa, kind):
    message = sandbox.inbound(**{"text": "", **SENT[kind]})
    [call] = message["webhooks"]
    item = read(call)
    assert (item.kind, item.number_id) == (kind, PHONE)
    assert item.person.number == CUSTOMER
    assert item.message_id == message["id"]
    assert item.text == SENT[kind].get("text", "")
    theirs = read_with_pywa(wa, call, handlers.MessageHandler)
    assert theirs.id == item.message_id
    assert theirs.type == ("audio" if kind == "voice" else kind)
    assert theirs.from_user.wa_id == item.person.wa_id
    assert (theirs.text or theirs.caption or "") == item.text
    if item.media:
        assert theirs.media.id == item.media[0].media_id
        assert theirs.media.mime_type == item.media[0].mimetype


def test_file_of_a_customer_is_fetched_in_two_steps(sandbox, client, wa):
    message = sandbox.inbound("", media=encode(PIXEL, "image/png"))
    [file] = read(message["webhooks"][0]).media
    request = media.build(make_account(), file)
    fetched = client.fetch(request, hosts=media.is_file_host, limit=1000)
    assert (fetched.body, fetched.headers["content-type"]) == (PIXEL, "image/png")
    assert wa.get_media_bytes(wa.get_media_url(file.media_id).url) == PIXEL


def test_file_that_is_gone_is_not_fetched(sandbox, client):
    request = media.build(make_account(), Media(media_id="1003383421387256"))
    answer = client.fetch(request, hosts=media.is_file_host, limit=1000)
    assert answer.status == 400


def test_file_needs_the_token(sandbox, client):
    message = sandbox.inbound("", media=encode(PIXEL, "image/png"))
    [file] = read(message["webhooks"][0]).media
    request = media.build(make_account(access_token="wrong"), file)
    assert client.fetch(request, hosts=media.is_file_host, limit=1000).status == 401


def test_customer_without_a_number_is_answered_by_id(sandbox, client, wa):
    hidden = {"user_id": BSUID, "username": "nina", "name": "Ni"}
    [call] = sandbox.inbound(contact=hidden)["webhooks"]
    person = read(call).person
    assert person == Person(user_id=BSUID, username="nina", name="Ni")
    theirs = read_with_pywa(wa, call, handlers.MessageHandler)
    assert (theirs.from_user.bsuid, theirs.from_user.wa_id) == (BSUID, None)
    sent = post(client, make_outbound(text="Hi", person=person))
    sandbox.wait_for_status(sent.provider_id, "delivered")


def test_reaction_comes_in(sandbox, wa):
    first = sandbox.inbound()
    [call] = sandbox.inbound("👍", kind="reaction", reply_to=first["id"])["webhooks"]
    item = read(call)
    assert (item.kind, item.emoji, item.target_id) == ("reaction", "👍", first["id"])
    theirs = read_with_pywa(wa, call, handlers.MessageHandler)
    assert (theirs.reaction.emoji, theirs.reaction.message_id) == ("👍", first["id"])


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


def react(target_id, emoji):
    return make_outbound("reaction", target_id=target_id, emoji=emoji)


def test_reaction_arrives_is_replaced_and_taken_back(sandbox, client, wa):
    first = sandbox.inbound()
    for emoji in ("👍", "❤️", ""):
        sent = post(client, react(first["id"], emoji))
        shown = sandbox.wait_for_status(sent.provider_id, "delivered")
        assert (shown["kind"], shown["text"]) == ("reaction", emoji)
        assert shown["reply_to"] == first["id"]
        [call] = sandbox.webhooks(1, kind="status", message=sent.provider_id)
        assert read(call).status == "sent"
    theirs = wa.send_reaction(CUSTOMER, "🙏", first["id"])
    shown = sandbox.wait_for_status(theirs.id, "sent")
    assert (shown["text"], shown["reply_to"]) == ("🙏", first["id"])
    theirs = wa.remove_reaction(CUSTOMER, first["id"])
    assert sandbox.wait_for_status(theirs.id, "sent")["text"] == ""


def test_reaction_to_what_is_gone_or_a_reaction_fails_later(sandbox, client):
    first = sandbox.inbound()
    reaction = post(client, react(first["id"], "👍"))
    for target_id in ("wamid.gone", reaction.provider_id):
        sent = post(client, react(target_id, "👍"))
        [call] = sandbox.webhooks(1, kind="status", message=sent.provider_id)
        update = read(call)
        assert (update.status, update.failure.code) == ("failed", "131009")


@pytest.mark.parametrize("outbound", OUTBOUND.values(), ids=OUTBOUND)
def test_message_arrives_and_its_statuses_carry_our_reference(
    sandbox, client, wa, outbound
):
    sandbox.inbound()
    result = post(client, outbound)
    sandbox.wait_for_status(result.provider_id, "delivered")
    sandbox.post("/control/read", business=BUSINESS, contact=CUSTOMER)
    calls = sandbox.webhooks(3, kind="status", message=result.provider_id)
    updates = [read(call) for call in calls]
    assert [update.status for update in updates] == ["sent", "delivered", "read"]
    assert {update.reference for update in updates} == {"our-ref_1"}
    assert {update.message_id for update in updates} == {result.provider_id}
    theirs = [read_with_pywa(wa, call, handlers.MessageStatusHandler) for call in calls]
    assert [each.status for each in theirs] == ["sent", "delivered", "read"]
    assert {each.tracker for each in theirs} == {"our-ref_1"}


@pytest.mark.parametrize("kind", ["buttons", "list"])
def test_tapped_choice_comes_back_with_its_payload(sandbox, client, wa, kind):
    sandbox.inbound()
    sent = post(client, OUTBOUND[kind])
    sandbox.wait_for_status(sent.provider_id, "delivered")
    choice = {"id": "y", "title": "Sí"}
    message = sandbox.inbound(
        "", kind="choice", choice=choice, reply_to=sent.provider_id
    )
    [call] = message["webhooks"]
    item = read(call)
    replies = {"buttons": "button_reply", "list": "list_reply"}
    assert (item.kind, item.choice.payload) == (replies[kind], "y")
    assert item.quoted_id == sent.provider_id
    handler = {
        "buttons": handlers.CallbackButtonHandler,
        "list": handlers.CallbackSelectionHandler,
    }[kind]
    assert read_with_pywa(wa, call, handler).data == "y"


def test_quote_reaches_the_phone(sandbox, client):
    first = sandbox.inbound()["id"]
    sent = post(client, make_outbound(text="Sí", quoted_id=first))
    shown = sandbox.wait_for_status(sent.provider_id, "delivered")
    assert shown["reply_to"] == first


def test_picture_is_taken_by_its_address(sandbox, client, odoo):
    sandbox.inbound()
    file = OutboundMedia(
        kind="image",
        url=odoo.url("/pixel.png"),
        mimetype="image/png",
        filename="x",
        size=1,
    )
    sent = post(client, make_outbound("image", media=file, text="Mira"))
    shown = sandbox.wait_for_status(sent.provider_id, "delivered")
    assert (shown["kind"], shown["text"]) == ("image", "Mira")
    assert shown["media"]["size"] == len(PIXEL)
    gone = replace(file, url=odoo.url("/gone.png"))
    odoo.reply = (404, "text/plain", b"")
    sent = post(client, make_outbound("image", media=gone))
    sandbox.wait_for_status(sent.provider_id, "failed")
    odoo.reply = (200, "text/plain", b"")
    [call] = sandbox.webhooks(1, kind="status", message=sent.provider_id)
    assert read(call).failure.code == "131053"


def test_free_text_outside_the_window_fails_with_the_reason(sandbox, client):
    sent = post(client, OUTBOUND["text"])
    sandbox.wait_for_status(sent.provider_id, "failed")
    [call] = sandbox.webhooks(1, kind="status")
    update = read(call)
    assert (update.failure.code, update.failure.scope) == ("131047", "window")
    assert update.person.number == CUSTOMER


@pytest.mark.parametrize("account", [{"access_token": "wrong"}, {"access_token": ""}])
def test_wrong_token_is_refused_for_the_whole_account(sandbox, client, account):
    result = post(client, OUTBOUND["text"], make_account(**account))
    assert isinstance(result, Refused)
    assert (result.failure.code, result.failure.scope) == ("190", "account")


def test_wrong_number_id_is_refused_for_the_whole_account(sandbox, client):
    result = post(client, replace(OUTBOUND["text"], number_id="106540352242999"))
    assert (result.failure.code, result.failure.scope) == ("33", "account")


def test_proof_of_the_secret_opens_an_app_that_requires_it(sandbox, client):
    sandbox.post(
        "/control/meta/accounts",
        waba_id=WABA,
        app_id=APP,
        app_secret=SECRET,
        access_token=TOKEN,
        requires_proof=True,
        numbers=[{"id": PHONE, "number": BUSINESS}],
    )
    assert isinstance(post(client, OUTBOUND["text"]), Accepted)
    wrong = post(client, OUTBOUND["text"], make_account(app_secret="another"))
    assert isinstance(wrong, Refused)


@pytest.mark.parametrize(
    "fault, result",
    [
        ({"status": 429, "retry_after": 3}, TryLater),
        ({"status": 503}, TryLater),
        ({"status": 500}, OutcomeUnknown),
    ],
)
def test_fault_of_meta_has_its_verdict(sandbox, client, fault, result):
    sandbox.inbound()
    sandbox.post("/control/faults", on="send", effect="answer", **fault)
    assert isinstance(post(client, OUTBOUND["text"]), result)


# -- set-up and people ----------------------------------------------------------------


def test_credentials_are_checked(sandbox, client):
    account = make_account()
    assert rest.fetch_app(client, account)["id"] == APP
    assert rest.fetch_waba(client, account)["id"] == WABA
    shown = rest.fetch_number(client, account, PHONE)
    assert (shown["display_phone_number"], shown["verified_name"]) == (BUSINESS, "Acme")
    for wrong in ({"app_secret": "x"}, {"app_id": "1"}):
        with pytest.raises(http.ErrorAnswer):
            rest.fetch_app(client, make_account(**wrong))


class Answering:
    """Odoo's place, with our handshake in it."""

    def __init__(self, verify_token=VERIFY_TOKEN):
        account = make_account(verify_token=verify_token)

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


def test_webhooks_are_configured_after_a_handshake(address, client):
    sandbox = Sandbox(address)
    sandbox.post("/control/reset")
    register(sandbox)
    assert rest.find_callback(client, make_account()) is None
    with Answering() as place:
        rest.subscribe(client, make_account(), place.url)
        assert rest.find_callback(client, make_account()) == place.url
        sandbox.post("/control/settings", send_delay=0.01)
        [call] = sandbox.inbound()["webhooks"]
        assert call["url"] == place.url


def test_stranger_is_not_configured(address, client):
    sandbox = Sandbox(address)
    sandbox.post("/control/reset")
    register(sandbox)
    with Answering(verify_token="another") as place, pytest.raises(http.ErrorAnswer):
        rest.subscribe(client, make_account(), place.url)
    assert rest.find_callback(client, make_account()) is None


def test_customer_sees_what_was_read(sandbox, client, wa):
    first = sandbox.inbound()
    client.exchange(rest.build_mark_read(make_account(), PHONE, first["id"]))
    assert sandbox.get(f"/control/messages/{first['id']}")["status"] == "read"
    second = sandbox.inbound()
    wa.indicate_typing(second["id"])
    assert sandbox.get(f"/control/messages/{second['id']}")["status"] == "read"


def test_person_is_blocked_and_unblocked(sandbox, client, wa):
    person = read(sandbox.inbound()["webhooks"][0]).person
    for blocked in (True, False):
        rest.set_blocked(client, make_account(), PHONE, person, blocked)
        listed = [user.wa_id for user in wa.get_blocked_users()]
        assert listed == ([person.wa_id] if blocked else [])


def test_customer_stops_marketing(sandbox, wa):
    sandbox.inbound()
    sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", opted_out=True)
    [call] = sandbox.webhooks(1, kind="news")
    item = read(call)
    assert isinstance(item, ConsentUpdate)
    assert (item.opted_in, item.scope) == (False, "marketing")
    theirs = read_with_pywa(wa, call, handlers.UserMarketingPreferencesHandler)
    assert (theirs.value, theirs.from_user.wa_id) == ("stop", item.person.wa_id)


# -- templates ------------------------------------------------------------------------


def variable(place, name, sample):
    return TemplateVariable(place=place, name=name, sample=sample)


def value(place, name, words):
    return TemplateValue(place=place, name=name, value=words)


SHIPPED = Template(
    name="order_shipped",
    language="ca",
    category="utility",
    header="image",
    header_media=OutboundMedia(
        kind="image",
        url="https://odoo.example.com/x",
        mimetype="image/png",
        filename="p.png",
        size=len(PIXEL),
        read=lambda: PIXEL,
    ),
    body="Hola {{who}}, la comanda {{order}} ja surt.",
    footer="Adéu",
    buttons=(
        TemplateButton(kind="quick_reply", text="On és?", payload="order_shipped:0"),
        TemplateButton(kind="url", text="Veure", url="https://x.example/{{1}}"),
    ),
    variables=(
        variable("body", "who", "Anna"),
        variable("body", "order", "S0001"),
        variable("button:1", "1", "S0001"),
    ),
)
VALUES = (
    value("body", "who", "Núria"),
    value("body", "order", "S0042"),
    value("button:1", "1", "S0042"),
)


def review(sandbox, state, status="approved", **more):
    path = f"/control/templates/{state.template_id}/review"
    sandbox.post(path, status=status, **more)
    return sandbox.webhooks(1, kind="news")[-1]


def outbound_template(state, template, values, **carried):
    return make_outbound(
        "template",
        template=OutboundTemplate(
            template_id=state.template_id,
            name=state.name,
            template=template,
            values=values,
            **carried,
        ),
    )


def test_template_from_draft_to_a_tapped_button(sandbox, client, wa, odoo):
    account = make_account()
    state = approval.submit(client, account, SHIPPED)
    assert state.status == "pending"
    assert approval.submit(client, account, SHIPPED).template_id == state.template_id
    call = review(sandbox, state)
    news = read(call)
    assert isinstance(news, TemplateUpdate)
    assert (news.template_id, news.value) == (state.template_id, "approved")
    theirs = read_with_pywa(wa, call, handlers.TemplateStatusUpdateHandler)
    assert (theirs.template_id, theirs.new_status) == (state.template_id, "APPROVED")
    file = replace(SHIPPED.header_media, url=odoo.url("/pixel.png"))
    sent = post(client, outbound_template(state, SHIPPED, VALUES, header_media=file))
    shown = sandbox.wait_for_status(sent.provider_id, "delivered")
    assert shown["text"] == "Hola Núria, la comanda S0042 ja surt."
    assert shown["media"]["size"] == len(PIXEL)
    assert shown["options"][1]["value"] == "https://x.example/S0042"
    [tapped] = sandbox.inbound(
        "", kind="choice", choice=shown["options"][0], reply_to=sent.provider_id
    )["webhooks"]
    item = read(tapped)
    assert (item.kind, item.choice.payload) == ("button_reply", "order_shipped:0")
    assert item.quoted_id == sent.provider_id


def test_rejected_template_is_mended(sandbox, client):
    account = make_account()
    state = approval.submit(client, account, SHIPPED)
    news = read(review(sandbox, state, "rejected", reason="PROMOTIONAL"))
    assert (news.value, news.reason) == ("rejected", "PROMOTIONAL")
    mended = replace(SHIPPED, footer="Fins aviat")
    again = approval.submit(client, account, mended, state.template_id)
    assert (again.template_id, again.status) == (state.template_id, "pending")
    [listed] = approval.list_states(client, account)
    assert (listed.content.footer, listed.status) == ("Fins aviat", "pending")


def test_templates_are_listed_over_pages_as_pywa_made_them(sandbox, client, wa):
    for number in range(7):
        template = pywa_templates.Template(
            name=f"hello_{number}",
            language=CATALAN,
            category=TemplateCategory.UTILITY,
            components=[pywa_templates.BodyText("Hola {{1}}, bon dia.", "Anna")],
        )
        wa.create_template(template)
    states = approval.list_states(client, make_account())
    assert [state.name for state in states] == [f"hello_{n}" for n in range(7)]
    assert {state.content.body for state in states} == {"Hola {{1}}, bon dia."}
    assert states[0].content.variables == (variable("body", "1", "Anna"),)
    ours = approval.submit(client, make_account(), replace(SHIPPED, version=2))
    theirs = {each.id: each for each in wa.get_templates()}
    assert theirs[ours.template_id].name == "order_shipped_v2"


def test_list_goes_over_several_pages(sandbox, client, monkeypatch):
    monkeypatch.setattr(approval, "PAGE_SIZE", "2")
    plain = Template(name="x", language="ca", category="utility", body="Hola.")
    for number in range(5):
        approval.submit(client, make_account(), replace(plain, name=f"t_{number}"))
    states = approval.list_states(client, make_account())
    assert [state.name for state in states] == [f"t_{n}" for n in range(5)]


def test_deleted_template_is_gone_and_its_name_is_locked(sandbox, client):
    account = make_account()
    state = approval.submit(client, account, SHIPPED)
    approval.delete(client, account, state)
    approval.delete(client, account, state)
    assert approval.list_states(client, account) == []
    with pytest.raises(http.ErrorAnswer) as error:
        approval.submit(client, account, SHIPPED)
    assert error.value.failure.code == "2388023"


@pytest.mark.parametrize(
    "status, code",
    [("paused", "132015"), ("disabled", "132016"), ("rejected", "132001")],
)
def test_template_out_of_use_is_refused(sandbox, client, status, code):
    plain = Template(name="hi", language="ca", category="utility", body="Hola.")
    state = approval.submit(client, make_account(), plain)
    review(sandbox, state, status)
    refused = post(client, outbound_template(state, plain, ()))
    assert isinstance(refused, Refused) and refused.failure.code == code


def test_marketing_to_somebody_who_stopped_it_fails_for_want_of_consent(
    sandbox, client
):
    plain = Template(name="sale", language="ca", category="marketing", body="Rebaixes.")
    state = approval.submit(client, make_account(), plain)
    review(sandbox, state)
    sandbox.inbound()
    sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", opted_out=True)
    sent = post(client, outbound_template(state, plain, ()))
    sandbox.wait_for_status(sent.provider_id, "failed")
    [call] = sandbox.webhooks(1, kind="status", message=sent.provider_id)
    assert read(call).failure.scope == "consent"


def test_one_time_code_is_sent_to_a_number(sandbox, client):
    code = Template(
        name="code",
        language="ca",
        category="authentication",
        body="{{1}}",
        buttons=(TemplateButton(kind="copy_code", text="Copia"),),
        code_minutes=5,
        security_advice=True,
    )
    state = approval.submit(client, make_account(), code)
    review(sandbox, state)
    sent = post(client, outbound_template(state, code, (value("body", "1", "123456"),)))
    shown = sandbox.wait_for_status(sent.provider_id, "delivered")
    assert "*123456*" in shown["text"]
    assert shown["options"][0]["value"] == "123456"


# -- the independent client at the sandbox --------------------------------------------


def test_pywa_sends_every_kind(sandbox, wa, odoo):
    sandbox.inbound()
    url = odoo.url("/pixel.png")
    sent = {
        "text": wa.send_message(CUSTOMER, "Hola"),
        "image": wa.send_image(CUSTOMER, url, "Mira"),
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
        shown = sandbox.wait_for_status(message.id, "delivered")
        assert shown["kind"] == kind


def test_pywa_uploads_a_file_and_sends_it(sandbox, wa):
    sandbox.inbound()
    uploaded = wa.upload_media(PIXEL, mime_type="image/png", filename="p.png")
    message = wa.send_image(CUSTOMER, uploaded.id)
    shown = sandbox.wait_for_status(message.id, "delivered")
    assert shown["media"]["size"] == len(PIXEL)
    assert wa.get_media_bytes(wa.get_media_url(uploaded.id).url) == PIXEL


def test_pywa_reads_what_is_refused(sandbox, wa):
    with pytest.raises(WhatsAppError) as error:
        wa.send_template(CUSTOMER, "unknown", CATALAN, params=[])
    assert error.value.code == 132001
