"""Who we are at Meta, and which of its hosts answer us."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from urllib.parse import quote

from odoo.addons.whatsapp_connector.wire.credentials import (
    Credentials,
    both,
    secret,
)

#: Served until 2028-07-29: https://developers.facebook.com/docs/graph-api/changelog
API_VERSION = "v25.0"
GRAPH_HOST = "graph.facebook.com"


@dataclass(frozen=True, kw_only=True)
class MetaAccount(Credentials):
    """The credentials of one WhatsApp Business account (WABA) and its Meta app.

    Requests go out with the access token, those about the app itself with the app's
    own. Webhooks are signed with the app secret.
    https://developers.facebook.com/documentation/business-messaging/whatsapp/access-tokens
    """

    waba_id: str
    app_id: str = ""
    access_token: str = secret()
    app_secret: str = secret()
    previous_app_secret: str = secret()
    verify_token: str = secret()

    @property
    def app_token(self) -> str:
        """https://developers.facebook.com/docs/facebook-login/guides/access-tokens#apptokens"""
        return f"{self.app_id}|{self.app_secret}"

    @property
    def signing_secrets(self) -> tuple[str, ...]:
        """The app secrets that may sign a webhook: two while one is replaced."""
        return both(self.app_secret, self.previous_app_secret)

    @property
    def headers(self) -> dict[str, str]:
        return _bearer(self.access_token)

    @property
    def app_headers(self) -> dict[str, str]:
        return _bearer(self.app_token)

    @property
    def proof(self) -> tuple[tuple[str, str], ...]:
        """Shows that whoever uses the access token knows the app's secret.

        https://developers.facebook.com/docs/graph-api/guides/secure-requests
        """
        if not self.app_secret:
            return ()
        key, message = self.app_secret.encode(), self.access_token.encode()
        digest = hmac.new(key, message, hashlib.sha256).hexdigest()
        return (("appsecret_proof", digest),)


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def url(*path: str) -> str:
    """An address of the Graph API; ids become part of it, whatever is in them."""
    quoted = "/".join(quote(part, safe=":") for part in path)
    return f"https://{GRAPH_HOST}/{API_VERSION}/{quoted}"
