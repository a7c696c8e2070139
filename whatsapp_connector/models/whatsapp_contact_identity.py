from odoo import fields, models


class WhatsappContactIdentity(models.Model):
    _name = "whatsapp.contact.identity"
    _description = "WhatsApp User ID"
    _rec_name = "user_id"

    contact_id = fields.Many2one(
        "whatsapp.contact", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(
        related="contact_id.company_id", store=True, precompute=True
    )
    scope = fields.Char(
        required=True, help="The business portfolio in which the id is unique."
    )
    user_id = fields.Char(string="User ID (BSUID)", required=True)

    _user_id_unique = models.Constraint(
        "UNIQUE(company_id, scope, user_id)",
        "Another contact of this company has the same WhatsApp user id.",
    )
