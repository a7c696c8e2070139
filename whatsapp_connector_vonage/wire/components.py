"""Templates as WhatsApp's components, which Vonage hands on.

It documents variables that are numbered; a template from elsewhere may have named ones.
https://developer.vonage.com/en/api/whatsapp-template-management
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.components import STATUSES, Components
from odoo.addons.whatsapp_connector.wire.values import Record


class _Format(Components):
    statuses = {**STATUSES, "LIMIT_EXCEEDED": "disabled", "LOCKED": "disabled"}

    def text(self, kind: str, text: str) -> Record:
        return {"type": kind, "format": "TEXT", "text": text}

    def index(self, position: int) -> str:
        return str(position)


FORMAT = _Format()
