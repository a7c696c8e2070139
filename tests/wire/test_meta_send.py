"""What we post to Meta: the same as an independent client for the same intent."""

from dataclasses import replace

import pytest
from meta_kit import make_account
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
    HeaderVideo,
    QuickReplyButton,
    TemplateLanguage,
    URLButton,
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
from odoo.addons.whatsapp_connector.wire.template import TemplateVariable
from odoo.addons.whatsapp_connector_meta.tests.cases import WIRE
from odoo.addons.whatsapp_connector_meta.wire import send

TO = "+34600111222"
HELLO = "Bon dia *Núria* 😀"
COMMON = {"tracker": "our-ref_1"}
CATALAN = TemplateLanguage.CATALAN
BODY_PARAMS = BodyText("Hola {{1}}, {{2}}.", "a", "b").params("Núria", "S0042")
INVOICE = {"document": DOCUMENT.url, "filename": "Factura març.pdf"}


def say(text=HELLO, to=TO, preview_url=False, **values):
    values.update(COMMON, preview_url=preview_url)
    return lambda wa: wa.send_message(to, text, **values)


def offer(text, buttons):
    return lambda wa: wa.send_message(TO, text, buttons=buttons, **COMMON)


def rows(*rows):
    return SectionList("Tria", [Section("Dies", [SectionRow(*row) for row in rows])])


def send_template(*params, name="order_shipped"):
    return lambda wa: wa.send_template(TO, name, CATALAN, params=params, **COMMON)


INTENTS = {
    "text": say(),
    "text with a link": say("Mira https://x.example", preview_url=True),
    "text that quotes": say(reply_to_message_id=QUOTED),
    "to WhatsApp's spelling": say(to="+551187654321"),
    "to a number alone": say(),
    "to a user id alone": say(to=USER_ID),
    "to a number with a user id": say(),
    "picture": lambda wa: wa.send_image(TO, PICTURE.url, **COMMON),
    "picture with caption": lambda wa: wa.send_image(TO, PICTURE.url, "Mira", **COMMON),
    "video": lambda wa: wa.send_video(TO, VIDEO.url, **COMMON),
    "video with caption": lambda wa: wa.send_video(TO, VIDEO.url, "Mira", **COMMON),
    "document": lambda wa: wa.send_document(TO, **INVOICE, **COMMON),
    "document with caption": lambda wa: wa.send_document(
        TO, **INVOICE, caption="Mira", **COMMON
    ),
    "sound": lambda wa: wa.send_audio(TO, SOUND.url, **COMMON),
    "voice note": lambda wa: wa.send_voice(TO, VOICE.url, **COMMON),
    "sticker": lambda wa: wa.send_sticker(TO, STICKER.url, **COMMON),
    "place": lambda wa: wa.send_location(
        TO, 41.4, 2.17, "Casa", "C/ Major, 1", **COMMON
    ),
    "place without a name": lambda wa: wa.send_location(TO, -34.6, -58.4, **COMMON),
    "buttons": offer(
        "Va bé?",
        [
            PywaButton("Sí", callback_data="y"),
            PywaButton("No", callback_data="n"),
        ],
    ),
    "list": offer("Quan?", rows(("Dilluns", "1"), ("Dimarts", "2"))),
    "list with descriptions": offer("Quan?", rows(("Dilluns", "1", "de 9 a 11"))),
    "react": lambda wa: wa.send_reaction(TO, "👍", QUOTED, **COMMON),
    "take a reaction back": lambda wa: wa.remove_reaction(TO, QUOTED, **COMMON),
    "template of numbers": send_template(BODY_PARAMS),
    "template of words": send_template(
        BodyText("Hola {{who}}, {{order_name}}.", who="a", order_name="b").params(
            who="Núria", order_name="S0042"
        )
    ),
    "template of all parts": send_template(
        HeaderText("Comanda {{1}}", "a").params("S0042"),
        BODY_PARAMS,
        URLButton.params(url_variable="S0042", index=0),
        QuickReplyButton.params(callback_data="order_shipped:2", index=2),
    ),
    "template with a coupon": send_template(
        CopyCodeButton.params(coupon_code="SAVE10", index=0)
    ),
    "template with a picture": send_template(
        HeaderImage.params(image=PICTURE.url), BODY_PARAMS
    ),
    "template with a video": send_template(
        HeaderVideo.params(video=VIDEO.url), BODY_PARAMS
    ),
    "template with a document": send_template(
        HeaderDocument.params(**INVOICE), BODY_PARAMS
    ),
    "template with a place": send_template(
        HeaderLocation.params(lat=41.4, lon=2.17, name="Casa", address="C/ Major, 1"),
        BODY_PARAMS,
    ),
    "template under another name": send_template(BODY_PARAMS, name="order_shipped_v3"),
    "template with a code": send_template(
        AuthenticationBody.params(otp="123456"),
        CopyCodeOTPButton.params(otp="123456"),
        name="code",
    ),
}


def test_independent_client_can_say_all_that_we_do():
    assert set(INTENTS) == set(WIRE.sends)


@pytest.mark.parametrize("name", INTENTS)
def test_request_is_what_an_independent_client_sends(name):
    request = send.build(MESSAGES[name].get_outbound(WIRE), make_account())
    assert [on_the_wire(request)] == pywa(INTENTS[name])


def build_template(template, *values):
    carried = with_template(template, *values)
    return send.build(make_outbound(WIRE, "template", template=carried), make_account())


def test_words_and_numbers_together_are_numbered():
    mixed = {"body": "Hola {{who}}, la comanda {{1}} ja surt.", "variables": ()}
    request = build_template(
        replace(PLAIN, **mixed), ("body", "who", "Núria"), ("body", "1", "S0042")
    )
    assert [on_the_wire(request)] == pywa(send_template(BODY_PARAMS))


def test_variables_of_an_imported_template_keep_metas_names():
    variable = TemplateVariable(place="body", name="line_2", key="line_2")
    imported = {"body": "La {{line_2}} és aquí.", "variables": (variable,)}
    request = build_template(replace(PLAIN, **imported), ("body", "line_2", "L2"))
    [component] = request.json["template"]["components"]
    assert component["parameters"] == [
        {"type": "text", "parameter_name": "line_2", "text": "L2"}
    ]


def test_text_above_buttons_has_the_limit_of_captions():
    for kind, most in (("buttons", 1024), ("list", 4096)):
        values = {**MESSAGES[kind].values, "text": "x" * (most + 1)}
        refused = send.build(make_outbound(WIRE, **values), make_account())
        assert refused.failure.code == "too_long"
