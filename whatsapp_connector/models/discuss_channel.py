import json
from collections import Counter
from datetime import datetime, timedelta, timezone

from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from odoo.addons.mail.tools.discuss import Store

from ..tools.phone import display_number
from ..tools.store import as_news, get_versions
from ..wire.items import CHANGES
from ..wire.text import from_html, to_html

WINDOW = timedelta(hours=24)
#: Free text isn't queued in the window's last seconds: it would arrive too late.
WINDOW_MARGIN = timedelta(seconds=60)
#: “typing…” stays on the contact's phone for 25 seconds.
TYPING_PAUSE = timedelta(seconds=20)
#: WhatsApp marks no older messages as read.
RECEIPT_PERIOD = timedelta(days=30)
#: What Odoo's own clients let members of a channel change.
FROZEN = {"active", "description", "image_128", "name", "uuid"}
_NOT_SCHEDULED = {"scheduled_date": False}


def is_whatsapp(channel):
    return channel.channel_type == "whatsapp"


class DiscussChannel(models.Model):
    """A *thread*: everything between one business number and one contact, for ever.

    Its members are users. The contact never is: ticks come from ``whatsapp.message``.
    """

    _inherit = "discuss.channel"

    channel_type = fields.Selection(
        selection_add=[("whatsapp", "WhatsApp")], ondelete={"whatsapp": "cascade"}
    )
    whatsapp_channel_id = fields.Many2one(
        "whatsapp.channel", ondelete="restrict", index="btree_not_null", readonly=True
    )
    whatsapp_contact_id = fields.Many2one(
        "whatsapp.contact", ondelete="restrict", index="btree_not_null", readonly=True
    )
    whatsapp_window_until = fields.Datetime(
        string="Service window ends",
        readonly=True,
        help="Free text may be sent until then: 24 hours after the contact's last "
        "message. Later, only a template approved by WhatsApp.",
    )
    whatsapp_conversation_ids = fields.One2many(
        "whatsapp.conversation",
        "thread_id",
        groups="whatsapp_connector.group_whatsapp_user",
    )

    _whatsapp_thread_unique = models.UniqueIndex(
        "(whatsapp_channel_id, whatsapp_contact_id) "
        "WHERE whatsapp_channel_id IS NOT NULL",
        "There is one chat for each business number and contact.",
    )
    _whatsapp_thread_complete = models.Constraint(
        "CHECK((channel_type = 'whatsapp') = (whatsapp_channel_id IS NOT NULL) "
        "AND (whatsapp_channel_id IS NULL) = (whatsapp_contact_id IS NULL))",
        "A WhatsApp chat needs a business number and a contact.",
    )

    # -- guards -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._whatsapp_guard(vals, vals.get("channel_type") == "whatsapp")
        return super().create(vals_list)

    def write(self, vals):
        frozen = FROZEN & vals.keys()
        self._whatsapp_guard(vals, frozen and any(map(is_whatsapp, self)))
        return super().write(vals)

    @api.model
    def _whatsapp_guard(self, vals, is_forbidden):
        """Only the server says who gets what is written, and until when free text goes.

        Members may write on a ``discuss.channel``.
        """
        ours = any(name.startswith("whatsapp_") for name in vals)
        if (is_forbidden or ours) and not self.env.su:
            raise AccessError(
                self.env._("WhatsApp chats are made and changed by Odoo alone.")
            )

    # -- finding and making -----------------------------------------------------------

    @api.model
    def _whatsapp_threads(self, channel, contacts):
        """The threads of ``contacts`` with one of our numbers, made where missing.

        :return: dict contact → thread
        """
        known = self.with_context(active_test=False).search(
            [
                ("whatsapp_channel_id", "=", channel.id),
                ("whatsapp_contact_id", "in", contacts.ids),
            ]
        )
        known.filtered(lambda t: not t.active).active = True
        found = {
            thread.whatsapp_contact_id: thread for thread in known.with_env(self.env)
        }
        missing = contacts.filtered(lambda c: c not in found)
        # install_mode: whoever runs this doesn't become a member
        threads = self.with_context(install_mode=True).create(
            [
                {
                    "name": contact.name,
                    "channel_type": "whatsapp",
                    "whatsapp_channel_id": channel.id,
                    "whatsapp_contact_id": contact.id,
                    "uuid": False,
                }
                for contact in missing
            ]
        )
        found.update(
            zip(missing, threads.with_context(install_mode=False), strict=True)
        )
        return found

    def _whatsapp_rename(self):
        for thread in self:
            if thread.name != thread.whatsapp_contact_id.name:
                thread.name = thread.whatsapp_contact_id.name
        self._whatsapp_broadcast()

    def _whatsapp_active_conversation(self):
        return self.env["whatsapp.conversation"]._search_active(self)

    def _whatsapp_latest_conversation(self):
        self.ensure_one()
        conversations = self.whatsapp_conversation_ids
        return conversations[:1].with_prefetch(conversations._prefetch_ids)

    # -- window -----------------------------------------------------------------------

    def _whatsapp_open_window(self, at):
        """A contact's message of ``at`` (naive UTC) opens or prolongs the window.

        It also brings the chat to the top of everybody's list: in the same write,
        because each one of a ``discuss.channel`` is compared and broadcast.
        """
        self.ensure_one()
        vals = {"last_interest_dt": fields.Datetime.now()}
        until = min(at, fields.Datetime.now()) + WINDOW
        if not self.whatsapp_window_until or until > self.whatsapp_window_until:
            vals["whatsapp_window_until"] = until
        self.write(vals)

    def _whatsapp_close_window(self, at):
        """The provider refused free text of ``at`` (naive UTC): it knows better.

        What the contact wrote since has opened the window again.
        """
        self.ensure_one()
        until, at = self.whatsapp_window_until, at.replace(microsecond=0)
        if until and until - WINDOW <= at < until:
            self.whatsapp_window_until = at
            self._whatsapp_active_conversation()._set_expired()

    def _whatsapp_correct_window(self):
        """The contact's last message was sent earlier than we thought."""
        self.ensure_one()
        last = self.env["whatsapp.message"].search(
            [
                ("thread_id", "=", self.id),
                ("direction", "=", "in"),
                ("kind", "not in", CHANGES),
            ],
            order="sent_at DESC",
            limit=1,
        )
        until = last.sent_at + WINDOW
        if until < self.whatsapp_window_until:
            self.whatsapp_window_until = until
            if not self._whatsapp_window_is_open(timedelta(0)):
                self._whatsapp_active_conversation()._set_expired()
            self._whatsapp_broadcast()

    def _whatsapp_window_is_open(self, margin=WINDOW_MARGIN):
        self.ensure_one()
        until = self.whatsapp_window_until
        return bool(until) and fields.Datetime.now() + margin < until

    def _whatsapp_check_window(self):
        """Raise unless free text may be sent now, and say since when it may not."""
        self.ensure_one()
        if self._whatsapp_window_is_open():
            return
        if not self.whatsapp_window_until:
            raise UserError(
                self.env._(
                    "%(name)s has not written to you yet. WhatsApp allows free text "
                    "only within 24 hours after the contact's last message.",
                    name=self.whatsapp_contact_id.name,
                )
            )
        raise UserError(
            self.env._(
                "The 24 hours in which WhatsApp allows free text ended on %(when)s. "
                "%(name)s must write first, or you send an approved template.",
                when=format_datetime(self.env, self.whatsapp_window_until),
                name=self.whatsapp_contact_id.name,
            )
        )

    # -- access -----------------------------------------------------------------------

    def _whatsapp_entitled_users(self):
        """Who may be a member: the number's users, the ticket's team and assignee."""
        self.ensure_one()
        active = self._whatsapp_active_conversation().sudo()
        assignees = active.user_id | active.ticket_ids.user_id
        return self._whatsapp_team_users() | (
            self.whatsapp_channel_id._filter_entitled(assignees)
        )

    def _whatsapp_team_users(self):
        """Who is entitled, whoever the chat is assigned to."""
        self.ensure_one()
        channel = self.whatsapp_channel_id
        active = self._whatsapp_active_conversation().sudo()
        teams = active.team_id | active.ticket_ids.team_id
        members = teams.filtered("active").user_ids
        return channel.entitled_user_ids | channel._filter_entitled(members)

    def _whatsapp_filter_entitled(self, users):
        """Of ``users``, those who may read and write this chat."""
        self.ensure_one()
        thread = self.sudo()
        missing = users.filtered(
            lambda u: (
                u.id != SUPERUSER_ID and not thread.whatsapp_channel_id._is_entitled(u)
            )
        )
        return users - (missing and missing - thread._whatsapp_entitled_users())

    def _whatsapp_is_entitled(self, user):
        return bool(self._whatsapp_filter_entitled(user))

    def _whatsapp_check_entitled(self):
        """Raise unless the current user may read and write this chat."""
        for thread in self:
            if not thread._whatsapp_is_entitled(self.env.user):
                raise AccessError(
                    self.env._("You don't have access to this WhatsApp number.")
                )

    # -- members ----------------------------------------------------------------------

    def _whatsapp_add_users(self, users):
        """Make ``users`` members if they are entitled, without a word in the chat."""
        for thread in self:
            entitled = users & thread._whatsapp_entitled_users()
            new = entitled.partner_id - thread.sudo().channel_partner_ids
            if new:
                conversation = thread.sudo()._whatsapp_latest_conversation()
                thread.sudo()._add_members(
                    partners=new,
                    post_joined_message=False,
                    create_member_params=conversation._prepare_member_vals(),
                )

    def _whatsapp_add_writer(self, user, messages):
        """``user`` takes part by what they sent, which is no news to themselves.

        It was sent from elsewhere in Odoo, without a look at the chat: what waited in
        it stays unread, and the contact gets no read receipt.

        :param messages: ``mail.message`` of ``user``, the latest of these threads
        """
        theirs = self.channel_member_ids.filtered(
            lambda m: m.partner_id == user.partner_id
        )
        sent = Counter(messages.mapped("res_id"))
        behind = theirs.filtered(
            lambda m: m.message_unread_counter > sent[m.channel_id.id]
        ).channel_id
        unknown = (self - theirs.channel_id)._whatsapp_active_conversation()
        behind |= unknown.filtered("waiting_since").thread_id
        self._whatsapp_add_users(user)
        last = {message.res_id: message for message in messages}
        for member in (self - behind).channel_member_ids:
            if member.partner_id == user.partner_id:
                member._whatsapp_see_own(last[member.channel_id.id])

    def _whatsapp_alert(self, conversations):
        """Whom contacts' messages reach: the assignee, else the number's agents.

        Members are made in one go, and every new one hears of all their chats at once;
        what those with the same chats hear of them is made once.

        :param conversations: dict thread → conversation
        """
        agents = self.env.ref("whatsapp_connector.group_whatsapp_agent").all_user_ids
        missing, grown = [], self.browse()
        for thread in self:
            conversation, channel = conversations[thread], thread.whatsapp_channel_id
            team = conversation.team_id.filtered("active")
            users = channel._filter_entitled(conversation.user_id) or agents & (
                channel.entitled_user_ids | channel._filter_entitled(team.user_ids)
            )
            new = users.partner_id - thread.channel_member_ids.partner_id
            missing += [
                {
                    "channel_id": thread.id,
                    "partner_id": partner.id,
                    **conversation._prepare_member_vals(),
                }
                for partner in new
            ]
            if new and thread.channel_member_ids:
                grown += thread
        members = self.env["discuss.channel.member"].sudo().create(missing)
        told = {}
        last_bus_id = self.env["bus.bus"].sudo()._bus_last_id() if members else 0
        for partner, mine in members.grouped("partner_id").items():
            user, threads = partner.main_user_id, mine.channel_id
            if threads not in told:
                told[threads] = Store(bus_channel=user).add(threads).get_result()
            user._bus_send("mail.record/insert", told[threads])
            # Without the date an open client doesn't subscribe to the chat; it counts
            # the messages that it is told of then, these too.
            membership = [
                Store.One("channel_id", [], as_thread=True),
                *mine._to_store_persona([]),
                "create_date",
                Store.Attr("message_unread_counter", 0),
                Store.Attr("message_unread_counter_bus_id", last_bus_id),
                "new_message_separator",
                "unpin_dt",
            ]
            Store(bus_channel=user).add(mine, membership).bus_send()
        for thread in grown:
            Store(bus_channel=thread).add(thread, ["member_count"]).bus_send()

    def _whatsapp_prune_members(self):
        """Remove members without a right; once assigned, also those not involved."""
        for thread in self.sudo():
            users = thread.channel_partner_ids.user_ids
            keep = thread._whatsapp_filter_entitled(users).partner_id
            conversation = thread._whatsapp_active_conversation()
            if conversation.user_id:
                involved = conversation.user_id | conversation.ticket_ids.user_id
                keep &= involved.partner_id | thread._whatsapp_writers()
            leaving = thread.channel_member_ids.filtered(
                lambda m, keep=keep: m.partner_id not in keep
            )
            thread._whatsapp_remove_members(leaving)

    def _whatsapp_revoke(self, users):
        """``users`` lost a right: without another they leave chat and assignment."""
        for thread in self.sudo():
            conversation = thread._whatsapp_active_conversation()
            assignee = conversation.user_id & users
            if assignee - thread._whatsapp_team_users() and not (
                thread.whatsapp_channel_id._is_entitled(assignee)
            ):
                conversation._unassign()
        self._whatsapp_prune_members()

    def _whatsapp_writers(self):
        """Partners of the users who wrote in this thread."""
        self.ensure_one()
        rows = (
            self.env["whatsapp.message"]
            .sudo()
            ._read_group(
                [
                    ("thread_id", "=", self.id),
                    ("user_id", "!=", False),
                    ("kind", "!=", "reaction"),
                ],
                ["user_id"],
            )
        )
        return self.env["res.users"].browse([u.id for (u,) in rows]).partner_id

    def _whatsapp_remove_members(self, members):
        """Open clients of them close this chat; the others' no longer show them."""
        if not members:
            return
        for member in members:
            Store(bus_channel=member._bus_channel()).add(
                self, {"close_chat_window": True, "isLocallyPinned": False}
            ).bus_send()
        members.unlink()
        gone = Store.Many("channel_member_ids", [], mode="DELETE", value=members)
        Store(bus_channel=self).add(self, [gone, "member_count"]).bus_send()

    def _whatsapp_unpin(self):
        """Take closed chats out of the sidebars; a new message brings them back."""
        now = fields.Datetime.now()
        for thread in self:
            thread.sudo().channel_member_ids.write({"unpin_dt": now})
            for member in thread.sudo().channel_member_ids:
                Store(bus_channel=member._bus_channel()).add(
                    member, ["unpin_dt", Store.One("channel_id", [], as_thread=True)]
                ).bus_send()

    def _whatsapp_hide(self):
        """Of blocked contacts: nobody is alerted any more."""
        for thread in self.sudo():
            thread._whatsapp_remove_members(thread.channel_member_ids)

    def _add_members(self, *, guests=None, partners=None, users=None, **kwargs):
        """Into a WhatsApp chat come only users entitled to it, never a guest."""
        whatsapp = self.filtered(is_whatsapp)
        if whatsapp:
            partners = (partners or self.env["res.partner"]) | (
                users.partner_id if users else self.env["res.partner"]
            )
            for thread in whatsapp.sudo():
                entitled = thread._whatsapp_filter_entitled(partners.sudo().user_ids)
                if guests or partners - entitled.partner_id:
                    raise UserError(
                        self.env._(
                            "Only people entitled to %(channel)s can join this chat.",
                            channel=thread.whatsapp_channel_id.name,
                        )
                    )
        return super()._add_members(
            guests=guests, partners=partners, users=users, **kwargs
        )

    def _lazy_load_members_channel_types(self):
        """A team may be large, and every chat has it."""
        return [*super()._lazy_load_members_channel_types(), "whatsapp"]

    def _types_allowing_unfollow(self):
        return [*super()._types_allowing_unfollow(), "whatsapp"]

    def _action_unfollow(self, partner=None, guest=None, post_leave_message=True):
        return super()._action_unfollow(
            partner=partner,
            guest=guest,
            post_leave_message=post_leave_message and not is_whatsapp(self),
        )

    # -- client -----------------------------------------------------------------------

    def _compute_is_editable(self):
        """The name is the contact's: nobody renames a chat."""
        res = super()._compute_is_editable()
        self.filtered(is_whatsapp).is_editable = False
        return res

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            *self._whatsapp_store_fields(is_news=bool(target.channel)),
        ]

    def _whatsapp_store_fields(self, is_news):
        """What the web client knows of a thread."""

        def get_values(thread):
            values = thread.sudo()._whatsapp_store_values()
            return as_news(values) if is_news else values

        return [
            Store.Attr("whatsapp_window_until", predicate=is_whatsapp),
            Store.Attr("whatsapp", get_values, predicate=is_whatsapp),
        ]

    def _whatsapp_store_values(self):
        """State of the chat as the client's header, banner and composer need it."""
        self.ensure_one()
        contact = self.whatsapp_contact_id
        conversation = self._whatsapp_latest_conversation()
        ticket = conversation.ticket_id
        capabilities = self.whatsapp_channel_id._get_capabilities()
        return {
            "versions": get_versions(self, contact, conversation, ticket),
            "channel_name": self.whatsapp_channel_id.name,
            "is_one_of_several": len(contact.thread_ids) > 1,
            "contact_id": contact.id,
            "contact_name": contact.name,
            "number": contact.number and display_number(contact.number),
            "username": contact.username or False,
            "partner_id": contact.partner_id.id,
            "ambiguous": [
                {"id": partner.id, "name": partner.display_name}
                for partner in contact.candidate_ids
            ]
            if contact.is_ambiguous
            else [],
            "blocked": contact.blocked,
            "opted_out": contact.opted_out,
            "conversation_id": conversation.id,
            "conversation_state": conversation.state or False,
            "assignee_id": conversation.user_id.id,
            "assignee_name": conversation.user_id.name or False,
            "ticket_id": ticket.id,
            "ticket_name": ticket.display_name or False,
            "text_limit": capabilities.text_limit,
            "can_quote": capabilities.quoting,
            "can_react": capabilities.reactions,
            "shows_typing": self.whatsapp_channel_id._shows_typing(),
            "can_locate": capabilities.location,
            "buttons": capabilities.buttons,
            "list_rows": capabilities.list_rows,
        }

    def _whatsapp_broadcast(self):
        """Tell every open client of these threads how they stand."""
        for thread in self.sudo():
            Store(bus_channel=thread).add(
                thread, [*thread._whatsapp_store_fields(is_news=True), "name"]
            ).bus_send()

    def _whatsapp_open_action(self):
        """Open the thread in Discuss; whoever is entitled becomes a member."""
        self.ensure_one()
        self._whatsapp_check_entitled()
        thread = self.sudo()
        if self.env.user.partner_id not in thread.channel_partner_ids:
            thread._add_members(users=self.env.user, post_joined_message=False)
        return {
            "type": "ir.actions.client",
            "tag": "mail.action_discuss",
            "context": {"active_id": f"discuss.channel_{self.id}"},
        }

    def action_whatsapp_close(self):
        self.ensure_one()
        self._whatsapp_check_entitled()
        self.sudo()._whatsapp_active_conversation().with_env(self.env).action_close()

    def action_whatsapp_assign_to_me(self):
        self.ensure_one()
        self._whatsapp_check_entitled()
        conversation = self.sudo()._whatsapp_active_conversation()
        conversation.with_env(self.env).action_assign_to_me()

    def _whatsapp_check_user(self, user):
        self.with_user(user)._whatsapp_check_entitled()

    def action_whatsapp_block(self):
        self.ensure_one()
        self._whatsapp_check_entitled()
        self.whatsapp_contact_id.action_block()

    def action_whatsapp_unblock(self):
        self.ensure_one()
        self._whatsapp_check_entitled()
        self.whatsapp_contact_id.action_unblock()

    def _whatsapp_plan_receipt(self):
        """Have the contact's last message marked as read, in the background."""
        self.ensure_one()
        if self.whatsapp_channel_id._shows_receipts():
            last = self._whatsapp_get_last_inbound()
            if last and not last.receipt:
                last.receipt = "planned"
                self.env["whatsapp.presence"]._wake()

    def _whatsapp_plan_typing(self):
        """Have “typing…” shown to the contact, in the background.

        Once is enough for a while, whoever of us writes and in however many tabs. Who
        couldn't be answered sees nothing of it.
        """
        for thread in self:
            contact = thread.whatsapp_contact_id
            if (
                contact.blocked
                or contact.opted_out
                or not thread.whatsapp_channel_id._shows_typing()
                or not thread._whatsapp_window_is_open()
            ):
                continue
            last = thread._whatsapp_get_last_inbound()
            # To the fraction: what was sent in this very second is no answer to it.
            now = datetime.now(timezone.utc).replace(tzinfo=None)
            if last and not (last.typing_at and last.typing_at > now - TYPING_PAUSE):
                last.write({"receipt": "typing", "typing_at": now})
                self.env["whatsapp.presence"]._wake()

    def _whatsapp_get_last_inbound(self):
        """The contact's last message, for what is told about it at the provider.

        Neither a reaction or an edit nor one of several files of a message; and
        nothing can be told about an old one.
        """
        self.ensure_one()
        since = fields.Datetime.now() - RECEIPT_PERIOD
        return self.env["whatsapp.message"].search(
            [
                ("thread_id", "=", self.id),
                ("direction", "=", "in"),
                ("mail_message_id", "!=", False),
                ("provider_id", "!=", False),
                ("sent_at", ">", since),
            ],
            order="id DESC",
            limit=1,
        )

    # -- posting ----------------------------------------------------------------------

    def message_post(self, *, message_type="notification", **kwargs):
        """What a user writes into a WhatsApp chat goes to WhatsApp.

        Type and subtype are set here, whatever the client asked for. Notes, e-mails
        and notifications of the system stay inside.
        """
        if is_whatsapp(self) and self._whatsapp_goes_out(message_type, kwargs):
            contents = self._whatsapp_prepare_contents(kwargs)
            # We see what the contact sees: WhatsApp's marks, formatted.
            kwargs["body"] = Markup(to_html(from_html(kwargs.get("body"))))
            return self._whatsapp_post(contents, **kwargs)
        return super().message_post(message_type=message_type, **kwargs)

    def _whatsapp_goes_out(self, message_type, post):
        """Whether what is posted is meant for the contact.

        :param post: the keyword arguments of ``message_post``
        """
        if message_type != "comment":
            return message_type == "whatsapp_message"
        subtype_id = post.get("subtype_id") or self.env[
            "ir.model.data"
        ]._xmlid_to_res_id(post.get("subtype_xmlid") or "mail.mt_comment")
        return not self.env["mail.message.subtype"].sudo().browse(subtype_id).internal

    def _whatsapp_post(self, contents, **kwargs):
        """Post what WhatsApp gets as ``contents``, after every check.

        :param contents: list of dicts with values of ``whatsapp.message``; never the
            client's own: it chooses what it posts
        :param kwargs: of ``message_post``
        """
        self.ensure_one()
        self._whatsapp_check_user(self.env.user)
        self._whatsapp_check_sendable(contents)
        self._whatsapp_check_quote(contents, kwargs.get("parent_id"))
        for key in ("subtype_id", "partner_ids", "email_add_signature"):
            kwargs.pop(key, None)
        # With sudo, as the web client's own route posts: see mail.message's guard.
        thread = self.sudo().with_context(whatsapp_contents=contents)
        # Our own message_post comes here: not through it again.
        # pylint: disable-next=super-method-mismatch
        message = super(DiscussChannel, thread).message_post(
            message_type="whatsapp_message",
            **{**kwargs, "subtype_xmlid": "mail.mt_comment"},
        )
        return message.with_env(self.env)

    def _message_post_after_hook(self, message, msg_vals):
        contents = self.env.context.get("whatsapp_contents")
        posted_here = is_whatsapp(self) and message.message_type == "whatsapp_message"
        if contents and posted_here:
            self.env["whatsapp.message"].sudo()._queue(self, message, contents)
        return super()._message_post_after_hook(message, msg_vals)

    def _whatsapp_prepare_contents(self, post):
        """What the WhatsApp messages of one Discuss message will carry.

        :param post: the keyword arguments of ``message_post``
        :return: list of dicts with values of ``whatsapp.message``, in sending order
        """
        self.ensure_one()
        return self.env["whatsapp.message"]._prepare_contents(
            self.sudo().whatsapp_channel_id,
            body=post.get("body", ""),
            attachments=self.env["ir.attachment"].browse(
                post.get("attachment_ids") or []
            ),
            raw_attachments=post.get("attachments") or [],
        )

    def _whatsapp_check_sendable(self, contents):
        """Raise if ``contents`` can't go to this thread now, saying why."""
        self.ensure_one()
        thread = self.sudo()
        thread.whatsapp_channel_id._check_can_send()
        if not contents:
            raise UserError(self.env._("There is nothing to send."))
        contact = thread.whatsapp_contact_id
        if contact.blocked:
            raise UserError(
                self.env._(
                    "%(name)s is blocked. Unblock them first.", name=contact.name
                )
            )
        if contact.opted_out:
            raise UserError(
                self.env._(
                    "%(name)s asked for no more WhatsApp messages.", name=contact.name
                )
            )
        thread.with_env(self.env(su=True))._whatsapp_check_window()
        self.env["whatsapp.message"]._check_contents(
            thread.whatsapp_channel_id, contents
        )

    def _whatsapp_check_quote(self, contents, parent_id):
        """Raise if the quote would be lost: the first part of a message carries it."""
        kinds = self.sudo().whatsapp_channel_id._get_capabilities().quoting_kinds
        if not kinds or contents[0]["kind"] in kinds or not parent_id:
            return
        if self.env["mail.message"].browse(parent_id).sudo().whatsapp_message_ids:
            raise UserError(
                self.env._(
                    "Through this number only a text can quote a message. Send the "
                    "rest without quoting."
                )
            )

    def _whatsapp_send(self, body, **kwargs):
        """Send free text from server code: same checks as from the composer."""
        self.ensure_one()
        return self.message_post(body=body, message_type="whatsapp_message", **kwargs)

    def _whatsapp_send_automatic(self, text):
        """Send a text of our own accord, in the open window, even to the opted-out."""
        self.ensure_one()
        contents = [{"kind": "text", "body": text, "is_automatic": True}]
        message = self._whatsapp_post_inbound(
            [
                (
                    self,
                    {
                        "author_id": self.env.ref("base.partner_root").id,
                        "body": Markup(to_html(text)),
                    },
                )
            ]
        )
        self.env["whatsapp.message"].sudo()._queue(self, message, contents)
        self.last_interest_dt = fields.Datetime.now()
        self._whatsapp_announce(message)

    def _whatsapp_notice(self, text):
        """A line in the chat that only our people see."""
        for thread in self.sudo():
            thread.message_post(
                body=Markup('<div class="o_mail_notification">%s</div>') % text,
                message_type="notification",
                subtype_xmlid="mail.mt_comment",
                author_id=self.env.ref("base.partner_root").id,
            )

    def _web_push_send_notification(
        self, devices, private_key, public_key, payload_by_lang=None, payload=None
    ):
        """Leave it to Odoo's own queue: a slow push service mustn't hold up chats."""
        if not any(map(is_whatsapp, self)):
            return super()._web_push_send_notification(
                devices, private_key, public_key, payload_by_lang, payload
            )
        self.env["mail.push"].sudo().create(
            [
                {
                    "mail_push_device_id": device.id,
                    "payload": json.dumps(
                        (payload_by_lang or {}).get(device.partner_id.lang, payload)
                    ),
                }
                for device in devices
            ]
        )
        self.env.ref("mail.ir_cron_web_push_notification").sudo()._trigger()
        return None

    def _notify_by_web_push_prepare_payload(
        self, message, msg_vals=False, force_record_name=False
    ):
        payload = super()._notify_by_web_push_prepare_payload(
            message, msg_vals=msg_vals, force_record_name=force_record_name
        )
        if is_whatsapp(self):
            payload["title"] = self.env._("%(name)s on WhatsApp", name=self.name)
        return payload

    # -- inbound ----------------------------------------------------------------------

    @api.model
    def _whatsapp_post_inbound(self, posts):
        """Create the messages of contacts in bulk and bring them to open clients.

        Not through ``message_post``: that costs twenty times as much a message.

        :param posts: list of ``(thread, vals)``; ``vals`` of ``mail.message``
        :return: ``mail.message`` recordset in the same order
        """
        subtype_id = self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_comment")
        common = {
            "model": "discuss.channel",
            "message_type": "whatsapp_message",
            "subtype_id": subtype_id,
            "reply_to": False,
            "record_alias_domain_id": False,
        }
        return self.env["mail.message"].create(
            [
                {
                    **common,
                    "res_id": thread.id,
                    "record_name": thread.name,
                    "record_company_id": thread.whatsapp_channel_id.company_id.id,
                    **vals,
                }
                for thread, vals in posts
            ]
        )

    def _whatsapp_announce(self, messages):
        """Show new messages in open clients; push the contact's last to absent people.

        Hand in messages that share a prefetch with the whole batch: what the client
        gets of each is then read in few queries.
        """
        self.ensure_one()
        for message in messages:
            # Said beforehand, else each message is searched among the scheduled ones
            store = Store(bus_channel=self).add(message, msg_vals=_NOT_SCHEDULED)
            if message == messages[-1:]:
                store.add(self, self._whatsapp_store_fields(is_news=True))
            self._bus_send(
                "discuss.channel/new_message",
                {"data": store.get_result(), "id": self.id},
            )
        if messages.whatsapp_message_ids[:1].direction == "in":
            self._whatsapp_push(messages[-1:])

    def _whatsapp_push(self, message):
        partners = (
            self.sudo()
            .channel_member_ids.filtered(lambda m: not m.mute_until_dt)
            .partner_id
        )
        devices, _private, _public = self._web_push_get_partners_parameters(
            partners.ids
        )
        if devices:
            recipients = self._notify_get_recipients(message)
            self._notify_thread_by_web_push(message, recipients)
