from odoo import fields, models
from odoo.exceptions import UserError

from odoo.addons.mail.tools.discuss import Store


class MailMessage(models.Model):
    _inherit = "mail.message"

    message_type = fields.Selection(
        selection_add=[("whatsapp_message", "WhatsApp")],
        ondelete={
            "whatsapp_message": lambda recs: recs.write({"message_type": "comment"})
        },
    )
    whatsapp_message_ids = fields.One2many("whatsapp.message", "mail_message_id")
    whatsapp_noted_ids = fields.One2many(
        "whatsapp.message",
        "note_id",
        help="In the chatter of the record that it is about.",
    )

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            Store.Attr(
                "whatsapp",
                lambda message: message.sudo()._whatsapp_store_values(),
                predicate=lambda message: message.message_type == "whatsapp_message",
            ),
        ]

    def _whatsapp_current(self):
        """The attempts that count: the last one of each part of this message."""
        last = {}
        messages = self.whatsapp_message_ids | self.whatsapp_noted_ids
        for message in messages.sorted("id"):
            last[message.part] = message
        return self.env["whatsapp.message"].union(*last.values())

    def _whatsapp_store_values(self):
        """What the client shows under a message: ticks, reason, what can be done."""
        self.ensure_one()
        current = self._whatsapp_current()
        worst = current._get_worst()
        return {
            "id": worst.id,
            "kind": current[:1].kind or False,
            "direction": worst.direction or False,
            "state": worst.state or False,
            "reason": worst.failure_reason or False,
            "code": worst.error_code or False,
            "scheduled_at": worst.state == "scheduled"
            and fields.Datetime.to_string(worst.scheduled_at),
            "can_resend": not worst.is_secret,
            "event_id": current[:1].event_id.id,
            "choices": current[:1].choices or False,
            "latitude": current[:1].latitude,
            "longitude": current[:1].longitude,
            "deleted": current[:1].is_revoked,
            "edited": current[:1].is_edited,
            "media_state": current[:1].media_state or False,
        }

    def _whatsapp_broadcast(self, fields=()):
        """Bring delivery state (and ``fields``) to every open client, by thread."""
        whatsapp = Store.Attr(
            "whatsapp", lambda message: message.sudo()._whatsapp_store_values()
        )
        for thread_id, messages in self.grouped("res_id").items():
            thread = self.env["discuss.channel"].browse(thread_id)
            Store(bus_channel=thread).add(messages, [whatsapp, *fields]).bus_send()
        notes = self.sudo().whatsapp_message_ids.note_id
        for note in notes.filtered(lambda m: m.message_type == "whatsapp_message"):
            # Who cancels or sends again looks at it, whoever wrote it.
            for user in note.author_id.user_ids | self.env.user:
                Store(bus_channel=user).add(note, [whatsapp]).bus_send()

    def _whatsapp_broadcast_reactions(self):
        reactions = Store.Attr(
            "reactions", value=lambda m: Store.Many(m.sudo().reaction_ids)
        )
        self._whatsapp_broadcast([reactions])

    def _whatsapp_broadcast_attachments(self):
        attachments = Store.Many("attachment_ids", sort="id", sudo=True)
        self._whatsapp_broadcast([attachments, "body"])

    def _whatsapp_get_current(self):
        """The current attempts, for a user who may write in the thread.

        The message is the thread's own, or the line that tells of it on a record.
        """
        self.ensure_one()
        self.check_access("read")
        current = self.sudo()._whatsapp_current()
        if self.message_type != "whatsapp_message" or not current:
            raise UserError(self.env._("This is not a WhatsApp message."))
        current.thread_id.with_env(self.env)._whatsapp_check_entitled()
        return current

    def action_whatsapp_resend(self):
        """Send again what failed, or what nobody knows the fate of."""
        self._whatsapp_get_current()._resend()

    def action_whatsapp_cancel(self):
        """Take back what still waits in the queue."""
        self._whatsapp_get_current()._cancel()
