"""What is posted for each kind of message, and what the answers mean."""

import json
from dataclasses import replace

import pytest
from messagebird_kit import (
    BIRD_CHANNEL,
    CHANNEL,
    GENERATIONS,
    NURIA,
    NURIA_ID,
    URL,
    WORKSPACE,
    make_account,
)

from odoo.addons.whatsapp_connector.wire.http import HttpRequest, HttpResponse
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
from odoo.addons.whatsapp_connector_messagebird.wire import bird, conversations

WIRES = {"conversations": conversations, "bird": bird}
CHANNELS = {"conversations": CHANNEL, "bird": BIRD_CHANNEL}
STATUS_URL = f"{URL}?ref=r1"
ADDRESSES = {
    "conversations": "https://conversations.messagebird.com/v1/send",
    "bird": (
        f"https://api.bird.com/workspaces/{WORKSPACE}/channels/{BIRD_CHANNEL}/messages"
    ),
}


def media(kind, mimetype="application/pdf", filename="Factura.pdf"):
    url = f"https://odoo.example.com/f/{filename}"
    return OutboundMedia(
        kind=kind, url=url, mimetype=mimetype, filename=filename, size=10
    )


def outbound(generation, kind="text", **values):
    known = {
        "reference": "r1",
        "number": "+34931234567",
        "number_id": CHANNELS[generation],
        "person": NURIA,
        "kind": kind,
        "status_url": STATUS_URL,
    }
    return OutboundMessage(**{**known, **values})


def build(generation, kind="text", account=None, **values):
    account = account or make_account(generation)
    return WIRES[generation].build(outbound(generation, kind, **values), account)


IMAGE = media("image", "image/jpeg", "foto.jpg")
PLACE = Location(latitude=41.3851, longitude=2.1734, name="La botiga", address="Plaça")
BUTTONS = (Button(title="Sí", payload="yes"), Button(title="No", payload="no"))
ROWS = (
    ListRow(title="Demà", payload="r1", description="De 9 a 13 h"),
    ListRow(title="Dijous", payload="r2"),
)
KINDS = {
    "text": {"text": "Bon dia *Núria* 🌻"},
    "quoting": {"text": "Sí", "quoted_id": "q1"},
    "image": {"text": "Mireu", "media": IMAGE},
    "sticker": {"media": media("sticker", "image/webp", "s.webp")},
    "audio": {"media": media("audio", "audio/mpeg", "a.mp3")},
    "voice": {"media": media("voice", "audio/ogg", "v.ogg")},
    "video": {"media": media("video", "video/mp4", "v.mp4")},
    "document": {"text": "La factura", "media": media("document")},
    "location": {"location": PLACE},
    "buttons": {"text": "Tot bé?", "buttons": BUTTONS},
    "list": {"text": "Quan?", "list_label": "Tria", "rows": ROWS},
}
F = "https://odoo.example.com/f/"

CONVERSATIONS = {
    "text": ("text", "Bon dia *Núria* 🌻"),
    "quoting": ("whatsappText", {"text": {"body": "Sí"}, "context": {"id": "q1"}}),
    "image": ("image", {"url": F + "foto.jpg", "caption": "Mireu"}),
    "sticker": ("whatsappSticker", {"link": F + "s.webp"}),
    "audio": ("audio", {"url": F + "a.mp3"}),
    "voice": ("audio", {"url": F + "v.ogg"}),
    "video": ("video", {"url": F + "v.mp4"}),
    "document": ("file", {"url": F + "Factura.pdf", "caption": "La factura"}),
    "location": ("location", {"latitude": 41.3851, "longitude": 2.1734}),
    "buttons": (
        "interactive",
        {
            "type": "button",
            "body": {"text": "Tot bé?"},
            "action": {
                "buttons": [
                    {"type": "reply", "id": "yes", "title": "Sí"},
                    {"type": "reply", "id": "no", "title": "No"},
                ]
            },
        },
    ),
    "list": (
        "interactive",
        {
            "type": "list",
            "body": {"text": "Quan?"},
            "action": {
                "button": "Tria",
                "sections": [
                    {
                        "title": "Tria",
                        "rows": [
                            {"id": "r1", "title": "Demà", "description": "De 9 a 13 h"},
                            {"id": "r2", "title": "Dijous"},
                        ],
                    }
                ],
            },
        },
    ),
}


@pytest.mark.parametrize("kind", CONVERSATIONS)
def test_conversations_request(kind):
    name, content = CONVERSATIONS[kind]
    request = build("conversations", kind.replace("quoting", "text"), **KINDS[kind])
    assert (request.method, request.url) == ("POST", ADDRESSES["conversations"])
    assert request.headers["Authorization"] == "AccessKey live_k3y"
    assert request.json == {
        "to": "+34600111222",
        "from": CHANNEL,
        "type": name,
        "content": {name: content},
        "reportUrl": STATUS_URL,
        "trackId": "odoo:r1",
    }


def bird_file(name, mimetype, **more):
    described = {"mediaUrl": F + name, "contentType": mimetype, "filename": name}
    return {"type": "file", "file": {"files": [described], **more}}


def postback(title, payload):
    return {"type": "postback", "postback": {"text": title, "payload": payload}}


BIRD = {
    "text": {"type": "text", "text": {"text": "Bon dia *Núria* 🌻"}},
    "quoting": {"type": "text", "text": {"text": "Sí"}},
    "image": {
        "type": "image",
        "image": {"images": [{"mediaUrl": F + "foto.jpg"}], "text": "Mireu"},
    },
    "sticker": {"type": "image", "image": {"images": [{"mediaUrl": F + "s.webp"}]}},
    "audio": bird_file("a.mp3", "audio/mpeg"),
    "voice": bird_file("v.ogg", "audio/ogg"),
    "video": bird_file("v.mp4", "video/mp4"),
    "document": bird_file("Factura.pdf", "application/pdf", text="La factura"),
    "location": {
        "type": "location",
        "location": {
            "coordinates": {"latitude": 41.3851, "longitude": 2.1734},
            "location": {"label": "La botiga", "address": "Plaça"},
        },
    },
    "buttons": {
        "type": "text",
        "text": {
            "text": "Tot bé?",
            "actions": [postback("Sí", "yes"), postback("No", "no")],
        },
    },
    "list": {
        "type": "list",
        "list": {
            "items": [{"actions": [postback("Dijous", "r2")]}],
            "title": "Tria",
            "altText": "Quan?",
            "text": "Quan?",
        },
    },
}


@pytest.mark.parametrize("kind", BIRD)
def test_bird_request(kind):
    values = {**KINDS[kind], **({"rows": ROWS[1:]} if kind == "list" else {})}
    request = build("bird", kind.replace("quoting", "text"), **values)
    assert (request.method, request.url) == ("POST", ADDRESSES["bird"])
    assert request.headers["Authorization"] == "AccessKey live_k3y"
    contact = {"identifierKey": "phonenumber", "identifierValue": "+34600111222"}
    expected = {
        "receiver": {"contacts": [contact]},
        "body": BIRD[kind],
        "reference": "odoo:r1",
    }
    if kind == "quoting":
        expected["replyTo"] = {"id": "q1", "type": "message"}
    assert request.json == expected


@pytest.mark.parametrize("generation", GENERATIONS)
def test_key_is_not_shown_with_the_request(generation):
    assert "k3y" not in repr(build(generation, text="x"))
    assert "k3y" not in repr(make_account(generation))


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (Person(number="+34600111222"), "+34600111222"),
        (Person(number="+5215512345678", wa_id="5215512345678"), "+5215512345678"),
        (Person(number="+5511900000001", wa_id="551190000001"), "+551190000001"),
        (Person(number="+54911", wa_id="5491123456789"), "+5491123456789"),
        (Person(user_id=NURIA_ID), NURIA_ID),
        (replace(NURIA, user_id=NURIA_ID), "+34600111222"),
    ],
)
def test_answer_goes_to_whatsapps_own_spelling(generation, person, expected):
    sent = build(generation, text="x", person=person).json
    if generation == "bird":
        [contact] = sent["receiver"]["contacts"]
        assert contact["identifierValue"] == expected
        is_number = expected.startswith("+")
        assert contact["identifierKey"] == (
            "phonenumber" if is_number else "whatsappbsuid"
        )
    else:
        assert sent["to"] == expected


def test_sandbox_has_a_host_of_its_own():
    account = make_account(is_sandbox=True)
    request = build("conversations", account=account, text="x")
    assert request.url == "https://whatsapp-sandbox.messagebird.com/v1/send"


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(
    ("kind", "values", "code"),
    [
        ("text", {"text": "x", "person": Person()}, "no_recipient"),
        ("text", {"text": "x" * 4097}, "too_long"),
        ("voice", {"text": "x", "media": media("voice")}, "no_caption"),
        ("sticker", {"text": "x", "media": media("sticker")}, "no_caption"),
        ("contacts", {}, "unsupported"),
        ("reaction", {"text": "👍"}, "unsupported"),
        ("template", {}, "unsupported"),
    ],
)
def test_what_cannot_be_sent_is_refused_with_a_sentence(generation, kind, values, code):
    result = build(generation, kind, **values)
    assert isinstance(result, Refused)
    assert result.failure.code == code
    assert result.failure.sentence


def test_bird_refuses_rows_with_a_description():
    result = build("bird", "list", **KINDS["list"])
    assert result.failure.code == "no_description"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_capabilities_are_true(generation):
    """What is declared is built; what isn't is refused."""
    capabilities = WIRES[generation].capabilities(make_account(generation))
    for kind in capabilities.media_kinds:
        caption = "x" if kind in capabilities.caption_kinds else ""
        request = build(generation, kind, media=media(kind), text=caption)
        assert isinstance(request, HttpRequest)
    rows = tuple(
        ListRow(title=f"t{i}", payload=f"p{i}") for i in range(capabilities.list_rows)
    )
    buttons = tuple(
        Button(title=f"t{i}", payload=f"p{i}") for i in range(capabilities.buttons)
    )
    choices = {"list_label": "Tria", "rows": rows, "buttons": buttons, "text": "x"}
    for kind in ("buttons", "list"):
        assert isinstance(build(generation, kind, **choices), HttpRequest)
    quoted = build(generation, text="x", quoted_id="q1")
    assert capabilities.quoting and "q1" in json.dumps(quoted.json)
    for missing in ("reactions", "read_receipts", "typing", "blocking"):
        assert not getattr(capabilities, missing)
    assert not capabilities.template_webhooks


def test_templates_need_the_business_account():
    assert not conversations.capabilities(make_account(waba_id="")).templates
    assert conversations.capabilities(make_account()).templates
    assert bird.capabilities(make_account("bird", waba_id="")).templates


# -- templates -------------------------------------------------------------------------

TEMPLATE = Template(
    name="ticket_update",
    language="pt_BR",
    category="utility",
    header="image",
    header_media=IMAGE,
    body="Hello {{name}}, ticket {{ticket}} has news.",
    buttons=(
        TemplateButton(kind="quick_reply", text="Read", payload="read"),
        TemplateButton(kind="url", text="Open", url="https://x.example/{{1}}"),
        TemplateButton(kind="phone", text="Call", phone="+34931234567"),
    ),
    variables=(
        TemplateVariable(place="body", name="name", sample="Ana"),
        TemplateVariable(place="body", name="ticket", sample="HT1"),
        TemplateVariable(place="button:1", name="1", sample="t/1"),
    ),
)
VALUES = (
    TemplateValue(place="body", name="ticket", value="HT00042"),
    TemplateValue(place="body", name="name", value="Núria"),
    TemplateValue(place="button:1", name="1", value="t/42"),
)
IDS = {"conversations": "ticket_update/pt_BR", "bird": "p1/v1"}


def send_template(generation, account=None, template=TEMPLATE, values=VALUES, **more):
    sent = OutboundTemplate(
        template_id=more.pop("template_id", IDS[generation]),
        template=template,
        values=values,
        **more,
    )
    return build(generation, "template", account, template=sent)


HSM = {
    "namespace": "20332cd4_f095",
    "templateName": "ticket_update",
    "language": {"policy": "deterministic", "code": "pt_BR"},
    "components": [
        {
            "type": "header",
            "parameters": [{"type": "image", "image": {"url": F + "foto.jpg"}}],
        },
        {
            "type": "body",
            "parameters": [
                {"type": "text", "text": "Núria"},
                {"type": "text", "text": "HT00042"},
            ],
        },
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": 0,
            "parameters": [{"type": "payload", "payload": "read"}],
        },
        {
            "type": "button",
            "sub_type": "url",
            "index": 1,
            "parameters": [{"type": "text", "text": "t/42"}],
        },
    ],
}


def test_conversations_template_goes_by_name_language_and_namespace():
    account = make_account(namespace="20332cd4_f095")
    request = send_template("conversations", account)
    assert request.json["type"] == "hsm"
    assert request.json["content"] == {"hsm": HSM}


def test_conversations_namespace_is_asked_where_nobody_wrote_it():
    request = send_template("conversations")
    assert (request.method, request.url) == (
        "GET",
        "https://integrations.messagebird.com/v2/platforms/whatsapp/templates"
        "/ticket_update/pt_BR",
    )
    found = HttpResponse(status=200, body=b'{"namespace": "20332cd4_f095"}')
    assert request.follow(found).json["content"] == {"hsm": HSM}
    for body in (b"{}", b"[]", b"x"):
        result = request.follow(HttpResponse(status=200, body=body))
        assert result.failure.code == "no_template"


def test_bird_template_goes_by_project_version_and_parameters():
    request = send_template("bird")
    assert "body" not in request.json
    sent = request.json["template"]
    assert (sent["projectId"], sent["version"], sent["locale"]) == ("p1", "v1", "pt-BR")
    assert {each["type"] for each in sent["parameters"]} == {"string"}
    assert {each["key"]: each["value"] for each in sent["parameters"]} == {
        "header_file": F + "foto.jpg",
        "body_name": "Núria",
        "body_ticket": "HT00042",
        "button_1_1": "t/42",
    }


def test_bird_template_of_the_console_keeps_its_own_keys():
    variables = (TemplateVariable(place="body", name="1", key="customer"),)
    template = replace(
        TEMPLATE, header="none", header_media=None, body="Hi {{1}}!", buttons=()
    )
    template = replace(template, variables=variables)
    values = (TemplateValue(place="body", name="1", value="Ana"),)
    sent = send_template("bird", template=template, values=values).json["template"]
    assert sent["parameters"] == [{"type": "string", "key": "customer", "value": "Ana"}]


def test_template_without_variables_has_no_parameters():
    template = replace(TEMPLATE, header="none", header_media=None, body="Hi!")
    template = replace(template, buttons=(), variables=())
    sent = send_template("bird", template=template, values=()).json["template"]
    assert "parameters" not in sent
    account = make_account(namespace="n")
    request = send_template("conversations", account, template, ())
    assert request.json["content"]["hsm"]["components"] == []


def test_one_time_code_fills_text_and_button():
    template = Template(
        name="code",
        language="ca",
        category="authentication",
        body="",
        buttons=(TemplateButton(kind="copy_code"),),
    )
    values = (TemplateValue(place="body", name="1", value="123456"),)
    account = make_account(namespace="n")
    request = send_template("conversations", account, template, values)
    code = [{"type": "text", "text": "123456"}]
    assert request.json["content"]["hsm"]["components"] == [
        {"type": "body", "parameters": code},
        {"type": "button", "sub_type": "url", "index": 0, "parameters": code},
    ]


def test_coupon_is_copied():
    buttons = (TemplateButton(kind="copy_code", text="Copy", code="SALE25"),)
    template = replace(TEMPLATE, buttons=buttons, category="marketing")
    request = send_template(
        "conversations", make_account(namespace="n"), template, VALUES
    )
    assert request.json["content"]["hsm"]["components"][-1] == {
        "type": "button",
        "sub_type": "copy_code",
        "index": 0,
        "parameters": [{"type": "coupon_code", "coupon_code": "SALE25"}],
    }


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("value", ["", "  ", "a\nb", "a\tb", "a" + " " * 5 + "b", None])
def test_value_that_whatsapp_refuses_is_not_sent(generation, value):
    values = [v for v in VALUES if v.name != "ticket"]
    if value is not None:
        values.append(TemplateValue(place="body", name="ticket", value=value))
    result = send_template(generation, values=tuple(values))
    assert result.failure.code == "132000"


@pytest.mark.parametrize("generation", GENERATIONS)
def test_template_without_an_id_is_refused(generation):
    for template_id in ("", "x"):
        result = send_template(generation, template_id=template_id)
        assert result.failure.code == "no_template"


# -- answers ---------------------------------------------------------------------------


def answer(status, payload, **headers):
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpResponse(status=status, headers=named, body=body)


@pytest.mark.parametrize("generation", GENERATIONS)
def test_id_of_a_good_answer_is_kept(generation):
    for status in (200, 201, 202):
        result = WIRES[generation].read(answer(status, {"id": "m1", "status": "x"}))
        assert result == Accepted(provider_id="m1")


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("payload", [{}, [], {"id": ""}, {"id": []}, b"", b"<html>"])
def test_good_answer_without_id_is_of_unknown_outcome(generation, payload):
    result = WIRES[generation].read(answer(202, payload))
    assert isinstance(result, OutcomeUnknown)


def legacy(code, description="words", parameter=None):
    error = {"code": code, "description": description, "parameter": parameter}
    return {"errors": [error]}


@pytest.mark.parametrize(
    ("generation", "status", "payload", "outcome", "scope", "code"),
    [
        ("conversations", 401, legacy(2), Refused, "account", "2"),
        ("conversations", 422, legacy(9, "no recipients"), Refused, "message", "9"),
        ("conversations", 422, legacy(10), Refused, "message", "10"),
        ("conversations", 400, legacy(21), Refused, "message", "21"),
        ("conversations", 404, legacy(20), Refused, "account", "20"),
        ("conversations", 422, legacy(25), Refused, "account", "25"),
        ("conversations", 403, {}, Refused, "account", "403"),
        ("conversations", 405, legacy(7), Refused, "message", "7"),
        ("conversations", 422, legacy(99), OutcomeUnknown, "message", "99"),
        ("conversations", 408, {}, OutcomeUnknown, "message", "408"),
        ("conversations", 429, legacy(7), TryLater, "message", "7"),
        ("conversations", 418, b"<html>", Refused, "message", "418"),
        (
            "bird",
            401,
            {"code": "Unauthenticated", "message": "no key"},
            Refused,
            "account",
            "Unauthenticated",
        ),
        ("bird", 403, {"code": "Forbidden"}, Refused, "account", "Forbidden"),
        ("bird", 402, {"code": "x"}, Refused, "account", "x"),
        ("bird", 404, {"code": "NotFound"}, Refused, "account", "NotFound"),
        ("bird", 422, {"code": "InvalidPayload"}, Refused, "message", "InvalidPayload"),
        ("bird", 429, {}, TryLater, "message", "429"),
        ("bird", 418, [], Refused, "message", "418"),
    ],
)
def test_error_is_sorted(generation, status, payload, outcome, scope, code):
    result = WIRES[generation].read(answer(status, payload))
    assert isinstance(result, outcome)
    assert (result.failure.scope, result.failure.code) == (scope, code)
    assert result.failure.sentence


def test_words_of_the_provider_are_kept():
    error = legacy(10, "to is no number", "to")
    result = conversations.read(answer(422, error))
    assert result.failure.detail == "to is no number to"
    error = {"code": "InvalidPayload", "message": "wrong", "details": {"body": ["x"]}}
    assert bird.read(answer(422, error)).failure.detail == "wrong body: x"


def test_provider_tells_when_to_try_again():
    result = conversations.read(answer(429, {}, retry_after="30"))
    assert result.after == 30


@pytest.mark.parametrize("generation", GENERATIONS)
def test_temporary_failures_of_whatsapp_are_tried_again(generation):
    result = WIRES[generation].read(answer(422, legacy(131016)))
    assert isinstance(result, TryLater)
