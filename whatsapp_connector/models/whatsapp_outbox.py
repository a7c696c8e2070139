import logging
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import datetime, timedelta, timezone

from odoo import api, models
from odoo.fields import Datetime
from odoo.tools import SQL

from ..tools.transport_client import get_client
from ..tools.work import (
    CONFLICTS,
    PASSING_CONFLICTS,
    backoff,
    rerun_on_conflict,
    transaction,
    wake_at,
    wake_once,
)
from ..wire import http
from ..wire.items import Failure
from ..wire.outbound import Accepted, OutcomeUnknown, Refused, TryLater
from ..wire.translate import _lt

_logger = logging.getLogger(__name__)

LANES = 2
POOL = 16
#: Of one lane's pool, at most this many for one channel: a slow one starves nobody.
CHANNEL_SHARE = 8
LEASE_SECONDS = 90
MAX_ATTEMPTS = 8
#: After this long a run takes no more work, unless it waits for slow answers anyway.
SOFT_SECONDS = 15
HARD_SECONDS = 30
GATHER_SECONDS = 0.02
#: Mass messages hear so often that the queue got shorter.
NUDGE_SECONDS = 3
#: Waits shorter than this are sat out; ``ir.cron`` serves longer ones to the minute.
PATIENCE_SECONDS = 6.0


LOST = _lt(
    "The server stopped while it was sending: nobody knows whether the message left. "
    "Look at the phone, or wait for its status, before you send it again."
)
WINDOW_CLOSED = _lt(
    "Not sent: when its turn came, the 24 hours in which WhatsApp allows free text "
    "were over."
)
OPTED_OUT = _lt("Not sent: this person asked for no more WhatsApp messages.")
TEMPLATE_WITHDRAWN = _lt(
    "Not sent: when its turn came, the template was no longer approved or enabled."
)
BLOCKED = _lt("Not sent: this person is blocked.")
NOT_BUILT = _lt("Not sent: the message could not be prepared. See the server's log.")


class WhatsappOutbox(models.AbstractModel):
    """The step that hands queued messages to the providers.

    A lane has the threads whose id falls to it, so that two never want the same
    message. It keeps a pool of requests in the air. It *takes* messages (checks again,
    marks them ``sending`` with a lease, commits), lets the pool send them outside any
    transaction, and *lands* the answers in bulk. One message a thread is in the air,
    so that a chat keeps its order.
    """

    _name = "whatsapp.outbox"
    _description = "WhatsApp Outbox"

    # -- running ----------------------------------------------------------------------

    @api.model
    def _wake(self, threads=None, at=None):
        """Have the threads' lanes (or all) run when this transaction commits."""
        lanes = range(LANES) if threads is None else {t.id % LANES for t in threads}
        for lane in lanes:
            wake_once(self._lane(lane), at)

    @api.model
    def _lane(self, lane):
        return self.env.ref(f"whatsapp_connector.ir_cron_outbox_{lane}").sudo()

    @api.model
    def _cron_run(self, lane=0):
        """Send what is due, for a bounded time."""
        rerun_on_conflict(self.env, self._expire_leases)
        processed = self._pump(lane)
        self.env["whatsapp.mailing.work"]._nudge()
        due_at = self._get_next_due(lane)
        if due_at:
            wake_at(self._lane(lane), due_at)
        self.env["ir.cron"]._commit_progress(processed, remaining=0)

    @api.model
    def _pump(self, lane):
        """Keep the pool busy. Returns how many messages were handed over."""
        client, flights, landed = get_client(), {}, 0
        started = nudged = time.monotonic()
        with ThreadPoolExecutor(POOL, thread_name_prefix="whatsapp") as pool:
            while True:
                age = time.monotonic() - started
                if age < SOFT_SECONDS or (flights and age < HARD_SECONDS):
                    try:
                        taken = self._take(lane, flights.values())
                    except Exception:
                        # Whatever it is, the answers in the air are landed first.
                        if not flights:
                            raise
                        taken = []
                    for message, request in taken:
                        flights[pool.submit(http.run, client, request)] = message
                if time.monotonic() - nudged > NUDGE_SECONDS:
                    self.env["whatsapp.mailing.work"]._nudge()
                    nudged = time.monotonic()
                if flights:
                    landed += self._land_finished(flights)
                elif age >= SOFT_SECONDS or not self._sit_out(lane):
                    return landed

    @api.model
    def _land_finished(self, flights):
        """Write the answers that are there; waits shortly for a first one.

        Those that follow close behind are written with it: ten cost little more than
        one.
        """
        finished, _flying = wait(flights, timeout=0.2, return_when=FIRST_COMPLETED)
        if finished:
            finished, _flying = wait(flights, timeout=GATHER_SECONDS)
        answers = [(flights.pop(future), future) for future in finished]
        if answers:
            self._land(
                [(message, self._outcome(future)) for message, future in answers]
            )
        return len(answers)

    @staticmethod
    def _outcome(future):
        """What a request came to; a bug in between leaves its fate unknown."""
        error = future.exception()
        if error is None:
            return future.result()
        _logger.error("Sending broke", exc_info=error)
        return OutcomeUnknown(
            failure=Failure(code="internal", sentence=http.NO_ANSWER, detail=str(error))
        )

    @api.model
    def _sit_out(self, lane):
        """Wait for what is due within moments. False: there is nothing to wait for."""
        due_at = self._get_next_due(lane)
        if due_at is None:
            return False
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        pause = (due_at - now).total_seconds()
        if pause > PATIENCE_SECONDS:
            return False
        time.sleep(min(max(pause, 0.1), 1.0))
        return True

    @api.model
    def _get_next_due(self, lane):
        """When the lane's first waiting message may go; None if none waits.

        A chat that had its messages of this minute goes on when its oldest one is a
        minute old; the pace of a whole number is a matter of moments.
        """
        with transaction(self.env):
            return self._query_next_due(lane)

    @api.model
    def _query_next_due(self, lane):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT min(GREATEST(message.next_try_at, account.suspended_until,
                                    message.create_date, pair.free_at))
                  FROM whatsapp_message message
                  JOIN whatsapp_account account ON account.id = message.account_id
                  JOIN whatsapp_channel channel ON channel.id = message.channel_id
             LEFT JOIN LATERAL (
                       SELECT recent.claimed_at + INTERVAL '1 minute' AS free_at
                         FROM whatsapp_message recent
                        WHERE recent.thread_id = message.thread_id
                          AND recent.claimed_at > %(minute_ago)s
                     ORDER BY recent.claimed_at DESC
                       OFFSET channel.pair_pace - 1
                        LIMIT 1
                       ) pair ON TRUE
                 WHERE message.state = 'queued' AND message.direction = 'out'
                   AND message.thread_id %% %(lanes)s = %(lane)s
                   AND channel.active AND account.provider != 'none'
                   AND NOT EXISTS (
                       SELECT FROM whatsapp_message other
                        WHERE other.thread_id = message.thread_id
                          AND other.state IN ('queued', 'sending')
                          AND other.id < message.id
                       )
                """,
                lanes=LANES,
                lane=lane,
                minute_ago=Datetime.subtract(Datetime.now(), minutes=1),
            )
        )
        return rows[0][0]

    @api.model
    def _expire_leases(self):
        """Messages whose worker died in flight: nobody knows, so say so."""
        lost = self.env["whatsapp.message"].search(
            [("state", "=", "sending"), ("lease_until", "<", Datetime.now())]
        )
        if lost:
            failure = Failure(code="lost", sentence=LOST)
            lost.write(
                {
                    **lost._prepare_failure_vals(failure),
                    "state": "unknown",
                    "lease_until": False,
                }
            )
            lost._broadcast()

    # -- taking -----------------------------------------------------------------------

    @api.model
    def _take(self, lane, in_flight):
        """Claim messages for the free places of the pool and build their requests.

        :param in_flight: the messages in the air
        :return: list of ``(message, request)``; all of them are ``sending`` by now
        """
        busy = Counter(message.channel_id.id for message in in_flight)
        free = POOL - sum(busy.values())
        if free <= 0:
            return []
        full = [c for c, count in busy.items() if count >= CHANNEL_SHARE]
        try:
            with transaction(self.env):
                return self._claim(lane, free, full)
        except CONFLICTS:
            return []

    @api.model
    def _claim(self, lane, limit, full_channels):
        messages = self.env["whatsapp.message"].browse(
            self._lock_next(lane, limit, full_channels)
        )
        if not messages:
            return []
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        for message in messages:
            message.write(
                {
                    "state": "sending",
                    "claimed_at": now,
                    "lease_until": now + timedelta(seconds=LEASE_SECONDS),
                    "attempts": message.attempts + 1,
                }
            )
        requests = self._prepare_requests(messages)
        refused = [(m, r) for m, r in requests if isinstance(r, Refused)]
        for message, result in refused:
            self._apply_result(message, result)
        if refused:
            messages._broadcast()
        return [(m, r) for m, r in requests if not isinstance(r, Refused)]

    @api.model
    def _lock_next(self, lane, limit, full_channels):
        """Ids of the messages to send now, locked.

        The first of each thread; of each channel no more than its pace allows; people
        before bulk, channels in turn.
        """
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        rows = self.env.execute_query(
            SQL(
                """
                WITH head AS (
                    SELECT DISTINCT ON (thread_id)
                           id, thread_id, channel_id, account_id, state, priority,
                           next_try_at
                      FROM whatsapp_message
                     WHERE state IN ('queued', 'sending') AND direction = 'out'
                       AND thread_id %% %(lanes)s = %(lane)s
                     ORDER BY thread_id, id
                ), due AS (
                    SELECT head.*,
                           row_number() OVER (
                               PARTITION BY head.channel_id
                                   ORDER BY head.priority, head.id
                           ) AS place
                      FROM head
                      JOIN whatsapp_account account ON account.id = head.account_id
                     WHERE head.state = 'queued'
                       AND account.provider != 'none'
                       AND COALESCE(head.next_try_at <= %(now)s, TRUE)
                       AND COALESCE(account.suspended_until <= %(now)s, TRUE)
                       AND head.channel_id != ALL(%(full)s)
                )
                SELECT message.id
                  FROM whatsapp_message message
                  JOIN due ON due.id = message.id
                  JOIN whatsapp_channel channel ON channel.id = due.channel_id
                 WHERE channel.active
                   AND due.place <= LEAST(%(share)s, channel.pace - (
                       SELECT count(*) FROM whatsapp_message recent
                        WHERE recent.channel_id = due.channel_id
                          AND recent.claimed_at > %(second_ago)s
                       ))
                   AND channel.pair_pace > (
                       SELECT count(*) FROM whatsapp_message recent
                        WHERE recent.thread_id = due.thread_id
                          AND recent.claimed_at > %(minute_ago)s
                       )
                 ORDER BY due.priority, due.place, due.id
                 LIMIT %(limit)s
                   FOR NO KEY UPDATE OF message SKIP LOCKED
                """,
                lanes=LANES,
                lane=lane,
                now=now,
                full=full_channels,
                share=CHANNEL_SHARE,
                second_ago=now - timedelta(seconds=1),
                minute_ago=now - timedelta(minutes=1),
                limit=limit,
            )
        )
        self.env["whatsapp.message"].invalidate_model(["state", "attempts"])
        return [message_id for (message_id,) in rows]

    @api.model
    def _prepare_requests(self, messages):
        """What is sent for each message; one that can't be prepared fails alone.

        :return: list of ``(message, HttpRequest or Refused)``
        """
        try:
            with self.env.cr.savepoint():
                return [(m, self._prepare_request(m)) for m in messages]
        except PASSING_CONFLICTS:
            raise  # nothing is wrong with the messages
        except Exception:
            # Which one it was, and why, is found and logged one by one.
            return [(m, self._prepare_alone(m)) for m in messages]

    @api.model
    def _prepare_alone(self, message):
        try:
            with self.env.cr.savepoint():
                return self._prepare_request(message)
        except PASSING_CONFLICTS:
            raise
        except Exception as error:
            _logger.exception("Message %s could not be built", message.id)
            return http.refuse("not_built", NOT_BUILT, detail=str(error)[:200])

    @api.model
    def _prepare_request(self, message):
        """The request for one message, or why it mustn't go after all."""
        if failure := self._check_again(message):
            return Refused(failure=failure)
        channel = message.channel_id
        return channel.account_id._transport()._build_send(
            channel, message._build_outbound()
        )

    @api.model
    def _check_again(self, message):
        """Window and consent once more: both may have changed since it was queued."""
        thread, contact = message.thread_id, message.contact_id
        if contact.blocked:
            return Failure(code="blocked", sentence=BLOCKED)
        if message.kind == "template":
            return self._check_template_again(message)
        if contact.opted_out and not message.is_automatic:
            return Failure(code="opted_out", sentence=OPTED_OUT, scope="message")
        if not thread._whatsapp_window_is_open():
            return Failure(code="window", sentence=WINDOW_CLOSED, scope="window")
        return None

    @api.model
    def _check_template_again(self, message):
        """Approval and consent, as they are when it goes."""
        sending = self.env["whatsapp.sending"]
        letter = sending._get_letter(message)
        if not message.template_variant_id._is_sendable():
            return Failure(code="template", sentence=TEMPLATE_WITHDRAWN)
        if sending._get_contact_obstacle(letter):
            return Failure(code="opted_out", sentence=OPTED_OUT)
        return None

    # -- landing ----------------------------------------------------------------------

    @api.model
    def _land(self, outcomes):
        """Write what came of the requests, together; if that fails, one by one.

        A conflict never loses an answer. A message whose answer can't be kept is
        *unknown* when its lease expires.

        :param outcomes: list of ``(message, HttpResponse or SendResult)``
        """
        try:
            rerun_on_conflict(self.env, lambda: self._apply_results(outcomes))
        except Exception:
            if len(outcomes) == 1:
                message_id = outcomes[0][0].id
                _logger.exception("Answer to message %s could not be kept", message_id)
                return
            for outcome in outcomes:
                self._land([outcome])

    @api.model
    def _read(self, message, outcome):
        if not isinstance(outcome, http.HttpResponse):
            return outcome
        channel = message.channel_id
        try:
            return channel.account_id._transport()._read_send(channel, outcome)
        except Exception as error:
            _logger.exception("Answer to message %s could not be read", message.id)
            return OutcomeUnknown(
                failure=Failure(
                    code="unreadable", sentence=http.NO_ANSWER, detail=str(error)[:200]
                )
            )

    @api.model
    def _apply_results(self, outcomes):
        messages = self.env["whatsapp.message"].union(*(m for m, _out in outcomes))
        for message, outcome in outcomes:
            message = message.with_prefetch(messages.ids)
            self._apply_result(message, self._read(message, outcome))
        messages._broadcast()
        messages.filtered(lambda m: m.state == "sent").account_id._note_success()
        self.env["whatsapp.event"]._release_awaiting(messages.account_id)

    @api.model
    def _apply_result(self, message, result):
        """One rank decides here too: a status may have overtaken its own result."""
        failure = None if isinstance(result, Accepted) else result.failure
        if isinstance(result, TryLater) and message.attempts < MAX_ATTEMPTS:
            self._requeue(message, result)
            return
        if isinstance(result, Refused) and failure.scope == "account":
            message._heed_failure(failure)
            self._requeue(message, TryLater(failure=failure))
            return
        vals = {"lease_until": False}
        if isinstance(result, Accepted):
            state = "sent"
            vals["provider_id"] = result.provider_id
            vals["sent_at"] = message.sent_at or Datetime.now()
        elif isinstance(result, OutcomeUnknown):
            state = "unknown"
        else:
            state = "failed"
            vals["failed_at"] = message.failed_at or Datetime.now()
        if message._yields_to(state):
            vals.update(message._prepare_failure_vals(failure), state=state)
        message.write(vals)
        if vals.get("state") == "failed":
            message._heed_failure(failure)

    @api.model
    def _requeue(self, message, result):
        """Back into the queue, surely not sent; it keeps its place in the chat."""
        if message.state != "sending":
            return  # its status knows better
        pause = max(result.after or 0, backoff(message.attempts))
        # Odoo's own clock drops fractions: a try would come too early.
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        message.write(
            {
                **message._prepare_failure_vals(result.failure),
                "state": "queued",
                "lease_until": False,
                "next_try_at": now + timedelta(seconds=pause),
            }
        )
