import re

from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.whatsapp_connector.tools.transport_client import get_client
from odoo.addons.whatsapp_connector.tools.work import transaction


class WhatsappMetaRegistration(models.TransientModel):
    """Register a number at WhatsApp: Meta has no screen for it, only its API."""

    _name = "whatsapp.meta.registration"
    _description = "Register a WhatsApp Number"

    channel_id = fields.Many2one(
        "whatsapp.channel", required=True, readonly=True, ondelete="cascade"
    )
    pin = fields.Char(
        string="PIN",
        exportable=False,
        help="Six digits of your choice; whoever moves the number to another system "
        "needs them. Was it registered before, with a PIN? Then that one.",
    )

    def action_register(self):
        """Register the number. The PIN is for Meta alone: it isn't kept.

        The web client saved it before this was called: it goes whatever Meta answers.
        """
        self.ensure_one()
        self.channel_id.account_id.check_access("write")
        pin = (self.pin or "").strip()
        with transaction(self.env):
            self.pin = False
        if not re.fullmatch(r"[0-9]{6}", pin):
            raise UserError(self.env._("The PIN has six digits."))
        channel = self.channel_id.sudo()
        channel.account_id._transport()._register_number(channel, pin, get_client())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "%(number)s is registered at WhatsApp.", number=channel.number
                ),
                "type": "success",
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
