import logging
import time

from odoo import api, models
from odoo.fields import Datetime
from odoo.tools import SQL

from ..tools.refusal import Refusal
from ..tools.work import rerun_on_conflict, transaction, wake, wake_at
from .whatsapp_mailing import AT_WORK
from .whatsapp_sending import Letter

_logger = logging.getLogger(__name__)

#: Lines of one transaction.
BATCH = 200
#: Of a template whose document is printed for each: that takes a second or so.
PRINTED = 10
#: At most this many bulk messages of a number wait in the outbox: a pause takes hold
#: at once, and the day's limit is counted closely.
AHEAD = 500
BUDGET_SECONDS = 20
#: Behind everything that a person waits for.
PRIORITY = 10
#: Of so many last messages, that share may be refused before it pauses.
WATCHED = 50
BEARABLE = 0.3


class WhatsappMailingWork(models.AbstractModel):
    """The step that moves mass messages on: one batch of each in turn.

    A batch is one transaction: its messages are queued together with what its lines
    know of them, so that a crash neither loses nor doubles any. It locks its mailing
    and writes to it only what changes, so that a pause just waits for the batch.
    """

    _name = "whatsapp.mailing.work"
    _description = "WhatsApp Mass Message Work"

    @api.model
    def _cron(self):
        return self.env.ref("whatsapp_connector.ir_cron_mailing").sudo()

    @api.model
    def _wake(self, at=None):
        wake_at(self._cron(), at)

    @api.model
    def _nudge(self):
        """The outbox's queue got shorter: have those at work go on, and tell."""
        with transaction(self.env):
            if self._get_due_ids():
                wake(self._cron())

    @api.model
    def _cron_run(self):
        deadline = time.monotonic() + BUDGET_SECONDS
        batches, tired = 0, set()
        while time.monotonic() < deadline:
            with transaction(self.env):
                due = [i for i in self._get_due_ids() if i not in tired]
            if not due:
                break
            for mailing_id in due:
                if self._run(mailing_id):
                    batches += 1
                else:
                    tired.add(mailing_id)
        else:
            self._wake()
        with transaction(self.env):
            if due_at := self._get_next_due():
                self._wake(due_at)
        self.env["ir.cron"]._commit_progress(batches, remaining=0)

    @api.model
    def _get_due_ids(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM whatsapp_mailing
                 WHERE (state IN ('preparing', 'running') OR recall_pending)
                   AND (state != 'running' OR COALESCE(waiting_until <= %s, TRUE))
                 ORDER BY id
                """,
                Datetime.now(),
            )
        )
        return [row[0] for row in rows]

    @api.model
    def _get_next_due(self):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT min(waiting_until) FROM whatsapp_mailing
                 WHERE state = 'running' AND waiting_until > %s
                """,
                Datetime.now(),
            )
        )
        return rows[0][0]

    @api.model
    def _run(self, mailing_id):
        """One batch of a mailing. False: there is nothing to do for now."""
        with transaction(self.env):
            batch = self._get_batch(mailing_id)
        try:
            return rerun_on_conflict(self.env, lambda: self._advance(mailing_id, batch))
        except Exception:
            _logger.exception("Mass message %s: a batch failed", mailing_id)
        return self._run_singly(mailing_id, batch)

    @api.model
    def _get_batch(self, mailing_id):
        """How many lines are handed over at once: few where each takes long."""
        self.env.invalidate_all()
        mailing = self.env["whatsapp.mailing"].browse(mailing_id)
        prints = (
            mailing.state == "running" and mailing.template_id.variant_ids.report_id
        )
        return min(BATCH, PRINTED) if prints else BATCH

    @api.model
    def _run_singly(self, mailing_id, batch):
        """One bad line is left out, and stops no other."""
        for _line in range(batch):
            try:
                if not rerun_on_conflict(
                    self.env, lambda: self._advance(mailing_id, 1)
                ):
                    return False
            except Exception:
                _logger.exception("Mass message %s: a line failed", mailing_id)
                rerun_on_conflict(self.env, lambda: self._leave_out_next(mailing_id))
        return True

    @api.model
    def _leave_out_next(self, mailing_id):
        mailing = self._lock_mailing(mailing_id)
        state = "new" if mailing.state == "preparing" else "waiting"
        self._lock_lines(mailing, state, 1)._skip(
            "error", self.env._("It could not be prepared. See the server's log.")
        )

    @api.model
    def _advance(self, mailing_id, limit):
        """What comes next, of a mailing that stays locked until this is committed."""
        mailing = self._lock_mailing(mailing_id)
        if mailing.recall_pending:
            self._recall(mailing)
        if mailing.state == "preparing":
            has_moved = self._prepare(mailing, limit)
        elif mailing.state == "running":
            has_moved = self._go_on(mailing, limit)
        else:
            has_moved = False
        self._tell(mailing)
        return has_moved

    # -- locking ----------------------------------------------------------------------

    @api.model
    def _lock_mailing(self, mailing_id):
        rows = self.env.execute_query(
            SQL(
                "SELECT id FROM whatsapp_mailing WHERE id = %s FOR NO KEY UPDATE",
                mailing_id,
            )
        )
        self.env.invalidate_all()
        return self.env["whatsapp.mailing"].browse([row[0] for row in rows])

    @api.model
    def _lock_lines(self, mailing, state, limit):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM whatsapp_mailing_line
                 WHERE mailing_id = %s AND state = %s
                 ORDER BY id LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                mailing.id,
                state,
                limit,
            )
        )
        return self.env["whatsapp.mailing.line"].browse([row[0] for row in rows])

    # -- preparing --------------------------------------------------------------------

    @api.model
    def _prepare(self, mailing, limit):
        """Look up who is behind the next records; when all are known, begin."""
        if self._pause_if_needed(mailing):
            return False
        lines = self._lock_lines(mailing, "new", limit)
        if not lines:
            mailing.state = "running"
            return True
        records = self._get_records(mailing, lines)
        sending = self.env["whatsapp.sending"].with_env(records.env)
        found = sending._get_contacts(
            records, mailing.company_id, mailing.recipient_path
        )
        taken = self._get_taken(mailing, found.values())
        for line in lines:
            record = records.browse(line.record_id)
            contact = found.get(record)
            if contact is None:
                line._skip("gone", self.env._("The record is gone, or can't be read."))
                continue
            line.name = record.display_name
            if isinstance(contact, str):
                line._skip(getattr(contact, "kind", "number"), str(contact))
            elif contact.id in taken:
                line._refuse(self._get_twice(mailing, contact))
            else:
                taken.add(contact.id)
                line.write({"state": "waiting", "contact_id": contact.id})
        return True

    @api.model
    def _get_records(self, mailing, lines):
        """The records that are still there, as whoever sends it may read them."""
        env = mailing._get_sender_env()
        records = env[mailing.model].browse(lines.mapped("record_id"))
        return records.exists()._filtered_access("read")

    @api.model
    def _get_taken(self, mailing, contacts):
        """Ids of those among ``contacts`` who have a line already."""
        ids = [contact.id for contact in contacts if not isinstance(contact, str)]
        lines = self.env["whatsapp.mailing.line"].search(
            [("mailing_id", "=", mailing.id), ("contact_id", "in", ids)]
        )
        return set(lines.contact_id.ids)

    @api.model
    def _get_twice(self, mailing, contact):
        env = mailing._get_sender_env()
        return Refusal(
            "twice",
            env._("%(name)s gets it for another record already.", name=contact.name),
        )

    # -- handing over -----------------------------------------------------------------

    @api.model
    def _go_on(self, mailing, limit):
        if mailing.waiting_until and mailing.waiting_until > Datetime.now():
            return False
        if self._pause_if_needed(mailing):
            return False
        waiting = self.env["whatsapp.mailing.line"].search_count(
            [("mailing_id", "=", mailing.id), ("state", "=", "waiting")], limit=limit
        )
        if not waiting:
            self._end_if_over(mailing)
            return False
        if self._get_room(mailing) < waiting:
            return False
        lines = self._lock_lines(mailing, "waiting", limit)
        lines = self._keep_limit(mailing, lines)
        self._hand_over(mailing, lines)
        return bool(lines)

    @api.model
    def _end_if_over(self, mailing):
        counts = mailing._count_lines().get(mailing.id, {})
        at_work = {"new", "waiting", "queued", "scheduled", "sending"}
        if not at_work & counts.keys():
            mailing.write({"state": "done", "ended_at": Datetime.now()})

    @api.model
    def _get_room(self, mailing):
        """How many more messages may wait in the outbox for the number."""
        queued = self.env["whatsapp.message"].search_count(
            [
                ("channel_id", "=", mailing.channel_id.id),
                ("state", "=", "queued"),
                ("priority", ">", 0),
            ],
            limit=AHEAD,
        )
        return AHEAD - queued

    @api.model
    def _keep_limit(self, mailing, lines):
        """Those of ``lines`` who may be written to by now; the others go on waiting.

        With none left it waits until there is room again.
        """
        left = mailing._get_account()._get_new_people_left()
        if left is None:
            return lines
        new = mailing._get_account()._filter_new_people(lines.contact_id)
        allowed = lines.contact_id - new + new[:left]
        lines = lines.filtered(lambda line: line.contact_id in allowed)
        if len(new) > left:
            mailing.write(
                {
                    "waiting_until": mailing._get_account()._get_next_free_place(BATCH),
                    "is_limited": True,
                }
            )
        elif mailing.is_limited:
            mailing.write({"waiting_until": False, "is_limited": False})
        return lines

    @api.model
    def _hand_over(self, mailing, lines):
        """Queue the messages of ``lines``, or note why there is none."""
        if not lines:
            return
        records = self._get_records(mailing, lines)
        sending = self.env["whatsapp.sending"].with_env(records.env)
        fresh, again = {}, {}
        for line in lines:
            record = records.browse(line.record_id)
            if record not in records:
                line._skip("gone", self.env._("The record is gone, or can't be read."))
                continue
            letter = self._build_letter(line, record)
            is_again = letter.variant == line.message_id.template_variant_id
            (again if is_again else fresh)[line] = letter
        sending._send(list(fresh.values()))
        self._send_again(sending, again)
        for line, letter in (fresh | again).items():
            if letter.refusal:
                line._refuse(letter.refusal)
            else:
                line.write(
                    {
                        "state": "handed",
                        "message_id": letter.message.id,
                        "variant_id": letter.variant.id,
                    }
                )

    @api.model
    def _build_letter(self, line, record):
        mailing, env = line.mailing_id, record.env
        channel = mailing.channel_id.with_env(env)
        variant = line.message_id.template_variant_id.with_env(env)
        if not variant or not variant.sudo()._is_sendable():  # or a newer version
            lang = line.contact_id._get_lang(mailing.channel_id)
            template = mailing.template_id.with_env(env)
            variant, _fits = template._get_variant([lang])
        return Letter(
            channel=channel,
            contact=line.contact_id,
            variant=variant,
            record=record,
            free=mailing.free_values or {},
            priority=PRIORITY,
        )

    @api.model
    def _send_again(self, sending, letters):
        """Queue further messages for lines that had one, at its place in the chat.

        :param letters: dict line → letter
        """
        sending._check(list(letters.values()))
        for line, letter in letters.items():
            # Its own last message, of unknown fate, is no reason to hold it.
            is_own = line.message_id.state == "unknown"
            if is_own and getattr(letter.refusal, "kind", "") == "held":
                letter.refusal = None
        going = {line: x for line, x in letters.items() if not x.refusal}
        messages = self.env["whatsapp.message"].create(
            [
                {
                    **line.message_id.copy_data()[0],
                    "state": "queued",
                    "scheduled_at": False,
                    "priority": PRIORITY,
                    "user_id": sending.env.uid,
                }
                for line in going
            ]
        )
        for line, message in zip(going, messages, strict=True):
            line.message_id.is_resent = True
            letters[line].message = message
        messages._wake()

    # -- taking back ------------------------------------------------------------------

    @api.model
    def _recall(self, mailing):
        """Take back what is in the queue; what is on its way goes out."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT line.id, message.id
                  FROM whatsapp_mailing_line line
                  JOIN whatsapp_message message ON message.id = line.message_id
                 WHERE line.mailing_id = %s AND line.state = 'handed'
                   AND message.state = 'queued'
                   FOR NO KEY UPDATE OF line, message SKIP LOCKED
                """,
                mailing.id,
            )
        )
        lines = self.env["whatsapp.mailing.line"].browse([row[0] for row in rows])
        messages = self.env["whatsapp.message"].browse([row[1] for row in rows])
        messages.write({"state": "cancelled"})
        lines.write({"state": "waiting"})
        if mailing.state == "cancelled":
            lines.search(
                [("mailing_id", "=", mailing.id), ("state", "in", ("new", "waiting"))]
            ).write({"state": "cancelled"})
        mailing.recall_pending = False
        messages.mail_message_id._whatsapp_broadcast()

    # -- pausing by itself ------------------------------------------------------------

    @api.model
    def _pause_if_needed(self, mailing):
        reason = self._get_pause_reason(mailing)
        if not reason:
            return False
        mailing._pause(reason)
        self._recall(mailing)
        mailing._alert(reason)
        return True

    @api.model
    def _get_pause_reason(self, mailing):
        """Why it had better stop, as a sentence for the managers; None: it needn't."""
        return (
            self._get_sender_trouble(mailing)
            or self._get_template_trouble(mailing)
            or self._get_account_trouble(mailing)
            or self._get_limit_trouble(mailing)
            or self._get_refusal_trouble(mailing)
        )

    @api.model
    def _get_sender_trouble(self, mailing):
        if mailing._is_sender_entitled():
            return None
        return self.env._(
            "%(name)s is no WhatsApp manager any more. Whoever resumes it sends it.",
            name=mailing.user_id.name,
        )

    @api.model
    def _get_template_trouble(self, mailing):
        variants = mailing.template_id.variant_ids
        if not variants.filtered(lambda v: v._is_sendable()):
            reason = variants.filtered("reason")[:1].reason
            return self.env._(
                "%(name)s can't be sent any more: no language of it is approved and "
                "enabled. %(reason)s",
                name=mailing.template_id.name,
                reason=reason or "",
            ).strip()
        known = mailing.known_troubles or []
        troubles = mailing._get_template_troubles()
        return next((text for key, text in troubles.items() if key not in known), None)

    @api.model
    def _get_account_trouble(self, mailing):
        account, channel = mailing._get_account(), mailing.channel_id
        if not channel.active or account.provider == "none":
            return self.env._("Nothing can be sent from %(name)s.", name=channel.name)
        is_held = account.suspended_until and account.suspended_until > Datetime.now()
        return account.fault if is_held else None

    @api.model
    def _get_limit_trouble(self, mailing):
        message = self.env["whatsapp.message"].search(
            [
                ("channel_id", "=", mailing.channel_id.id),
                ("error_scope", "=", "limit"),
                ("state", "in", ("queued", "failed")),
                ("claimed_at", ">=", mailing.resumed_at),
            ],
            limit=1,
        )
        return message and message._translate_sentence(message.error_source)

    @api.model
    def _get_refusal_trouble(self, mailing):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT message.state, message.error_source
                  FROM whatsapp_mailing_line line
                  JOIN whatsapp_message message ON message.id = line.message_id
                 WHERE line.mailing_id = %s AND message.claimed_at >= %s
                   AND message.state IN ('failed', 'sent', 'delivered', 'read')
                 ORDER BY message.claimed_at DESC
                 LIMIT %s
                """,
                mailing.id,
                mailing.resumed_at,
                WATCHED,
            )
        )
        refused = [sentence for state, sentence in rows if state == "failed"]
        if len(rows) < WATCHED or len(refused) <= BEARABLE * WATCHED:
            return None
        return self.env._(
            "%(refused)s of the last %(watched)s messages were refused, the latest one "
            "because: %(reason)s",
            refused=len(refused),
            watched=WATCHED,
            reason=refused[0] or "—",
        )

    # -- telling ----------------------------------------------------------------------

    @api.model
    def _tell(self, mailing):
        """Have open forms show how it stands."""
        if mailing.state in AT_WORK:
            mailing.invalidate_recordset()
        payload = {"id": mailing.id, "state": mailing.state}
        for user in mailing._get_managers():
            user._bus_send("whatsapp.mailing/progress", payload)
