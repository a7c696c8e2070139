from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.phone import canonical_number


class ResPartner(models.Model):
    _inherit = "res.partner"

    whatsapp_contact_ids = fields.One2many("whatsapp.contact", "partner_id")
    whatsapp_conversation_count = fields.Integer(
        compute="_compute_whatsapp_conversation_count"
    )

    # Inbound messages look partners up by number.
    _phone_sanitized_idx = models.Index(
        "(phone_sanitized) WHERE phone_sanitized IS NOT NULL"
    )

    def _compute_whatsapp_conversation_count(self):
        counts = (
            dict(
                self.env["whatsapp.conversation"]._read_group(
                    [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
                )
            )
            if self.env["whatsapp.conversation"].has_access("read")
            else {}
        )
        for partner in self:
            partner.whatsapp_conversation_count = counts.get(partner, 0)

    def action_whatsapp_conversations(self):
        """The partner's conversations that the user may see."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_conversation_action"
        )
        return {**action, "domain": [("partner_id", "=", self.id)], "context": {}}

    def action_whatsapp_open_chat(self):
        """Open the partner's chat; of several, the one with the latest message."""
        self.ensure_one()
        self.check_access("read")
        return self._whatsapp_get_thread()._whatsapp_open_action()

    def action_whatsapp_choose(self):
        """This is the person behind the chat of ``whatsapp_contact_id`` in context."""
        self.ensure_one()
        contact = self.env["whatsapp.contact"].browse(
            self.env.context.get("whatsapp_contact_id")
        )
        contact.with_context(partner_id=self.id).action_choose_partner()
        return {"type": "ir.actions.act_window_close"}

    def _whatsapp_get_thread(self):
        """The partner's thread with a number that the user may use, made if needed."""
        self.ensure_one()
        channels = self._whatsapp_get_channels()
        contact = self._whatsapp_get_contact(channels[0].company_id)
        threads = (
            self.env["discuss.channel"]
            .sudo()
            .search(
                [
                    ("whatsapp_contact_id", "=", contact.id),
                    ("whatsapp_channel_id", "in", channels.ids),
                ],
                order="last_interest_dt DESC NULLS LAST, id DESC",
                limit=1,
            )
        )
        if not threads:
            threads = threads._whatsapp_threads(channels[0].sudo(), contact)[contact]
        return threads.with_env(self.env)

    @api.model
    def _whatsapp_get_channels(self):
        """The numbers that the current user may use, best first."""
        channels = (
            self.env["whatsapp.channel"]
            .sudo()
            .search([("company_id", "in", self.env.companies.ids)])
            .filtered(lambda c: c._is_entitled(self.env.user))
        )
        if not channels:
            raise UserError(
                self.env._(
                    "You may not use any WhatsApp number yet. Ask your WhatsApp "
                    "administrator to add you to one."
                )
            )
        return channels.with_env(self.env)

    def _whatsapp_get_contact(self, company):
        """The WhatsApp contact behind the phone number that the partner has now.

        Without a number, or with one that nobody wrote from, it is the contact without
        a number that was matched with the partner.
        """
        self.ensure_one()
        contacts = self.env["whatsapp.contact"].sudo()
        number = canonical_number(self._phone_format(fname="phone") or "")
        found = number and contacts.search(
            [("company_id", "=", company.id), ("number", "=", number)], limit=1
        )
        if found:
            return self._whatsapp_claim_contact(found)
        domain = [("company_id", "=", company.id), ("partner_id", "=", self.id)]
        if number:
            domain.append(("number", "=", False))
        known = contacts.search(domain, limit=1)
        if known:
            return known
        if not number:
            raise UserError(
                self.env._(
                    "%(name)s has no valid phone number. Write it with its country "
                    "prefix, e.g. +34 612 34 56 78.",
                    name=self.display_name,
                )
            )
        return contacts.create(
            {"company_id": company.id, "number": number, "partner_id": self.id}
        )

    def _whatsapp_claim_contact(self, contact):
        """Take the chat of a shared number only if nobody else has it; never guess."""
        self.ensure_one()
        if contact.partner_id and contact.partner_id != self:
            raise UserError(
                self.env._(
                    "The WhatsApp chat of this number belongs to %(name)s. If that is "
                    "wrong, an agent can change it in the chat.",
                    name=contact.partner_id.display_name,
                )
            )
        if not contact.partner_id:
            contact.with_env(self.env)._check_agent()
            contact.partner_id = self
        return contact

    @api.ondelete(at_uninstall=False)
    def _unlink_except_whatsapp(self):
        contacts = self.env["whatsapp.contact"].sudo()
        if contacts.search_count([("partner_id", "in", self.ids)], limit=1):
            raise UserError(
                self.env._(
                    "This contact has WhatsApp chats: archive it instead of "
                    "deleting it."
                )
            )
