from odoo import api, fields, models
from odoo.exceptions import UserError


class WhatsappTemplateDelete(models.TransientModel):
    """Say what WhatsApp will do before languages of a template are deleted there."""

    _name = "whatsapp.template.delete"
    _description = "Delete a WhatsApp Template"

    template_id = fields.Many2one(
        "whatsapp.template", required=True, readonly=True, ondelete="cascade"
    )
    candidate_ids = fields.Many2many(
        "whatsapp.template.variant", compute="_compute_candidate_ids"
    )
    variant_ids = fields.Many2many(
        "whatsapp.template.variant",
        string="Languages",
        domain="[('id', 'in', candidate_ids)]",
    )
    names = fields.Char(string="Deleted", compute="_compute_names")
    kept_names = fields.Char(string="Kept", compute="_compute_names")
    scheduled_count = fields.Integer(compute="_compute_scheduled_count")

    @api.depends("template_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            variants = wizard.template_id.variant_ids
            wizard.candidate_ids = variants.filtered("is_deletable")

    @api.depends("variant_ids", "candidate_ids")
    @api.depends_context("lang")
    def _compute_names(self):
        for wizard in self:
            chosen = wizard.variant_ids._origin
            kept = wizard.candidate_ids._origin - chosen
            wizard.names = chosen._get_language_names()
            wizard.kept_names = kept._get_language_names()

    @api.depends("variant_ids")
    def _compute_scheduled_count(self):
        for wizard in self:
            wizard.scheduled_count = (
                self.env["whatsapp.message"]
                .sudo()
                .search_count(
                    [
                        ("template_variant_id", "in", wizard.variant_ids._origin.ids),
                        ("state", "in", ("queued", "scheduled")),
                    ]
                )
            )

    def action_delete(self):
        self.ensure_one()
        if not self.variant_ids:
            raise UserError(self.env._("Choose at least one language."))
        self.variant_ids._delete_at_provider()
        return {"type": "ir.actions.act_window_close"}
