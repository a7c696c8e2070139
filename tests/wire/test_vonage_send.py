"""What we post to Vonage: the same as the models of its own SDK for the same intent."""

import json
import time

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vonage_http_client import Auth
from vonage_kit import (
    APPLICATION,
    NURIA,
    OURS,
    URL,
    answer,
    make_account,
    private_key,
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
from odoo.addons.whatsapp_connector_vonage.wire import send
from odoo.addons.whatsapp_connector_vonage.wire.account import read_private_key
from odoo.addons.whatsapp_connector_vonage.wire.errors import ERRORS, read_status_error

STATUS_URL = f"{URL}?ref=our-ref_1"
USER_ID = "ES.4480491918930694"
QUOTED = "aaaaaaaa-bbbb-4ccc-8ddd-000000000099"
FILE_URL = "https://odoo.example.com/web/content/7?access_token=a%2Bb"


def make_outbound(kind="text", **values):
    return OutboundMessage(
        **{
            "reference": "our-ref_1",
            "number": f"+{OURS}",
            "number_id": OURS,
            "person": Person(number=f"+{NURIA}"),
            "kind": kind,
            "status_url": STATUS_URL,
            **values,
        }
    )


def make_file(kind="image", mimetype="image/jpeg", filename="f.jpg"):
    return OutboundMedia(
        kind=kind, url=FILE_URL, mimetype=mimetype, filename=filename, size=1
    )


def make_media(kind, mimetype, **values):
    return make_outbound(kind, media=make_file(kind, mimetype), **values)


def ours(outbound, **account):
    """The body that we send."""
    request = send.build(outbound, make_account(**account))
    assert (request.method, request.url) == (
        "POST",
        "https://api.nexmo.com/v1/messages",
    )
    return request.json


def theirs(model, to=NURIA, **values):
    """The body that the SDK would send."""
    message = model(
        to=to,
        from_=OURS,
        client_ref="our-ref_1",
        webhook_url=STATUS_URL,
        webhook_version="v1",
        **values,
    )
    return json.loads(json.dumps(message.model_dump(by_alias=True, exclude_none=True)))


def custom(kind, content):
    return theirs(WhatsappCustom, custom={"type": kind, kind: content})


def refusal(outbound, **account):
    result = send.build(outbound, make_account(**account))
    assert isinstance(result, Refused)
    return result.failure


# -- the SDK's body equals ours -------------------------------------------------------


@given(text=st.text(min_size=1, max_size=4096))
def test_text(text):
    assert ours(make_outbound(text=text)) == theirs(WhatsappText, text=text)


def test_text_that_quotes():
    assert ours(make_outbound(text="Sí", quoted_id=QUOTED)) == theirs(
        WhatsappText, text="Sí", context={"message_uuid": QUOTED}
    )


@pytest.mark.parametrize(
    "emoji, reaction",
    [("👍", {"action": "react", "emoji": "👍"}), ("", {"action": "unreact"})],
)
def test_reaction_names_its_message_as_its_context(emoji, reaction):
    """The SDK has no reactions: all but they themselves is as it is in its texts."""
    text = theirs(WhatsappText, text="x", context={"message_uuid": QUOTED})
    expected = {**text, "message_type": "reaction", "reaction": reaction}
    del expected["text"]
    assert ours(make_outbound("reaction", target_id=QUOTED, emoji=emoji)) == expected


def test_text_to_somebody_who_hides_the_number():
    outbound = make_outbound(text="Hola", person=Person(user_id=USER_ID))
    assert ours(outbound) == theirs(WhatsappText, to=USER_ID, text="Hola")


@pytest.mark.parametrize(
    "wa_id", ["551190000001", "5219981234567", "5491123456789", "34600111222"]
)
def test_answer_goes_to_whatsapps_own_spelling(wa_id):
    person = Person(number="+5511900000001", wa_id=wa_id, user_id=USER_ID)
    assert ours(make_outbound(text="Oi", person=person))["to"] == wa_id


@pytest.mark.parametrize("caption", ["", "Mira"])
@pytest.mark.parametrize(
    "kind, mimetype, model, name",
    [
        ("image", "image/png", WhatsappImage, "image"),
        ("video", "video/mp4", WhatsappVideo, "video"),
        ("document", "application/pdf", WhatsappFile, "file"),
    ],
)
def test_file_with_its_caption(kind, mimetype, model, name, caption):
    file = {"url": FILE_URL, "caption": caption or None}
    if name == "file":
        file["name"] = "f.jpg"
    outbound = make_media(kind, mimetype, text=caption)
    assert ours(outbound) == theirs(model, **{name: file})


@pytest.mark.parametrize(
    "kind, mimetype, model, name",
    [
        ("audio", "audio/mpeg", WhatsappAudio, "audio"),
        ("voice", "audio/ogg", WhatsappAudio, "audio"),
        ("sticker", "image/webp", WhatsappSticker, "sticker"),
    ],
)
def test_file_without_a_caption(kind, mimetype, model, name):
    expected = theirs(model, **{name: {"url": FILE_URL}})
    assert ours(make_media(kind, mimetype)) == expected
    failure = refusal(make_media(kind, mimetype, text="Mira"))
    assert "two messages" in failure.sentence


def test_location():
    place = Location(latitude=-23.55, longitude=-46.63, name="Casa", address="R. 1")
    assert ours(make_outbound("location", location=place)) == custom(
        "location",
        {"latitude": -23.55, "longitude": -46.63, "name": "Casa", "address": "R. 1"},
    )


def test_buttons():
    buttons = (Button(title="Sí", payload="y"), Button(title="No", payload="n"))
    assert ours(make_outbound("buttons", text="Bé?", buttons=buttons)) == custom(
        "interactive",
        {
            "type": "button",
            "body": {"text": "Bé?"},
            "action": {
                "buttons": [
                    {"type": "reply", "reply": {"id": "y", "title": "Sí"}},
                    {"type": "reply", "reply": {"id": "n", "title": "No"}},
                ]
            },
        },
    )


def test_list():
    rows = (
        ListRow(title="Dilluns", payload="1", description="de 9 a 14"),
        ListRow(title="Dimarts", payload="2"),
    )
    outbound = make_outbound("list", text="Quan?", list_label="Dies", rows=rows)
    assert ours(outbound) == custom(
        "interactive",
        {
            "type": "list",
            "body": {"text": "Quan?"},
            "action": {
                "button": "Dies",
                "sections": [
                    {
                        "rows": [
                            {
                                "id": "1",
                                "title": "Dilluns",
                                "description": "de 9 a 14",
                            },
                            {"id": "2", "title": "Dimarts"},
                        ]
                    }
                ],
            },
        },
    )


# -- templates ------------------------------------------------------------------------


def make_template(values=(), name="", person=None, media=None, place=None, **content):
    template = Template(
        **{
            "name": "order_upd",
            "language": "ca",
            "category": "utility",
            "body": "Hola {{1}}, la {{2}} ja hi és.",
            **content,
        }
    )
    carried = OutboundTemplate(
        template_id="408766354711449",
        name=name,
        template=template,
        values=tuple(
            TemplateValue(place=place_, name=name_, value=value)
            for place_, name_, value in values
        ),
        header_media=media,
        header_location=place,
    )
    person = person or Person(number=f"+{NURIA}")
    return make_outbound("template", template=carried, person=person)


def template_body(name="order_upd", components=None):
    content = {"name": name, "language": {"policy": "deterministic", "code": "ca"}}
    if components:
        content["components"] = components
    return custom("template", content)


def text(value, **more):
    return {"type": "text", **more, "text": value}


TWO = (("body", "2", "factura"), ("body", "1", "Ana"))


def test_template_without_variables():
    assert ours(make_template(body="Bon dia!")) == template_body()


def test_values_go_by_their_numbers():
    expected = [{"type": "body", "parameters": [text("Ana"), text("factura")]}]
    assert ours(make_template(TWO)) == template_body(components=expected)
    swapped = make_template(TWO, body="La {{2}} ja hi és, {{1}}.")
    assert ours(swapped) == template_body(components=expected)


def test_values_with_names_of_ours_go_in_their_order():
    values = [("body", "invoice", "factura"), ("body", "customer", "Ana")]
    outbound = make_template(values, body="Hola {{customer}}, la {{invoice}}…")
    expected = [{"type": "body", "parameters": [text("Ana"), text("factura")]}]
    assert ours(outbound) == template_body(components=expected)


def test_values_with_names_of_whatsapps_go_by_these():
    variable = TemplateVariable(place="body", name="customer", key="customer")
    values = [("body", "customer", "Ana")]
    outbound = make_template(values, body="Hola {{customer}}!", variables=(variable,))
    parameters = [text("Ana", parameter_name="customer")]
    expected = [{"type": "body", "parameters": parameters}]
    assert ours(outbound) == template_body(components=expected)


def test_template_goes_by_the_name_that_it_was_submitted_under():
    assert ours(make_template(body="!", name="other_v9")) == template_body("other_v9")
    assert ours(make_template(body="!", version=3)) == template_body("order_upd_v3")


@pytest.mark.parametrize("kind", ["image", "video", "document"])
def test_file_of_a_header(kind):
    file = make_file(kind, filename="a.pdf")
    link = {"link": FILE_URL} | ({"filename": "a.pdf"} if kind == "document" else {})
    outbound = make_template(body="!", header=kind, media=file)
    header = {"type": "header", "parameters": [{"type": kind, kind: link}]}
    assert ours(outbound) == template_body(components=[header])


def test_place_of_a_header():
    place = Location(latitude=41.4, longitude=2.17, name="Botiga")
    outbound = make_template(body="!", header="location", place=place)
    shown = {"latitude": 41.4, "longitude": 2.17, "name": "Botiga"}
    parameters = [{"type": "location", "location": shown}]
    header = {"type": "header", "parameters": parameters}
    assert ours(outbound) == template_body(components=[header])


def test_header_and_buttons():
    buttons = (
        TemplateButton(kind="quick_reply", text="Sí", payload="yes"),
        TemplateButton(kind="url", text="Obre", url="https://x.example/{{1}}"),
        TemplateButton(kind="url", text="Web", url="https://x.example/"),
        TemplateButton(kind="phone", text="Truca", phone="+34931000100"),
        TemplateButton(kind="copy_code", code="SAVE10"),
    )
    values = [("header", "1", "S0042"), ("button:1", "1", "AB123")]
    outbound = make_template(
        values,
        header="text",
        header_text="Comanda {{1}}",
        body="!",
        buttons=buttons,
    )

    def button(position, kind, parameter):
        return {
            "type": "button",
            "sub_type": kind,
            "index": str(position),
            "parameters": [parameter],
        }

    assert ours(outbound) == template_body(
        components=[
            {"type": "header", "parameters": [text("S0042")]},
            button(0, "quick_reply", {"type": "payload", "payload": "yes"}),
            button(1, "url", text("AB123")),
            button(4, "copy_code", {"type": "coupon_code", "coupon_code": "SAVE10"}),
        ]
    )


def make_code(**values):
    return make_template([("body", "1", "123456")], category="authentication", **values)


def test_one_time_code_stands_in_text_and_button():
    button = {"type": "button", "sub_type": "url", "index": "0"}
    assert ours(make_code()) == template_body(
        components=[
            {"type": "body", "parameters": [text("123456")]},
            {**button, "parameters": [text("123456")]},
        ]
    )


def test_one_time_code_needs_a_number():
    failure = refusal(make_code(person=Person(user_id=USER_ID)))
    assert failure.scope == "contact"


@pytest.mark.parametrize(
    "outbound",
    [
        make_template(),
        make_template(TWO[:1]),
        make_template([("body", "1", ""), TWO[0]]),
        make_template([("body", "1", "a\nb"), TWO[0]]),
        make_template([("body", "1", "a     b"), TWO[0]]),
        make_template(body="!", header="image"),
        make_template(body="!", header="location"),
        make_template(category="authentication"),
        make_outbound("template"),
    ],
)
def test_template_that_lacks_something_is_refused(outbound):
    assert refusal(outbound).scope == "message"


# -- refused --------------------------------------------------------------------------


def test_too_long_a_text_is_refused():
    assert refusal(make_outbound(text="x" * 4097)).code == "too_long"
    buttons = (Button(title="Sí", payload="y"),)
    assert refusal(make_outbound("buttons", text="x" * 1025, buttons=buttons))
    assert refusal(make_media("image", "image/png", text="x" * 1025))


def test_nobody_to_write_to_is_refused():
    assert refusal(make_outbound(person=Person(name="Anna"))).scope == "contact"


@pytest.mark.parametrize("kind", ["reaction", "contacts", "order", "", "image"])
def test_unknown_kind_and_missing_file_are_refused(kind):
    assert refusal(make_outbound(kind)).code == "unsupported"


def test_declared_kinds_of_files_are_sent():
    for kind, mimetypes in send.CAPABILITIES.media_kinds.items():
        for mimetype in mimetypes:
            assert ours(make_media(kind, mimetype))["message_type"]


# -- who we are -----------------------------------------------------------------------


def get_token(request):
    return request.headers["Authorization"].removeprefix("Bearer ")


def test_token_has_the_claims_of_the_sdks():
    auth = Auth(application_id=APPLICATION, private_key=private_key())
    their_token = auth.generate_application_jwt().decode()
    our_token = get_token(send.build(make_outbound(text="x"), make_account()))
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
    requests = [send.build(make_outbound(text="x"), make_account()) for _ in range(2)]
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
    assert get_token(send.build(make_outbound(text="x"), account))


@pytest.mark.parametrize("key", ["", "x", private_key()[:300] + private_key()[-40:]])
def test_key_that_is_none_stops_the_account_not_the_message(key):
    failure = refusal(make_outbound(text="x"), private_key=key)
    assert failure.scope == "account"


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
    request = send.build(make_outbound(text="x"), make_account(region=region))
    assert request.url == f"https://{host}/v1/messages"


# -- answers --------------------------------------------------------------------------


def problem(status, fragment="", **more):
    url = f"https://developer.vonage.com/api-errors/messages#{fragment}"
    body = {"type": url, "title": "Title", "detail": "Detail.", **more}
    return answer(body, status)


def test_accepted_message_has_vonages_id():
    assert send.read(answer({"message_uuid": QUOTED}, 202)) == Accepted(
        provider_id=QUOTED
    )


@pytest.mark.parametrize("payload", [{}, [], None, {"message_uuid": None}, "x"])
def test_taken_without_an_id_is_unknown(payload):
    assert isinstance(send.read(answer(payload, 202)), OutcomeUnknown)


@pytest.mark.parametrize(
    "response, code, scope",
    [
        (problem(401, "unathorized"), "401", "account"),
        (problem(402), "402", "account"),
        (problem(403), "403", "account"),
        (problem(404), "404", "message"),
        (problem(422, "110"), "422/110", "contact"),
        (problem(422, "1120"), "422/1120", "account"),
        (problem(422, "1150"), "422/1150", "message"),
        (problem(422, "9999"), "422/9999", "message"),
        (problem(418), "418", "message"),
        (answer("<html>", 400), "400", "message"),
    ],
)
def test_refusal_says_who_is_concerned(response, code, scope):
    result = send.read(response)
    assert isinstance(result, Refused)
    assert (result.failure.code, result.failure.scope) == (code, scope)
    assert result.failure.sentence


def test_refusal_has_vonages_words():
    wrong = [{"name": "image.url", "reason": "must be a URL"}, None, "x"]
    failure = send.read(problem(422, "1150", invalid_parameters=wrong)).failure
    assert failure.detail == "Title Detail. image.url: must be a URL"


def test_number_that_vonage_gives_for_a_request_is_not_that_of_a_status():
    asked = ERRORS.error_of(problem(422, "1100"))
    told = read_status_error({"title": "1100"}, "rejected")
    assert asked.sentence != told.sentence


def test_busy_vonage_is_tried_again():
    class Client:
        def exchange(self, _request):
            return answer({}, 429, **{"retry-after": "30"})

    request = send.build(make_outbound(text="x"), make_account())
    result = http.run(Client(), request)
    assert isinstance(result, TryLater) and result.after == 30


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
