"""Templates as WhatsApp's components, which MessageBird hands on.

All variables are numbered, and files are told by their addresses.
https://developers.messagebird.com/api/whatsapp/#whatsapp-templates
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.component_reader import ComponentReader
from odoo.addons.whatsapp_connector.wire.components import STATUSES, Components
from odoo.addons.whatsapp_connector.wire.contents import file_at
from odoo.addons.whatsapp_connector.wire.outbound import OutboundMedia
from odoo.addons.whatsapp_connector.wire.template import Template, TemplateState
from odoo.addons.whatsapp_connector.wire.values import Record, as_list, as_text


class _Reader(ComponentReader):
    named = False

    def read_sample(self, kind: str, example: Record) -> dict[str, OutboundMedia]:
        """The sample of a header, named as its address ends."""
        given = example.get("header_url")
        url = as_text(next(iter(as_list(given)), given))
        return {"header_media": file_at(url, kind)} if url else {}


class _Format(Components):
    statuses = {**STATUSES, "NEW": "pending"}
    reader = _Reader

    def sample_of(self, template: Template, handle: str) -> Record:
        media = template.header_media
        return {"header_url": [media.url]} if media else {}

    def coupon(self, code: str) -> list[str]:
        return [code]

    def link(self, media: OutboundMedia, kind: str) -> Record:
        return {"url": media.url}

    def read_state(self, record: Record) -> TemplateState:
        """A template has no id of its own: name and language tell it."""
        name, language = as_text(record.get("name")), as_text(record.get("language"))
        return super().read_state(
            {
                **record,
                "id": f"{name}/{language}",
                "rejected_reason": record.get("rejectedReason"),
                "quality_score": record.get("qualityScore"),
            }
        )


FORMAT = _Format()
