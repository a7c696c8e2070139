from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def write(self, vals):
        """Whoever loses the right to a number's chats loses the membership."""
        res = super().write(vals)
        if {"group_ids", "active", "company_ids", "share"} & vals.keys():
            threads = (
                self.env["discuss.channel"]
                .sudo()
                .search(
                    [
                        ("channel_type", "=", "whatsapp"),
                        (
                            "channel_member_ids.partner_id",
                            "in",
                            self.sudo().partner_id.ids,
                        ),
                    ]
                )
            )
            threads._whatsapp_prune_members()
        return res
