from odoo import api, fields, models
from odoo.exceptions import UserError

from ..tools.elapsed import elapsed

ACTIVE_STATES = ("waiting", "open", "expired")


class WhatsappConversation(models.Model):
    """One exchange in a thread: begins, is answered, ends."""

    _name = "whatsapp.conversation"
    _description = "WhatsApp Conversation"
    _order = "id DESC"
    _rec_name = "contact_id"

    thread_id = fields.Many2one(
        "discuss.channel", required=True, ondelete="cascade", index=True
    )
    channel_id = fields.Many2one(
        "whatsapp.channel", required=True, ondelete="restrict", index=True
    )
    contact_id = fields.Many2one(
        "whatsapp.contact",
        string="WhatsApp contact",
        required=True,
        ondelete="restrict",
        index=True,
    )
    company_id = fields.Many2one(
        related="channel_id.company_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        related="contact_id.partner_id", store=True, precompute=True, index=True
    )
    is_ambiguous = fields.Boolean(related="contact_id.is_ambiguous")
    state = fields.Selection(
        [
            ("waiting", "Waiting for the contact"),
            ("open", "Open"),
            ("expired", "Window closed"),
            ("closed", "Closed"),
        ],
        required=True,
        default="open",
        index=True,
        group_expand="_get_columns",
    )
    user_id = fields.Many2one("res.users", string="Assigned to", index=True)
    team_id = fields.Many2one("helpdesk.ticket.team")
    ticket_ids = fields.One2many(
        "helpdesk.ticket",
        "whatsapp_conversation_id",
        string="Tickets",
        context={"active_test": False},
    )
    ticket_id = fields.Many2one("helpdesk.ticket", compute="_compute_ticket_id")
    message_ids = fields.One2many("whatsapp.message", "conversation_id")
    origin_model = fields.Char(readonly=True)
    origin_id = fields.Many2oneReference(
        model_field="origin_model",
        readonly=True,
        help="The record from which we opened this conversation: answers return to it.",
    )
    origin_user_id = fields.Many2one("res.users", readonly=True)
    window_until = fields.Datetime(related="thread_id.whatsapp_window_until")
    first_mail_message_id = fields.Many2one(
        "mail.message", ondelete="set null", index="btree_not_null"
    )
    last_message_text = fields.Char(string="Last message", readonly=True)
    opened_at = fields.Datetime(default=fields.Datetime.now, readonly=True)
    waiting_since = fields.Datetime(
        readonly=True, help="Since when the contact has been waiting for an answer."
    )
    waiting_time = fields.Char(string="Waiting", compute="_compute_waiting_time")
    first_answer_at = fields.Datetime(readonly=True)
    last_inbound_at = fields.Datetime(readonly=True)
    closed_at = fields.Datetime(readonly=True)
    ticket_due_at = fields.Datetime(
        readonly=True, help="When a ticket is opened if nobody has answered."
    )

    _one_active_per_thread = models.UniqueIndex(
        "(thread_id) WHERE state != 'closed'",
        "This chat already has an active conversation.",
    )
    _ticket_due_idx = models.Index("(ticket_due_at) WHERE ticket_due_at IS NOT NULL")

    @api.depends("ticket_ids")
    def _compute_ticket_id(self):
        for conversation in self:
            conversation.ticket_id = conversation.ticket_ids[:1]

    @api.depends("waiting_since")
    @api.depends_context("lang")
    def _compute_waiting_time(self):
        for conversation in self:
            conversation.waiting_time = elapsed(self.env, conversation.waiting_since)

    @api.model
    def _get_columns(self, states, domain):
        """The columns of the board: what can be answered by text comes first."""
        order = ("open", "waiting", "expired", "closed")
        return sorted(states, key=order.index)

    # -- life -------------------------------------------------------------------------

    @api.model
    def _prepare_vals(self, thread, **values):
        channel = thread.whatsapp_channel_id
        return {
            "thread_id": thread.id,
            "channel_id": channel.id,
            "contact_id": thread.whatsapp_contact_id.id,
            "team_id": channel.ticket_team_id.id or channel.team_ids[:1].id,
            "state": "open" if thread._whatsapp_window_is_open() else "waiting",
            **values,
        }

    @api.model
    def _for_inbound(self, threads):
        """The conversation that an inbound message of each thread belongs to.

        Active ones go on. One closed within the channel's hours is reopened, with its
        ticket. Otherwise a new one begins.

        :return: dict thread → conversation
        """
        by_thread = {c.thread_id: c for c in self._search_active(threads)}
        missing = threads.filtered(lambda t: t not in by_thread)
        for last in self._search_last(missing).filtered(lambda c: c._may_reopen()):
            last._reopen()
            by_thread[last.thread_id] = last
        brand_new = missing.filtered(lambda t: t not in by_thread)
        created = self.create([self._prepare_vals(t) for t in brand_new])
        by_thread.update({c.thread_id: c for c in created})
        return by_thread

    @api.model
    def _for_outbound(self, thread):
        """The conversation that a word of ours belongs to; an empty one: a new begins.

        One more word after the closing reopens nothing; the answer to it does.
        """
        active = self._search_active(thread)
        return active or self._search_last(thread).filtered(lambda c: c._may_reopen())

    def _may_reopen(self):
        """Whether an answer continues this closed conversation, with its ticket."""
        self.ensure_one()
        hours = self.channel_id.reopen_hours
        since = fields.Datetime.subtract(fields.Datetime.now(), hours=hours)
        return bool(hours and self.closed_at and self.closed_at >= since)

    @api.model
    def _search_active(self, threads):
        return self.search(
            [("thread_id", "in", threads.ids), ("state", "in", ACTIVE_STATES)]
        )

    @api.model
    def _search_last(self, threads):
        """The latest conversation of each thread."""
        rows = self._read_group(
            [("thread_id", "in", threads.ids)], ["thread_id"], ["id:max"]
        )
        return self.browse([last_id for _thread, last_id in rows])

    def _note_inbound(self, first_at, last_at, text, *, waits=True):
        """Messages of the contact came in: the window is open, they wait for an answer.

        One that comes late, after an outage, may find the window closed again.

        :param waits: False if all were keywords: those are answered by themselves
        """
        self.ensure_one()
        window_is_open = self.thread_id._whatsapp_window_is_open()
        vals = {
            "state": "open" if window_is_open else "expired",
            "last_inbound_at": max(last_at, self.last_inbound_at or last_at),
            "last_message_text": text,
        }
        if waits and not self.waiting_since:
            vals["waiting_since"] = first_at
        self.write(vals)

    def _note_outbound(self, text, user):
        """Somebody answered; whoever answers an unassigned chat takes it."""
        self.ensure_one()
        now = fields.Datetime.now()
        vals = {"last_message_text": text, "waiting_since": False}
        if not self.first_answer_at and self.last_inbound_at:
            vals["first_answer_at"] = now
        if self.ticket_due_at:
            vals["ticket_due_at"] = False
        if user and not self.user_id and not user.share:
            vals["user_id"] = user.id
        self.write(vals)

    def _close(self):
        """End the conversation; the next message may reopen it."""
        active = self.filtered(lambda c: c.state != "closed")
        active.write(
            {
                "state": "closed",
                "closed_at": fields.Datetime.now(),
                "waiting_since": False,
                "ticket_due_at": False,
            }
        )
        # The partial unique index must see the new state before any insert does.
        active.flush_recordset(["state"])
        active.thread_id._whatsapp_unpin()
        active.thread_id._whatsapp_broadcast()

    def _reopen(self):
        self.write({"state": "open", "closed_at": False})
        self.flush_recordset(["state"])
        self.ticket_ids._whatsapp_reopen()

    @api.model
    def _expire(self):
        """Mark conversations whose window closed; called by the housekeeping."""
        now = fields.Datetime.now()
        expired = self.search(
            [
                ("state", "=", "open"),
                ("thread_id.whatsapp_window_until", "<=", now),
            ],
            limit=1000,
        )
        expired._set_expired()
        return len(expired)

    def _set_expired(self):
        """Free text can't go any more; a message of either side still continues it."""
        self.filtered(lambda c: c.state == "open").state = "expired"
        self.thread_id._whatsapp_broadcast()

    # -- origin -----------------------------------------------------------------------

    def _get_origin(self):
        """The record from which this conversation was opened, or None."""
        self.ensure_one()
        if not self.origin_model or self.origin_model not in self.env:
            return None
        record = self.env[self.origin_model].browse(self.origin_id).exists()
        return record or None

    def _is_at_home(self, record):
        """Whether all answers go to ``record`` anyway: its origin, or its ticket."""
        self.ensure_one()
        if record._name == self.ticket_ids._name:
            return record in self.ticket_ids
        return (record._name, record.id) == (self.origin_model, self.origin_id)

    def _move_origin(self, previous, partner):
        """It is somebody else: answers go to ``partner`` now, who may be nobody."""
        place = (previous._name, previous.id)
        self.filtered(lambda c: (c.origin_model, c.origin_id) == place).write(
            {
                "origin_model": partner._name if partner else False,
                "origin_id": partner.id,
            }
        )

    def _return_to_origin(self, messages):
        """Tell the record we wrote from, and whoever wrote, that an answer came."""
        self.ensure_one()
        self._return_to(self._get_origin(), self.origin_user_id, messages)

    def _return_to(self, record, user, messages):
        """Note answers in the chatter of ``record``; tell ``user``, else its owner."""
        self.ensure_one()
        if not hasattr(record, "message_post"):
            return
        if not user or user._is_superuser():
            user = record.user_id if "user_id" in record._fields else user.browse()
        for message in messages:
            message.note_id = record.message_post(
                body=message._get_note_text(),
                message_type="notification",
                subtype_xmlid="mail.mt_note",
                author_id=self.contact_id.partner_id.id or None,
                partner_ids=user.partner_id.ids,
            )
        if user:
            self.thread_id._whatsapp_add_users(user)

    def _plan_ticket(self):
        """A ticket is due unless somebody answers within the channel's minutes."""
        for conversation in self.filtered(lambda c: not c.ticket_due_at):
            due = fields.Datetime.add(
                fields.Datetime.now(), minutes=conversation.channel_id.ticket_delay
            )
            conversation.ticket_due_at = due
            self.env["whatsapp.housekeeping"]._wake(due)

    @api.model
    def _search_due_tickets(self):
        """Chats that nobody answered in time."""
        return self.search(
            [
                ("ticket_due_at", "<=", fields.Datetime.now()),
                ("state", "!=", "closed"),
            ]
        )

    def _open_due_ticket(self):
        self.ensure_one()
        self.ticket_due_at = False
        if self.waiting_since and not self.ticket_ids:
            self._create_ticket()

    def _create_ticket(self):
        """Open a ticket of what the contact said so far."""
        self.ensure_one()
        messages = self.env["whatsapp.message"].search(
            [
                ("conversation_id", "=", self.id),
                ("direction", "=", "in"),
                ("mail_message_id", "!=", False),
            ],
            order="id",
        )
        ticket = self.env["helpdesk.ticket"]._whatsapp_create([(self, messages)])
        ours = self.message_ids.filtered(
            lambda m: m.direction == "out" and m.kind != "template"
        )
        ticket._whatsapp_attach(ours.attachment_id)
        self.sudo().thread_id._whatsapp_broadcast()
        return ticket

    def _prepare_member_vals(self):
        """New to the chat: what was said before this conversation is no news."""
        return {"new_message_separator": self.first_mail_message_id.id}

    # -- assigning --------------------------------------------------------------------

    def write(self, vals):
        res = super().write(vals)
        if "user_id" in vals:
            self._after_assignment()
        return res

    def _after_assignment(self):
        """The assignee becomes a member; those who only waited for one leave.

        Without one, everybody is called who may take it.
        """
        for conversation in self.filtered(lambda c: c.state != "closed"):
            thread = conversation.thread_id.sudo()
            thread._whatsapp_add_users(
                conversation.user_id or thread._whatsapp_team_users()
            )
            tickets = conversation.sudo().ticket_ids.filtered(
                lambda t, user=conversation.user_id: t.user_id != user and not t.closed
            )
            if conversation.user_id and tickets:
                tickets.with_context(whatsapp_assigning=True)._whatsapp_assign(
                    conversation.user_id
                )
            thread._whatsapp_prune_members()
            thread._whatsapp_broadcast()

    def _unassign(self):
        """Give chat and ticket back to those who may take them."""
        for conversation in self:
            tickets = conversation.ticket_ids.filtered(
                lambda t, user=conversation.user_id: t.user_id == user
            )
            tickets.user_id = False
            conversation.user_id = False

    # -- buttons ----------------------------------------------------------------------

    def action_assign_to_me(self):
        for conversation in self:
            conversation._check_entitled()
            conversation.sudo().user_id = self.env.user

    def action_close(self):
        """Close the conversation and its ticket."""
        for conversation in self:
            conversation._check_entitled()
            conversation.sudo().ticket_ids._whatsapp_close()
            conversation.sudo()._close()

    def action_reopen(self):
        for conversation in self:
            conversation._check_entitled()
            if self._search_active(conversation.thread_id):
                raise UserError(
                    self.env._("This chat already has an active conversation.")
                )
            conversation.sudo()._reopen()
            conversation.sudo().thread_id._whatsapp_broadcast()

    def _check_entitled(self):
        self.ensure_one()
        self.thread_id._whatsapp_check_entitled()

    def action_open_chat(self):
        self.ensure_one()
        return self.thread_id._whatsapp_open_action()

    def action_open_ticket(self):
        """Open the conversation's ticket, or make one."""
        self.ensure_one()
        self._check_entitled()
        ticket = self.ticket_id or self._create_ticket()
        return {
            "type": "ir.actions.act_window",
            "res_model": "helpdesk.ticket",
            "res_id": ticket.id,
            "views": [(False, "form")],
        }
