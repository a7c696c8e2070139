"""What we post to Meta: the same as an independent client for the same intent."""

from dataclasses import replace

import pytest
from meta_kit import (
    GRAPH,
    PHONE,
    PROOF,
    TOKEN,
    URL,
    answer,
    error_answer,
    make_account,
)
from meta_pywa import on_the_wire, pywa
from pywa.types import Button as PywaButton
from pywa.types import Section, SectionList, SectionRow
from pywa.types.templates import (
    AuthenticationBody,
    BodyText,
    CopyCodeButton,
    CopyCodeOTPButton,
    HeaderDocument,
    HeaderImage,
    HeaderLocation,
    HeaderText,
    QuickReplyButton,
    TemplateLanguage,
    URLButton,
)

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
from odoo.addons.whatsapp_connector_meta.wire import send

TO = "+34600111222"
BSUID = "ES.13491208655302741918"
COMMON = {"tracker": "our-ref_1"}
FILE = "https://odoo.example.com/web/content/7?access_token=a%2Bb"
CATALAN = TemplateLanguage.CATALAN


def make_outbound(kind="text", **values):
    return OutboundMessage(
        **{
            "reference": "our-ref_1",
            "number": "+34931234567",
            "number_id": PHONE,
            "person": Person(number=TO),
            "kind": kind,
            "status_url": f"{URL}?ref=our-ref_1",
            **values,
        }
    )


def make_media(kind, mimetype="image/png", filename="f", **values):
    return OutboundMedia(
        kind=kind, url=FILE, mimetype=mimetype, filename=filename, size=1, **values
    )


def with_media(kind, mimetype, text="", filename="f"):
    return make_outbound(kind, media=make_media(kind, mimetype, filename), text=text)


def build(outbound):
    return send.build(outbound, make_account())


CASA = Location(latitude=41.4, longitude=2.17, name="Casa", address="C/ Major, 1")
BUTTONS = (Button(title="Sí", payload="y"), Button(title="No", payload="n"))
SAME = {
    "text": (
        make_outbound(text="Bon dia *Núria* 😀"),
        lambda wa: wa.send_message(
            TO, "Bon dia *Núria* 😀", preview_url=False, **COMMON
        ),
    ),
    "text with a link": (
        make_outbound(text="Mira https://x.example"),
        lambda wa: wa.send_message(
            TO, "Mira https://x.example", preview_url=True, **COMMON
        ),
    ),
    "answer that quotes": (
        make_outbound(text="Sí", quoted_id="wamid.Q"),
        lambda wa: wa.send_message(
            TO, "Sí", preview_url=False, reply_to_message_id="wamid.Q", **COMMON
        ),
    ),
    "to somebody without a number": (
        make_outbound(text="Hola", person=Person(user_id=BSUID)),
        lambda wa: wa.send_message(BSUID, "Hola", preview_url=False, **COMMON),
    ),
    "picture": (
        with_media("image", "image/png", "Mira"),
        lambda wa: wa.send_image(TO, FILE, "Mira", **COMMON),
    ),
    "video": (
        with_media("video", "video/mp4"),
        lambda wa: wa.send_video(TO, FILE, **COMMON),
    ),
    "document": (
        with_media("document", "application/pdf", "Aquí", "Factura març.pdf"),
        lambda wa: wa.send_document(TO, FILE, "Factura març.pdf", "Aquí", **COMMON),
    ),
    "sound": (
        with_media("audio", "audio/mpeg"),
        lambda wa: wa.send_audio(TO, FILE, **COMMON),
    ),
    "voice note": (
        with_media("voice", "audio/ogg"),
        lambda wa: wa.send_voice(TO, FILE, **COMMON),
    ),
    "sticker": (
        with_media("sticker", "image/webp"),
        lambda wa: wa.send_sticker(TO, FILE, **COMMON),
    ),
    "place": (
        make_outbound("location", location=CASA),
        lambda wa: wa.send_location(TO, 41.4, 2.17, "Casa", "C/ Major, 1", **COMMON),
    ),
    "buttons": (
        make_outbound("buttons", text="Va bé?", buttons=BUTTONS),
        lambda wa: wa.send_message(
            TO,
            "Va bé?",
            buttons=[
                PywaButton("Sí", callback_data="y"),
                PywaButton("No", callback_data="n"),
            ],
            **COMMON,
        ),
    ),
    "list": (
        make_outbound(
            "list",
            text="Quan?",
            list_label="Tria",
            rows=(
                ListRow(title="Dilluns", payload="1", description="de 9 a 11"),
                ListRow(title="Dimarts", payload="2"),
            ),
        ),
        lambda wa: wa.send_message(
            TO,
            "Quan?",
            buttons=SectionList(
                "Tria",
                [
                    Section(
                        "Dies",
                        [
                            SectionRow("Dilluns", "1", "de 9 a 11"),
                            SectionRow("Dimarts", "2"),
                        ],
                    )
                ],
            ),
            **COMMON,
        ),
    ),
}


@pytest.mark.parametrize("outbound, intent", SAME.values(), ids=SAME)
def test_request_is_what_an_independent_client_sends(outbound, intent):
    assert [on_the_wire(build(outbound))] == pywa(intent)


def test_request_goes_out_with_token_and_proof():
    request = build(make_outbound(text="Hola"))
    assert request.url == f"{GRAPH}/{PHONE}/messages"
    assert request.headers == {"Authorization": f"Bearer {TOKEN}"}
    assert request.params == (("appsecret_proof", PROOF),)


def test_whatsapps_spelling_of_a_number_counts_before_ours():
    person = Person(number="+5511987654321", wa_id="551187654321", user_id=BSUID)
    built = build(make_outbound(text="Oi", person=person)).json
    assert built["to"] == "+551187654321"
    assert "recipient" not in built


# -- templates ------------------------------------------------------------------------


def make_template(**values):
    return Template(
        **{
            "name": "order_shipped",
            "language": "ca",
            "category": "utility",
            "body": "Hola {{1}}, la comanda {{2}} ja surt.",
            **values,
        }
    )


def with_template(template, values=(), person=None, **carried):
    return make_outbound(
        "template",
        person=person or Person(number=TO),
        template=OutboundTemplate(
            template_id="7",
            template=template,
            values=tuple(
                TemplateValue(place=place, name=name, value=value)
                for place, name, value in values
            ),
            **carried,
        ),
    )


def send_template(*params, name="order_shipped"):
    return lambda wa: wa.send_template(TO, name, CATALAN, params=params, **COMMON)


BODY = [("body", "1", "Núria"), ("body", "2", "S0042")]
BODY_PARAMS = BodyText("Hola {{1}}, {{2}}.", "a", "b").params("Núria", "S0042")
WORDS = make_template(body="Hola {{who}}, la comanda {{order_name}} ja surt.")
WORD_VALUES = [("body", "who", "Núria"), ("body", "order_name", "S0042")]
FULL = make_template(
    header="text",
    header_text="Comanda {{1}}",
    buttons=(
        TemplateButton(kind="quick_reply", text="On és?", payload="order_shipped:0"),
        TemplateButton(kind="url", text="Veure", url="https://x.example/{{1}}"),
        TemplateButton(kind="phone", text="Truca", phone="+34931234567"),
        TemplateButton(kind="copy_code", code="SAVE10"),
    ),
)
CODE = make_template(
    name="code",
    category="authentication",
    body="{{1}}",
    buttons=(TemplateButton(kind="copy_code", text="Copia"),),
)
TEMPLATES = {
    "numbers": (with_template(make_template(), BODY), send_template(BODY_PARAMS)),
    "words": (
        with_template(WORDS, WORD_VALUES),
        send_template(
            BodyText("Hola {{who}}, {{order_name}}.", who="a", order_name="b").params(
                who="Núria", order_name="S0042"
            )
        ),
    ),
    "words and numbers are numbered": (
        with_template(
            make_template(body="Hola {{who}}, la comanda {{1}} ja surt."),
            [("body", "who", "Núria"), ("body", "1", "S0042")],
        ),
        send_template(BODY_PARAMS),
    ),
    "name it was submitted under": (
        with_template(make_template(), BODY, name="order_shipped_v3"),
        send_template(BODY_PARAMS, name="order_shipped_v3"),
    ),
    "header and buttons": (
        with_template(
            FULL, [*BODY, ("header", "1", "S0042"), ("button:1", "1", "S0042")]
        ),
        send_template(
            HeaderText("Comanda {{1}}", "a").params("S0042"),
            BODY_PARAMS,
            QuickReplyButton.params(callback_data="order_shipped:0", index=0),
            URLButton.params(url_variable="S0042", index=1),
            CopyCodeButton.params(coupon_code="SAVE10", index=3),
        ),
    ),
    "picture above": (
        with_template(
            make_template(header="image"), BODY, header_media=make_media("image")
        ),
        send_template(HeaderImage.params(image=FILE), BODY_PARAMS),
    ),
    "document above": (
        with_template(
            make_template(header="document"),
            BODY,
            header_media=make_media("document", "application/pdf", "Factura.pdf"),
        ),
        send_template(
            HeaderDocument.params(document=FILE, filename="Factura.pdf"), BODY_PARAMS
        ),
    ),
    "place above": (
        with_template(make_template(header="location"), BODY, header_location=CASA),
        send_template(
            HeaderLocation.params(
                lat=41.4, lon=2.17, name="Casa", address="C/ Major, 1"
            ),
            BODY_PARAMS,
        ),
    ),
    "one-time code": (
        with_template(CODE, [("body", "1", "123456")]),
        send_template(
            AuthenticationBody.params(otp="123456"),
            CopyCodeOTPButton.params(otp="123456"),
            name="code",
        ),
    ),
}


@pytest.mark.parametrize("outbound, intent", TEMPLATES.values(), ids=TEMPLATES)
def test_template_is_what_an_independent_client_sends(outbound, intent):
    assert [on_the_wire(build(outbound))] == pywa(intent)


def test_variables_of_an_imported_template_keep_metas_names():
    variable = TemplateVariable(place="body", name="line_2", key="line_2")
    template = make_template(body="La {{line_2}} és aquí.", variables=(variable,))
    request = build(with_template(template, [("body", "line_2", "L2")]))
    [component] = request.json["template"]["components"]
    assert component["parameters"] == [
        {"type": "text", "parameter_name": "line_2", "text": "L2"}
    ]


def test_template_without_variables_has_no_components():
    request = build(with_template(make_template(body="Hola.")))
    assert request.json["template"] == {
        "name": "order_shipped",
        "language": {"code": "ca"},
    }


@pytest.mark.parametrize(
    "outbound",
    [
        with_template(make_template(), BODY[:1]),
        with_template(make_template(), [BODY[0], ("body", "2", "a\nb")]),
        with_template(make_template(), [BODY[0], ("body", "2", " ")]),
        with_template(FULL, [*BODY, ("header", "1", "S0042")]),
        with_template(make_template(header="image"), BODY),
        with_template(make_template(header="location"), BODY),
        with_template(CODE),
    ],
)
def test_template_with_a_gap_is_refused_here(outbound):
    refused = build(outbound)
    assert isinstance(refused, Refused) and refused.failure.code == "132000"


def test_code_for_somebody_without_a_number_is_refused_here():
    person = Person(user_id=BSUID)
    values = [("body", "1", "123456")]
    refused = build(with_template(CODE, values, person))
    assert refused.failure.scope == "contact"


# -- refused before it goes out -------------------------------------------------------


@pytest.mark.parametrize(
    "outbound, code",
    [
        (make_outbound(text="Hola", person=Person()), "no_recipient"),
        (make_outbound("hologram", text="Hola"), "unsupported"),
        (make_outbound("template"), "unsupported"),
        (make_outbound(text="x" * 4097), "too_long"),
        (with_media("image", "image/png", "x" * 1025), "too_long"),
        (make_outbound("buttons", text="x" * 1025, buttons=BUTTONS), "too_long"),
        (with_media("audio", "audio/mpeg", "Escolta"), "no_caption"),
        (with_media("sticker", "image/webp", "Mira"), "no_caption"),
    ],
)
def test_what_meta_would_not_take_is_refused_here(outbound, code):
    refused = build(outbound)
    assert isinstance(refused, Refused) and refused.failure.code == code
    assert refused.failure.sentence


@pytest.mark.parametrize("kind", send.CAPABILITIES.media_kinds)
def test_every_declared_kind_of_file_is_built(kind):
    for mimetype in send.CAPABILITIES.media_kinds[kind]:
        request = build(with_media(kind, mimetype))
        assert request.json[request.json["type"]]["link"] == FILE


# -- answers --------------------------------------------------------------------------


def test_accepted_message_has_metas_id():
    body = {"messages": [{"id": "wamid.X", "message_status": "accepted"}]}
    assert send.read(answer(200, body)) == Accepted(provider_id="wamid.X")


@pytest.mark.parametrize(
    "body", [None, [], {}, {"messages": []}, {"messages": [7]}, {"messages": [{}]}]
)
def test_good_answer_without_an_id_leaves_the_outcome_unknown(body):
    assert isinstance(send.read(answer(200, body)), OutcomeUnknown)


@pytest.mark.parametrize(
    "response, result, scope",
    [
        (error_answer(131047), Refused, "window"),
        (error_answer(190, 401), Refused, "account"),
        (error_answer(100, error_subcode=33), Refused, "account"),
        (error_answer(100), Refused, "message"),
        (error_answer(200, 403), Refused, "account"),
        (error_answer(210, 403), Refused, "account"),
        (error_answer(130429), TryLater, "message"),
        (error_answer(131056), TryLater, "message"),
        (error_answer(131000), OutcomeUnknown, "message"),
        (answer(401, None), Refused, "account"),
        (answer(400, "<html>"), Refused, "message"),
    ],
)
def test_error_answer_is_refused_later_or_unknown(response, result, scope):
    read = send.read(response)
    assert isinstance(read, result)
    assert read.failure.scope == scope


def test_wait_that_meta_asks_for_is_kept():
    response = replace(error_answer(80007), headers={"retry-after": "7"})
    assert send.read(response).after == 7
