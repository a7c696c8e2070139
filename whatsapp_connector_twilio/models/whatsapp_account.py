import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..wire.account import TwilioAccount

SECRET_FIELDS = (
    "twilio_auth_token",
    "twilio_previous_auth_token",
    "twilio_api_key_secret",
    "twilio_shared_key",
)
_ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")


class WhatsappAccount(models.Model):
    _inherit = "whatsapp.account"

    provider = fields.Selection(
        selection_add=[("twilio", "Twilio")], ondelete={"twilio": "set default"}
    )
    twilio_account_sid = fields.Char(
        string="Account SID",
        copy=False,
        required_if_provider="twilio",
        help="Twilio Console, first page of the account: Account Info, Account SID. "
        "It begins with AC. A subaccount has its own.",
    )
    twilio_auth_token = fields.Char(
        string="Auth Token",
        groups="base.group_system",
        copy=False,
        exportable=False,
        required_if_provider="twilio",
        help="Twilio Console, first page of the account: Account Info, Auth Token, "
        "Show. Twilio signs its calls to this Odoo with it, so it is needed even "
        "where an API key is used to send. Each region has its own.",
    )
    twilio_previous_auth_token = fields.Char(
        string="Previous Auth Token",
        groups="base.group_system",
        copy=False,
        exportable=False,
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
    twilio_api_key_secret = fields.Char(
        string="API Key Secret",
        groups="base.group_system",
        copy=False,
        exportable=False,
        help="Twilio shows it once, when the API key is created.",
    )
    twilio_shared_key = fields.Char(
        string="Webhook Shared Key",
        groups="base.group_system",
        copy=False,
        exportable=False,
        help="Optional; the secret of a SharedKey, if this Twilio account signs its "
        "webhooks with one (HMAC SHA-256) instead of the Auth Token.",
    )
    twilio_region = fields.Char(
        string="Region",
        help="Where the account's data live: empty or us1 (United States), ie1 "
        "(Ireland), au1 (Australia). Twilio Console: the region beside the account's "
        "name.",
    )
    twilio_edge = fields.Char(
        string="Edge",
        help="Optional: where this Odoo enters Twilio's network, for example dublin or "
        "frankfurt.",
    )

    @api.constrains("twilio_auth_token", "twilio_account_sid")
    def _check_twilio_required(self):
        self._check_required_if_provider()

    @api.constrains("twilio_account_sid")
    def _check_twilio_account_sid(self):
        for account in self:
            sid = account.twilio_account_sid
            if sid and not _ACCOUNT_SID.fullmatch(sid):
                raise ValidationError(
                    self.env._(
                        "%(sid)s is no Account SID: it begins with AC, and 32 digits "
                        "and letters from a to f follow. One that begins with SK is "
                        "an API key's.",
                        sid=sid,
                    )
                )

    @api.constrains("twilio_api_key_sid", "twilio_api_key_secret")
    def _check_twilio_api_key(self):
        for account in self.sudo():
            if bool(account.twilio_api_key_sid) != bool(account.twilio_api_key_secret):
                raise ValidationError(
                    self.env._("An API key has a SID and a secret: fill in both.")
                )

    @api.constrains("twilio_region", "twilio_edge")
    def _check_twilio_host(self):
        """Both become part of the address that our credentials go to."""
        for account in self:
            for name in filter(None, (account.twilio_region, account.twilio_edge)):
                if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
                    raise ValidationError(
                        self.env._(
                            "%(name)s is neither a region nor an edge of Twilio: they "
                            "are written like ie1 and sao-paulo.",
                            name=name,
                        )
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
