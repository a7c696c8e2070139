"""Our wire code and the sandbox's Vonage, over real HTTP and without Odoo.

The sandbox was written apart from it, and Vonage's own SDK is held against both: it
speaks HTTPS only, so it reaches the sandbox through a local end of TLS.
"""

import base64
import contextlib
import datetime
import ipaddress
import json
import socket
import ssl
import threading
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from sandbox_kit import (
    BUSINESS,
    CUSTOMER,
    Sandbox,
    start_sandbox,
    stop_process,
)
from vonage_http_client import Auth, HttpClient, HttpClientOptions
from vonage_http_client.errors import AuthenticationError, HttpRequestError
from vonage_jwt import verify_signature
from vonage_kit import (
    API_KEY,
    APPLICATION,
    SECRET,
    WABA,
    make_account,
    private_key,
)
from vonage_messages import Messages
from vonage_messages.models import (
    ReplyingIndicatorText,
    WhatsappCustom,
    WhatsappText,
)

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
from odoo.addons.whatsapp_connector_vonage.wire import (
    manager,
    parse,
    rest,
    send,
    signature,
)

OURS = BUSINESS.lstrip("+")
THEIRS = CUSTOMER.lstrip("+")
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)
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
    application = {
        "id": APPLICATION,
        "name": "Odoo",
        "public_key": make_account().public_key,
        "inbound_url": WEBHOOK,
        "status_url": WEBHOOK,
        "authenticate_inbound_media": True,
        "numbers": {BUSINESS: "Acme"},
    }
    sandbox.post(
        "/control/vonage/accounts",
        api_key=API_KEY,
        api_secret="s3cret",
        signature_secret=SECRET,
        waba_id=WABA,
        applications=[application],
    )
    return sandbox


@pytest.fixture
def client(address):
    return http.HttpClient(redirect_url=address)


def read(call, account=None):
    """A call that the sandbox made, verified and parsed by us."""
    webhook = WebhookRequest(
        method="POST",
        url=call["url"],
        headers={name.lower(): value for name, value in call["headers"].items()},
        body=call["body"].encode(),
    )
    signature.verify(webhook, account or make_account())
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


def post(client, outbound, account=None):
    request = send.build(outbound, account or make_account())
    result = http.run(client, request)
    return send.read(result) if isinstance(result, http.HttpResponse) else result


def deliver(sandbox, client, outbound):
    """What the phone shows of a message of ours."""
    sandbox.inbound()
    sent = post(client, outbound)
    assert isinstance(sent, Accepted), sent
    return sandbox.wait_for_status(sent.provider_id, "delivered")


# -- sending --------------------------------------------------------------------------


def test_text_arrives_and_its_statuses_come_back(sandbox, client):
    message = deliver(sandbox, client, make_outbound(text="Hola *tu*"))
    assert (message["kind"], message["text"]) == ("text", "Hola *tu*")
    sandbox.post("/control/read", business=BUSINESS, contact=CUSTOMER)
    calls = sandbox.webhooks(3, kind="status")
    updates = [read(call) for call in calls]
    assert [update.status for update in updates] == ["sent", "delivered", "read"]
    assert {update.reference for update in updates} == {"our-ref_1"}
    assert {update.message_id for update in updates} == {message["id"]}
    assert {call["url"] for call in calls} == {STATUS_URL}
    assert updates[1].pricing["category"] == "service"
    assert updates[1].person.number == CUSTOMER


def test_location_buttons_and_list_arrive(sandbox, client):
    place = Location(latitude=41.4, longitude=2.17, name="Botiga")
    shown = deliver(sandbox, client, make_outbound("location", location=place))
    assert shown["location"]["name"] == "Botiga"
    buttons = (Button(title="Sí", payload="y"), Button(title="No", payload="n"))
    outbound = make_outbound("buttons", text="Bé?", buttons=buttons)
    shown = deliver(sandbox, client, outbound)
    assert [option["title"] for option in shown["options"]] == ["Sí", "No"]
    rows = (ListRow(title="Dilluns", payload="1", description="matí"),)
    outbound = make_outbound("list", text="Quan?", list_label="Dies", rows=rows)
    shown = deliver(sandbox, client, outbound)
    assert (shown["kind"], shown["list_label"]) == ("list", "Dies")


def test_answer_quotes_what_the_customer_wrote(sandbox, client):
    inbound = sandbox.inbound()
    sent = post(client, make_outbound(text="Sí", quoted_id=inbound["id"]))
    shown = sandbox.get(f"/control/messages/{sent.provider_id}")
    assert shown["reply_to"] == inbound["id"]


def test_file_is_fetched_from_us(sandbox, client, files):
    url = files({"/foto": ("image/png", PIXEL)}) + "/foto"
    file = OutboundMedia(
        kind="image", url=url, mimetype="image/png", filename="f.png", size=len(PIXEL)
    )
    shown = deliver(sandbox, client, make_outbound("image", media=file, text="Mira"))
    assert (shown["kind"], shown["text"]) == ("image", "Mira")
    assert shown["media"]["size"] == len(PIXEL)


def test_file_out_of_reach_is_rejected(sandbox, client):
    sandbox.inbound()
    file = OutboundMedia(
        kind="image", url="http://127.0.0.1:9/x", mimetype="", filename="f", size=1
    )
    sent = post(client, make_outbound("image", media=file))
    sandbox.wait_for_status(sent.provider_id, "failed")
    [call] = sandbox.webhooks(1, kind="status")
    assert read(call).failure.code == "1380"


@pytest.mark.parametrize(
    "change, code, scope",
    [
        ({}, "1340", "window"),
        ({"on_whatsapp": False}, "1300", "contact"),
        ({"opted_out": True}, "1240", "consent"),
    ],
)
def test_rejection_says_why(sandbox, client, change, code, scope):
    sandbox.post("/control/contacts", number=CUSTOMER, name="Anna")
    if change:
        sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", **change)
    sent = post(client, make_outbound(text="Hola"))
    sandbox.wait_for_status(sent.provider_id, "failed")
    [call] = sandbox.webhooks(1, kind="status")
    update = read(call)
    assert (update.status, update.failure.code, update.failure.scope) == (
        "failed",
        code,
        scope,
    )


def test_faults_are_told_apart(sandbox, client):
    for fault, result in (
        ({"effect": "answer", "status": 429, "retry_after": 7}, TryLater),
        ({"effect": "answer", "status": 500}, OutcomeUnknown),
        ({"effect": "answer", "status": 402}, Refused),
        ({"effect": "reset"}, OutcomeUnknown),
    ):
        sandbox.post("/control/faults", on="send", **fault)
        assert isinstance(post(client, make_outbound(text="x")), result)


@pytest.mark.parametrize(
    "account, outbound, code",
    [
        (make_account(application_id="other"), make_outbound(text="x"), "401"),
        (make_account(), make_outbound(text="x", number_id="34999"), "422/1120"),
        (make_account(), make_outbound(text=""), "422/1150"),
    ],
)
def test_what_is_wrong_is_refused_at_once(sandbox, client, account, outbound, code):
    result = post(client, outbound, account)
    assert isinstance(result, Refused) and result.failure.code == code


# -- receiving ------------------------------------------------------------------------


def receive(sandbox, **message):
    """What we make of a customer's message."""
    inbound = sandbox.inbound(**message)
    call = next(c for c in sandbox.webhooks(1) if c["message"] == inbound["id"])
    token = call["headers"]["Authorization"].removeprefix("Bearer ")
    assert verify_signature(token, SECRET)
    item = read(call)
    assert item.message_id == inbound["id"]
    return item


@pytest.mark.parametrize(
    "message, kind",
    [
        ({"text": "Olá 😀"}, "text"),
        ({"location": {"latitude": 41.38, "longitude": 2.17}}, "location"),
    ],
)
def test_inbound_kinds(sandbox, message, kind):
    if "location" in message:
        message = {**message, "kind": "location", "text": ""}
    item = receive(sandbox, **message)
    assert (item.kind, item.person.number) == (kind, CUSTOMER)
    assert item.number_id == OURS and item.sent_at


def test_contact_card_arrives_whole(sandbox):
    card = {"name": "Pau", "phone": "+34600111333", "email": "pau@example.com"}
    item = receive(sandbox, kind="contacts", cards=[card], text="")
    assert item.cards[0].phones == ("+34600111333",)


def test_file_is_fetched_with_the_applications_token(sandbox, client):
    media = {"content_type": "image/png", "base64": base64.b64encode(PIXEL).decode()}
    item = receive(sandbox, kind="image", media=media, text="Mira")
    request = rest.media_request(make_account(), item.media[0])
    fetched = client.fetch(request, hosts=rest.is_file_host, limit=10**6)
    assert (fetched.body, item.text) == (PIXEL, "Mira")
    nobody = client.fetch(
        replace(request, headers={}), hosts=rest.is_file_host, limit=10**6
    )
    assert nobody.status == 401


def test_choice_and_reaction_name_the_message_they_are_about(sandbox, client):
    buttons = (Button(title="Sí", payload="y"),)
    outbound = make_outbound("buttons", text="Bé?", buttons=buttons)
    sent = deliver(sandbox, client, outbound)
    choice = {"id": "y", "title": "Sí"}
    item = receive(sandbox, kind="choice", choice=choice, reply_to=sent["id"])
    assert (item.kind, item.choice.payload) == ("button_reply", "y")
    assert item.quoted_id == sent["id"]
    item = receive(sandbox, kind="reaction", text="👍", reply_to=sent["id"])
    assert (item.kind, item.emoji, item.target_id) == ("reaction", "👍", sent["id"])


def test_reaction_arrives_is_replaced_and_taken_back(sandbox, client):
    inbound = sandbox.inbound()
    for emoji in ("👍", "❤️", ""):
        reaction = make_outbound("reaction", target_id=inbound["id"], emoji=emoji)
        sent = post(client, reaction)
        shown = sandbox.wait_for_status(sent.provider_id, "sent")
        assert (shown["kind"], shown["text"]) == ("reaction", emoji)
        assert shown["reply_to"] == inbound["id"]


def test_person_who_hides_the_number_is_answered_by_id(sandbox, client):
    sandbox.post("/control/contacts", number=CUSTOMER, name="Anna", username="anna")
    sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", shares_number=False)
    item = receive(sandbox)
    assert item.person.number is None and item.person.username == "anna"
    sent = post(client, make_outbound(text="Hola", person=item.person))
    sandbox.wait_for_status(sent.provider_id, "delivered")


def test_message_is_marked_as_read(sandbox, client):
    inbound = sandbox.inbound()
    account = make_account(region="eu")
    request = rest.build_mark_read(account, inbound["id"], typing=True)
    assert client.exchange(request).status == 202
    shown = sandbox.get(f"/control/messages/{inbound['id']}")
    assert shown["status"] == "read"


# -- set-up ---------------------------------------------------------------------------


def test_webhooks_are_configured(sandbox, client):
    account = make_account()
    rest.set_webhooks(client, account, "https://odoo.example.com/x")
    application = rest.fetch_application(client, account)
    assert set(rest.get_webhook_urls(application).values()) == {
        "https://odoo.example.com/x"
    }
    assert rest.has_public_key(application, account)


@pytest.mark.parametrize("change", [{"api_secret": "x"}, {"application_id": "x"}])
def test_wrong_credentials_are_told(sandbox, client, change):
    with pytest.raises(http.ErrorAnswer):
        rest.fetch_application(client, make_account(**change))


# -- templates ------------------------------------------------------------------------

TEMPLATE = Template(
    name="ticket_update",
    language="ca",
    category="utility",
    body="Hola {{1}}, hi ha novetats de {{2}}.",
    header="text",
    header_text="Tiquet {{1}}",
    footer="Acme",
    buttons=(
        TemplateButton(kind="quick_reply", text="Gràcies", payload="thanks"),
        TemplateButton(kind="url", text="Obre", url="https://x.example/{{1}}"),
    ),
    variables=(
        TemplateVariable(place="header", name="1", sample="S0042"),
        TemplateVariable(place="body", name="1", sample="Ana"),
        TemplateVariable(place="body", name="2", sample="la factura"),
        TemplateVariable(place="button:1", name="1", sample="42"),
    ),
)


def make_template_message(state, **values):
    given = {"header/1": "S7", "body/1": "Biel", "body/2": "res", "button:1/1": "7"}
    given.update(values)
    carried = OutboundTemplate(
        template_id=state.template_id,
        name=state.name,
        template=TEMPLATE,
        values=tuple(
            TemplateValue(
                place=key.partition("/")[0], name=key.partition("/")[2], value=value
            )
            for key, value in given.items()
        ),
    )
    return make_outbound("template", template=carried)


def test_template_is_approved_sent_and_tapped(sandbox, client):
    account = make_account()
    rest.subscribe(client, account, WEBHOOK)
    state = manager.submit(client, account, TEMPLATE)
    assert (state.status, state.name) == ("pending", "ticket_update")
    again = manager.submit(client, account, TEMPLATE)
    assert again.template_id == state.template_id

    refused = post(client, make_template_message(state))
    sandbox.wait_for_status(refused.provider_id, "failed")

    path = f"/control/templates/{state.template_id}/review"
    sandbox.post(path, status="approved")
    [call] = sandbox.webhooks(1, kind="template")
    news = read(call)
    assert (news.change, news.value, news.template_id) == (
        "status",
        "approved",
        state.template_id,
    )
    [listed] = manager.list_states(client, account)
    assert (listed.status, listed.content) == (
        "approved",
        replace(
            TEMPLATE,
            buttons=(replace(TEMPLATE.buttons[0], payload=""), TEMPLATE.buttons[1]),
        ),
    )

    sent = post(client, make_template_message(state))
    shown = sandbox.wait_for_status(sent.provider_id, "delivered")
    assert shown["header"] == "Tiquet S7"
    assert shown["text"] == "Hola Biel, hi ha novetats de res."
    assert shown["options"][1]["value"] == "https://x.example/7"
    choice = {"id": shown["options"][0]["id"], "title": "Gràcies"}
    item = receive(sandbox, kind="choice", choice=choice, reply_to=shown["id"])
    assert (item.kind, item.choice.payload) == ("button_reply", "thanks")
    assert item.quoted_id == shown["id"]


def test_rejected_template_is_mended_and_deleted(sandbox, client):
    account = make_account()
    state = manager.submit(client, account, TEMPLATE)
    path = f"/control/templates/{state.template_id}/review"
    sandbox.post(path, status="rejected", reason="PROMOTIONAL")
    [listed] = manager.list_states(client, account)
    assert (listed.status, listed.reason) == ("rejected", "PROMOTIONAL")
    better = replace(TEMPLATE, body="Bon dia {{1}}, hi ha novetats de {{2}}.")
    mended = manager.submit(client, account, better, state.template_id)
    assert (mended.template_id, mended.status) == (state.template_id, "pending")
    manager.delete(client, account, mended)
    assert manager.list_states(client, account) == []
    manager.delete(client, account, mended)


def test_new_version_and_other_language_stand_beside(sandbox, client):
    account = make_account()
    for template in (
        TEMPLATE,
        replace(TEMPLATE, version=2),
        replace(TEMPLATE, language="es"),
    ):
        manager.submit(client, account, template)
    states = manager.list_states(client, account)
    assert [(state.name, state.language) for state in states] == [
        ("ticket_update", "ca"),
        ("ticket_update_v2", "ca"),
        ("ticket_update", "es"),
    ]


def test_picture_of_a_header_is_uploaded(sandbox, client):
    media = OutboundMedia(
        kind="image",
        url="https://odoo.example.com/x",
        mimetype="image/png",
        filename="f.png",
        size=len(PIXEL),
        read=lambda: PIXEL,
    )
    template = replace(TEMPLATE, header="image", header_text="", header_media=media)
    assert manager.submit(client, make_account(), template).status == "pending"


def test_list_of_templates_goes_over_pages(sandbox, client, monkeypatch):
    monkeypatch.setattr(manager, "PAGE_SIZE", "2")
    account = make_account()
    for version in range(1, 6):
        manager.submit(client, account, replace(TEMPLATE, version=version))
    assert len(manager.list_states(client, account)) == 5


# -- Vonage's own client --------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(address, tmp_path_factory):
    """The sandbox behind HTTPS: host and port, and the file with its certificate."""
    folder = tmp_path_factory.mktemp("tls")
    certificate = make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    target = (urlsplit(address).hostname, urlsplit(address).port)
    thread = threading.Thread(target=relay, args=(listener, context, target))
    thread.daemon = True
    thread.start()
    yield f"localhost:{listener.getsockname()[1]}", str(certificate)
    listener.close()


def make_certificate(folder):
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = [
        x509.DNSName("localhost"),
        x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
    ]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "local.pem"
    path.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    return path


def relay(listener, context, target):
    """Take TLS off every connection and hand it on."""
    while True:
        try:
            raw, _address = listener.accept()
        except OSError:
            return
        thread = threading.Thread(target=relay_one, args=(raw, context, target))
        thread.daemon = True
        thread.start()


def relay_one(raw, context, target):
    with contextlib.suppress(OSError), raw:
        with (
            context.wrap_socket(raw, server_side=True) as outer,
            socket.create_connection(target) as inner,
        ):
            back = threading.Thread(target=pump, args=(inner, outer), daemon=True)
            back.start()
            pump(outer, inner)
            back.join(5)


def pump(source, drain):
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            drain.sendall(data)
        drain.shutdown(socket.SHUT_WR)


@pytest.fixture
def sdk(sandbox, tls, monkeypatch):
    """Makes a Messages client of Vonage's for one host that the sandbox plays."""
    host, certificate = tls
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)

    def make(**credentials):
        credentials = credentials or {
            "application_id": APPLICATION,
            "private_key": private_key(),
        }
        options = HttpClientOptions(
            api_host=f"{host}/api-eu.nexmo.com", timeout=10, max_retries=0
        )
        return Messages(HttpClient(Auth(**credentials), options))

    return make


def test_sdk_sends_a_text(sandbox, sdk):
    sandbox.inbound()
    message = WhatsappText(to=THEIRS, from_=OURS, text="Hola", client_ref="r1")
    sent = sdk().send(message)
    shown = sandbox.wait_for_status(sent.message_uuid, "delivered")
    assert shown["text"] == "Hola"
    assert read(sandbox.webhooks(2, kind="status")[0]).reference == "r1"


def test_sdk_sends_with_key_and_secret(sandbox, sdk):
    sandbox.inbound()
    messages = sdk(api_key=API_KEY, api_secret="s3cret")
    sent = messages.send(WhatsappText(to=THEIRS, from_=OURS, text="Hola"))
    sandbox.wait_for_status(sent.message_uuid, "delivered")


def test_sdk_sends_our_custom_message(sandbox, sdk):
    sandbox.inbound()
    buttons = (Button(title="Sí", payload="y"),)
    outbound = make_outbound("buttons", text="Bé?", buttons=buttons)
    ours = send.build(outbound, make_account()).json
    message = WhatsappCustom(to=THEIRS, from_=OURS, custom=ours["custom"])
    sent = sdk().send(message)
    shown = sandbox.wait_for_status(sent.message_uuid, "delivered")
    assert shown["options"][0]["id"] == "y"


def test_sdk_marks_a_message_as_read(sandbox, sdk):
    inbound = sandbox.inbound()
    indicator = ReplyingIndicatorText(show=True)
    sdk().mark_whatsapp_message_read(inbound["id"], indicator)
    shown = sandbox.get(f"/control/messages/{inbound['id']}")
    assert shown["status"] == "read"


def test_sdk_is_told_what_is_wrong(sandbox, sdk):
    message = WhatsappText(to=THEIRS, from_="34999999999", text="Hola")
    with pytest.raises(HttpRequestError) as refused:
        sdk().send(message)
    assert refused.value.response.status_code == 422
    stranger = sdk(api_key=API_KEY, api_secret="wrong")
    with pytest.raises(AuthenticationError):
        stranger.send(message)


def test_sdk_sends_the_same_request_as_we_do(sandbox, sdk, client):
    """Body, address and credentials, as the sandbox got them."""
    sandbox.inbound()
    sdk().send(
        WhatsappText(
            to=THEIRS,
            from_=OURS,
            text="Hola",
            client_ref="our-ref_1",
            webhook_url=STATUS_URL,
            webhook_version="v1",
        )
    )
    post(client, make_outbound(text="Hola"), make_account(region="eu"))
    found = sandbox.get("/control/requests", method="POST", host="api-eu.nexmo.com")
    theirs, ours = found["requests"]
    for name in ("method", "host", "path", "json"):
        assert theirs[name] == ours[name]


# -- the way in -----------------------------------------------------------------------


@pytest.fixture
def files():
    """A small server with files of ours; call it with them, it gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(known):
        def answer():
            with contextlib.suppress(OSError):
                while True:
                    connection, _address = listener.accept()
                    with connection:
                        path = connection.recv(65536).split()[1].decode()
                        content_type, body = known[path]
                        head = (
                            f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\n"
                            f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
                        )
                        connection.sendall(head.encode() + body)

        threading.Thread(target=answer, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    listener.close()


def test_tampered_call_of_the_sandbox_is_refused(sandbox):
    sandbox.inbound()
    [call] = sandbox.webhooks(1, kind="inbound")
    body = json.loads(call["body"]) | {"from": "34999999999"}
    with pytest.raises(signature.InvalidSignature):
        read({**call, "body": json.dumps(body)})


def test_unknown_file_is_not_found(sandbox, address):
    url = f"{address}/api-eu.nexmo.com/v3/media/unknown"
    assert requests.get(url, timeout=10).status_code == 404
