"""The calls that Twilio makes: their parameters, signature and retries.

Everything here is pure: accounts and messages in, webhooks out.

* parameters: https://www.twilio.com/docs/messaging/guides/webhook-request and
  https://www.twilio.com/docs/messaging/guides/track-outbound-message-status
* signature: https://www.twilio.com/docs/usage/security
* retries: https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
"""

import base64
import hmac
import json
import secrets
from collections.abc import Iterable
from urllib.parse import parse_qsl, urlencode
from xml.etree import ElementTree

from ...courier import Call, Retry, Webhook
from ...store import Contact, Message, StatusChange
from .accounts import Account, Sender
from .errors import explain

API_VERSION = "2010-04-01"
Params = list[tuple[str, str]]

MESSAGE_TYPES = {"voice": "audio", "choice": "interactive"}
"""Our kinds that Twilio calls by another name."""

_EVENT_TYPES = {
    "delivered": "DELIVERED",
    "read": "READ",
    "undelivered": "UNDELIVERED",
    "failed": "UNDELIVERED",
}
_BUTTON_PARAMS = ("ButtonText", "ButtonPayload")
_FAILURES = {"ct": {"ct"}, "rt": {"rt"}, "4xx": {"4xx"}, "5xx": {"5xx"}}
_FAILURES["all"] = set().union(*_FAILURES.values())
_REPLY_LIMIT = 64 * 1024


# -- addresses ----------------------------------------------------------------------


def address_of(contact: Contact) -> str:
    """How Twilio writes a person: by number, else by business-scoped user id."""
    return f"whatsapp:{contact.visible_number or contact.user_id}"


def media_url(account: Account, message: Message) -> str:
    """Where the file of a message is kept."""
    return (
        f"https://api.twilio.com/{API_VERSION}/Accounts/{account.sid}"
        f"/Messages/{message.id}/Media/{message.media.id}"
    )


# -- parameters ---------------------------------------------------------------------


def inbound_params(
    account: Account, message: Message, contact: Contact, quoted: Message | None
) -> Params:
    """The form that announces a customer's message."""
    service = account.service_of(message.business)
    params = [
        ("SmsMessageSid", message.id),
        ("NumMedia", "1" if message.media else "0"),
        ("ProfileName", contact.name),
        ("MessageType", _message_type(message, quoted)),
        ("SmsSid", message.id),
        ("SmsStatus", "received"),
        ("Body", _body(message)),
        ("To", f"whatsapp:{message.business}"),
        ("NumSegments", "1"),
        ("ReferralNumMedia", "0"),
        ("MessageSid", message.id),
        ("AccountSid", account.sid),
        ("From", address_of(contact)),
        ("ApiVersion", API_VERSION),
        ("ExternalUserId", f"whatsapp:{contact.user_id}"),
        ("ChannelMetadata", _channel_metadata(contact)),
    ]
    if contact.visible_number:
        params.append(("WaId", _wa_id(contact)))
    if service:
        params.append(("MessagingServiceSid", service.sid))
    return params + _content_params(account, message) + _context_params(message, quoted)


def _wa_id(contact: Contact) -> str:
    return contact.wa_id or contact.visible_number.lstrip("+")


def _message_type(message: Message, quoted: Message | None) -> str:
    if message.kind == "choice" and quoted and quoted.is_template:
        return "button"
    return MESSAGE_TYPES.get(message.kind, message.kind)


def _body(message: Message) -> str:
    if message.choice:
        return message.choice.title
    if message.kind == "document" and not message.text:
        return message.media.name or ""
    return message.text


def _channel_metadata(contact: Contact) -> str:
    context = {"ProfileName": contact.name}
    if contact.visible_number:
        context["WaId"] = _wa_id(contact)
    data = {"type": "whatsapp", "data": {"context": context}}
    return json.dumps(data, ensure_ascii=False)


def _content_params(account: Account, message: Message) -> Params:
    params: Params = []
    if message.media:
        params += [
            ("MediaUrl0", media_url(account, message)),
            ("MediaContentType0", message.media.content_type),
        ]
    if message.location:
        place = message.location
        params += [
            ("Latitude", str(place.latitude)),
            ("Longitude", str(place.longitude)),
        ]
        params += [("Label", place.name)] if place.name else []
        params += [("Address", place.address)] if place.address else []
    return params


def _context_params(message: Message, quoted: Message | None) -> Params:
    params: Params = []
    if message.forwarded:
        params.append(("Forwarded", "true"))
    if message.choice:
        is_row = bool(quoted and quoted.kind == "list")
        title, payload = ("ListTitle", "ListId") if is_row else _BUTTON_PARAMS
        params += [(title, message.choice.title), (payload, message.choice.id)]
        if is_row and message.choice.description:
            params.append(("ListDescription", message.choice.description))
    if quoted:
        params.append(("OriginalRepliedMessageSid", quoted.id))
        if quoted.direction == "outbound":
            sender = f"whatsapp:{quoted.business}"
            params.append(("OriginalRepliedMessageSender", sender))
    return params


def status_params(
    account: Account,
    sender: Sender,
    message: Message,
    contact: Contact,
    change: StatusChange,
) -> Params:
    """The form that announces a status."""
    to = message.extra.get("to") or address_of(contact)
    structured = "true" if message.options else "false"
    params = [
        ("ChannelPrefix", "whatsapp"),
        ("ApiVersion", API_VERSION),
        ("MessageStatus", change.status),
        ("SmsSid", message.id),
        ("SmsStatus", change.status),
        ("ChannelInstallSid", sender.sid),
        ("To", to),
        ("From", f"whatsapp:{message.business}"),
        ("MessageSid", message.id),
        ("StructuredMessage", structured),
        ("AccountSid", account.sid),
        ("ChannelToAddress", _mask(to)),
        ("ExternalUserId", f"whatsapp:{contact.user_id}"),
    ]
    if change.status in _EVENT_TYPES:
        params.append(("EventType", _EVENT_TYPES[change.status]))
    if message.extra.get("service"):
        params.append(("MessagingServiceSid", message.extra["service"]))
    if change.code:
        text = change.error or explain(change.code)
        params += [
            ("ErrorCode", str(change.code)),
            ("ErrorMessage", text),
            ("ChannelStatusMessage", text),
        ]
    return params


def _mask(address: str) -> str:
    return address.removeprefix("whatsapp:")[:-4] + "XXXX"


# -- signature ----------------------------------------------------------------------


def compute_signature(
    secret: str, url: str, params: Iterable[tuple[str, str]], algorithm: str = "sha1"
) -> str:
    """Twilio's signature over the address and the distinct, sorted parameters."""
    signed = url + "".join(name + value for name, value in sorted(set(params)))
    digest = hmac.new(secret.encode(), signed.encode(), algorithm).digest()
    return base64.b64encode(digest).decode()


def signature_headers(account: Account, url: str, params: Params) -> dict[str, str]:
    """The headers that prove that a webhook is this account's."""
    if account.shared_key is None:
        signature = compute_signature(account.auth_token, url, params)
        return {"X-Twilio-Signature": signature}
    key = account.shared_key
    return {
        "X-Twilio-Signature": compute_signature(key.secret, url, params, "sha256"),
        "X-Twilio-Webhooks-Signature-Settings": (f"key={key.id},algorithm=HMAC_SHA256"),
    }


# -- the call -----------------------------------------------------------------------


def build_webhook(
    account: Account,
    address: str,
    params: Params,
    method: str = "POST",
    fallback_url: str = "",
) -> Webhook:
    """A signed webhook to an address that may hold overrides in its fragment."""
    url, _hash, fragment = address.partition("#")
    body = b""
    if method == "GET":
        url += ("&" if "?" in url else "?") + urlencode(params)
    else:
        body = urlencode(params).encode()

    def build_fallback(call: Call) -> Webhook | None:
        more = [("ErrorCode", "11200"), ("ErrorUrl", url)]
        return build_webhook(account, fallback_url, params + more)

    return Webhook(
        url=url,
        method=method,
        body=body,
        headers={
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
            "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
            "X-Home-Region": "us1",
            "I-Twilio-Idempotency-Token": secrets.token_hex(16),
            **signature_headers(account, url, [] if method == "GET" else params),
        },
        retry=parse_overrides(fragment),
        fallback=build_fallback if fallback_url else None,
        check_reply=check_reply,
    )


def parse_overrides(fragment: str) -> Retry:
    """Retries and time-outs from an address's fragment, such as ``rc=3&rp=5xx,rt``.

    Without one: a single retry, only when no connection came about.
    """
    values = dict(parse_qsl(fragment))
    policies = values.get("rp", "ct").split(",")
    return Retry(
        times=_clamp(values.get("rc"), 1, 0, 5),
        on=frozenset().union(*(_FAILURES.get(policy, set()) for policy in policies)),
        connect_timeout=_clamp(values.get("ct"), 5000, 100, 10000) / 1000,
        read_timeout=_clamp(values.get("rt"), 15000, 100, 15000) / 1000,
        total_timeout=_clamp(values.get("tt"), 15000, 100, 15000) / 1000,
    )


def _clamp(text: str | None, default: int, low: int, high: int) -> int:
    if text is None or not text.isdecimal():
        return default
    return min(max(int(text), low), high)


def check_reply(status: int, content_type: str, body: bytes) -> str | None:
    """Twilio's complaint about an answer: it wants TwiML, or nothing at all."""
    if status >= 400:
        return f"11200: got HTTP {status} response"
    if len(body) > _REPLY_LIMIT:
        return "11750: TwiML response body too large"
    if not body.strip():
        return None
    if content_type.split(";")[0].strip() not in ("text/xml", "application/xml"):
        return f"12300: invalid content type {content_type or 'missing'}"
    return _check_twiml(body)


def _check_twiml(body: bytes) -> str | None:
    try:
        root = ElementTree.fromstring(body)
    except ElementTree.ParseError:
        return "12100: document parse failure"
    return None if root.tag == "Response" else "12200: schema validation failure"
