from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    whatsapp_event_retention_days = fields.Integer(
        string="Keep raw events (days)",
        default=30,
        help="How long the raw calls of the providers are kept after they were "
        "applied. Failed ones are kept until they are replayed.",
    )
    whatsapp_blacklist_on_opt_out = fields.Boolean(
        string="Opt-out blocks SMS too",
        help="Whoever opts out on WhatsApp is also put on the phone blacklist.",
    )
