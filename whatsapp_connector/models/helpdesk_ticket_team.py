from odoo import models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    def write(self, vals):
        """Whoever leaves a team leaves the chats that they saw through it."""
        res = super().write(vals)
        if "user_ids" in vals:
            channels = self.env["whatsapp.channel"].sudo()
            channels.search([("team_ids", "in", self.ids)])._prune_members()
        return res
