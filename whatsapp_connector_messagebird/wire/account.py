"""Who we are at MessageBird, and which of its hosts answer us."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from odoo.addons.whatsapp_connector.wire.credentials import (
    Credentials,
    both,
    secret,
)

CONVERSATIONS = "conversations"
BIRD = "bird"

FILE_DOMAINS = (".messagebird.com", ".bird.com")


@dataclass(frozen=True, kw_only=True)
class MessageBirdAccount(Credentials):
    """The credentials of one account, of either generation.

    Requests go out with the access key, webhooks are signed with the signing key;
    ``previous_signing_key`` is still accepted while the key is being replaced.
    ``channel_ids`` are the ids of our numbers.
    https://developers.messagebird.com/api/conversations,
    https://docs.bird.com/api/api-access/api-authorization
    """

    generation: str = CONVERSATIONS
    access_key: str = secret()
    signing_key: str = secret()
    previous_signing_key: str = secret()
    #: Conversations: the deprecated signature is accepted, too.
    accepts_hmac: bool = False
    #: Conversations: messages go to MessageBird's WhatsApp sandbox.
    is_sandbox: bool = False
    #: Conversations: the WhatsApp Business account that templates belong to.
    waba_id: str = ""
    namespace: str = ""
    #: Bird: all addresses begin with it.
    workspace_id: str = ""
    channel_ids: tuple[str, ...] = ()

    @property
    def headers(self) -> dict[str, str]:
        """The headers of our requests."""
        return {
            "Authorization": f"AccessKey {self.access_key}",
            "Accept": "application/json",
        }

    @property
    def signing_keys(self) -> tuple[str, ...]:
        """The keys that may sign a webhook: two while one is replaced."""
        return both(self.signing_key, self.previous_signing_key)

    def conversations_url(self, path: str) -> str:
        host = "whatsapp-sandbox" if self.is_sandbox else "conversations"
        return f"https://{host}.messagebird.com/v1/{path}"

    def templates_url(self, path: str = "", version: str = "v2") -> str:
        root = f"https://integrations.messagebird.com/{version}/platforms/whatsapp"
        return f"{root}/templates{path}"

    def bird_url(self, *parts: str) -> str:
        """An address in our workspace; ``parts`` are quoted."""
        path = "/".join(quote(part, safe="") for part in parts)
        workspace = quote(self.workspace_id, safe="")
        return f"https://api.bird.com/workspaces/{workspace}/{path}"


def is_file_host(host: str) -> bool:
    """Whether files may come from ``host``, directly or by a redirect."""
    return host.endswith(FILE_DOMAINS)
