from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.whatsapp_connector.tools.secret_field import Secret

from ..wire.account import TwilioAccount

#: Both become part of the address that our credentials go to.
_HOST_PART = r"[a-z0-9]+(-[a-z0-9]+)*"


class WhatsappAccount(models.Model):
    _inherit = "whatsapp.account"

    provider = fields.Selection(
        selection_add=[("twilio", "Twilio")], ondelete={"twilio": "set default"}
    )
    twilio_account_sid = fields.Char(
        string="Account SID",
        copy=False,
        required_if_provider="twilio",
        pattern=r"AC[0-9a-fA-F]{32}",
        help="Twilio Console, first page of the account: Account Info, Account SID. "
        "It begins with AC, and 32 digits and letters from a to f follow. A subaccount "
        "has its own. One that begins with SK is an API key's.",
    )
    twilio_auth_token = Secret(
        string="Auth Token",
        required_if_provider="twilio",
        help="Twilio Console, first page of the account: Account Info, Auth Token, "
        "Show. Twilio signs its calls to this Odoo with it, so it is needed even "
        "where an API key is used to send. Each region has its own.",
    )
    twilio_previous_auth_token = Secret(
        string="Previous Auth Token",
        help="Only while the Auth Token is being replaced: calls signed with this one "
        "are still accepted. Empty it when Twilio has promoted the new one.",
    )
    twilio_api_key_sid = fields.Char(
        string="API Key SID",
        copy=False,
        help="Optional; sends with a key that can be withdrawn by itself. "
        "Twilio Console: Admin, Account management, API keys & tokens, "
        "Create API key. It begins with SK.",
    )
    twilio_api_key_secret = Secret(
        string="API Key Secret",
        help="Twilio shows it once, when the API key is created.",
    )
    twilio_shared_key = Secret(
        string="Webhook Shared Key",
        help="Optional; the secret of a SharedKey, if this Twilio account signs its "
        "webhooks with one (HMAC SHA-256) instead of the Auth Token.",
    )
    twilio_region = fields.Char(
        string="Region",
        pattern=_HOST_PART,
        help="Where the account's data live: empty or us1 (United States), ie1 "
        "(Ireland), au1 (Australia). Twilio Console: the region beside the account's "
        "name.",
    )
    twilio_edge = fields.Char(
        string="Edge",
        pattern=_HOST_PART,
        help="Optional: where this Odoo enters Twilio's network, for example dublin or "
        "frankfurt.",
    )

    @api.constrains("twilio_api_key_sid", "twilio_api_key_secret")
    def _check_twilio_api_key(self):
        for account in self.sudo().filtered(lambda a: a.provider == "twilio"):
            if bool(account.twilio_api_key_sid) != bool(account.twilio_api_key_secret):
                raise ValidationError(
                    self.env._("An API key has a SID and a secret: fill in both.")
                )

    def _get_twilio_account(self):
        """This account as Twilio's wire code knows it; call it with sudo."""
        self.ensure_one()
        return TwilioAccount(
            sid=self.twilio_account_sid or "",
            auth_token=self.twilio_auth_token or "",
            previous_auth_token=self.twilio_previous_auth_token or "",
            api_key_sid=self.twilio_api_key_sid or "",
            api_key_secret=self.twilio_api_key_secret or "",
            shared_key=self.twilio_shared_key or "",
            region=self.twilio_region or "",
            edge=self.twilio_edge or "",
        )
