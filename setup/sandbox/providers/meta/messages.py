"""Messages: sending, reading, blocking.

https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/send-messages
"""

import re
import secrets
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from ...faults import answer
from ...store import Card, Contact, Location, Media, Message, Option
from .accounts import Account, PhoneNumber
from .api import NODE, Api, read_json
from .errors import MetaError, error_for_status
from .webhooks import wa_id_of

TAG_LIMIT = 512
_DIGITS = re.compile(r"[1-9]\d{6,14}")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
_FILES = {
    "image": {"image/jpeg", "image/png"},
    "video": {"video/mp4", "video/3gpp"},
    "audio": {"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg"},
    "sticker": {"image/webp"},
    "document": None,
}
_MUTE = ("audio", "sticker")


class MessagesApi(Api):
    """What the business sends and does in a chat."""

    def routes(self) -> Iterable[web.RouteDef]:
        blocks = f"{NODE}/block_users"
        return [
            web.post(f"{NODE}/messages", self.guarded(self.post, on="")),
            web.post(blocks, self.guarded(self.block)),
            web.delete(blocks, self.guarded(self.unblock)),
            web.get(blocks, self.guarded(self.list_blocked)),
        ]

    async def post(self, request: web.Request, account: Account):
        """A message, or the news that one was read."""
        number = account.number_by_id(request.match_info["node"])
        values = await read_json(request)
        if values.get("messaging_product") != "whatsapp":
            raise MetaError(100, "The parameter messaging_product is required.")
        if not number.is_registered:
            raise MetaError(133010)
        if values.get("status") == "read":
            return self._mark_read(number, values)
        draft = self._check(account, number, values)
        contact = self._recipient(values)
        fault = self.provider.faults.take("send", number.number, contact.addresses)

        async def accept() -> web.Response:
            return self._accept(number, values, draft, contact)

        return await answer(request, fault, accept, error_for_status)

    # -- sending ------------------------------------------------------------------

    def _recipient(self, values: dict[str, Any]) -> Contact:
        """The person at ``to``, which wins, or at ``recipient``."""
        to = re.sub(r"[\s()+-]", "", str(values.get("to") or ""))
        user_id = str(values.get("recipient") or "")
        if to:
            if not _DIGITS.fullmatch(to):
                raise MetaError(131009, "(to) is no phone number")
            return self.network.recipient(f"+{to}", is_number=True)
        if not _USER_ID.fullmatch(user_id):
            raise MetaError(100, "The parameter to is required.")
        return self.network.recipient(user_id, is_number=False)

    def _check(
        self, account: Account, number: PhoneNumber, values: dict[str, Any]
    ) -> dict[str, Any]:
        """The fields of a :class:`Message` that the request asks for.

        :raise MetaError: what Meta answers to a request that it refuses at once
        """
        kind = values.get("type", "text")
        content = values.get(kind)
        tag = values.get("biz_opaque_callback_data", "")
        if str(values.get("to", "")).lstrip("+") == number.digits:
            raise MetaError(131021)
        if len(tag) > TAG_LIMIT:
            raise MetaError(100, "biz_opaque_callback_data is too long")
        if not content:
            raise MetaError(100, f"The parameter {kind} is required.")
        readers = {
            "text": self._read_text,
            "location": self._read_location,
            "contacts": self._read_contacts,
            "reaction": self._read_reaction,
            "interactive": self._read_interactive,
            **dict.fromkeys(_FILES, self._read_file),
        }
        if kind == "template":
            is_number = bool(values.get("to"))
            draft = self.provider.templates.render_for(account, content, is_number)
        elif kind in readers:
            draft = readers[kind](kind, content)
        else:
            raise MetaError(131051, kind)
        draft.setdefault("extra", {})["tag"] = tag
        quoted = values.get("context", {}).get("message_id")
        return {"reply_to": quoted, **draft} if quoted else draft

    def _accept(
        self,
        number: PhoneNumber,
        values: dict[str, Any],
        draft: dict[str, Any],
        contact: Contact,
    ) -> web.Response:
        message = Message(
            id=self.provider.new_message_id(draft["kind"]),
            direction="outbound",
            business=number.number,
            contact=contact.id,
            at=self.store.clock.now(),
            **draft,
        )
        self.network.accept(message)
        known: dict[str, Any] = {"input": values.get("to") or values["recipient"]}
        if values.get("to"):
            known["wa_id"] = wa_id_of(contact) or known["input"].lstrip("+")
        else:
            known["user_id"] = contact.user_id
        sent: dict[str, Any] = {"id": message.id}
        if message.is_template:
            sent["message_status"] = "accepted"
        body = {"messaging_product": "whatsapp", "contacts": [known]}
        return web.json_response({**body, "messages": [sent]})

    @staticmethod
    def _read_text(kind: str, content: dict[str, Any]) -> dict[str, Any]:
        body = _limited(content.get("body"), "text['body']", 4096)
        return {"kind": kind, "text": body}

    def _read_file(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        link, media_id = content.get("link"), content.get("id")
        caption = content.get("caption", "")
        if bool(link) == bool(media_id):
            raise MetaError(100, "Either id or link is required")
        if caption and kind in _MUTE:
            raise MetaError(100, f"{kind} has no caption")
        if len(caption) > 1024:
            raise MetaError(100, "The caption is too long")
        shown = "voice" if kind == "audio" and content.get("voice") else kind
        draft = {"kind": shown, "text": caption}
        if media_id:
            return {**draft, "media": self._take_upload(kind, media_id)}
        if urlsplit(link).scheme not in ("http", "https"):
            raise MetaError(131009, "link is no valid address")
        return {**draft, "media_url": link}

    def _take_upload(self, kind: str, media_id: str) -> Media:
        media = self.provider.files.uploaded.get(media_id)
        if media is None:
            raise MetaError(131009, f"Media {media_id} does not exist")
        allowed = _FILES[kind]
        if allowed and media.content_type.partition(";")[0] not in allowed:
            raise MetaError(131053, f"{media.content_type} can't be sent as {kind}")
        # The same upload may be sent many times; each message has its own file.
        return Media(
            str(secrets.randbelow(10**15) + 10**15),
            media.content_type,
            media.data,
            media.name,
        )

    @staticmethod
    def _read_location(kind: str, content: dict[str, Any]) -> dict[str, Any]:
        return {"kind": kind, "location": read_location(content)}

    @staticmethod
    def _read_contacts(kind: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        cards = []
        for card in content:
            name = card.get("name", {}).get("formatted_name")
            if not name:
                raise MetaError(131008, "formatted_name is required")
            phone = next((one.get("phone", "") for one in card.get("phones", [])), "")
            cards.append(Card(name, phone))
        return {"kind": kind, "cards": cards}

    @staticmethod
    def _read_reaction(kind: str, content: dict[str, Any]) -> dict[str, Any]:
        target = content.get("message_id")
        if not target:
            raise MetaError(131008, "message_id is required")
        return {"kind": kind, "reply_to": target, "text": content.get("emoji", "")}

    def _read_interactive(self, _kind: str, content: dict[str, Any]) -> dict[str, Any]:
        kind, action = content.get("type"), content.get("action", {})
        header = content.get("header", {})
        draft = {
            "header": header.get("text", ""),
            "text": _limited(content.get("body", {}).get("text"), "body", 4096),
            "footer": content.get("footer", {}).get("text", ""),
        }
        if kind == "button":
            return {**draft, "kind": "buttons", "options": _read_buttons(action)}
        if kind == "list":
            label = _limited(action.get("button"), "button", 20)
            options = _read_rows(action)
            return {**draft, "kind": "list", "list_label": label, "options": options}
        if kind == "cta_url":
            link = action.get("parameters", {})
            title = _limited(link.get("display_text"), "display_text", 20)
            option = Option(title, title, kind="url", value=link.get("url", ""))
            return {**draft, "kind": "buttons", "options": [option]}
        raise MetaError(131051, f"interactive {kind}")

    # -- reading and blocking -----------------------------------------------------

    def _mark_read(self, number: PhoneNumber, values: dict[str, Any]) -> web.Response:
        message = self.store.messages.get(values.get("message_id", ""))
        if message is None or message.business != number.number:
            raise MetaError(100, "The message does not exist")
        self.network.show_reading(message, typing="typing_indicator" in values)
        return web.json_response({"success": True})

    async def block(self, request: web.Request, account: Account):
        """Take no more messages of these people."""
        return await self._set_blocked(request, account, "added_users")

    async def unblock(self, request: web.Request, account: Account):
        """Take them again."""
        return await self._set_blocked(request, account, "removed_users")

    async def _set_blocked(self, request: web.Request, account: Account, key: str):
        number = account.number_by_id(request.match_info["node"])
        values = await read_json(request)
        done = []
        for user in values.get("block_users", []):
            given = user.get("user") or user.get("user_id") or ""
            address = f"+{given.lstrip('+')}" if given[:1] in "+0123456789" else given
            contact = self.store.find_contact(address)
            if contact is None:
                raise MetaError(139101, f"{given} did not write in the last 24 hours")
            known = {"input": given, "wa_id": wa_id_of(contact)}
            done.append({name: value for name, value in known.items() if value})
            if key == "added_users" and contact.id not in number.blocked:
                number.blocked.append(contact.id)
            elif key == "removed_users" and contact.id in number.blocked:
                number.blocked.remove(contact.id)
        body = {"messaging_product": "whatsapp", "block_users": {key: done}}
        return web.json_response(body)

    async def list_blocked(self, request: web.Request, account: Account):
        """Who is blocked."""
        number = account.number_by_id(request.match_info["node"])
        people = [self.store.contacts[one] for one in number.blocked]
        data = [
            {
                "messaging_product": "whatsapp",
                "input": wa_id_of(one) or one.user_id,
                "wa_id": wa_id_of(one),
            }
            for one in people
        ]
        return web.json_response({"data": data})


# -- checks ---------------------------------------------------------------------------


def _limited(text: Any, name: str, limit: int) -> str:
    """:raise MetaError: the text is missing or too long"""
    if not isinstance(text, str) or not text:
        raise MetaError(100, f"The parameter {name} is required.")
    if len(text) > limit:
        raise MetaError(100, f"Param {name} must be at most {limit} characters long.")
    return text


def read_location(content: dict[str, Any]) -> Location:
    """A place; Meta takes its degrees as numbers and as texts."""
    try:
        point = float(content["latitude"]), float(content["longitude"])
    except (KeyError, TypeError, ValueError):
        raise MetaError(131009, "latitude and longitude are numbers") from None
    return Location(*point, content.get("name") or "", content.get("address") or "")


def _read_buttons(action: dict[str, Any]) -> list[Option]:
    replies = [button.get("reply", {}) for button in action.get("buttons", [])]
    titles = [_limited(reply.get("title"), "title", 20) for reply in replies]
    if not 1 <= len(replies) <= 3 or len(set(titles)) < len(titles):
        raise MetaError(131009, "One to three buttons with titles of their own")
    return [Option(reply.get("id", ""), reply["title"]) for reply in replies]


def _read_rows(action: dict[str, Any]) -> list[Option]:
    rows = [row for part in action.get("sections", []) for row in part.get("rows", [])]
    if not 1 <= len(rows) <= 10:
        raise MetaError(131009, "One to ten rows in all")
    return [
        Option(
            _limited(row.get("id"), "id", 200),
            _limited(row.get("title"), "title", 24),
            row.get("description") or "",
        )
        for row in rows
    ]
