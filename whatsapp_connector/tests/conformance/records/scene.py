"""What is there before a webhook comes, made of what it speaks of."""

from dataclasses import replace
from datetime import datetime, timedelta

from ....models.whatsapp_template_language import (
    get_language,
)
from ....wire.items import (
    AccountUpdate,
    ConsentUpdate,
    Echo,
    IdentityChange,
    InboundMessage,
    StatusUpdate,
    TemplatesChanged,
    TemplateUpdate,
)
from ..intents import NURIA
from .kit import WireKit

#: What a template is before news of it comes: never what the news says.
BEFORE = {"approved": "pending"}
BEGINNING = datetime(2020, 1, 1)


class SceneKit(WireKit):
    def set_scene(self, items):
        """Make the messages, contacts and templates that ``items`` speak of."""
        echoes = {item.message.message_id for item in items if isinstance(item, Echo)}
        for item in items:
            self._add_channel(item)
            match item:
                case StatusUpdate() if item.message_id in echoes:
                    pass  # it comes along with its message
                case InboundMessage():
                    self._set_scene_of_message(item)
                case StatusUpdate():
                    self.make_message(
                        item.person or NURIA,
                        number_id=item.number_id,
                        # Known by our reference alone until the provider tells its id
                        provider_id=not item.reference and item.message_id,
                        **{"reference": item.reference} if item.reference else {},
                        state="sending",
                        lease_until=self.now() + timedelta(minutes=1),
                    )
                case IdentityChange():
                    self.make_message(item.old, "in", number_id=item.number_id)
                case ConsentUpdate():
                    self._decide(item.person, item.scope, item.opted_in)
                case TemplateUpdate():
                    self._make_variant(item)
                case TemplatesChanged():
                    self.account.templates_due_at = self.now() + timedelta(hours=1)
                case AccountUpdate():
                    self._set_scene_of_account(item)

    def _set_scene_of_account(self, item):
        """Trouble before news of its end, and none before other news."""
        if item.change == "quality" and item.value != "red":
            self.channel._note_quality("red", BEGINNING)
        elif item.change == "standing" and item.value == "good":
            bad = replace(item, value="disabled", sentences=("It was bad.",))
            self.account._note_standing(bad, BEGINNING)
        elif item.change == "limit":
            self.account.daily_limit = 500

    def _add_channel(self, item):
        """A second number of ours, where a fixture has one."""
        number_id = getattr(item, "number_id", None)
        if number_id and not self.get_channel(number_id):
            count = len(self.account.channel_ids)
            number = f"+3493123456{count}"
            self.create_channel(self.account, number, number_id=number_id)

    def get_channel(self, number_id):
        channels = self.account.channel_ids
        return channels.filtered(lambda channel: channel.number_id == number_id)

    def _set_scene_of_message(self, item):
        if item.quoted_id:
            self.make_message(
                item.person, number_id=item.number_id, provider_id=item.quoted_id
            )
        if item.target_id:
            direction = "out" if item.kind == "reaction" else "in"
            target = self.make_message(
                item.person,
                direction,
                number_id=item.number_id,
                provider_id=item.target_id,
            )
            if item.kind == "reaction" and not item.emoji:
                self._react(target)  # to be taken back
        if item.consent:
            self._decide(item.person, "all", item.consent == "in")

    def make_message(self, person, direction="out", number_id=None, **vals):
        """A message with ``person`` as if it had gone or come a while ago."""
        messages = self.env["whatsapp.message"]
        if known := self._find_message(**vals):
            return known
        channel = self.get_channel(number_id or self.wire.number_id)
        thread = self.open_thread(person, channel)
        thread.whatsapp_window_until = False
        mail_message = thread._whatsapp_post_inbound([(thread, {"body": "Fins ara"})])
        return messages.create(
            {
                "direction": direction,
                "state": "received" if direction == "in" else "sent",
                "account_id": self.account.id,
                "channel_id": channel.id,
                "contact_id": thread.whatsapp_contact_id.id,
                "thread_id": thread.id,
                "mail_message_id": mail_message.id,
                "body": "Fins ara",
                **vals,
            }
        )

    def _find_message(self, provider_id=None, reference=None, **_vals):
        """Of several fixtures that speak of one message."""
        names = {"provider_id": provider_id, "reference": reference}
        messages = self.env["whatsapp.message"]
        for name, value in names.items():
            domain = [("account_id", "=", self.account.id), (name, "=", value)]
            if value and (found := messages.search(domain)):
                return found
        return messages

    def _react(self, message, direction="in"):
        """There is a reaction to ``message``, of the contact or of us."""
        vals = {"direction": direction, "state": "received"}
        if direction == "out":
            vals = {"direction": direction, "state": "sent"}
        message.create({**message._prepare_reaction_vals("😀"), **vals})
        message.mail_message_id._whatsapp_show_reactions()

    def _decide(self, person, scope, opted_in):
        """The person decided otherwise before."""
        self.env["whatsapp.consent"]._record(
            self.get_contact(person),
            scope=scope,
            decision="out" if opted_in else "in",
            source="person",
        )

    def _make_variant(self, update):
        """The language of a template that ``update`` is about, at the provider."""
        variants = self.env["whatsapp.template.variant"]
        language = get_language(update.language or "ca")
        name = update.name or "order_shipped"
        if known := self.find_variant(update):
            return known
        templates = self.env["whatsapp.template"]
        template = templates.search(
            [("account_id", "=", self.account.id), ("technical_name", "=", name)]
        ) or templates.create(
            {"name": name, "technical_name": name, "account_id": self.account.id}
        )
        variant = variants.create(
            {
                "template_id": template.id,
                "language": language,
                "body": "Hola!",
                "version": len(template.variant_ids) + 1,
            }
        )
        variant.sudo().write(
            {
                "state": BEFORE.get(update.value, "approved"),
                "provider_id": update.template_id or f"{name} {language}",
                "provider_name": name,
            }
        )
        return variant

    def find_variant(self, update):
        variants = self.env["whatsapp.template.variant"]
        domain = [("account_id", "=", self.account.id)]
        if update.template_id:
            return variants.search([*domain, ("provider_id", "=", update.template_id)])
        return variants.search(
            [
                *domain,
                ("provider_name", "=", update.name),
                ("language", "=", get_language(update.language)),
            ]
        )
