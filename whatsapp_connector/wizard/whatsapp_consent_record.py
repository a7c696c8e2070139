from odoo import api, fields, models
from odoo.exceptions import UserError


class WhatsappConsentRecord(models.TransientModel):
    """Note what somebody agreed to, or refused, by other ways than WhatsApp."""

    _name = "whatsapp.consent.record"
    _description = "Record a WhatsApp Consent"

    contact_id = fields.Many2one(
        "whatsapp.contact",
        string="WhatsApp contact",
        readonly=True,
        ondelete="cascade",
    )
    partner_id = fields.Many2one(
        "res.partner",
        readonly=True,
        ondelete="cascade",
        help="Instead of a WhatsApp contact, which they may not be yet.",
    )
    name = fields.Char(string="Contact", compute="_compute_name")
    opted_out = fields.Boolean(compute="_compute_opted_out", compute_sudo=True)
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

    _somebody = models.Constraint(
        "CHECK(contact_id IS NOT NULL OR partner_id IS NOT NULL)",
        "Whose decision is it?",
    )

    @api.depends("contact_id", "partner_id")
    def _compute_name(self):
        for record in self:
            record.name = record.contact_id.name or record.partner_id.display_name

    @api.depends("contact_id", "partner_id")
    def _compute_opted_out(self):
        for record in self:
            contacts = record.contact_id or record.partner_id.whatsapp_contact_ids
            record.opted_out = any(contacts.mapped("opted_out"))

    def _get_contact(self):
        """Whose decision it is, with sudo."""
        if self.contact_id:
            return self.contact_id.sudo()
        self.partner_id.check_access("read")
        company = self.partner_id.company_id or self.env.company
        return self.partner_id._whatsapp_get_contact(company)

    def action_record(self):
        """Add it to the ledger; whoever recorded it stands there, too."""
        self.ensure_one()
        contact = self._get_contact()
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
