"""What we post to MessageBird Conversations for each message, and its answers."""

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

from .common import API, CHANNEL, answer, asked, refusal

HELLO = "Bon dia *Núria* 😀"
NAMESPACE = "20332cd4_f095"
TEMPLATES = "https://integrations.messagebird.com/v2/platforms/whatsapp/templates"


def _post(kind, content, to="+34600111222"):
    body = {
        "to": to,
        "from": CHANNEL,
        "type": kind,
        "content": {kind: content},
        "reportUrl": STATUS_URL,
        "trackId": f"odoo:{REFERENCE}",
    }
    return asked("POST", f"{API}/send", json=body)


def _send(kind, content, **values):
    return (_post(kind, content, **values),)


def _file(kind, media, **more):
    return _send(kind, {"url": media.url, **more})


def _interactive(kind, text, action):
    content = whatsapp.interactive(kind, text, action)
    return _send("interactive", content)


def _list(*rows):
    sections = [{"title": "Tria", "rows": list(rows)}]
    return _interactive("list", "Quan?", {"button": "Tria", "sections": sections})


def _template(*components):
    """The namespace that it belongs to is asked for first."""
    content = {
        "namespace": NAMESPACE,
        "templateName": "order_shipped",
        "language": {"policy": "deterministic", "code": "ca"},
        "components": list(components),
    }
    return asked("GET", f"{TEMPLATES}/order_shipped/ca"), _post("hsm", content)


def _header(kind, media):
    return whatsapp.header(kind, {"url": media.url})


SENDS = {
    "text": _send("text", HELLO),
    "text with a link": _send("text", "Mira https://x.example"),
    "text that quotes": _send(
        "whatsappText", {"text": {"body": HELLO}, "context": {"id": QUOTED}}
    ),
    "to WhatsApp's spelling": _send("text", HELLO, to="+551187654321"),
    "to a number alone": _send("text", HELLO),
    "to a user id alone": _send("text", HELLO, to=intents.USER_ID),
    "to a number with a user id": _send("text", HELLO),
    "picture": _file("image", intents.PICTURE),
    "picture with caption": _file("image", intents.PICTURE, caption="Mira"),
    "video": _file("video", intents.VIDEO),
    "video with caption": _file("video", intents.VIDEO, caption="Mira"),
    "document": _file("file", intents.DOCUMENT),
    "document with caption": _file("file", intents.DOCUMENT, caption="Mira"),
    "sound": _file("audio", intents.SOUND),
    "voice note": _file("audio", intents.VOICE),
    "sticker": _send("whatsappSticker", {"link": intents.STICKER.url}),
    "place without a name": _send("location", {"latitude": -34.6, "longitude": -58.4}),
    "buttons": _interactive(
        "button",
        "Va bé?",
        {
            "buttons": [
                {"type": "reply", "id": "y", "title": "Sí"},
                {"type": "reply", "id": "n", "title": "No"},
            ]
        },
    ),
    "list": _list({"id": "1", "title": "Dilluns"}, {"id": "2", "title": "Dimarts"}),
    "list with descriptions": _list(
        {"id": "1", "title": "Dilluns", "description": "de 9 a 11"}
    ),
    "template of numbers": _template(BODY),
    "template of words": _template(BODY),
    "template of all parts": _template(*whatsapp.fill_all_parts()),
    "template with a coupon": _template(whatsapp.fill_coupon()),
    "template with a picture": _template(_header("image", intents.PICTURE), BODY),
    "template with a video": _template(_header("video", intents.VIDEO), BODY),
    "template with a document": _template(_header("document", intents.DOCUMENT), BODY),
    "template under another name": _template(BODY),
    "template with a code": _template(*whatsapp.fill_code()),
}


def _refused(code, scope, detail="Words"):
    return Refused(failure=failure(code, scope, detail))


ANSWERS = {
    "accepted": (
        answer({"id": "m1", "status": "accepted"}, 202),
        Accepted(provider_id="m1"),
    ),
    "accepted without an id": (
        answer({"id": ""}, 202),
        OutcomeUnknown(failure=failure("no_id")),
    ),
    "outside the window": (refusal(470), _refused("470", "window")),
    "no WhatsApp there": (refusal(1013), _refused("1013", "contact")),
    "key refused": (refusal(2, 401), _refused("2", "account")),
    "no such channel": (refusal(20, 404), _refused("20", "account")),
    "no money": (refusal(25), _refused("25", "account")),
    "not allowed": (answer({}, 403), _refused("403", "account", None)),
    "bad parameter": (
        refusal(10, description="is no number", parameter="to"),
        _refused("10", "message", "is no number to"),
    ),
    "code of tomorrow": (refusal(7, 405), _refused("7", "message")),
    "too fast": (refusal(7, 429), TryLater(failure=failure("429"))),
    "too fast, with a time to wait": (
        answer({}, 429, **{"retry-after": "7"}),
        TryLater(failure=failure("429"), after=7.0),
    ),
    "fault of WhatsApp's": (
        refusal(131016),
        TryLater(failure=failure("131016", detail="Words")),
    ),
    "fault of MessageBird's": (
        refusal(99),
        OutcomeUnknown(failure=failure("99", detail="Words")),
    ),
}
