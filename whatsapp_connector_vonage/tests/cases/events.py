"""What Vonage's webhooks say, one fixture a kind."""

from dataclasses import replace
from datetime import datetime, timezone

from odoo.addons.whatsapp_connector.tests.conformance.wire import event, failure
from odoo.addons.whatsapp_connector.wire.items import (
    Choice,
    ContactCard,
    InboundMessage,
    Location,
    Media,
    OrderLine,
    Person,
    StatusUpdate,
    TemplateUpdate,
    Unknown,
)

from .common import OURS, THEIRS

USER_ID = "ES.4480491918930694"
PARENT_ID = "ES.ENT.11815799212886844830"
PERSON = Person(number=f"+{THEIRS}", wa_id=THEIRS, user_id=USER_ID, name="Núria 🌻")
HIDDEN = Person(
    user_id=USER_ID,
    parent_user_id=PARENT_ID,
    username="nuria.puig",
    name="Núria 🌻",
)
SENT_AT = datetime(2026, 2, 3, 12, 14, 25, tzinfo=timezone.utc)
STATUS_AT = SENT_AT.replace(microsecond=10000)


def uuid(number):
    return f"aaaaaaaa-bbbb-4ccc-8ddd-{number:012x}"


QUOTED = uuid(0x99)


def inbound(number, kind="text", **values):
    return InboundMessage(
        **{
            "number_id": OURS,
            "message_id": uuid(number),
            "person": PERSON,
            "kind": kind,
            "sent_at": SENT_AT,
            **values,
        }
    )


def person(wa_id, name):
    return Person(number=f"+{wa_id}", wa_id=wa_id, name=name)


def media(name, filename=None, **values):
    url = f"https://api-eu.nexmo.com/v3/media/{name}"
    return (Media(url=url, filename=filename, **values),)


def reply(number, kind, title, payload, description=None):
    choice = Choice(title=title, payload=payload, description=description)
    return inbound(number, kind, text=title, choice=choice, quoted_id=QUOTED)


INBOUND = {
    "text": inbound(1, text="Hola, no em funciona la *factura*\nGràcies"),
    "text_quoting": inbound(2, text="Sí, aquesta", quoted_id=QUOTED),
    "text_quoting_something_forgotten": inbound(3, text="Això"),
    "text_brazil": inbound(
        4,
        text="Oi",
        person=person("551190000001", "Núria 🌻"),
    ),
    "text_mexico": inbound(0x32, text="Hola", person=person("5215512345678", "Luz")),
    "text_argentina": inbound(0x33, text="Hola", person=person("5491123456789", "Mar")),
    "text_without_number": inbound(5, text="Hola", person=HIDDEN),
    "text_from_advertisement": inbound(
        6,
        text="M'interessa",
        referral={
            "body": "Rebaixes",
            "headline": "Tot a meitat de preu",
            "source_id": "120200000000",
            "source_type": "ad",
            "source_url": "https://fb.me/abc",
            "media_type": "image",
            "image_url": "https://scontent.example/a.jpg",
            "ctwa_clid": "ARAkLkA8",
        },
    ),
    "text_about_product": inbound(
        7,
        text="Encara en teniu?",
        referral={"catalog_id": "C1", "product_retailer_id": "SKU-7"},
    ),
    "text_about_product_in_context": inbound(
        8,
        text="Encara en teniu?",
        referral={"catalog_id": "C1", "product_retailer_id": "SKU-7"},
    ),
    "image": inbound(
        0x14, "image", media=media("image-1", "photo.jpg"), text="La pantalla"
    ),
    "video": inbound(0x15, "video", media=media("video-1", "clip.mp4")),
    "audio": inbound(0x16, "audio", media=media("audio-1", "song.mp3")),
    "voice": inbound(0x17, "voice", media=media("audio-2", "voice.ogg", voice=True)),
    "document": inbound(
        0x18,
        "document",
        media=media("file-1", "Factura març.pdf"),
        text="És correcta?",
    ),
    "sticker": inbound(0x19, "sticker", media=media("sticker-1")),
    "media_without_address": inbound(0x1A, "unsupported", text="La pantalla"),
    "location": inbound(
        0x1E,
        "location",
        location=Location(
            latitude=41.4036299,
            longitude=2.1743558,
            name="Sagrada Família",
            address="C/ de Mallorca, 401, Barcelona",
            url="https://sagradafamilia.org/",
        ),
    ),
    "location_bare": inbound(
        0x1F, "location", location=Location(latitude=-34.6, longitude=-58.4)
    ),
    "location_impossible": inbound(0x20, "unsupported"),
    "contacts": inbound(
        0x21,
        "contacts",
        cards=(
            ContactCard(
                name="Pau Vila",
                phones=("+34 600 111 333",),
                emails=("pau@example.com",),
                organization="Acme",
            ),
            ContactCard(name="Mar"),
        ),
    ),
    "button_reply": reply(0x28, "button_reply", "Sí", "yes"),
    "list_reply": reply(0x29, "list_reply", "Dimarts", "row-2", "de 9 a 14 h"),
    "button_of_template": reply(0x2A, "button_reply", "On és?", "order_shipped:2"),
    "flow_reply": reply(
        0x2B, "button_reply", "sent", '{"day": "dimarts", "flow_token": "t-1"}'
    ),
    "order": inbound(
        0x2C,
        "order",
        order=(OrderLine(product="SKU-7", quantity=2, price=9.95, currency="EUR"),),
    ),
    "reaction": inbound(0x2D, "reaction", target_id=QUOTED, emoji="👍"),
    "reaction_taken_back": inbound(0x2E, "reaction", target_id=QUOTED, emoji=""),
    "unsupported": inbound(0x2F, "unsupported"),
    "unfamiliar": inbound(0x30, "unsupported"),
}

RECIPIENT = replace(PERSON, name=None, user_id=None)


def status(word, **values):
    return StatusUpdate(
        **{
            "status": word,
            "message_id": uuid(0xFF),
            "reference": "odoo-42",
            "number_id": OURS,
            "at": STATUS_AT,
            "person": RECIPIENT,
            **values,
        }
    )


KNOWN = replace(PERSON, parent_user_id=PARENT_ID)
STATUSES = {
    "status_submitted": status("sent"),
    "status_delivered": status(
        "delivered",
        person=replace(KNOWN, username="nuria.puig"),
        pricing={
            "category": "utility",
            "type": "regular",
            "pricing_model": "PMP",
            "price": "0",
            "currency": "EUR",
        },
    ),
    "status_read": status("read", person=replace(KNOWN, name=None)),
    "status_to_user_id": status("delivered", person=Person(user_id=USER_ID)),
    "status_unfamiliar": status("played"),
}
FAILURES = {
    "status_rejected_outside_window": failure(
        "1340", "window", "Outside of the allowed window"
    ),
    "status_rejected_by_number": failure(
        "1300", "contact", "Not part of the provider network"
    ),
    "status_rejected_by_type": failure("1000", "message", "Too many requests"),
    "status_rejected_opted_out": failure("1240", "consent", "Recipient has opted out"),
    "status_rejected_template": failure("1022", "message", "Invalid template"),
    "status_rejected_marketing_cap": failure(
        "1461", "message", "Per-user marketing cap"
    ),
    # Vonage hands WhatsApp's own code on within its words.
    "status_rejected_by_whatsapp": failure(
        "9999", "window", "(#131047) Re-engagement message"
    ),
    "status_rejected_unfamiliar": failure("4711", "message", "Something new"),
    "status_undeliverable": failure("undeliverable"),
}


def news(change, value, **values):
    return TemplateUpdate(
        change=change,
        value=value,
        template_id="1689556908129835",
        name="ticket_update",
        language="pt_BR",
        at=SENT_AT,
        **values,
    )


NEWS = {
    "template_pending": news("status", "pending"),
    "template_paused": news("status", "paused"),
    "template_disabled": news("status", "disabled"),
    "template_approved": news("status", "approved"),
    "template_rejected": news("status", "rejected", reason="INVALID_FORMAT"),
    "template_category": news("category", "marketing"),
    "template_quality": news("quality", "yellow"),
}
OTHERS = {
    "sms": Unknown(what="A message that did not come by WhatsApp."),
    "notification_unfamiliar": Unknown(what="account_alerts"),
    "template_of_no_name": Unknown(what="message_template_status_update"),
}

EVENTS = {
    name: event(item)
    for items in (INBOUND, STATUSES, NEWS, OTHERS)
    for name, item in items.items()
} | {name: event(status("failed", failure=failed)) for name, failed in FAILURES.items()}
