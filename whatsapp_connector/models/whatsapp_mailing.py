from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

ALERT_ACTIVITY = "mail.mail_activity_data_warning"
#: States in which the work engine moves lines.
AT_WORK = ("preparing", "running")
#: Message states that are no longer ours to hurry.
GONE_OUT = ("sent", "delivered", "read")


class WhatsappMailing(models.Model):
    """One template to many records: paced, resumable, and once a person.

    Its lines are the records as they were chosen. The work engine looks their contacts
    up (*preparing*), then hands them over to the outbox batch by batch (*running*).
    """

    _name = "whatsapp.mailing"
    _description = "WhatsApp Mass Message"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id DESC"
    _mail_post_access = "read"

    name = fields.Char(required=True)
    template_id = fields.Many2one(
        "whatsapp.template", required=True, ondelete="restrict", index=True
    )
    channel_id = fields.Many2one(
        "whatsapp.channel",
        string="Number",
        required=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        related="channel_id.company_id", store=True, precompute=True
    )
    model = fields.Char(required=True)
    model_name = fields.Char(string="Kind of record", compute="_compute_model_name")
    recipient_path = fields.Char(
        string="Way to the contact",
        help="The field that leads from the record to the contact who gets it.",
    )
    free_values = fields.Json(help="What was written for all, by place and name.")
    user_id = fields.Many2one(
        "res.users",
        string="Sent by",
        required=True,
        help="With whose rights the records are read.",
    )
    state = fields.Selection(
        [
            ("preparing", "Preparing"),
            ("running", "Sending"),
            ("paused", "Paused"),
            ("done", "Done"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="preparing",
        tracking=True,
        index=True,
    )
    reason = fields.Char(string="Paused because", tracking=True)
    scheduled_at = fields.Datetime(string="Begins at")
    waiting_until = fields.Datetime(help="Nothing is handed over until then.")
    is_limited = fields.Boolean(help="It waits for the day's limit of new people.")
    resumed_at = fields.Datetime(
        help="What went wrong before then doesn't pause it again."
    )
    known_troubles = fields.Json(
        help="What was wrong with the template when somebody sent or resumed it."
    )
    recall_pending = fields.Boolean(
        help="What is in the outbox's queue has to be taken back."
    )
    ended_at = fields.Datetime(string="Ended")
    note = fields.Char(compute="_compute_note")
    line_ids = fields.One2many("whatsapp.mailing.line", "mailing_id")
    line_count = fields.Integer(string="Recipients", compute="_compute_counts")
    waiting_count = fields.Integer(string="Waiting", compute="_compute_counts")
    skipped_count = fields.Integer(string="Left out", compute="_compute_counts")
    queued_count = fields.Integer(string="In the queue", compute="_compute_counts")
    sent_count = fields.Integer(string="Sent", compute="_compute_counts")
    delivered_count = fields.Integer(string="Delivered", compute="_compute_counts")
    read_count = fields.Integer(string="Read", compute="_compute_counts")
    failed_count = fields.Integer(string="Failed", compute="_compute_counts")
    unknown_count = fields.Integer(string="Unknown", compute="_compute_counts")
    cancelled_count = fields.Integer(string="Taken back", compute="_compute_counts")
    progress = fields.Float(compute="_compute_counts")
    reasons_html = fields.Html(
        string="Reasons", compute="_compute_reasons_html", sanitize=False
    )

    _work_idx = models.Index(
        "(id) WHERE state IN ('preparing', 'running') OR recall_pending"
    )

    # -- computed ---------------------------------------------------------------------

    @api.depends("model")
    @api.depends_context("lang")
    def _compute_model_name(self):
        for mailing in self:
            model = self.env["ir.model"]._get(mailing.model)
            mailing.model_name = model.name or mailing.model

    @api.depends("line_ids.state", "line_ids.message_id.state")
    def _compute_counts(self):
        counts = self._count_lines()
        for mailing in self:
            mine = counts.get(mailing.id, {})
            total = sum(mine.values())
            waiting = mine.get("new", 0) + mine.get("waiting", 0)
            queued = mine.get("queued", 0) + mine.get("sending", 0)
            mailing.line_count = total
            mailing.waiting_count = waiting
            mailing.skipped_count = mine.get("skipped", 0)
            mailing.queued_count = queued
            mailing.sent_count = sum(mine.get(state, 0) for state in GONE_OUT)
            mailing.delivered_count = mine.get("delivered", 0) + mine.get("read", 0)
            mailing.read_count = mine.get("read", 0)
            mailing.failed_count = mine.get("failed", 0)
            mailing.unknown_count = mine.get("unknown", 0)
            mailing.cancelled_count = mine.get("cancelled", 0)
            settled = total - waiting - queued
            mailing.progress = 100 * settled / total if total else 0

    def _count_lines(self):
        """How many lines came to which result: dict id → dict result → count."""
        groups = (
            self.env["whatsapp.mailing.line"]
            .sudo()
            ._read_group(
                [("mailing_id", "in", self.ids)],
                ["mailing_id", "state", "message_state"],
                ["__count"],
            )
        )
        counts = {}
        for mailing, state, message_state, count in groups:
            mine = counts.setdefault(mailing.id, {})
            result = (message_state or "cancelled") if state == "handed" else state
            mine[result] = mine.get(result, 0) + count
        return counts

    @api.depends("state", "waiting_until", "is_limited", "reason")
    @api.depends_context("lang", "tz")
    def _compute_note(self):
        for mailing in self:
            mailing.note = mailing._get_note()

    def _get_note(self):
        """What a manager has to know about its present state; False: nothing."""
        self.ensure_one()
        if self.state == "paused":
            return self.reason
        if self.state != "running" or not self.waiting_until:
            return False
        if self.waiting_until <= fields.Datetime.now():
            return False
        when = format_datetime(self.env, self.waiting_until)
        if self.is_limited:
            return self.env._(
                "The day's limit of new people (%(limit)s) is reached. It goes on by "
                "itself on %(when)s.",
                limit=self._get_account().daily_limit,
                when=when,
            )
        return self.env._("It begins on %(when)s.", when=when)

    def _get_account(self):
        """The account that it is sent from."""
        self.ensure_one()
        return self.channel_id.sudo().account_id

    @api.depends("line_ids.state", "line_ids.message_id.state")
    @api.depends_context("lang")
    def _compute_reasons_html(self):
        for mailing in self:
            rows = mailing._get_reasons()
            mailing.reasons_html = rows and self.env["ir.qweb"]._render(
                "whatsapp_connector.mailing_reasons", {"rows": rows}
            )

    def _get_reasons(self):
        """Why people didn't get it: list of dicts with ``count`` and ``text``."""
        self.ensure_one()
        lines = self.env["whatsapp.mailing.line"].sudo()
        mine = [("mailing_id", "in", self.ids)]
        labels = dict(lines._fields["skip_kind"]._description_selection(self.env))
        rows = [
            {"count": count, "text": labels.get(kind, kind), "kind": "skipped"}
            for kind, count in lines._read_group(
                [*mine, ("state", "=", "skipped")], ["skip_kind"], ["__count"]
            )
        ]
        rows += [
            {
                "count": count,
                "text": self._get_account()._transport()._translate(sentence),
                "kind": state,
            }
            for state, sentence, count in lines._read_group(
                [*mine, ("result", "in", ("failed", "unknown"))],
                ["message_state", "failure"],
                ["__count"],
            )
            if sentence
        ]
        return sorted(rows, key=lambda row: -row["count"])

    # -- beginning --------------------------------------------------------------------

    @api.model
    def _launch(self, vals, record_ids):
        """Make a mailing of these records; the work engine takes it from there.

        :param vals: values of this model
        """
        self._check_manager()
        mailing = self.sudo().create(
            {
                **vals,
                "user_id": self.env.uid,
                "waiting_until": vals.get("scheduled_at"),
                "resumed_at": fields.Datetime.now(),
            }
        )
        mailing.known_troubles = list(mailing._get_template_troubles())
        mailing.line_ids.create(
            [
                {"mailing_id": mailing.id, "record_id": record_id}
                for record_id in dict.fromkeys(record_ids)
            ]
        )
        self.env["whatsapp.mailing.work"]._wake()
        return mailing.with_env(self.env)

    def _get_template_troubles(self):
        """What WhatsApp holds against the template: dict from a key to a sentence.

        Whoever sends or resumes it knows what there is then: only news pause it.
        """
        self.ensure_one()
        troubles = {}
        for variant in self.sudo().template_id.variant_ids:
            if variant.state in ("paused", "disabled"):
                troubles[f"{variant.id}:{variant.state}"] = self.env._(
                    "WhatsApp stopped %(name)s: %(reason)s",
                    name=variant.display_name,
                    reason=variant.reason or "—",
                )
            elif variant.quality == "red":
                troubles[f"{variant.id}:red"] = self.env._(
                    "People often block or report %(name)s: its quality is low, and "
                    "WhatsApp may pause it.",
                    name=variant.display_name,
                )
        return troubles

    def _get_sender_env(self):
        """The environment of whoever sends it."""
        self.ensure_one()
        user = self.user_id
        return self.env(
            user=user.id,
            su=False,
            context={
                "lang": user.lang,
                "tz": user.tz,
                "allowed_company_ids": self.company_id.ids,
            },
        )

    # -- pausing ----------------------------------------------------------------------

    def _pause(self, reason):
        """Stop handing over, and have what is in the queue taken back."""
        self.write({"state": "paused", "reason": reason, "recall_pending": True})

    def _alert(self, reason):
        """It paused by itself: the managers have to look at it."""
        self.ensure_one()
        for user in self._get_managers():
            self.activity_schedule(
                ALERT_ACTIVITY,
                user_id=user.id,
                summary=self.env._("A mass message was paused"),
                note=reason,
            )

    def _get_managers(self):
        group = self.env.ref("whatsapp_connector.group_whatsapp_manager")
        return self.company_id.sudo()._whatsapp_get_people(group)

    # -- buttons ----------------------------------------------------------------------

    def _check_manager(self):
        """Raise unless the current user may send to lists, in this company."""
        self.check_access("read")
        if not self.env.user.has_group("whatsapp_connector.group_whatsapp_manager"):
            raise AccessError(self.env._("Only WhatsApp managers may do this."))

    def _check_state(self, *states):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for mailing in self:
            if mailing.state not in states:
                raise UserError(
                    self.env._(
                        "%(name)s: this isn't possible while it is “%(state)s”.",
                        name=mailing.name,
                        state=labels[mailing.state],
                    )
                )

    def action_pause(self):
        self._check_manager()
        self._check_state(*AT_WORK)
        reason = self.env._("%(name)s paused it.", name=self.env.user.name)
        self.sudo()._pause(reason)
        self._wake_work()

    def action_resume(self):
        self._check_manager()
        self._check_state("paused")
        for mailing in self.sudo():
            mailing._resume()
        self._wake_work()

    def _resume(self):
        self.ensure_one()
        is_new = "new" in self._count_lines().get(self.id, {})
        self.write(
            {
                "state": "preparing" if is_new else "running",
                "reason": False,
                "resumed_at": fields.Datetime.now(),
                "known_troubles": list(self._get_template_troubles()),
                "ended_at": False,
            }
        )
        if not self._is_sender_entitled():
            self.user_id = self.env.user
        self.activity_unlink([ALERT_ACTIVITY])

    def _is_sender_entitled(self):
        """Whether whoever sends it is still one of the managers."""
        self.ensure_one()
        return self.user_id._is_superuser() or self.user_id in self._get_managers()

    def action_cancel(self):
        """Nobody else gets it; what is in the queue is taken back."""
        self._check_manager()
        self._check_state(*AT_WORK, "paused")
        self.sudo().write(
            {
                "state": "cancelled",
                "recall_pending": True,
                "reason": False,
                "ended_at": fields.Datetime.now(),
            }
        )
        self.sudo().activity_unlink([ALERT_ACTIVITY])
        self._wake_work()

    def action_retry_failed(self):
        """Another try for all that failed."""
        self._retry(self._search_lines("failed"))

    def action_retry_unknown(self):
        """Another try where nobody knows: some may get it twice."""
        self._retry(self._search_lines("unknown"))

    def _search_lines(self, *results):
        return self.env["whatsapp.mailing.line"].search(
            [("mailing_id", "in", self.ids), ("result", "in", results)]
        )

    def _retry(self, lines):
        """Have ``lines`` handed over again, with a new message each.

        The line keeps the old one until then: what is sent again stays where it was in
        the chat.
        """
        self._check_manager()
        lines = lines.sudo().filtered(
            lambda line: line.result in ("failed", "unknown", "skipped", "cancelled")
        )
        if not lines:
            raise UserError(self.env._("There is nothing to send again."))
        for line in lines:
            line.write(
                {
                    "state": "waiting" if line.contact_id else "new",
                    "skip_kind": False,
                    "skip_reason": False,
                }
            )
        for mailing in lines.mailing_id:
            mailing._resume()
        self._wake_work()

    def _wake_work(self):
        self.env["whatsapp.mailing.work"]._wake()

    def action_view_lines(self):
        """The recipients; only those of ``result``, if the context has one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_mailing_line_action"
        )
        result = self.env.context.get("result")
        return {
            **action,
            "domain": [("mailing_id", "=", self.id)],
            "context": {f"search_default_{result}": 1} if result else {},
        }
