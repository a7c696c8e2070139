from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    whatsapp_event_retention_days = fields.Integer(
        related="company_id.whatsapp_event_retention_days", readonly=False
    )
    whatsapp_marketing_opt_in = fields.Boolean(
        related="company_id.whatsapp_marketing_opt_in", readonly=False
    )
    whatsapp_waiting_policy = fields.Selection(
        related="company_id.whatsapp_waiting_policy", readonly=False, required=True
    )
    whatsapp_second_person = fields.Selection(
        related="company_id.whatsapp_second_person", readonly=False, required=True
    )
    whatsapp_blacklist_on_opt_out = fields.Boolean(
        related="company_id.whatsapp_blacklist_on_opt_out", readonly=False
    )
