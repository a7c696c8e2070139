"""WhatsApp itself: carries messages between a provider and the phones.

It knows what every provider's customers see alike: the 24 h window, ticks, blocks. A
provider tells it in which words these things are said on its own wire.
"""

import asyncio
import secrets

import aiohttp

from .background import Background
from .courier import Call, Courier, Webhook
from .faults import Fault, Faults
from .providers import PROBLEMS, Provider
from .reviewer import Reviewer
from .store import (
    ChatKey,
    Contact,
    Delivery,
    Media,
    Message,
    StatusChange,
    Store,
)

TYPING_SECONDS = 25
REACTION_SECONDS = 30 * 24 * 60 * 60


class Network:
    """Moves messages through their lives."""

    def __init__(
        self, store: Store, faults: Faults, courier: Courier, background: Background
    ) -> None:
        self._store = store
        self._faults = faults
        self._courier = courier
        self._background = background
        self.providers: dict[str, Provider] = {}
        self.reviewer = Reviewer(store, background, self.providers)

    def provider_of(self, business: str) -> Provider:
        """Who plays this business number.

        :raise KeyError: the number isn't registered
        """
        return self.providers[self._store.numbers[business].provider]

    # -- from the phone ---------------------------------------------------------

    async def send_from_phone(self, message: Message) -> list[Call]:
        """Hand a customer's message to the business; its ticks follow the webhook."""
        message.delivery = Delivery()
        self._store.add_message(message)
        contact = self._store.contacts[message.contact]
        webhook = self.provider_of(message.business).inbound_webhook(message)
        if webhook is None:
            self._note_delivery(message, [], "No webhook address is configured")
            return []
        calls = await self._courier.deliver(
            webhook, "inbound", message.business, contact, message.id
        )
        self._note_delivery(message, calls, "The webhook was swallowed by a fault")
        return calls

    def _note_delivery(self, message: Message, calls: list[Call], nothing: str) -> None:
        best = next((call for call in calls if call.ok), calls[0] if calls else None)
        if best is None:
            message.delivery = Delivery("failed", error=nothing)
        else:
            state = "accepted" if best.ok else "failed"
            message.delivery = Delivery(state, best.http_status, best.error)
        self._store.touch(message)

    def read_chat(self, key: ChatKey) -> None:
        """The customer looks at the chat: everything delivered becomes read."""
        for message in self._store.chat(key):
            if message.direction == "outbound" and message.status == "delivered":
                self._advance(message, "read")

    # -- from the business ------------------------------------------------------

    def recipient(self, address: str, is_number: bool) -> Contact:
        """The person at this address; strangers get a phone of their own."""
        contact = self._store.find_contact(address)
        if contact:
            return contact
        if is_number:
            return self._store.create_contact(number=address)
        return self._store.create_contact(user_id=address)

    def accept(self, message: Message) -> None:
        """Take a message from the business; the rest of its life runs by itself."""
        self._store.add_message(message)
        self._background.start(self._carry(message))

    async def _carry(self, message: Message) -> None:
        contact = self._store.contacts[message.contact]
        settings = self._store.settings
        if message.status == "accepted":
            self._advance(message, "queued")
        outcome = self._faults.take("outcome", message.business, contact.addresses)
        await asyncio.sleep(settings.send_delay)
        problem = await self._find_problem(message, contact)
        if problem:
            self._fail(message, "failed", *self._explain(message, problem))
        elif outcome and outcome.effect == "failed":
            self._end_badly(message, outcome)
        else:
            self._advance(message, "sent")
            await self._arrive(message, contact, outcome)

    async def _arrive(
        self, message: Message, contact: Contact, outcome: Fault | None
    ) -> None:
        """What happens between *sent* and *read*."""
        settings = self._store.settings
        effect = outcome.effect if outcome else None
        await asyncio.sleep(settings.deliver_delay)
        if effect == "undelivered":
            self._end_badly(message, outcome)
        elif effect == "read":
            self._advance(message, "read")
        elif effect != "sent" and settings.auto_deliver and not contact.has_blocked:
            self._advance(message, "delivered")
            if settings.read_delay is not None:
                await asyncio.sleep(settings.read_delay)
                self._read(message)

    def deliver(self, message: Message) -> None:
        """Bring a message that waits (``auto_deliver`` off) to the phone now."""
        if message.status == "sent":
            self._advance(message, "delivered")

    def _read(self, message: Message) -> None:
        if message.status == "delivered":
            self._advance(message, "read")

    async def _find_problem(self, message: Message, contact: Contact) -> str | None:
        """Why WhatsApp won't take the message, as a key of ``PROBLEMS``."""
        if not contact.on_whatsapp:
            return "not_on_whatsapp"
        problem = self.provider_of(message.business).find_problem(message)
        if problem:
            return problem
        if not (message.is_template or self._may_write_freely(message.chat)):
            return "outside_window"
        if message.kind == "reaction" and not self._may_react(message):
            return "reaction_target"
        return await self._fetch_media(message) if message.media_url else None

    def _may_react(self, message: Message) -> bool:
        target = self._store.messages.get(message.reply_to or "")
        if target is None or target.kind == "reaction":
            return False
        is_old = target.at < self._store.clock.now() - REACTION_SECONDS
        return target.chat == message.chat and not is_old

    def _may_write_freely(self, key: ChatKey) -> bool:
        enforced = self._store.settings.enforce_window
        return not enforced or self._store.window_is_open(key)

    async def _fetch_media(self, message: Message) -> str | None:
        """Download the business's file; gives the problem, if there is one."""
        provider = self.provider_of(message.business)
        try:
            data, content_type, name = await self._courier.fetch(
                message.media_url, provider.media_limit + 1
            )
        except (aiohttp.ClientError, asyncio.TimeoutError, ValueError):
            return "media_unreachable"
        if len(data) > provider.media_limit:
            return "media_too_big"
        media = Media(secrets.token_hex(16), content_type, data, name)
        if message.kind == "text":
            message.kind = kind_of(content_type)
            has_caption = message.is_template or message.kind in provider.caption_kinds
            message.text = message.text if has_caption else ""
        self._store.put_media(message, media)
        return None

    # -- statuses ---------------------------------------------------------------

    def _advance(self, message: Message, status: str) -> None:
        self.set_status(message, StatusChange(status, self._store.clock.now()))

    def _fail(
        self, message: Message, status: str, code: int | None, error: str
    ) -> None:
        now = self._store.clock.now()
        self.set_status(message, StatusChange(status, now, code, error))

    def _end_badly(self, message: Message, outcome: Fault) -> None:
        code, error = self._explain(message, "refused", outcome.code)
        self._fail(message, outcome.effect, code, error)

    def _explain(
        self, message: Message, problem: str, code: int | None = None
    ) -> tuple[int | None, str]:
        provider = self.provider_of(message.business)
        known = provider.explain(problem, code)
        return known or (code, PROBLEMS[problem])

    def set_status(self, message: Message, change: StatusChange) -> None:
        """Record a status and tell the business, without waiting for its answer.

        Of a reaction it hears no more than that it was sent.
        """
        self._store.set_status(message, change)
        if message.kind != "reaction" or change.status not in ("delivered", "read"):
            self._background.start(self.tell_status(message, change))

    async def tell_status(self, message: Message, change: StatusChange) -> list[Call]:
        """Post a status to the business, whatever the message's state."""
        webhook = self.provider_of(message.business).status_webhook(message, change)
        if webhook is None:
            return []
        contact = self._store.contacts[message.contact]
        return await self._courier.deliver(
            webhook, "status", message.business, contact, message.id
        )

    # -- what is about no message -----------------------------------------------

    async def post(self, webhook: Webhook, kind: str) -> Call:
        """Call the business's server now; gives what became of it."""
        return await self._courier.post(webhook, kind)

    def tell(self, webhook: Webhook, kind: str) -> None:
        """Post a webhook that belongs to no message, without waiting."""
        self._background.start(self.post(webhook, kind))

    # -- the business reads and types -------------------------------------------

    def show_reading(self, message: Message, typing: bool) -> None:
        """The business has read up to this message, and perhaps begins to type."""
        for earlier in self._store.chat(message.chat):
            if earlier.direction == "inbound" and earlier.seq <= message.seq:
                earlier.status = "read"
                self._store.touch(earlier)
        if typing:
            event = {
                "business": message.business,
                "contact": message.contact,
                "seconds": TYPING_SECONDS,
            }
            self._store.changes.publish("typing", lambda: event)


def kind_of(content_type: str) -> str:
    """The kind of message that carries a file of this type."""
    main, _slash, subtype = content_type.partition("/")
    if subtype == "webp":
        return "sticker"
    return main if main in ("image", "video", "audio") else "document"
