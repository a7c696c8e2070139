"""Templates as Meta's components: WhatsApp's own, with variables that may have names.

https://developers.facebook.com/documentation/business-messaging/whatsapp/templates/components
"""

from __future__ import annotations

from odoo.addons.whatsapp_connector.wire.components import Components
from odoo.addons.whatsapp_connector.wire.template import AUTHENTICATION, Template
from odoo.addons.whatsapp_connector.wire.values import Record


class _Format(Components):
    named = True

    def build(self, template: Template, handle: str = "") -> Record:
        content = super().build(template, handle)
        if template.category != AUTHENTICATION:
            named = self.names(template).are_words
            content["parameter_format"] = "named" if named else "positional"
        return content


FORMAT = _Format()
