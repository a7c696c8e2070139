from odoo import fields, models


class WhatsappTemplate(models.Model):
    """A template of its own in the action menu of the records it applies to."""

    _inherit = "whatsapp.template"

    menu_action_id = fields.Many2one(
        "ir.actions.act_window",
        string="Entry in the action menu",
        readonly=True,
        copy=False,
        ondelete="set null",
    )

    def action_add_to_menu(self):
        """Offer it to managers in the lists of its records, to send to many."""
        self._check_may_add_to_menu()
        for template in self.sudo().filtered(
            lambda t: t.model_id and not t.menu_action_id
        ):
            template.menu_action_id = (
                self.env["ir.actions.act_window"]
                .sudo()
                .create(template._prepare_menu_action_vals())
            )

    def _prepare_menu_action_vals(self):
        self.ensure_one()
        group = self.env.ref("whatsapp_connector.group_whatsapp_manager")
        return {
            "name": self.env._("WhatsApp: %(name)s", name=self.name),
            "res_model": "whatsapp.mailing.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_template_id": self.id},
            "binding_model_id": self.model_id.id,
            "binding_view_types": "list",
            "group_ids": group.ids,
        }

    def _check_may_add_to_menu(self):
        self.check_access("write")
        self.env["whatsapp.mailing"]._check_manager()

    def action_remove_from_menu(self):
        self._check_may_add_to_menu()
        self.sudo().menu_action_id.unlink()

    def unlink(self):
        self.sudo().menu_action_id.unlink()
        return super().unlink()
