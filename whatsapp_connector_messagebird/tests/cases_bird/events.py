"""What Bird's webhooks say, one fixture a kind."""

from dataclasses import replace
from datetime import datetime, timezone

from odoo.addons.whatsapp_connector.tests.conformance.wire import event, failure
from odoo.addons.whatsapp_connector.wire.items import (
    Choice,
    Echo,
    InboundMessage,
    Location,
    Media,
    Person,
    StatusUpdate,
    TemplatesChanged,
    Unknown,
)

from .common import CHANNEL, WORKSPACE, make_id

NURIA = Person(number="+34600111222", wa_id="34600111222", name="Núria 🌻")
USER_ID = "ES.4480491918930694"
HIDDEN = Person(user_id=USER_ID, name="Núria 🌻")
QUOTED = make_id(0xFFF)
MESSAGE = make_id(0xABC)
REFERENCE = "r4711"
HELLO = "Hola, no em funciona la *factura*"


def inbound(number, kind="text", **values):
    return InboundMessage(
        **{
            "number_id": CHANNEL,
            "message_id": make_id(number),
            "person": NURIA,
            "kind": kind,
            "sent_at": datetime(2026, 5, 11, 8, 47, 45, tzinfo=timezone.utc),
            **values,
        }
    )


def person(wa_id, name):
    return Person(number=f"+{wa_id}", wa_id=wa_id, name=name)


def make_url(number):
    message = make_id(number)
    path = f"workspaces/{WORKSPACE}/messages/{message}/media/{message}"
    return f"https://media.nest.messagebird.com/{path}"


def file(number, mimetype=None, **values):
    return Media(url=make_url(number), mimetype=mimetype, **values)


def tap(number, title, payload):
    choice = Choice(title=title, payload=payload)
    return inbound(number, "button_reply", text=title, choice=choice, quoted_id=QUOTED)


INVOICE = file(5, "application/pdf", filename="Factura març.pdf")
INBOUND = {
    "text": inbound(1, text=HELLO),
    "text_with_user_id": inbound(
        2, text=HELLO, person=replace(NURIA, user_id=USER_ID, username="nuria")
    ),
    "text_without_number": inbound(3, text=HELLO, person=HIDDEN),
    "text_mexico": inbound(4, text="Hola", person=person("5215512345678", "Luz")),
    "text_argentina": inbound(17, text="Hola", person=person("5491123456789", "Mar")),
    "text_brazil": inbound(18, text="Oi", person=person("551190000001", "João")),
    "text_quoting": inbound(5, text=HELLO, quoted_id=QUOTED),
    "text_without_direction": inbound(0x7A, text=HELLO),
    "text_without_meta": inbound(
        6,
        text=HELLO,
        sent_at=datetime(2026, 5, 11, 8, 47, 45, 736000, timezone.utc),
    ),
    "image": inbound(7, "image", text="La pantalla", media=(file(1),)),
    "images": inbound(8, "image", media=(file(2, "image/jpeg"), file(3, "image/png"))),
    "sticker": inbound(9, "sticker", media=(file(4, "image/webp"),)),
    "document": inbound(10, "document", media=(INVOICE,)),
    "document_with_caption": inbound(
        21, "document", text="És correcta?", media=(INVOICE,)
    ),
    "video": inbound(11, "video", media=(file(6, "video/mp4"),)),
    "voice": inbound(12, "voice", media=(file(7, "audio/ogg", voice=True),)),
    "audio": inbound(13, "audio", media=(file(8, "audio/mpeg"),)),
    "location": inbound(
        14,
        "location",
        location=Location(
            latitude=41.3851,
            longitude=2.1734,
            name="La botiga",
            address="Plaça de Catalunya, Barcelona",
        ),
    ),
    "location_bare": inbound(
        19, "location", location=Location(latitude=-34.6, longitude=-58.4)
    ),
    "location_impossible": inbound(20, "unsupported"),
    "button_reply": tap(15, "Sí", "yes"),
    "button_of_template": tap(22, "On és?", "order_shipped:2"),
    "carousel": inbound(16, "unsupported"),
}


def status(word, **values):
    return StatusUpdate(
        **{
            "status": word,
            "message_id": MESSAGE,
            "reference": REFERENCE,
            "number_id": CHANNEL,
            "at": datetime(2026, 5, 11, 8, 50, 1, 500000, timezone.utc),
            "person": NURIA,
            **values,
        }
    )


#: What the customer did to a message proves that they saw it.
SEEN = status("read", at=datetime(2026, 5, 11, 8, 51, tzinfo=timezone.utc), person=None)
STATUSES = {
    "status_accepted": status("queued"),
    "status_processing": status("queued"),
    "status_sent": status("sent"),
    "status_delivered": status("delivered"),
    "status_read": status("read"),
    "status_of_user_id": status("delivered", person=HIDDEN),
    "status_unfamiliar": status("unfamiliar"),
    "interaction_opened": SEEN,
    "interaction_clicked": SEEN,
    "interaction_with_message": SEEN,
}
FAILURES = {
    "status_delivery_failed": failure(
        "131047", "window", "Re-engagement message whatsapp"
    ),
    "status_failed_for_the_recipient": failure(
        "131026", "contact", "Message undeliverable whatsapp"
    ),
    "status_failed_for_want_of_consent": failure(
        "131050", "consent", "User has stopped marketing messages whatsapp"
    ),
    "status_sending_failed": failure("402", "message", "no balance accounting"),
    "status_rejected": failure("rejected"),
    "status_skipped": failure("skipped"),
    "status_deleted": failure("deleted"),
}
BY_OTHERS = inbound(
    0xABC,
    text="Bon dia",
    sent_at=datetime(2026, 5, 11, 8, 50, tzinfo=timezone.utc),
)

EVENTS = {
    **{name: event(item) for name, item in INBOUND.items()},
    **{name: event(item) for name, item in STATUSES.items()},
    **{
        name: event(status("failed", failure=failed))
        for name, failed in FAILURES.items()
    },
    "sent_by_others": event(Echo(message=BY_OTHERS), status("queued", reference=None)),
    **{
        f"template_{change}": event(TemplatesChanged())
        for change in ("created", "updated", "deleted")
    },
    "sms": event(Unknown(what="sms.inbound")),
    "interaction_unfamiliar": event(Unknown(what="whatsapp.interaction unsubscribed")),
}
