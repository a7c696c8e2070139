from odoo import models
from odoo.fields import Domain

#: What the right to a number's chats hangs on.
RIGHTS = {"active", "company_ids", "group_ids", "helpdesk_team_ids", "share"}


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        """Whoever loses the right to a number's chats leaves them."""
        res = super().write(vals)
        if "helpdesk_team_ids" in vals:
            self.env["helpdesk.ticket.team"]._whatsapp_forget_rules()
        if RIGHTS & vals.keys():
            self._whatsapp_revoke()
        return res

    def _whatsapp_revoke(self):
        """Check the chats of users who may have lost a right; most have kept it."""
        if not self:
            return
        users = self.sudo().with_context(active_test=False)
        threads = self.env["discuss.channel"].sudo()
        is_concerned = Domain(
            "channel_member_ids.partner_id", "in", users.partner_id.ids
        ) | Domain(
            "whatsapp_conversation_ids",
            "any",
            [("user_id", "in", users.ids), ("state", "!=", "closed")],
        )
        threads.search(
            Domain("channel_type", "=", "whatsapp") & is_concerned
        )._whatsapp_revoke(users)
