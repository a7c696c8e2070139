from odoo import models

GROUPS = ("group_whatsapp_user", "group_whatsapp_manager")
#: What membership of a group hangs on.
MEMBERSHIP = {"implied_by_ids", "implied_ids", "user_ids"}


class ResGroups(models.Model):
    _inherit = "res.groups"

    def write(self, vals):
        """Whoever loses a WhatsApp group leaves the chats that they saw through it."""
        before = self._whatsapp_get_users() if MEMBERSHIP & vals.keys() else ()
        res = super().write(vals)
        self._whatsapp_revoke(before)
        return res

    def unlink(self):
        before = self._whatsapp_get_users()
        res = super().unlink()
        self._whatsapp_revoke(before)
        return res

    def _whatsapp_get_users(self):
        """Users of each WhatsApp group; empty while the addon is being installed."""
        groups = self.sudo().browse(
            group.id
            for name in GROUPS
            if (group := self.env.ref(f"whatsapp_connector.{name}", False))
        )
        return [(group, group.all_user_ids) for group in groups.exists()]

    def _whatsapp_revoke(self, before):
        for group, users in before:
            if group.exists():
                (users - group.all_user_ids)._whatsapp_revoke()
