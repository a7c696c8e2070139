from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..tools.phone import canonical_number


class ResPartner(models.Model):
    _inherit = "res.partner"

    whatsapp_contact_ids = fields.One2many(
        "whatsapp.contact",
        "partner_id",
        groups="whatsapp_connector.group_whatsapp_user",
    )
    whatsapp_consent = fields.Selection(
        [
            ("none", "Not asked"),
            ("in", "Wants advertising"),
            ("no_marketing", "No advertising"),
            ("out", "No messages"),
        ],
        string="WhatsApp consent",
        compute="_compute_whatsapp_consent",
        search="_search_whatsapp_consent",
        compute_sudo=True,
        groups="whatsapp_connector.group_whatsapp_user",
        help="What they decided about your messages on WhatsApp: the last word counts.",
    )
    whatsapp_conversation_count = fields.Integer(
        compute="_compute_whatsapp_conversation_count"
    )

    # Inbound messages look partners up by number.
    _phone_sanitized_idx = models.Index(
        "(phone_sanitized) WHERE phone_sanitized IS NOT NULL"
    )

    @api.depends(
        "whatsapp_contact_ids.opted_out", "whatsapp_contact_ids.marketing_consent"
    )
    @api.depends_context("allowed_company_ids")
    def _compute_whatsapp_consent(self):
        """Of several numbers, what is strictest."""
        for partner in self:
            contacts = partner.whatsapp_contact_ids.filtered(
                lambda c: c.company_id in self.env.companies
            )
            decisions = contacts.mapped("marketing_consent")
            if any(contacts.mapped("opted_out")):
                partner.whatsapp_consent = "out"
            elif "out" in decisions:
                partner.whatsapp_consent = "no_marketing"
            else:
                partner.whatsapp_consent = "in" if "in" in decisions else "none"

    @api.model
    def _search_whatsapp_consent(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain("company_id", "in", self.env.companies.ids)

        def have(name, wanted):
            return Domain(
                "whatsapp_contact_ids", "any!", mine & Domain(name, "=", wanted)
            )

        out = have("opted_out", True)
        refused = have("marketing_consent", "out")
        agreed = have("marketing_consent", "in")
        domains = {
            "out": out,
            "no_marketing": ~out & refused,
            "in": ~out & ~refused & agreed,
            "none": ~out & ~refused & ~agreed,
        }
        return Domain.OR(domains[each] for each in value if each in domains)

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

    def action_whatsapp_consents(self):
        """What the partner decided about our messages, and when."""
        self.ensure_one()
        self.check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_consent_partner_action"
        )
        contacts = self.sudo().whatsapp_contact_ids
        return {**action, "domain": [("contact_id", "in", contacts.ids)]}

    def action_whatsapp_record_consent(self):
        """Note what the partner told us by other ways."""
        self.ensure_one()
        self.check_access("read")
        company = self.company_id or self.env.company
        contact = self._whatsapp_get_contact(company, create=False)
        (contact._origin or contact).with_env(self.env)._check_may_record_consent()
        return contact._get_consent_action() | {
            "context": {"default_partner_id": self.id}
        }

    def action_whatsapp_open_chat(self):
        """Open the partner's chat; of several, the one with the latest message.

        To somebody without a chat a first message is written.
        """
        self.ensure_one()
        self.check_access("read")
        if thread := self._whatsapp_find_thread():
            return thread._whatsapp_open_action()
        return self.env["whatsapp.composer"]._get_action(self)

    def action_whatsapp_choose(self):
        """This is the person behind the chat of ``whatsapp_contact_id`` in context."""
        self.ensure_one()
        contact = self.env["whatsapp.contact"].browse(
            self.env.context.get("whatsapp_contact_id")
        )
        contact.with_context(partner_id=self.id).action_choose_partner()
        return {"type": "ir.actions.act_window_close"}

    def _whatsapp_find_thread(self):
        """The partner's latest thread with a number that the user may use, if any."""
        self.ensure_one()
        channels = self._whatsapp_get_channels()
        contact = self._whatsapp_get_contact(channels[0].company_id, create=False)
        return contact._find_thread(channels).with_env(self.env)

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

    def _whatsapp_get_contact(self, company, *, create=True):
        """The WhatsApp contact behind the phone number that the partner has now.

        :param create: see :meth:`_whatsapp_get_contacts`
        :raises odoo.exceptions.UserError: there is none, or it isn't clear
        """
        self.ensure_one()
        found = self._whatsapp_get_contacts(company, create=create)[self]
        if isinstance(found, str):
            raise UserError(found)
        return found

    def _whatsapp_get_contacts(self, company, *, create=True):
        """The WhatsApp contacts behind the phone numbers that partners have now.

        Without a number, or with one that nobody wrote from, it is the contact without
        a number that was matched with the partner. A constant number of queries.

        :param create: make those who are missing, and match those whom nobody is
            matched with; else they are such in memory only, for who just looks
        :return: dict partner → contact (with sudo), or a sentence that says why not
        """
        contacts = self.env["whatsapp.contact"].sudo()
        numbers = {
            partner: canonical_number(partner._phone_format(fname="phone") or "")
            for partner in self
        }
        known = contacts.search(
            [
                ("company_id", "=", company.id),
                "|",
                ("number", "in", [n for n in numbers.values() if n]),
                ("partner_id", "in", self.ids),
            ]
        )
        by_number = {c.number: c for c in known if c.number}
        by_partner = {c.partner_id: c for c in known if c.partner_id}
        without_number = {c.partner_id: c for c in known if not c.number}
        found, missing = {}, self.browse()
        for partner, number in numbers.items():
            if partner.company_id and partner.company_id != company:
                found[partner] = self.env._(
                    "%(name)s is a contact of another company.",
                    name=partner.display_name,
                )
            elif number in by_number:
                found[partner] = partner._whatsapp_claim_contact(
                    by_number[number], create=create
                )
            elif number and partner in without_number:
                found[partner] = without_number[partner]
            elif number:
                missing |= partner
            elif partner in by_partner:
                found[partner] = by_partner[partner]
            else:
                found[partner] = self.env._(
                    "%(name)s has no valid phone number. Write it with its country "
                    "prefix, e.g. +34 612 34 56 78.",
                    name=partner.display_name,
                )
        # Of several partners with one number, the first is written to
        first = {}
        for partner in missing:
            first.setdefault(numbers[partner], partner)
        make = contacts.create if create else contacts._foresee
        created = make(
            [
                {"company_id": company.id, "number": number, "partner_id": partner.id}
                for number, partner in first.items()
            ]
        )
        made = dict(zip(first, created, strict=True))
        for partner in missing:
            found[partner] = partner._whatsapp_claim_contact(made[numbers[partner]])
        return found

    def _whatsapp_claim_contact(self, contact, *, create=True):
        """Take the chat of a shared number only if nobody else has it; never guess.

        A rule writes to the number; who it is remains for a person to say. Where there
        is no chat yet, whoever may write to the partner says it by doing so.

        :return: the contact, or a sentence that says why not
        """
        self.ensure_one()
        if contact.partner_id == self or self.env.su and not contact.partner_id:
            return contact
        if contact.partner_id:
            return self.env._(
                "The WhatsApp chat of this number belongs to %(name)s. If that is "
                "wrong, an agent can change it in the chat.",
                name=contact.partner_id.display_name,
            )
        if contact.thread_ids and not contact.with_env(self.env)._may_match():
            return self.env._(
                "Somebody whom nobody has recognised yet has a WhatsApp chat from this "
                "number. Ask an agent of that chat whether it is %(name)s.",
                name=self.display_name,
            )
        if not create:
            return contact._foresee_partner(self)
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
