import logging

from odoo import api, models
from odoo.fields import Datetime

from ..tools.transport_client import get_client
from ..tools.work import rerun_on_conflict
from ..wire.http import ErrorAnswer, NoAnswer, NotSent
from ..wire.text import clean_all

_logger = logging.getLogger(__name__)

#: Longer without a sign of life than this was an outage: ask for what was missed.
OUTAGE_MINUTES = 20
LOOK_UP_HOURS = 24


class WhatsappHousekeeping(models.AbstractModel):
    """What has to happen with time: windows close, tickets fall due, leases expire."""

    _name = "whatsapp.housekeeping"
    _description = "WhatsApp Housekeeping"

    @api.model
    def _wake(self, at=None):
        self.env.ref("whatsapp_connector.ir_cron_housekeeping").sudo()._trigger(at)

    @api.model
    def _wake_blocks(self, contacts):
        """Have the providers told about (un)blocked contacts, in the background."""
        contacts.sudo().block_pending = True
        self._wake()

    @api.model
    def _cron_run(self):
        """Each step in a transaction of its own: one that fails stops no other."""
        conversations = self.env["whatsapp.conversation"]
        for step in (
            self.env["whatsapp.outbox"]._expire_leases,
            conversations._expire,
            conversations._open_due_tickets,
            self._notice_outage,
            self._purge,
        ):
            self._guarded(rerun_on_conflict, self.env, step)
        for record, step in self._get_calls():
            self._guarded(step, record)
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _guarded(self, step, *args):
        try:
            step(*args)
        except (NotSent, NoAnswer, ErrorAnswer) as error:
            _logger.info("WhatsApp housekeeping: no answer to %s: %s", args, error)
        except Exception:
            _logger.exception("WhatsApp housekeeping: %s failed", args)

    # -- asking the provider, one transaction a call ------------------------------------

    @api.model
    def _get_calls(self):
        """What providers have to be asked or told: list of ``(record, callable)``."""
        now = Datetime.now()
        unknown = self.env["whatsapp.message"].search(
            [
                ("state", "=", "unknown"),
                ("claimed_at", ">", Datetime.subtract(now, hours=LOOK_UP_HOURS)),
                ("claimed_at", "<", Datetime.subtract(now, minutes=1)),
            ],
            limit=50,
        )
        blocks = self.env["whatsapp.contact"].search([("block_pending", "=", True)])
        missed = self.env["whatsapp.channel"].search([("backfill_since", "!=", False)])
        receipts = self.env["whatsapp.message"].search(
            [("receipt", "=", "planned")], limit=200
        )
        return [
            *((message, self._send_receipt) for message in receipts),
            *((message, self._look_up) for message in unknown),
            *((contact, self._sync_block) for contact in blocks),
            *((channel, self._backfill) for channel in missed),
        ]

    @api.model
    def _look_up(self, message):
        """Ask what became of a message whose fate we don't know."""
        channel = message.channel_id
        if not channel._get_capabilities().look_up:
            return
        transport = channel.account_id._transport()
        update = transport._look_up(channel, message, get_client())
        if update:

            def apply():
                message._apply_status(update)
                message.mail_message_id._whatsapp_broadcast()

            rerun_on_conflict(self.env, apply)

    @api.model
    def _send_receipt(self, message):
        """Show the contact that we read the message; tried once, it isn't vital."""

        def note():
            message.receipt = "sent"

        rerun_on_conflict(self.env, note)
        channel = message.channel_id
        transport = channel.account_id._transport()
        transport._mark_read(channel, message.provider_id, get_client())

    @api.model
    def _sync_block(self, contact):
        contact._sync_block()

        def note():
            contact.block_pending = False

        rerun_on_conflict(self.env, note)

    @api.model
    def _backfill(self, channel):
        """Fetch what the provider knows since an outage and apply what is missing."""
        account, since = channel.account_id, channel.backfill_since
        items = []
        if channel._get_capabilities().backfill:
            items = clean_all(
                account._transport()._backfill(channel, since, get_client())
            )

        def apply():
            channel.backfill_since = False
            event = self.env["whatsapp.event"].create(
                {
                    "account_id": account.id,
                    "key": f"backfill:{channel.id}:{Datetime.now()}",
                    "method": "GET",
                    "state": "done",
                    "item_count": len(items),
                    "error": self.env._("Fetched from the provider after an outage."),
                }
            )
            pairs = [(event, item) for item in items]
            self.env["whatsapp.inbox"]._apply_items(account, pairs)

        rerun_on_conflict(self.env, apply)

    # -- outage and retention ---------------------------------------------------------

    @api.model
    def _notice_outage(self):
        """After a silence of ours, have the messages of that time fetched."""
        parameters = self.env["ir.config_parameter"].sudo()
        now = Datetime.now()
        last = parameters.get_param("whatsapp_connector.alive_at")
        parameters.set_param("whatsapp_connector.alive_at", Datetime.to_string(now))
        since = Datetime.to_datetime(last) if last else None
        if since and (now - since).total_seconds() > OUTAGE_MINUTES * 60:
            self.env["whatsapp.channel"].search([]).backfill_since = since

    @api.model
    def _purge(self):
        for company in self.env["res.company"].search([]):
            self.env["whatsapp.event"]._purge(company)
