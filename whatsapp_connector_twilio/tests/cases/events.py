"""What Twilio's webhooks say, one fixture a kind."""

from dataclasses import replace
from datetime import datetime, timezone

from odoo.addons.whatsapp_connector.tests.conformance.wire import (
    REFERENCE,
    event,
    failure,
)
from odoo.addons.whatsapp_connector.wire.items import (
    Choice,
    InboundMessage,
    Location,
    Media,
    Person,
    StatusUpdate,
    TemplateUpdate,
    Unknown,
)

from .common import API, CONTENT, OURS

NURIA = Person(number="+34600111222", wa_id="34600111222", name="Núria 🌻")
NURIA_ID = "ES.4480491918930694"
QUOTED = f"SM{99:032x}"


def person(wa_id, name):
    return Person(number=f"+{wa_id}", wa_id=wa_id, name=name)


def media(number, mimetype, index=0, **values):
    url = f"{API}/Messages/MM{number:032x}/Media/ME{index + 1:032x}"
    return Media(url=url, mimetype=mimetype, **values)


def inbound(number, kind="text", prefix="SM", **values):
    return InboundMessage(
        **{
            "number_id": OURS,
            "message_id": f"{prefix}{number:032x}",
            "person": NURIA,
            "kind": kind,
            **values,
        }
    )


def with_file(number, kind, *files, **values):
    return inbound(number, kind, "MM", media=files, **values)


INBOUND = {
    "text": inbound(1, text="Hola, no em funciona la *factura*\nGràcies"),
    "text_brazil": inbound(
        2,
        text="Oi",
        person=replace(NURIA, number="+5511900000001", wa_id="551190000001"),
    ),
    "text_mexico": inbound(13, text="Hola", person=person("5215512345678", "Luz")),
    "text_argentina": inbound(14, text="Hola", person=person("5491123456789", "Mar")),
    "text_of_service": inbound(3, text="Hola"),
    "text_with_user_id": inbound(
        4, text="Hola", person=replace(NURIA, user_id=NURIA_ID)
    ),
    "text_without_number": inbound(
        5, text="Hola", person=Person(user_id=NURIA_ID, name="Núria 🌻")
    ),
    "text_quoting": inbound(6, text="Sí, aquesta", quoted_id=QUOTED),
    "text_forwarded": inbound(7, text="Mireu això", forwarded=True),
    "text_forwarded_often": inbound(8, text="Mireu això", forwarded=True),
    "text_from_advertisement": inbound(
        9,
        text="M'interessa",
        referral={
            "body": "Rebaixes",
            "headline": "Tot a meitat de preu",
            "source_id": "120200000000",
            "source_type": "ad",
            "source_url": "https://fb.me/abc",
            "media_content_type": "image/jpeg",
            "ctwa_clid": "ARAkLkA8",
        },
    ),
    "text_stop": inbound(10, text="STOP", consent="out"),
    "text_start": inbound(11, text="Start", consent="in"),
    "text_help": inbound(12, text="HELP"),
    "image": with_file(0x14, "image", media(0x14, "image/jpeg"), text="La pantalla"),
    "images": with_file(
        0x15, "image", media(0x15, "image/jpeg"), media(0x15, "image/png", 1)
    ),
    "video": with_file(0x16, "video", media(0x16, "video/mp4"), text="Mira"),
    "audio": with_file(0x17, "audio", media(0x17, "audio/mpeg")),
    "voice": with_file(0x18, "voice", media(0x18, "audio/ogg", voice=True)),
    "document": with_file(
        0x19,
        "document",
        media(0x19, "application/pdf", filename="Factura març.pdf"),
    ),
    "document_with_caption": with_file(
        0x1A,
        "document",
        media(0x1A, "application/pdf"),
        text="La factura de març. És correcta?",
    ),
    "sticker": with_file(0x1B, "sticker", media(0x1B, "image/webp")),
    "contact_card": with_file(0x1C, "contacts", media(0x1C, "text/vcard")),
    "media_without_address": inbound(0x1D, "unsupported", "MM", text="La pantalla"),
    "location": inbound(
        30,
        "location",
        location=Location(
            latitude=41.4036299,
            longitude=2.1743558,
            name="Sagrada Família",
            address="C/ de Mallorca, 401, Barcelona",
        ),
    ),
    "location_bare": inbound(
        31, "location", location=Location(latitude=-34.6, longitude=-58.4)
    ),
    "location_impossible": inbound(32, "unsupported"),
    "button_reply": inbound(
        40,
        "button_reply",
        text="Sí",
        choice=Choice(title="Sí", payload="confirm-7"),
        quoted_id=QUOTED,
    ),
    "button_of_template": inbound(
        41,
        "button_reply",
        text="Llegir",
        choice=Choice(title="Llegir", payload="order_shipped:2"),
    ),
    "list_reply": inbound(
        42,
        "list_reply",
        text="Dimarts",
        choice=Choice(title="Dimarts", payload="slot-2", description="de 9 a 11"),
        quoted_id=QUOTED,
    ),
    "flow_reply": inbound(43, "unsupported", quoted_id=QUOTED),
    "reaction": inbound(44, "unsupported", text="👍"),
    "order": inbound(45, "unsupported"),
    "fallback": inbound(47, text="Hola"),
}


def status(word, person=None, **values):
    return StatusUpdate(
        status=word,
        message_id=f"SM{50:032x}",
        reference=REFERENCE,
        number_id=OURS,
        person=person or Person(number="+34600111222", wa_id="34600111222"),
        **values,
    )


STATUSES = {
    "status_queued": status("queued"),
    "status_sending": status("queued"),
    "status_sent": status("sent"),
    "status_delivered": status(
        "delivered",
        Person(number="+34600111222", wa_id="34600111222", user_id=NURIA_ID),
    ),
    "status_read": status("read"),
    "status_unfamiliar": status("partially_delivered"),
}
FAILURES = {
    "status_undelivered": failure(
        "63016",
        "window",
        "Message failed to send because more than 24 hours have passed",
    ),
    "status_undelivered_blocked": failure(
        "63033", "consent", "Recipient blocked messages"
    ),
    "status_failed": failure("63024", "contact", "Invalid message recipient"),
    "status_failed_unfamiliar": failure("69999", "message", "Something new"),
    "status_failed_silently": failure("failed"),
    "status_canceled": failure("canceled"),
}


def news(change, value):
    return TemplateUpdate(
        change=change,
        value=value,
        template_id=CONTENT,
        name="order_shipped",
        language="ca",
        at=datetime(2026, 9, 1, 10, tzinfo=timezone.utc),
    )


OTHERS = {
    "template_pending": news("status", "pending"),
    "template_approved": news("status", "approved"),
    "template_rejected": news("status", "rejected"),
    "template_paused": news("status", "paused"),
    "template_disabled": news("status", "disabled"),
    "template_category": news("category", "marketing"),
    "event_unfamiliar": Unknown(what="com.twilio.messaging.message.delivered"),
    "sms": Unknown(what="A message that did not come by WhatsApp."),
    "status_without_word": Unknown(
        what="AccountSid, ApiVersion, ChannelInstallSid, ChannelPrefix, "
        "ChannelToAddress, From, MessageSid, SmsSid, StructuredMessage, To"
    ),
    "debugger": Unknown(
        what="AccountSid, Level, ParentAccountSid, Payload, PayloadType, Sid, Timestamp"
    ),
}

#: A status comes to the address that was given with its message.
QUERY = f"ref={REFERENCE}"
EVENTS = {
    **{name: event(item) for name, item in INBOUND.items()},
    **{name: event(item, query=QUERY) for name, item in STATUSES.items()},
    **{
        name: event(status("failed", failure=failed), query=QUERY)
        for name, failed in FAILURES.items()
    },
    **{name: event(item) for name, item in OTHERS.items()},
}
