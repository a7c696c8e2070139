from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

#: WhatsApp takes no reaction to what is older.
REACTION_DAYS = 30
#: Code points of the longest emoji: two people, their skins and what joins them.
EMOJI_LENGTH = 16


class WhatsappMessage(models.Model):
    """Reactions: of either side WhatsApp has one a message, and a new one replaces it.

    Ours is the business's, whoever of us chose it. What stands in the chat is derived
    from these records, so that one that failed isn't shown.
    """

    _inherit = "whatsapp.message"

    # -- sending ----------------------------------------------------------------------

    @api.model
    def _react(self, mail_message, emoji):
        """Put ``emoji`` on a message of a chat, for the contact; an empty one goes.

        One that still waits in the queue is cancelled: the contact sees the last only.

        :raises UserError: it can't be sent to this person now, or not to this message
        """
        thread = mail_message._whatsapp_get_thread()
        thread._whatsapp_check_user(self.env.user)
        thread._whatsapp_check_sendable([{"kind": "reaction", "body": emoji}])
        target = mail_message.sudo()._whatsapp_get_reaction_target()
        target._check_reactable()
        standing = target._get_our_reaction()
        if standing.state == "queued" and standing.body != emoji:
            standing._supersede()
            standing = target._get_our_reaction()
        if emoji != (standing.body or "") or standing.state == "unknown":
            self.sudo().create(target._prepare_reaction_vals(emoji))
            self.env["whatsapp.outbox"]._wake(thread)
        mail_message.sudo()._whatsapp_show_reactions()

    def _supersede(self):
        """Take back what waits in the queue, unless it is on its way by now."""
        self.try_lock_for_update(allow_referencing=True).state = "cancelled"

    def _prepare_reaction_vals(self, emoji):
        """Values of our reaction to this message. It is no answer and opens nothing."""
        self.ensure_one()
        return {
            **self._prepare_outbound_vals(self.thread_id),
            "kind": "reaction",
            "body": emoji,
            "target_id": self.id,
            "target_provider_id": self.provider_id,
            "conversation_id": self.thread_id._whatsapp_latest_conversation().id,
        }

    def _resend(self):
        """A reaction is chosen anew: what we chose since then would be undone."""
        if self.mapped("kind") != ["reaction"]:
            return super()._resend()
        if self != self.target_id.mail_message_id._whatsapp_get_last_reaction():
            raise UserError(self.env._("There is nothing to send again."))
        self._react(self.target_id.mail_message_id, self.body or "")
        return self.target_id._get_our_reaction()

    # -- checking ---------------------------------------------------------------------

    @api.model
    def _check_reaction(self, capabilities, content):
        emoji = content.get("body") or ""
        if not capabilities.reactions:
            raise UserError(self.env._("This provider can't send reactions."))
        if emoji and (emoji.isascii() or len(emoji) > EMOJI_LENGTH):
            raise UserError(self.env._("A reaction on WhatsApp is one emoji."))

    def _is_known_to_whatsapp(self):
        """Whether it reached WhatsApp, and is still there."""
        self.ensure_one()
        lost = self.state in ("failed", "cancelled") or self.is_revoked
        return bool(self.provider_id) and not lost

    def _is_reactable(self):
        self.ensure_one()
        since = fields.Datetime.now() - timedelta(days=REACTION_DAYS)
        return (self.sent_at or self.create_date) > since

    def _check_reactable(self):
        """Raise if WhatsApp takes no reaction to this message, saying why."""
        if not self:
            raise UserError(
                self.env._(
                    "WhatsApp doesn't have this message, so that nobody can react to "
                    "it there."
                )
            )
        if not self._is_reactable():
            raise UserError(
                self.env._(
                    "WhatsApp takes no reactions to messages that are older than "
                    "%(days)s days.",
                    days=REACTION_DAYS,
                )
            )

    # -- what stands ------------------------------------------------------------------

    def _get_our_reaction(self):
        """Our reaction to this message, as far as we know; its text may be empty."""
        return self.reaction_ids.filtered(
            lambda m: m.direction == "out" and m.state not in ("failed", "cancelled")
        ).sorted("id")[-1:]

    def _get_their_reaction(self):
        return self.reaction_ids.filtered(lambda m: m.direction == "in").sorted("id")[
            -1:
        ]

    def _get_standing_reactions(self):
        """The reactions that these messages have on WhatsApp now."""
        standing = self.browse()
        for message in self:
            standing |= message._get_our_reaction() | message._get_their_reaction()
        return standing.filtered("body")

    def _get_reaction_author(self):
        """Partner and guest under a reaction: one of them is empty."""
        self.ensure_one()
        if self.direction == "in":
            vals = self.contact_id._prepare_reaction_author_vals()
            return vals["partner_id"], vals["guest_id"]
        partner = self.user_id.partner_id or self.company_id.partner_id
        return partner.id, False
