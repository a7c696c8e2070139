from odoo import api, models
from odoo.exceptions import ValidationError


class WhatsappChannel(models.Model):
    _inherit = "whatsapp.channel"

    @api.constrains("number_id", "account_id")
    def _check_meta_number_id(self):
        """It becomes part of the addresses that our access token goes to."""
        for channel in self.filtered(lambda c: c.provider == "meta"):
            number_id = channel.number_id or ""
            if number_id and not (number_id.isascii() and number_id.isdecimal()):
                raise ValidationError(
                    self.env._(
                        "%(number_id)s is no Phone number ID: it has digits only, and "
                        "is not the number itself. Meta shows it in API Setup.",
                        number_id=number_id,
                    )
                )
