import logging
import mimetypes
import re
from datetime import timezone
from secrets import token_urlsafe
from textwrap import shorten
from urllib.parse import quote

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import human_size
from odoo.tools.mimetypes import guess_mimetype

from ..wire import text as whatsapp_text
from ..wire.items import KINDS, Failure, Location
from ..wire.limits import get_text_limit
from ..wire.outbound import Button, ListRow, OutboundMedia, OutboundMessage
from ..wire.translate import _lt

_logger = logging.getLogger(__name__)

#: One rank decides, whatever the order of arrival: the highest wins.
RANK = {
    "queued": 0,
    "sending": 1,
    "unknown": 2,
    "sent": 3,
    "failed": 4,
    "delivered": 5,
    "read": 6,
}
#: Not handed to the provider yet.
WAITING_STATES = ("scheduled", "queued", "sending")
#: What an agent must know first when a message has several parts.
SEVERITY = (
    "failed",
    "unknown",
    "scheduled",
    "queued",
    "sending",
    "cancelled",
    "sent",
    "delivered",
    "read",
    "received",
)


class WhatsappMessage(models.Model):
    """One WhatsApp message, in or out.

    A Discuss message may need several (one for each file); a second try is a new one
    on the same Discuss message.
    """

    _name = "whatsapp.message"
    _description = "WhatsApp Message"
    _order = "id DESC"
    _rec_name = "body"

    direction = fields.Selection(
        [("in", "Incoming"), ("out", "Outgoing")], required=True, index=True
    )
    account_id = fields.Many2one("whatsapp.account", required=True, ondelete="restrict")
    channel_id = fields.Many2one("whatsapp.channel", required=True, ondelete="restrict")
    company_id = fields.Many2one(
        related="channel_id.company_id", store=True, precompute=True
    )
    contact_id = fields.Many2one(
        "whatsapp.contact", required=True, ondelete="restrict", index=True
    )
    thread_id = fields.Many2one(
        "discuss.channel", required=True, ondelete="cascade", index=True
    )
    conversation_id = fields.Many2one(
        "whatsapp.conversation", ondelete="set null", index=True
    )
    mail_message_id = fields.Many2one(
        "mail.message", ondelete="cascade", index="btree_not_null"
    )
    part = fields.Integer(help="Which piece of the Discuss message this is.")
    user_id = fields.Many2one("res.users", string="Sent by")
    kind = fields.Selection(
        [
            ("text", "Text"),
            ("image", "Image"),
            ("video", "Video"),
            ("audio", "Audio"),
            ("voice", "Voice note"),
            ("document", "Document"),
            ("sticker", "Sticker"),
            ("location", "Location"),
            ("contacts", "Contact card"),
            ("buttons", "Buttons"),
            ("list", "List"),
            ("button_reply", "Button tapped"),
            ("list_reply", "List row picked"),
            ("order", "Order"),
            ("reaction", "Reaction"),
            ("edit", "Edit"),
            ("revoke", "Deletion"),
            ("template", "Template"),
            ("unsupported", "Unsupported"),
        ],
        required=True,
        default="text",
    )
    body = fields.Text()
    attachment_id = fields.Many2one(
        "ir.attachment", ondelete="set null", index="btree_not_null"
    )
    latitude = fields.Float(digits=(10, 7))
    longitude = fields.Float(digits=(10, 7))
    place = fields.Char()
    choices = fields.Json(
        help="Buttons or list rows offered, or the one chosen: title and payload."
    )
    payload = fields.Char(
        readonly=True,
        help="Of the button or row that was chosen: the template's technical name and "
        "the button's place from 0, whatever the language. For automation rules.",
    )
    list_label = fields.Char()
    quoted_provider_id = fields.Char()
    answered_id = fields.Many2one(
        "whatsapp.message",
        string="Answers",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="Our message that was quoted, or whose button was tapped.",
    )
    answered_template_id = fields.Many2one(
        related="answered_id.template_id", string="Answered template"
    )
    target_provider_id = fields.Char()
    target_id = fields.Many2one(
        "whatsapp.message",
        string="Concerns",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The message that this reaction, edit or deletion is about.",
    )
    reaction_ids = fields.One2many(
        "whatsapp.message", "target_id", domain=[("kind", "=", "reaction")]
    )
    is_forwarded = fields.Boolean()
    is_edited = fields.Boolean()
    is_revoked = fields.Boolean()

    state = fields.Selection(
        [
            ("scheduled", "Scheduled"),
            ("queued", "Queued"),
            ("sending", "Sending"),
            ("unknown", "Unknown"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("delivered", "Delivered"),
            ("read", "Read"),
            ("cancelled", "Cancelled"),
            ("received", "Received"),
        ],
        required=True,
        index=True,
    )
    priority = fields.Integer(
        default=0, help="0: a person waits for it. Larger: bulk, sent after."
    )
    scheduled_at = fields.Datetime(
        string="Goes at", readonly=True, help="Until then it can be cancelled."
    )
    template_variant_id = fields.Many2one(
        "whatsapp.template.variant", ondelete="restrict", index="btree_not_null"
    )
    template_id = fields.Many2one(
        related="template_variant_id.template_id",
        store=True,
        precompute=True,
        index="btree_not_null",
    )
    template_values = fields.Json(
        readonly=True,
        groups="base.group_system",
        help="What fills the template's variables.",
    )
    is_secret = fields.Boolean(
        readonly=True,
        help="It carries a one-time code, which is forgotten when the message leaves.",
    )
    record_model = fields.Char(readonly=True)
    record_id = fields.Many2oneReference(
        model_field="record_model",
        readonly=True,
        help="What the message is about: the answer to it returns there.",
    )
    note_id = fields.Many2one(
        "mail.message",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        help="The line in the chatter of that record, or of the one it answers.",
    )
    is_resent = fields.Boolean(readonly=True, copy=False)
    is_automatic = fields.Boolean(
        readonly=True,
        help="A confirmation of Odoo's own: it goes to the opted-out too.",
    )
    reference = fields.Char(
        default=lambda self: token_urlsafe(16), required=True, readonly=True, copy=False
    )
    provider_id = fields.Char(string="Provider's id", readonly=True, copy=False)
    provider_status = fields.Char(
        readonly=True, help="The provider's own word, where it isn't one of ours."
    )
    lease_until = fields.Datetime(readonly=True, copy=False)
    claimed_at = fields.Datetime(readonly=True, copy=False)
    next_try_at = fields.Datetime(readonly=True, copy=False)
    attempts = fields.Integer(readonly=True, copy=False)
    error_code = fields.Char(readonly=True, copy=False)
    error_source = fields.Char(readonly=True, copy=False)
    error_detail = fields.Char(readonly=True, copy=False)
    error_scope = fields.Char(
        readonly=True, copy=False, help="Whom or what the failure concerns."
    )
    failure_reason = fields.Char(compute="_compute_failure_reason", compute_sudo=True)
    pricing = fields.Json(readonly=True, copy=False)

    sent_at = fields.Datetime(readonly=True, copy=False)
    time_pending = fields.Boolean(
        string="Time to be asked for",
        readonly=True,
        copy=False,
        help="Its webhook bore no time: until the provider is asked, it was sent when "
        "Odoo got it.",
    )
    delivered_at = fields.Datetime(readonly=True, copy=False)
    read_at = fields.Datetime(readonly=True, copy=False)
    failed_at = fields.Datetime(readonly=True, copy=False)
    event_id = fields.Many2one(
        "whatsapp.event", readonly=True, ondelete="set null", index="btree_not_null"
    )

    receipt = fields.Selection(
        [
            ("planned", "To be sent"),
            ("typing", "To be sent, with “typing…”"),
            ("sent", "Sent"),
        ],
        string="Read receipt",
        readonly=True,
        copy=False,
    )
    typing_at = fields.Datetime(
        string="Answer being written",
        readonly=True,
        copy=False,
        help="When somebody of ours was last seen writing the answer.",
    )
    media = fields.Json(readonly=True, copy=False)
    media_state = fields.Selection(
        [
            ("waiting", "To be fetched"),
            ("fetching", "Being fetched"),
            ("done", "Fetched"),
            ("failed", "Not available"),
        ],
        readonly=True,
        copy=False,
    )

    _provider_id_unique = models.UniqueIndex(
        "(account_id, provider_id) WHERE provider_id IS NOT NULL",
        "This message was recorded before.",
    )
    _reference_unique = models.Constraint(
        "UNIQUE(reference)", "Another message has the same reference."
    )
    _last_idx = models.Index("(channel_id, direction, id)")
    _failed_idx = models.Index("(channel_id, id) WHERE state = 'failed'")
    _outbox_idx = models.Index("(thread_id, id) WHERE state IN ('queued', 'sending')")
    _pace_idx = models.Index("(channel_id, claimed_at) WHERE claimed_at IS NOT NULL")
    _receipt_idx = models.Index("(id) WHERE receipt IN ('planned', 'typing')")
    _time_idx = models.Index("(id) WHERE time_pending")
    _scheduled_idx = models.Index("(scheduled_at) WHERE state = 'scheduled'")
    _limit_idx = models.Index("(channel_id, claimed_at) WHERE error_scope = 'limit'")
    _opening_idx = models.Index("(account_id, claimed_at) WHERE kind = 'template'")
    _media_idx = models.Index(
        "(next_try_at) WHERE media_state IN ('waiting', 'fetching')"
    )

    def _compute_display_name(self):
        for message in self:
            message.display_name = message._get_summary()

    def write(self, vals):
        if vals.get("state", "queued") not in WAITING_STATES:
            secret = self.filtered("is_secret")
            super(WhatsappMessage, secret).write({**vals, "template_values": False})
            return super(WhatsappMessage, self - secret).write(vals)
        return super().write(vals)

    # -- failures ---------------------------------------------------------------------

    @api.depends("error_code", "error_source", "error_detail")
    @api.depends_context("lang")
    def _compute_failure_reason(self):
        for message in self:
            sentence = message.error_source
            if sentence:
                sentence = message._translate_sentence(sentence)
            message.failure_reason = sentence

    def _translate_sentence(self, sentence):
        """A sentence of wire code in the user's language."""
        return self.account_id._transport()._translate(sentence)

    @api.model
    def _prepare_failure_vals(self, failure=None):
        """Values that show a failure, or none."""
        return {
            "error_code": failure and failure.code,
            "error_source": failure and failure.sentence,
            "error_detail": failure and failure.detail,
            "error_scope": failure and failure.scope,
        }

    def _yields_to(self, state):
        """Whether ``state`` outranks the present one; cancelled ones have no rank."""
        self.ensure_one()
        return self.state in RANK and RANK[state] > RANK[self.state]

    def _get_worst(self):
        """Of the parts of one Discuss message, the one to worry about."""
        worst = self.sorted(lambda m: SEVERITY.index(m.state))[:1]
        return worst.with_prefetch(self._prefetch_ids)

    # -- outbound: contents -----------------------------------------------------------

    @api.model
    def _prepare_contents(self, channel, *, body, attachments, raw_attachments=()):
        """Split one Discuss message into what WhatsApp can carry.

        WhatsApp takes one file a message. The text is the caption of the first file
        if that can have one, else a message of its own, before the files.

        :return: list of dicts with values of this model, in sending order
        """
        text = whatsapp_text.from_html(body)
        capabilities = channel._get_capabilities()
        files = [
            self._prepare_file(a.name, a.mimetype, a.file_size, a)
            for a in (attachments)
        ]
        files += [
            self._prepare_file(name, None, len(raw), raw=raw)
            for name, raw in (entry[:2] for entry in raw_attachments)
        ]
        if not files:
            return [{"kind": "text", "body": text}] if text else []
        captionable = files[0]["kind"] in capabilities.caption_kinds
        if text and captionable and len(text) <= capabilities.caption_limit:
            files[0]["body"] = text
        elif text:
            files.insert(0, {"kind": "text", "body": text})
        return files

    @api.model
    def _prepare_file(self, name, mimetype, size, attachment=None, raw=None):
        if raw is not None:
            raw = raw.encode() if isinstance(raw, str) else raw
            mimetype = guess_mimetype(raw)
        return {
            "kind": self._get_kind_of(mimetype, attachment),
            "attachment_id": attachment and attachment.id,
            "file": {"name": name, "mimetype": mimetype, "size": size or 0},
        }

    @api.model
    def _get_kind_of(self, mimetype, attachment=None):
        major = (mimetype or "").partition("/")[0]
        if attachment and attachment.sudo().voice_ids:
            return "voice"
        return major if major in ("image", "video", "audio") else "document"

    @api.model
    def _check_contents(self, channel, contents):
        """Raise if the provider can't carry ``contents``, with the limit in words."""
        capabilities = channel._get_capabilities()
        for content in contents:
            self._check_length(capabilities, content)
            if content.get("file"):
                self._check_file(capabilities, content)
            self._check_interactive(capabilities, content)

    @api.model
    def _check_length(self, capabilities, content):
        length = len(content.get("body") or "")
        limit = get_text_limit(content["kind"], capabilities)
        if length > limit:
            raise UserError(
                self.env._(
                    "The text has %(length)s characters; WhatsApp takes %(limit)s here."
                    " Please shorten it or send it in parts.",
                    length=length,
                    limit=limit,
                )
            )

    @api.model
    def _check_file(self, capabilities, content):
        file, kind = content["file"], content["kind"]
        allowed = capabilities.media_kinds.get(kind)
        if allowed is None and kind == "voice":
            kind = "audio"
            allowed = capabilities.media_kinds.get(kind)
        mimetype = (file["mimetype"] or "").partition(";")[0]
        if not allowed or mimetype not in allowed:
            raise UserError(
                self.env._(
                    "WhatsApp doesn't take files like %(name)s (%(mimetype)s).",
                    name=file["name"],
                    mimetype=mimetype or "?",
                )
            )
        limit = capabilities.media_limit.get(kind, 16 * 1024 * 1024)
        if file["size"] > limit:
            raise UserError(
                self.env._(
                    "%(name)s has %(size)s; at most %(limit)s can be sent.",
                    name=file["name"],
                    size=human_size(file["size"]),
                    limit=human_size(limit),
                )
            )

    @api.model
    def _check_interactive(self, capabilities, content):
        kind = content["kind"]
        if kind == "buttons":
            self._check_choices(content, most=capabilities.buttons, title_limit=20)
        elif kind == "list":
            self._check_choices(content, most=capabilities.list_rows, title_limit=24)
            self._check_limit(self.env._("The label"), content.get("list_label"), 20)
        elif kind == "location":
            self._check_location(capabilities, content)
        elif kind == "reaction":
            self._check_reaction(capabilities, content)

    @api.model
    def _check_choices(self, content, *, most, title_limit):
        choices = content.get("choices") or []
        if not most:
            raise UserError(self.env._("This provider can't send that."))
        if not 1 <= len(choices) <= most:
            raise UserError(
                self.env._("Between 1 and %(most)s choices, please.", most=most)
            )
        self._check_limit(self.env._("The message"), content.get("body"), 1024)
        for choice in choices:
            self._check_limit(self.env._("A choice"), choice["title"], title_limit)
            description = choice.get("description") or "-"
            self._check_limit(self.env._("A description"), description, 72)
        if len({choice["title"] for choice in choices}) < len(choices):
            raise UserError(self.env._("Two choices have the same title."))

    @api.model
    def _check_limit(self, label, text, limit):
        if not 1 <= len(text or "") <= limit:
            raise UserError(
                self.env._(
                    "%(label)s needs between 1 and %(limit)s characters: “%(text)s” "
                    "has %(length)s.",
                    label=label,
                    limit=limit,
                    text=shorten(text or "", 60, placeholder="…"),
                    length=len(text or ""),
                )
            )

    @api.model
    def _check_location(self, capabilities, content):
        if not capabilities.location:
            raise UserError(self.env._("This provider can't send locations."))
        if abs(content["latitude"]) > 90 or abs(content["longitude"]) > 180:
            raise UserError(self.env._("There is no such place on Earth."))
        is_named = content.get("place") or content.get("body")
        if is_named and not capabilities.location_names:
            raise UserError(
                self.env._(
                    "The provider shows a place without its name and address. "
                    "Write them as a message of their own."
                )
            )

    # -- outbound: queue --------------------------------------------------------------

    @api.model
    def _queue(self, thread, mail_message, contents):
        """Put the parts of a Discuss message into the outbox, in this transaction."""
        thread = thread.sudo()
        user = self._get_sending_user()
        conversation = self.env["whatsapp.conversation"].sudo()._for_outbound(thread)
        if not conversation:
            origin = self._prepare_origin_vals(thread, user)
            conversation = conversation.create(
                conversation._prepare_vals(thread, **origin)
            )
        quoted = mail_message.parent_id.sudo().whatsapp_message_ids[:1].provider_id
        given = [content.get("attachment_id") for content in contents]
        # Files posted as bytes became attachments in the order of their ids.
        fresh = (i for i in sorted(mail_message.attachment_ids.ids) if i not in given)
        messages = self.create(
            [
                self._prepare_queued_vals(
                    thread, conversation, mail_message, part, content, fresh
                )
                | {"quoted_provider_id": quoted if part == 0 else False}
                for part, content in enumerate(contents)
            ]
        )
        conversation.ticket_ids._whatsapp_attach(messages.attachment_id)
        if user:
            conversation._note_outbound(messages[:1]._get_summary(), user)
            conversation.ticket_ids._whatsapp_answered()
            thread._whatsapp_add_users(user)
        self.env["whatsapp.outbox"]._wake(thread)
        return messages

    @api.model
    def _prepare_origin_vals(self, thread, user):
        """Who begins a conversation from a contact gets the answers there."""
        partner = thread.whatsapp_contact_id.partner_id
        if not user or not partner:
            return {}
        return {
            "origin_model": partner._name,
            "origin_id": partner.id,
            "origin_user_id": user.id,
        }

    @api.model
    def _get_sending_user(self):
        """The person who sends, who takes the chat.

        None for Odoo's own messages: a rule's reply at night is no answer.
        """
        user = self.env.user
        return None if user._is_superuser() or user._is_public() else user

    @api.model
    def _prepare_queued_vals(
        self, thread, conversation, mail_message, part, content, fresh
    ):
        vals = {k: v for k, v in content.items() if k != "file"}
        if content.get("file") and not vals.get("attachment_id"):
            vals["attachment_id"] = next(fresh)
        return {
            **vals,
            **self._prepare_outbound_vals(thread),
            "conversation_id": conversation.id,
            "mail_message_id": mail_message.id,
            "part": part,
        }

    @api.model
    def _prepare_outbound_vals(self, thread):
        """What is the same for all that the current user sends into a thread."""
        return {
            "direction": "out",
            "state": "queued",
            "account_id": thread.whatsapp_channel_id.account_id.id,
            "channel_id": thread.whatsapp_channel_id.id,
            "contact_id": thread.whatsapp_contact_id.id,
            "thread_id": thread.id,
            "user_id": self.env.uid,
        }

    def _get_summary(self):
        """One line for lists and alerts."""
        self.ensure_one()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        text = " ".join((self.body or "").split())
        if text:
            return text[:120]
        if self.kind == "location":
            return self.place or labels[self.kind]
        return labels[self.kind]

    def _resend(self):
        """Queue a new attempt of what failed or has an unknown fate."""
        last = self.mail_message_id._whatsapp_current() & self
        again = last.filtered(
            lambda m: m.state in ("failed", "unknown", "cancelled") and not m.is_resent
        )
        if not again:
            raise UserError(self.env._("There is nothing to send again."))
        again.is_resent = True  # of two people who press at once, one meets a conflict
        for message in again:
            message._check_resendable()
        copies = self.create(
            [
                {
                    **message.copy_data()[0],
                    "state": "queued",
                    "scheduled_at": False,
                    "user_id": self.env.uid,
                }
                for message in again
            ]
        )
        self.env["whatsapp.mailing.line"]._follow(again, copies)
        self._broadcast()
        self.env["whatsapp.outbox"]._wake(self.thread_id)
        return copies

    def _check_resendable(self):
        """Raise if a new attempt can't go, saying why."""
        self.ensure_one()
        if self.kind != "template":
            self.thread_id._whatsapp_check_sendable([self._get_content()])
            return
        if self.is_secret:
            raise UserError(
                self.env._(
                    "One-time codes are not kept: please send a new one, with a new "
                    "code."
                )
            )
        if obstacle := self.env["whatsapp.sending"]._get_resend_obstacle(self):
            raise UserError(obstacle)

    def _get_content(self):
        """This message as ``_check_contents`` wants it."""
        self.ensure_one()
        content = {
            "kind": self.kind,
            "body": self.body,
            "choices": self.choices,
            "list_label": self.list_label,
            "latitude": self.latitude,
            "longitude": self.longitude,
        }
        if self.attachment_id:
            content["file"] = {
                "name": self.attachment_id.name,
                "mimetype": self.attachment_id.mimetype,
                "size": self.attachment_id.file_size,
            }
        return content

    def _cancel(self):
        """Take queued messages back. What is already on its way can't be."""
        self.lock_for_update()
        queued = self.filtered(lambda m: m.state in ("queued", "scheduled"))
        if not queued:
            raise UserError(self.env._("It is already on its way."))
        queued.state = "cancelled"
        self._broadcast()

    def _check_at_rest(self):
        """Raise if a worker is just sending one of these, or fetching its file."""
        if self.filtered(lambda m: m.state == "sending" or m.media_state == "fetching"):
            raise UserError(
                self.env._(
                    "A message is on its way just now. Please try again in a minute."
                )
            )

    def _get_record(self):
        """The record that it is about, or None."""
        self.ensure_one()
        if not self.record_id or self.record_model not in self.env:
            return None
        return self.env[self.record_model].browse(self.record_id).exists() or None

    def _get_note_text(self):
        """What stands of an answer in the chatter of the record that it returns to."""
        self.ensure_one()
        return self.env._(
            "%(name)s on WhatsApp: %(text)s",
            name=self.contact_id.name,
            text=self._get_summary(),
        )

    @api.model
    def _move_to_partner(self, contact, previous):
        """The contact is somebody else: their words leave the wrong one's chatter."""
        partner = contact.partner_id
        mine = Domain("contact_id", "=", contact.id)
        place = Domain("record_model", "=", previous._name)
        self.search(mine & place & Domain("record_id", "=", previous.id)).write(
            {
                "record_model": partner._name if partner else False,
                "record_id": partner.id,
            }
        )
        noted = Domain("note_id.model", "=", previous._name)
        noted &= Domain("note_id.res_id", "=", previous.id)
        for message in self.search(mine & noted & Domain("direction", "=", "in")):
            if not partner:
                message.note_id.unlink()
                continue
            message.note_id.write(
                {
                    "res_id": partner.id,
                    "record_name": partner.display_name,
                    "author_id": partner.id,
                    "body": Markup("<p>%s</p>") % message._get_note_text(),
                }
            )

    @api.model
    def _promote_scheduled(self):
        """Queue scheduled messages whose time has come."""
        due = self.search(
            [
                ("state", "=", "scheduled"),
                ("scheduled_at", "<=", fields.Datetime.now()),
            ],
            order="scheduled_at, id",
            limit=1000,
        )
        due.state = "queued"
        due._broadcast()
        due._wake()
        return len(due)

    def _wake(self):
        """Have what was queued sent, and what was scheduled queued at its time."""
        scheduled = self.filtered(lambda m: m.state == "scheduled")
        for at in set(scheduled.mapped("scheduled_at")):
            self.env["whatsapp.housekeeping"]._wake(at)
        if queued := self - scheduled:
            self.env["whatsapp.outbox"]._wake(queued.thread_id)

    # -- outbound: building -----------------------------------------------------------

    def _build_outbound(self):
        """This message as a transport gets it."""
        self.ensure_one()
        channel, account = self.channel_id, self.account_id
        scope = account._get_identity_scope()
        choices = self.choices or []
        is_reaction = self.kind == "reaction"
        return OutboundMessage(
            reference=self.reference,
            number=channel.number,
            number_id=channel.number_id,
            person=self.contact_id._get_person(scope),
            kind=self.kind,
            status_url=f"{account._get_webhook_url()}?ref={self.reference}",
            text="" if is_reaction else self.body or "",
            media=self._build_outbound_media(),
            location=self._build_outbound_location(),
            quoted_id=self.quoted_provider_id or None,
            target_id=self.target_provider_id or None,
            emoji=self.body or "" if is_reaction else "",
            buttons=tuple(
                Button(title=c["title"], payload=c["payload"])
                for c in choices
                if self.kind == "buttons"
            ),
            list_label=self.list_label or "",
            rows=tuple(
                ListRow(
                    title=c["title"],
                    payload=c["payload"],
                    description=c.get("description") or None,
                )
                for c in choices
                if self.kind == "list"
            ),
            template=self._build_outbound_template(),
        )

    def _build_outbound_template(self):
        if self.kind != "template":
            return None
        return self.template_variant_id._build_outbound(self)

    def _build_outbound_media(self):
        attachment = self.attachment_id
        if not attachment or self.kind == "template":
            return None
        return OutboundMedia(
            kind=self.kind,
            url=self._get_file_url(self.account_id, attachment),
            mimetype=attachment.mimetype or "application/octet-stream",
            filename=attachment.name,
            size=attachment.file_size,
            voice=self.kind == "voice",
        )

    @api.model
    def _get_file_url(self, account, attachment):
        """A public, signed address of a file of ours, for the provider to fetch."""
        token = attachment._get_raw_access_token()
        base = account._get_base_url()
        name = quote(attachment.name or "file", safe="")
        return f"{base}/web/content/{attachment.id}/{name}?access_token={token}"

    def _build_outbound_location(self):
        if self.kind != "location":
            return None
        return Location(
            latitude=self.latitude,
            longitude=self.longitude,
            name=self.place or None,
            address=self.body or None,
        )

    # -- status -----------------------------------------------------------------------

    @api.model
    def _find_for_status(self, account, updates):
        """The messages that status updates speak of, by our reference or by their id.

        :return: dict from reference and from provider's id to message
        """
        references = [u.reference for u in updates if u.reference]
        ids = [u.message_id for u in updates if u.message_id]
        found = self.search(
            [
                ("account_id", "=", account.id),
                "|",
                ("reference", "in", references),
                ("provider_id", "in", ids),
            ]
        )
        by_reference = {m.reference: m for m in found}
        return by_reference | {m.provider_id: m for m in found if m.provider_id}

    def _apply_status(self, update):
        """Apply one status update; the higher rank wins, times are kept for each.

        Whatever the order of arrival, the outcome is the same.
        """
        self.ensure_one()
        if self.direction == "in":
            return
        status = update.status
        vals = {}
        if update.message_id and not self.provider_id:
            vals["provider_id"] = update.message_id
        if update.pricing:
            vals["pricing"] = {**(self.pricing or {}), **update.pricing}
        if status not in RANK:
            vals["provider_status"] = status
        else:
            vals.update(self._prepare_status_vals(status, update))
        vals = {k: v for k, v in vals.items() if self[k] != v}
        if vals:
            self.write(vals)
        if vals.get("state") == "failed" and update.failure:
            self._heed_failure(update.failure)

    def _heed_failure(self, failure):
        """What a failure means beyond its message: an opt-out, a broken account …"""
        self.ensure_one()
        if failure.scope in ("consent", "marketing"):
            self.env["whatsapp.consent"]._record(
                self.contact_id,
                scope="all" if failure.scope == "consent" else "marketing",
                decision="out",
                source="provider",
                evidence=f"{failure.code}: {failure.detail or failure.sentence}",
            )
        elif failure.scope == "account":
            self.account_id._report_fault(
                f"{self._translate_sentence(failure.sentence)} ({failure.code})"
            )
        elif failure.scope == "limit":
            self.env["whatsapp.mailing.work"]._wake()
        elif failure.scope == "window" and self.kind != "template" and self.claimed_at:
            self.thread_id._whatsapp_close_window(self.claimed_at)

    def _prepare_status_vals(self, status, update):
        at = update.at or fields.Datetime.now()
        if at.tzinfo:
            at = at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
        vals = {}
        if f"{status}_at" in self._fields and not self[f"{status}_at"]:
            vals[f"{status}_at"] = at
        if self._yields_to(status):
            unexplained = Failure(code="failed", sentence=NOT_DELIVERED)
            failure = update.failure or unexplained if status == "failed" else None
            vals.update(self._prepare_failure_vals(failure))
            vals.update(state=status, lease_until=False)
        return vals

    def _broadcast(self):
        """Bring delivery states to open clients, and to reactions what they mean."""
        self.mail_message_id._whatsapp_broadcast()
        reactions = self.filtered(lambda m: m.kind == "reaction")
        reactions.target_id.mail_message_id._whatsapp_show_reactions()

    # -- inbound: time ----------------------------------------------------------------

    @api.model
    def _search_timeless(self, since, until):
        """Of each chat, the last message without a time that came in between."""
        found = self.search(
            [
                ("time_pending", "=", True),
                ("create_date", ">", since),
                ("create_date", "<", until),
            ],
            order="id",
            limit=200,
        )
        last = {message.thread_id: message for message in found}
        return self.union(*last.values())

    def _learn_sent_at(self, at):
        """The provider was asked: what this one's time means for its chat's window.

        :param at: aware UTC, or None if nobody knows
        """
        self.ensure_one()
        self.search(
            [
                ("time_pending", "=", True),
                ("thread_id", "=", self.thread_id.id),
                ("id", "<=", self.id),
            ]
        ).time_pending = False
        sent_at = at and at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
        if sent_at and sent_at < self.sent_at:
            self.sent_at = sent_at
            self.mail_message_id.date = sent_at
            self.thread_id._whatsapp_correct_window()

    # -- inbound: rendering -----------------------------------------------------------

    @api.model
    def _render_inbound(self, item):
        """The Discuss body of an inbound item, as safe HTML.

        :param item: an :class:`~..wire.items.InboundMessage`
        """
        kind = item.kind if item.kind in KINDS else "unsupported"
        render = getattr(self, f"_render_{kind}", None)
        body = render(item) if render else Markup(whatsapp_text.to_html(item.text))
        if item.forwarded:
            label = self.env._("Forwarded")
            body = Markup("<small><em>%s</em></small><br>%s") % (label, body)
        if item.referral:
            body += self._render_referral(item.referral)
        return body

    def _render_revoked(self):
        return Markup("<em>%s</em>") % self.env._("🚫 This message was deleted.")

    @api.model
    def _render_location(self, item):
        if item.location is None:
            return self._render_unsupported(item)
        return self._render_place(item.location)

    @api.model
    def _render_place(self, place):
        """A link to a map, and below a place's name its address.

        :param place: a :class:`~..wire.items.Location`
        """
        url = (
            f"https://www.openstreetmap.org/?mlat={place.latitude}"
            f"&mlon={place.longitude}#map=16/{place.latitude}/{place.longitude}"
        )
        label = place.name or place.address or f"{place.latitude}, {place.longitude}"
        body = Markup('📍 <a href="%s" target="_blank" rel="noreferrer">%s</a>') % (
            url,
            label,
        )
        if place.address and place.address != label:
            body += Markup("<br><small>%s</small>") % place.address
        return body

    @api.model
    def _render_contacts(self, item):
        lines = []
        for card in item.cards:
            details = ", ".join([*card.phones, *card.emails, card.organization or ""])
            lines.append(
                Markup("👤 <strong>%s</strong> %s") % (card.name, details.strip(", "))
            )
        if item.text:
            lines.append(Markup(whatsapp_text.to_html(item.text)))
        return Markup("<br>").join(lines)

    @api.model
    def _render_choice(self, item):
        choice = item.choice
        title = choice.title if choice else item.text
        body = Markup("☑ <strong>%s</strong>") % title
        if choice and choice.description:
            body += Markup("<br><small>%s</small>") % choice.description
        return body

    _render_button_reply = _render_choice
    _render_list_reply = _render_choice

    @api.model
    def _render_order(self, item):
        rows = [
            Markup("<li>%s × %s%s</li>")
            % (
                f"{line.quantity:g}",
                line.product,
                f" ({line.price:g} {line.currency or ''})" if line.price else "",
            )
            for line in item.order
        ]
        return Markup("🛒 %s<ul>%s</ul>") % (
            Markup(whatsapp_text.to_html(item.text)),
            Markup().join(rows),
        )

    @api.model
    def _render_unsupported(self, item):
        label = self.env._("Unsupported message")
        hint = self.env._("WhatsApp or its provider can't hand it over. See the phone.")
        body = Markup("<em>%s.</em> <small>%s</small>") % (label, hint)
        if item.text:
            body += Markup("<br>%s") % Markup(whatsapp_text.to_html(item.text))
        return body

    @api.model
    def _render_referral(self, referral):
        headline = referral.get("headline") or referral.get("source_url") or ""
        label = self.env._("Came from an advertisement:")
        return Markup("<br><small>%s %s</small>") % (label, headline)

    # -- media ------------------------------------------------------------------------

    @api.model
    def _get_media_name(self, kind, mimetype, given, reference):
        """A name for a fetched file: the sender's, else one that tells the kind."""
        extension = mimetypes.guess_extension((mimetype or "").partition(";")[0]) or ""
        if given:
            name = re.sub(r"[\x00-\x1f\x7f/\\]", "_", given)[-120:]
            return name if "." in name else name + extension
        return f"whatsapp-{kind}-{reference[:8]}{extension}"

    def action_retry_media(self):
        """Try again to fetch a file that couldn't be fetched."""
        self.check_access("read")
        self.thread_id._whatsapp_check_entitled()
        failed = self.sudo().filtered(lambda m: m.media_state == "failed")
        failed.write({"media_state": "waiting", "attempts": 0, "next_try_at": False})
        self.env["whatsapp.media"]._wake()

    def action_resend(self):
        for message in self:
            message.thread_id._whatsapp_check_entitled()
            message.sudo()._resend()

    def action_cancel(self):
        for message in self:
            message.thread_id._whatsapp_check_entitled()
            message.sudo()._cancel()

    def action_open_chat(self):
        self.ensure_one()
        return self.thread_id._whatsapp_open_action()

    def action_open_event(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "whatsapp.event",
            "res_id": self.event_id.id,
            "views": [(False, "form")],
        }


NOT_DELIVERED = _lt("WhatsApp could not deliver the message.")
