"""Who we are at Twilio, and which of its hosts answer us."""

from __future__ import annotations

from dataclasses import dataclass, replace

from odoo.addons.whatsapp_connector.wire.credentials import (
    Credentials,
    both,
    secret,
)

API_VERSION = "2010-04-01"


@dataclass(frozen=True, kw_only=True)
class TwilioAccount(Credentials):
    """The credentials of one Twilio account (or subaccount) and where it lives.

    Requests go out with the API key if there is one, else with the Auth Token.
    Webhooks are signed with the Auth Token whatever the requests use.
    https://www.twilio.com/docs/iam/api-keys,
    https://www.twilio.com/docs/global-infrastructure/understanding-twilio-regions
    """

    sid: str
    auth_token: str = secret()
    previous_auth_token: str = secret()
    api_key_sid: str = ""
    api_key_secret: str = secret()
    shared_key: str = secret()
    region: str = ""
    edge: str = ""

    @property
    def auth(self) -> tuple[str, str]:
        """User name and password of our requests."""
        if self.api_key_sid and self.api_key_secret:
            return self.api_key_sid, self.api_key_secret
        return self.sid, self.auth_token

    @property
    def signing_tokens(self) -> tuple[str, ...]:
        """The Auth Tokens that may sign a webhook: two while one is rotated."""
        return both(self.auth_token, self.previous_auth_token)

    def without_api_key(self) -> TwilioAccount:
        """The same account, asking with its Auth Token."""
        return replace(self, api_key_sid="", api_key_secret="")

    def host(self, product: str) -> str:
        """The host of ``product`` (``api``, ``content``, ``messaging``).

        An edge alone is one of ``us1``, as in the SDK (``twilio/base/client_base.py``).
        """
        region = self.region or (self.edge and "us1")
        return ".".join(filter(None, (product, self.edge, region, "twilio.com")))

    def url(self, product: str, path: str) -> str:
        return f"https://{self.host(product)}/{path}"

    def api_url(self, path: str) -> str:
        """An address under this account in the classic API."""
        return self.url("api", f"{API_VERSION}/Accounts/{self.sid}/{path}")
