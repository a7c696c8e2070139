from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from odoo.addons.mail.tools.discuss import Store

from ..tools.store import as_news, get_versions
from .discuss_channel import is_whatsapp

REACTIONS = Store.Attr("reactions", lambda m: Store.Many(m.sudo().reaction_ids))
WHATSAPP = Store.Attr("whatsapp", lambda m: m.sudo()._whatsapp_store_values())
NEWS = Store.Attr("whatsapp", lambda m: as_news(m.sudo()._whatsapp_store_values()))


#: What a message says, who says it and where.
CONTENTS = {
    "attachment_ids",
    "author_guest_id",
    "author_id",
    "body",
    "date",
    "email_from",
    "message_type",
    "model",
    "parent_id",
    "res_id",
    "subtype_id",
}


class MailMessage(models.Model):
    _inherit = "mail.message"

    message_type = fields.Selection(
        selection_add=[("whatsapp_message", "WhatsApp")],
        ondelete={
            "whatsapp_message": lambda recs: recs.write({"message_type": "comment"})
        },
    )
    whatsapp_message_ids = fields.One2many(
        "whatsapp.message",
        "mail_message_id",
        groups="whatsapp_connector.group_whatsapp_user",
    )
    whatsapp_noted_ids = fields.One2many(
        "whatsapp.message",
        "note_id",
        groups="whatsapp_connector.group_whatsapp_user",
        help="In the chatter of the record that it is about.",
    )

    # -- guards -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        messages = super().create(vals_list)
        messages._whatsapp_guard()
        return messages

    def write(self, vals):
        concerned = CONTENTS & vals.keys()
        if concerned:
            self._whatsapp_guard()
        res = super().write(vals)
        if concerned:
            self._whatsapp_guard()
        return res

    @api.ondelete(at_uninstall=False)
    def _unlink_except_whatsapp(self):
        self._whatsapp_guard()

    def _whatsapp_guard(self):
        """What was said on WhatsApp is recorded by Odoo, and stays as it was said.

        Members of a channel may write and delete its messages.
        """
        if not self.env.su and "whatsapp_message" in self.mapped("message_type"):
            raise AccessError(
                self.env._("WhatsApp chats are made and changed by Odoo alone.")
            )

    # -- client -----------------------------------------------------------------------

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            Store.Attr(
                "whatsapp",
                NEWS.value if target.channel else WHATSAPP.value,
                predicate=lambda message: message.message_type == "whatsapp_message",
            ),
        ]

    def _whatsapp_current(self):
        """The attempts that count: the last one of each part of this message.

        Read together with those of the messages that are shown beside it.
        """
        own, noted = self.whatsapp_message_ids, self.whatsapp_noted_ids
        together = (*own._prefetch_ids, *noted._prefetch_ids)
        last = {}
        for message in (own | noted).with_prefetch(together).sorted("id"):
            last[message.part] = message
        current = self.env["whatsapp.message"].union(*last.values())
        return current.with_prefetch(together)

    def _whatsapp_store_values(self):
        """What the client shows under a message: ticks, reason, what can be done."""
        self.ensure_one()
        current = self._whatsapp_current()
        worst = current._get_worst()
        first = current[:1].with_prefetch(current._prefetch_ids)
        own, noted = self.whatsapp_message_ids, self.whatsapp_noted_ids
        return {
            "versions": get_versions(own, own.reaction_ids, noted),
            "id": worst.id,
            "kind": first.kind or False,
            "direction": worst.direction or False,
            "state": worst.state or False,
            "reason": worst.failure_reason or False,
            "code": worst.error_code or False,
            "scheduled_at": worst.state == "scheduled"
            and fields.Datetime.to_string(worst.scheduled_at),
            "can_resend": not worst.is_secret,
            "event_id": first.event_id.id,
            "choices": first.choices or False,
            "latitude": first.latitude,
            "longitude": first.longitude,
            **self._whatsapp_reaction_values(),
            "deleted": first.is_revoked,
            "edited": first.is_edited,
            "media_state": first.media_state or False,
        }

    def _whatsapp_broadcast(self, fields=()):
        """Bring delivery state (and ``fields``) to every open client, by thread."""
        for thread_id, messages in self.grouped("res_id").items():
            thread = self.env["discuss.channel"].browse(thread_id)
            Store(bus_channel=thread).add(messages, [NEWS, *fields]).bus_send()
        notes = self.sudo().whatsapp_message_ids.note_id
        for note in notes.filtered(lambda m: m.message_type == "whatsapp_message"):
            # Who cancels or sends again looks at it, whoever wrote it.
            for user in note.author_id.user_ids | self.env.user:
                Store(bus_channel=user).add(note, [NEWS]).bus_send()

    def _whatsapp_broadcast_attachments(self):
        attachments = Store.Many("attachment_ids", sort="id", sudo=True)
        self._whatsapp_broadcast([attachments, "body"])

    def _whatsapp_get_thread(self):
        """The WhatsApp chat that this is a message of; empty if it is of none."""
        self.ensure_one()
        in_thread = self.model == "discuss.channel" and self.res_id
        thread = self.env["discuss.channel"].browse(in_thread and self.res_id)
        return thread.filtered(is_whatsapp)

    def _whatsapp_get_current(self):
        """The current attempts, for a user who may write in the thread.

        The message is the thread's own, or the line that tells of it on a record.
        """
        self.ensure_one()
        self.check_access("read")
        current = self.sudo()._whatsapp_current()
        if self.message_type != "whatsapp_message" or not current:
            raise UserError(self.env._("This is not a WhatsApp message."))
        current.thread_id.with_env(self.env)._whatsapp_check_entitled()
        return current

    def action_whatsapp_resend(self):
        """Send again what failed, or what nobody knows the fate of."""
        self._whatsapp_get_current()._resend()

    def action_whatsapp_resend_reaction(self):
        """Try again to bring our last reaction to the contact."""
        self._whatsapp_get_current()
        self.sudo()._whatsapp_get_last_reaction()._resend()

    def action_whatsapp_cancel(self):
        """Take back what still waits in the queue."""
        self._whatsapp_get_current()._cancel()

    # -- reactions --------------------------------------------------------------------

    def _message_reaction(self, content, action, partner, guest, store=None):
        """In a WhatsApp chat a reaction of ours is the business's: the contact gets it.

        So that anybody of us replaces it or takes it back.
        """
        if not self._whatsapp_get_thread():
            return super()._message_reaction(content, action, partner, guest, store)
        if action == "add":
            self.env["whatsapp.message"]._react(self, content)
        elif content == self._whatsapp_get_reaction_target()._get_our_reaction().body:
            self.env["whatsapp.message"]._react(self, "")
        if store:
            store.add(self, [REACTIONS, WHATSAPP])
        return None

    def _whatsapp_get_reaction_target(self):
        """Which of our message's parts a reaction goes to; empty if to none."""
        parts = self._whatsapp_current().sorted("part")
        known = parts.filtered(lambda m: m._is_known_to_whatsapp())
        known = known.with_prefetch(parts._prefetch_ids)
        return known.filtered(lambda m: m._get_our_reaction())[:1] or known[:1]

    def _whatsapp_get_last_reaction(self):
        """The reaction that one of us chose last, whatever became of it."""
        reactions = self.whatsapp_message_ids.reaction_ids
        return reactions.filtered(lambda m: m.direction == "out").sorted("id")[-1:]

    def _whatsapp_reaction_values(self):
        """What the client knows of our reaction: which stands, how the last fared."""
        target = self._whatsapp_get_reaction_target()
        last = self._whatsapp_get_last_reaction()
        is_troubled = last.state in ("queued", "failed", "unknown")
        return {
            "can_react": bool(target) and target._is_reactable(),
            "our_emoji": target._get_our_reaction().body or False,
            "reaction": is_troubled
            and {
                "emoji": last.body or "",
                "state": last.state,
                "reason": last.failure_reason or False,
                "code": last.error_code or False,
            },
        }

    def _whatsapp_show_reactions(self):
        """Have the chat show the reactions that WhatsApp has, and no other."""
        for message in self.sudo():
            wanted = {
                (*reaction._get_reaction_author(), reaction.body)
                for reaction in message.whatsapp_message_ids._get_standing_reactions()
            }
            shown = {
                (each.partner_id.id, each.guest_id.id, each.content): each
                for each in message.reaction_ids
            }
            stale = [each for key, each in shown.items() if key not in wanted]
            message.reaction_ids.browse().union(*stale).unlink()
            message.reaction_ids.create(
                [
                    {
                        "message_id": message.id,
                        "partner_id": partner_id,
                        "guest_id": guest_id,
                        "content": content,
                    }
                    for partner_id, guest_id, content in wanted - shown.keys()
                ]
            )
        self._whatsapp_broadcast([REACTIONS])
