from odoo import fields, models


class WhatsappTemplateSendBack(models.TransientModel):
    """Say to the author what should be different."""

    _name = "whatsapp.template.send.back"
    _description = "Send a WhatsApp Template Back"

    variant_id = fields.Many2one(
        "whatsapp.template.variant",
        string="Language",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    comment = fields.Text(required=True)

    def action_send_back(self):
        self.ensure_one()
        self.variant_id.action_send_back(self.comment)
        return {"type": "ir.actions.act_window_close"}
