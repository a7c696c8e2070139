from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    whatsapp_event_retention_days = fields.Integer(
        related="company_id.whatsapp_event_retention_days", readonly=False
    )
    whatsapp_blacklist_on_opt_out = fields.Boolean(
        related="company_id.whatsapp_blacklist_on_opt_out", readonly=False
    )
