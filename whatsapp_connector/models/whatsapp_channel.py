from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ..tools.phone import canonical_number, display_number


class WhatsappChannel(models.Model):
    _name = "whatsapp.channel"
    _description = "WhatsApp Number"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="What your people call this number.")
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    account_id = fields.Many2one(
        "whatsapp.account",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        compute="_compute_company_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    provider = fields.Selection(related="account_id.provider")
    number = fields.Char(
        required=True,
        tracking=True,
        help="The business number with its country prefix, e.g. +34 931 23 45 67.",
    )
    number_id = fields.Char(
        string="Provider's id of the number",
        required=True,
        compute="_compute_number_id",
        store=True,
        precompute=True,
        readonly=False,
        help="How the provider names this number in its calls. Messages that come in "
        "are routed by it.",
    )
    needs_number_id = fields.Boolean(
        string="Provider gives its own id",
        compute="_compute_needs_number_id",
        compute_sudo=True,
    )

    # -- who --------------------------------------------------------------------------

    user_ids = fields.Many2many(
        "res.users",
        string="Users",
        domain=[("share", "=", False)],
        help="May use this number, besides the members of the helpdesk teams.",
    )
    team_ids = fields.Many2many(
        "helpdesk.ticket.team",
        string="Helpdesk teams",
        check_company=True,
        help="The members of these teams see this number's chats and answer them.",
    )

    entitled_user_ids = fields.Many2many(
        "res.users",
        string="Entitled people",
        compute="_compute_entitled_user_ids",
        search="_search_entitled_user_ids",
        compute_sudo=True,
        help="Who may read and write this number's chats: its users and the members of "
        "its teams who have a WhatsApp right.",
    )

    # -- tickets ----------------------------------------------------------------------

    ticket_policy = fields.Selection(
        [
            ("always", "For each new conversation"),
            ("unanswered", "Only if nobody answers in time"),
            ("never", "Never"),
        ],
        required=True,
        default="always",
        string="Open tickets",
    )
    ticket_delay = fields.Integer(
        default=15,
        string="Minutes without an answer",
        help="A ticket is opened if nobody answered the chat within these minutes.",
    )
    ticket_on_reply = fields.Boolean(
        string="Answers open tickets too",
        help="Also open a ticket when somebody answers a message that was sent from a "
        "record (a contact, an opportunity …). Otherwise the answer only returns "
        "there.",
    )
    ticket_team_id = fields.Many2one(
        "helpdesk.ticket.team", string="Team of the ticket", check_company=True
    )
    ticket_category_id = fields.Many2one(
        "helpdesk.ticket.category", string="Category", check_company=True
    )
    ticket_tag_ids = fields.Many2many(
        "helpdesk.ticket.tag", string="Tags", check_company=True
    )
    ticket_priority = fields.Selection(
        [("0", "Low"), ("1", "Medium"), ("2", "High"), ("3", "Very High")],
        default="1",
        required=True,
        string="Priority",
    )
    ticket_assign = fields.Selection(
        [
            ("none", "Nobody: the team picks"),
            ("fixed", "Always the same person"),
            ("salesperson", "The contact's salesperson"),
            ("balanced", "Whoever has fewest open tickets"),
        ],
        required=True,
        default="none",
        string="Assign to",
    )
    ticket_user_id = fields.Many2one(
        "res.users", string="Person", domain=[("share", "=", False)]
    )
    reopen_hours = fields.Integer(
        default=24,
        string="Hours to reopen",
        help="A message that comes within these hours after the conversation was "
        "closed reopens it, and its ticket. Later, a new conversation begins.",
    )

    # -- sending ----------------------------------------------------------------------

    pace = fields.Integer(
        default=20,
        required=True,
        string="Messages per second",
        help="Never sends faster than this. WhatsApp's own limit is 80 per number "
        "unless yours was raised.",
    )
    pair_pace = fields.Integer(
        default=30,
        required=True,
        string="Messages per minute to one person",
        help="WhatsApp refuses more than a burst of 45 messages to the same person.",
    )
    utility_to_opted_out = fields.Boolean(
        string="Utility messages reach the opted-out",
        help="Whoever wrote STOP still gets utility templates, such as the news of "
        "their ticket. Never advertising.",
    )
    send_receipts = fields.Boolean(
        string="Show that messages were read",
        default=True,
        help="The contact sees blue ticks once one of your people has opened the chat "
        "or answered.",
    )
    show_typing = fields.Boolean(
        string="Show that an answer is written",
        compute="_compute_show_typing",
        store=True,
        readonly=False,
        help="The contact sees “typing…” while one of your people writes. To WhatsApp "
        "their message counts as read then.",
    )
    lang = fields.Selection(
        selection=lambda self: self.env["res.lang"].get_installed(),
        string="Language",
        help="Of automatic texts, where the contact's own language isn't known.",
    )

    can_backfill = fields.Boolean(compute="_compute_capabilities")
    can_configure_webhooks = fields.Boolean(compute="_compute_capabilities")
    can_send_receipts = fields.Boolean(compute="_compute_capabilities")
    can_show_typing = fields.Boolean(compute="_compute_capabilities")
    backfill_since = fields.Datetime(
        string="Fetching messages since", readonly=True, copy=False
    )

    # -- set-up checklist -------------------------------------------------------------

    number_owned = fields.Boolean(
        string="The number is yours",
        help="You can read an SMS or take a call on it today.",
    )
    number_free = fields.Boolean(
        string="Not used by a WhatsApp app",
        help="Nobody uses it in the WhatsApp or WhatsApp Business app: delete that "
        "account first, its chats don't move here.",
    )
    number_reachable = fields.Boolean(
        string="Takes calls or SMS",
        help="WhatsApp sends a code to it once, when you register it.",
    )
    business_verified = fields.Boolean(
        related="account_id.business_verified", readonly=False
    )
    credentials_ok = fields.Boolean(related="account_id.credentials_ok")
    webhook_url = fields.Char(
        related="account_id.webhook_url", groups="base.group_system"
    )
    public_url_ok = fields.Boolean(related="account_id.public_url_ok")
    webhook_configured = fields.Boolean(
        string="Webhooks in place",
        compute="_compute_webhook_configured",
        help="The provider calls the account's webhook address. Ticked by itself with "
        "the first call.",
    )
    webhook_mark = fields.Char(
        readonly=True,
        copy=False,
        groups="base.group_system",
        help="Provider and address that messages came from, or that it was told.",
    )
    first_inbound_at = fields.Datetime(
        string="First message received", readonly=True, copy=False
    )
    first_delivered_at = fields.Datetime(
        string="First message delivered", readonly=True, copy=False
    )
    setup_done = fields.Integer(compute="_compute_setup_done")
    setup_steps = fields.Integer(compute="_compute_setup_done")

    # -- health -----------------------------------------------------------------------

    last_inbound_at = fields.Datetime(compute="_compute_health")
    last_outbound_at = fields.Datetime(compute="_compute_health")
    last_error = fields.Char(string="Last error", compute="_compute_health")
    queued_count = fields.Integer(
        string="Waiting to be sent", compute="_compute_health"
    )
    event_waiting_count = fields.Integer(related="account_id.event_waiting_count")
    event_failed_count = fields.Integer(related="account_id.event_failed_count")
    fault = fields.Char(related="account_id.fault")
    quality = fields.Selection(
        [("green", "High"), ("yellow", "Medium"), ("red", "Low")],
        readonly=True,
        copy=False,
        tracking=True,
        help="What people think of this number's messages, by WhatsApp, as far as the "
        "provider tells: whoever blocks or reports them lowers it.",
    )
    quality_since = fields.Datetime(readonly=True, copy=False)
    standing = fields.Selection(related="account_id.standing")
    troubles = fields.Text(related="account_id.troubles")
    open_conversation_count = fields.Integer(compute="_compute_conversation_count")

    _number_id_unique = models.Constraint(
        "UNIQUE(account_id, number_id)", "This account already has that number."
    )
    _pace_positive = models.Constraint(
        "CHECK(pace > 0 AND pair_pace > 0)", "The pace must be at least one message."
    )

    # -- constraints and computed -----------------------------------------------------

    @api.constrains("number")
    def _check_number(self):
        for channel in self:
            if canonical_number(channel.number) != channel.number:
                raise ValidationError(
                    self.env._(
                        "%(number)s is not a phone number with its country prefix, "
                        "such as +34 931 23 45 67.",
                        number=channel.number,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        accounts = self.env["whatsapp.account"]
        return super().create(
            [
                self._with_canonical_number(
                    vals, accounts.browse(vals.get("account_id")).company_id
                )
                for vals in vals_list
            ]
        )

    def write(self, vals):
        concerned = {"user_ids", "team_ids"} & vals.keys()
        before = self.entitled_user_ids if concerned else self.env["res.users"]
        res = super().write(self._with_canonical_number(vals, self.company_id[:1]))
        before._whatsapp_revoke()
        return res

    @api.onchange("number", "account_id")
    def _onchange_number(self):
        """Show how the number was understood before it is saved."""
        self.update(
            self._with_canonical_number(
                {"number": self.number}, self.account_id.company_id
            )
        )

    @api.model
    def _with_canonical_number(self, vals, company):
        """``vals`` with the number in E.164, or as it is where that is none.

        :param company: a number without prefix is one of its country
        """
        number = vals.get("number")
        if not number:
            return vals
        if not number.strip().startswith("+"):
            company = company or self.env.company
            country = company.country_id
            number = company._phone_format(number=number, country=country) or number
        return {**vals, "number": canonical_number(number) or vals["number"]}

    @api.depends("account_id")
    def _compute_company_id(self):
        for channel in self:
            channel.company_id = (
                channel.account_id.company_id or channel.company_id or self.env.company
            )

    @api.depends("number", "account_id.provider")
    def _compute_number_id(self):
        for channel in self:
            number = canonical_number(channel.number) if channel.number else False
            if number and channel.account_id:
                default = channel.account_id._transport()._default_number_id(number)
                channel.number_id = default or channel.number_id

    @api.depends("account_id.provider")
    def _compute_needs_number_id(self):
        """Whether the provider gives numbers ids of its own, to be copied by hand."""
        for channel in self:
            transport = channel.account_id._transport() if channel.account_id else None
            channel.needs_number_id = (
                transport is not None
                and transport._default_number_id(channel.number or "") is None
            )

    @api.depends("name", "number")
    def _compute_display_name(self):
        for channel in self:
            number = display_number(channel.number) if channel.number else ""
            channel.display_name = (
                f"{channel.name} ({number})" if number else (channel.name)
            )

    @api.depends("account_id.provider")
    def _compute_capabilities(self):
        """What the provider can do and this form offers."""
        for channel in self:
            known = channel._get_capabilities() if channel.account_id else None
            channel.can_backfill = bool(known) and known.backfill
            channel.can_configure_webhooks = bool(known) and known.configure_webhooks
            channel.can_send_receipts = bool(known) and known.read_receipts
            channel.can_show_typing = bool(known) and known.typing

    @api.depends("send_receipts")
    def _compute_show_typing(self):
        for channel in self:
            channel.show_typing = channel.send_receipts

    @api.depends("webhook_mark", "account_id.provider", "account_id.webhook_url")
    def _compute_webhook_configured(self):
        """Another provider, key or public address has to be made known anew."""
        for channel in self.sudo():
            account = channel.account_id
            mark = account and account._get_webhook_mark()
            channel.webhook_configured = bool(mark) and channel.webhook_mark == mark

    @api.depends(lambda self: self._get_setup_fields())
    def _compute_setup_done(self):
        steps = self._get_setup_fields()
        for channel in self:
            channel.setup_steps = len(steps)
            channel.setup_done = sum(bool(channel[name]) for name in steps)

    @api.model
    def _get_setup_fields(self):
        """The checklist, in the order in which a newcomer goes through it."""
        return (
            "number_owned",
            "number_free",
            "number_reachable",
            "business_verified",
            "credentials_ok",
            "public_url_ok",
            "webhook_configured",
            "first_inbound_at",
            "first_delivered_at",
        )

    def _compute_health(self):
        messages = self.env["whatsapp.message"].sudo()
        queued = dict(
            messages._read_group(
                [("channel_id", "in", self.ids), ("state", "=", "queued")],
                ["channel_id"],
                ["__count"],
            )
        )
        for channel in self:
            mine = Domain("channel_id", "in", channel.ids)
            incoming, outgoing, failed = (
                messages.search(mine & Domain(*condition), order="id DESC", limit=1)
                for condition in (
                    ("direction", "=", "in"),
                    ("direction", "=", "out"),
                    ("state", "=", "failed"),
                )
            )
            channel.last_inbound_at = incoming.create_date
            channel.last_outbound_at = outgoing.create_date
            channel.last_error = failed.failure_reason
            channel.queued_count = queued.get(channel, 0)

    def _compute_conversation_count(self):
        counts = dict(
            self.env["whatsapp.conversation"]._read_group(
                [("channel_id", "in", self.ids), ("state", "!=", "closed")],
                ["channel_id"],
                ["__count"],
            )
        )
        for channel in self:
            channel.open_conversation_count = counts.get(channel, 0)

    # -- entitlement ------------------------------------------------------------------

    @api.depends(
        "company_id",
        "user_ids.active",
        "user_ids.group_ids",
        "user_ids.company_ids",
        "team_ids.active",
        "team_ids.user_ids.active",
        "team_ids.user_ids.group_ids",
        "team_ids.user_ids.company_ids",
    )
    def _compute_entitled_user_ids(self):
        for channel in self:
            users = channel.user_ids | channel.team_ids.filtered("active").user_ids
            channel.entitled_user_ids = channel._filter_entitled(users)

    @api.model
    def _search_entitled_user_ids(self, operator, value):
        """For the record rules, which ask for the groups by themselves."""
        if operator != "in":
            return NotImplemented
        return Domain("user_ids", "in", value) | Domain(
            "team_ids", "any", [("active", "=", True), ("user_ids", "in", value)]
        )

    def _filter_entitled(self, users):
        """Of ``users``, those who may use WhatsApp in this number's company."""
        self.ensure_one()
        return users.sudo().filtered(
            lambda u: (
                u.active
                and not u.share
                and u.has_group("whatsapp_connector.group_whatsapp_user")
                and self.company_id in u.company_ids
            )
        )

    def _is_entitled(self, user):
        """Whether ``user`` may read and write chats of this number."""
        self.ensure_one()
        manager = user.has_group("whatsapp_connector.group_whatsapp_manager")
        return (
            manager and self.company_id in user.company_ids
        ) or user in self.entitled_user_ids

    # -- sending ----------------------------------------------------------------------

    def _get_capabilities(self):
        self.ensure_one()
        return self.sudo().account_id._get_capabilities()

    def _check_can_send(self):
        """Raise if nothing can be sent through this channel, saying why."""
        self.ensure_one()
        if not self.active:
            raise UserError(
                self.env._("The number %(name)s is archived.", name=self.name)
            )
        if self.sudo().account_id.provider == "none":
            raise UserError(
                self.env._(
                    "The account of %(name)s has no provider: an administrator must "
                    "choose one first.",
                    name=self.name,
                )
            )

    def _shows_receipts(self):
        """Whether contacts see that their messages were read."""
        self.ensure_one()
        return self.send_receipts and self._get_capabilities().read_receipts

    def _shows_typing(self):
        """Whether contacts see that an answer is being written."""
        self.ensure_one()
        return self.show_typing and self._get_capabilities().typing

    # -- milestones -------------------------------------------------------------------

    def _note_first(self, field, at=None):
        """Fill a milestone of the checklist, once."""
        first = self.sudo().filtered(lambda c: not c[field])
        if first:
            first[field] = at or fields.Datetime.now()

    def _note_webhook(self):
        """The provider knows the present address of the webhook."""
        for channel in self.sudo():
            mark = channel.account_id._get_webhook_mark()
            if channel.webhook_mark != mark:
                channel.webhook_mark = mark

    def _note_quality(self, quality, at):
        """WhatsApp's opinion of the number changed.

        :param quality: as a provider's news has it; ``unknown`` is no opinion
        :param at: since when, naive UTC
        """
        self.ensure_one()
        value = False if quality == "unknown" else quality
        if value == self.quality or (self.quality_since and self.quality_since > at):
            return
        self.write({"quality": value, "quality_since": at})
        self.sudo().account_id._refresh_troubles(is_worse=value == "red")

    # -- backfill ---------------------------------------------------------------------

    def action_backfill(self):
        """Have the provider asked, in the background, for a day's missing messages."""
        self.check_access("write")
        for channel in self:
            if not channel._get_capabilities().backfill:
                raise UserError(
                    self.env._("This provider can't be asked for missed messages.")
                )
        self._plan_backfill(fields.Datetime.now() - timedelta(days=1))
        self.env["whatsapp.housekeeping"]._wake()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "The provider is being asked for the last day's messages. Those "
                    "that are missing will appear in their chats."
                ),
                "type": "info",
            },
        }

    def _plan_backfill(self, since):
        """Have missed messages fetched; what was planned before isn't forgotten."""
        for channel in self:
            channel.backfill_since = min(channel.backfill_since or since, since)

    # -- buttons ----------------------------------------------------------------------

    def action_view_conversations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_conversation_action"
        )
        return {
            **action,
            "domain": [("channel_id", "=", self.id)],
            "context": {"search_default_active": 1},
        }

    def action_view_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_message_action"
        )
        return {**action, "domain": [("channel_id", "=", self.id)], "context": {}}

    def action_test_connection(self):
        self.ensure_one()
        return self.account_id.action_test_connection()

    def action_configure_webhooks(self):
        self.ensure_one()
        return self.account_id.action_configure_webhooks()
