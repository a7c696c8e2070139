import logging

from dateutil.relativedelta import relativedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import clean_context, split_every
from odoo.tools.safe_eval import safe_eval

from odoo.addons.base.models.ir_qweb import QWebError

from .whatsapp_sending import Letter

_logger = logging.getLogger(__name__)

BATCH = 500
#: What people wait for goes first; what a rule or a list sends, after it.
PRIORITY = 1
#: In the context of what an action sends: it sets off no other such action.
SENDING = "whatsapp_action_sends"


class IrActionsServer(models.Model):
    _inherit = "ir.actions.server"

    state = fields.Selection(
        selection_add=[("whatsapp", "Send WhatsApp"), ("followers",)],
        ondelete={"whatsapp": "cascade"},
    )
    whatsapp_template_id = fields.Many2one(
        "whatsapp.template",
        string="WhatsApp template",
        compute="_compute_whatsapp_template_id",
        store=True,
        readonly=False,
        ondelete="restrict",
        index="btree_not_null",
        domain="[('model', 'in', (model_name, False))]",
    )
    whatsapp_account_id = fields.Many2one(related="whatsapp_template_id.account_id")
    whatsapp_channel_rule = fields.Selection(
        [
            ("chat", "The number of the contact's chat"),
            ("fixed", "Always the same number"),
        ],
        string="Sent from",
        default="chat",
        help="Whoever has a chat with one of your numbers gets the message there.",
    )
    whatsapp_channel_id = fields.Many2one(
        "whatsapp.channel",
        string="WhatsApp number",
        ondelete="restrict",
        domain="[('account_id', '=', whatsapp_account_id)]",
        help="For those who have no chat yet. Empty: the account's first number.",
    )
    whatsapp_partner_path = fields.Char(
        string="Recipient",
        help="The field that leads to the contact, e.g. the customer of the order. "
        "Empty: found by itself.",
    )
    whatsapp_domain = fields.Char(
        string="Only if", help="Records that don't match get no message."
    )
    whatsapp_delay = fields.Integer(
        string="Delay",
        help="How long to wait; until then the message can be cancelled. 0: at once.",
    )
    whatsapp_delay_unit = fields.Selection(
        [("minutes", "minutes"), ("hours", "hours"), ("days", "days")],
        string="Unit of the delay",
        default="hours",
    )
    whatsapp_value_ids = fields.One2many(
        "ir.actions.server.whatsapp.value",
        "action_id",
        string="Answers",
        compute="_compute_whatsapp_value_ids",
        store=True,
        readonly=False,
        copy=True,
        help="What the template asks its sender for: nobody can be asked here.",
    )
    whatsapp_notice = fields.Text(
        compute="_compute_whatsapp_notice",
        help="What keeps messages back for now. Unlike a warning it stops no work.",
    )

    _whatsapp_delay_positive = models.Constraint(
        "CHECK(whatsapp_delay >= 0)", "The delay can't be negative."
    )

    # -- form -------------------------------------------------------------------------

    @api.model
    def _name_depends(self):
        return [*super()._name_depends(), "whatsapp_template_id"]

    def _generate_action_name(self):
        self.ensure_one()
        if self.state == "whatsapp" and self.whatsapp_template_id:
            return self.env._(
                "Send WhatsApp: %(template)s", template=self.whatsapp_template_id.name
            )
        return super()._generate_action_name()

    @api.depends("model_id", "state")
    def _compute_whatsapp_template_id(self):
        for action in self:
            model = action.whatsapp_template_id.model
            if action.state != "whatsapp" or model not in (False, action.model_name):
                action.whatsapp_template_id = False

    @api.depends("whatsapp_template_id")
    def _compute_whatsapp_value_ids(self):
        """A line for each question of the template; what was answered is kept."""
        for action in self:
            asked = action.whatsapp_template_id._get_questions()
            known = {value.key: value for value in action.whatsapp_value_ids}
            action.whatsapp_value_ids = [
                *(
                    Command.delete(value.id)
                    for key, value in known.items()
                    if key not in asked
                ),
                *(
                    Command.create({"key": key, "label": label})
                    for key, label in asked.items()
                    if key not in known
                ),
            ]

    # -- warnings ---------------------------------------------------------------------

    @api.model
    def _warning_depends(self):
        return [
            *super()._warning_depends(),
            "whatsapp_template_id.model",
            "whatsapp_channel_rule",
            "whatsapp_channel_id",
            "whatsapp_partner_path",
            "whatsapp_domain",
        ]

    def _get_warning_messages(self):
        """What can never work as it is written: such an action doesn't run at all.

        What WhatsApp or a colleague may change any day is a notice instead. A template
        that was paused must not keep people from saving their tickets.
        """
        self.ensure_one()
        warnings = super()._get_warning_messages()
        if self.state != "whatsapp" or not self.model_id:
            return warnings
        problems = (
            self._get_whatsapp_model_problem(),
            self._get_whatsapp_channel_problem(),
            self._get_whatsapp_path_problem(),
            self._get_whatsapp_domain_problem(),
        )
        return [*warnings, *filter(None, problems)]

    def _get_whatsapp_model_problem(self):
        template = self.whatsapp_template_id
        if template.model and template.model != self.model_name:
            return self.env._(
                "The template %(template)s is for %(its_model)s, this action for "
                "%(model)s: choose another template, or another model.",
                template=template.name,
                its_model=template.model_id.name,
                model=self.model_id.name,
            )
        return None

    def _get_whatsapp_channel_problem(self):
        template, channel = self.whatsapp_template_id, self.whatsapp_channel_id
        if channel and template and channel.account_id != template.account_id:
            return self.env._(
                "The number %(number)s belongs to another account than the template "
                "%(template)s: choose one of %(account)s.",
                number=channel.display_name,
                template=template.name,
                account=template.account_id.name,
            )
        return None

    def _get_whatsapp_path_problem(self):
        """Why the recipient's path leads to no contact, as a sentence."""
        if not self.whatsapp_partner_path:
            return None
        model = self.env.get(self.model_name)
        for name in self.whatsapp_partner_path.split("."):
            field = model is not None and model._fields.get(name)
            model = self.env[field.comodel_name] if field and field.relational else None
        if model is None or model._name != "res.partner":
            return self.env._(
                "The recipient “%(path)s” is no contact of %(model)s: choose a field "
                "that leads to a contact.",
                path=self.whatsapp_partner_path,
                model=self.model_id.name,
            )
        return None

    def _get_whatsapp_domain_problem(self):
        try:
            domain = self._get_whatsapp_domain(self._get_eval_context(self))
            domain.validate(self.env[self.model_name].sudo())
        except Exception as error:  # whatever somebody may have written there
            return self.env._("“Only if” can't be read: %(error)s", error=error)
        return None

    @api.depends(
        "state",
        "whatsapp_channel_rule",
        "whatsapp_channel_id.active",
        "whatsapp_template_id.variant_ids.state",
        "whatsapp_template_id.variant_ids.is_enabled",
        "whatsapp_value_ids.text",
    )
    def _compute_whatsapp_notice(self):
        for action in self:
            notices = action._get_whatsapp_notices()
            action.whatsapp_notice = "\n\n".join(notices)

    def _get_whatsapp_notices(self):
        """What keeps all messages back for now, as sentences."""
        self.ensure_one()
        template = self.whatsapp_template_id
        if self.state != "whatsapp" or not template:
            return []
        notices = []
        if not template._get_variant([])[0]:
            notices.append(
                self.env._(
                    "%(template)s is not approved and enabled in any language yet. "
                    "Nothing is sent until it is; each record notes the reason.",
                    template=template.name,
                )
            )
        if not self._get_whatsapp_channels():
            notices.append(
                self.env._(
                    "There is no number in use to send from: add one to the account "
                    "%(account)s.",
                    account=template.account_id.name,
                )
            )
        if unanswered := self._get_unanswered():
            notices.append(
                self.env._(
                    "Nobody can be asked when a rule sends it. Please answer below: "
                    "%(questions)s.",
                    questions=", ".join(unanswered),
                )
            )
        return notices

    def _get_unanswered(self):
        """Questions of the template to which this action has no answer."""
        answered = {value.key for value in self.whatsapp_value_ids if value.text}
        asked = self.whatsapp_template_id._get_questions()
        return [label for key, label in asked.items() if key not in answered]

    # -- running ----------------------------------------------------------------------

    def _run_action_whatsapp_multi(self, eval_context=None):
        """Queue the template for each record; note on the others why they get none.

        Runs in other people's transactions: it calls no provider, and no recipient who
        can't be reached stops anybody's work.
        """
        records = eval_context.get("records") or eval_context.get("record")
        if not self.whatsapp_template_id or not records or self._is_recompute():
            return False
        if self.env.context.get(SENDING):
            return False
        if self.whatsapp_domain:
            domain = self._get_whatsapp_domain(eval_context)
            matching = records.sudo().filtered_domain(domain)
            records = matching.with_env(records.env)
        for ids in split_every(BATCH, records.ids):
            self._send_whatsapp(records.browse(ids))
        return False

    def _get_whatsapp_domain(self, eval_context):
        return Domain(safe_eval(self.whatsapp_domain or "[]", eval_context))

    def _send_whatsapp(self, records):
        sending = self._get_whatsapp_sending(records.env)
        letters, refusals = self._build_whatsapp_letters(sending, records)
        self._queue_whatsapp(sending, letters)
        refusals.update((x.record, x.refusal) for x in letters if x.refusal)
        self._note_whatsapp_refusals(refusals)

    def _get_whatsapp_sending(self, env):
        """Who presses a button sends; what a rule sends is Odoo's own."""
        by_hand = not env.su and env.user._is_internal()
        return (
            self.env["whatsapp.sending"]
            .with_user(env.user if by_hand else SUPERUSER_ID)
            .sudo()
            .with_context(**clean_context(env.context), **{SENDING: True})
        )

    def _build_whatsapp_letters(self, sending, records):
        """One letter a record.

        :return: the letters, and a dict record → why it gets none
        """
        company = self.whatsapp_template_id.company_id
        contacts = sending._get_contacts(
            records.sudo(), company, self.whatsapp_partner_path
        )
        channels = self._choose_whatsapp_channels(contacts)
        at = self._get_whatsapp_time()
        by_hand = len(records) == 1 and not sending.env.user._is_superuser()
        letters, refusals = [], {}
        for record in records:
            contact, channel = contacts[record], channels.get(record)
            refusal = self._get_whatsapp_obstacle(record, contact, channel)
            if refusal:
                refusals[record] = refusal
                continue
            lang = contact._get_lang(channel)
            variant = self._get_whatsapp_variant(lang, channel)
            letters.append(
                Letter(
                    channel=channel,
                    contact=contact,
                    variant=variant,
                    record=record,
                    free=self._get_whatsapp_answers(
                        sending._get_template_lang(variant, lang)
                    ),
                    at=at,
                    priority=0 if by_hand else PRIORITY,
                )
            )
        return letters, refusals

    def _get_whatsapp_obstacle(self, record, contact, channel):
        """Why ``record`` can't even have a letter, as a sentence."""
        template = self.whatsapp_template_id
        company = "company_id" in record._fields and record.sudo().company_id
        if company and company != template.company_id:
            return self.env._(
                "%(name)s belongs to another company than the template %(template)s.",
                name=record.display_name,
                template=template.name,
            )
        if isinstance(contact, str):
            return contact
        if not channel:
            return self.env._(
                "The account %(name)s has no number in use.",
                name=template.account_id.name,
            )
        if not self._get_whatsapp_variant(contact.lang, channel):
            return self.env._(
                "%(name)s is not approved, or not enabled, for sending.",
                name=template.name,
            )
        return None

    def _get_whatsapp_variant(self, lang, channel):
        """The language that the contact speaks, else one that the number does."""
        langs = [lang, channel.lang, channel.company_id.partner_id.lang]
        return self.whatsapp_template_id._get_variant(langs)[0]

    def _get_whatsapp_answers(self, lang):
        values = self.whatsapp_value_ids.with_context(lang=lang)
        return {value.key: value.text or "" for value in values}

    def _get_whatsapp_time(self):
        """When the messages go, a whole minute; None: at once."""
        if not self.whatsapp_delay:
            return None
        delay = relativedelta(**{self.whatsapp_delay_unit: self.whatsapp_delay})
        at = fields.Datetime.now() + delay + relativedelta(seconds=59)
        return at.replace(second=0)

    def _get_whatsapp_channels(self):
        """The numbers in use that it may send from, the preferred one first."""
        chosen = self.whatsapp_channel_id.filtered("active")
        if self.whatsapp_channel_rule == "fixed":
            return chosen
        return chosen | self.whatsapp_template_id.account_id.channel_ids

    def _choose_whatsapp_channels(self, contacts):
        """The number that each record's message goes from.

        :param contacts: dict record → contact, or a sentence that says why not
        :return: dict record → channel
        """
        channels = self._get_whatsapp_channels()
        if self.whatsapp_channel_rule == "fixed":
            return dict.fromkeys(contacts, channels)
        latest = self._get_latest_whatsapp_channels(contacts.values(), channels)
        chosen = {}
        for record, contact in contacts.items():
            own = self.env["whatsapp.channel"]
            if "whatsapp_conversation_id" in record._fields:
                own = record.whatsapp_conversation_id.channel_id & channels
            chosen[record] = own or latest.get(contact) or channels[:1]
        return chosen

    def _get_latest_whatsapp_channels(self, contacts, channels):
        """Where the latest chat of each contact is: dict contact → channel."""
        threads = self.env["discuss.channel"].search(
            [
                (
                    "whatsapp_contact_id",
                    "in",
                    [c.id for c in contacts if not isinstance(c, str)],
                ),
                ("whatsapp_channel_id", "in", channels.ids),
            ],
            order="last_interest_dt NULLS FIRST, id",
        )
        return {t.whatsapp_contact_id: t.whatsapp_channel_id for t in threads}

    def _queue_whatsapp(self, sending, letters):
        """Queue what can go; of the rest each letter tells why it can't.

        If something raises, a missing right or a report that can't be printed, it
        concerns its own letter only.
        """
        if not letters:
            return
        try:
            with self.env.cr.savepoint():
                sending._send(letters)
        except (UserError, QWebError) as error:
            if len(letters) > 1:
                for letter in letters:
                    self._queue_whatsapp(sending, [letter])
                return
            _logger.info("WhatsApp action %s: %s", self.id, error)
            letters[0].refusal = str(error)

    def _note_whatsapp_refusals(self, refusals):
        """A line in the chatter of each record that gets no message."""
        if not refusals or not hasattr(next(iter(refusals)), "_message_log_batch"):
            for record, reason in refusals.items():
                _logger.info("WhatsApp action %s, %s: %s", self.id, record, reason)
            return
        records = next(iter(refusals)).union(*refusals)
        records.with_user(SUPERUSER_ID)._message_log_batch(
            bodies={
                record.id: self.env._(
                    "The WhatsApp message “%(template)s” was not sent. %(reason)s",
                    template=self.whatsapp_template_id.name,
                    reason=reason,
                )
                for record, reason in refusals.items()
            }
        )
