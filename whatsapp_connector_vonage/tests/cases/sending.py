"""What we post to Vonage to send each message, and what its answers mean."""

from odoo.addons.whatsapp_connector.tests.conformance import intents, whatsapp
from odoo.addons.whatsapp_connector.tests.conformance.intents import QUOTED
from odoo.addons.whatsapp_connector.tests.conformance.whatsapp import BODY
from odoo.addons.whatsapp_connector.tests.conformance.wire import (
    REFERENCE,
    STATUS_URL,
    failure,
)
from odoo.addons.whatsapp_connector.wire.outbound import (
    Accepted,
    OutcomeUnknown,
    Refused,
    TryLater,
)

from .common import MESSAGES, OURS, THEIRS, answer, asked, problem

HELLO = "Bon dia *Núria* 😀"
MESSAGE = "aaaaaaaa-bbbb-4ccc-8ddd-0000000000ff"


def _send(kind, content, to=THEIRS, **more):
    body = {
        "channel": "whatsapp",
        "to": to,
        "from": OURS,
        "client_ref": REFERENCE,
        "webhook_url": STATUS_URL,
        "webhook_version": "v1",
        "message_type": kind,
        kind: content,
        **more,
    }
    return (asked("POST", MESSAGES, json=body),)


def _file(kind, media, **more):
    return _send(kind, {"url": media.url, **more})


def _custom(kind, content):
    """What Vonage has no words for goes to WhatsApp as it is."""
    return _send("custom", {"type": kind, kind: content})


def _interactive(kind, text, action):
    content = whatsapp.interactive(kind, text, action)
    return _custom("interactive", content)


def _list(*rows):
    action = {"button": "Tria", "sections": [{"rows": list(rows)}]}
    return _interactive("list", "Quan?", action)


def _template(*components, name="order_shipped"):
    content = {"name": name, "language": {"policy": "deterministic", "code": "ca"}}
    if components:
        content["components"] = list(components)
    return _custom("template", content)


CASA = {"latitude": 41.4, "longitude": 2.17, "name": "Casa", "address": "C/ Major, 1"}
NAMED = {"name": "Factura març.pdf"}
INVOICE = {"link": intents.DOCUMENT.url, "filename": "Factura març.pdf"}

SENDS = {
    "text": _send("text", HELLO),
    "text with a link": _send("text", "Mira https://x.example"),
    "text that quotes": _send("text", HELLO, context={"message_uuid": QUOTED}),
    "to WhatsApp's spelling": _send("text", HELLO, to="551187654321"),
    "to a number alone": _send("text", HELLO),
    "to a user id alone": _send("text", HELLO, to=intents.USER_ID),
    "to a number with a user id": _send("text", HELLO),
    "picture": _file("image", intents.PICTURE),
    "picture with caption": _file("image", intents.PICTURE, caption="Mira"),
    "video": _file("video", intents.VIDEO),
    "video with caption": _file("video", intents.VIDEO, caption="Mira"),
    "document": _file("file", intents.DOCUMENT, **NAMED),
    "document with caption": _file("file", intents.DOCUMENT, caption="Mira", **NAMED),
    "sound": _file("audio", intents.SOUND),
    "voice note": _file("audio", intents.VOICE),
    "sticker": _file("sticker", intents.STICKER),
    "place": _custom("location", CASA),
    "place without a name": _custom(
        "location", {"latitude": -34.6, "longitude": -58.4}
    ),
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
    "react": _send(
        "reaction",
        {"action": "react", "emoji": "👍"},
        context={"message_uuid": QUOTED},
    ),
    "take a reaction back": _send(
        "reaction", {"action": "unreact"}, context={"message_uuid": QUOTED}
    ),
    "template of numbers": _template(BODY),
    "template of words": _template(BODY),
    "template of all parts": _template(*whatsapp.fill_all_parts(str)),
    "template with a coupon": _template(whatsapp.fill_coupon(str)),
    "template with a picture": _template(
        whatsapp.header("image", {"link": intents.PICTURE.url}), BODY
    ),
    "template with a video": _template(
        whatsapp.header("video", {"link": intents.VIDEO.url}), BODY
    ),
    # These two come from elsewhere: no sample of them can be submitted here.
    "template with a document": _template(whatsapp.header("document", INVOICE), BODY),
    "template with a place": _template(whatsapp.header("location", CASA), BODY),
    "template under another name": _template(BODY, name="order_shipped_v3"),
    "template with a code": _template(*whatsapp.fill_code(str), name="code"),
}


def _refused(code, scope, detail="Words More."):
    return Refused(failure=failure(code, scope, detail))


ANSWERS = {
    "accepted": (
        answer({"message_uuid": MESSAGE}, 202),
        Accepted(provider_id=MESSAGE),
    ),
    "accepted without an id": (
        answer({"message_uuid": None}, 202),
        OutcomeUnknown(failure=failure("no_id")),
    ),
    "credentials refused": (problem(401, "unathorized"), _refused("401", "account")),
    "no money": (problem(402), _refused("402", "account")),
    "not allowed": (problem(403), _refused("403", "account")),
    "no such recipient": (problem(422, "110"), _refused("422/110", "contact")),
    "no such sender": (problem(422, "1120"), _refused("422/1120", "account")),
    "bad parameter": (
        problem(
            422,
            "1150",
            invalid_parameters=[{"name": "image.url", "reason": "must be a URL"}, "x"],
        ),
        _refused("422/1150", "message", "Words More. image.url: must be a URL"),
    ),
    "code of tomorrow": (problem(422, "9999"), _refused("422/9999", "message")),
    "status of tomorrow": (problem(418), _refused("418", "message")),
    "no JSON": (answer("<html>", 400), _refused("400", "message", None)),
    "too fast": (problem(429), TryLater(failure=failure("429"))),
    "too fast, with a time to wait": (
        answer({}, 429, **{"retry-after": "7"}),
        TryLater(failure=failure("429"), after=7.0),
    ),
    "fault of Vonage's": (problem(500), OutcomeUnknown(failure=failure("500"))),
}
