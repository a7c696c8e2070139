"""What we post to Vonage: the same as the models of its own SDK for the same intent."""

import json
import time
from dataclasses import replace

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vonage_http_client import Auth
from vonage_kit import (
    APPLICATION,
    OURS,
    THEIRS,
    WIRE,
    make_account,
    private_key,
    problem,
)
from vonage_messages.models import (
    WhatsappAudio,
    WhatsappCustom,
    WhatsappFile,
    WhatsappImage,
    WhatsappSticker,
    WhatsappText,
    WhatsappVideo,
)

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    DOCUMENT,
    MESSAGES,
    PICTURE,
    PLAIN,
    QUOTED,
    SOUND,
    STICKER,
    USER_ID,
    VIDEO,
    VOICE,
    make_outbound,
    with_template,
)
from odoo.addons.whatsapp_connector.tests.conformance.wire import REFERENCE, STATUS_URL
from odoo.addons.whatsapp_connector.wire.outbound import Refused
from odoo.addons.whatsapp_connector.wire.template import TemplateVariable
from odoo.addons.whatsapp_connector_vonage.wire import send
from odoo.addons.whatsapp_connector_vonage.wire.account import read_private_key
from odoo.addons.whatsapp_connector_vonage.wire.errors import ERRORS, read_status_error

HELLO = "Bon dia *Núria* 😀"


def theirs(model, to=THEIRS, **values):
    """The body that the SDK would send."""
    message = model(
        to=to,
        from_=OURS,
        client_ref=REFERENCE,
        webhook_url=STATUS_URL,
        webhook_version="v1",
        **values,
    )
    return json.loads(json.dumps(message.model_dump(by_alias=True, exclude_none=True)))


def say(text=HELLO, **values):
    return theirs(WhatsappText, text=text, **values)


def show(model, kind, media, **more):
    return theirs(model, **{kind: {"url": media.url, **more}})


NAMED = {"name": DOCUMENT.filename}
INTENTS = {
    "text": say(),
    "text with a link": say("Mira https://x.example"),
    "text that quotes": say(context={"message_uuid": QUOTED}),
    "to WhatsApp's spelling": say(to="551187654321"),
    "to a number alone": say(),
    "to a user id alone": say(to=USER_ID),
    "to a number with a user id": say(),
    "picture": show(WhatsappImage, "image", PICTURE),
    "picture with caption": show(WhatsappImage, "image", PICTURE, caption="Mira"),
    "video": show(WhatsappVideo, "video", VIDEO),
    "video with caption": show(WhatsappVideo, "video", VIDEO, caption="Mira"),
    "document": show(WhatsappFile, "file", DOCUMENT, **NAMED),
    "document with caption": show(
        WhatsappFile, "file", DOCUMENT, caption="Mira", **NAMED
    ),
    "sound": show(WhatsappAudio, "audio", SOUND),
    "voice note": show(WhatsappAudio, "audio", VOICE),
    "sticker": show(WhatsappSticker, "sticker", STICKER),
}


def test_what_goes_to_whatsapp_as_it_is_has_the_sdks_envelope():
    """Its content is WhatsApp's, not the SDK's to judge."""
    for name in set(WIRE.sends) - set(INTENTS) - {"react", "take a reaction back"}:
        [asked] = WIRE.sends[name]
        assert asked.json == theirs(WhatsappCustom, custom=asked.json["custom"])
    assert set(INTENTS) <= set(WIRE.sends)


@pytest.mark.parametrize("name", INTENTS)
def test_request_is_the_sdks(name):
    request = send.build(MESSAGES[name].get_outbound(WIRE), make_account())
    assert request.json == INTENTS[name]


@given(text=st.text(min_size=1, max_size=4096))
def test_any_text_is_what_the_sdk_sends(text):
    request = send.build(make_outbound(WIRE, text=text), make_account())
    assert request.json == say(text)


@pytest.mark.parametrize("name", ["react", "take a reaction back"])
def test_reaction_names_its_message_as_its_context(name):
    """The SDK has no reactions: all but they themselves is as it is in its texts."""
    request = send.build(MESSAGES[name].get_outbound(WIRE), make_account())
    text = say(context={"message_uuid": QUOTED})
    del text["text"]
    reaction = request.json["reaction"]
    assert request.json == {**text, "message_type": "reaction", "reaction": reaction}


# -- templates ------------------------------------------------------------------------


def build_template(*values, **content):
    carried = with_template(replace(PLAIN, **content), *values)
    request = send.build(
        make_outbound(WIRE, "template", template=carried), make_account()
    )
    [component] = request.json["custom"]["template"]["components"]
    return component["parameters"]


def text(value, **more):
    return {"type": "text", **more, "text": value}


TWO = (("body", "2", "factura"), ("body", "1", "Ana"))


def test_values_go_by_their_numbers_wherever_these_stand():
    expected = [text("Ana"), text("factura")]
    assert build_template(*TWO) == expected
    assert build_template(*TWO, body="La {{2}} ja hi és, {{1}}.") == expected


def test_values_with_names_of_whatsapps_go_by_these():
    variable = TemplateVariable(place="body", name="customer", key="customer")
    content = {"body": "Hola {{customer}}!", "variables": (variable,)}
    parameters = build_template(("body", "customer", "Ana"), **content)
    assert parameters == [text("Ana", parameter_name="customer")]


TEXT = MESSAGES["text"].get_outbound(WIRE)


# -- who we are -----------------------------------------------------------------------


def get_token(request):
    return request.headers["Authorization"].removeprefix("Bearer ")


def test_token_has_the_claims_of_the_sdks():
    auth = Auth(application_id=APPLICATION, private_key=private_key())
    their_token = auth.generate_application_jwt().decode()
    our_token = get_token(send.build(TEXT, make_account()))
    public = read_private_key(private_key()).public_key()
    their, our = (
        jwt.decode(token, public, algorithms=["RS256"])
        for token in (their_token, our_token)
    )
    assert set(our) == set(their)
    assert our["application_id"] == their["application_id"] == APPLICATION
    assert our["exp"] - our["iat"] == their["exp"] - their["iat"] == 900
    assert abs(our["iat"] - time.time()) < 5
    assert jwt.get_unverified_header(our_token) == jwt.get_unverified_header(
        their_token
    )


def test_every_token_is_another():
    requests = [send.build(TEXT, make_account()) for _ in range(2)]
    assert get_token(requests[0]) != get_token(requests[1])


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key.replace("\n", ""),
        lambda key: key.replace("\n", " "),
        lambda key: key.replace("\n", "\r\n"),
        lambda key: f"\n  {key}\n",
    ],
)
def test_key_that_was_pasted_into_one_line_is_read(spoil):
    account = make_account(private_key=spoil(private_key()))
    assert account.public_key == make_account().public_key
    assert get_token(send.build(TEXT, account))


@pytest.mark.parametrize("key", ["", "x", private_key()[:300] + private_key()[-40:]])
def test_key_that_is_none_stops_the_account_not_the_message(key):
    refused = send.build(TEXT, make_account(private_key=key))
    assert isinstance(refused, Refused) and refused.failure.scope == "account"


@pytest.mark.parametrize(
    "region, host",
    [
        ("", "api.nexmo.com"),
        ("us", "api-us.nexmo.com"),
        ("eu", "api-eu.nexmo.com"),
        ("ap", "api-ap.nexmo.com"),
        ("sandbox", "messages-sandbox.nexmo.com"),
        ("evil.example", "api.nexmo.com"),
    ],
)
def test_region_has_a_host_of_its_own(region, host):
    request = send.build(TEXT, make_account(region=region))
    assert request.url == f"https://{host}/v1/messages"


# -- codes ----------------------------------------------------------------------------


def test_number_that_vonage_gives_for_a_request_is_not_that_of_a_status():
    asked = ERRORS.error_of(problem(422, "1100"))
    told = read_status_error({"title": "1100"}, "rejected")
    assert asked.sentence != told.sentence


# The codes of statuses that may concern WhatsApp, as Vonage lists them.
LISTED = (
    "1000 1010 1020 1021 1022 1030 1040 1050 1060 1070 1080 1090 1100 1120 1130 1140 "
    "1150 1160 1170 1180 1190 1200 1210 1220 1230 1240 1241 1242 1250 1251 1260 1280 "
    "1282 1300 1310 1320 1330 1331 1340 1360 1380 1381 1382 1400 1410 1420 1430 1431 "
    "1440 1450 1451 1460 1461 1470 1472 1473 1474 1475 1476 2001"
)


@pytest.mark.parametrize("code", LISTED.split())
def test_code_of_a_status_is_known(code):
    failure = read_status_error({"title": code, "detail": "x"}, "rejected")
    assert failure.code == code
    assert failure.sentence != ERRORS.failure("never heard of").sentence
    assert failure == read_status_error({"title": int(code), "detail": "x"}, "rejected")
