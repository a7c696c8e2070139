import logging
import time
from collections import Counter
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from functools import partial

from odoo import api, models
from odoo.fields import Datetime
from odoo.tools import SQL
from odoo.tools.mimetypes import guess_mimetype

from ..tools.transport_client import get_client
from ..tools.work import CONFLICTS, backoff, rerun_on_conflict, transaction, wake_at
from ..wire import http, vcard
from ..wire.items import Failure, InboundMessage, Media, Person
from ..wire.outbound import MediaFile
from ..wire.text import clean_all
from ..wire.translate import _lt

_logger = logging.getLogger(__name__)

POOL = 6
#: Of the pool, at most this many for one account: its slow host delays no other.
ACCOUNT_SHARE = 4
LEASE_SECONDS = 180
MAX_ATTEMPTS = 6
#: After this long a run takes no more work, unless it waits for slow files anyway.
SOFT_SECONDS = 20
HARD_SECONDS = 40
#: WhatsApp's own limit for documents; everything else is smaller.
LIMIT_BYTES = 100 * 1024 * 1024
#: Shown by the web client, if the bytes say so.
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
#: Played by it; their bytes are hard to tell apart, so the provider's word is taken.
PLAYED = ("audio/", "video/")
#: What a browser would run: kept as plain text.
MARKUP = (
    "text/html",
    "text/xml",
    "application/xml",
    "application/xhtml+xml",
    "image/svg+xml",
)
#: Only downloaded, under a type that opens the right program.
OFFICE = (
    "application/msword",
    "application/vnd.ms-",
    "application/vnd.oasis.opendocument.",
    "application/vnd.openxmlformats-officedocument.",
    "application/zip",
)

GONE = _lt("The provider no longer has the file.")
UNREACHABLE = _lt("The file could not be fetched from the provider.")
TOO_LARGE = _lt("The file is too large to be kept.")
FORBIDDEN = _lt("The file's address is not one of the provider's: it was not fetched.")


class WhatsappMedia(models.AbstractModel):
    """The step that fetches the files of inbound messages.

    Apart from the inbox, so that a slow media host delays no text.
    """

    _name = "whatsapp.media"
    _description = "WhatsApp Media"

    @api.model
    def _wake(self, at=None):
        wake_at(self.env.ref("whatsapp_connector.ir_cron_media").sudo(), at)

    @api.model
    def _cron_run(self):
        """Fetch what is due, a few files at a time, for a bounded time."""
        client, flights, processed = get_client(), {}, 0
        started = time.monotonic()
        with ThreadPoolExecutor(POOL, thread_name_prefix="whatsapp-media") as pool:
            while True:
                age = time.monotonic() - started
                if age < SOFT_SECONDS or (flights and age < HARD_SECONDS):
                    for message, fetch in self._take(flights.values(), client):
                        flights[pool.submit(fetch)] = message
                if not flights:
                    break
                done, _flying = wait(flights, timeout=0.5, return_when=FIRST_COMPLETED)
                for future in done:
                    self._land(flights.pop(future), future)
                    processed += 1
        self._trigger_next()
        self.env["ir.cron"]._commit_progress(processed, remaining=0)

    @api.model
    def _trigger_next(self):
        rows = self.env.execute_query(
            SQL(
                """SELECT min(COALESCE(next_try_at, create_date))
                     FROM whatsapp_message WHERE media_state = 'waiting'"""
            )
        )
        if rows[0][0]:
            self._wake(max(rows[0][0], Datetime.now()))

    @api.model
    def _take(self, in_flight, client):
        """Claim files to fetch, for the free places of the pool.

        :param in_flight: the messages whose files are on their way
        :return: list of ``(message, callable)``; the callable needs no cursor
        """
        busy = Counter(message.account_id.id for message in in_flight)
        free = POOL - busy.total()
        if free <= 0:
            return []
        try:
            with transaction(self.env):
                messages = self.env["whatsapp.message"].browse(
                    self._lock_next(free, busy)
                )
                messages.write(
                    {
                        "media_state": "fetching",
                        "next_try_at": Datetime.add(
                            Datetime.now(), seconds=LEASE_SECONDS
                        ),
                    }
                )
                for message in messages:
                    message.attempts += 1
                return [(m, self._prepare_fetch(m, client)) for m in messages]
        except CONFLICTS:
            return []

    @api.model
    def _lock_next(self, limit, busy):
        """Ids of messages with a file to fetch, locked; expired leases among them.

        :param busy: places of the pool that each account holds, by its id
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH due AS (
                    SELECT id, account_id,
                           row_number() OVER (
                               PARTITION BY account_id ORDER BY id
                           ) AS place
                      FROM whatsapp_message
                     WHERE media_state IN ('waiting', 'fetching')
                       AND COALESCE(next_try_at <= %(now)s, TRUE)
                )
                SELECT message.id
                  FROM whatsapp_message message
                  JOIN due ON due.id = message.id
             LEFT JOIN unnest(%(accounts)s::int[], %(places)s::int[])
                       AS busy (account_id, places)
                    ON busy.account_id = due.account_id
                 WHERE due.place <= %(share)s - COALESCE(busy.places, 0)
                 ORDER BY message.id
                 LIMIT %(limit)s
                   FOR NO KEY UPDATE OF message SKIP LOCKED
                """,
                now=Datetime.now(),
                accounts=list(busy.keys()),
                places=list(busy.values()),
                share=ACCOUNT_SHARE,
                limit=limit,
            )
        )
        return [message_id for (message_id,) in rows]

    @api.model
    def _prepare_fetch(self, message, client):
        account = message.account_id
        transport = account._transport()
        try:
            request = transport._build_media(account, Media(**message.media))
            hosts = transport._media_hosts(account)
        except Exception as error:
            _logger.exception("File of message %s can't be asked for", message.id)
            return partial(_fail, error)
        return partial(fetch, client, request, hosts)

    # -- landing ----------------------------------------------------------------------

    @api.model
    def _land(self, message, future):
        error = future.exception()
        if error is None:
            work = self._keep_file
            argument = future.result()
        else:
            work, argument = self._keep_error, error
        try:
            rerun_on_conflict(self.env, lambda: work(message, argument))
        except Exception as failure:
            _logger.exception("File of message %s could not be kept", message.id)
            reason = failure
            rerun_on_conflict(self.env, lambda: self._keep_error(message, reason))

    @api.model
    def _keep_file(self, message, file):
        """Store a fetched file with its Discuss message and its ticket."""
        if message.media_state != "fetching":
            return  # its sender deleted it meanwhile
        media = Media(**message.media)
        mimetype = self._get_safe_type(file, media)
        attachment = (
            self.env["ir.attachment"]
            .with_context(attachments_mime_plainxml=True, image_no_postprocess=True)
            .create(
                {
                    "name": message._get_media_name(
                        message.kind,
                        mimetype,
                        media.filename or file.filename,
                        message.reference,
                    ),
                    "raw": file.content,
                    "mimetype": mimetype,
                    "res_model": "discuss.channel",
                    "res_id": message.thread_id.id,
                }
            )
        )
        if message.kind == "voice":
            attachment._set_voice_metadata()
        message.write(
            {
                **message._prepare_failure_vals(),
                "attachment_id": attachment.id,
                "media_state": "done",
            }
        )
        message.mail_message_id.attachment_ids = [(4, attachment.id)]
        if message.kind == "contacts":
            self._show_cards(message, file.content)
        message.conversation_id.ticket_ids._whatsapp_attach(attachment)
        message.mail_message_id._whatsapp_broadcast_attachments()

    @api.model
    def _get_safe_type(self, file, media):
        """The type under which a file is kept: none that a browser could run."""
        sniffed = guess_mimetype(file.content[:4096], default="") or ""
        declared = (file.mimetype or media.mimetype or "").partition(";")[0].strip()
        if declared.startswith(PLAYED) and sniffed not in MARKUP:
            return declared
        if sniffed in SHOWN or sniffed.startswith(PLAYED):
            return sniffed
        if sniffed in MARKUP or sniffed.startswith(("text/", "message/")):
            harmless = declared in ("text/csv", "text/vcard") and sniffed not in MARKUP
            return declared if harmless else "text/plain"
        for mimetype in (declared, sniffed):
            if mimetype.startswith(OFFICE):
                return mimetype
        return "application/octet-stream"

    @api.model
    def _show_cards(self, message, content):
        cards = clean_all(vcard.parse(content))
        if not cards:
            return
        item = InboundMessage(
            number_id="", message_id="", person=Person(), kind="contacts", cards=cards
        )
        message.mail_message_id.body = message._render_inbound(item)
        message.body = ", ".join(card.name for card in cards)

    @api.model
    def _keep_error(self, message, error):
        """Try again later what may come back; else say that the file isn't there."""
        final = {
            FileNotFoundError: ("gone", GONE),
            http.TooLarge: ("too_large", TOO_LARGE),
            http.ForbiddenHost: ("forbidden", FORBIDDEN),
        }
        code, sentence = final.get(type(error), ("unreachable", UNREACHABLE))
        vals = message._prepare_failure_vals(
            Failure(code=code, sentence=sentence, detail=str(error)[:200])
        )
        if type(error) in final or message.attempts >= MAX_ATTEMPTS:
            vals["media_state"] = "failed"
        else:
            pause = backoff(message.attempts, base=15)
            vals["media_state"] = "waiting"
            vals["next_try_at"] = Datetime.add(Datetime.now(), seconds=int(pause))
        _logger.info("File of message %s: %s", message.id, error)
        message.write(vals)
        message.mail_message_id._whatsapp_broadcast()


def _fail(error):
    raise error


def fetch(client, request, hosts):
    """Download one file; runs in the pool, without an environment.

    :param hosts: callable that tells whether a host may be asked
    :raises FileNotFoundError: the provider no longer has it
    """
    if request is None:
        raise FileNotFoundError("the account has no provider")
    response = client.fetch(request, hosts=hosts, limit=LIMIT_BYTES)
    if response.status in (400, 403, 404, 410):
        raise FileNotFoundError(response.status)
    if not response.ok:
        raise http.NoAnswer(response.status)
    return MediaFile(
        content=response.body, mimetype=response.headers.get("content-type")
    )
