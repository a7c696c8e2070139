from odoo import fields, models


class IrActionsServerWhatsappValue(models.Model):
    """What a server action writes where a sender would be asked."""

    _name = "ir.actions.server.whatsapp.value"
    _description = "Value of a WhatsApp Server Action"
    _order = "id"

    action_id = fields.Many2one(
        "ir.actions.server", required=True, ondelete="cascade", index=True
    )
    key = fields.Char(required=True, readonly=True, help="Place and name: body/1.")
    label = fields.Char(string="Question", readonly=True)
    text = fields.Char(
        string="Answer",
        translate=True,
        help="Translate it: contacts get it in the language of their message.",
    )

    _key_unique = models.Constraint(
        "UNIQUE(action_id, key)", "There is one answer to each question."
    )
