"""What we post to Meta to send each message, and what its answers mean."""

from odoo.addons.whatsapp_connector.tests.conformance import intents, whatsapp
from odoo.addons.whatsapp_connector.tests.conformance.intents import QUOTED, USER_ID
from odoo.addons.whatsapp_connector.tests.conformance.whatsapp import BODY
from odoo.addons.whatsapp_connector.tests.conformance.wire import REFERENCE, failure
from odoo.addons.whatsapp_connector.wire.outbound import (
    Accepted,
    OutcomeUnknown,
    Refused,
    TryLater,
)

from .common import PHONE, answer, asked, refusal

TEXT = {"body": "Bon dia *Núria* 😀", "preview_url": False}


def _post(kind, content, to="+34600111222", **more):
    recipient = {"recipient": to} if to == USER_ID else {"to": to}
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        **recipient,
        "type": kind,
        kind: content,
        **more,
        "biz_opaque_callback_data": REFERENCE,
    }
    return (asked("POST", PHONE, "messages", json=body),)


def _interactive(kind, text, action):
    content = whatsapp.interactive(kind, text, action)
    return _post("interactive", content)


def _list(*rows):
    return _interactive(
        "list", "Quan?", {"button": "Tria", "sections": [{"rows": list(rows)}]}
    )


def _template(*components, name="order_shipped", **more):
    template = {"name": name, "language": {"code": "ca"}}
    if components:
        template["components"] = list(components)
    return _post("template", template, **more)


PICTURE = {"link": intents.PICTURE.url}
VIDEO = {"link": intents.VIDEO.url}
SOUND = {"link": intents.SOUND.url}
VOICE = {"link": intents.VOICE.url, "voice": True}
STICKER = {"link": intents.STICKER.url}
DOCUMENT = {"link": intents.DOCUMENT.url, "filename": "Factura març.pdf"}
CASA = {
    "latitude": 41.4,
    "longitude": 2.17,
    "name": "Casa",
    "address": "C/ Major, 1",
}

SENDS = {
    "text": _post("text", TEXT),
    "text with a link": _post(
        "text", {"body": "Mira https://x.example", "preview_url": True}
    ),
    "text that quotes": _post("text", TEXT, context={"message_id": QUOTED}),
    "to WhatsApp's spelling": _post("text", TEXT, to="+551187654321"),
    "to a number alone": _post("text", TEXT),
    "to a user id alone": _post("text", TEXT, to=USER_ID),
    "to a number with a user id": _post("text", TEXT),
    "picture": _post("image", PICTURE),
    "picture with caption": _post("image", {**PICTURE, "caption": "Mira"}),
    "video": _post("video", VIDEO),
    "video with caption": _post("video", {**VIDEO, "caption": "Mira"}),
    "document": _post("document", DOCUMENT),
    "document with caption": _post("document", {**DOCUMENT, "caption": "Mira"}),
    "sound": _post("audio", SOUND),
    "voice note": _post("audio", VOICE),
    "sticker": _post("sticker", STICKER),
    "place": _post("location", CASA),
    "place without a name": _post("location", {"latitude": -34.6, "longitude": -58.4}),
    "buttons": _interactive(
        "button",
        "Va bé?",
        {
            "buttons": [
                {"type": "reply", "reply": {"id": "y", "title": "Sí"}},
                {"type": "reply", "reply": {"id": "n", "title": "No"}},
            ]
        },
    ),
    "list": _list({"id": "1", "title": "Dilluns"}, {"id": "2", "title": "Dimarts"}),
    "list with descriptions": _list(
        {"id": "1", "title": "Dilluns", "description": "de 9 a 11"}
    ),
    "react": _post("reaction", {"message_id": QUOTED, "emoji": "👍"}),
    "take a reaction back": _post("reaction", {"message_id": QUOTED, "emoji": ""}),
    "template of numbers": _template(BODY),
    "template of words": _template(
        {
            "type": "body",
            "parameters": [
                {"type": "text", "parameter_name": "who", "text": "Núria"},
                {"type": "text", "parameter_name": "order_name", "text": "S0042"},
            ],
        }
    ),
    "template of all parts": _template(*whatsapp.fill_all_parts()),
    "template with a coupon": _template(whatsapp.fill_coupon()),
    "template with a picture": _template(whatsapp.header("image", PICTURE), BODY),
    "template with a video": _template(whatsapp.header("video", VIDEO), BODY),
    "template with a document": _template(whatsapp.header("document", DOCUMENT), BODY),
    "template with a place": _template(whatsapp.header("location", CASA), BODY),
    "template under another name": _template(BODY, name="order_shipped_v3"),
    "template with a code": _template(*whatsapp.fill_code(), name="code"),
}


def _refused(code, scope, detail="Words"):
    return Refused(failure=failure(code, scope, detail))


ANSWERS = {
    "accepted": (
        answer({"messages": [{"id": "wamid.X", "message_status": "accepted"}]}),
        Accepted(provider_id="wamid.X"),
    ),
    "accepted without an id": (
        answer({"messages": [{}]}),
        OutcomeUnknown(failure=failure("no_id")),
    ),
    "outside the window": (refusal(131047), _refused("131047", "window")),
    "no WhatsApp there": (refusal(131026), _refused("131026", "contact")),
    "token expired": (refusal(190, 401), _refused("190", "account")),
    "no permission": (refusal(210, 403), _refused("210", "account")),
    "no such object": (
        refusal(100, error_subcode=33),
        _refused("33", "account"),
    ),
    "bad parameter": (refusal(100), _refused("100", "message")),
    "no code": (answer(None, 401), _refused("401", "account", None)),
    "code of tomorrow": (refusal(139999), _refused("139999", "message")),
    "too fast": (
        refusal(130429),
        TryLater(failure=failure("130429", detail="Words")),
    ),
    "too fast for this person": (
        refusal(131056),
        TryLater(failure=failure("131056", detail="Words")),
    ),
    "too fast, with a time to wait": (
        answer(
            {"error": {"code": 80007, "message": "Words"}}, 400, **{"retry-after": "7"}
        ),
        TryLater(failure=failure("80007", detail="Words"), after=7.0),
    ),
    "fault of Meta's": (
        refusal(131000),
        OutcomeUnknown(failure=failure("131000", detail="Words")),
    ),
}
