from odoo import fields, models
from odoo.exceptions import UserError


class WhatsappConsentRecord(models.TransientModel):
    """Note what somebody agreed to, or refused, by other ways than WhatsApp."""

    _name = "whatsapp.consent.record"
    _description = "Record a WhatsApp Consent"

    contact_id = fields.Many2one(
        "whatsapp.contact",
        string="WhatsApp contact",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    name = fields.Char(string="Contact", related="contact_id.name")
    decision = fields.Selection(
        [("in", "Agrees"), ("out", "Refuses")], required=True, default="in"
    )
    scope = fields.Selection(
        [("marketing", "Advertising"), ("all", "All messages")],
        string="To",
        required=True,
        default="marketing",
    )
    evidence = fields.Text(
        help="How and when you know, so that anybody can look it up later."
    )

    def action_record(self):
        """Add it to the ledger; whoever recorded it stands there, too."""
        self.ensure_one()
        contact = self.sudo().contact_id
        contact.with_env(self.env)._check_may_record_consent()
        evidence = (self.evidence or "").strip()
        if not evidence:
            raise UserError(
                self.env._(
                    "Please write how you know, e.g. “Form at the counter, 3 March”."
                )
            )
        recorded = self.env["whatsapp.consent"]._record(
            contact,
            scope=self.scope,
            decision=self.decision,
            source="person",
            evidence=evidence,
        )
        if not recorded:
            raise UserError(
                self.env._("That is their last word already: nothing to record.")
            )
        return {"type": "ir.actions.client", "tag": "soft_reload"}
