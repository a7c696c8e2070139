import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError


class WhatsappChannel(models.Model):
    _inherit = "whatsapp.channel"

    twilio_messaging_service_sid = fields.Char(
        string="Messaging Service SID",
        copy=False,
        help="Optional; if this number is in the sender pool of a Messaging Service. "
        "Twilio Console: Messaging, Services; it begins with MG. Messages still go out "
        "from this very number.",
    )

    @api.constrains("twilio_messaging_service_sid")
    def _check_twilio_messaging_service_sid(self):
        for channel in self:
            sid = channel.twilio_messaging_service_sid
            if sid and not re.fullmatch(r"MG[0-9a-fA-F]{32}", sid):
                raise ValidationError(
                    self.env._(
                        "%(sid)s is no Messaging Service SID: it begins with MG, and "
                        "32 digits and letters from a to f follow.",
                        sid=sid,
                    )
                )
