from odoo import models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    def write(self, vals):
        """Whoever leaves a team leaves the chats that they saw through it."""
        concerned = {"user_ids", "active"} & vals.keys()
        before = self.user_ids if concerned else self.env["res.users"]
        res = super().write(vals)
        before._whatsapp_revoke()
        return res

    def unlink(self):
        before = self.user_ids
        res = super().unlink()
        before._whatsapp_revoke()
        return res
