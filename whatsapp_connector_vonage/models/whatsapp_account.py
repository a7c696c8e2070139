import re

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..wire.account import VonageAccount, read_private_key

SECRET_FIELDS = (
    "vonage_api_secret",
    "vonage_private_key",
    "vonage_signature_secret",
    "vonage_previous_signature_secret",
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class WhatsappAccount(models.Model):
    _inherit = "whatsapp.account"

    provider = fields.Selection(
        selection_add=[("vonage", "Vonage")], ondelete={"vonage": "set default"}
    )
    vonage_api_key = fields.Char(
        string="API Key",
        copy=False,
        required_if_provider="vonage",
        help="Vonage dashboard, API settings: API key, eight digits and letters. It "
        "tells which account a call of Vonage's is for.",
    )
    vonage_api_secret = fields.Char(
        string="API Secret",
        groups="base.group_system",
        copy=False,
        exportable=False,
        required_if_provider="vonage",
        help="Vonage dashboard, API settings: Account secret. Odoo looks up and "
        "configures the application with it.",
    )
    vonage_signature_secret = fields.Char(
        string="Signature Secret",
        groups="base.group_system",
        copy=False,
        exportable=False,
        required_if_provider="vonage",
        help="Vonage dashboard, API settings: Signed webhooks, Signature secret. It is "
        "not the API secret. Vonage signs its calls to this Odoo with it.",
    )
    vonage_previous_signature_secret = fields.Char(
        string="Previous Signature Secret",
        groups="base.group_system",
        copy=False,
        exportable=False,
        help="Only while the signature secret is being replaced: calls signed with "
        "this one are still accepted. Empty it afterwards.",
    )
    vonage_application_id = fields.Char(
        string="Application ID",
        copy=False,
        required_if_provider="vonage",
        help="Vonage dashboard, Applications: the application that the WhatsApp number "
        "is linked to. Letters and digits in five groups.",
    )
    vonage_private_key = fields.Char(
        string="Private Key",
        groups="base.group_system",
        copy=False,
        exportable=False,
        required_if_provider="vonage",
        help="The whole text of the file private.key, from -----BEGIN PRIVATE KEY----- "
        "on. Vonage hands it out once: Applications, (application), Edit, Generate "
        "public and private key. Messages are sent with it.",
    )
    vonage_waba_id = fields.Char(
        string="WABA ID",
        copy=False,
        help="The WhatsApp Business Account, for templates. Vonage dashboard, External "
        "accounts: the digits beside the WhatsApp account. Empty: no templates.",
    )
    vonage_region = fields.Selection(
        [
            ("us", "United States"),
            ("eu", "Europe"),
            ("ap", "Asia and Pacific"),
            ("sandbox", "Sandbox"),
        ],
        string="Hosted in",
        help="Where the number is hosted: only there can messages be marked as read. "
        "Empty: Vonage chooses by itself. Sandbox: to try it out with the number that "
        "Vonage lends, in Messages API Sandbox.",
    )

    @api.constrains(
        "vonage_api_key",
        "vonage_api_secret",
        "vonage_signature_secret",
        "vonage_application_id",
        "vonage_private_key",
    )
    def _check_vonage_required(self):
        self._check_required_if_provider()

    @api.constrains("vonage_application_id")
    def _check_vonage_application_id(self):
        """It becomes part of an address."""
        for account in self:
            application_id = account.vonage_application_id
            if application_id and not _UUID.fullmatch(application_id):
                raise ValidationError(
                    self.env._(
                        "%(id)s is no application ID: it has 32 digits and letters "
                        "from a to f in five groups.",
                        id=application_id,
                    )
                )

    @api.constrains("vonage_waba_id")
    def _check_vonage_waba_id(self):
        """It becomes part of an address."""
        for account in self:
            waba_id = account.vonage_waba_id
            if waba_id and not re.fullmatch(r"[0-9]{5,20}", waba_id):
                raise ValidationError(
                    self.env._("%(id)s is no WABA ID: it has digits only.", id=waba_id)
                )

    @api.constrains("vonage_private_key")
    def _check_vonage_private_key(self):
        for account in self.sudo().filtered("vonage_private_key"):
            try:
                read_private_key(account.vonage_private_key)
            except ValueError as error:
                raise ValidationError(
                    self.env._(
                        "This is no private key of Vonage's. Paste the whole file "
                        "private.key, from -----BEGIN PRIVATE KEY----- to "
                        "-----END PRIVATE KEY-----."
                    )
                ) from error

    def _get_vonage_account(self):
        """This account as Vonage's wire code knows it; call it with sudo."""
        self.ensure_one()
        return VonageAccount(
            api_key=self.vonage_api_key or "",
            api_secret=self.vonage_api_secret or "",
            application_id=self.vonage_application_id or "",
            private_key=self.vonage_private_key or "",
            signature_secret=self.vonage_signature_secret or "",
            previous_signature_secret=self.vonage_previous_signature_secret or "",
            waba_id=self.vonage_waba_id or "",
            region=self.vonage_region or "",
        )
