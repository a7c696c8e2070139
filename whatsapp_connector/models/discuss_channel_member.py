from odoo import api, models
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
