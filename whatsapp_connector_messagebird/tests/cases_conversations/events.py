"""What MessageBird Conversations' webhooks say, one fixture a kind."""

from dataclasses import replace
from datetime import datetime, timezone

from odoo.addons.whatsapp_connector.tests.conformance.wire import event, failure
from odoo.addons.whatsapp_connector.wire.items import (
    Choice,
    Echo,
    InboundMessage,
    Location,
    Media,
    OrderLine,
    Person,
    StatusUpdate,
    Unknown,
)

from .common import CHANNEL

NURIA = Person(number="+34600111222", wa_id="34600111222", name="Núria 🌻")
HIDDEN = Person(user_id="ES.4480491918930694", name="Núria 🌻")
QUOTED = "f" * 32
MESSAGE = "e2e27fbd1f7b4c2ba3a5fb0a8a8a8a8a"
REFERENCE = "r4711"


def inbound(number, kind="text", **values):
    return InboundMessage(
        **{
            "number_id": CHANNEL,
            "message_id": f"{number:032x}",
            "person": NURIA,
            "kind": kind,
            "sent_at": datetime(2026, 5, 11, 8, 47, 45, 123456, timezone.utc),
            **values,
        }
    )


def person(wa_id, name):
    return Person(number=f"+{wa_id}", wa_id=wa_id, name=name)


def with_file(number, kind, place, text="", **values):
    part = f"{place:08d}-0000-4000-8000-000000000000"
    media = Media(url=f"https://media.messagebird.com/v1/media/{part}", **values)
    return inbound(number, kind, text=text, media=(media,))


def reply(number, kind, title, payload, description=None):
    choice = Choice(title=title, payload=payload, description=description)
    return inbound(number, kind, text=title, choice=choice)


INBOUND = {
    "text": inbound(1, text="Hola, no em funciona la *factura*\nGràcies"),
    "text_brazil": inbound(2, text="Oi", person=person("551190000001", "Núria 🌻")),
    "text_mexico": inbound(21, text="Hola", person=person("5215512345678", "Luz")),
    "text_argentina": inbound(22, text="Hola", person=person("5491123456789", "Mar")),
    "text_without_number": inbound(3, text="Hola", person=HIDDEN),
    "text_without_name": inbound(4, text="Hola", person=replace(NURIA, name=None)),
    "text_quoting": inbound(5, text="Sí, aquesta", quoted_id=QUOTED),
    "text_about_product": inbound(
        6,
        text="En teniu?",
        referral={"catalog_id": "C1", "product_retailer_id": "SKU-1"},
    ),
    "text_of_sandbox": inbound(7, text="Hola"),
    "image": with_file(8, "image", 1, "La pantalla"),
    "video": with_file(9, "video", 2),
    "audio": with_file(10, "audio", 3),
    "voice": with_file(23, "voice", 6, mimetype="audio/ogg; codecs=opus", voice=True),
    "document": with_file(11, "document", 4, "La factura"),
    "document_named": with_file(
        24,
        "document",
        7,
        mimetype="application/pdf",
        filename="Factura març.pdf",
    ),
    "sticker": with_file(12, "sticker", 5),
    "location": inbound(
        13, "location", location=Location(latitude=41.3851, longitude=2.1734)
    ),
    "location_named": inbound(
        25,
        "location",
        location=Location(
            latitude=41.4036299,
            longitude=2.1743558,
            name="Sagrada Família",
            address="C/ de Mallorca, 401, Barcelona",
        ),
    ),
    "location_impossible": inbound(14, "unsupported"),
    "button_reply": reply(15, "button_reply", "Sí", "yes"),
    "list_reply": reply(16, "list_reply", "Demà", "row-2", "De 9 a 13 h"),
    "list_reply_in_own_form_of_whatsapp": reply(
        26, "list_reply", "Demà", "row-2", "De 9 a 13 h"
    ),
    "button_of_template": reply(17, "button_reply", "On és?", "order_shipped:2"),
    "order": inbound(
        18,
        "order",
        text="Per demà",
        order=(OrderLine(product="SKU-1", quantity=2, price=9.5, currency="EUR"),),
    ),
    "image_without_address": inbound(19, "unsupported"),
    "email": inbound(20, "unsupported"),
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


STATUSES = {
    "status_accepted": status("queued"),
    "status_pending": status("queued"),
    "status_transmitted": status("sent"),
    "status_sent": status("sent"),
    "status_delivered": status("delivered"),
    "status_read": status("read"),
    "status_of_user_id": status("delivered", person=HIDDEN),
    "status_unfamiliar": status("unfamiliar"),
    "created_by_us": status("queued"),
}
FAILURES = {
    "status_failed": failure("131047", "window", "Re-engagement message"),
    "status_failed_for_want_of_consent": failure(
        "131050", "consent", "User has stopped marketing messages"
    ),
    # WhatsApp's own code stands within the words.
    "status_failed_unfamiliar": failure(
        "302", "contact", "Failed: 131026 message undeliverable"
    ),
    "status_out_of_bounded": failure("out_of_bounded", "window"),
    "status_rejected": failure("rejected"),
    "status_expired": failure("expired"),
    "status_deleted": failure("deleted"),
}


def by_others(text):
    """A message of another program, and what became of it."""
    sent = inbound(
        0,
        message_id=MESSAGE,
        text=text,
        sent_at=datetime(2026, 5, 11, 8, 50, tzinfo=timezone.utc),
    )
    return event(Echo(message=sent), status("queued", reference=None))


EVENTS = {
    **{name: event(item) for name, item in INBOUND.items()},
    **{name: event(item) for name, item in STATUSES.items()},
    **{
        name: event(status("failed", failure=failed))
        for name, failed in FAILURES.items()
    },
    "created_by_others": by_others("Bon dia"),
    "buttons_by_others": by_others("Us va bé demà?"),
    "template_by_others": by_others("[ticket_update]"),
    "sms": event(Unknown(what="A message that did not come by WhatsApp.")),
    "direction_unfamiliar": event(Unknown(what="message.created relayed")),
    "conversation_created": event(Unknown(what="conversation.created")),
}
