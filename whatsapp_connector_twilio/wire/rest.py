"""What we ask Twilio: messages it knows, files it keeps, senders it hosts.

All of it only reads or configures, so all of it may be asked again.
https://www.twilio.com/docs/messaging/api/message-resource,
https://www.twilio.com/docs/messaging/api/media-resource,
https://www.twilio.com/docs/whatsapp/api/senders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any

from odoo.addons.whatsapp_connector.wire.http import (
    ErrorAnswer,
    HttpClient,
    HttpRequest,
    turn_page,
)
from odoo.addons.whatsapp_connector.wire.items import (
    InboundMessage,
    Media,
    StatusUpdate,
)
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMessage
from odoo.addons.whatsapp_connector.wire.values import (
    Record,
    as_dict,
    as_dicts,
    as_text,
)

from .account import API_VERSION, TwilioAccount
from .errors import ERRORS
from .parse import STATUSES, describe_media, read_failure, read_person
from .send import address_of, body_of

PAGE_SIZE = 1000
MAX_PAGES = 100
#: How far Twilio's clock and ours may differ.
CLOCK_MARGIN = timedelta(minutes=1)


def ask(client: HttpClient, request: HttpRequest) -> Record:
    """The JSON object that answers ``request``.

    :raises ErrorAnswer: Twilio answered with an error, or with something else
    :raises NotSent, NoAnswer: see ``wire.http``
    """
    return ERRORS.object_in(client.exchange(request))


def get(account: TwilioAccount, url: str, *params: tuple[str, str]) -> HttpRequest:
    return HttpRequest(method="GET", url=url, auth=account.auth, params=params)


def pages(client: HttpClient, first: HttpRequest, key: str) -> Iterator[Record]:
    """The records of a list, page after page; ``key`` is their name in the answer.

    :raises ForbiddenHost: the next page isn't at the host that was asked
    """
    request = first
    for _page in range(MAX_PAGES):
        answer = ask(client, request)
        yield from as_dicts(answer.get(key))
        following = _next_page(answer)
        if not following:
            return
        request = turn_page(request, following)


def _next_page(answer: Record) -> str:
    """The classic API gives a relative address, the newer ones a whole one."""
    if meta := as_dict(answer.get("meta")):
        return as_text(meta.get("next_page_url"))
    return as_text(answer.get("next_page_uri"))


# -- the account ----------------------------------------------------------------------


def fetch_account(client: HttpClient, account: TwilioAccount) -> Record:
    """The account itself; an API key of the standard kind may not see it."""
    url = account.url("api", f"{API_VERSION}/Accounts/{account.sid}.json")
    return ask(client, get(account, url))


def probe_messages(client: HttpClient, account: TwilioAccount) -> Record:
    """The least that any credentials for messaging may do."""
    url = account.api_url("Messages.json")
    return ask(client, get(account, url, ("PageSize", "1")))


def fetch_service(client: HttpClient, account: TwilioAccount, sid: str) -> Record:
    """https://www.twilio.com/docs/messaging/api/service-resource"""
    return ask(client, get(account, account.url("messaging", f"v1/Services/{sid}")))


def leads_to(service: Record, url: str) -> bool:
    """Whether a Messaging Service posts messages and statuses to ``url``.

    Options for retries may stand behind an address, after ``#``.
    """
    addresses = {
        str(service.get(name) or "").partition("#")[0]
        for name in ("inbound_request_url", "status_callback")
    }
    return addresses == {url} and not service.get("use_inbound_webhook_on_number")


def find_sender(
    client: HttpClient, account: TwilioAccount, address: str
) -> Record | None:
    """The WhatsApp sender with ``address`` (``whatsapp:+…``), if the account has it."""
    url = account.url("messaging", "v2/Channels/Senders")
    first = get(account, url, ("Channel", "whatsapp"), ("PageSize", "50"))
    for sender in pages(client, first, "senders"):
        if sender.get("sender_id") == address:
            return sender
    return None


def set_sender_webhook(
    client: HttpClient, account: TwilioAccount, sender_sid: str, url: str
) -> Record:
    """Have the sender post its messages and statuses to ``url``."""
    webhook = {
        "callback_url": url,
        "callback_method": "POST",
        "status_callback_url": url,
        "status_callback_method": "POST",
    }
    path = f"v2/Channels/Senders/{sender_sid}"
    return ask(
        client,
        HttpRequest(
            method="POST",
            url=account.url("messaging", path),
            auth=account.auth,
            json={"webhook": webhook},
        ),
    )


def set_service_webhook(
    client: HttpClient, account: TwilioAccount, service_sid: str, url: str
) -> Record:
    """Have the Messaging Service post to ``url``: its word counts before a sender's."""
    return ask(
        client,
        HttpRequest(
            method="POST",
            url=account.url("messaging", f"v1/Services/{service_sid}"),
            auth=account.auth,
            form=(
                ("InboundRequestUrl", url),
                ("InboundMethod", "POST"),
                ("StatusCallback", url),
                ("UseInboundWebhookOnNumber", "false"),
            ),
        ),
    )


# -- messages -------------------------------------------------------------------------


def build_mark_read(account: TwilioAccount, message_sid: str) -> HttpRequest:
    """What shows the customer that their message was read, and that we type, for 25 s.

    Twilio has no way to say only one of both.
    https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource
    """
    return HttpRequest(
        method="POST",
        url=account.url("messaging", "v2/Indicators/Typing.json"),
        auth=account.auth,
        form=(("messageId", message_sid), ("channel", "whatsapp")),
    )


def fetch_status(
    client: HttpClient, account: TwilioAccount, message_sid: str
) -> StatusUpdate | None:
    """What became of a message whose SID we know; None if Twilio has it no more."""
    record = _fetch_message(client, account, message_sid)
    return read_status(record) if record else None


def fetch_sent_at(
    client: HttpClient, account: TwilioAccount, message_sid: str
) -> datetime | None:
    """When a customer's message reached Twilio; None if Twilio has it no more."""
    return _read_sent_at(_fetch_message(client, account, message_sid) or {})


def _fetch_message(
    client: HttpClient, account: TwilioAccount, message_sid: str
) -> Record | None:
    url = account.api_url(f"Messages/{message_sid}.json")
    try:
        return ask(client, get(account, url))
    except ErrorAnswer as error:
        if error.status == 404:
            return None
        raise


def find_status(
    client: HttpClient,
    account: TwilioAccount,
    outbound: OutboundMessage,
    since: datetime,
    known: Iterable[str] = (),
) -> StatusUpdate | None:
    """What became of a message whose SID never reached us.

    Twilio doesn't keep our reference, so the message is told by who wrote what to
    whom since ``since`` (aware UTC); SIDs in ``known`` are other messages'. None
    unless exactly one fits: a guess could cost the customer an answer.
    """
    request = get(
        account,
        account.api_url("Messages.json"),
        ("From", outbound.number_id),
        ("To", address_of(outbound.person) or ""),
        ("PageSize", "50"),
    )
    others = set(known)
    fitting = [
        record
        for record in as_dicts(ask(client, request).get("messages"))
        if record.get("sid") not in others
        and str(record.get("direction")).startswith("outbound")
        and as_text(record.get("body")).strip() == body_of(outbound).strip()
        and (_read_date(record.get("date_created")) or since) >= since - CLOCK_MARGIN
    ]
    return read_status(fitting[0]) if len(fitting) == 1 else None


def read_status(record: Record) -> StatusUpdate:
    """A message resource as a status."""
    word = str(record.get("status") or "")
    code = record.get("error_code")
    return StatusUpdate(
        status=STATUSES.get(word, word),
        message_id=record.get("sid"),
        number_id=record.get("from"),
        at=_read_date(record.get("date_updated")),
        failure=read_failure(
            word, str(code) if code else None, record.get("error_message")
        ),
    )


def list_inbound(
    client: HttpClient, account: TwilioAccount, number_id: str, since: datetime
) -> list[InboundMessage]:
    """What people sent to ``number_id`` since ``since`` (aware UTC), the oldest first.

    The resource has neither profile name, button, location nor referral: such
    messages come back as the text they have.
    """
    moment = since.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    first = get(
        account,
        account.api_url("Messages.json"),
        ("To", number_id),
        ("DateSent>", moment),
        ("PageSize", str(PAGE_SIZE)),
    )
    records = [
        record
        for record in pages(client, first, "messages")
        if record.get("direction") == "inbound" and as_text(record.get("sid"))
    ]
    return [
        _read_inbound(client, account, number_id, record)
        for record in reversed(records)
    ]


def _read_inbound(
    client: HttpClient, account: TwilioAccount, number_id: str, record: Record
) -> InboundMessage:
    body = as_text(record.get("body"))
    content: dict[str, Any] = {"kind": "text" if body else "unsupported", "text": body}
    if str(record.get("num_media") or "0") != "0":
        files = _list_media(client, account, as_text(record.get("sid")))
        content = describe_media(files, body) if files else content
    return InboundMessage(
        number_id=number_id,
        message_id=as_text(record.get("sid")),
        person=read_person(as_text(record.get("from")), {}),
        sent_at=_read_sent_at(record),
        **content,
    )


def _list_media(
    client: HttpClient, account: TwilioAccount, message_sid: str
) -> list[tuple[str, str]]:
    first = get(account, account.api_url(f"Messages/{message_sid}/Media.json"))
    return [
        (
            account.api_url(f"Messages/{message_sid}/Media/{sid}"),
            as_text(record.get("content_type")),
        )
        for record in pages(client, first, "media_list")
        if (sid := as_text(record.get("sid")))
    ]


def _read_sent_at(record: Record) -> datetime | None:
    return _read_date(record.get("date_sent") or record.get("date_created"))


def _read_date(value: Any) -> datetime | None:
    """A date of the classic API (RFC 2822), aware."""
    try:
        moment = parsedate_to_datetime(value) if value else None
    except (AttributeError, TypeError, ValueError):
        return None
    return moment.astimezone(timezone.utc) if moment and moment.tzinfo else moment


# -- files ----------------------------------------------------------------------------


def media_request(account: TwilioAccount, media: Media) -> HttpRequest | None:
    """The request that downloads a file of an inbound message.

    The address comes from a webhook: only to a file of this very account do our
    credentials go with it.
    """
    if not media.url:
        return None
    files = (
        r"https://api(\.[a-z0-9-]+){0,2}\.twilio\.com"
        rf"/{API_VERSION}/Accounts/{re.escape(account.sid)}"
        r"/Messages/[A-Za-z0-9]+/Media/[A-Za-z0-9]+"
    )
    auth = account.auth if re.fullmatch(files, media.url) else None
    return HttpRequest(method="GET", url=media.url, auth=auth)


def is_file_host(host: str) -> bool:
    """Whether files may come from ``host``, directly or by a redirect."""
    return host.endswith((".twilio.com", ".twiliocdn.com"))
