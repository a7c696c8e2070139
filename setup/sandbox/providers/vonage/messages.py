"""Messages and their files: ``/v1/messages``, ``/v3/media``.

https://developer.vonage.com/en/api/messages
"""

import re
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from ...faults import answer
from ...store import Card, Location, Message, Option
from ..surface import answer_file
from .accounts import Account, Application
from .api import MESSAGES_HOSTS, Api, read_object
from .errors import VonageError, error_for_status

TEXT_LIMIT = 4096
REFERENCE_LIMIT = 100
_NUMBER = re.compile(r"[1-9]\d{6,14}")
_USER_ID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
_MEDIA_KINDS = {
    "image": "image",
    "video": "video",
    "audio": "audio",
    "file": "document",
    "sticker": "sticker",
}
Values = dict[str, Any]


class MessagesApi(Api):
    """Send, mark as read; fetch what customers sent."""

    def routes(self) -> Iterable[web.RouteDef]:
        for host in MESSAGES_HOSTS:
            base = f"/{host}/v1/messages"
            yield web.post(base, self.guarded(self.send, on=""))
            read = self.guarded(self.mark_read, allow=("bearer",))
            yield web.patch(f"{base}/{{message}}", read)
            yield web.get(f"/{host}/v3/media/{{media}}", self.download)

    # -- send ---------------------------------------------------------------------

    async def send(
        self, request: web.Request, account: Account, application: Application | None
    ):
        """Take a message for delivery, with the trouble that is due."""
        values = await read_object(request)
        business = self._check_sender(values, account, application)
        to = _check_recipient(values)
        content = self._read_content(values, account)
        is_number = bool(_NUMBER.fullmatch(to))
        contact = self.network.recipient(f"+{to}" if is_number else to, is_number)
        fault = self.provider.faults.take("send", business, contact.addresses)

        async def accept() -> web.Response:
            extra = {
                "to": to,
                "client_ref": values.get("client_ref"),
                "webhook_url": values.get("webhook_url"),
                **content.pop("extra", {}),
            }
            message = Message(
                id=self.provider.new_message_id(content["kind"]),
                direction="outbound",
                business=business,
                contact=contact.id,
                at=self.store.clock.now(),
                status="queued",
                reply_to=self._find_quoted(values),
                extra=extra,
                **content,
            )
            self.network.accept(message)
            return web.json_response({"message_uuid": message.id}, status=202)

        return await answer(request, fault, accept, error_for_status)

    @staticmethod
    def _check_sender(
        values: Values, account: Account, application: Application | None
    ) -> str:
        """The business number; with key and secret any of the account's."""
        if values.get("channel") != "whatsapp":
            raise VonageError(422, "1100", "channel must be whatsapp")
        if len(str(values.get("client_ref") or "")) > REFERENCE_LIMIT:
            raise VonageError(422, "1060", "client_ref is too long")
        number = f"+{values.get('from') or ''}"
        owner = account.application_of(number)
        if owner is None or application not in (None, owner):
            raise VonageError(422, "1120", "from is not linked to this application")
        return number

    def _find_quoted(self, values: Values) -> str | None:
        quoted = _dict(values, "context").get("message_uuid")
        if quoted and quoted not in self.store.messages:
            raise VonageError(422, "1150", "context.message_uuid is unknown")
        return quoted

    def _read_content(self, values: Values, account: Account) -> Values:
        """The fields of the message that its type decides."""
        kind = values.get("message_type")
        if kind == "text":
            text = values.get("text")
            if not isinstance(text, str) or not 0 < len(text) <= TEXT_LIMIT:
                raise _invalid("text", "has 1 to 4096 characters")
            return {"kind": "text", "text": text}
        if kind in _MEDIA_KINDS:
            return _read_media(kind, values)
        if kind == "template":
            return self._read_plain_template(values, account)
        if kind == "reaction":
            return _read_reaction(values)
        if kind == "custom":
            return self._read_custom(_dict(values, "custom"), account)
        raise VonageError(422, "1140", "message_type is unknown")

    def _read_plain_template(self, values: Values, account: Account) -> Values:
        """A template whose only variables are those of its text."""
        template, settings = _dict(values, "template"), _dict(values, "whatsapp")
        parameters = [
            {"type": "text", "text": text} for text in template.get("parameters", [])
        ]
        content = {
            "name": template.get("name"),
            "language": {"code": settings.get("locale")},
            "components": [{"type": "body", "parameters": parameters}],
        }
        return self.provider.templates.render(account, content)

    def _read_custom(self, custom: Values, account: Account) -> Values:
        """What WhatsApp takes as it is."""
        kind = custom.get("type")
        content = _dict(custom, str(kind))
        if not content and kind != "contacts":
            raise _invalid("custom", "has nothing of its type")
        if kind == "template":
            return self.provider.templates.render(account, content)
        if kind == "interactive":
            return _read_interactive(content)
        if kind == "location":
            return _read_location(content)
        if kind == "contacts":
            cards = [_read_card(card) for card in custom.get("contacts") or []]
            return {"kind": "contacts", "cards": cards}
        raise _invalid("custom.type", "is unknown")

    # -- reading --------------------------------------------------------------------

    async def mark_read(self, request: web.Request, _account, application: Application):
        """The business has read a message, and perhaps begins to type."""
        message = self.store.messages.get(request.match_info["message"])
        values = await read_object(request)
        if message is None or message.business not in application.numbers:
            raise VonageError(404)
        if message.direction != "inbound" or values.get("status") != "read":
            raise _invalid("status", "only inbound messages, and only read")
        indicator = _dict(values, "replying_indicator")
        self.network.show_reading(message, bool(indicator.get("show")))
        return web.Response(status=202)

    # -- files ----------------------------------------------------------------------

    async def download(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a customer's file."""
        try:
            media = self._find_media(request)
        except VonageError as error:
            return error.response()

        async def send_bytes() -> web.Response:
            return answer_file(media)

        fault = self.provider.faults.take("media")
        return await answer(request, fault, send_bytes, error_for_status)

    def _find_media(self, request: web.Request):
        """The file; without credentials if the application wants none.

        :raise VonageError: 401, 404
        """
        media_id = request.match_info["media"]
        for message in self.store.messages.values():
            if message.media and message.media.id == media_id:
                break
        else:
            raise VonageError(404)
        for account in self.provider.accounts.values():
            application = account.application_of(message.business)
            if application and not application.authenticate_inbound_media:
                return message.media
        owner, asking = self.authenticate(request, ("basic", "bearer"))
        application = owner.application_of(message.business)
        if application is None or asking not in (None, application):
            raise VonageError(404)
        return message.media


def _dict(values: Values, name: str) -> Values:
    value = values.get(name)
    return value if isinstance(value, dict) else {}


def _invalid(name: str, reason: str) -> VonageError:
    return VonageError(422, "1150", f"{name}: {reason}")


def _check_recipient(values: Values) -> str:
    to = str(values.get("to") or "")
    if not (_NUMBER.fullmatch(to) or _USER_ID.fullmatch(to)):
        raise VonageError(422, "110", "to is neither a number nor a user id")
    if to == values.get("from"):
        raise VonageError(422, "110", "to and from are the same")
    return to


def _read_media(kind: str, values: Values) -> Values:
    file = _dict(values, kind)
    url = str(file.get("url") or "")
    if not url.startswith(("https://", "http://")):
        raise _invalid(f"{kind}.url", "must be a URL")
    if file.get("caption") and kind in ("audio", "sticker"):
        raise _invalid(f"{kind}.caption", "is unknown")
    return {
        "kind": _MEDIA_KINDS[kind],
        "media_url": url,
        "text": file.get("caption") or "",
    }


def _read_reaction(values: Values) -> Values:
    reaction = _dict(values, "reaction")
    if not _dict(values, "context").get("message_uuid"):
        raise _invalid("context.message_uuid", "is required for a reaction")
    if reaction.get("action") == "unreact":
        return {"kind": "reaction", "text": ""}
    if reaction.get("action") != "react" or not reaction.get("emoji"):
        raise _invalid("reaction", "is an emoji to react with, or takes it back")
    return {"kind": "reaction", "text": reaction["emoji"]}


def _read_interactive(content: Values) -> Values:
    action, body = _dict(content, "action"), _dict(content, "body")
    shown = {"text": body.get("text") or ""}
    if content.get("type") == "button":
        replies = [_dict(button, "reply") for button in action.get("buttons") or []]
        if not 1 <= len(replies) <= 3:
            raise _invalid("custom.interactive", "has one to three buttons")
        options = [Option(one["id"], one["title"]) for one in replies]
        return {"kind": "buttons", "options": options, **shown}
    if content.get("type") == "list":
        rows = [
            Option(row["id"], row["title"], row.get("description") or "")
            for section in action.get("sections") or []
            for row in section.get("rows") or []
        ]
        if not 1 <= len(rows) <= 10:
            raise _invalid("custom.interactive", "has one to ten rows")
        label = action.get("button") or ""
        return {"kind": "list", "options": rows, "list_label": label, **shown}
    raise _invalid("custom.interactive.type", "is unknown")


def _read_location(content: Values) -> Values:
    location = Location(
        float(content["latitude"]),
        float(content["longitude"]),
        content.get("name") or "",
        content.get("address") or "",
    )
    return {"kind": "location", "location": location}


def _read_card(card: Values) -> Card:
    phones = card.get("phones") or [{}]
    return Card(_dict(card, "name").get("formatted_name", ""), phones[0].get("phone"))
