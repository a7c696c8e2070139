from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.whatsapp_connector.tools.secret_field import Secret

from ..wire.account import VonageAccount, read_private_key


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
    vonage_api_secret = Secret(
        string="API Secret",
        required_if_provider="vonage",
        help="Vonage dashboard, API settings: Account secret. Odoo looks up and "
        "configures the application with it.",
    )
    vonage_signature_secret = Secret(
        string="Signature Secret",
        required_if_provider="vonage",
        help="Vonage dashboard, API settings: Signed webhooks, Signature secret. It is "
        "not the API secret. Vonage signs its calls to this Odoo with it.",
    )
    vonage_previous_signature_secret = Secret(
        string="Previous Signature Secret",
        help="Only while the signature secret is being replaced: calls signed with "
        "this one are still accepted. Empty it afterwards.",
    )
    vonage_application_id = fields.Char(
        string="Application ID",
        copy=False,
        pattern=r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        required_if_provider="vonage",
        help="Vonage dashboard, Applications: the application that the WhatsApp number "
        "is linked to. It has 32 digits and letters from a to f in five groups.",
    )
    vonage_private_key = Secret(
        string="Private Key",
        required_if_provider="vonage",
        help="The whole text of the file private.key, from -----BEGIN PRIVATE KEY----- "
        "on. Vonage hands it out once: Applications, (application), Edit, Generate "
        "public and private key. Messages are sent with it.",
    )
    vonage_waba_id = fields.Char(
        string="WABA ID",
        copy=False,
        pattern=r"[0-9]{5,20}",
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
