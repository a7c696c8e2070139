"""Our wire code and the sandbox's Vonage, over real HTTP and without Odoo.

Vonage's own SDK is held against both: it speaks HTTPS only, so it reaches the sandbox
through a local end of TLS. What every provider's wire does stands in
``test_every_wire_over_http.py``.
"""

import contextlib
import datetime
import ipaddress
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
from sandbox_kit import CUSTOMER
from vonage_http_client import Auth, HttpClient, HttpClientOptions
from vonage_http_client.errors import AuthenticationError, HttpRequestError
from vonage_jwt import verify_signature
from vonage_messages import Messages
from vonage_messages.models import (
    ReplyingIndicatorText,
    WhatsappCustom,
    WhatsappText,
)
from worlds import PIXEL, TEMPLATE, World, encode

from odoo.addons.whatsapp_connector.tests.conformance.intents import MESSAGES
from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.outbound import Refused
from odoo.addons.whatsapp_connector_vonage.tests.cases import WIRE
from odoo.addons.whatsapp_connector_vonage.tests.cases.common import (
    API_KEY,
    APPLICATION,
    OURS,
    SECRET,
)
from odoo.addons.whatsapp_connector_vonage.wire import rest

THEIRS = CUSTOMER.lstrip("+")


@pytest.fixture
def world(sandbox_address, webhooks):
    return World(sandbox_address, webhooks, WIRE)


# -- messages -------------------------------------------------------------------------


def test_statuses_come_to_the_messages_own_address_and_tell_the_price(world):
    world.sandbox.inbound()
    shown = world.deliver(text="Hola")
    calls = world.sandbox.webhooks(2, kind="status")
    assert {call["url"] for call in calls} == {world.status_url}
    delivered = world.read(calls[1])
    assert delivered.message_id == shown["id"]
    assert delivered.pricing["category"] == "service"
    assert delivered.person.number == CUSTOMER


@pytest.mark.parametrize(
    "change, code, scope",
    [
        ({"on_whatsapp": False}, "1300", "contact"),
        ({"opted_out": True}, "1240", "consent"),
    ],
)
def test_rejection_says_why(world, change, code, scope):
    world.sandbox.post("/control/contacts", number=CUSTOMER, name="Anna")
    world.sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", **change)
    failure = world.get_failure(world.send(text="Hola"))
    assert (failure.code, failure.scope) == (code, scope)


@pytest.mark.parametrize(
    "values, code",
    [
        ({"text": "x", "number_id": "34999"}, "422/1120"),
        ({"text": ""}, "422/1150"),
    ],
)
def test_what_is_wrong_is_refused_at_once(world, values, code):
    result = world.send(**values)
    assert isinstance(result, Refused) and result.failure.code == code


def test_unpaid_bill_is_a_refusal(world):
    fault = {"effect": "answer", "status": 402}
    world.sandbox.post("/control/faults", on="send", **fault)
    assert isinstance(world.send(text="Hola"), Refused)


def test_sdk_accepts_what_the_sandbox_signs(world):
    [call] = world.sandbox.inbound()["webhooks"]
    token = call["headers"]["Authorization"].removeprefix("Bearer ")
    assert verify_signature(token, SECRET)


def test_contact_card_arrives_whole(world):
    card = {"name": "Pau", "phone": "+34600111333", "email": "pau@example.com"}
    item = world.receive("", kind="contacts", cards=[card])
    assert item.cards[0].phones == ("+34600111333",)


def test_file_needs_the_applications_token(world):
    item = world.receive("", media=encode(PIXEL, "image/png"))
    request = rest.media_request(WIRE.account, item.media[0])
    nobody = replace(request, headers={})
    answer = world.client.fetch(nobody, hosts=rest.is_file_host, limit=10_000)
    assert answer.status == 401


def test_unknown_file_is_not_found(sandbox_address):
    url = f"{sandbox_address}/api-eu.nexmo.com/v3/media/unknown"
    assert requests.get(url, timeout=10).status_code == 404


def test_person_who_comes_to_hide_the_number_is_answered_by_id(world):
    world.sandbox.post(
        "/control/contacts", number=CUSTOMER, name="Anna", username="anna"
    )
    world.sandbox.call("PATCH", f"/control/contacts/{CUSTOMER}", shares_number=False)
    person = world.receive().person
    assert person.number is None and person.username == "anna"
    world.deliver(text="Hola", person=person)


def test_typing_is_shown_with_the_read_receipt(world):
    message = world.sandbox.inbound()["id"]
    account = replace(WIRE.account, region="eu")
    request = rest.build_mark_read(account, message, typing=True)
    assert world.client.exchange(request).status == 202
    world.sandbox.wait_for_status(message, "read")


# -- set-up ---------------------------------------------------------------------------


def test_webhooks_are_configured(world):
    url = "https://odoo.example.com/x"
    rest.set_webhooks(world.client, WIRE.account, url)
    application = rest.fetch_application(world.client, WIRE.account)
    assert set(rest.get_webhook_urls(application).values()) == {url}
    assert rest.has_public_key(application, WIRE.account)


def test_number_is_found_in_its_business_account(world):
    number = WIRE.number_id
    assert rest.has_number(world.client, WIRE.account, number)
    assert not rest.has_number(world.client, WIRE.account, "15005550006")
    elsewhere = replace(WIRE.account, waba_id="1")
    assert not rest.has_number(world.client, elsewhere, number)
    stranger = replace(WIRE.account, api_secret="x")
    with pytest.raises(http.ErrorAnswer):
        rest.has_number(world.client, stranger, number)


@pytest.mark.parametrize("change", [{"api_secret": "x"}, {"application_id": "x"}])
def test_wrong_credentials_are_told(world, change):
    with pytest.raises(http.ErrorAnswer):
        rest.fetch_application(world.client, replace(WIRE.account, **change))


# -- templates ------------------------------------------------------------------------


def test_decision_about_a_template_is_told_to_subscribers(world):
    asking = (world.client, WIRE.account)
    former = f"{world.webhook_url}-former"
    rest.subscribe(*asking, former, lambda _url: False)
    for _time in range(2):
        rest.subscribe(*asking, world.webhook_url, lambda url: url == former)
    state = world.submit()
    world.review()
    [call] = world.sandbox.webhooks(1, kind="template")
    news = world.read(call)
    assert news.template_id == state.template_id
    assert (news.change, news.value) == ("status", "approved")


def test_listed_template_equals_what_was_submitted(world):
    """But for the payload of its button, which isn't the template's."""
    first, second = TEMPLATE.buttons
    written = replace(
        TEMPLATE,
        body="Hola {{1}}, hi ha novetats de {{2}}.",
        buttons=(replace(first, payload=""), second),
        variables=tuple(
            replace(variable, name=name)
            for variable, name in zip(TEMPLATE.variables, "1121", strict=True)
        ),
    )
    world.submit(written)
    [listed] = world.list_states()
    assert listed.content == written


def test_rejected_template_is_mended_in_its_place(world):
    state = world.submit()
    world.review("rejected", reason="PROMOTIONAL")
    better = replace(TEMPLATE, footer="Fins aviat")
    mended = world.submit(better, state.template_id)
    assert (mended.template_id, mended.status) == (state.template_id, "pending")


def test_new_version_and_other_language_stand_beside(world):
    for template in (
        TEMPLATE,
        replace(TEMPLATE, version=2),
        replace(TEMPLATE, language="es"),
    ):
        world.submit(template)
    assert [(state.name, state.language) for state in world.list_states()] == [
        ("ticket_update", "ca"),
        ("ticket_update_v2", "ca"),
        ("ticket_update", "es"),
    ]


# -- Vonage's own client --------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(sandbox_address, tmp_path_factory):
    """The sandbox behind HTTPS: host and port, and the file with its certificate."""
    folder = tmp_path_factory.mktemp("tls")
    certificate = make_certificate(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))
    target = (urlsplit(sandbox_address).hostname, urlsplit(sandbox_address).port)
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
def sdk(world, tls, monkeypatch):
    """Makes a Messages client of Vonage's for one host that the sandbox plays."""
    host, certificate = tls
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificate)

    def make(**credentials):
        credentials = credentials or {
            "application_id": APPLICATION,
            "private_key": WIRE.account.private_key,
        }
        options = HttpClientOptions(
            api_host=f"{host}/api-eu.nexmo.com", timeout=10, max_retries=0
        )
        return Messages(HttpClient(Auth(**credentials), options))

    return make


def test_sdk_sends_a_text(world, sdk):
    world.sandbox.inbound()
    message = WhatsappText(to=THEIRS, from_=OURS, text="Hola", client_ref="r1")
    sent = sdk().send(message)
    shown = world.sandbox.wait_for_status(sent.message_uuid, "delivered")
    assert shown["text"] == "Hola"
    assert world.read_statuses(sent.message_uuid, 2)[0].reference == "r1"


def test_sdk_sends_with_key_and_secret(world, sdk):
    world.sandbox.inbound()
    messages = sdk(api_key=API_KEY, api_secret="s3cret")
    sent = messages.send(WhatsappText(to=THEIRS, from_=OURS, text="Hola"))
    world.sandbox.wait_for_status(sent.message_uuid, "delivered")


def test_sdk_sends_our_custom_message(world, sdk):
    world.sandbox.inbound()
    outbound = world.build(**MESSAGES["buttons"].values)
    ours = WIRE.build(outbound, WIRE.account).json
    message = WhatsappCustom(to=THEIRS, from_=OURS, custom=ours["custom"])
    sent = sdk().send(message)
    shown = world.sandbox.wait_for_status(sent.message_uuid, "delivered")
    assert [option["id"] for option in shown["options"]] == ["y", "n"]


def test_sdk_marks_a_message_as_read(world, sdk):
    message = world.sandbox.inbound()["id"]
    sdk().mark_whatsapp_message_read(message, ReplyingIndicatorText(show=True))
    world.sandbox.wait_for_status(message, "read")


def test_sdk_is_told_what_is_wrong(sdk):
    message = WhatsappText(to=THEIRS, from_="34999999999", text="Hola")
    with pytest.raises(HttpRequestError) as refused:
        sdk().send(message)
    assert refused.value.response.status_code == 422
    stranger = sdk(api_key=API_KEY, api_secret="wrong")
    with pytest.raises(AuthenticationError):
        stranger.send(message)


def test_sdk_sends_the_same_request_as_we_do(world, sdk):
    """Body, address and credentials, as the sandbox got them."""
    world.sandbox.inbound()
    sdk().send(
        WhatsappText(
            to=THEIRS,
            from_=OURS,
            text="Hola",
            client_ref="our-ref_1",
            webhook_url=world.status_url,
            webhook_version="v1",
        )
    )
    world.send(text="Hola", account=replace(WIRE.account, region="eu"))
    found = world.sandbox.get(
        "/control/requests", method="POST", host="api-eu.nexmo.com"
    )
    theirs, ours = found["requests"]
    for name in ("method", "host", "path", "json"):
        assert theirs[name] == ours[name]
