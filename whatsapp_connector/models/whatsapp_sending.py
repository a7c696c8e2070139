from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command, Datetime
from odoo.tools import format_datetime

from ..tools.phone import canonical_number
from ..tools.refusal import Refusal
from ..wire.text import to_html

#: After this long without an answer, a further opening is nobody's policy any more.
HOLD = timedelta(hours=24)
_HIDDEN_CODE = "••••••"


@dataclass
class Letter:
    """One template to one contact, as somebody wants it sent.

    ``record`` is what it is about: it fills the variables, with the rights of whoever
    sends, and gets the answer. ``free`` are the values that the sender wrote, by
    ``place/name``. ``at`` (naive UTC) is when it goes; None: now.
    """

    channel: Any
    contact: Any
    variant: Any
    record: Any = None
    #: What fills the variables where that isn't ``record``: the contact of a ticket,
    #: for a template about contacts.
    filler: Any = None
    free: dict[str, str] = field(default_factory=dict)
    at: datetime | None = None
    priority: int = 0
    #: Filled by sending: why it can't go, or the ``whatsapp.message``.
    refusal: str | None = None
    message: Any = None
    values: list[dict[str, str]] = field(default_factory=list)

    def get_filler(self):
        """The record that fills the variables, or None."""
        return self.record if self.filler is None else self.filler

    def is_secret(self):
        """Whether it carries a one-time code, which nobody else may ever read."""
        return self.variant.sudo()._get_category() == "authentication"


class WhatsappSending(models.AbstractModel):
    """The one road of templates into the outbox: from a person, a rule or a list.

    Everything happens in the caller's transaction and calls no provider. A batch costs
    as many queries as one letter.
    """

    _name = "whatsapp.sending"
    _description = "WhatsApp Sending"

    # -- recipients -------------------------------------------------------------------

    @api.model
    def _get_partner(self, record, path=None):
        """The partner that ``record`` is about; an empty one if nobody can tell.

        :param path: a field path that leads to the partner, e.g.
            ``order_id.partner_id``
        """
        partners = self.env["res.partner"]
        if path:
            found = record.mapped(path)
            return found[:1] if found._name == "res.partner" else partners
        if record._name == "res.partner":
            return record
        for name in ("partner_id", "customer_id"):
            found = record._fields.get(name)
            if found and found.comodel_name == "res.partner":
                return record[name]
        if hasattr(record, "_mail_get_partners"):
            found = record._mail_get_partners()[record.id]
            return found if len(found) == 1 else partners
        return partners

    @api.model
    def _get_name(self, record):
        """The name of whom ``record`` is about; empty if nobody knows."""
        if partner := self._get_partner(record):
            return partner.name or ""
        if "whatsapp_conversation_id" in record._fields:
            return record.sudo().whatsapp_conversation_id.contact_id.name or ""
        return ""

    @api.model
    def _get_number(self, record):
        """The E.164 number of a record without partner, such as a lead."""
        if not hasattr(record, "_phone_get_number_fields"):
            return None
        for name in record._phone_get_number_fields():
            number = name in record._fields and record[name]
            if number and (
                found := canonical_number(record._phone_format(fname=name) or "")
            ):
                return found
        return None

    @api.model
    def _get_contacts(self, records, company, path=None, *, create=True):
        """The WhatsApp contacts of ``records``, made where missing.

        Access to the records is the caller's; the contacts come with sudo. A constant
        number of queries.

        :param create: whether they are made to stay; else in memory only, good enough
            for :meth:`_check` and for a preview
        :return: dict record → contact, or a sentence that says why there is none
        """
        partners = {record: self._get_partner(record, path) for record in records}
        everybody = self.env["res.partner"].union(*partners.values())
        by_partner = everybody._whatsapp_get_contacts(company, create=create)
        numbers = {
            record: self._get_number(record)
            for record, partner in partners.items()
            if not partner
        }
        by_number = self._get_contacts_by_number(
            filter(None, numbers.values()), company, create=create
        )
        found = {}
        for record, partner in partners.items():
            found[record] = (
                by_partner[partner] if partner else by_number.get(numbers[record])
            ) or self.env._(
                "%(name)s has neither a contact nor a valid phone number.",
                name=record.display_name,
            )
            if isinstance(found[record], str) and not path:
                found[record] = self._get_chat_contact(record, company) or found[record]
        return found

    @api.model
    def _get_chat_contact(self, record, company):
        """Whom the chat of a ticket is with, where nobody knows yet who that is."""
        if "whatsapp_conversation_id" not in record._fields:
            return None
        contact = record.sudo().whatsapp_conversation_id.contact_id
        return contact if contact.company_id == company else None

    @api.model
    def _get_contacts_by_number(self, numbers, company, *, create):
        contacts = self.env["whatsapp.contact"].sudo()
        numbers = list(dict.fromkeys(numbers))
        known = contacts.search(
            [("company_id", "=", company.id), ("number", "in", numbers)]
        )
        found = {contact.number: contact for contact in known}
        missing = [number for number in numbers if number not in found]
        make = contacts.create if create else contacts._foresee
        created = make(
            [{"company_id": company.id, "number": number} for number in missing]
        )
        return found | dict(zip(missing, created, strict=True))

    # -- checking ---------------------------------------------------------------------

    @api.model
    def _check(self, letters):
        """Note in each letter why it can't be sent, if so; fills ``values`` too."""
        threads = self._find_threads(letters)
        held = self._get_held(threads.values())
        for letter in letters:
            letter.refusal = letter.refusal or (
                self._get_channel_obstacle(letter)
                or self._get_template_obstacle(letter)
                or self._get_contact_obstacle(letter)
                or self._get_hold(letter, held.get(threads.get(self._key(letter))))
                or self._fill(letter)
            )

    @api.model
    def _key(self, letter):
        return letter.channel.id, letter.contact._origin.id

    @api.model
    def _find_threads(self, letters):
        threads = (
            self.env["discuss.channel"]
            .sudo()
            .search(
                [
                    ("whatsapp_channel_id", "in", [x.channel.id for x in letters]),
                    (
                        "whatsapp_contact_id",
                        "in",
                        [x.contact._origin.id for x in letters],
                    ),
                ]
            )
        )
        return {
            (t.whatsapp_channel_id.id, t.whatsapp_contact_id.id): t for t in threads
        }

    @api.model
    def _get_channel_obstacle(self, letter):
        try:
            letter.channel._check_can_send()
        except UserError as error:
            return str(error)
        return None

    @api.model
    def _get_template_obstacle(self, letter):
        variant, template = letter.variant.sudo(), letter.variant.sudo().template_id
        if not variant._is_sendable():
            return Refusal(
                "template",
                self.env._(
                    "%(name)s is not approved, or not enabled, for sending.",
                    name=variant.display_name,
                ),
            )
        if variant.account_id != letter.channel.sudo().account_id:
            return Refusal(
                "template",
                self.env._(
                    "%(name)s belongs to another account than the number %(channel)s.",
                    name=variant.display_name,
                    channel=letter.channel.name,
                ),
            )
        if not self.env.su and not template._may_be_sent_by(self.env.user):
            return Refusal(
                "template",
                self.env._(
                    "You are not among those who may send %(name)s.", name=template.name
                ),
            )
        filler = letter.get_filler()
        if template.model and filler is not None:
            if filler._name != template.model:
                return Refusal(
                    "template",
                    self.env._(
                        "%(name)s is for another kind of record.", name=template.name
                    ),
                )
        return None

    @api.model
    def _get_contact_obstacle(self, letter):
        """Consent, blocking and identity, for the category that counts."""
        contact, category = letter.contact.sudo(), letter.variant.sudo()._get_category()
        if contact.blocked:
            return Refusal(
                "blocked", self.env._("%(name)s is blocked.", name=contact.name)
            )
        if category == "authentication":
            if not contact.number:
                return Refusal(
                    "number",
                    self.env._(
                        "One-time codes need a phone number: %(name)s hides theirs.",
                        name=contact.name,
                    ),
                )
            return None
        if contact.opted_out and not (
            category == "utility" and letter.channel.sudo().utility_to_opted_out
        ):
            return Refusal(
                "opted_out",
                self.env._(
                    "%(name)s asked for no more WhatsApp messages.", name=contact.name
                ),
            )
        if category != "marketing":
            return None
        if contact.marketing_consent == "out":
            return Refusal(
                "opted_out",
                self.env._("%(name)s wants no advertising.", name=contact.name),
            )
        needs_agreement = contact.company_id.whatsapp_marketing_opt_in
        if needs_agreement and contact.marketing_consent != "in":
            return Refusal(
                "not_agreed",
                self.env._(
                    "%(name)s has not agreed to advertising on WhatsApp.",
                    name=contact.name,
                ),
            )
        return None

    @api.model
    def _get_held(self, threads):
        """Threads whose last opening is unanswered: dict thread → until when."""
        ids = [thread.id for thread in threads]
        openings = (
            self.env["whatsapp.message"]
            .sudo()
            ._read_group(
                [
                    ("thread_id", "in", ids),
                    ("kind", "=", "template"),
                    ("conversation_id.state", "=", "waiting"),
                    ("state", "not in", ("failed", "cancelled")),
                    ("create_date", ">", Datetime.now() - HOLD),
                ],
                ["thread_id"],
                ["create_date:max"],
            )
        )
        return {thread: last + HOLD for thread, last in openings}

    @api.model
    def _get_hold(self, letter, until):
        """Company policy on a second opening while the first is unanswered."""
        policy = letter.contact.sudo().company_id.whatsapp_waiting_policy
        category = letter.variant.sudo()._get_category()
        applies = policy == "all" or policy == "marketing" and category == "marketing"
        if not until or not applies or category == "authentication":
            return None
        return Refusal(
            "held",
            self.env._(
                "%(name)s has not answered your last message. By your company's policy "
                "the next one may go when they answer, or on %(when)s.",
                name=letter.contact.sudo().name,
                when=format_datetime(self.env, until),
            ),
        )

    @api.model
    def _fill(self, letter):
        """Fill the variables; gives the reason why that can't be done."""
        variant = letter.variant.sudo()
        record = letter.get_filler()
        if record is None and variant.model:
            record = self.env[variant.model]
        if record is not None:
            record = record.with_context(tz=self._get_tz(letter))
        letter.values = letter.variant.with_env(
            self.env(su=False) if not self.env.su else self.env
        )._fill(record, self._get_lang(letter), letter.free)
        problem = variant._get_value_problem(letter.values)
        return problem and Refusal("value", problem)

    @api.model
    def _get_lang(self, letter):
        """Odoo's code of the language in which the letter is filled and printed."""
        lang = letter.contact.sudo()._get_lang(letter.channel.sudo())
        return self._get_template_lang(letter.variant.sudo(), lang)

    @api.model
    def _get_tz(self, letter):
        """Whose clock counts: the recipient's, the sender's, else the company's."""
        contact = letter.contact.sudo()
        return (
            contact._get_tz()
            or self.env.user.tz
            or contact.company_id.partner_id.tz
            or "UTC"
        )

    @api.model
    def _get_template_lang(self, variant, lang):
        """An installed language of Odoo that fits the variant's, for dates and money.

        A Spanish text has Spanish dates, also for somebody who prefers French.
        """
        base = variant.language.partition("_")[0]
        if (lang or "").partition("_")[0] == base:
            return lang
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        return next((c for c in codes if c.partition("_")[0] == base), lang)

    @api.model
    def _get_letter(self, message):
        """A queued message as the checks want it."""
        return Letter(
            channel=message.channel_id,
            contact=message.contact_id,
            variant=message.template_variant_id,
        )

    @api.model
    def _get_resend_obstacle(self, message):
        """Why a template can't be sent once more, as a sentence; None if it can."""
        letter = self._get_letter(message)
        return (
            self._get_channel_obstacle(letter)
            or self._get_template_obstacle(letter)
            or self._get_contact_obstacle(letter)
        )

    # -- sending ----------------------------------------------------------------------

    @api.model
    def _send(self, letters):
        """Queue every letter that can go; note in the others why they can't.

        :param letters: list of :class:`Letter`; ``refusal`` or ``message`` is filled
        :return: the queued ``whatsapp.message`` records
        """
        self._check(letters)
        going = [letter for letter in letters if not letter.refusal]
        messages = self.env["whatsapp.message"].sudo()
        if not going:
            return messages
        threads = self._make_threads(going)
        conversations = self._make_conversations(going, threads)
        mail_messages = self._post(going, threads)
        notes = self._note_on_records(going, mail_messages)
        messages = messages.create(
            [
                self._prepare_message_vals(
                    letter, threads[self._key(letter)], conversations, mail, note
                )
                for letter, mail, note in zip(going, mail_messages, notes, strict=True)
            ]
        )
        for letter, message in zip(going, messages, strict=True):
            letter.message = message
        self._after_queueing(going, messages)
        return messages

    @api.model
    def _make_threads(self, letters):
        threads = {}
        by_channel = {}
        for letter in letters:
            contacts = by_channel.setdefault(
                letter.channel.sudo(), self.env["whatsapp.contact"].sudo()
            )
            by_channel[letter.channel.sudo()] = contacts | letter.contact.sudo()
        for channel, contacts in by_channel.items():
            found = (
                self.env["discuss.channel"].sudo()._whatsapp_threads(channel, contacts)
            )
            for contact, thread in found.items():
                threads[channel.id, contact.id] = thread
        return threads

    @api.model
    def _make_conversations(self, letters, threads):
        """The active conversation of each thread: dict thread → conversation.

        A template sent from a record opens one whose answers return to the record.
        """
        conversations = self.env["whatsapp.conversation"].sudo()
        all_threads = self.env["discuss.channel"].sudo().union(*threads.values())
        found = {c.thread_id: c for c in conversations._search_active(all_threads)}
        origins = {}
        for letter in letters:
            thread = threads[self._key(letter)]
            if own := self._get_own_conversation(letter, thread):
                found.setdefault(thread, own)
            if thread not in found:
                origins.setdefault(thread, self._prepare_origin_vals(letter))
        created = conversations.create(
            [
                conversations._prepare_vals(thread, **origin)
                for thread, origin in origins.items()
            ]
        )
        found.update({c.thread_id: c for c in created})
        return found

    @api.model
    def _get_own_conversation(self, letter, thread):
        """Of a letter from a ticket: its conversation, also when that is closed.

        An answer within the channel's hours reopens both.
        """
        record = letter.record
        if record is None or "whatsapp_conversation_id" not in record._fields:
            return None
        conversation = record.sudo().whatsapp_conversation_id
        is_ours = conversation.thread_id == thread and (
            conversation.state != "closed" or conversation._may_reopen()
        )
        return conversation if is_ours else None

    @api.model
    def _prepare_origin_vals(self, letter):
        user = self.env["whatsapp.message"]._get_sending_user()
        record = letter.record
        if record is None or record._name == "whatsapp.contact":
            record = letter.contact.sudo().partner_id
        if not record:
            return {}
        return {
            "origin_model": record._name,
            "origin_id": record.id,
            "origin_user_id": user and user.id,
        }

    @api.model
    def _post(self, letters, threads):
        """The messages as the threads show them."""
        user = self.env["whatsapp.message"]._get_sending_user()
        author = user.partner_id if user else self.env.ref("base.partner_root")
        posts = [
            (
                threads[self._key(letter)],
                {
                    "author_id": author.id,
                    "body": self._render(letter),
                    "attachment_ids": self._get_files(letter),
                },
            )
            for letter in letters
        ]
        return self.env["discuss.channel"].sudo()._whatsapp_post_inbound(posts)

    @api.model
    def _render(self, letter):
        """The message as the chat shows it, a place in its header included."""
        body = Markup(to_html(self._get_text(letter)))
        place = letter.variant.sudo()._build_location()
        if place is None:
            return body
        link = self.env["whatsapp.message"]._render_place(place)
        return Markup("<br>").join([link, body])

    @api.model
    def _get_text(self, letter):
        """What is kept and shown; of a one-time code only that there was one."""
        variant = letter.variant.sudo()
        values = letter.values
        if letter.is_secret():
            values = [{**value, "value": _HIDDEN_CODE} for value in values]
            return variant._get_text(values) or _HIDDEN_CODE
        return variant._get_text(values)

    @api.model
    def _get_files(self, letter):
        """The header's file, printed for the record where it is a report."""
        variant = letter.variant.sudo()
        attachment = variant._get_header_attachment(
            letter.get_filler(), self._get_lang(letter)
        )
        return [Command.link(attachment.id)] if attachment else []

    @api.model
    def _note_on_records(self, letters, mail_messages):
        """A line in the chatter of each record that has one: what was sent, and how
        it fares.

        :return: list of ``mail.message``, empty ones where there is no chatter
        """
        nothing = self.env["mail.message"].sudo()
        subtype_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note")
        vals_list, places = [], []
        for place, (letter, mail) in enumerate(
            zip(letters, mail_messages, strict=True)
        ):
            record = letter.record
            if record is None or not hasattr(record, "message_post"):
                continue
            places.append(place)
            vals_list.append(
                {
                    "model": record._name,
                    "res_id": record.id,
                    "record_name": record.display_name,
                    "message_type": "whatsapp_message",
                    "subtype_id": subtype_id,
                    "author_id": mail.author_id.id,
                    "body": mail.body,
                    "attachment_ids": [Command.link(a.id) for a in mail.attachment_ids],
                    "reply_to": False,
                    "record_alias_domain_id": False,
                    "is_internal": True,
                }
            )
        notes = [nothing] * len(letters)
        for place, note in zip(places, nothing.create(vals_list), strict=True):
            notes[place] = note
        return notes

    @api.model
    def _prepare_message_vals(self, letter, thread, conversations, mail, note):
        variant, record = letter.variant.sudo(), letter.record
        buttons = [
            {"kind": b.kind, "title": b.text, "payload": b._get_payload(position)}
            for position, b in enumerate(variant.button_ids)
        ]
        return {
            "kind": "template",
            "direction": "out",
            "state": "scheduled" if letter.at else "queued",
            "scheduled_at": letter.at,
            "account_id": variant.account_id.id,
            "channel_id": letter.channel.id,
            "contact_id": letter.contact.id,
            "thread_id": thread.id,
            "conversation_id": conversations[thread].id,
            "mail_message_id": mail.id,
            "note_id": note.id,
            "record_model": record._name if record else False,
            "record_id": record.id if record else False,
            "user_id": self.env.uid,
            "priority": letter.priority,
            "body": self._get_text(letter),
            "template_variant_id": variant.id,
            "template_values": letter.values,
            "is_secret": letter.is_secret(),
            "choices": buttons or False,
            "attachment_id": mail.attachment_ids.id,
        }

    @api.model
    def _after_queueing(self, letters, messages):
        """Who wrote takes part, the clients hear of it, the workers wake."""
        user = self.env["whatsapp.message"]._get_sending_user()
        threads = messages.thread_id
        threads.last_interest_dt = Datetime.now()
        if user and all(not letter.priority for letter in letters):
            threads._whatsapp_add_writer(user, messages.mail_message_id)
            for message in messages:
                message.conversation_id._note_outbound(message._get_summary(), user)
                message.thread_id._whatsapp_announce(message.mail_message_id)
        messages._wake()
