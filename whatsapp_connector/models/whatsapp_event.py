import hashlib
import json
import logging

from psycopg2.errors import SerializationFailure

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Datetime
from odoo.tools import SQL

from ..wire.webhook import WebhookRequest

_logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 4
#: A status may come before we know the message it speaks of; later it isn't ours.
STATUS_PATIENCE_MINUTES = 15


class WhatsappEvent(models.Model):
    """One webhook POST, stored raw before anything is done with it."""

    _name = "whatsapp.event"
    _description = "WhatsApp Event"
    _order = "id DESC"
    _rec_name = "key"

    account_id = fields.Many2one(
        "whatsapp.account", required=True, ondelete="cascade", readonly=True
    )
    company_id = fields.Many2one(related="account_id.company_id")
    key = fields.Char(
        required=True, readonly=True, help="Makes repeated deliveries one event."
    )
    method = fields.Char(readonly=True)
    url = fields.Char(readonly=True)
    headers = fields.Json(readonly=True)
    body = fields.Binary(
        string="Raw body",
        attachment=False,
        readonly=True,
        exportable=False,
        groups="base.group_system",
    )
    body_text = fields.Text(
        string="Body", compute="_compute_body_text", groups="base.group_system"
    )
    state = fields.Selection(
        [
            ("new", "New"),
            ("processing", "Being applied"),
            ("retry", "To be tried again"),
            ("done", "Applied"),
            ("failed", "Failed"),
        ],
        required=True,
        default="new",
        readonly=True,
        index=True,
    )
    attempts = fields.Integer(readonly=True)
    lease_until = fields.Datetime(readonly=True)
    next_try_at = fields.Datetime(readonly=True)
    awaits_message = fields.Boolean(
        readonly=True, help="A status came before we knew the message it speaks of."
    )
    error = fields.Char(readonly=True)
    item_count = fields.Integer(string="Items", readonly=True)
    message_ids = fields.One2many("whatsapp.message", "event_id")

    _key_unique = models.Constraint(
        "UNIQUE(account_id, key)", "This event was recorded before."
    )
    _last_idx = models.Index("(account_id, id)")
    _purge_idx = models.Index("(account_id, create_date) WHERE body IS NOT NULL")
    _work_idx = models.Index(
        "(account_id, id) WHERE state IN ('new', 'retry', 'processing')"
    )

    def _compute_display_name(self):
        for event in self:
            event.display_name = self.env._("Event %(number)s", number=event.id)

    # -- storing ----------------------------------------------------------------------

    @api.model
    def _store(self, account, webhook):
        """Insert a verified webhook once; the controller's only write.

        :return: id of the new event, or None for a repeated delivery
        """
        transport = account._transport()
        kept = transport._kept_headers()
        headers = {k: v for k, v in webhook.headers.items() if k in kept}
        key = transport._event_key(account, webhook) or self._hash(webhook)
        now = Datetime.now()
        insert = SQL(
            """
            INSERT INTO whatsapp_event
                   (account_id, key, method, url, headers, body, state, attempts,
                    create_uid, write_uid, create_date, write_date)
            VALUES (%s, %s, %s, %s, %s, %s, 'new', 0, %s, %s, %s, %s)
            ON CONFLICT (account_id, key) DO NOTHING
            RETURNING id
            """,
            account.id,
            key,
            webhook.method,
            webhook.url,
            json.dumps(headers),
            webhook.body,
            self.env.uid,
            self.env.uid,
            now,
            now,
        )
        try:
            with self.env.cr.savepoint(flush=False):
                self.env.cr.execute(insert, log_exceptions=False)
                row = self.env.cr.fetchone()
        except SerializationFailure:
            # Stored by another request after our transaction began. To begin anew, as
            # Odoo would, costs seconds and writes the message into the log.
            return None
        return row[0] if row else None

    @api.model
    def _hash(self, webhook):
        digest = hashlib.sha256()
        for piece in (webhook.method.encode(), webhook.query.encode(), webhook.body):
            digest.update(piece + b"\n")
        return digest.hexdigest()

    @api.model
    def _get_last(self, accounts):
        """When the provider called last: dict account id → naive UTC."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id, last.create_date
                  FROM unnest(%s::int[]) AS account (id)
                  JOIN LATERAL (
                       SELECT create_date FROM whatsapp_event event
                        WHERE event.account_id = account.id
                     ORDER BY event.id DESC LIMIT 1
                       ) last ON TRUE
                """,
                accounts.ids,
            )
        )
        return dict(rows)

    # -- reading ----------------------------------------------------------------------

    def _get_bodies(self):
        """The raw bodies (``None`` where purged), as bytes by event id.

        Read past the ORM, which takes every binary column for base64.
        """
        if not self:
            return {}
        rows = self.env.execute_query(
            SQL("SELECT id, body FROM whatsapp_event WHERE id IN %s", tuple(self.ids))
        )
        return {
            event_id: None if body is None else bytes(body) for event_id, body in rows
        }

    def _compute_body_text(self):
        bodies = self._get_bodies()
        for event in self:
            body = bodies.get(event.id)
            text = "" if body is None else body.decode("utf-8", "replace")
            event.body_text = event.account_id._mask(text.replace("\x00", ""))

    def _get_webhook(self, body):
        self.ensure_one()
        return WebhookRequest(
            method=self.method or "POST",
            url=self.url or "",
            headers=self.headers or {},
            body=body or b"",
        )

    # -- outcome ----------------------------------------------------------------------

    def _set_done(self, note=False):
        self.write(
            {
                "state": "done",
                "lease_until": False,
                "next_try_at": False,
                "awaits_message": False,
                "error": note,
            }
        )

    def _set_retry(self, reason, seconds):
        self.ensure_one()
        self.write(
            {
                "state": "retry",
                "lease_until": False,
                "next_try_at": Datetime.add(Datetime.now(), seconds=seconds),
                "awaits_message": False,
                "error": self.account_id._mask(reason)[:500],
            }
        )

    def _get_age(self):
        """Seconds since it was stored."""
        self.ensure_one()
        return (Datetime.now() - self.create_date).total_seconds()

    def _may_await_message(self):
        """Whether its status may still be of a message that we are just sending."""
        return self._get_age() <= STATUS_PATIENCE_MINUTES * 60

    def _set_awaiting_message(self):
        """Its status overtook the send result; that is no failed attempt."""
        self._set_retry(
            self.env._("Waiting for the message that this status speaks of."),
            max(3.0, self._get_age() / 2),
        )
        self.write({"awaits_message": True, "attempts": 0})

    @api.model
    def _release_awaiting(self, accounts):
        """Messages of ``accounts`` were sent: statuses that overtook them can go on."""
        released = self.search(
            [
                ("account_id", "in", accounts.ids),
                ("state", "=", "retry"),
                ("awaits_message", "=", True),
                ("create_date", ">", Datetime.subtract(Datetime.now(), minutes=2)),
            ],
            limit=500,
        )
        if released:
            released.next_try_at = Datetime.now()
            self.env["whatsapp.inbox"]._wake(released.account_id)

    def _set_failed(self, reason):
        """Keep the event with its reason, and tell the administrators."""
        for event in self:
            reason = event.account_id._mask(reason)[:500]
            event.write(
                {
                    "state": "failed",
                    "lease_until": False,
                    "awaits_message": False,
                    "error": reason,
                }
            )
            _logger.warning("WhatsApp event %s failed: %s", event.id, reason)
        for account in self.account_id:
            account._alert(
                self.env._(
                    "Events from the provider could not be applied. Look at the "
                    "failed events: they are kept and can be replayed."
                )
            )

    def action_replay(self):
        """Apply the chosen events again, as if they had just come in."""
        self.check_access("write")
        bodies = self._get_bodies()
        kept = self.filtered(
            lambda e: (
                e.state in ("failed", "done", "retry") and bodies[e.id] is not None
            )
        )
        if not kept:
            raise UserError(
                self.env._(
                    "There is nothing left to replay: what the provider sent was "
                    "forgotten after the days that the settings allow."
                )
            )
        kept.sudo().write(
            {"state": "new", "attempts": 0, "next_try_at": False, "error": False}
        )
        self.env["whatsapp.inbox"]._wake(kept.account_id)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._(
                    "%(count)s event(s) will be applied again.", count=len(kept)
                ),
                "type": "info",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    @api.model
    def _forget(self, contact, events):
        """Forget raw bodies that speak of a contact, and those of ``events``."""
        keys = {key.lstrip("+") for key in contact._get_keys()}
        keys |= {contact.wa_id} if contact.wa_id else set()
        self.env.execute_query(
            SQL(
                """
                UPDATE whatsapp_event event
                   SET body = NULL, headers = NULL
                  FROM whatsapp_account account
                 WHERE account.id = event.account_id AND account.company_id = %s
                   AND event.state IN ('done', 'failed') AND event.body IS NOT NULL
                   AND (event.id = ANY(%s) OR EXISTS (
                       SELECT FROM unnest(%s::bytea[]) AS key
                        WHERE position(key IN event.body) > 0
                   ))
                RETURNING event.id
                """,
                contact.company_id.id,
                events.ids,
                [key.encode() for key in keys],
            )
        )

    @api.model
    def _purge(self, company):
        """Forget raw bodies after the company's retention; failed ones keep why."""
        before = Datetime.subtract(
            Datetime.now(), days=company.whatsapp_event_retention_days
        )
        self.env.execute_query(
            SQL(
                """
                UPDATE whatsapp_event
                   SET body = NULL, headers = NULL
                 WHERE body IS NOT NULL AND state IN ('done', 'failed')
                   AND create_date < %s
                   AND account_id IN (
                       SELECT id FROM whatsapp_account WHERE company_id = %s
                   )
                RETURNING id
                """,
                before,
                company.id,
            )
        )
