from collections import Counter

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ..tools.elapsed import elapsed
from ..tools.greeting import title
from ..wire.items import CHANGES
from ..wire.text import to_html


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    whatsapp_conversation_id = fields.Many2one(
        "whatsapp.conversation", readonly=True, copy=False, ondelete="set null"
    )
    whatsapp_thread_id = fields.Many2one(
        "discuss.channel",
        string="WhatsApp chat",
        related="whatsapp_conversation_id.thread_id",
    )
    whatsapp_contact_id = fields.Many2one(
        related="whatsapp_conversation_id.contact_id", string="WhatsApp contact"
    )
    whatsapp_state = fields.Selection(
        related="whatsapp_conversation_id.state", string="WhatsApp"
    )
    whatsapp_window_until = fields.Datetime(
        related="whatsapp_conversation_id.window_until"
    )
    whatsapp_waiting_since = fields.Datetime(
        related="whatsapp_conversation_id.waiting_since",
        store=True,
        string="Customer waits since",
    )
    whatsapp_waiting_time = fields.Char(
        string="Customer waits", compute="_compute_whatsapp_waiting_time"
    )
    whatsapp_is_entitled = fields.Boolean(compute="_compute_whatsapp_is_entitled")
    whatsapp_first_message_id = fields.Many2one(
        related="whatsapp_conversation_id.first_mail_message_id"
    )
    whatsapp_unread = fields.Integer(
        string="Unread messages", compute="_compute_whatsapp_unread"
    )
    whatsapp_auto_title = fields.Boolean(copy=False)
    whatsapp_other_ticket_count = fields.Integer(
        compute="_compute_whatsapp_other_ticket_count"
    )

    _one_whatsapp_ticket = models.UniqueIndex(
        "(whatsapp_conversation_id) WHERE whatsapp_conversation_id IS NOT NULL",
        "This conversation already has a ticket.",
    )

    # -- computed ---------------------------------------------------------------------

    @api.depends_context("uid")
    def _compute_whatsapp_unread(self):
        """Messages of the contact that came after our last one, until it is closed."""
        conversations = self.sudo().whatsapp_conversation_id
        active = conversations.filtered(lambda c: c.state != "closed")
        rows = (
            self.env["whatsapp.message"]
            .sudo()
            ._read_group(
                [
                    ("conversation_id", "in", active.ids),
                    ("kind", "not in", CHANGES),
                    ("part", "=", 0),
                ],
                ["conversation_id", "direction"],
                ["id:max", "id:array_agg"],
            )
        )
        last_out, received = {}, {}
        for conversation, direction, last, ids in rows:
            if direction == "out":
                last_out[conversation] = last
            else:
                received[conversation] = ids
        for ticket in self:
            conversation = ticket.whatsapp_conversation_id
            since = last_out.get(conversation, 0)
            ids = received.get(conversation, ())
            ticket.whatsapp_unread = sum(message_id > since for message_id in ids)

    @api.depends("whatsapp_waiting_since")
    @api.depends_context("lang")
    def _compute_whatsapp_waiting_time(self):
        for ticket in self:
            since = ticket.whatsapp_waiting_since
            ticket.whatsapp_waiting_time = elapsed(self.env, since)

    @api.depends("whatsapp_conversation_id")
    @api.depends_context("uid")
    def _compute_whatsapp_is_entitled(self):
        """Whether the user, who sees the ticket, may read its chat as well."""
        for ticket in self:
            thread = ticket.sudo().whatsapp_thread_id
            ticket.whatsapp_is_entitled = bool(thread) and thread._whatsapp_is_entitled(
                self.env.user
            )

    def _get_whatsapp_other_domain(self):
        self.ensure_one()
        return (
            Domain("partner_id", "=", self.partner_id.id)
            & Domain("closed", "=", False)
            & Domain("id", "!=", self.id)
        )

    def _compute_whatsapp_other_ticket_count(self):
        chats = self.filtered(lambda t: t.partner_id and t.whatsapp_conversation_id)
        open_ids = dict(
            self._read_group(
                [("partner_id", "in", chats.partner_id.ids), ("closed", "=", False)],
                ["partner_id"],
                ["id:array_agg"],
            )
        )
        for ticket in self:
            ids = open_ids.get(ticket.partner_id, ()) if ticket in chats else ()
            ticket.whatsapp_other_ticket_count = len({*ids} - {ticket._origin.id})

    # -- from conversations -----------------------------------------------------------

    @api.model
    def _whatsapp_create(self, pairs):
        """Open the tickets of conversations.

        :param pairs: list of ``(conversation, messages)``, the latter its inbound
            ``whatsapp.message`` so far, oldest first
        """
        load = Counter()
        assignees = [self._whatsapp_choose_assignee(c, load) for c, _messages in pairs]
        tickets = self.with_context(mail_create_nosubscribe=True).create(
            [
                self._prepare_whatsapp_vals(conversation, messages, user)
                for (conversation, messages), user in zip(pairs, assignees, strict=True)
            ]
        )
        for ticket, (conversation, messages), user in zip(
            tickets, pairs, assignees, strict=True
        ):
            ticket._whatsapp_attach(messages.attachment_id)
            if user and not conversation.user_id:
                conversation.user_id = user
        return tickets

    @api.model
    def _prepare_whatsapp_vals(self, conversation, messages, user):
        channel, contact = conversation.channel_id, conversation.contact_id
        partner = contact.partner_id
        said = next((t for m in messages if (t := title(m.body))), "")
        team = conversation.team_id
        return {
            "name": said or self.env._("WhatsApp from %(name)s", name=contact.name),
            "whatsapp_auto_title": not said,
            "description": self._render_whatsapp_description(messages),
            "partner_id": partner.id,
            "partner_name": contact.name,
            "partner_email": partner.email,
            "company_id": channel.company_id.id,
            "team_id": team.id,
            "stage_id": self._whatsapp_stages(team, channel.company_id)[:1].id,
            "user_id": user.id or conversation.user_id.id,
            "category_id": channel.ticket_category_id.id,
            "tag_ids": [(6, 0, channel.ticket_tag_ids.ids)],
            "priority": channel.ticket_priority,
            "channel_id": self.env["ir.model.data"]._xmlid_to_res_id(
                "whatsapp_connector.helpdesk_ticket_channel_whatsapp"
            ),
            "whatsapp_conversation_id": conversation.id,
        }

    @api.model
    def _render_whatsapp_description(self, messages):
        text = next((m.body for m in messages if m.body), "")
        if text:
            return Markup("<p>%s</p>") % Markup(to_html(text))
        return Markup("<p>%s</p>") % (
            messages[:1]._get_summary() if messages else self.env._("WhatsApp chat")
        )

    @api.model
    def _whatsapp_choose_assignee(self, conversation, load):
        """Who gets the ticket, by the channel's rule; may be nobody.

        :param load: ``Counter`` of open tickets by user, filled and kept up here
        """
        channel, team = conversation.channel_id, conversation.team_id
        members = team.user_ids.filtered("active")
        nobody = self.env["res.users"]
        if channel.ticket_assign == "fixed":
            return channel.ticket_user_id
        if channel.ticket_assign == "salesperson":
            salesperson = conversation.partner_id.user_id
            return salesperson if salesperson in members or not team else nobody
        if channel.ticket_assign != "balanced" or not members:
            return nobody
        for user in members.filtered(lambda u: u not in load):
            load[user] = self.search_count(
                [("user_id", "=", user.id), ("stage_id.closed", "=", False)]
            )
        chosen = min(members, key=lambda u: (load[u], u.id))
        load[chosen] += 1
        return chosen

    def _whatsapp_received(self, messages):
        """The contact wrote again: the ticket is ours to move once more."""
        self.filtered(lambda t: not t.active).active = True
        for ticket in self:
            if ticket.whatsapp_auto_title:
                said = next((t for m in messages if (t := title(m.body))), "")
                if said:
                    ticket.name = said
            if ticket.stage_id and ticket.stage_id == self._whatsapp_stage("awaiting"):
                ticket._whatsapp_move_to_progress()

    def _whatsapp_answered(self):
        """Somebody answered: a new ticket is in progress."""
        for ticket in self.filtered(lambda t: t.unattended):
            ticket._whatsapp_move_to_progress()

    @api.model
    def _whatsapp_stage(self, name):
        """One of helpdesk's own stages; empty if somebody deleted it. No query."""
        xmlid = f"helpdesk_mgmt.helpdesk_ticket_stage_{name}"
        stage_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid, False)
        return self.env["helpdesk.ticket.stage"].browse(stage_id)

    @api.model
    def _whatsapp_stages(self, team, company):
        """The stages of a team's tickets.

        Of tickets without a team, the company's: the worker has another one.
        """
        return team.with_company(company)._get_applicable_stages()

    def _whatsapp_move_to_progress(self):
        self.ensure_one()
        stages = self._whatsapp_stages(self.team_id, self.company_id)
        progress = self._whatsapp_stage("in_progress")
        if progress not in stages:
            progress = stages.filtered(lambda s: not s.unattended and not s.closed)[:1]
        if progress:
            self.stage_id = progress

    def _whatsapp_reopen(self):
        for ticket in self.filtered("closed"):
            ticket.with_context(whatsapp_syncing=True)._whatsapp_move_to_progress()
            ticket.closed_date = False

    def _whatsapp_close(self):
        """The chat was closed: so is its ticket."""
        for ticket in self.filtered(lambda t: not t.closed):
            done = self._whatsapp_stage("done")
            stages = self._whatsapp_stages(ticket.team_id, ticket.company_id)
            if done not in stages:
                done = stages.filtered("closed")[:1]
            if done:
                ticket.with_context(whatsapp_syncing=True).stage_id = done

    def _whatsapp_assign(self, user):
        for ticket in self:
            if not ticket.team_id or user in ticket.team_id.user_ids:
                ticket.user_id = user

    def _whatsapp_set_partner(self, partner):
        for ticket in self:
            ticket.write(
                {
                    "partner_id": partner.id,
                    "partner_name": partner.name or ticket.whatsapp_contact_id.name,
                    "partner_email": partner.email,
                }
            )

    def _whatsapp_attach(self, attachments):
        """Show files of the chat among the ticket's own; the bytes are stored once."""
        for ticket in self:
            for attachment in attachments.sudo():
                attachment.copy(
                    {"res_model": self._name, "res_id": ticket.id, "res_field": False}
                )

    def _whatsapp_detach(self, attachments):
        """Take files of the chat away again: their sender deleted them."""
        self.env["ir.attachment"].sudo().search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("checksum", "in", attachments.mapped("checksum")),
            ]
        ).unlink()

    def _whatsapp_erase(self, attachments):
        """The contact is erased: so is what they said. What we did stays."""
        self._whatsapp_detach(attachments)
        erased = self.env._("Erased WhatsApp chat")
        for ticket in self.with_context(tracking_disable=True):
            ticket.write({"name": erased, "description": erased})
            if not ticket.partner_id:
                ticket.partner_name = False

    # -- guards -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """A ticket opens its chat to assignee and team: not to whoever makes one."""
        if not self.env.su:
            name = "whatsapp_conversation_id"
            default = self.env.context.get(f"default_{name}")
            wanted = {vals.get(name, default) for vals in vals_list} - {None, False}
            for conversation in self.env["whatsapp.conversation"].browse(wanted):
                conversation._check_entitled()
        return super().create(vals_list)

    @api.model
    def _whatsapp_guard(self, vals):
        """Nor to whoever ties their own to it."""
        if "whatsapp_conversation_id" in vals and not self.env.su:
            raise AccessError(
                self.env._("WhatsApp chats are made and changed by Odoo alone.")
            )

    # -- towards conversations --------------------------------------------------------

    def write(self, vals):
        self._whatsapp_guard(vals)
        if "name" in vals:
            vals = {**vals, "whatsapp_auto_title": False}
        syncing = "stage_id" not in vals or self.env.context.get("whatsapp_syncing")
        before = {} if syncing else {ticket: ticket.closed for ticket in self}
        res = super().write(vals)
        if not syncing:
            self._whatsapp_follow_stage(before)
        if {"user_id", "team_id"} & vals.keys():
            self._whatsapp_follow_assignee(vals)
        if "name" in vals:
            self.sudo().whatsapp_conversation_id.thread_id._whatsapp_broadcast()
        return res

    def unlink(self):
        conversations = self.sudo().whatsapp_conversation_id
        res = super().unlink()
        # A change of theirs, so that clients take no older answer for a newer one.
        conversations.write({"ticket_due_at": False})
        conversations.thread_id._whatsapp_broadcast()
        return res

    def _whatsapp_follow_stage(self, before):
        """A ticket's closing ends its conversation; reopening it takes it up again."""
        for ticket in self:
            conversation = ticket.sudo().whatsapp_conversation_id
            if not conversation or ticket.closed == before[ticket]:
                continue
            if ticket.closed:
                conversation._close()
            elif not conversation._search_active(conversation.thread_id):
                conversation._reopen()
                conversation.thread_id._whatsapp_broadcast()

    def _whatsapp_follow_assignee(self, vals):
        for ticket in self:
            conversation = ticket.sudo().whatsapp_conversation_id
            if not conversation or conversation.state == "closed":
                continue
            changes = {}
            if "team_id" in vals and conversation.team_id != ticket.team_id:
                changes["team_id"] = ticket.team_id.id
            if conversation.user_id != ticket.user_id:
                changes["user_id"] = ticket.user_id.id
            if changes:
                conversation.write(changes)
                thread = conversation.thread_id
                if not conversation.user_id:
                    thread._whatsapp_add_users(thread._whatsapp_team_users())
                thread._whatsapp_prune_members()

    # -- e-mail -----------------------------------------------------------------------

    def _track_template(self, tracking):
        """No stage e-mail to a contact who only has WhatsApp, or who is blocked."""
        res = super()._track_template(tracking)
        ticket = self[0]
        if ticket.whatsapp_conversation_id and not (
            ticket._whatsapp_has_address() and not ticket.whatsapp_contact_id.blocked
        ):
            res.pop("stage_id", None)
        return res

    def _whatsapp_has_address(self):
        """Whether the contact can be written an e-mail."""
        self.ensure_one()
        return bool(self.partner_id.email or self.partner_email)

    def _thread_to_store(self, store, fields, *, request_list=None):
        """Tell the chatter of tickets with a chat whether e-mail is an option."""
        super()._thread_to_store(store, fields, request_list=request_list)
        if request_list is None:
            return
        for ticket in self.filtered("whatsapp_conversation_id"):
            address = {"whatsapp_has_address": ticket._whatsapp_has_address()}
            store.add_records_fields(ticket, address, as_thread=True)

    # -- buttons ----------------------------------------------------------------------

    def action_whatsapp_other_tickets(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Other open tickets"),
            "res_model": self._name,
            "views": [(False, "list"), (False, "form")],
            "domain": list(self._get_whatsapp_other_domain()),
        }

    def action_whatsapp_open_chat(self):
        self.ensure_one()
        self.check_access("read")
        return self.whatsapp_thread_id._whatsapp_open_action()
