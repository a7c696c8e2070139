"""What we post to Twilio: the same as its own SDK for the same intent."""

import json
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.rest.content.v1.content import ContentList
from twilio_kit import URL, make_account
from twilio_sdk import SDK_SID, on_the_wire, sdk

from odoo.addons.whatsapp_connector.wire.http import HttpResponse
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
from odoo.addons.whatsapp_connector_twilio.wire import send

OURS = "whatsapp:+34931234567"
THEIRS = "whatsapp:+34600111222"
STATUS_URL = f"{URL}?ref=our-ref_1"
SERVICE = "MG" + "a" * 32
CONTENT_CREATED = HttpResponse(status=201, body=json.dumps({"sid": SDK_SID}).encode())


def make_outbound(kind="text", **values):
    return OutboundMessage(
        **{
            "reference": "our-ref_1",
            "number": "+34931234567",
            "number_id": OURS,
            "person": Person(number="+34600111222"),
            "kind": kind,
            "status_url": STATUS_URL,
            **values,
        }
    )


def make_media(kind, mimetype, **values):
    media = OutboundMedia(
        kind=kind,
        url="https://odoo.example.com/web/content/7?access_token=a%2Bb",
        mimetype=mimetype,
        filename="f",
        size=1,
    )
    return make_outbound(kind, media=media, **values)


def ours(outbound, account=None, service=""):
    """What we send for the same, both steps where there are two."""
    request = send.build(outbound, account or make_account(), service)
    sent = [on_the_wire(request)]
    if request.follow:
        sent.append(on_the_wire(request.follow(CONTENT_CREATED)))
    return sent


def messages_create(**values):
    common = {"to": THEIRS, "from_": OURS, "status_callback": STATUS_URL}
    return lambda client: client.messages.create(**{**common, **values})


# -- the SDK's request equals ours ----------------------------------------------------


@given(body=st.text(min_size=1, max_size=1600))
def test_text(body):
    assert ours(make_outbound(text=body)) == sdk(messages_create(body=body))


def test_picture_with_caption():
    outbound = make_media("image", "image/jpeg", text="Mira")
    expected = sdk(messages_create(body="Mira", media_url=[outbound.media.url]))
    assert ours(outbound) == expected


@pytest.mark.parametrize(
    "kind, mimetype",
    [
        ("image", "image/png"),
        ("video", "video/mp4"),
        ("audio", "audio/mpeg"),
        ("voice", "audio/ogg"),
        ("document", "application/pdf"),
        ("sticker", "image/webp"),
    ],
)
def test_file(kind, mimetype):
    outbound = make_media(kind, mimetype)
    assert ours(outbound) == sdk(messages_create(media_url=[outbound.media.url]))


def test_messaging_service_sends_from_our_number():
    assert ours(make_outbound(text="Hi"), service=SERVICE) == sdk(
        messages_create(body="Hi", messaging_service_sid=SERVICE)
    )


def test_location():
    place = Location(latitude=-23.55, longitude=-46.63, name="Casa", address="R. 1")
    assert ours(make_outbound("location", location=place)) == sdk(
        messages_create(body="Casa", persistent_action=["geo:-23.55,-46.63|Casa"])
    )


def test_buttons_are_a_content_first():
    buttons = (Button(title="Sí", payload="y"), Button(title="No", payload="n"))
    actions = [
        {"type": "QUICK_REPLY", "title": "Sí", "id": "y"},
        {"type": "QUICK_REPLY", "title": "No", "id": "n"},
    ]
    types = {"twilio/quick-reply": {"body": "Va bé?", "actions": actions}}
    assert ours(make_outbound("buttons", text="Va bé?", buttons=buttons)) == sdk(
        content_then_message(types)
    )


def test_list_is_a_content_first():
    rows = (
        ListRow(title="Dilluns", payload="1", description="matí"),
        ListRow(title="Dimarts", payload="2"),
    )
    items = [
        {"id": "1", "item": "Dilluns", "description": "matí"},
        {"id": "2", "item": "Dimarts", "description": ""},
    ]
    picker = {"body": "Quan?", "button": "Tria", "items": items}
    outbound = make_outbound("list", text="Quan?", list_label="Tria", rows=rows)
    assert ours(outbound) == sdk(content_then_message({"twilio/list-picker": picker}))


def content_then_message(types):
    def do(client):
        content = ContentList.ContentCreateRequest(
            {
                "friendly_name": "odoo message our-ref_1",
                "language": "en",
                "types": ContentList.Types(types),
            }
        )
        created = client.content.v1.contents.create(content)
        messages_create(content_sid=created.sid)(client)

    return do


def test_api_key_signs_in_and_the_account_stays_in_the_path():
    account = make_account(api_key_sid="SK1", api_key_secret="secret")
    expected = sdk(messages_create(body="Hi"), "SK1", "secret", account.sid)
    assert ours(make_outbound(text="Hi"), account) == expected


@pytest.mark.parametrize(
    "region, edge",
    [("", ""), ("ie1", ""), ("", "dublin"), ("ie1", "dublin"), ("au1", "sydney")],
)
def test_region_and_edge_choose_the_host(region, edge):
    account = make_account(region=region, edge=edge)
    expected = sdk(messages_create(body="Hi"), region=region, edge=edge)
    assert ours(make_outbound(text="Hi"), account) == expected


# -- addresses ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "person, address",
    [
        (Person(number="+34600111222"), "whatsapp:+34600111222"),
        (
            Person(number="+5511900000001", wa_id="551190000001"),
            "whatsapp:+551190000001",
        ),
        (Person(number="+34600111222", user_id="ES.1"), "whatsapp:+34600111222"),
        (Person(user_id="ES.1"), "whatsapp:ES.1"),
    ],
)
def test_recipient(person, address):
    request = send.build(make_outbound(text="Hi", person=person), make_account())
    assert dict(request.form)["To"] == address


def test_nobody_to_send_to_is_refused():
    result = send.build(make_outbound(text="Hi", person=Person()), make_account())
    assert isinstance(result, Refused)
    assert result.failure.scope == "contact"


# -- what can't be sent ---------------------------------------------------------------


def test_text_over_the_limit_is_refused_with_the_limit():
    result = send.build(make_outbound(text="x" * 1601), make_account())
    assert isinstance(result, Refused)
    assert "1600" in result.failure.sentence


@pytest.mark.parametrize("kind", ["video", "audio", "voice", "document", "sticker"])
def test_text_under_a_file_that_shows_none_is_refused_rather_than_lost(kind):
    outbound = make_media(kind, "x/y", text="Read this")
    assert isinstance(send.build(outbound, make_account()), Refused)


@pytest.mark.parametrize("kind", ["template", "reaction", "something new"])
def test_other_kinds_are_refused(kind):
    assert isinstance(send.build(make_outbound(kind), make_account()), Refused)


def test_braces_of_a_text_are_no_variables():
    outbound = make_outbound("buttons", text="Write {{1}}", buttons=())
    request = send.build(outbound, make_account())
    body = request.json["types"]["twilio/quick-reply"]["body"]
    assert "{{" not in body
    assert body.replace("\u2060", "") == "Write {{1}}"


@pytest.mark.parametrize(
    "latitude, longitude, point",
    [
        (41.4036299, 2.1743558, "geo:41.40363,2.174356"),
        (0.0000001, -180.0, "geo:0,-180"),
        (-34.6, 100.0, "geo:-34.6,100"),
    ],
)
def test_coordinates_are_plain_decimals(latitude, longitude, point):
    place = Location(latitude=latitude, longitude=longitude)
    request = send.build(make_outbound("location", location=place), make_account())
    assert dict(request.form)["PersistentAction"] == point


def test_label_of_a_place_cannot_break_its_coordinates():
    place = Location(latitude=1.0, longitude=2.0, name="A|B")
    request = send.build(make_outbound("location", location=place), make_account())
    assert dict(request.form)["PersistentAction"] == "geo:1,2|A B"


# -- answers --------------------------------------------------------------------------


def answer(status, body=b"", **headers):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    return HttpResponse(status=status, headers=headers, body=body)


def test_accepted_message_has_twilios_sid():
    sid = f"SM{1:032x}"
    for status in ("queued", "accepted"):
        body = {"sid": sid, "status": status, "error_code": None}
        assert send.read(answer(201, body)) == Accepted(provider_id=sid)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"sid": null}', b"[" * 9999])
def test_good_answer_without_a_sid_is_an_unknown_outcome(body):
    assert isinstance(send.read(answer(201, body)), OutcomeUnknown)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"sid": []}'])
def test_content_without_a_sid_sends_nothing(body):
    request = send.build(make_outbound("buttons", text="?"), make_account())
    assert isinstance(request.follow(answer(201, body)), Refused)


def test_queue_that_is_full_is_tried_later():
    result = send.read(answer(400, {"code": 21611, "message": "Queue overflow"}))
    assert isinstance(result, TryLater)


@given(status=st.integers(100, 499), body=st.binary(max_size=60))
def test_any_answer_has_a_result(status, body):
    result = send.read(answer(status, body))
    assert isinstance(result, (Accepted, Refused, TryLater, OutcomeUnknown))
    assert isinstance(result, (Accepted, OutcomeUnknown)) == (200 <= status < 300)


def test_no_secret_is_in_an_address_or_a_form():
    account = make_account(
        auth_token="t0ken", api_key_sid="SK1", api_key_secret="secret"
    )
    for outbound in (make_outbound(text="Hi"), make_media("image", "image/png")):
        request = send.build(outbound, account)
        shown = request.url + urlencode(request.form)
        assert "t0ken" not in shown and "secret" not in shown
