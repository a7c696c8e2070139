"""What Meta's webhooks say, one fixture a kind."""

from dataclasses import replace
from datetime import datetime, timezone

from odoo.addons.whatsapp_connector.tests.conformance.wire import (
    NUMBER,
    event,
    failure,
)
from odoo.addons.whatsapp_connector.wire.items import (
    AccountUpdate,
    Choice,
    ConsentUpdate,
    ContactCard,
    Echo,
    IdentityChange,
    InboundMessage,
    Location,
    Media,
    OrderLine,
    Person,
    StatusUpdate,
    TemplateUpdate,
    Unknown,
)

from .common import PHONE

AT = datetime.fromtimestamp(1750000000, timezone.utc)
LATER = datetime.fromtimestamp(1750000060, timezone.utc)
NURIA = Person(number="+34600111222", wa_id="34600111222", name="Núria 🌻")
BARE = replace(NURIA, name=None)
BSUID = "ES.13491208655302741918"
PARENT = "ES.ENT.11815799212886844830"
HIDDEN = Person(
    user_id=BSUID, parent_user_id=PARENT, username="nuria.rius", name="Núria 🌻"
)
QUOTED = "wamid.OUT0001"
HASH = "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI="


def inbound(number, kind="text", **values):
    return InboundMessage(
        **{
            "number_id": PHONE,
            "message_id": f"wamid.IN{number:04d}",
            "person": NURIA,
            "kind": kind,
            "sent_at": AT,
            **values,
        }
    )


def with_file(number, kind, media_id, mimetype, text="", **values):
    media = Media(
        media_id=f"10033834213872{media_id}",
        mimetype=mimetype,
        **{"sha256": "SfInY0gGKTsJ=", **values},
    )
    return inbound(number, kind, text=text, media=(media,))


def person(wa_id, name):
    return Person(number=f"+{wa_id}", wa_id=wa_id, name=name)


INBOUND = {
    "text": inbound(1, text="Hola, no em funciona la *factura*\nGràcies"),
    "text_quoting": inbound(2, text="Sí, aquesta", quoted_id=QUOTED),
    "text_forwarded": inbound(3, text="Mireu això", forwarded=True),
    "text_forwarded_often": inbound(4, text="Mireu això", forwarded=True),
    "text_from_advertisement": inbound(
        5,
        text="M'interessa",
        referral={
            "source_url": "https://fb.me/abc",
            "source_id": "120200000000",
            "source_type": "ad",
            "body": "Rebaixes",
            "headline": "Tot a meitat de preu",
            "media_type": "image",
            "image_url": "https://scontent.example/a.jpg",
            "ctwa_clid": "ARAkLkA8",
        },
    ),
    "text_about_product": inbound(6, text="Encara en teniu?", quoted_id=QUOTED),
    "text_with_user_id": inbound(7, text="Hola", person=replace(NURIA, user_id=BSUID)),
    "text_without_number": inbound(8, text="Hola", person=HIDDEN),
    "text_brazil": inbound(9, text="Oi", person=person("553199998888", "João")),
    "text_mexico": inbound(10, text="Hola", person=person("5215512345678", "Luz")),
    "text_argentina": inbound(11, text="Hola", person=person("5491123456789", "Mar")),
    "image": with_file(
        12,
        "image",
        56,
        "image/jpeg",
        "La pantalla",
        sha256=HASH,
        url="https://lookaside.fbsbx.com/whatsapp_business/attachments/"
        "?mid=1003383421387256&source=webhook",
    ),
    "image_without_address": with_file(13, "image", 57, "image/jpeg", sha256=HASH),
    "video": with_file(14, "video", 58, "video/mp4", "Mira"),
    "audio": with_file(15, "audio", 59, "audio/mpeg"),
    "voice": with_file(16, "voice", 60, "audio/ogg; codecs=opus", voice=True),
    "document": with_file(
        17,
        "document",
        61,
        "application/pdf",
        "És correcta?",
        filename="Factura març.pdf",
    ),
    "sticker": with_file(18, "sticker", 62, "image/webp"),
    "media_without_id": inbound(19, "unsupported"),
    "location": inbound(
        20,
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
        21, "location", location=Location(latitude=-34.6, longitude=-58.4)
    ),
    "location_impossible": inbound(22, "unsupported"),
    "contacts": inbound(
        23,
        "contacts",
        cards=(
            ContactCard(
                name="Pau Serra",
                phones=("+34 600 33 44 55",),
                emails=("pau@example.com",),
                organization="Serra SL",
            ),
            ContactCard(name="Laia", phones=("+34 600 11 12 23",)),
        ),
    ),
    "button_reply": inbound(
        24,
        "button_reply",
        text="Sí",
        choice=Choice(title="Sí", payload="yes"),
        quoted_id=QUOTED,
    ),
    "list_reply": inbound(
        25,
        "list_reply",
        text="Dimarts",
        choice=Choice(title="Dimarts", payload="slot-2", description="de 9 a 11"),
        quoted_id=QUOTED,
    ),
    "flow_reply": inbound(
        26,
        "button_reply",
        text="Sent",
        choice=Choice(title="Sent", payload='{"flow_token":"t","answer":"7"}'),
        quoted_id=QUOTED,
    ),
    "interactive_without_content": inbound(27, "unsupported", quoted_id=QUOTED),
    "button_of_template": inbound(
        28,
        "button_reply",
        text="On és?",
        choice=Choice(title="On és?", payload="order_shipped:2"),
        quoted_id=QUOTED,
    ),
    "button_without_context": inbound(
        29,
        "button_reply",
        text="On és?",
        choice=Choice(title="On és?", payload="On és?"),
    ),
    "reaction": inbound(30, "reaction", target_id=QUOTED, emoji="👍"),
    "reaction_taken_back": inbound(31, "reaction", target_id=QUOTED, emoji=""),
    "reaction_emptied": inbound(32, "reaction", target_id=QUOTED, emoji=""),
    "order": inbound(
        33,
        "order",
        text="Per dijous",
        order=(
            OrderLine(product="taronja", quantity=2.0, price=1.5, currency="EUR"),
            OrderLine(product="llimona", quantity=1.0, price=3.0, currency="EUR"),
        ),
    ),
    "edit": inbound(34, "edit", text="Hola, ja funciona", target_id="wamid.IN0001"),
    "revoke": inbound(35, "revoke", target_id="wamid.IN0001"),
    "unsupported": inbound(
        36, "unsupported", text="Message type is currently not supported."
    ),
    "file_too_large": inbound(37, "unsupported", text="The file is too large."),
    "kind_of_tomorrow": inbound(38, "unsupported"),
    "standby": replace(inbound(0), message_id="wamid.STANDBY1", text="Hola, robot"),
}


def status(word, who=NURIA, **values):
    return StatusUpdate(
        **{
            "status": word,
            "message_id": QUOTED,
            "reference": "our-ref_1",
            "number_id": PHONE,
            "at": LATER,
            "person": who,
            **values,
        }
    )


def pricing(billable, kind, category):
    values = {"billable": billable, "pricing_model": "PMP", "type": kind}
    return {**values, "category": category}


STATUSES = {
    "status_sent": status("sent", pricing=pricing(True, "regular", "utility")),
    "status_delivered": status(
        "delivered", pricing=pricing(False, "free_customer_service", "service")
    ),
    "status_read": status("read"),
    "status_played": status("read"),
    "status_unfamiliar": status("warning", BARE),
    "status_without_reference": status("sent", reference=None),
    "status_of_user_id": status("delivered", HIDDEN, reference=None),
}
FAILURES = {
    "status_failed": failure(
        "131026", "contact", "Message undeliverable Message Undeliverable."
    ),
    "status_failed_for_want_of_consent": failure(
        "131050", "consent", "User has stopped marketing messages User stopped."
    ),
    "status_failed_outside_window": failure(
        "131047", "window", "Re-engagement message More than 24 hours have passed."
    ),
    "status_failed_unfamiliar": failure(
        "139999", "message", "Something new Never seen."
    ),
    "status_failed_silently": failure("failed"),
}


def move(old, new):
    return IdentityChange(number_id=PHONE, old=old, new=new, at=AT)


NEW = Person(number="+34600333444", wa_id="34600333444")


def will(opted_in, who=BARE, evidence="User requested to stop marketing messages"):
    return ConsentUpdate(
        number_id=PHONE,
        person=who,
        opted_in=opted_in,
        scope="marketing",
        evidence=evidence,
        at=AT,
    )


def news(change, value, **values):
    return TemplateUpdate(
        **{
            "change": change,
            "value": value,
            "template_id": "1689556908129835",
            "name": "order_shipped",
            "language": "ca",
            "at": AT,
            **values,
        }
    )


def standing(value, *sentences, **values):
    return AccountUpdate(
        change="standing", value=value, sentences=sentences, at=AT, **values
    )


def notice(value, *sentences, **values):
    return AccountUpdate(
        change="notice", value=value, sentences=sentences, at=AT, **values
    )


def limit(people):
    return AccountUpdate(change="limit", value=people, at=AT)


def quality(value):
    return AccountUpdate(change="quality", value=value, number=NUMBER, at=AT)


def unknown(what, number_id=None):
    return Unknown(what=what, number_id=number_id)


ECHO = replace(inbound(0), message_id="wamid.ECHO1", text="Ara us truco", person=BARE)
ORIOL = person("34600999888", "Oriol")
OTHER_PHONE = "106540352242923"
OTHERS = {
    "number_changed": [
        move(replace(BARE, user_id=BSUID), replace(NEW, user_id="ES.99"))
    ],
    "number_changed_formerly": [move(BARE, NEW)],
    "user_id_changed": [move(Person(user_id=BSUID), Person(user_id="ES.99"))],
    "identity_changed": [unknown("User A's security code changed", PHONE)],
    "marketing_stopped": [will(False)],
    "marketing_resumed": [
        will(
            True,
            replace(BARE, user_id=BSUID),
            "User requested to resume marketing messages",
        )
    ],
    "marketing_signed_up": [will(True, evidence="")],
    "marketing_unfamiliar": [unknown("A preference that we don't know.", PHONE)],
    "echo": [Echo(message=ECHO)],
    "echo_to_nobody": [unknown("A message of nobody.", PHONE)],
    "template_approved": [news("status", "approved")],
    "template_rejected": [
        news(
            "status",
            "rejected",
            reason="INVALID_FORMAT · A variable stands at the end. · "
            "Add a word after it.",
        )
    ],
    "template_paused": [
        news("status", "paused", reason="FIRST_PAUSE · People blocked it.")
    ],
    "template_disabled": [news("status", "disabled")],
    "template_pending": [news("status", "pending", language="en_US")],
    "template_to_be_deleted": [news("status", "deleted")],
    "template_locked": [news("status", "LOCKED")],
    "template_quality": [news("quality", "yellow")],
    "template_quality_unknown": [news("quality", "unknown")],
    "template_category": [news("category", "marketing")],
    "template_category_to_come": [news("category", "utility")],
    "template_components": [unknown("message_template_components_update")],
    "account_restricted": [
        standing(
            "restricted",
            "WhatsApp lets you add no more numbers to this account.",
            detail="RESTRICTED_ADD_PHONE_NUMBER_ACTION",
        )
    ],
    "account_restricted_for_a_while": [
        standing(
            "restricted",
            "WhatsApp lets you write to nobody first: templates are refused.",
            "WhatsApp restricts what this account may do.",
            detail="RESTRICTED_BIZ_INITIATED_MESSAGING, RESTRICTED_OF_TOMORROW",
            until=datetime(2100, 4, 21, 13, 59, 20, tzinfo=timezone.utc),
        )
    ],
    "account_to_be_disabled": [
        standing(
            "restricted",
            "WhatsApp will disable this account soon for breaking its rules.",
            detail="April 17, 2100",
        )
    ],
    "account_disabled": [
        standing(
            "disabled",
            "WhatsApp disabled this account for breaking its rules.",
            detail="June 15, 2025",
        )
    ],
    "account_reinstated": [
        standing("good", "WhatsApp took this account up again.", detail="June 15, 2025")
    ],
    "account_deleted": [
        standing("disabled", "The WhatsApp Business account was deleted.")
    ],
    "account_in_review": [standing("review", "WhatsApp is reviewing this account.")],
    "account_approved": [
        standing("good", "WhatsApp reviewed this account and approved it.")
    ],
    "account_rejected": [
        standing("disabled", "WhatsApp reviewed this account and rejected it.")
    ],
    "account_violation": [
        notice(
            "warning",
            "WhatsApp found that this account broke its rules.",
            detail="ALCOHOL",
        )
    ],
    "account_news_unfamiliar": [
        unknown("account_update: VOLUME_BASED_PRICING_TIER_UPDATE")
    ],
    "number_offboarded": [
        notice(
            "warning",
            "The number left the platform: its phone was changed or set up anew.",
            number=NUMBER,
            detail="CHANGE_NUMBER",
        )
    ],
    "number_reconnected": [
        notice("info", "The number is back on the platform.", number=NUMBER)
    ],
    "alert": [
        notice(
            "warning",
            "WhatsApp doesn't raise your limit of new people yet.",
            detail="Limits cannot be increased for your business Núria & Cia <SL>.",
        )
    ],
    "alert_of_number": [
        notice(
            "info",
            "WhatsApp shows the number as that of an official business.",
            number_id=PHONE,
            detail="This phone number now has a badge.",
        )
    ],
    "alert_formerly": [
        notice(
            "warning",
            "WhatsApp has something to say about this account.",
            detail="NEVER_HEARD_OF",
        )
    ],
    "limit": [limit("2000")],
    "limit_formerly": [limit("250")],
    "limit_gone": [limit("0")],
    "name_rejected": [
        notice(
            "warning",
            "WhatsApp rejected the name that people see.",
            number=NUMBER,
            detail="Botiga · NAME_NOT_CONSISTENT",
        )
    ],
    "name_approved": [
        notice(
            "info",
            "WhatsApp approved the name that people see.",
            number=NUMBER,
            detail="Botiga de la Núria",
        )
    ],
    "number_quality": [limit("250")],
    "number_flagged": [quality("red"), limit("2000")],
    "number_unflagged": [quality("unknown")],
    "number_faster": [
        notice(
            "info",
            "WhatsApp lets the number send more messages a second.",
            number=NUMBER,
        )
    ],
    "number_onboarding": [unknown("phone_number_quality_update: ONBOARDING")],
    "error_of_account": [unknown("130429 Rate limit hit Too many.", PHONE)],
    "of_another_account": [unknown("News of another WhatsApp Business account (999)")],
    "two_numbers": [
        replace(inbound(0), message_id="wamid.A1", text="Primer"),
        replace(
            inbound(0),
            number_id=OTHER_PHONE,
            message_id="wamid.B1",
            text="Segon",
            person=ORIOL,
            sent_at=datetime.fromtimestamp(1750000001, timezone.utc),
        ),
        status(
            "read",
            ORIOL,
            message_id="wamid.OUT0002",
            reference=None,
            number_id=OTHER_PHONE,
        ),
    ],
    "two_senders": [
        replace(inbound(0), message_id="wamid.C1", text="Primer"),
        replace(inbound(0), message_id="wamid.D1", text="Segon", person=ORIOL),
        status("read", ORIOL, message_id="wamid.OUT0002", reference=None),
        status("read", NURIA, message_id="wamid.OUT0003", reference=None),
    ],
    "message_without_id": [
        unknown("A message without its id.", PHONE),
        replace(inbound(0), message_id="wamid.OK", text="I jo"),
    ],
    "message_of_nobody": [unknown("A message of nobody.", PHONE)],
}

EVENTS = {
    **{name: event(item) for name, item in INBOUND.items()},
    **{name: event(item) for name, item in STATUSES.items()},
    **{
        name: event(status("failed", BARE, failure=failed))
        for name, failed in FAILURES.items()
    },
    **{name: event(*items) for name, items in OTHERS.items()},
}
