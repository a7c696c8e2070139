"""Messages, their media and the account itself: ``api.twilio.com/2010-04-01``.

https://www.twilio.com/docs/messaging/api/message-resource
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from ...faults import answer
from ...store import Contact, Location, Message
from ..surface import answer_file
from .accounts import Account, Sender
from .api import Api, classic_page, iso8601, rfc2822, take_page
from .errors import TwilioError, error_for_status
from .webhooks import API_VERSION, address_of

BODY_LIMIT = 1600
STORAGE_HOST = "mms.twiliocdn.com"
STORAGE_SECONDS = 300
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
_GEO = re.compile(r"geo:(-?[\d.]+),(-?[\d.]+)(?:\|(.*))?", re.DOTALL)


@dataclass
class Draft:
    """A request to send, checked."""

    sender: Sender
    address: str
    body: str = ""
    media_url: str | None = None
    content: dict[str, Any] = field(default_factory=dict)
    content_sid: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    location: Location | None = None
    status_callback: str = ""
    service: str | None = None


class MessagesApi(Api):
    """Send, look up, list, delete; fetch what customers sent."""

    def routes(self) -> Iterable[web.RouteDef]:
        base = f"/api.twilio.com/{API_VERSION}/Accounts/{{account}}"
        one = base + r"/Messages/{message:[^/.]+}"
        media = one + r"/Media/{media:[^/.]+}"
        account = r"/Accounts/{account:[^/.]+}.json"
        return [
            web.get(
                f"/api.twilio.com/{API_VERSION}{account}",
                self.guarded(self.fetch_account, main_key_only=True),
            ),
            web.post(base + "/Messages.json", self.guarded(self.send, on="")),
            web.get(base + "/Messages.json", self.guarded(self.list_messages)),
            web.get(one + ".json", self.guarded(self.fetch_message)),
            web.post(one + ".json", self.guarded(self.redact)),
            web.delete(one + ".json", self.guarded(self.delete_message)),
            web.get(one + "/Media.json", self.guarded(self.list_media)),
            web.get(media + ".json", self.guarded(self.fetch_media)),
            web.delete(media + ".json", self.guarded(self.delete_media)),
            web.get(media, self.guarded(self.redirect_to_storage)),
            web.get(f"/{STORAGE_HOST}/{{account}}/{{media}}", self.download),
        ]

    # -- account ----------------------------------------------------------------

    async def fetch_account(self, request: web.Request, account: Account):
        """https://www.twilio.com/docs/iam/api/account"""
        uri = f"/{API_VERSION}/Accounts/{account.sid}"
        body = {
            "sid": account.sid,
            "owner_account_sid": account.sid,
            "friendly_name": account.name,
            "status": "active",
            "type": "Full",
            "auth_token": account.auth_token,
            "date_created": rfc2822(account.created),
            "date_updated": rfc2822(account.created),
            "uri": f"{uri}.json",
            "subresource_uris": {"messages": f"{uri}/Messages.json"},
        }
        return web.json_response(body)

    # -- send -------------------------------------------------------------------

    async def send(self, request: web.Request, account: Account):
        """Take a message for delivery, with the trouble that is due."""
        form = await request.post()
        draft = self._check(account, form)
        contact = self.network.recipient(
            draft.address, is_number=draft.address.startswith("+")
        )
        if contact.opted_out:
            raise TwilioError(21610)
        business = draft.sender.number
        fault = self.provider.faults.take("send", business, contact.addresses)

        async def accept() -> web.Response:
            message = self._build_message(draft, contact)
            shown = self._describe(account, message)
            self.network.accept(message)
            return web.json_response(shown, status=201)

        return await answer(request, fault, accept, error_for_status)

    def _check(self, account: Account, form: Any) -> Draft:
        """The request as a draft.

        :raise TwilioError: what Twilio answers to a request that it refuses at once
        """
        sender, service = self._check_sender(account, form)
        draft = Draft(
            sender=sender,
            service=service,
            address=_check_recipient(form.get("To", ""), sender),
            body=form.get("Body", ""),
            media_url=_check_media(form.getall("MediaUrl", [])),
            content=self.provider.templates.render_for(account, form),
            content_sid=form.get("ContentSid"),
            values=parse_variables(form.get("ContentVariables", "")),
            location=_check_location(form.getall("PersistentAction", [])),
            status_callback=_check_callback(form.get("StatusCallback", "")),
        )
        if len(draft.body) > BODY_LIMIT:
            raise TwilioError(21617)
        if not (draft.body or draft.media_url or draft.content or draft.location):
            raise TwilioError(21619)
        return draft

    def _check_sender(self, account: Account, form: Any) -> tuple[Sender, str | None]:
        sender, service = form.get("From", ""), form.get("MessagingServiceSid", "")
        if service:
            return self._sender_of_service(account, service, sender), service
        if not sender:
            raise TwilioError(21603)
        number = sender.removeprefix("whatsapp:")
        if number == sender or number not in account.senders:
            raise TwilioError(63007)
        return account.senders[number], None

    @staticmethod
    def _sender_of_service(account: Account, sid: str, wanted: str) -> Sender:
        service = account.services.get(sid)
        if service is None:
            raise TwilioError(21705, sid)
        number = wanted.removeprefix("whatsapp:") or next(iter(service.senders), "")
        if wanted and number not in service.senders:
            raise TwilioError(21606)
        if number not in account.senders:
            raise TwilioError(21703)
        return account.senders[number]

    def _build_message(self, draft: Draft, contact: Contact) -> Message:
        status = "accepted" if draft.service else "queued"
        kind = "location" if draft.location else "text"
        content = {"kind": kind, "text": draft.body, **draft.content}
        content.setdefault("media_url", draft.media_url)
        content.setdefault("location", draft.location)
        return Message(
            id=self.provider.new_message_id("image" if draft.media_url else "text"),
            direction="outbound",
            business=draft.sender.number,
            contact=contact.id,
            at=self.store.clock.now(),
            status=status,
            extra={
                "to": f"whatsapp:{draft.address}",
                "status_callback": draft.status_callback,
                "service": draft.service,
                "content": draft.content_sid,
                "values": draft.values,
                "body": content["text"],
                "num_media": 1 if content["media_url"] else 0,
            },
            **content,
        )

    # -- look up ----------------------------------------------------------------

    async def list_messages(self, request: web.Request, account: Account):
        """Newest first, by To, From and date."""
        wanted = _message_filter(request)
        found = [
            message
            for message in reversed(self._messages_of(account))
            if wanted(*self._addresses(message), message.at)
        ]
        page, place = take_page(request, found, key=lambda message: message.id)
        records = [self._describe(account, message) for message in page]
        return web.json_response(classic_page(request, "messages", records, place))

    async def fetch_message(self, request: web.Request, account: Account):
        """One message, in or out."""
        message = self._message(request, account)
        return web.json_response(self._describe(account, message))

    async def redact(self, request: web.Request, account: Account):
        """Empty the body: all that an update of a sent message can do."""
        message = self._message(request, account)
        form = await request.post()
        if form.get("Body") == "":
            message.text = message.extra["body"] = ""
            self.store.touch(message)
        return web.json_response(self._describe(account, message))

    async def delete_message(self, request: web.Request, account: Account):
        """Forget a message."""
        self.store.remove_message(self._message(request, account))
        return web.Response(status=204)

    def _messages_of(self, account: Account) -> list[Message]:
        everything = self.store.messages.values()
        return [one for one in everything if one.business in account.senders]

    def _message(self, request: web.Request, account: Account) -> Message:
        message = self.store.messages.get(request.match_info["message"])
        if message is None or message.business not in account.senders:
            raise TwilioError(20404)
        return message

    def _addresses(self, message: Message) -> tuple[str, str]:
        """``From`` and ``To``."""
        contact = self.store.contacts[message.contact]
        theirs = message.extra.get("to") or address_of(contact)
        ours = f"whatsapp:{message.business}"
        return (theirs, ours) if message.direction == "inbound" else (ours, theirs)

    def _describe(self, account: Account, message: Message) -> dict[str, Any]:
        """The message resource."""
        inbound = message.direction == "inbound"
        sender, recipient = self._addresses(message)
        uri = f"/{API_VERSION}/Accounts/{account.sid}/Messages/{message.id}"
        last = message.history[-1] if message.history else None
        sent = [c.at for c in message.history if c.status in ("sent", "received")]
        service = message.extra.get("service")
        has_media = message.media or message.extra.get("num_media")
        return {
            "sid": message.id,
            "account_sid": account.sid,
            "messaging_service_sid": service,
            "from": sender,
            "to": recipient,
            "body": message.extra.get("body", message.text),
            "status": "received" if inbound else message.status,
            "direction": "inbound" if inbound else "outbound-api",
            "num_segments": "1",
            "num_media": "1" if has_media else "0",
            "error_code": last and last.code,
            "error_message": last and last.error,
            "price": None,
            "price_unit": None,
            "api_version": API_VERSION,
            "date_created": rfc2822(message.at),
            "date_updated": rfc2822(last.at if last else message.at),
            "date_sent": rfc2822(sent[0]) if sent else None,
            "uri": f"{uri}.json",
            "subresource_uris": {"media": f"{uri}/Media.json"},
        }

    # -- media ------------------------------------------------------------------

    async def list_media(self, request: web.Request, account: Account):
        """https://www.twilio.com/docs/messaging/api/media-resource"""
        message = self._message(request, account)
        media = [self._describe_media(account, message)] if message.media else []
        page, place = take_page(request, media, key=lambda record: record["sid"])
        return web.json_response(classic_page(request, "media_list", page, place))

    async def fetch_media(self, request: web.Request, account: Account):
        """What is known of a file."""
        message = self._message_with_media(request, account)
        return web.json_response(self._describe_media(account, message))

    async def delete_media(self, request: web.Request, account: Account):
        """Delete a file; the customer's phone keeps it."""
        message = self._message_with_media(request, account)
        del self.store.media[message.media.id]
        return web.Response(status=204)

    async def redirect_to_storage(self, request: web.Request, account: Account):
        """Send on to a signed address, which needs no credentials."""
        message = self._message_with_media(request, account)
        expires = int(time.time()) + STORAGE_SECONDS
        path = f"/{account.sid}/{message.media.id}"
        signature = self._sign_storage(path, str(expires))
        query = f"Expires={expires}&Signature={signature}"
        raise web.HTTPFound(f"https://{STORAGE_HOST}{path}?{query}")

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes, from the storage host."""
        path = request.path.removeprefix(f"/{STORAGE_HOST}")
        expires = request.query.get("Expires", "")
        given = request.query.get("Signature", "")
        media = self.store.media.get(request.match_info["media"])
        if not hmac.compare_digest(self._sign_storage(path, expires), given):
            return web.Response(status=403, text="AccessDenied")
        if not expires.isdecimal() or int(expires) < time.time():
            return web.Response(status=403, text="Expired")
        if media is None:
            return web.Response(status=404, text="NoSuchKey")

        async def send_bytes() -> web.Response:
            return answer_file(media)

        fault = self.provider.faults.take("media")
        return await answer(request, fault, send_bytes, _refuse)

    def _sign_storage(self, path: str, expires: str) -> str:
        signed = f"{path}{expires}".encode()
        return hmac.new(self.provider.storage_key, signed, hashlib.sha256).hexdigest()

    def _message_with_media(self, request: web.Request, account: Account) -> Message:
        message = self._message(request, account)
        sid = request.match_info["media"]
        if not message.media or message.media.id != sid or sid not in self.store.media:
            raise TwilioError(20404)
        return message

    def _describe_media(self, account: Account, message: Message) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{account.sid}/Messages/{message.id}/Media"
        return {
            "sid": message.media.id,
            "account_sid": account.sid,
            "parent_sid": message.id,
            "content_type": message.media.content_type,
            "date_created": rfc2822(message.at),
            "date_updated": rfc2822(message.at),
            "uri": f"{uri}/{message.media.id}.json",
        }


# -- checks of a request to send ------------------------------------------------------


def _check_recipient(to: str, sender: Sender) -> str:
    """The number or business-scoped user id in ``To``."""
    if not to:
        raise TwilioError(21604)
    address = to.removeprefix("whatsapp:")
    if address == to:
        raise TwilioError(21910)
    if not (_NUMBER.fullmatch(address) or _USER_ID.fullmatch(address)):
        raise TwilioError(21211, to)
    if address == sender.number:
        raise TwilioError(63031)
    return address


def _check_media(urls: list[str]) -> str | None:
    if len(urls) > 1:
        raise TwilioError(21623)
    if urls and not _is_http_url(urls[0]):
        raise TwilioError(21620)
    return urls[0] if urls else None


def _check_callback(url: str) -> str:
    if url and not _is_http_url(url):
        raise TwilioError(21609, url)
    return url


def _is_http_url(url: str) -> bool:
    """Whether Twilio would call it; it refuses hosts with an underscore."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(host) and "_" not in host


def _check_location(actions: list[str]) -> Location | None:
    for action in actions:
        match = _GEO.fullmatch(action)
        if match is None:
            raise TwilioError(63005)
        latitude, longitude, label = match.groups()
        return Location(float(latitude), float(longitude), label or "")
    return None


def parse_variables(text: str) -> dict[str, str]:
    """``ContentVariables``: a JSON object of strings.

    :raise TwilioError: 21656
    """
    try:
        values = json.loads(text) if text else {}
    except ValueError:
        raise TwilioError(21656) from None
    if not isinstance(values, dict):
        raise TwilioError(21656)
    return {str(name): str(value) for name, value in values.items()}


# -- the filter of a list -------------------------------------------------------------


def _message_filter(request: web.Request):
    """A test for a message's addresses and time, from the query.

    ``DateSent`` means the whole day, whatever its time; ``DateSent>`` and
    ``DateSent<`` (``DateSent>=2026-09-01`` in the address) take a day or a moment.
    """
    query = request.query
    day, after, before = (query.get(f"DateSent{sign}") for sign in ("", ">", "<"))

    def matches(sender: str, recipient: str, at: float) -> bool:
        return (
            query.get("To", recipient) == recipient
            and query.get("From", sender) == sender
            and (not day or iso8601(at)[:10] == day[:10])
            and (not after or at >= _period(after)[0])
            and (not before or at < _period(before)[1])
        )

    return matches


def _period(text: str) -> tuple[float, float]:
    """Beginning and end of the day or the second that is written."""
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise TwilioError(20404, status=400) from None
    moment = moment.replace(tzinfo=moment.tzinfo or timezone.utc)
    is_day = len(text) == len("2026-09-01")
    length = timedelta(days=1) if is_day else timedelta(seconds=1)
    return moment.timestamp(), (moment + length).timestamp()


def _refuse(status: int) -> web.Response:
    return web.Response(status=status)
