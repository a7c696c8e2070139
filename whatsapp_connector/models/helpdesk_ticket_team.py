from odoo import api, models


class HelpdeskTicketTeam(models.Model):
    _inherit = "helpdesk.ticket.team"

    @api.model_create_multi
    def create(self, vals_list):
        teams = super().create(vals_list)
        if teams.user_ids:
            teams._whatsapp_forget_rules()
        return teams

    def write(self, vals):
        """Whoever leaves a team leaves the chats that they saw through it."""
        concerned = {"user_ids", "active"} & vals.keys()
        before = self.user_ids if concerned else self.env["res.users"]
        res = super().write(vals)
        if concerned:
            self._whatsapp_forget_rules()
        before._whatsapp_revoke()
        return res

    def unlink(self):
        before = self.user_ids
        res = super().unlink()
        before._whatsapp_revoke()
        return res

    @api.model
    def _whatsapp_forget_rules(self):
        """Helpdesk's record rules depend on who is in which team; Odoo keeps them."""
        self.env.registry.clear_cache()
