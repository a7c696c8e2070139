import logging
import time

from odoo import api, models
from odoo.fields import Datetime

from ..tools.transport_client import get_client
from ..tools.work import rerun_on_conflict, wake_once
from ..wire.http import ErrorAnswer
from ..wire.text import clean_all
from .whatsapp_transport import NO_ANSWER

_logger = logging.getLogger(__name__)

#: Longer between two runs than this was an outage: ask for what was missed. The
#: scheduled action runs every two minutes, and whenever it is woken.
OUTAGE_MINUTES = 4
#: What is asked for again before the outage, for messages that were under way.
OUTAGE_MARGIN_MINUTES = 5
LOOK_UP_HOURS = 24
#: People write several messages in a row: one question serves them all.
TIME_MINUTES = 5
#: After this long a run asks no more providers: the next one goes on.
BUDGET_SECONDS = 20


class WhatsappHousekeeping(models.AbstractModel):
    """What has to happen with time: windows close, tickets fall due, leases expire."""

    _name = "whatsapp.housekeeping"
    _description = "WhatsApp Housekeeping"

    @api.model
    def _wake(self, at=None):
        wake_once(self.env.ref("whatsapp_connector.ir_cron_housekeeping").sudo(), at)

    @api.model
    def _wake_blocks(self, contacts):
        """Have the providers told about (un)blocked contacts, in the background."""
        contacts.sudo().block_pending = True
        self._wake()

    @api.model
    def _cron_run(self):
        """Each step in a transaction of its own: one that fails stops no other."""
        deadline = time.monotonic() + BUDGET_SECONDS
        conversations = self.env["whatsapp.conversation"]
        steps = [
            self.env["whatsapp.outbox"]._expire_leases,
            self.env["whatsapp.message"]._promote_scheduled,
            conversations._expire,
            *(c._open_due_ticket for c in conversations._search_due_tickets()),
            self.env["whatsapp.account"]._end_restrictions,
            self._notice_outage,
            self._purge,
        ]
        for step in steps:
            self._guarded(rerun_on_conflict, self.env, step)
        for record, call in self._get_calls():
            if time.monotonic() > deadline:
                self._wake()
                break
            self._guarded(call, record)
        self.env["ir.cron"]._commit_progress(1, remaining=0)

    @api.model
    def _guarded(self, step, *args):
        try:
            step(*args)
        except (ErrorAnswer, *NO_ANSWER) as error:
            _logger.info("WhatsApp housekeeping: no answer to %s: %s", args, error)
        except Exception:
            _logger.exception("WhatsApp housekeeping: %s failed", args)

    # -- asking the provider, one transaction a call ----------------------------------

    @api.model
    def _get_calls(self):
        """What providers have to be asked or told: list of ``(record, callable)``."""
        now = Datetime.now()
        messages = self.env["whatsapp.message"]
        unknown = messages.search(
            [
                ("state", "=", "unknown"),
                ("claimed_at", ">", Datetime.subtract(now, hours=LOOK_UP_HOURS)),
                ("claimed_at", "<", Datetime.subtract(now, minutes=1)),
                "|",
                ("next_try_at", "=", False),
                ("next_try_at", "<=", now),
            ],
            order="id",
            limit=50,
        )
        blocks = self.env["whatsapp.contact"].search([("block_pending", "=", True)])
        missed = self.env["whatsapp.channel"].search([("backfill_since", "!=", False)])
        timeless = messages._search_timeless(
            Datetime.subtract(now, hours=LOOK_UP_HOURS),
            Datetime.subtract(now, minutes=TIME_MINUTES),
        )
        return [
            *((channel, self._backfill) for channel in missed),
            *((contact, self._sync_block) for contact in blocks),
            *((message, self._look_up) for message in unknown),
            *((message, self._look_up_time) for message in timeless),
        ]

    @api.model
    def _look_up(self, message):
        """Ask what became of a message whose fate we don't know; again in a while."""
        channel = message.channel_id
        if not channel._get_capabilities().look_up:
            return

        def note():
            age = (Datetime.now() - message.claimed_at).total_seconds()
            pause = min(max(age, 120), 3600)
            message.next_try_at = Datetime.add(Datetime.now(), seconds=int(pause))

        rerun_on_conflict(self.env, note)
        transport = channel.account_id._transport()
        update = transport._look_up(channel, message, get_client())
        if update:

            def apply():
                message._apply_status(update)
                message._broadcast()

            rerun_on_conflict(self.env, apply)

    @api.model
    def _look_up_time(self, message):
        """Ask when a message was sent whose webhook didn't tell, and may be late."""
        channel = message.channel_id
        transport = channel.account_id._transport()
        at = transport._look_up_sent_at(channel, message, get_client())
        rerun_on_conflict(self.env, lambda: message._learn_sent_at(at))

    @api.model
    def _sync_block(self, contact):
        blocked = contact.blocked
        contact._sync_block()

        def note():
            if contact.blocked == blocked:  # nobody changed their mind meanwhile
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

        pairs = rerun_on_conflict(
            self.env, lambda: self._note_backfill(channel, since, items)
        )
        try:
            rerun_on_conflict(self.env, lambda: self._apply_missed(account, pairs))
        except Exception:
            for pair in pairs:
                self._apply_missed_alone(account, pair)

    @api.model
    def _note_backfill(self, channel, since, items):
        """Give every missed item an event of its own, where its fate is kept.

        :return: list of ``(event, item)``
        """
        if channel.backfill_since == since:
            channel.backfill_since = False
        stamp = Datetime.to_string(Datetime.now())
        events = self.env["whatsapp.event"].create(
            [
                {
                    "account_id": channel.account_id.id,
                    "key": f"backfill:{channel.id}:{stamp}:{place}",
                    "method": "GET",
                    "state": "done",
                    "item_count": 1,
                    "error": self.env._("Fetched from the provider after an outage."),
                }
                for place, _item in enumerate(items)
            ]
        )
        return list(zip(events, items, strict=True))

    @api.model
    def _apply_missed(self, account, pairs):
        report = self.env["whatsapp.inbox"]._apply_items(account, pairs)
        for event, reason in report.unrouted.items():
            event._set_failed(reason)

    @api.model
    def _apply_missed_alone(self, account, pair):
        """One bad item keeps its reason and stops no other."""
        event, _item = pair
        try:
            rerun_on_conflict(self.env, lambda: self._apply_missed(account, [pair]))
        except Exception as error:
            _logger.warning("Missed item of event %s: %s", event.id, error)
            reason = str(error) or type(error).__name__
            rerun_on_conflict(self.env, lambda: event._set_failed(reason))

    # -- outage and retention ---------------------------------------------------------

    @api.model
    def _notice_outage(self):
        """After a silence of ours, have the messages of that time fetched.

        ``ir.cron`` tells when this action ran last.
        """
        last = self.env.context.get("lastcall")
        silence = last and (Datetime.now() - last).total_seconds()
        if silence and silence > OUTAGE_MINUTES * 60:
            since = Datetime.subtract(last, minutes=OUTAGE_MARGIN_MINUTES)
            self.env["whatsapp.channel"].search([])._plan_backfill(since)

    @api.model
    def _purge(self):
        for company in self.env["res.company"].search([]):
            self.env["whatsapp.event"]._purge(company)
