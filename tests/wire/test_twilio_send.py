"""What we post to Twilio: the same as its own SDK for the same intent."""

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.rest.content.v1.content import ContentList
from twilio_kit import SID, WIRE, make_account
from twilio_sdk import SDK_SID, on_the_wire, sdk

from odoo.addons.whatsapp_connector.tests.conformance.intents import (
    BODY,
    DOCUMENT,
    MESSAGES,
    PICTURE,
    SOUND,
    STICKER,
    USER_ID,
    VIDEO,
    VOICE,
    make_outbound,
)
from odoo.addons.whatsapp_connector.tests.conformance.wire import REFERENCE, STATUS_URL
from odoo.addons.whatsapp_connector.wire.http import HttpResponse
from odoo.addons.whatsapp_connector.wire.items import Location
from odoo.addons.whatsapp_connector.wire.outbound import Refused
from odoo.addons.whatsapp_connector_twilio.tests.cases.common import (
    CONTENT,
    OURS,
    THEIRS,
    answer,
)
from odoo.addons.whatsapp_connector_twilio.wire import send

SERVICE = "MG" + "a" * 32
CONTENT_CREATED = HttpResponse(status=201, body=json.dumps({"sid": SDK_SID}).encode())
HELLO = "Bon dia *Núria* 😀"


def ours(outbound, account=None, service=""):
    """What we send for the same, both steps where there are two."""
    request = send.build(outbound, account or make_account(), service)
    sent = [on_the_wire(request)]
    if request.follow:
        sent.append(on_the_wire(request.follow(CONTENT_CREATED)))
    return sent


def say(text=HELLO, **values):
    common = {"to": THEIRS, "from_": OURS, "status_callback": STATUS_URL}
    if text:
        values["body"] = text
    return lambda client: client.messages.create(**{**common, **values})


def show(media, text=""):
    return say(text, media_url=[media.url])


def create_and_send(kind, shown):
    """A content first, then the message that has it."""

    def do(client):
        content = ContentList.ContentCreateRequest(
            {
                "friendly_name": f"odoo message {REFERENCE}",
                "language": "en",
                "types": ContentList.Types({kind: shown}),
            }
        )
        created = client.content.v1.contents.create(content)
        say("", content_sid=created.sid)(client)

    return do


def offer(*items):
    rows = [dict(zip(("id", "item", "description"), i, strict=True)) for i in items]
    picker = {"body": "Quan?", "button": "Tria", "items": rows}
    return create_and_send("twilio/list-picker", picker)


def send_template(*values, **more):
    numbered = {str(number): value for number, value in enumerate(values, 1)}
    given = {"content_variables": json.dumps(numbered)} if values else {}
    return say("", content_sid=CONTENT, **given, **more)


def path(media):
    return media.url.removeprefix("https://odoo.example.com/")


TEXTS = tuple(value for _place, _name, value in BODY)
INTENTS = {
    "text": say(),
    "text with a link": say("Mira https://x.example"),
    "to WhatsApp's spelling": say(to="whatsapp:+551187654321"),
    "to a number alone": say(),
    "to a user id alone": say(to=f"whatsapp:{USER_ID}"),
    "to a number with a user id": say(),
    "picture": show(PICTURE),
    "picture with caption": show(PICTURE, "Mira"),
    "video": show(VIDEO),
    "document": show(DOCUMENT),
    "sound": show(SOUND),
    "voice note": show(VOICE),
    "sticker": show(STICKER),
    "place": say("Casa", persistent_action=["geo:41.4,2.17|C/ Major, 1"]),
    "place without a name": say("📍", persistent_action=["geo:-34.6,-58.4"]),
    "buttons": create_and_send(
        "twilio/quick-reply",
        {
            "body": "Va bé?",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Sí", "id": "y"},
                {"type": "QUICK_REPLY", "title": "No", "id": "n"},
            ],
        },
    ),
    "list": offer(("1", "Dilluns", ""), ("2", "Dimarts", "")),
    "list with descriptions": offer(("1", "Dilluns", "de 9 a 11")),
    "template of numbers": send_template(*TEXTS),
    "template of words": send_template(*TEXTS),
    "template of all parts": send_template("S0042", *TEXTS, "S0042"),
    "template with a coupon": send_template(),
    "template with a picture": send_template(path(PICTURE), *TEXTS),
    "template with a video": send_template(path(VIDEO), *TEXTS),
    "template with a document": send_template(path(DOCUMENT), *TEXTS),
    "template under another name": send_template(*TEXTS),
    "template with a code": send_template("123456"),
}


def test_sdk_can_say_all_that_we_do():
    assert set(INTENTS) == set(WIRE.sends)


@pytest.mark.parametrize("name", INTENTS)
def test_request_is_the_sdks(name):
    assert ours(MESSAGES[name].get_outbound(WIRE)) == sdk(INTENTS[name])


@given(body=st.text(min_size=1, max_size=1600))
def test_any_text_is_what_the_sdk_sends(body):
    assert ours(make_outbound(WIRE, text=body)) == sdk(say(body))


TEXT = MESSAGES["text"].get_outbound(WIRE)


def test_messaging_service_sends_from_our_number():
    assert ours(TEXT, service=SERVICE) == sdk(say(messaging_service_sid=SERVICE))


def test_template_needs_no_messaging_service_but_may_have_one():
    outbound = MESSAGES["template of numbers"].get_outbound(WIRE)
    assert ours(outbound) == sdk(send_template(*TEXTS))
    with_service = send_template(*TEXTS, messaging_service_sid=SERVICE)
    assert ours(outbound, service=SERVICE) == sdk(with_service)


def test_api_key_signs_in_and_the_account_stays_in_the_path():
    account = make_account(api_key_sid="SK1", api_key_secret="secret")
    assert ours(TEXT, account) == sdk(say(), "SK1", "secret", SID)


@pytest.mark.parametrize(
    "region, edge",
    [("", ""), ("ie1", ""), ("", "dublin"), ("ie1", "dublin"), ("au1", "sydney")],
)
def test_region_and_edge_choose_the_host(region, edge):
    account = make_account(region=region, edge=edge)
    assert ours(TEXT, account) == sdk(say(), region=region, edge=edge)


# -- texts and places -----------------------------------------------------------------


def test_braces_of_a_text_are_no_variables():
    outbound = MESSAGES["buttons"].get_outbound(WIRE, text="Write {{1}}")
    request = send.build(outbound, make_account())
    body = request.json["types"]["twilio/quick-reply"]["body"]
    assert "{{" not in body
    assert body.replace("\u2060", "") == "Write {{1}}"


@pytest.mark.parametrize(
    "place, point",
    [
        ((41.4036299, 2.1743558, None), "geo:41.40363,2.174356"),
        ((0.0000001, -180.0, None), "geo:0,-180"),
        ((-34.6, 100.0, None), "geo:-34.6,100"),
        ((1.0, 2.0, "A|B"), "geo:1,2|A B"),
    ],
)
def test_place_is_plain_decimals_and_its_label_can_not_break_them(place, point):
    latitude, longitude, name = place
    location = Location(latitude=latitude, longitude=longitude, name=name)
    outbound = make_outbound(WIRE, "location", location=location)
    request = send.build(outbound, make_account())
    assert dict(request.form)["PersistentAction"] == point


# -- the first of two steps -----------------------------------------------------------


@pytest.mark.parametrize("body", [None, {}, {"sid": []}])
def test_content_without_a_sid_sends_nothing(body):
    request = send.build(MESSAGES["buttons"].get_outbound(WIRE), make_account())
    assert isinstance(request.follow(answer(body, 201)), Refused)


def test_secret_of_an_api_key_is_in_no_address_and_no_form():
    account = make_account(api_key_sid="SK1", api_key_secret="s3cret-key")
    for name in ("text", "picture", "buttons"):
        request = send.build(MESSAGES[name].get_outbound(WIRE), account)
        shown = repr(replace(request, auth=None))
        assert "s3cret-key" not in shown
