from secrets import token_urlsafe

from odoo import fields, models

from odoo.addons.whatsapp_connector.tools.secret_field import Secret

from ..wire.account import MetaAccount


class WhatsappAccount(models.Model):
    _inherit = "whatsapp.account"

    provider = fields.Selection(
        selection_add=[("meta", "Meta Cloud API")], ondelete={"meta": "set default"}
    )
    meta_waba_id = fields.Char(
        string="WhatsApp Business Account ID",
        copy=False,
        pattern=r"[0-9]+",
        required_if_provider="meta",
        help="developers.facebook.com, My Apps, (the app), WhatsApp, API Setup: "
        "WhatsApp Business Account ID, digits only. It isn't the phone number's id, "
        "which stands above it.",
    )
    meta_app_id = fields.Char(
        string="App ID",
        copy=False,
        pattern=r"[0-9]+",
        required_if_provider="meta",
        help="developers.facebook.com, My Apps, (the app), App settings, Basic: "
        "App ID, digits only.",
    )
    meta_app_secret = Secret(
        string="App Secret",
        required_if_provider="meta",
        help="developers.facebook.com, My Apps, (the app), App settings, Basic: App "
        "secret, Show. Meta signs its calls to this Odoo with it.",
    )
    meta_previous_app_secret = Secret(
        string="Previous App Secret",
        help="Only while the app secret is being replaced: calls signed with this one "
        "are still accepted.",
    )
    meta_access_token = Secret(
        string="Access Token",
        required_if_provider="meta",
        help="business.facebook.com, Settings, Users, System users, (the user), "
        "Generate new token: choose the app, no expiry, and the permissions "
        "whatsapp_business_messaging and whatsapp_business_management. The token of "
        "API Setup works for a day only.",
    )
    meta_verify_token = Secret(
        string="Verify Token",
        default=lambda self: token_urlsafe(24),
        help="Made up here. Meta shows it when it asks whether the webhook address is "
        "really yours; Configure webhooks hands it over. By hand: "
        "developers.facebook.com, (the app), WhatsApp, Configuration, Webhook, Edit.",
    )

    def _get_meta_account(self):
        """This account as Meta's wire code knows it; call it with sudo."""
        self.ensure_one()
        return MetaAccount(
            waba_id=self.meta_waba_id or "",
            app_id=self.meta_app_id or "",
            access_token=self.meta_access_token or "",
            app_secret=self.meta_app_secret or "",
            previous_app_secret=self.meta_previous_app_secret or "",
            verify_token=self.meta_verify_token or "",
        )
