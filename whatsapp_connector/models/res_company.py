from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    whatsapp_event_retention_days = fields.Integer(
        string="Keep raw events (days)",
        default=30,
        help="How long what the providers sent is kept in its raw form, from the day "
        "it came. Of failed events the reason stays; they can't be replayed any more.",
    )
    whatsapp_blacklist_on_opt_out = fields.Boolean(
        string="Opt-out blocks SMS too",
        help="Whoever opts out on WhatsApp is also put on the phone blacklist.",
    )
