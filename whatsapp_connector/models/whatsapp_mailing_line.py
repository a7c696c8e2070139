from odoo import api, fields, models
from odoo.fields import Domain

#: What became of a line whose message is there, by the state of that message.
MESSAGE_STATES = [
    ("queued", "In the queue"),
    ("sending", "Being sent"),
    ("unknown", "Unknown"),
    ("sent", "Sent"),
    ("failed", "Failed"),
    ("delivered", "Delivered"),
    ("read", "Read"),
]
OWN_STATES = [
    ("new", "To be looked at"),
    ("waiting", "Waiting"),
    ("skipped", "Left out"),
    ("cancelled", "Cancelled"),
]
SKIP_KINDS = [
    ("number", "No number to write to"),
    ("twice", "Reached through another record"),
    ("opted_out", "Asked for no more messages"),
    ("not_agreed", "Has not agreed to advertising"),
    ("held", "Has not answered the last message yet"),
    ("blocked", "Blocked"),
    ("value", "A value of the template is missing"),
    ("template", "The template can't be sent"),
    ("gone", "The record is gone, or can't be read any more"),
    ("error", "Could not be prepared"),
    ("other", "Other reasons"),
]


class WhatsappMailingLine(models.Model):
    """One record of a mass message: who gets it, or why not."""

    _name = "whatsapp.mailing.line"
    _description = "WhatsApp Mass Message Recipient"
    _order = "mailing_id DESC, id"

    mailing_id = fields.Many2one(
        "whatsapp.mailing", required=True, ondelete="cascade", index=True
    )
    name = fields.Char()
    record_name = fields.Char(string="Record", compute="_compute_record_name")
    model = fields.Char(related="mailing_id.model")
    record_id = fields.Many2oneReference(
        string="Record's id", model_field="model", required=True
    )
    contact_id = fields.Many2one(
        "whatsapp.contact",
        string="WhatsApp contact",
        ondelete="cascade",
        index="btree_not_null",
    )
    variant_id = fields.Many2one(
        "whatsapp.template.variant", string="Language", ondelete="set null"
    )
    state = fields.Selection(
        [*OWN_STATES, ("handed", "Handed over")], required=True, default="new"
    )
    skip_kind = fields.Selection(SKIP_KINDS, string="Left out because")
    skip_reason = fields.Char()
    message_id = fields.Many2one(
        "whatsapp.message",
        ondelete="set null",
        index="btree_not_null",
        help="The last try: another one is a message of its own.",
    )
    message_state = fields.Selection(
        related="message_id.state", string="State of the message"
    )
    result = fields.Selection(
        [*OWN_STATES, *MESSAGE_STATES],
        compute="_compute_result",
        search="_search_result",
    )
    reason = fields.Char(compute="_compute_reason", compute_sudo=True)
    failure = fields.Char(related="message_id.error_source", string="Failure")

    _once = models.UniqueIndex(
        "(mailing_id, contact_id) WHERE contact_id IS NOT NULL",
        "Nobody gets a mass message twice.",
    )
    _work_idx = models.Index("(mailing_id, state, id)")

    @api.depends("name", "model", "record_id")
    def _compute_record_name(self):
        """Before a record is looked at, its name is for those who may read it."""
        for line in self:
            line.record_name = line.name
        unseen = self.filtered(lambda line: not line.name and line.model in self.env)
        for model, lines in unseen.grouped("model").items():
            records = self.env[model].browse(lines.mapped("record_id")).exists()
            names = {
                record.id: record.display_name
                for record in records._filtered_access("read")
            }
            for line in lines:
                line.record_name = names.get(line.record_id)

    @api.depends("state", "message_id.state")
    def _compute_result(self):
        for line in self:
            handed = line.state == "handed"
            state = line.sudo().message_state if handed else line.state
            line.result = {"scheduled": "queued"}.get(state, state) or "cancelled"

    def _search_result(self, operator, values):
        if operator != "in":
            return NotImplemented
        own = [value for value in values if value in dict(OWN_STATES)]
        theirs = [value for value in values if value not in dict(OWN_STATES)]
        if "cancelled" in own:
            theirs.append("cancelled")
        return Domain("state", "in", own) | (
            Domain("state", "=", "handed") & Domain("message_state", "in", theirs)
        )

    @api.depends("skip_reason", "message_id.failure_reason")
    def _compute_reason(self):
        for line in self:
            is_handed = line.state == "handed"
            line.reason = (
                line.message_id.failure_reason if is_handed else line.skip_reason
            )

    def _skip(self, kind, sentence):
        self.write({"state": "skipped", "skip_kind": kind, "skip_reason": sentence})

    def _refuse(self, refusal):
        """Leave it out for the reason that sending gave."""
        kind = getattr(refusal, "kind", "other")
        known = kind in dict(SKIP_KINDS)
        self._skip(kind if known else "other", str(refusal))

    @api.model
    def _follow(self, messages, copies):
        """Somebody sent ``messages`` again from their chats, as ``copies``."""
        again = dict(zip(messages, copies, strict=True))
        for line in self.sudo().search([("message_id", "in", messages.ids)]):
            line.write({"state": "handed", "message_id": again[line.message_id].id})

    # -- buttons ----------------------------------------------------------------------

    def action_retry(self):
        """Another try for those that failed, or whose fate nobody knows."""
        self.mailing_id._retry(self)

    def action_open_record(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.model,
            "res_id": self.record_id,
            "views": [(False, "form")],
        }

    def action_open_chat(self):
        self.ensure_one()
        return self.message_id.action_open_chat()
