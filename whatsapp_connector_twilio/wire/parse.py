"""What Twilio posts to us, as items.

Inbound messages: https://www.twilio.com/docs/messaging/guides/webhook-request; status
callbacks: https://www.twilio.com/docs/messaging/guides/track-outbound-message-status.
Twilio adds parameters without notice and documents only some of them, so a kind is told
by what is there, and ``MessageType`` only has the last word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from odoo.addons.whatsapp_connector.wire.contents import guess_kind
from odoo.addons.whatsapp_connector.wire.errors import UNDELIVERED
from odoo.addons.whatsapp_connector.wire.items import (
    Choice,
    Failure,
    InboundMessage,
    Item,
    Media,
    Person,
    StatusUpdate,
    TemplateUpdate,
    Unknown,
)
from odoo.addons.whatsapp_connector.wire.values import (
    as_dict,
    as_location,
    as_moment,
    as_text,
    as_user_id,
)
from odoo.addons.whatsapp_connector.wire.webhook import (
    MalformedEvent,
    WebhookRequest,
)

from . import content, payload
from .errors import CANCELED, ERRORS, INFORMATION

CHANNEL = "whatsapp:"
#: The query parameter of a status callback's URL that holds our own reference.
REFERENCE = "ref"
#: The parameter that holds the business-scoped user id.
USER_ID = "ExternalUserId"
VCARD_TYPES = ("text/vcard", "text/x-vcard", "text/directory")
#: WhatsApp has one file a message; more are read in case that changes.
MAX_MEDIA = 10

STATUSES = {
    "accepted": "queued",
    "scheduled": "queued",
    "queued": "queued",
    "sending": "queued",
    "sent": "sent",
    "delivered": "delivered",
    "read": "read",
    "failed": "failed",
    "undelivered": "failed",
    "canceled": "failed",
}
INBOUND_STATUSES = ("receiving", "received")
TEMPLATE_EVENT = "com.twilio.messaging.template.approval.updated"
TEMPLATE_CHANGES = {"status_update": "status", "category_update": "category"}
#: Values of ``MessageType`` that leave a message with a body a plain text.
TEXT_TYPES = ("", "text", "button", "interactive")

Parameters = Mapping[str, str]

_NUMBER = re.compile(r"\+[1-9][0-9]{5,14}")
_DIGITS = re.compile(r"[0-9]{5,20}")
_FILENAME = re.compile(r"[^\r\n/\\]{1,250}\.[A-Za-z0-9]{1,8}")


def parse(webhook: WebhookRequest) -> list[Item]:
    """The items of ``webhook``, in order.

    :raises MalformedEvent: it lacks what Twilio always sends
    """
    if payload.is_json(webhook):
        return _parse_events(webhook)
    parameters = payload.parameters(webhook)
    if not parameters:
        raise MalformedEvent("The request is empty.")
    if _is_status(parameters):
        reference = payload.query_parameters(webhook).get(REFERENCE)
        return [_parse_status(parameters, reference)]
    if _is_inbound(parameters):
        return _parse_inbound(parameters)
    return [Unknown(what=", ".join(sorted(parameters))[:200])]


def _parse_events(webhook: WebhookRequest) -> list[Item]:
    """Event Streams posts JSON, where an administrator has set up such a sink."""
    try:
        events = payload.events(webhook)
    except ValueError as error:
        raise MalformedEvent(f"The body is not JSON: {error}") from None
    return [_parse_event(event) for event in events]


def _parse_event(event: Mapping[str, Any]) -> Item:
    """https://www.twilio.com/docs/events/event-types/messaging/template-approval"""
    update = None
    if event.get("type") == TEMPLATE_EVENT:
        update = _parse_template_update(event.get("data"))
    return update or Unknown(what=(as_text(event.get("type")) or "JSON")[:200])


def _parse_template_update(data: Any) -> TemplateUpdate | None:
    data = as_dict(data)
    template = as_dict(data.get("template"))
    template_id = as_text(template.get("sid"))
    change = TEMPLATE_CHANGES.get(as_text(data.get("type")))
    word = as_text(template.get("currentValue"))
    if not (template_id and change and word):
        return None
    names = (template.get("externalTemplateName"), template.get("friendlyName"))
    return TemplateUpdate(
        change=change,
        value=content.read_status(word) if change == "status" else word.lower(),
        template_id=template_id,
        name=next(filter(None, map(as_text, names)), None),
        language=as_text(template.get("language")) or None,
        at=as_moment(data.get("dateUpdated")),
    )


# -- statuses -------------------------------------------------------------------------


def _is_status(parameters: Parameters) -> bool:
    status = parameters.get("MessageStatus") or parameters.get("SmsStatus")
    return bool(status) and status not in INBOUND_STATUSES


def _parse_status(parameters: Parameters, reference: str | None) -> StatusUpdate:
    word = parameters.get("MessageStatus") or parameters["SmsStatus"]
    return StatusUpdate(
        status=STATUSES.get(word, word),
        message_id=_required_sid(parameters),
        reference=reference or None,
        number_id=parameters.get("From"),
        failure=read_failure(
            word,
            parameters.get("ErrorCode"),
            parameters.get("ChannelStatusMessage") or parameters.get("ErrorMessage"),
        ),
        # All else would be said of a sender.
        person=read_person(
            parameters.get("To", ""), {USER_ID: parameters.get(USER_ID, "")}
        ),
    )


def read_failure(word: str, code: str | None, detail: str | None) -> Failure | None:
    """Why a message with Twilio's status ``word`` failed, if it did."""
    if STATUSES.get(word) != "failed" or code in INFORMATION:
        return None
    otherwise = CANCELED if word == "canceled" else UNDELIVERED
    return ERRORS.failure(code or word, detail, otherwise=otherwise)


# -- messages -------------------------------------------------------------------------


def _is_inbound(parameters: Parameters) -> bool:
    """A message tells how many files it has; a status without its word doesn't, and
    would have us for its sender."""
    return "NumMedia" in parameters or parameters.get("SmsStatus") in INBOUND_STATUSES


def _parse_inbound(parameters: Parameters) -> list[Item]:
    number_id, sender = parameters.get("To", ""), parameters.get("From", "")
    message_id = _required_sid(parameters)
    if not number_id or not sender:
        raise MalformedEvent("The message lacks its sender or its recipient.")
    if not number_id.startswith(CHANNEL):
        return [Unknown(what="A message that did not come by WhatsApp.")]
    person = read_person(sender, parameters)
    if not (person.number or person.wa_id or person.user_id):
        raise MalformedEvent("The sender has neither a number nor a user id.")
    message = InboundMessage(
        number_id=number_id,
        message_id=message_id,
        person=person,
        quoted_id=parameters.get("OriginalRepliedMessageSid") or None,
        forwarded=_is_forwarded(parameters),
        consent=_read_consent(parameters),
        referral=_read_referral(parameters),
        **read_content(parameters),
    )
    return [message]


def read_person(address: str, parameters: Parameters) -> Person:
    """The customer: by number, by WhatsApp's spelling of it, by business-scoped id.

    Whoever hides their number may stand with the id alone, in either place.
    """
    plain = address.removeprefix(CHANNEL)
    number = plain if _NUMBER.fullmatch(plain) else None
    wa_id = parameters.get("WaId") or (number or "").removeprefix("+")
    user_id = parameters.get(USER_ID, "").removeprefix(CHANNEL)
    return Person(
        number=number,
        wa_id=wa_id if _DIGITS.fullmatch(wa_id) else None,
        user_id=as_user_id(user_id) or as_user_id(plain),
        name=parameters.get("ProfileName") or None,
    )


def read_content(parameters: Parameters) -> dict[str, Any]:
    """The fields of an :class:`InboundMessage` that depend on its kind."""
    readers: tuple[Callable[[Parameters], dict[str, Any] | None], ...] = (
        _read_button_reply,
        _read_list_reply,
        _read_media,
        _read_location,
        _read_text,
    )
    for read in readers:
        content = read(parameters)
        if content:
            return content
    return {"kind": "unsupported", "text": parameters.get("Body", "")}


def _read_button_reply(parameters: Parameters) -> dict[str, Any] | None:
    text, payload_ = parameters.get("ButtonText"), parameters.get("ButtonPayload")
    if not text and not payload_:
        return None
    body = parameters.get("Body", "")
    title = text or body or payload_
    choice = Choice(title=title, payload=payload_)
    return {"kind": "button_reply", "text": body or title, "choice": choice}


def _read_list_reply(parameters: Parameters) -> dict[str, Any] | None:
    title, row = parameters.get("ListTitle"), parameters.get("ListId")
    if not title and not row:
        return None
    body = parameters.get("Body", "")
    title = title or body or row
    description = parameters.get("ListDescription")
    choice = Choice(title=title, payload=row, description=description)
    return {"kind": "list_reply", "text": body or title, "choice": choice}


def _read_media(parameters: Parameters) -> dict[str, Any] | None:
    files = []
    for index in range(MAX_MEDIA):
        url = parameters.get(f"MediaUrl{index}")
        if not url:
            break
        files.append((url, parameters.get(f"MediaContentType{index}", "")))
    return describe_media(files, parameters.get("Body", "")) if files else None


def describe_media(files: list[tuple[str, str]], body: str) -> dict[str, Any]:
    """Kind, files and caption of a message with ``files`` (address, MIME type).

    The body of a document is its file name; a caption looks otherwise.
    """
    kind = _media_kind(files[0][1])
    is_named = kind in ("document", "contacts") and _FILENAME.fullmatch(body)
    filename = body if is_named else None
    media = tuple(
        Media(
            url=url,
            mimetype=mimetype or None,
            filename=filename,
            voice=_media_kind(mimetype) == "voice",
        )
        for url, mimetype in files
    )
    return {"kind": kind, "media": media, "text": "" if filename else body}


def _media_kind(mimetype: str) -> str:
    """Twilio names the MIME type only."""
    plain = mimetype.partition(";")[0].strip().lower()
    return "contacts" if plain in VCARD_TYPES else guess_kind(mimetype)


def _read_location(parameters: Parameters) -> dict[str, Any] | None:
    name, address = parameters.get("Label"), parameters.get("Address")
    location = as_location(
        parameters.get("Latitude"),
        parameters.get("Longitude"),
        name=name,
        address=address,
    )
    if not location:
        return None
    body = parameters.get("Body", "")
    text = "" if body in (name, address) else body
    return {"kind": "location", "location": location, "text": text}


def _read_text(parameters: Parameters) -> dict[str, Any] | None:
    body = parameters.get("Body")
    if not body or parameters.get("MessageType", "").lower() not in TEXT_TYPES:
        return None
    return {"kind": "text", "text": body}


def _is_forwarded(parameters: Parameters) -> bool:
    marks = ("Forwarded", "FrequentlyForwarded")
    return any(parameters.get(mark) == "true" for mark in marks)


def _read_referral(parameters: Parameters) -> dict[str, str]:
    """The advertisement that the customer came from, in snake case."""
    found = {
        _snake_case(name.removeprefix("Referral")): value
        for name, value in parameters.items()
        if name.startswith("Referral") and name != "ReferralNumMedia" and value
    }
    return {name: value for name, value in found.items() if name}


def _snake_case(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _read_consent(parameters: Parameters) -> str | None:
    """A keyword that Twilio's Advanced Opt-Out recognised, and answered by itself.

    https://www.twilio.com/docs/messaging/tutorials/advanced-opt-out
    """
    return {"STOP": "out", "START": "in"}.get(parameters.get("OptOutType", ""))


def _required_sid(parameters: Parameters) -> str:
    sid = parameters.get("MessageSid") or parameters.get("SmsSid") or ""
    if not re.fullmatch(r"[A-Za-z0-9]{1,64}", sid):
        raise MalformedEvent("The message has no SID.")
    return sid
