"""What the steps of the work engine share.

``ir.cron`` runs them, several rows ("lanes") a step. Everything here is about doing
a batch in a transaction of its own, under REPEATABLE READ, without losing or
repeating any of it.
"""

import contextlib
import logging
import random
import threading
import time
from datetime import datetime, timedelta, timezone

import psycopg2
import psycopg2.errors

from odoo import modules
from odoo.fields import Datetime
from odoo.tools import SQL

_logger = logging.getLogger(__name__)
_sql_logger = logging.getLogger("odoo.sql_db")

#: Two writers met: roll back and do the batch again, nothing is wrong with the data.
PASSING_CONFLICTS = (
    psycopg2.errors.SerializationFailure,
    psycopg2.errors.DeadlockDetected,
    psycopg2.errors.LockNotAvailable,
)
#: So it is with a uniqueness race; a bug that comes each time looks the same.
CONFLICTS = (*PASSING_CONFLICTS, psycopg2.errors.UniqueViolation)
MAX_RERUNS = 6
#: A run that was woken begins long before; Odoo takes longer to start again.
WAKE_SECONDS = 0.5


class _ExpectedConflict(logging.Filter):
    """Drops what ``odoo.sql_db`` logs as an error about a conflict that is rerun."""

    def __init__(self, thread):
        super().__init__()
        self._thread = thread

    def filter(self, record):
        return record.thread != self._thread or not any(
            isinstance(argument, CONFLICTS) for argument in record.args or ()
        )


@contextlib.contextmanager
def _expecting_conflicts():
    expected = _ExpectedConflict(threading.get_ident())
    _sql_logger.addFilter(expected)
    try:
        yield
    finally:
        _sql_logger.removeFilter(expected)


@contextlib.contextmanager
def transaction(env):
    """Commit what the block did, or roll it back and raise.

    Begins with a commit, so that the block's first statement takes a fresh snapshot.
    Under Odoo's tests, where nothing may be committed, a savepoint does.
    """
    if modules.module.current_test:
        env.flush_all()
        with env.cr.savepoint():
            yield
            env.flush_all()
        return
    env.cr.commit()
    try:
        with _expecting_conflicts():
            yield
            env.flush_all()
            env.cr.commit()
    except Exception:
        env.cr.rollback()
        raise


def rerun_on_conflict(env, work):
    """Do ``work()`` in a transaction, again if it met another writer.

    ``ir.cron`` doesn't retry for us as the HTTP layer does.

    :raises: what ``work`` raised, or the last conflict after some reruns
    """
    for attempt in range(MAX_RERUNS):
        try:
            with transaction(env):
                return work()
        except CONFLICTS as conflict:
            if attempt == MAX_RERUNS - 1:
                raise
            _logger.debug("Rerun after %s", type(conflict).__name__)
            time.sleep(random.uniform(0.01, 0.05 * 2**attempt))
    return None


def backoff(attempts, *, base=2.0, cap=900.0):
    """Seconds to wait before try number ``attempts + 1``: growing and jittered."""
    return min(base * 2 ** max(attempts - 1, 0), cap) * random.uniform(0.75, 1.25)


def wake_at(cron, at=None):
    """Have a scheduled action run at ``at`` (naive UTC), else when this commits.

    ``ir.cron`` knows whole seconds only: to it, a later moment of this very second is
    neither due, so that workers are woken, nor ahead, so that it would be waited for.
    """
    now = datetime.now(timezone.utc).replace(tzinfo=None)
    if at is None or at <= now:
        cron._trigger()
    elif at.microsecond:
        cron._trigger(at.replace(microsecond=0) + timedelta(seconds=1))
    else:
        cron._trigger(at)


def wake_once(cron, at=None):
    """:func:`wake_at`, once a transaction however often it is asked for.

    A rule that runs for each of 200 records wakes nobody 200 times. What this
    transaction wrote bears its time.
    """
    due = (
        SQL("call_at <= %s", Datetime.now()) if at is None else SQL("call_at = %s", at)
    )
    mine = SQL(
        "SELECT FROM ir_cron_trigger WHERE cron_id = %s AND create_date = %s AND %s",
        cron.id,
        cron.env.cr.now(),
        due,
    )
    cron.env.cr.execute(mine)
    if not cron.env.cr.rowcount:
        wake_at(cron, at)


def wake(cron):
    """Have a scheduled action run when this transaction commits.

    For short transactions that come in numbers: ``_trigger`` costs six queries, a
    connection and a round of all cron workers. A trigger that no run has taken up yet
    serves all who come meanwhile; an old one may have woken workers that have died.
    """
    if not _hold_trigger(cron):
        cron._trigger()


def _hold_trigger(cron):
    """Lock a trigger that waits, so that its run can't begin before our commit.

    One that was set for a later time has woken nobody, even when its time has come.

    :return: whether there is one
    """
    cr = cron.env.cr
    waiting = SQL(
        """
        SELECT id FROM ir_cron_trigger
         WHERE cron_id = %s AND call_at <= create_date AND create_date > %s
         ORDER BY id DESC
         LIMIT 1
           FOR KEY SHARE SKIP LOCKED
        """,
        cron.id,
        cr.now() - timedelta(seconds=WAKE_SECONDS),
    )
    try:
        with cr.savepoint(flush=False):
            cr.execute(waiting, log_exceptions=False)
            return bool(cr.fetchone())
    except psycopg2.errors.SerializationFailure:
        return False  # its run ended after our transaction began
