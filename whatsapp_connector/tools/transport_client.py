"""The process-wide HTTP client, set up from the server's configuration file."""

import configparser
from functools import lru_cache

from odoo.tools import config

from ..wire.http import HttpClient

SECTION = "whatsapp_connector"


def _get_redirect_url():
    """``redirect_url`` of section ``[whatsapp_connector]`` in the configuration file.

    For tests and demonstrations: all traffic to providers goes there instead. It
    isn't a database setting, so that nobody inside Odoo can divert messages.
    """
    parser = configparser.RawConfigParser()
    parser.read([config["config"] or ""])
    return parser.get(SECTION, "redirect_url", fallback=None)


@lru_cache(maxsize=1)
def get_client():
    """The one :class:`HttpClient` of this process."""
    return HttpClient(redirect_url=_get_redirect_url())
