from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .discuss_channel import is_whatsapp


class DiscussChannelMember(models.Model):
    _inherit = "discuss.channel.member"

    @api.constrains("channel_id", "partner_id", "guest_id")
    def _check_whatsapp_member(self):
        """The last guard: nobody becomes a member of a chat without the right to it."""
        for member in self.sudo():
            thread = member.channel_id
            if not is_whatsapp(thread):
                continue
            users = member.partner_id.user_ids
            if not any(thread._whatsapp_is_entitled(user) for user in users):
                raise ValidationError(
                    self.env._(
                        "Only people entitled to %(channel)s can join this chat.",
                        channel=thread.whatsapp_channel_id.name,
                    )
                )

    def _set_last_seen_message(self, message, notify=True):
        """Our people read the chat, or answer: the contact may see it."""
        res = super()._set_last_seen_message(message, notify=notify)
        if is_whatsapp(self.channel_id):
            self.channel_id.sudo()._whatsapp_plan_receipt()
        return res

    def _whatsapp_see_own(self, message):
        """The member's own message, and all before it, are no news to them."""
        self.ensure_one()
        self.write(
            {
                "fetched_message_id": message.id,
                "seen_message_id": message.id,
                "last_seen_dt": fields.Datetime.now(),
                "new_message_separator": message.id + 1,
            }
        )

    def _notify_typing(self, is_typing):
        """What colleagues see, the contact sees, too: that an answer is written."""
        res = super()._notify_typing(is_typing)
        if is_typing:
            self.channel_id.filtered(is_whatsapp).sudo()._whatsapp_plan_typing()
        return res
