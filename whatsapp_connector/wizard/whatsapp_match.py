from odoo import fields, models
from odoo.exceptions import UserError


class WhatsappMatch(models.TransientModel):
    """Say which contact the person of a chat is."""

    _name = "whatsapp.match"
    _description = "Choose the Contact of a WhatsApp Chat"

    contact_id = fields.Many2one(
        "whatsapp.contact",
        string="WhatsApp contact",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    number = fields.Char(related="contact_id.number")
    company_id = fields.Many2one(related="contact_id.company_id")
    candidate_ids = fields.Many2many(related="contact_id.candidate_ids")
    partner_id = fields.Many2one(
        "res.partner",
        string="Another contact",
        domain="['|', ('company_id', '=', False), ('company_id', '=', company_id)]",
    )

    def action_choose(self):
        self.ensure_one()
        if not self.partner_id:
            raise UserError(self.env._("Please choose a contact first."))
        return self.partner_id.with_context(
            whatsapp_contact_id=self.contact_id.id
        ).action_whatsapp_choose()

    def action_new(self):
        self.ensure_one()
        self.contact_id.action_new_partner()
        return {"type": "ir.actions.act_window_close"}
