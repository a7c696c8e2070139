"""Channels, messages, webhook subscriptions and files.

https://docs.bird.com/api/channels-api/api-reference
"""

import re
import uuid
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from ...faults import answer
from ...store import Contact, Location, Message, Option
from ..surface import answer_file
from .accounts import SERVICES, Account
from .api import Api, BirdError, error_for_status, iso8601, take_page

MEDIA_HOST = "media.nest.messagebird.com"
_NUMBER = re.compile(r"\+[1-9]\d{6,14}")
_MOST_SUBSCRIPTIONS = 5
_STATUSES = {"queued": "accepted", "read": "delivered"}
_FAILED = ("failed", "undelivered")


class MessagesApi(Api):
    """Send and look up; subscribe to events; fetch what customers sent."""

    def routes(self) -> Iterable[web.RouteDef]:
        root = "/api.bird.com/workspaces/{workspace}"
        channel = root + "/channels/{channel}"
        subscriptions = root + "/webhook-subscriptions"
        one = subscriptions + "/{subscription}"
        media = f"/{MEDIA_HOST}/workspaces/{{workspace}}"
        media += "/messages/{message}/media/{media}"
        return [
            web.get(root + "/channels", self.guarded(self.list_channels)),
            web.get(root + "/channel-groups", self.guarded(self.list_groups)),
            web.get(channel, self.guarded(self.fetch_channel)),
            web.post(channel + "/messages", self.guarded(self.send, on="")),
            web.get(channel + "/messages", self.guarded(self.list_messages)),
            web.get(channel + "/messages/{message}", self.guarded(self.fetch_message)),
            web.get(subscriptions, self.guarded(self.list_subscriptions)),
            web.post(subscriptions, self.guarded(self.subscribe)),
            web.delete(one, self.guarded(self.unsubscribe)),
            web.get(media, self.guarded(self.download, on="media")),
        ]

    # -- channels ---------------------------------------------------------------

    async def list_channels(self, request: web.Request, account: Account):
        """All channels of the workspace."""
        found = [self._describe_channel(account, each) for each in account.channels]
        return web.json_response(take_page(request, found))

    async def fetch_channel(self, request: web.Request, account: Account):
        """One channel."""
        found = self._describe_channel(account, self._number(request, account))
        return web.json_response(found)

    async def list_groups(self, request: web.Request, account: Account):
        """The WhatsApp Business account of the channels."""
        group = {
            "id": account.group_id,
            "platformId": "whatsapp",
            "channelIds": list(account.channels.values()),
        }
        return web.json_response(take_page(request, [group]))

    def _describe_channel(self, account: Account, number: str) -> dict[str, Any]:
        return {
            "id": account.channels[number],
            "name": account.name,
            "platformId": "whatsapp",
            "status": "active",
            "identifier": number,
        }

    def _number(self, request: web.Request, account: Account) -> str:
        number = account.number_of(request.match_info["channel"])
        if number is None:
            raise BirdError("not_found")
        return number

    # -- send -------------------------------------------------------------------

    async def send(self, request: web.Request, account: Account):
        """Take a message for delivery, with the trouble that is due."""
        values = await request.json()
        business = self._number(request, account)
        address, is_number = _check_receiver(values)
        content = self._check_content(account, values)
        contact = self.network.recipient(address, is_number)
        fault = self.provider.faults.take("send", business, contact.addresses)

        async def accept() -> web.Response:
            message = self._build(values, business, contact, content)
            described = self.describe(account, message)
            self.network.accept(message)
            return web.json_response(described, status=202)

        return await answer(request, fault, accept, error_for_status)

    def _check_content(self, account: Account, values) -> dict[str, Any]:
        """What the message shows: a body or a template, not both.

        :raise BirdError: Bird doesn't take it
        """
        body, template = values.get("body"), values.get("template")
        if bool(body) == bool(template):
            raise BirdError("invalid", body="either a body or a template")
        if template:
            return self.provider.templates.render(account, template)
        kind = body.get("type")
        if kind not in _RENDERERS or kind not in body:
            raise BirdError("invalid", body=f"no such type: {kind}")
        return _RENDERERS[kind](body[kind])

    def _build(self, values, business: str, contact: Contact, content) -> Message:
        extra = {
            "body": values.get("body"),
            "reference": values.get("reference") or "",
            **content.pop("extra", {}),
        }
        return Message(
            id=self.provider.new_message_id("text"),
            direction="outbound",
            business=business,
            contact=contact.id,
            at=self.store.clock.now(),
            reply_to=(values.get("replyTo") or {}).get("id"),
            extra=extra,
            **content,
        )

    # -- look up ----------------------------------------------------------------

    def describe(self, account: Account, message: Message) -> dict[str, Any]:
        """The message object."""
        inbound = message.direction == "inbound"
        contact = self.store.contacts[message.contact]
        connector = {"connector": {"id": account.group_id}}
        person = _describe_contact(contact)
        last = message.history[-1].at if message.history else message.at
        described = {
            "id": message.id,
            "channelId": account.channels[message.business],
            "sender": {"contact": person} if inbound else connector,
            "receiver": connector if inbound else {"contacts": [person]},
            "body": self._body(account, message),
            "reference": message.extra.get("reference", ""),
            "parts": [{"platformReference": f"wamid.{message.id}"}],
            "status": "delivered" if inbound else _status(message.status),
            "reason": "",
            "direction": "incoming" if inbound else "outgoing",
            "lastStatusAt": iso8601(last),
            "createdAt": iso8601(message.at),
            "updatedAt": iso8601(last),
        }
        if message.reply_to:
            kind = "click" if message.choice else "message"
            described["replyTo"] = {"id": message.reply_to, "order": 0, "type": kind}
        if inbound:
            extra = {
                "timestamp": str(int(message.at)),
                "whatsappbsuid": contact.user_id,
            }
            if contact.username:
                extra["whatsappusername"] = contact.username
            described["meta"] = {"extraInformation": extra}
        return described

    def _body(self, account: Account, message: Message) -> dict[str, Any]:
        if message.direction == "outbound":
            return message.extra.get("body") or {}
        return _describe_body(account, message)

    def describe_opened(
        self, account: Account, message: Message, at: float
    ) -> dict[str, Any]:
        """The interaction of a customer who looked at a message."""
        return {
            "id": str(uuid.uuid4()),
            "type": "opened",
            "messageId": message.id,
            "messageReference": message.extra.get("reference", ""),
            "channelId": account.channels[message.business],
            "createdAt": iso8601(at),
        }

    async def list_messages(self, request: web.Request, account: Account):
        """The newest first, perhaps of one person."""
        business = self._number(request, account)
        wanted = request.query.get("phonenumber")
        found = [
            self.describe(account, message)
            for message in reversed(list(self.store.messages.values()))
            if message.business == business
            and wanted in (None, self.store.contacts[message.contact].visible_number)
        ]
        return web.json_response(take_page(request, found))

    async def fetch_message(self, request: web.Request, account: Account):
        """One message, in or out."""
        message = self.store.messages.get(request.match_info["message"])
        if message is None or message.business != self._number(request, account):
            raise BirdError("not_found")
        return web.json_response(self.describe(account, message))

    # -- webhook subscriptions --------------------------------------------------

    async def list_subscriptions(self, request: web.Request, account: Account):
        """All subscriptions, without their keys."""
        found = [_without_key(each) for each in account.subscriptions.values()]
        return web.json_response(take_page(request, found))

    async def subscribe(self, request: web.Request, account: Account):
        """A new subscription; five may have the same event and filter."""
        values = await request.json()
        events = SERVICES.get(values.get("service"), ())
        if values.get("event") not in events or not values.get("url"):
            raise BirdError("invalid", event="no such event")
        names = ("event", "eventFilters")
        same = [
            one
            for one in account.subscriptions.values()
            if all(one.get(name) == values.get(name) for name in names)
        ]
        if len(same) >= _MOST_SUBSCRIPTIONS:
            raise BirdError("invalid", event="too many subscriptions")
        subscription = account.put_subscription(values)
        return web.json_response(_without_key(subscription), status=201)

    async def unsubscribe(self, request: web.Request, account: Account):
        """Forget one."""
        wanted = request.match_info["subscription"]
        if account.subscriptions.pop(wanted, None) is None:
            raise BirdError("not_found")
        return web.Response(status=204)

    # -- files ------------------------------------------------------------------

    async def download(self, request: web.Request, account: Account):
        """The bytes of a customer's file."""
        media = self.store.media.get(request.match_info["media"])
        if media is None:
            raise BirdError("not_found")
        return answer_file(media)


def _without_key(subscription: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in subscription.items() if k != "signingKey"}


def _status(status: str) -> str:
    return "delivery_failed" if status in _FAILED else _STATUSES.get(status, status)


def _check_receiver(values: dict[str, Any]) -> tuple[str, bool]:
    """An address, and whether it is a number."""
    contacts = (values.get("receiver") or {}).get("contacts") or []
    if len(contacts) != 1:
        raise BirdError("invalid", receiver="one contact is needed")
    address = contacts[0].get("identifierValue") or ""
    key = contacts[0].get("identifierKey", "phonenumber")
    if key == "phonenumber" and not _NUMBER.fullmatch(address):
        raise BirdError("invalid", identifierValue="no phone number")
    return address, key == "phonenumber"


def _describe_contact(contact: Contact) -> dict[str, Any]:
    number = contact.visible_number
    if number and contact.wa_id:
        number = f"+{contact.wa_id}"
    return {
        "id": contact.id,
        "identifierKey": "phonenumber" if number else "whatsappbsuid",
        "identifierValue": number or contact.user_id,
        "annotations": {"name": contact.name},
    }


# -- bodies ---------------------------------------------------------------------


def _describe_body(account: Account, message: Message) -> dict[str, Any]:
    """A customer's message as Bird writes it."""
    if message.choice:
        choice = message.choice
        postback = {"text": choice.title, "payload": choice.id}
        action = {"type": "postback", "postback": postback}
        return {"type": "text", "text": {"text": choice.title, "actions": [action]}}
    if message.media:
        return _describe_file(account, message)
    if message.location:
        place = message.location
        point = {"latitude": place.latitude, "longitude": place.longitude}
        named = {"label": place.name, "address": place.address}
        location = {"coordinates": point, "location": named}
        return {"type": "location", "location": location}
    if message.kind != "text":
        return {"type": message.kind, message.kind: {}}
    return {"type": "text", "text": {"text": message.text}}


def _describe_file(account: Account, message: Message) -> dict[str, Any]:
    media = message.media
    path = f"workspaces/{account.workspace_id}/messages/{message.id}/media/{media.id}"
    file = {
        "mediaUrl": f"https://{MEDIA_HOST}/{path}",
        "contentType": media.content_type,
    }
    if media.name:
        file["filename"] = media.name
    caption = {"text": message.text} if message.text else {}
    if message.kind == "image":
        return {"type": "image", "image": {"images": [file], **caption}}
    return {"type": "file", "file": {"files": [file], **caption}}


def _render_text(given: dict[str, Any]) -> dict[str, Any]:
    if not given.get("text"):
        raise BirdError("invalid", text="must not be empty")
    shown = {"kind": "text", "text": given["text"]}
    options = [_option(action) for action in given.get("actions") or []]
    return shown | ({"kind": "buttons", "options": options} if options else {})


def _option(action: dict[str, Any]) -> Option:
    given = action[action["type"]]
    return Option(given.get("payload") or given["text"], given["text"])


def _render_image(given: dict[str, Any]) -> dict[str, Any]:
    return _render_media(given["images"][0], given)


def _render_file(given: dict[str, Any]) -> dict[str, Any]:
    return _render_media(given["files"][0], given)


def _render_media(file: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    text = given.get("text") or ""
    return {"kind": "text", "text": text, "media_url": file["mediaUrl"]}


def _render_location(given: dict[str, Any]) -> dict[str, Any]:
    point, named = given["coordinates"], given.get("location") or {}
    place = Location(
        float(point["latitude"]),
        float(point["longitude"]),
        named.get("label", ""),
        named.get("address", ""),
    )
    return {"kind": "location", "location": place}


def _render_list(given: dict[str, Any]) -> dict[str, Any]:
    rows = [_option(action) for item in given["items"] for action in item["actions"]]
    shown = {"kind": "list", "text": given["text"], "options": rows}
    return {**shown, "list_label": given.get("title") or "Menu"}


_RENDERERS = {
    "text": _render_text,
    "image": _render_image,
    "file": _render_file,
    "location": _render_location,
    "list": _render_list,
}
