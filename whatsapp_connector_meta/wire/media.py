"""Files that people sent to us: asked for by their id, then fetched.

https://developers.facebook.com/documentation/business-messaging/whatsapp/business-phone-numbers/media
"""

from __future__ import annotations

from dataclasses import replace

from odoo.addons.whatsapp_connector.wire.http import (
    HttpRequest,
    HttpResponse,
    is_https_at,
)
from odoo.addons.whatsapp_connector.wire.items import Media
from odoo.addons.whatsapp_connector.wire.values import as_dict, as_text

from . import graph
from .account import GRAPH_HOST, MetaAccount

FILE_DOMAIN = ".fbsbx.com"


def build(account: MetaAccount, media: Media) -> HttpRequest | None:
    """The request that fetches a file.

    Its address lives for five minutes, so the one in the webhook is of no use later:
    the id is asked for a new one first.
    """
    if not media.media_id:
        return _fetch(account, media.url or "")

    def follow(answer: HttpResponse) -> HttpRequest | None:
        return _fetch(account, as_text(as_dict(answer.json()).get("url")))

    return replace(graph.get(account, media.media_id), follow=follow)


def _fetch(account: MetaAccount, url: str) -> HttpRequest | None:
    """The access token goes to Meta's own host only, whatever the address says."""
    if not url:
        return None
    headers = account.headers if is_https_at(url, is_file_host) else {}
    return HttpRequest(method="GET", url=url, headers=headers)


def is_file_host(host: str) -> bool:
    """Whether files may come from ``host``, directly or by a redirect."""
    return host == GRAPH_HOST or host.endswith(FILE_DOMAIN)
