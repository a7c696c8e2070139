from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ..models.whatsapp_sending import Letter
from ..models.whatsapp_template_language import LANGUAGES
from ..wire.text import to_html


class WhatsappComposer(models.TransientModel):
    """Write to one person on WhatsApp, from a record or from their chat.

    Everything that stands in the way is shown before it is sent. Nothing here calls a
    provider: what is sent goes into the outbox.
    """

    _name = "whatsapp.composer"
    _description = "Send WhatsApp"

    # -- to whom ----------------------------------------------------------------------

    res_model = fields.Char()
    res_id = fields.Integer()
    thread_id = fields.Many2one("discuss.channel", ondelete="cascade")
    contact_id = fields.Many2one("whatsapp.contact", compute="_compute_contact_id")
    contact_name = fields.Char(compute="_compute_contact_id")
    contact_problem = fields.Char(compute="_compute_contact_id")
    has_email = fields.Boolean(compute="_compute_contact_id")
    channel_ids = fields.Many2many("whatsapp.channel", compute="_compute_channel_ids")
    has_channels = fields.Boolean(compute="_compute_channel_ids")
    channel_id = fields.Many2one(
        "whatsapp.channel",
        string="From",
        compute="_compute_channel_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('id', 'in', channel_ids)]",
    )

    # -- what -------------------------------------------------------------------------

    mode = fields.Selection(
        [("text", "Free text"), ("template", "Template")],
        string="What to send",
        required=True,
        compute="_compute_mode",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    can_text = fields.Boolean(compute="_compute_can_text")
    window_note = fields.Char(compute="_compute_can_text")
    body = fields.Text(string="Message")
    template_ids = fields.Many2many(
        "whatsapp.template", string="Templates", compute="_compute_template_ids"
    )
    template_id = fields.Many2one(
        "whatsapp.template",
        compute="_compute_template_id",
        compute_sudo=False,
        store=True,
        readonly=False,
        domain="[('id', 'in', template_ids)]",
    )
    languages = fields.Json(compute="_compute_languages")
    has_languages = fields.Boolean(compute="_compute_languages")
    language = fields.Selection(
        LANGUAGES,
        compute="_compute_language",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    variant_id = fields.Many2one(
        "whatsapp.template.variant", compute="_compute_variant_id"
    )
    language_note = fields.Char(compute="_compute_language_note")
    questions = fields.Json(
        compute="_compute_questions",
        help="Variables that the sender fills: list of key, label and sample.",
    )
    answers = fields.Json(
        string="Details",
        compute="_compute_answers",
        compute_sudo=False,
        store=True,
        readonly=False,
        help="What the sender wrote, by the key of the question.",
    )
    is_secret = fields.Boolean(compute="_compute_outcome")
    preview = fields.Json(compute="_compute_outcome")
    obstacle = fields.Char(compute="_compute_outcome")
    missing = fields.Char(compute="_compute_outcome")

    # -- when -------------------------------------------------------------------------

    is_scheduled = fields.Boolean(string="Send later")
    send_day = fields.Date(
        string="Day",
        compute="_compute_send_time",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    send_time = fields.Float(
        string="Time",
        compute="_compute_send_time",
        compute_sudo=False,
        store=True,
        readonly=False,
    )
    send_at = fields.Datetime(compute="_compute_send_at")
    time_note = fields.Char(compute="_compute_send_at")

    # -- opening ----------------------------------------------------------------------

    @api.model
    def _get_action(self, record=None, thread=None):
        """The action that opens the composer for a record, a thread, or both."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_composer_action"
        )
        context = {"default_thread_id": thread.id} if thread else {}
        if record:
            context |= {"default_res_model": record._name, "default_res_id": record.id}
        return {**action, "context": context}

    @api.model
    def default_get(self, fields_list):
        """A record has its chat, a chat the record that it is about."""
        values = super().default_get(fields_list)
        if not values.get("res_id") and not values.get("thread_id"):
            values |= self._get_place()
        record = self._browse_record(values.get("res_model"), values.get("res_id"))
        if not values.get("thread_id"):
            values["thread_id"] = self._find_own_thread(record).id
        elif record is None:
            thread = self.env["discuss.channel"].browse(values["thread_id"])
            values |= self._get_subject_values(thread)
        return {name: value for name, value in values.items() if name in fields_list}

    @api.model
    def _get_place(self):
        """Where the user is, as values of this model."""
        context = self.env.context
        model, record_id = context.get("active_model"), context.get("active_id")
        if model == "discuss.channel":
            return {"thread_id": record_id}
        return {"res_model": model, "res_id": record_id}

    @api.model
    def _browse_record(self, model, record_id):
        """The record, if there is one and the user may read it."""
        if not record_id or model not in self.env:
            return None
        record = self.env[model].browse(record_id).exists()
        record.check_access("read")
        return record or None

    @api.model
    def _find_own_thread(self, record):
        """The chat of a ticket, if the user may use it."""
        threads = self.env["discuss.channel"].sudo()
        if record is not None and "whatsapp_thread_id" in record._fields:
            threads = record.sudo().whatsapp_thread_id
        return threads.filtered(lambda t: t._whatsapp_is_entitled(self.env.user))

    @api.model
    def _get_subject_values(self, thread):
        """What a chat is about: its ticket, else its contact, else nothing."""
        thread._whatsapp_check_entitled()
        thread = thread.sudo()
        ticket = thread._whatsapp_latest_conversation().ticket_id
        for subject in (ticket, thread.whatsapp_contact_id.partner_id):
            subject = subject.with_env(self.env)
            if subject and subject.has_access("read"):
                return {"res_model": subject._name, "res_id": subject.id}
        return {}

    # -- to whom ----------------------------------------------------------------------

    def _get_record(self):
        """What it is about; None for a chat with somebody unknown."""
        self.ensure_one()
        return self._browse_record(self.res_model, self.res_id)

    def _get_thread(self):
        """The chat that it was opened for, with sudo; an empty one if there is none.

        :raises odoo.exceptions.UserError: it isn't the user's, or another record's
        """
        self.ensure_one()
        thread = self.thread_id.sudo()
        if not thread:
            return thread
        thread.with_env(self.env)._whatsapp_check_entitled()
        record = self._get_record()
        own = thread.whatsapp_contact_id.partner_id, thread.whatsapp_conversation_ids
        if record is not None and record not in (own[0], *own[1].ticket_ids):
            raise UserError(self.env._("This record has nothing to do with the chat."))
        return thread

    def _get_channels(self):
        """The numbers that the user may send from, the chat's first; with sudo."""
        self.ensure_one()
        own = self._get_thread().whatsapp_channel_id
        try:
            channels = self.env["res.partner"]._whatsapp_get_channels()
        except UserError:
            if not own:
                raise
            channels = own.browse()
        return own | channels.sudo()

    def _get_contact(self, company, *, create=False):
        """Whom it goes to, by the chat, else by the record; with sudo.

        :param create: to whom nobody wrote before becomes a contact for good
        """
        self.ensure_one()
        contact = self._get_thread().whatsapp_contact_id
        if contact.company_id == company:
            return contact
        record = self._get_record()
        if record is None:
            raise UserError(self.env._("Nobody is known here to write to."))
        sending = self.env["whatsapp.sending"]
        found = sending._get_contacts(record, company, create=create)[record]
        if isinstance(found, str):
            raise UserError(found)
        return found

    @api.depends("res_model", "res_id", "thread_id")
    @api.depends_context("uid")
    def _compute_channel_ids(self):
        for composer in self:
            try:
                composer.channel_ids = composer._get_channels()
            except UserError:
                composer.channel_ids = False
            composer.has_channels = len(composer.channel_ids) > 1

    @api.depends("res_model", "res_id", "thread_id")
    def _compute_channel_id(self):
        for composer in self:
            try:
                composer.channel_id = composer._get_best_channel()
            except UserError:
                composer.channel_id = False

    def _get_best_channel(self):
        """That of the chat; of several, the one with the latest message."""
        channels = self._get_channels()
        if self.thread_id:
            return channels[:1]
        try:
            contact = self._get_contact(channels[0].company_id)
        except UserError:
            return channels[:1]
        return contact._find_thread(channels).whatsapp_channel_id or channels[:1]

    @api.depends("res_model", "res_id", "thread_id", "channel_id")
    def _compute_contact_id(self):
        for composer in self:
            problem, contact = False, self.env["whatsapp.contact"]
            try:
                channels = composer._get_channels()
                if composer.channel_id not in channels:
                    raise UserError(self.env._("Please choose a number to send from."))
                company = composer.channel_id.sudo().company_id
                contact = composer._get_contact(company)
            except UserError as error:
                problem = str(error)
            composer.contact_id = contact
            composer.contact_problem = problem
            composer.contact_name = contact.name or composer._get_partner().name
            composer.has_email = bool(composer._get_partner().email)

    def _get_partner(self):
        """The partner behind it all, as far as the user may know; may be empty."""
        try:
            record = self._get_record()
            thread = self._get_thread()
        except UserError:
            return self.env["res.partner"]
        if record is None:
            partner = thread.whatsapp_contact_id.partner_id.with_env(self.env)
        else:
            partner = self.env["whatsapp.sending"]._get_partner(record)
        return partner._filtered_access("read")

    # -- what -------------------------------------------------------------------------

    def _find_thread(self):
        """The chat of contact and number, with sudo; may be empty."""
        if not self.contact_id:
            return self.env["discuss.channel"].sudo()
        return self.contact_id.sudo()._find_thread(self.channel_id)

    @api.depends("contact_id", "channel_id")
    @api.depends_context("lang")
    def _compute_can_text(self):
        for composer in self:
            thread = composer._find_thread()
            composer.can_text = bool(thread) and thread._whatsapp_window_is_open()
            composer.window_note = composer.can_text and self.env._(
                "WhatsApp allows free text until %(when)s: 24 hours after the "
                "contact's last message.",
                when=format_datetime(
                    self.env, thread.whatsapp_window_until, dt_format="short"
                ),
            )

    @api.depends("can_text")
    def _compute_mode(self):
        for composer in self:
            composer.mode = "text" if composer.can_text else "template"

    @api.depends("channel_id", "res_model", "res_id")
    def _compute_template_ids(self):
        for composer in self:
            found = self.env["whatsapp.template"]
            account = composer.channel_id.sudo().account_id
            for model in {composer.res_model, "res.partner"} if account else ():
                found |= found._get_sendable(account, model)
            composer.template_ids = found.sorted("name")

    @api.depends("template_ids")
    def _compute_template_id(self):
        for composer in self:
            if composer.template_id not in composer.template_ids:
                only = len(composer.template_ids) == 1 and composer.template_ids
                composer.template_id = only

    def _get_variants(self):
        """The languages that can be sent, with sudo."""
        variants = self.template_id.sudo().variant_ids
        return variants.filtered(lambda v: v._is_sendable())

    @api.depends("template_id")
    def _compute_languages(self):
        for composer in self:
            composer.languages = composer._get_variants().mapped("language")
            composer.has_languages = len(composer._get_variants()) > 1

    def _get_reader(self):
        """Who it is written for, with sudo: also somebody whom it can't reach."""
        company = self.channel_id.sudo().company_id or self.env.company
        partner = self._get_partner()
        return self.contact_id.sudo() or self.contact_id.sudo()._foresee(
            [{"company_id": company.id, "partner_id": partner.id}]
        )

    def _get_lang(self):
        return self._get_reader()._get_lang(self.channel_id.sudo())

    @api.depends("template_id", "contact_id", "channel_id")
    def _compute_language(self):
        for composer in self:
            template, language = composer.template_id, False
            if template:
                language = template._get_variant([composer._get_lang()])[0].language
            composer.language = language

    @api.depends("template_id", "language")
    def _compute_variant_id(self):
        for composer in self:
            chosen = composer._get_variants().filtered(
                lambda v, language=composer.language: v.language == language
            )
            composer.variant_id = chosen[:1].with_env(self.env)

    @api.depends("variant_id", "contact_id")
    @api.depends_context("lang")
    def _compute_language_note(self):
        for composer in self:
            wanted = composer.contact_id and composer._get_lang()
            variant = composer.variant_id.sudo()
            fits = not variant or not wanted or variant._best_for(wanted)
            composer.language_note = not fits and self.env._(
                "%(name)s's language is %(wanted)s, this text is in %(language)s.",
                name=composer.contact_name,
                wanted=self.env["res.lang"]._get_data(code=wanted).name or wanted,
                language=dict(LANGUAGES).get(variant.language),
            )

    @api.depends("variant_id")
    def _compute_questions(self):
        for composer in self:
            composer.questions = [
                {
                    "key": variable._get_key(),
                    "label": variable._get_label(),
                    "sample": variable.sample or "",
                }
                for variable in composer.variant_id.sudo().variable_ids
                if variable.source == "free"
            ]

    @api.depends("template_id")
    def _compute_answers(self):
        for composer in self:
            composer.answers = False

    def _get_answers(self):
        """What was written, for the questions that there are: dict by their key."""
        self.ensure_one()
        answers = self.answers or {}
        return {
            question["key"]: str(answers.get(question["key"]) or "").strip()
            for question in self.questions or []
        }

    def _get_unanswered(self):
        """The questions that are still open, by their labels."""
        answers = self._get_answers()
        return [q["label"] for q in self.questions or [] if not answers[q["key"]]]

    # -- outcome ----------------------------------------------------------------------

    @api.depends(
        "contact_id",
        "contact_problem",
        "channel_id",
        "mode",
        "body",
        "template_ids",
        "variant_id",
        "answers",
        "is_scheduled",
        "send_at",
    )
    @api.depends_context("lang")
    def _compute_outcome(self):
        for composer in self:
            composer.is_secret = composer._is_secret()
            composer.missing = composer._get_missing()
            try:
                composer.obstacle, composer.preview = composer._get_outcome()
            except UserError as error:  # the record, or a field, isn't the user's
                composer.obstacle, composer.preview = str(error), False

    def _is_secret(self):
        """Whether it carries a one-time code."""
        if self.mode == "text" or not self.variant_id:
            return False
        return self.variant_id.sudo()._get_category() == "authentication"

    def _get_missing(self):
        """What the sender still has to do, as a sentence; False: nothing."""
        if self.mode == "text":
            empty = not (self.body or "").strip()
            return empty and self.env._("Write your message.")
        if not self.variant_id:
            return self.env._("Choose a template.")
        labels = self._get_unanswered()
        return bool(labels) and self.env._(
            "Still to fill in: %(names)s.", names=", ".join(labels)
        )

    def _get_outcome(self):
        """Why it can't be sent (or False), and what the phone would show."""
        problem = self.contact_problem
        if self.mode == "text":
            return problem or self._get_text_obstacle(), self._build_text_preview()
        if not self.template_ids:
            return problem or self._get_no_template_text(), False
        if not self.variant_id:
            return problem, False
        return self._get_template_outcome()

    def _get_text_obstacle(self):
        thread = self._find_thread()
        if not thread:
            return self.env._("There is no chat yet: begin it with a template.")
        body = (self.body or "").strip() or "…"
        try:
            thread._whatsapp_check_sendable([{"kind": "text", "body": body}])
        except UserError as error:
            return str(error)
        return False

    def _build_text_preview(self):
        """As :meth:`_get_preview` of a template has it."""
        text = (self.body or "").strip()
        return bool(text) and {"header": "none", "body": text, "buttons": []}

    def _get_no_template_text(self):
        if self.can_text:
            return self.env._("There is no approved template for this yet.")
        return self.env._(
            "%(name)s can't be written free text now, and there is no approved "
            "template for this yet. Ask a WhatsApp author to write one.",
            name=self.contact_name,
        )

    def _get_template_outcome(self):
        """Checked as if every question were answered: those are said on their own."""
        blanks = {q["key"]: f"[{q['label']}]" for q in self.questions or []}
        answers = {key: text for key, text in self._get_answers().items() if text}
        letter = self._build_letter(blanks | answers)
        sending = self.env["whatsapp.sending"]
        letter.refusal = self.contact_problem
        sending._check([letter])
        if not letter.values:
            sending._fill(letter)
        shown = [{**v, "value": v["value"] or "…"} for v in letter.values]
        late = self.is_scheduled and self.send_at <= fields.Datetime.now()
        obstacle = late and self.env._("That time is over.")
        preview = self.variant_id.sudo()._get_preview(shown)
        return letter.refusal or obstacle, preview

    def _build_letter(self, free):
        self.ensure_one()
        record = self._get_record()
        filler = None
        if record is not None and self.template_id.sudo().model == "res.partner":
            filler = self._get_partner()
        return Letter(
            channel=self.channel_id.sudo(),
            contact=self._get_reader(),
            variant=self.variant_id,
            record=record,
            filler=filler,
            free=free,
            at=self.send_at if self.is_scheduled else None,
        )

    # -- when -------------------------------------------------------------------------

    def _get_tz(self):
        return self.contact_id.sudo()._get_tz() if self.contact_id else None

    def _get_zone(self):
        """The contact's time zone, else the user's."""
        return ZoneInfo(self._get_tz() or self.env.user.tz or "UTC")

    @api.depends("is_scheduled", "contact_id")
    def _compute_send_time(self):
        for composer in self:
            soon = datetime.now(composer._get_zone()) + timedelta(hours=2)
            composer.send_day = composer.is_scheduled and soon.date()
            composer.send_time = composer.is_scheduled and soon.hour

    @api.depends("is_scheduled", "send_day", "send_time", "contact_id")
    @api.depends_context("lang")
    def _compute_send_at(self):
        for composer in self:
            composer.send_at = composer.is_scheduled and composer._get_send_at()
            composer.time_note = composer.is_scheduled and composer._get_time_note()

    def _get_send_at(self):
        """When it goes, in naive UTC."""
        if not self.send_day:
            return fields.Datetime.now()
        minutes = round((self.send_time or 0) * 60) % (24 * 60)
        local = datetime.combine(self.send_day, time(*divmod(minutes, 60)))
        moment = local.replace(tzinfo=self._get_zone()).astimezone(ZoneInfo("UTC"))
        return moment.replace(tzinfo=None)

    def _get_time_note(self):
        """Whose clock counts, and what it means for the user's."""
        zone, own = self._get_zone().key, self.env.user.tz or "UTC"
        if not self._get_tz():
            return self.env._(
                "By your clock (%(zone)s): %(name)s's time zone isn't known.",
                zone=zone,
                name=self.contact_name,
            )
        if zone == own:
            return self.env._(
                "By %(name)s's clock (%(zone)s), which is yours too.",
                zone=zone,
                name=self.contact_name,
            )
        return self.env._(
            "By %(name)s's clock (%(zone)s). For you it is %(when)s.",
            zone=zone,
            name=self.contact_name,
            when=format_datetime(self.env, self._get_send_at(), dt_format="short"),
        )

    # -- buttons ----------------------------------------------------------------------

    def action_send(self):
        """Put it into the outbox, unless something stands in its way."""
        self.ensure_one()
        for problem in (self.obstacle, self.missing):
            if problem:
                raise UserError(problem)
        if self.mode == "text":
            self._send_text()
        else:
            self._send_template()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self._get_success_text(),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _send_text(self):
        body = Markup(to_html(self.body.strip()))
        self._find_thread().with_env(self.env).sudo().message_post(
            body=body, message_type="whatsapp_message"
        )

    def _send_template(self):
        letter = self._build_letter(self._get_answers())
        letter.contact = self._get_contact(letter.contact.company_id, create=True)
        self.env["whatsapp.sending"]._send([letter])
        if letter.refusal:
            raise UserError(letter.refusal)
        self.answers = False  # a one-time code is kept nowhere

    def _get_success_text(self):
        if self.mode == "template" and self.is_scheduled:
            return self.env._(
                "Goes to %(name)s on %(when)s. Until then it can be cancelled.",
                name=self.contact_name,
                when=format_datetime(self.env, self.send_at, dt_format="short"),
            )
        return self.env._("On its way to %(name)s.", name=self.contact_name)

    def action_write_email(self):
        """The same words by e-mail, where WhatsApp doesn't reach."""
        self.ensure_one()
        partner = self._get_partner()
        record = self._get_record()
        if record is None or not hasattr(record, "message_post"):
            record = partner
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Write an e-mail"),
            "res_model": "mail.compose.message",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_composition_mode": "comment",
                "default_model": record._name,
                "default_res_ids": record.ids,
                "default_partner_ids": partner.ids,
                "default_body": self._get_email_body(),
            },
        }

    def _get_email_body(self):
        """What was written so far, with the answers that there are."""
        if self.mode == "text":
            return to_html(self.body or "")
        if not self.variant_id or self.is_secret:
            return ""
        letter = self._build_letter(self._get_answers())
        self.env["whatsapp.sending"]._fill(letter)
        return to_html(self.variant_id.sudo()._get_text(letter.values))
