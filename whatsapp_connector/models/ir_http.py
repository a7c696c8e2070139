from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        """Keep the exact bytes of the body for routes that ask for them.

        Parsing a form consumes the body, and that happens before the controller runs;
        providers sign the bytes.
        """
        res = super()._pre_dispatch(rule, args)
        if rule.endpoint.routing.get("whatsapp_raw_body"):
            request.whatsapp_raw_body = request.httprequest.get_data(cache=True)
        return res
