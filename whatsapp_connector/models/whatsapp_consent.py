import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError


class WhatsappConsent(models.Model):
    """Who agreed to what, when and how. Entries are added, never changed."""

    _name = "whatsapp.consent"
    _description = "WhatsApp Consent"
    _order = "id DESC"
    _rec_name = "decision"

    contact_id = fields.Many2one(
        "whatsapp.contact", index=True, ondelete="set null", readonly=True
    )
    contact_hash = fields.Char(
        readonly=True,
        index=True,
        help="Outlives the contact's erasure, so that an opt-out is still respected.",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    scope = fields.Selection(
        [("all", "All messages"), ("marketing", "Advertising")],
        required=True,
        readonly=True,
    )
    decision = fields.Selection(
        [("in", "Opted in"), ("out", "Opted out")], required=True, readonly=True
    )
    source = fields.Selection(
        [
            ("keyword", "Wrote a keyword"),
            ("button", "Tapped a button"),
            ("provider", "Reported by the provider"),
            ("person", "Recorded by a person"),
        ],
        required=True,
        readonly=True,
    )
    evidence = fields.Text(readonly=True)

    @api.model
    def _hash(self, company, key):
        """Hash of a number or user id within a company."""
        return hashlib.sha256(f"{company.id}:{key}".encode()).hexdigest()

    @api.model
    def _record(self, contact, *, scope, decision, source, evidence=""):
        """Add an entry, unless the last one of that scope already says the same."""
        if contact._get_consent(scope) == decision:
            return self.browse()
        if scope == "all":
            contact.sudo().opted_out = decision == "out"
            contact.sudo().thread_ids._whatsapp_broadcast()
            self._mirror_to_blacklist(contact, decision)
        return self.sudo().create(
            {
                "contact_id": contact.id,
                "contact_hash": self._hash(
                    contact.company_id, next(iter(contact._get_keys()), "")
                ),
                "company_id": contact.company_id.id,
                "scope": scope,
                "decision": decision,
                "source": source,
                "evidence": evidence,
            }
        )

    @api.model
    def _mirror_to_blacklist(self, contact, decision):
        """Also stop (or allow again) SMS, if the company wants that."""
        if not contact.number or not contact.company_id.whatsapp_blacklist_on_opt_out:
            return
        blacklist = self.env["phone.blacklist"].sudo()
        if decision == "out":
            blacklist.add(contact.number, self.env._("Opted out on WhatsApp."))
        else:
            blacklist.remove(contact.number, self.env._("Opted in on WhatsApp."))

    @api.model
    def _outlive(self, contact):
        """Before a contact is erased: the decisions stay, without what they were like.

        An opt-out holds for every number and user id that the person had.
        """
        entries = self.sudo().search([("contact_id", "=", contact.id)])
        entries._change({"evidence": False})
        for mine in entries.grouped("scope").values():
            last = mine.sorted("id")[-1:]
            if last.decision == "out":
                for key in contact._get_keys():
                    contact_hash = self._hash(contact.company_id, key)
                    last.copy({"contact_hash": contact_hash, "contact_id": False})

    def _adopt(self, contact):
        """The person whom these entries outlived is back."""
        self._change({"contact_id": contact.id})

    def _change(self, vals):
        """Past the ledger's guard: what was decided, and when, stays."""
        return super().write(vals)

    def write(self, vals):  # pylint: disable=method-required-super
        raise UserError(self.env._("The record of consents can't be changed."))

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("The record of consents can't be deleted."))
