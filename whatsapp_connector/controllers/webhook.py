import logging
import time

from odoo import SUPERUSER_ID, http
from odoo.http import Response, request

from ..wire.webhook import InvalidSignature, WebhookRequest

_logger = logging.getLogger(__name__)

#: WhatsApp batches up to 3 MB into a webhook; no provider posts more.
MAX_BODY_BYTES = 4 * 1024 * 1024
_REFUSAL_LOG_SECONDS = 60.0
_last_refusal_logged = {}


class WhatsappWebhook(http.Controller):
    """Takes a provider's POST: verify, store, wake the worker, answer. No more."""

    @http.route(
        "/whatsapp/webhook/<string:key>",
        type="http",
        auth="none",
        methods=["GET", "POST"],
        csrf=False,
        save_session=False,
        readonly=False,
        max_content_length=MAX_BODY_BYTES,
        whatsapp_raw_body=True,
    )
    def receive(self, key, **_parameters):
        env = request.env(user=SUPERUSER_ID, su=True)
        account = self._find_account(env, key)
        if not account:
            return Response(status=404)
        webhook = self._get_webhook(account)
        transport = account._transport()
        try:
            if reply := transport._handshake(account, webhook):
                return Response(
                    reply.body, status=reply.status, content_type=reply.content_type
                )
            transport._verify(account, webhook)
        except InvalidSignature as error:
            self._log_refusal(account, error)
            return Response(status=503 if error.temporary else 403)
        if env["whatsapp.event"]._store(account, webhook):
            env["whatsapp.inbox"]._wake(account)
        if reply := transport._reply(account, webhook):
            return Response(
                reply.body, status=reply.status, content_type=reply.content_type
            )
        return Response(status=200)

    @staticmethod
    def _find_account(env, key):
        accounts = env["whatsapp.account"]
        if not key.isprintable():  # PostgreSQL would choke on a NUL
            return accounts
        return accounts.search_fetch([("webhook_key", "=", key)], limit=1)

    @staticmethod
    def _get_webhook(account):
        """The request under the address that the provider knows, not the proxy's."""
        http_request = request.httprequest
        query = http_request.environ.get("QUERY_STRING", "")
        url = account._get_webhook_url() + (f"?{query}" if query else "")
        return WebhookRequest(
            method=http_request.method,
            url=url,
            headers={k.lower(): v for k, v in http_request.headers.items()},
            body=request.whatsapp_raw_body,
        )

    @staticmethod
    def _log_refusal(account, error):
        """One line a minute and account, without the body: a flood fills no disk."""
        now = time.monotonic()
        if now - _last_refusal_logged.get(account.id, -_REFUSAL_LOG_SECONDS) < (
            _REFUSAL_LOG_SECONDS
        ):
            return
        _last_refusal_logged[account.id] = now
        _logger.warning(
            "Webhook of WhatsApp account %s refused from %s: %s",
            account.id,
            request.httprequest.remote_addr,
            error,
        )
