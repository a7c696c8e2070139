from odoo import api, fields, models

from ..wire.template import TemplateButton


class WhatsappTemplateButton(models.Model):
    _name = "whatsapp.template.button"
    _description = "WhatsApp Template Button"
    _order = "variant_id, sequence, id"
    _rec_name = "text"

    variant_id = fields.Many2one(
        "whatsapp.template.variant", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    kind = fields.Selection(
        [
            ("quick_reply", "Quick reply"),
            ("url", "Open a web page"),
            ("phone", "Call a number"),
            ("copy_code", "Copy a code"),
        ],
        required=True,
        default="quick_reply",
    )
    text = fields.Char(string="Label")
    url = fields.Char(
        string="Address",
        help="May end with a variable, e.g. https://example.com/ticket/{{1}}.",
    )
    phone = fields.Char(string="Number", help="With its country prefix.")
    code = fields.Char(string="Sample code")
    consent = fields.Selection(
        [("in", "Agrees to advertising"), ("out", "Wants no advertising")],
        string="Whoever taps it",
        compute="_compute_consent",
        store=True,
        precompute=True,
        readonly=False,
        help="What a tap means is noted in the record of consents, and confirmed. "
        "Empty: nothing but an answer.",
    )

    @api.depends("kind")
    def _compute_consent(self):
        """Only the tap on a quick reply comes back to us."""
        self.filtered(lambda b: b.kind != "quick_reply").consent = False

    @api.model_create_multi
    def create(self, vals_list):
        buttons = super().create(vals_list)
        buttons.variant_id._check_editable(buttons)
        buttons.variant_id._sync_variables()
        return buttons

    def write(self, vals):
        if vals.keys() - {"consent"}:
            self.variant_id._check_editable(self)
        res = super().write(vals)
        if "consent" in vals:
            self.variant_id._binding_changed()
        self.variant_id._sync_variables()
        return res

    def unlink(self):
        self.variant_id._check_editable(self)
        variants = self.variant_id
        res = super().unlink()
        variants.exists()._sync_variables()
        return res

    def _build(self, position):
        """This button as a transport gets it."""
        self.ensure_one()
        return TemplateButton(
            kind=self.kind,
            text=self.text or "",
            payload=self._get_payload(position) if self.kind == "quick_reply" else "",
            url=self.url or "",
            phone=self.phone or "",
            code=self.code or "",
        )

    def _get_payload(self, position):
        """What comes back when it is tapped: the place, whatever the language."""
        self.ensure_one()
        return f"{self.variant_id.template_id.technical_name}:{position}"
