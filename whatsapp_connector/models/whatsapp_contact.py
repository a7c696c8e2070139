import logging

from babel.languages import get_official_languages

from odoo import api, fields, models, tools
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.tools import clean_context

from ..tools.phone import (
    canonical_number,
    country_code,
    display_number,
    get_time_zones,
    number_variants,
)
from ..tools.transport_client import get_client
from ..wire.items import Person

_logger = logging.getLogger(__name__)


class WhatsappContact(models.Model):
    """A person as WhatsApp knows them; a partner is who we think they are."""

    _name = "whatsapp.contact"
    _description = "WhatsApp Contact"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    number = fields.Char(
        help="E.164. Missing for people who hide their number behind a user name."
    )
    wa_id = fields.Char(
        string="WhatsApp's spelling",
        help="How WhatsApp writes the number; answers go to it unchanged.",
    )
    username = fields.Char()
    profile_name = fields.Char(
        help="What they call themselves on WhatsApp. Anybody can write anything here."
    )
    identity_ids = fields.One2many("whatsapp.contact.identity", "contact_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        index="btree_not_null",
        ondelete="restrict",
        check_company=True,
    )
    guest_id = fields.Many2one(
        "mail.guest",
        string="Name under reactions",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Whose name stands under their reactions while no contact is known. It "
        "is a member of nothing.",
    )
    candidate_ids = fields.Many2many(
        "res.partner",
        string="Possible contacts",
        compute="_compute_candidate_ids",
        compute_sudo=True,
    )
    is_ambiguous = fields.Boolean(compute="_compute_candidate_ids", compute_sudo=True)
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        help="Their own choice. Empty: the contact's language, else their country's.",
    )
    blocked = fields.Boolean(
        help="Spam: no ticket, no alert. Their messages are kept out of sight."
    )
    block_pending = fields.Boolean(readonly=True)
    thread_ids = fields.One2many("discuss.channel", "whatsapp_contact_id")
    conversation_ids = fields.One2many("whatsapp.conversation", "contact_id")
    consent_ids = fields.One2many("whatsapp.consent", "contact_id")
    opted_out = fields.Boolean(
        readonly=True,
        copy=False,
        help="They asked for no more messages: the last word of the consent ledger.",
    )
    marketing_consent = fields.Selection(
        [("in", "Agreed"), ("out", "Refused")],
        string="Advertising",
        compute="_compute_marketing_consent",
        store=True,
        index="btree_not_null",
        help="The last word on advertising. Empty: nobody has asked, or they gave no "
        "answer.",
    )

    _number_unique = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL",
        "Another WhatsApp contact of this company has the same number.",
    )

    # -- identity ---------------------------------------------------------------------

    # The company is always set at creation, number and identities may be left out.
    @api.constrains("number", "identity_ids", "company_id")
    def _check_identified(self):
        for contact in self.sudo():
            if not contact.number and not contact.identity_ids:
                raise ValidationError(
                    self.env._(
                        "A WhatsApp contact needs a phone number or a WhatsApp user id."
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        companies = self.env["res.company"]
        contacts = super().create(
            [
                self._with_canonical_number(
                    vals, companies.browse(vals.get("company_id"))
                )
                for vals in vals_list
            ]
        )
        contacts._recall_consents()
        return contacts

    @api.model
    def _with_canonical_number(self, vals, company):
        """``vals`` with the number in E.164, whatever spelling it was given in.

        :param company: a number without prefix is one of its country
        """
        number = vals.get("number")
        if not number:
            return vals
        if not number.strip().startswith("+"):
            number = company._phone_format(number=number, country=company.country_id)
        canonical = canonical_number(number)
        if not canonical:
            raise ValidationError(
                self.env._(
                    "%(number)s is not a phone number with its country prefix, "
                    "such as +34 612 34 56 78.",
                    number=vals["number"],
                )
            )
        return {**vals, "number": canonical}

    @api.model
    def _foresee(self, vals_list):
        """The contacts that :meth:`create` would make, in memory only."""
        contacts = self.browse().concat(*(self.new(vals) for vals in vals_list))
        for contact, entries in contacts._find_lasting_consents().items():
            last = {entry.scope: entry.decision for entry in entries.sorted("id")}
            contact.opted_out = last.get("all") == "out"
            contact.marketing_consent = last.get("marketing", False)
        return contacts

    def _foresee_partner(self, partner):
        """This contact as it would be if it were matched with ``partner``."""
        self.ensure_one()
        return self.new({"partner_id": partner.id}, origin=self)

    # -- names ------------------------------------------------------------------------

    @api.depends("partner_id.name", "profile_name", "username", "number")
    def _compute_name(self):
        for contact in self:
            contact.name = (
                contact.partner_id.name
                or contact.profile_name
                or (contact.username and f"@{contact.username}")
                or (contact.number and display_number(contact.number))
                or self.env._("WhatsApp user")
            )

    def _get_keys(self):
        """What identifies this person where no record is left: number and user ids."""
        self.ensure_one()
        user_ids = self.sudo().identity_ids.mapped("user_id")
        return list(dict.fromkeys([*filter(None, [self.number]), *user_ids]))

    def _get_person(self, scope):
        """This contact as a transport addresses it.

        :param scope: identity scope of the sending account
        """
        self.ensure_one()
        identity = self.sudo().identity_ids.filtered(lambda i: i.scope == scope)[:1]
        return Person(
            number=self.number or None,
            wa_id=self.wa_id or None,
            user_id=identity.user_id or None,
            username=self.username or None,
            name=self.profile_name or None,
        )

    # -- from webhooks ----------------------------------------------------------------

    @api.model
    def _resolve(self, company, scope, persons):
        """Find or create the contacts of ``persons``; a constant number of queries.

        The business-scoped id decides before the number. What a webhook adds (a
        number, a user name, a new profile name) is stored.

        :param scope: identity scope of the account that the webhook came to
        :param persons: iterable of :class:`~..wire.items.Person`
        :return: dict person → contact
        """
        persons = list(dict.fromkeys(persons))
        numbers = {p: canonical_number(p.number or p.wa_id) for p in persons}
        by_number, by_user_id = self._find(company, scope, persons, numbers)
        missing = [
            p
            for p in persons
            if p.user_id not in by_user_id and numbers[p] not in by_number
        ]
        created = self._create_from(company, scope, missing, numbers)
        for person, contact in created.items():
            if person.user_id:
                by_user_id[person.user_id] = contact
            if numbers[person]:
                by_number[numbers[person]] = contact
        found = {p: by_user_id.get(p.user_id) or by_number[numbers[p]] for p in persons}
        for person, contact in found.items():
            contact._learn(scope, person, numbers[person], by_number)
        return found

    @api.model
    def _find(self, company, scope, persons, numbers):
        """The contacts that are known, by number and by user id.

        :param numbers: dict person → canonical number
        :return: dict number → contact, dict user id → contact
        """
        contacts = self.search(
            [
                ("company_id", "=", company.id),
                ("number", "in", [n for n in numbers.values() if n]),
            ]
        )
        identities = self.env["whatsapp.contact.identity"].search(
            [
                ("company_id", "=", company.id),
                ("scope", "=", scope),
                ("user_id", "in", [p.user_id for p in persons if p.user_id]),
            ]
        )
        return (
            {contact.number: contact for contact in contacts},
            {identity.user_id: identity.contact_id for identity in identities},
        )

    @api.model
    def _find_one(self, company, scope, person):
        """The contact of ``person``; an empty one if nobody knows them."""
        number = canonical_number(person.number or person.wa_id)
        by_number, by_user_id = self._find(company, scope, [person], {person: number})
        return by_user_id.get(person.user_id) or by_number.get(number) or self.browse()

    @api.model
    def _create_from(self, company, scope, persons, numbers):
        """Create the contacts of persons whom nobody knew, and match their partners.

        Several persons may be one: those who share a number or a user id.

        :param numbers: dict person → canonical number
        :return: dict person → contact
        """
        groups = {}
        for person in persons:
            keys = [key for key in (numbers[person], person.user_id) if key]
            if not keys:
                raise UserError(
                    self.env._(
                        "Neither a phone number nor a WhatsApp user id was given."
                    )
                )
            group = next((groups[key] for key in keys if key in groups), [])
            group.append(person)
            groups.update(dict.fromkeys(keys, group))
        unique = list({id(group): group for group in groups.values()}.values())
        contacts = self.create(
            [
                {
                    "company_id": company.id,
                    "number": next((numbers[p] for p in group if numbers[p]), False),
                    "wa_id": group[0].wa_id,
                    "username": group[0].username,
                    "profile_name": group[0].name,
                    "identity_ids": [
                        Command.create({"scope": scope, "user_id": user_id})
                        for user_id in dict.fromkeys(p.user_id for p in group)
                        if user_id
                    ],
                }
                for group in unique
            ]
        )
        contacts._match_partner()
        return {
            person: contact
            for group, contact in zip(unique, contacts, strict=True)
            for person in group
        }

    def _learn(self, scope, person, number, taken):
        """Store what a webhook tells that we didn't know."""
        self.ensure_one()
        news = {
            "wa_id": person.wa_id,
            "username": person.username,
            "profile_name": person.name,
        }
        vals = {k: v for k, v in news.items() if v and self[k] != v}
        if number and not self.number and number not in taken:
            vals["number"] = number
        if vals:
            self.write(vals)
        known = [(i.scope, i.user_id) for i in self.identity_ids]
        if person.user_id and (scope, person.user_id) not in known:
            self.identity_ids.create(
                {"contact_id": self.id, "scope": scope, "user_id": person.user_id}
            )
            self._recall_consents()
        if "number" in vals and not self.partner_id:
            self._match_partner()

    def _change_identity(self, scope, person):
        """The same person goes on under another number or user id."""
        self.ensure_one()
        number = canonical_number(person.number or person.wa_id)
        taken = number and self.search(
            [("company_id", "=", self.company_id.id), ("number", "=", number)]
        )
        old = self.number
        if number and not taken:
            self.write({"number": number, "wa_id": person.wa_id})
        if person.user_id:
            self._learn(scope, person, number, {number: taken} if taken else {})
        if number and number != old:
            self.thread_ids._whatsapp_notice(
                self.env._(
                    "%(name)s now has the number %(number)s.",
                    name=self.name,
                    number=display_number(number),
                )
            )

    # -- partners ---------------------------------------------------------------------

    def _find_partners(self):
        """Partners who have these numbers, in any of their spellings; one query.

        :return: dict contact → partners of its company
        """
        variants = {
            contact: number_variants(contact.number) if contact.number else ()
            for contact in self
        }
        partners = (
            self.env["res.partner"]
            .sudo()
            .search(
                [
                    (
                        "phone_sanitized",
                        "in",
                        [v for vs in variants.values() for v in vs],
                    ),
                    ("company_id", "in", [False, *self.company_id.ids]),
                ]
            )
        )
        by_number = partners.grouped("phone_sanitized")
        nobody = partners.browse()
        return {
            contact: nobody.union(
                *(by_number.get(number, nobody) for number in numbers)
            ).filtered(lambda p, c=contact: p.company_id <= c.company_id)
            for contact, numbers in variants.items()
        }

    @api.depends("number", "partner_id")
    def _compute_candidate_ids(self):
        found = self.filtered(lambda c: not c.partner_id)._find_partners()
        for contact in self:
            candidates = found.get(contact, self.env["res.partner"])
            contact.candidate_ids = candidates
            contact.is_ambiguous = len(candidates) > 1

    def _match_partner(self):
        """Link the one partner who has the number; none: create one; several: ask."""
        found = self.sudo()._find_partners()
        unknown = self.sudo().filtered(lambda c: not found[c])
        found.update(zip(unknown, unknown._create_partner(), strict=True))
        for contact, partners in found.items():
            if len(partners) == 1:
                contact.partner_id = partners

    def _create_partner(self):
        """A new partner for each contact, by what WhatsApp tells of them."""
        context = {**clean_context(self.env.context), "mail_create_nosubscribe": True}
        partners = self.env["res.partner"].sudo().with_context(**context)
        return partners.create([contact._prepare_partner_vals() for contact in self])

    def _prepare_partner_vals(self):
        self.ensure_one()
        country = self._get_country()
        return {
            "name": self.name,
            "phone": self.number and display_number(self.number),
            "company_id": self.company_id.id,
            "country_id": country.id,
            "lang": self._get_country_lang(country, self.company_id.partner_id.lang),
        }

    def _get_country(self):
        """The country that the number belongs to."""
        self.ensure_one()
        code = country_code(self.number) if self.number else False
        country_id = self._get_country_ids().get(code)
        return self.env["res.country"].browse(country_id)

    @api.model
    @tools.ormcache()
    def _get_country_ids(self):
        return {c.code: c.id for c in self.env["res.country"].sudo().search([])}

    @api.model
    def _get_country_lang(self, country, *preferred):
        """An installed language that people of the country speak; False: none is.

        :param preferred: codes that win, in this order, if the country speaks them
        """
        spoken = get_official_languages(country.code or "", True, True)
        order = {
            code: spoken.index(code.partition("_")[0])
            for code, _name in self.env["res.lang"].get_installed()
            if code.partition("_")[0] in spoken
        }
        for code in preferred:
            if code in order:
                return code
        own = f"_{country.code}"
        return min(order, key=lambda c: (order[c], not c.endswith(own)), default=False)

    def _get_lang(self, channel):
        """Language of automatic texts: own choice, partner's, country's, channel's."""
        self.ensure_one()
        company_lang = self.company_id.partner_id.lang
        return (
            self.lang
            or self.sudo().partner_id.lang
            or self._get_country_lang(self._get_country(), channel.lang, company_lang)
            or channel.lang
            or company_lang
            or self.env.lang
        )

    def _get_tz(self):
        """Name of the time zone they live in, as far as it is known; else None.

        Odoo gives a new partner the zone of whoever made it: it counts if it fits the
        number. Of several zones of a number nobody knows which.
        """
        self.ensure_one()
        own = self.sudo().partner_id.tz
        zones = get_time_zones(self.number) if self.number else ()
        if own and (own in zones or not zones):
            return own
        return zones[0] if len(zones) == 1 else None

    def _find_thread(self, channels):
        """Their thread with one of our numbers, that with the latest message if any."""
        self.ensure_one()
        return (
            self.env["discuss.channel"]
            .sudo()
            .search(
                [
                    ("whatsapp_contact_id", "in", self._origin.ids),
                    ("whatsapp_channel_id", "in", channels.ids),
                ],
                order="last_interest_dt DESC NULLS LAST, id DESC",
                limit=1,
            )
        )

    def write(self, vals):
        if {"opted_out", "marketing_consent"} & vals.keys() and not self.env.su:
            raise AccessError(
                self.env._("Only an entry in the record of consents can change that.")
            )
        vals = self._with_canonical_number(vals, self.company_id[:1])
        if vals.get("number"):
            self._forget_spelling(vals)
        before = {contact: contact.partner_id for contact in self}
        res = super().write(vals)
        if vals.get("number"):
            self._recall_consents()
        if "partner_id" in vals:
            for contact, partner in before.items():
                if partner != contact.partner_id:
                    contact._move_to_partner(partner)
        return res

    def _forget_spelling(self, vals):
        """Another number is coming: answers mustn't go to the old one any more."""
        if "wa_id" not in vals:
            changing = self.filtered(lambda c: c.number and c.number != vals["number"])
            changing.wa_id = False

    def _move_to_partner(self, previous):
        """Carry threads, authorship and open tickets over to the new partner."""
        self.ensure_one()
        threads = self.sudo().thread_ids
        if not threads:  # nobody has written yet
            return
        self.env["whatsapp.message"].sudo().search(
            [("contact_id", "=", self.id), ("direction", "=", "in")]
        ).mail_message_id.write(
            {
                "author_id": self.partner_id.id,
                "email_from": False if self.partner_id else self._get_sender_label(),
            }
        )
        self._move_reactions()
        if previous:
            threads.whatsapp_conversation_ids._move_origin(previous, self.partner_id)
            self.env["whatsapp.message"].sudo()._move_to_partner(self, previous)
        tickets = threads.whatsapp_conversation_ids.ticket_ids
        tickets.filtered(lambda t: t.partner_id == previous)._whatsapp_set_partner(
            self.partner_id
        )
        threads._whatsapp_rename()

    def _move_reactions(self):
        """Another name stands under the reactions of this person."""
        self.ensure_one()
        reactions = (
            self.env["whatsapp.message"]
            .sudo()
            .search(
                [
                    ("contact_id", "=", self.id),
                    ("direction", "=", "in"),
                    ("kind", "=", "reaction"),
                ]
            )
        )
        reactions.target_id.mail_message_id._whatsapp_show_reactions()

    def _prepare_reaction_author_vals(self):
        """Who stands under their reactions: the partner, else a guest of their name."""
        self.ensure_one()
        contact = self.sudo()
        if contact.partner_id:
            return {"partner_id": contact.partner_id.id, "guest_id": False}
        if not contact.guest_id:
            contact.guest_id = contact.guest_id.create({"name": contact.name})
        return {"partner_id": False, "guest_id": contact.guest_id.id}

    def _get_sender_label(self):
        """Author line of a message whose partner isn't known."""
        self.ensure_one()
        return self.name

    def action_choose_partner(self):
        """An agent says which of several partners it is (``partner_id`` in context)."""
        self.ensure_one()
        self._check_agent()
        partner = self.env["res.partner"].browse(self.env.context.get("partner_id"))
        if not partner.exists():
            raise UserError(self.env._("Please choose a contact."))
        partner.check_access("read")
        self.sudo().partner_id = partner

    def action_unlink_partner(self):
        """Undo a wrong match: the chat no longer belongs to that partner."""
        self.ensure_one()
        self._check_agent()
        self.sudo().partner_id = False

    def action_new_partner(self):
        """None of the candidates: create a new partner for this chat."""
        self.ensure_one()
        self._check_agent()
        self.sudo().partner_id = self.sudo()._create_partner()

    def _may_match(self):
        """Whether the user may say who this is."""
        is_agent = self.env.user.has_group("whatsapp_connector.group_whatsapp_agent")
        return is_agent and self.has_access("read")

    def _check_agent(self):
        self.check_access("read")
        if not self.env.user.has_group("whatsapp_connector.group_whatsapp_agent"):
            raise UserError(self.env._("Only WhatsApp agents may do this."))

    # -- blocking ---------------------------------------------------------------------

    def action_block(self):
        self._set_blocked(True)

    def action_unblock(self):
        self._set_blocked(False)

    def _set_blocked(self, blocked):
        """Block or unblock here at once, and at the provider in the background."""
        for contact in self:
            contact._check_agent()
            contact.sudo().blocked = blocked
            threads = contact.sudo().thread_ids
            if blocked:
                conversations = threads._whatsapp_active_conversation()
                conversations.ticket_ids._whatsapp_close()
                conversations._close()
                threads._whatsapp_hide()
            threads._whatsapp_broadcast()
        self.env["whatsapp.housekeeping"]._wake_blocks(self)

    def _sync_block(self):
        """Tell the providers; called by the work engine, never in a user's request."""
        for contact in self.sudo():
            for channel in contact.thread_ids.whatsapp_channel_id:
                account = channel.account_id
                if account._get_capabilities().blocking:
                    person = contact._get_person(account._get_identity_scope())
                    account._transport()._block(
                        channel, person, contact.blocked, get_client()
                    )

    # -- consent ----------------------------------------------------------------------

    def _get_consent(self, scope):
        """The last decision of ``scope``: ``in``, ``out`` or None."""
        self.ensure_one()
        last = (
            self.env["whatsapp.consent"]
            .sudo()
            .search(
                Domain("contact_id", "=", self.id) & Domain("scope", "=", scope),
                limit=1,
            )
        )
        return last.decision or None

    @api.depends("consent_ids.decision", "consent_ids.scope")
    def _compute_marketing_consent(self):
        consents = self.env["whatsapp.consent"].sudo()
        entries = consents.search(
            [("contact_id", "in", self._origin.ids), ("scope", "=", "marketing")],
            order="id",
        )
        last = {entry.contact_id.id: entry.decision for entry in entries}
        for contact in self:
            contact.marketing_consent = last.get(contact._origin.id, False)

    def action_record_consent(self):
        """Note what they told us by other ways: on paper, on the phone …"""
        self.ensure_one()
        self._check_may_record_consent()
        return self._get_consent_action()

    def _check_may_record_consent(self):
        """Agents may, of their own chats and of people without any."""
        self.ensure_one()
        if not self.env.user.has_group("whatsapp_connector.group_whatsapp_agent"):
            raise UserError(self.env._("Only WhatsApp agents may do this."))
        contact = self.sudo()
        if contact.company_id not in self.env.companies:
            raise UserError(
                self.env._(
                    "%(name)s is a contact of another company.", name=contact.name
                )
            )
        if contact.thread_ids:
            self.check_access("read")

    def _get_consent_action(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_consent_record_action"
        )
        return {**action, "context": {"default_contact_id": self.id}}

    def _recall_consents(self):
        """Whom we knew before their erasure gets back what they decided then."""
        for contact, entries in self._find_lasting_consents().items():
            entries._adopt(contact)
            contact.sudo().opted_out = contact._get_consent("all") == "out"

    def _find_lasting_consents(self):
        """What these people decided before their erasure: dict contact → entries."""
        consents = self.env["whatsapp.consent"].sudo()
        by_hash = {
            consents._hash(contact.company_id, key): contact
            for contact in self
            for key in contact._get_keys()
        }
        orphans = consents.search(
            [("contact_hash", "in", list(by_hash)), ("contact_id", "=", False)]
        )
        found = {}
        for contact_hash, entries in orphans.grouped("contact_hash").items():
            contact = by_hash[contact_hash]
            found[contact] = found.get(contact, consents) | entries
        return found

    # -- erasure ----------------------------------------------------------------------

    def action_erase(self):
        """Forget these people; what they decided about messages stays, as a hash."""
        self.check_access("write")
        if not self.env.user.has_group("whatsapp_connector.group_whatsapp_manager"):
            raise UserError(self.env._("Only WhatsApp managers may do this."))
        for contact in self.sudo():
            contact._erase()
        return self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_contact_action"
        ) | {"target": "main"}

    def _erase(self):
        """Delete this person with their chats, files, and what was made of these.

        The partner is another record, with a life of its own.
        """
        self.ensure_one()
        _logger.info("WhatsApp contact %s is erased by %s", self.id, self.env.uid)
        messages = self.env["whatsapp.message"].search([("contact_id", "=", self.id)])
        messages._check_at_rest()
        self.env["whatsapp.event"]._forget(self, messages.event_id)
        self.env["whatsapp.consent"]._outlive(self)
        threads = self.with_context(active_test=False).thread_ids
        files = messages.attachment_id | threads.message_ids.attachment_ids
        # A template's own picture is not the person's.
        files = files.filtered(lambda f: f.res_model == threads._name)
        threads.whatsapp_conversation_ids.ticket_ids._whatsapp_erase(files)
        messages.note_id.unlink()
        files.unlink()
        threads.unlink()
        self.guest_id.unlink()
        self.unlink()

    # -- buttons ----------------------------------------------------------------------

    def action_open_chat(self):
        """Open this person's chat in Discuss."""
        self.ensure_one()
        thread = self.thread_ids[:1]
        if not thread:
            raise UserError(self.env._("There is no chat with this person yet."))
        return thread._whatsapp_open_action()
