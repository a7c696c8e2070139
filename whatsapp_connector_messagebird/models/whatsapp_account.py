from secrets import token_urlsafe

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.whatsapp_connector.tools.secret_field import Secret

from ..wire.account import BIRD, CONVERSATIONS, MessageBirdAccount


class WhatsappAccount(models.Model):
    _inherit = "whatsapp.account"

    provider = fields.Selection(
        selection_add=[("messagebird", "MessageBird / Bird")],
        ondelete={"messagebird": "set default"},
    )
    messagebird_generation = fields.Selection(
        [
            (CONVERSATIONS, "MessageBird Conversations"),
            (BIRD, "Bird Channels"),
        ],
        string="Console",
        default=CONVERSATIONS,
        required_if_provider="messagebird",
        help="Where you sign in: at dashboard.messagebird.com (MessageBird "
        "Conversations) or at app.bird.com (Bird Channels). Keys and ids of one are "
        "no use at the other.",
    )
    messagebird_access_key = Secret(
        string="Access Key",
        required_if_provider="messagebird",
        help="MessageBird: Developers, API access, a live key. Bird: Settings, "
        "Security, Access keys; its role must allow channels, messages, templates "
        "(projects) and webhook subscriptions.",
    )
    messagebird_signing_key = Secret(
        string="Signing Key",
        required_if_provider="messagebird",
        help="Proves that calls to this Odoo come from MessageBird. MessageBird: "
        "Developers, API settings, Signing key. Bird: any long random text; Odoo "
        "proposes one and hands it to Bird with Configure webhooks.",
    )
    messagebird_previous_signing_key = Secret(
        string="Previous Signing Key",
        help="Only while the signing key is being replaced: calls signed with this one "
        "are still accepted. Empty it a day later.",
    )
    messagebird_accepts_hmac = fields.Boolean(
        string="Accept the former signature",
        help="Only if MessageBird's calls to you have no MessageBird-Signature-JWT "
        "header: accepts the deprecated MessageBird-Signature, which does not cover "
        "the address.",
    )
    messagebird_sandbox = fields.Boolean(
        string="WhatsApp Sandbox",
        help="The channel is MessageBird's WhatsApp sandbox: your testers joined it by "
        "the code that the dashboard shows.",
    )
    messagebird_waba_id = fields.Char(
        string="WhatsApp Business account ID",
        copy=False,
        pattern=r"[0-9]{5,30}",
        help="Needed for templates. MessageBird: Channels, WhatsApp, your channel; or "
        "Meta Business Manager: Accounts, WhatsApp accounts. Digits only.",
    )
    messagebird_namespace = fields.Char(
        string="Template namespace",
        copy=False,
        help="Optional; saves a request for each template that is sent. MessageBird: "
        "Channels, WhatsApp, Template manager.",
    )
    messagebird_workspace_id = fields.Char(
        string="Workspace ID",
        copy=False,
        pattern=r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
        help="Bird: Settings, General; also in the address of every page: "
        "app.bird.com/workspaces/… It has 36 characters, four of them hyphens.",
    )

    @api.constrains("provider", "messagebird_generation", "messagebird_workspace_id")
    def _check_messagebird_workspace_id(self):
        for account in self:
            is_bird = account.provider == "messagebird" and account._is_bird()
            if is_bird and not account.messagebird_workspace_id:
                raise ValidationError(
                    self.env._(
                        "Bird needs the workspace's ID: 36 characters, such as "
                        "c32b95a0-4a8f-4f64-a3ef-9a1f3ce4d3a5."
                    )
                )

    @api.onchange("provider", "messagebird_generation")
    def _onchange_messagebird_generation(self):
        """Bird takes the key that we choose: propose one."""
        is_new = self.provider == "messagebird" and not self.messagebird_signing_key
        if is_new and self._is_bird():
            self.messagebird_signing_key = token_urlsafe(32)

    def _is_bird(self):
        return self.messagebird_generation == BIRD

    def _get_messagebird_account(self):
        """This account as MessageBird's wire code knows it; call it with sudo."""
        self.ensure_one()
        return MessageBirdAccount(
            generation=self.messagebird_generation or CONVERSATIONS,
            access_key=self.messagebird_access_key or "",
            signing_key=self.messagebird_signing_key or "",
            previous_signing_key=self.messagebird_previous_signing_key or "",
            accepts_hmac=self.messagebird_accepts_hmac,
            is_sandbox=self.messagebird_sandbox,
            waba_id=self.messagebird_waba_id or "",
            namespace=self.messagebird_namespace or "",
            workspace_id=self.messagebird_workspace_id or "",
            channel_ids=tuple(self.channel_ids.mapped("number_id")),
        )
