import logging
import time
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from datetime import timedelta

from odoo import api, models
from odoo.fields import Datetime
from odoo.tools import SQL

from ..tools.transport_client import get_client
from ..tools.work import CONFLICTS, transaction, wake_once
from ..wire.http import NoAnswer, NotSent

_logger = logging.getLogger(__name__)

POOL = 8
BUDGET_SECONDS = 20
#: How often new ones are looked for while slow answers are awaited.
PAUSE_SECONDS = 0.2
#: Whoever stopped writing that long ago isn't shown to write any more.
STALE = timedelta(seconds=5)


class WhatsappPresence(models.AbstractModel):
    """The step that shows contacts what our people do: they read, they write.

    None of it is vital: it is told once, whatever comes of it, and too late not at
    all. It has a lane of its own: it must be quick, and messages mustn't wait for it.
    """

    _name = "whatsapp.presence"
    _description = "WhatsApp Presence"

    @api.model
    def _wake(self):
        wake_once(self.env.ref("whatsapp_connector.ir_cron_presence").sudo())

    @api.model
    def _cron_run(self):
        """Tell what is planned, and what comes meanwhile, for a bounded time."""
        client, flights, told = get_client(), set(), 0
        deadline = time.monotonic() + BUDGET_SECONDS
        with ThreadPoolExecutor(POOL, thread_name_prefix="whatsapp") as pool:
            while time.monotonic() < deadline:
                requests = self._take(POOL - len(flights))
                told += len(requests)
                flights |= {pool.submit(_tell, client, request) for request in requests}
                if not flights:
                    break
                _done, flights = wait(flights, PAUSE_SECONDS, FIRST_COMPLETED)
            else:
                self._wake()
        self.env["ir.cron"]._commit_progress(told, remaining=0)

    @api.model
    def _take(self, limit):
        """The requests to make next; what they tell counts as told from now on."""
        try:
            with transaction(self.env):
                messages = self._lock_next(limit)
                requests = [self._prepare_request(message) for message in messages]
                messages.receipt = "sent"
        except CONFLICTS:
            return []
        return [request for request in requests if request]

    @api.model
    def _lock_next(self, limit):
        rows = self.env.execute_query(
            SQL(
                """
                SELECT id FROM whatsapp_message
                 WHERE receipt IN ('planned', 'typing')
                 ORDER BY id DESC
                 LIMIT %s
                   FOR NO KEY UPDATE SKIP LOCKED
                """,
                limit,
            )
        )
        self.env["whatsapp.message"].invalidate_model(["receipt", "typing_at"])
        return self.env["whatsapp.message"].browse([row[0] for row in rows])

    @api.model
    def _prepare_request(self, message):
        """The request that shows what is planned for a message; None: nothing now."""
        channel = message.channel_id
        types = message.receipt == "typing" and self._is_still_typed(message)
        if not types and not channel._shows_receipts():
            return None
        try:
            transport = channel.account_id._transport()
            return transport._build_mark_read(channel, message.provider_id, types)
        except Exception:
            _logger.exception("Receipt of message %s could not be built", message.id)
            return None

    @api.model
    def _is_still_typed(self, message):
        """Whether an answer is being written: neither given up nor given by now."""
        if message.typing_at < Datetime.now() - STALE:
            return False
        return not self.env["whatsapp.message"].search_count(
            [
                ("thread_id", "=", message.thread_id.id),
                ("id", ">", message.id),
                ("direction", "=", "out"),
                ("create_date", ">=", message.typing_at),
            ],
            limit=1,
        )


def _tell(client, request):
    """Make one request; the part that a thread of the pool does."""
    try:
        response = client.exchange(request)
    except (NotSent, NoAnswer) as error:
        _logger.info("Receipt not told: %s", error)
    else:
        if not response.ok:
            _logger.info("Receipt refused with status %s", response.status)
