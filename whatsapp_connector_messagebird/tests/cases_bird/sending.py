"""What we post to Bird to send each message, and what its answers mean."""

from odoo.addons.whatsapp_connector.tests.conformance import intents
from odoo.addons.whatsapp_connector.tests.conformance.intents import QUOTED
from odoo.addons.whatsapp_connector.tests.conformance.wire import REFERENCE, failure
from odoo.addons.whatsapp_connector.wire.outbound import (
    Accepted,
    OutcomeUnknown,
    Refused,
    TryLater,
)

from .common import MESSAGES, answer, asked, make_id, refusal

HELLO = "Bon dia *Núria* 😀"
MESSAGE = make_id(0xABC)


def _post(key="phonenumber", to="+34600111222", **content):
    body = {
        "receiver": {"contacts": [{"identifierKey": key, "identifierValue": to}]},
        **content,
        "reference": f"odoo:{REFERENCE}",
    }
    return (asked("POST", MESSAGES, json=body),)


def _send(kind, content, **more):
    return _post(body={"type": kind, kind: content}, **more)


def _text(text=HELLO, **more):
    return _send("text", {"text": text}, **more)


def _image(media, **more):
    return _send("image", {"images": [{"mediaUrl": media.url}], **more})


def _file(media, **more):
    described = {
        "mediaUrl": media.url,
        "contentType": media.mimetype,
        "filename": media.filename,
    }
    return _send("file", {"files": [described], **more})


def _postback(title, payload):
    return {"type": "postback", "postback": {"text": title, "payload": payload}}


def _template(**parameters):
    """By project and version; Bird names the variables of the whole."""
    sent = {"projectId": "p1", "version": "v1", "locale": "ca"}
    if parameters:
        sent["parameters"] = [
            {"type": "string", "key": key, "value": value}
            for key, value in parameters.items()
        ]
    return _post(template=sent)


BODY = {"body_1": "Núria", "body_2": "S0042"}
QUOTE = {"replyTo": {"id": QUOTED, "type": "message"}}

SENDS = {
    "text": _text(),
    "text with a link": _text("Mira https://x.example"),
    "text that quotes": _text(**QUOTE),
    "to WhatsApp's spelling": _text(to="+551187654321"),
    "to a number alone": _text(),
    "to a user id alone": _text(key="whatsappbsuid", to=intents.USER_ID),
    "to a number with a user id": _text(),
    "picture": _image(intents.PICTURE),
    "picture with caption": _image(intents.PICTURE, text="Mira"),
    "video": _file(intents.VIDEO),
    "video with caption": _file(intents.VIDEO, text="Mira"),
    "document": _file(intents.DOCUMENT),
    "document with caption": _file(intents.DOCUMENT, text="Mira"),
    "sound": _file(intents.SOUND),
    "voice note": _file(intents.VOICE),
    "sticker": _image(intents.STICKER),
    "place": _send(
        "location",
        {
            "coordinates": {"latitude": 41.4, "longitude": 2.17},
            "location": {"label": "Casa", "address": "C/ Major, 1"},
        },
    ),
    "place without a name": _send(
        "location", {"coordinates": {"latitude": -34.6, "longitude": -58.4}}
    ),
    "buttons": _send(
        "text",
        {"text": "Va bé?", "actions": [_postback("Sí", "y"), _postback("No", "n")]},
    ),
    "list": _send(
        "list",
        {
            "items": [
                {"actions": [_postback("Dilluns", "1"), _postback("Dimarts", "2")]}
            ],
            "title": "Tria",
            "altText": "Quan?",
            "text": "Quan?",
        },
    ),
    "template of numbers": _template(**BODY),
    "template of words": _template(body_who="Núria", body_order_name="S0042"),
    "template of all parts": _template(header_1="S0042", **BODY, button_0_1="S0042"),
    "template with a picture": _template(header_file=intents.PICTURE.url, **BODY),
    "template with a video": _template(header_file=intents.VIDEO.url, **BODY),
    "template with a document": _template(header_file=intents.DOCUMENT.url, **BODY),
    "template under another name": _template(**BODY),
}


def _refused(code, scope, detail="Words"):
    return Refused(failure=failure(code, scope, detail))


ANSWERS = {
    "accepted": (
        answer({"id": MESSAGE, "status": "accepted"}, 202),
        Accepted(provider_id=MESSAGE),
    ),
    "accepted without an id": (
        answer({"id": []}, 202),
        OutcomeUnknown(failure=failure("no_id")),
    ),
    "outside the window": (refusal(131047), _refused("131047", "window")),
    "no WhatsApp there": (refusal(131026), _refused("131026", "contact")),
    "key refused": (
        refusal("Unauthenticated", 401),
        _refused("Unauthenticated", "account"),
    ),
    "not allowed": (refusal("Forbidden", 403), _refused("Forbidden", "account")),
    "no money": (refusal("x", 402), _refused("x", "account")),
    "no such channel": (refusal("NotFound", 404), _refused("NotFound", "account")),
    "bad parameter": (
        answer(
            {"code": "InvalidPayload", "message": "wrong", "details": {"body": ["x"]}},
            422,
        ),
        _refused("InvalidPayload", "message", "wrong body: x"),
    ),
    "code of tomorrow": (refusal("Eclipse", 418), _refused("Eclipse", "message")),
    "too fast": (answer({}, 429), TryLater(failure=failure("429"))),
    "too fast, with a time to wait": (
        answer({}, 429, **{"retry-after": "7"}),
        TryLater(failure=failure("429"), after=7.0),
    ),
    "fault of Bird's": (answer({}, 502), OutcomeUnknown(failure=failure("502"))),
}
