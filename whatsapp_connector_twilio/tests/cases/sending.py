"""What we post to Twilio to send each message, and what its answers mean."""

import json

from odoo.addons.whatsapp_connector.tests.conformance import intents
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

from .common import CONTENT, MESSAGES, OURS, THEIRS, answer, post, refusal


def _send(*form, to=THEIRS):
    envelope = (("To", to), ("From", OURS), ("StatusCallback", STATUS_URL))
    return (post(MESSAGES, form=(*envelope, *form)),)


def _text(text="Bon dia *Núria* 😀", **values):
    return _send(("Body", text), **values)


def _file(media, *caption):
    return _send(*caption, ("MediaUrl", media.url))


def _place(text, point):
    return _send(("Body", text), ("PersistentAction", point))


def _content(name, content):
    """Buttons and lists are a content first, then sent as one."""
    body = {
        "friendly_name": f"odoo message {REFERENCE}",
        "language": "en",
        "types": {name: content},
    }
    created = post("https://content.twilio.com/v1/Content", json=body)
    return (created, *_send(("ContentSid", CONTENT)))


def _list(description):
    rows = [{"id": "1", "item": "Dilluns", "description": description}]
    if not description:
        rows.append({"id": "2", "item": "Dimarts", "description": ""})
    content = {"body": "Quan?", "button": "Tria", "items": rows}
    return _content("twilio/list-picker", content)


def _template(*values):
    """Twilio numbers the variables of the whole: header, body, buttons."""
    form = [("ContentSid", CONTENT)]
    if values:
        numbered = {str(n): value for n, value in enumerate(values, 1)}
        form.append(("ContentVariables", json.dumps(numbered)))
    return _send(*form)


def _path(media):
    return media.url.removeprefix("https://odoo.example.com/")


BODY = ("Núria", "S0042")
SENDS = {
    "text": _text(),
    "text with a link": _text("Mira https://x.example"),
    "to WhatsApp's spelling": _text(to="whatsapp:+551187654321"),
    "to a number alone": _text(),
    "to a user id alone": _text(to=f"whatsapp:{intents.USER_ID}"),
    "to a number with a user id": _text(),
    "picture": _file(intents.PICTURE),
    "picture with caption": _file(intents.PICTURE, ("Body", "Mira")),
    "video": _file(intents.VIDEO),
    "document": _file(intents.DOCUMENT),
    "sound": _file(intents.SOUND),
    "voice note": _file(intents.VOICE),
    "sticker": _file(intents.STICKER),
    "place": _place("Casa", "geo:41.4,2.17|C/ Major, 1"),
    "place without a name": _place("📍", "geo:-34.6,-58.4"),
    "buttons": _content(
        "twilio/quick-reply",
        {
            "body": "Va bé?",
            "actions": [
                {"type": "QUICK_REPLY", "title": "Sí", "id": "y"},
                {"type": "QUICK_REPLY", "title": "No", "id": "n"},
            ],
        },
    ),
    "list": _list(""),
    "list with descriptions": _list("de 9 a 11"),
    "template of numbers": _template(*BODY),
    "template of words": _template(*BODY),
    "template of all parts": _template("S0042", *BODY, "S0042"),
    "template with a coupon": _template(),
    "template with a picture": _template(_path(intents.PICTURE), *BODY),
    "template with a video": _template(_path(intents.VIDEO), *BODY),
    "template with a document": _template(_path(intents.DOCUMENT), *BODY),
    "template under another name": _template(*BODY),
    "template with a code": _template("123456"),
}


def _refused(code, scope, detail="Words"):
    return Refused(failure=failure(code, scope, detail))


def _later(code, **values):
    return TryLater(failure=failure(code, detail="Words"), **values)


ANSWERS = {
    "accepted": (
        answer({"sid": f"SM{'1' * 32}", "status": "queued", "error_code": None}, 201),
        Accepted(provider_id=f"SM{'1' * 32}"),
    ),
    "accepted without a SID": (
        answer({"sid": None}, 201),
        OutcomeUnknown(failure=failure("no_id")),
    ),
    "outside the window": (refusal(63016), _refused("63016", "window")),
    "no WhatsApp there": (refusal(63024), _refused("63024", "contact")),
    "said STOP": (refusal(21610), _refused("21610", "consent")),
    "credentials changed": (refusal(20003, 401), _refused("20003", "account")),
    "no such account": (refusal(20404, 404), _refused("20404", "account")),
    "no code": (answer({}, 401), _refused("401", "account", None)),
    "bad parameter": (refusal(20422), _refused("20422", "message")),
    "code of tomorrow": (refusal(69999), _refused("69999", "message")),
    "spam": (refusal(63026), _refused("63026", "limit")),
    "queue full": (refusal(21611), _later("21611")),
    "too fast, with a time to wait": (
        refusal(20429, **{"retry-after": "7"}),
        _later("20429", after=7.0),
    ),
    "fault of Twilio's": (
        refusal(20500),
        OutcomeUnknown(failure=failure("20500", detail="Words")),
    ),
}
