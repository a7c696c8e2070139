"""Messages, conversations, webhooks and files.

https://developers.messagebird.com/api/conversations
"""

import hashlib
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from ...faults import answer
from ...store import Contact, Location, Message, Option
from ..surface import answer_file
from .accounts import Account
from .api import (
    Api,
    MessageBirdError,
    error_for_status,
    iso8601,
    take_page,
    whole_second,
)
from .webhooks import conversation_id, describe_content

MEDIA_HOST = "media.messagebird.com"
_HOSTS = ("conversations.messagebird.com", "whatsapp-sandbox.messagebird.com")
_NUMBER = re.compile(r"\+?([1-9]\d{6,14})")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
_FILES = ("image", "video", "audio", "file", "whatsappSticker")


class MessagesApi(Api):
    """Send, look up, converse; configure webhooks; fetch what customers sent."""

    def routes(self) -> Iterable[web.RouteDef]:
        for host in _HOSTS:
            root = f"/{host}/v1"
            one = root + "/conversations/{conversation}"
            webhook = root + "/webhooks/{webhook}"
            yield from [
                web.post(root + "/send", self.guarded(self.send, on="")),
                web.post(
                    root + "/conversations/start", self.guarded(self.start, on="")
                ),
                web.get(root + "/conversations", self.guarded(self.list_conversations)),
                web.get(one, self.guarded(self.fetch_conversation)),
                web.patch(one, self.guarded(self.fetch_conversation)),
                web.get(one + "/messages", self.guarded(self.list_of_conversation)),
                web.post(one + "/messages", self.guarded(self.reply, on="")),
                web.get(root + "/messages", self.guarded(self.list_messages)),
                web.get(root + "/messages/{message}", self.guarded(self.fetch_message)),
                web.get(root + "/webhooks", self.guarded(self.list_webhooks)),
                web.post(root + "/webhooks", self.guarded(self.create_webhook)),
                web.get(webhook, self.guarded(self.fetch_webhook)),
                web.patch(webhook, self.guarded(self.update_webhook)),
                web.delete(webhook, self.guarded(self.delete_webhook)),
            ]
        yield web.get(
            f"/{MEDIA_HOST}/v1/media/{{media}}", self.guarded(self.download, on="media")
        )

    # -- send -------------------------------------------------------------------

    async def send(self, request: web.Request, account: Account):
        """Take a message for delivery, with the trouble that is due."""
        values = await request.json()
        return await self._take(request, account, values, values.get("from"), _accepted)

    async def start(self, request: web.Request, account: Account):
        """The same, answered with the conversation."""
        values = await request.json()
        channel = values.get("channelId")
        return await self._take(
            request, account, values, channel, self._answer_conversation
        )

    async def reply(self, request: web.Request, account: Account):
        """The same, in a conversation that there is."""
        values = await request.json()
        business, contact = self._chat(request, account)
        values["to"] = contact.visible_number or contact.user_id
        channel = account.channels[business]
        return await self._take(request, account, values, channel, self._answer_message)

    async def _take(self, request, account: Account, values, channel, respond):
        business = account.number_of(channel or "")
        if business is None:
            raise MessageBirdError("not_found", "from", "no such channel")
        address, is_number = _check_recipient(values.get("to"))
        content = self._check_content(account, values)
        _check_address(values.get("reportUrl"))
        contact = self.network.recipient(address, is_number)
        fault = self.provider.faults.take("send", business, contact.addresses)

        async def accept() -> web.Response:
            message = self._build(values, business, contact, content)
            response = respond(account, message)
            self.network.accept(message)
            return response

        return await answer(request, fault, accept, error_for_status)

    def _build(self, values, business: str, contact: Contact, content) -> Message:
        extra = {
            "type": values["type"],
            "content": values["content"],
            "report_url": values.get("reportUrl") or "",
            "track_id": values.get("trackId"),
            **content.pop("extra", {}),
        }
        return Message(
            id=self.provider.new_message_id("text"),
            direction="outbound",
            business=business,
            contact=contact.id,
            at=self.store.clock.now(),
            extra=extra,
            **content,
        )

    def _check_content(self, account: Account, values) -> dict[str, Any]:
        """What the message shows.

        :raise MessageBirdError: MessageBird doesn't take it
        """
        kind, content = values.get("type"), values.get("content")
        if not isinstance(content, dict) or kind not in content:
            raise MessageBirdError("invalid", "content", f"content has no {kind}")
        given = content[kind]
        if kind == "hsm":
            return self.provider.templates.render(account, given)
        shown = _render(kind, given)
        if shown is None:
            raise MessageBirdError("invalid", "type")
        return shown

    def _answer_conversation(self, account: Account, message: Message) -> web.Response:
        return web.json_response(self._conversation(account, message.chat), status=201)

    def _answer_message(self, account: Account, message: Message) -> web.Response:
        described = self.describe(account, message, whole_second)
        return web.json_response(described, status=201)

    # -- look up ----------------------------------------------------------------

    def describe(
        self, account: Account, message: Message, written=None
    ) -> dict[str, Any]:
        """The message object."""
        contact = self.store.contacts[message.contact]
        inbound = message.direction == "inbound"
        channel = account.channels[message.business]
        theirs = contact.visible_number or contact.user_id
        kind, content = message.extra.get("type"), message.extra.get("content")
        if inbound:
            quoted = self.store.messages.get(message.reply_to or "")
            kind, content = describe_content(message, quoted)
        last = message.history[-1].at if message.history else message.at
        written = written or iso8601
        described = {
            "id": message.id,
            "conversationId": conversation_id(message.chat),
            "platform": "whatsapp",
            "to": message.business if inbound else theirs,
            "from": theirs if inbound else channel,
            "channelId": channel,
            "type": kind,
            "content": content,
            "direction": "received" if inbound else "sent",
            "status": "received" if inbound else _status(message.status),
            "createdDatetime": written(message.at),
            "updatedDatetime": written(last),
        }
        if message.extra.get("track_id"):
            described["trackId"] = message.extra["track_id"]
        return described

    async def list_messages(self, request: web.Request, account: Account):
        """The newest first; ``from`` is a moment, ``ids`` are separated by commas."""
        since = _moment(request.query.get("from", ""))
        ids = set(filter(None, request.query.get("ids", "").split(",")))
        found = [
            self.describe(account, message)
            for message in reversed(self._messages_of(account))
            if message.at >= since and (not ids or message.id in ids)
        ]
        return web.json_response(take_page(request, found))

    async def fetch_message(self, request: web.Request, account: Account):
        """One message, in or out."""
        message = self.store.messages.get(request.match_info["message"])
        if message is None or message.business not in account.channels:
            raise MessageBirdError("not_found")
        return web.json_response(self.describe(account, message, whole_second))

    def _messages_of(self, account: Account) -> list[Message]:
        everything = self.store.messages.values()
        return [one for one in everything if one.business in account.channels]

    # -- conversations ----------------------------------------------------------

    async def list_conversations(self, request: web.Request, account: Account):
        """All chats of the account's channels."""
        chats = dict.fromkeys(one.chat for one in self._messages_of(account))
        found = [self._conversation(account, chat) for chat in chats]
        return web.json_response(take_page(request, found))

    async def fetch_conversation(self, request: web.Request, account: Account):
        """One chat; its status can't be changed here."""
        business, contact = self._chat(request, account)
        found = self._conversation(account, (business, contact.id))
        return web.json_response(found)

    async def list_of_conversation(self, request: web.Request, account: Account):
        """The messages of a chat, the newest first."""
        business, contact = self._chat(request, account)
        messages = reversed(self.store.chat((business, contact.id)))
        found = [self.describe(account, one, whole_second) for one in messages]
        return web.json_response(take_page(request, found))

    def _chat(self, request: web.Request, account: Account) -> tuple[str, Contact]:
        wanted = request.match_info["conversation"]
        for message in self._messages_of(account):
            if conversation_id(message.chat) == wanted:
                return message.business, self.store.contacts[message.contact]
        raise MessageBirdError("not_found", "conversationId")

    def _conversation(self, account: Account, chat) -> dict[str, Any]:
        business, contact_id = chat
        contact = self.store.contacts[contact_id]
        now = whole_second(self.store.clock.now())
        return {
            "id": conversation_id(chat),
            "contactId": hashlib.sha256(contact_id.encode()).hexdigest()[:32],
            "contact": {
                "id": contact_id,
                "displayName": contact.name,
                "customDetails": {},
            },
            "lastUsedChannelId": account.channels[business],
            "channels": [],
            "messages": {"totalCount": len(self.store.chat(chat)), "href": ""},
            "status": "active",
            "createdDatetime": now,
            "updatedDatetime": now,
            "lastReceivedDatetime": now,
        }

    # -- webhooks ---------------------------------------------------------------

    async def list_webhooks(self, request: web.Request, account: Account):
        """All webhooks."""
        return web.json_response(take_page(request, list(account.webhooks.values())))

    async def create_webhook(self, request: web.Request, account: Account):
        """A new one."""
        values = await request.json()
        if not values.get("url") or not values.get("events"):
            raise MessageBirdError("missing", "url")
        now = whole_second(self.store.clock.now())
        dates = {"createdDatetime": now, "updatedDatetime": now}
        return web.json_response(account.put_webhook(values | dates), status=201)

    async def fetch_webhook(self, request: web.Request, account: Account):
        """One webhook."""
        return web.json_response(self._webhook(request, account))

    async def update_webhook(self, request: web.Request, account: Account):
        """Change what is given."""
        webhook = self._webhook(request, account)
        webhook.update(await request.json())
        return web.json_response(webhook)

    async def delete_webhook(self, request: web.Request, account: Account):
        """Forget one."""
        del account.webhooks[self._webhook(request, account)["id"]]
        return web.Response(status=204)

    def _webhook(self, request: web.Request, account: Account) -> dict[str, Any]:
        webhook = account.webhooks.get(request.match_info["webhook"])
        if webhook is None:
            raise MessageBirdError("not_found")
        return webhook

    # -- files ------------------------------------------------------------------

    async def download(self, request: web.Request, account: Account):
        """The bytes of a customer's file."""
        media = self.store.media.get(request.match_info["media"])
        if media is None:
            raise MessageBirdError("not_found")
        return answer_file(media)


def _accepted(account: Account, message: Message) -> web.Response:
    return web.json_response({"id": message.id, "status": "accepted"}, status=202)


def _status(status: str) -> str:
    return {"queued": "pending", "undelivered": "failed"}.get(status, status)


def _moment(text: str) -> float:
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0


def _check_recipient(to: Any) -> tuple[str, bool]:
    """An address, and whether it is a number."""
    if not isinstance(to, str) or not to:
        raise MessageBirdError("missing", "to", "no (correct) recipients found")
    if match := _NUMBER.fullmatch(to):
        return f"+{match[1]}", True
    if _USER_ID.fullmatch(to):
        return to, False
    raise MessageBirdError("invalid", "to")


def _check_address(url: Any) -> None:
    if url and urlsplit(url).scheme not in ("http", "https"):
        raise MessageBirdError("invalid", "reportUrl")


# -- what a message shows -------------------------------------------------------


def _render(kind: str, given: Any) -> dict[str, Any] | None:
    """The fields of a message with this content; None for a type that isn't played."""
    if kind == "text":
        return _text(given)
    if not isinstance(given, dict):
        raise MessageBirdError("invalid", "content")
    if kind in _FILES:
        return _file(given)
    if kind == "whatsappText":
        shown = _text(given["text"]["body"])
        return shown | {"reply_to": (given.get("context") or {}).get("id")}
    if kind == "location":
        place = Location(float(given["latitude"]), float(given["longitude"]))
        return {"kind": "location", "location": place}
    return _interactive(given) if kind == "interactive" else None


def _text(body: Any) -> dict[str, Any]:
    if not isinstance(body, str) or not body:
        raise MessageBirdError("invalid", "text")
    return {"kind": "text", "text": body}


def _file(given: dict[str, Any]) -> dict[str, Any]:
    url = given.get("url") or given.get("link")
    if not url:
        raise MessageBirdError("missing", "url")
    return {"kind": "text", "text": given.get("caption") or "", "media_url": url}


def _interactive(given: dict[str, Any]) -> dict[str, Any]:
    shown = {"text": given["body"]["text"]}
    action = given["action"]
    if given["type"] == "button":
        buttons = [Option(each["id"], each["title"]) for each in action["buttons"]]
        return {**shown, "kind": "buttons", "options": buttons}
    if given["type"] != "list":
        raise MessageBirdError("invalid", "interactive.type")
    rows = [
        Option(row["id"], row["title"], row.get("description") or "")
        for section in action["sections"]
        for row in section["rows"]
    ]
    label = action["button"]
    return {**shown, "kind": "list", "list_label": label, "options": rows}
