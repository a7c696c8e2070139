import logging
import re
from secrets import token_urlsafe

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools.secret_field import Secret
from ..tools.transport_client import get_client
from ..wire.outbound import Capabilities, Check
from ..wire.template import MEDIA_HEADERS

_logger = logging.getLogger(__name__)


class WhatsappAccount(models.Model):
    _name = "whatsapp.account"
    _description = "WhatsApp Account"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "sequence, name, id"
    _check_company_auto = True

    name = fields.Char(required=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    provider = fields.Selection(
        selection=[("none", "No provider")],
        required=True,
        default="none",
        tracking=True,
        help="The company that carries your messages to WhatsApp. Each provider is "
        "an addon of its own: install it and it appears here.",
    )
    channel_ids = fields.One2many("whatsapp.channel", "account_id")
    channel_count = fields.Integer(compute="_compute_channel_count")
    can_configure_webhooks = fields.Boolean(compute="_compute_can_configure_webhooks")

    webhook_key = fields.Char(
        default=lambda self: token_urlsafe(16),
        required=True,
        readonly=True,
        copy=False,
        help="Part of the webhook address. It is an address, not a secret: what "
        "proves that a call comes from the provider is its signature.",
    )
    public_url = fields.Char(
        string="Public address of this Odoo",
        help="How the provider reaches this Odoo, e.g. https://odoo.example.com. "
        "Empty: the system parameter web.base.url. The provider signs its calls over "
        "this address, so it must be exactly what the provider was told.",
    )
    webhook_url = fields.Char(
        string="Webhook address",
        compute="_compute_webhook_url",
        help="Copy it to the provider's console: for incoming messages and statuses.",
    )
    public_url_ok = fields.Boolean(compute="_compute_webhook_url")
    moved_templates = fields.Char(
        compute="_compute_moved_templates",
        help="Templates whose file the provider looks for at a former address.",
    )
    identity_scope = fields.Char(
        string="Identity scope",
        help="Business portfolio that WhatsApp's user ids (BSUID) belong to. Accounts "
        "with the same scope share their contacts. Empty: this account alone.",
    )

    last_event_at = fields.Datetime(compute="_compute_health")
    event_waiting_count = fields.Integer(
        string="Events waiting", compute="_compute_health"
    )
    event_failed_count = fields.Integer(
        string="Events failed", compute="_compute_health"
    )
    fault = fields.Char(
        readonly=True,
        copy=False,
        tracking=True,
        help="What the provider last refused for reasons of configuration.",
    )
    suspended_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="Sending waits until then, because the provider refused the credentials "
        "or the configuration.",
    )
    templates_due_at = fields.Datetime(readonly=True, copy=False)
    templates_synced_at = fields.Datetime(
        string="Templates synchronised", readonly=True, copy=False
    )
    has_templates = fields.Boolean(compute="_compute_can_configure_webhooks")
    daily_limit = fields.Integer(
        string="New people per day",
        default=250,
        tracking=True,
        help="How many people you may write to first within 24 hours, by WhatsApp: 250 "
        "for a new number, 2,000 once the business is verified, then more. 0: no "
        "limit. If the provider tells of a change, it is taken over.",
    )
    credentials_checked_at = fields.Datetime(readonly=True, copy=False)
    credentials_ok = fields.Boolean(readonly=True, copy=False)
    business_verified = fields.Boolean(
        string="Business verified",
        help="Tick it when the business is verified in WhatsApp's Business Manager.",
    )

    _webhook_key_unique = models.Constraint(
        "UNIQUE(webhook_key)", "Another account has the same webhook key."
    )

    # -- schema -----------------------------------------------------------------------

    def _valid_field_parameter(self, field, name):
        ours = ("required_if_provider", "pattern")
        return name in ours or super()._valid_field_parameter(field, name)

    def _get_fields_with(self, parameter):
        """Names of the fields that providers' addons declared with ``parameter``."""
        return [
            name for name, field in self._fields.items() if hasattr(field, parameter)
        ]

    @api.constrains(
        lambda self: (
            ["provider", "active"] + self._get_fields_with("required_if_provider")
        )
    )
    def _check_required_if_provider(self):
        """Fields marked ``required_if_provider=<code>`` must have a value."""
        for account in self.sudo().filtered("active"):
            missing = [
                field.get_description(self.env, ["string"])["string"]
                for name, field in self._fields.items()
                if getattr(field, "required_if_provider", None) == account.provider
                and not account[name]
            ]
            if missing:
                raise ValidationError(
                    self.env._(
                        "%(account)s: please fill in %(fields)s.",
                        account=account.name,
                        fields=", ".join(missing),
                    )
                )

    @api.constrains(lambda self: self._get_fields_with("pattern"))
    def _check_pattern(self):
        """Fields marked ``pattern=<regular expression>`` have no other value.

        Many become part of an address to which credentials go.
        """
        for name in self._get_fields_with("pattern"):
            field = self._fields[name]
            for account in self.sudo().filtered(name):
                if not re.fullmatch(field.pattern, account[name]):
                    described = field.get_description(self.env, ["string", "help"])
                    raise ValidationError(
                        self.env._(
                            "%(value)s can't be the %(field)s. %(help)s",
                            value=account[name],
                            field=described["string"],
                            help=described["help"],
                        )
                    )

    @api.constrains(lambda self: self._get_all_secret_fields())
    def _check_secret(self):
        """No secret has characters that HTTP could not carry.

        Consoles show dots instead of it, and a word processor makes dashes longer.
        Keys in a text of their own (PEM) have several lines.
        """
        for name in self._get_all_secret_fields():
            field = self._fields[name]
            for account in self.sudo().filtered(name):
                secret = account[name]
                if secret.startswith("-----BEGIN"):
                    secret = "".join(secret.splitlines())
                if not (secret.isascii() and secret.isprintable()):
                    raise ValidationError(
                        self.env._(
                            "%(field)s: this can't be it, it has characters that none "
                            "has. Copy it again, and not the dots that hide it.",
                            field=field.get_description(self.env, ["string"])["string"],
                        )
                    )

    def _export_rows(self, fields, **kwargs):
        """Refuse what isn't ``exportable``: Odoo only leaves it out of its dialog.

        Exports of other records come along here, too, by way of their account.
        """
        refused = {
            path[0]
            for path in fields
            if path and path[0] in self._fields
            if not self._fields[path[0]].exportable
        }
        if refused:
            raise AccessError(
                self.env._(
                    "Secrets of accounts can't be exported: %(fields)s.",
                    fields=", ".join(sorted(refused)),
                )
            )
        return super()._export_rows(fields, **kwargs)

    # -- computed ---------------------------------------------------------------------

    @api.depends("channel_ids")
    def _compute_channel_count(self):
        for account in self:
            account.channel_count = len(account.channel_ids)

    @api.depends("provider")
    def _compute_can_configure_webhooks(self):
        for account in self:
            capabilities = account._get_capabilities()
            account.can_configure_webhooks = capabilities.configure_webhooks
            account.has_templates = capabilities.templates

    @api.depends("webhook_key", "public_url")
    def _compute_webhook_url(self):
        for account in self:
            account.webhook_url = account._get_webhook_url()
            account.public_url_ok = account._has_public_url()

    @api.depends("provider", "public_url")
    @api.depends_context("lang")
    def _compute_moved_templates(self):
        for account in self:
            moved = account._origin._get_moved_templates(account._get_base_url())
            account.moved_templates = ", ".join(moved.mapped("display_name"))

    def _get_moved_templates(self, url):
        """Languages whose file is fixed to another address than ``url``."""
        variants = self.env["whatsapp.template.variant"].sudo()
        if not self or not self._get_capabilities().template_files_stay:
            return variants
        return variants.search(
            [
                ("account_id", "=", self.id),
                ("header", "in", MEDIA_HEADERS),
                ("submitted_url", "not in", (False, url)),
                ("state", "in", ("submitted", "pending", "approved", "paused")),
            ]
        )

    @api.depends("provider")
    def _compute_health(self):
        """Of the events, those applied are by far the most: they aren't counted."""
        events = self.env["whatsapp.event"].sudo()
        waiting = ("new", "processing", "retry")
        counts = {
            (account.id, state): count
            for account, state, count in events._read_group(
                [("account_id", "in", self.ids), ("state", "in", (*waiting, "failed"))],
                ["account_id", "state"],
                ["__count"],
            )
        }
        last = events._get_last(self)
        for account in self:
            account.last_event_at = last.get(account.id)
            account.event_failed_count = counts.get((account.id, "failed"), 0)
            account.event_waiting_count = sum(
                counts.get((account.id, state), 0) for state in waiting
            )

    def _get_base_url(self):
        """The address under which the provider knows this Odoo; no final slash."""
        self.ensure_one()
        return (self.public_url or self.get_base_url()).rstrip("/")

    def _has_public_url(self):
        """Whether providers on the internet can call us: they insist on HTTPS."""
        self.ensure_one()
        return self._get_base_url().startswith("https://")

    def _get_webhook_url(self):
        self.ensure_one()
        return f"{self._get_base_url()}/whatsapp/webhook/{self.webhook_key}"

    def _is_former_webhook(self, url):
        """Whether ``url`` led to this Odoo by a key that no account has any more.

        Called by *Configure webhooks*: what is left of it at the provider may go.
        """
        place, _slash, key = url.rpartition("/")
        if not key or place != self._get_webhook_url().rpartition("/")[0]:
            return False
        accounts = self.sudo().with_context(active_test=False)
        return not accounts.search_count([("webhook_key", "=", key)], limit=1)

    def _get_webhook_mark(self):
        """What a provider has to know to reach us: another must be told anew."""
        return f"{self.provider} {self._get_webhook_url()}"

    def _get_identity_scope(self):
        """What business-scoped user ids of this account are unique in."""
        self.ensure_one()
        return self.identity_scope or f"account:{self.id}"

    # -- provider ---------------------------------------------------------------------

    def _transport(self):
        """The provider's transport model, ready to be asked."""
        self.ensure_one()
        name = f"whatsapp.transport.{self.provider}"
        return self.env[name if name in self.env else "whatsapp.transport"].sudo()

    def _get_capabilities(self):
        """What this account's provider can do."""
        self.ensure_one()
        if self.provider == "none":
            return Capabilities()
        return self._transport()._capabilities(self.sudo())

    def _mask(self, text):
        """Take this account's secrets out of a text that is kept or shown."""
        for secret in self._transport()._credentials(self.sudo()):
            text = text.replace(secret, "***")
        return text

    @api.model
    def _get_secret_fields(self, provider):
        """Names of the fields that hold a provider's secrets."""
        return [
            name
            for name in self._get_all_secret_fields()
            if name.startswith(f"{provider}_")
        ]

    @api.model
    def _get_all_secret_fields(self):
        return [n for n, field in self._fields.items() if isinstance(field, Secret)]

    @api.model
    def _remove_provider(self, provider):
        """Called by a provider addon's ``uninstall_hook``.

        Its accounts keep their records and chats, but no provider, no active channel
        and no secret.
        """
        accounts = self.with_context(active_test=False).search(
            [("provider", "=", provider)]
        )
        accounts.channel_ids.active = False
        secrets = dict.fromkeys(self._get_secret_fields(provider), False)
        accounts.write({"provider": "none", **secrets})

    # -- faults -----------------------------------------------------------------------

    def _report_fault(self, sentence, suspend_minutes=5):
        """Stop sending for a while and tell the administrators, once.

        :param sentence: what is wrong, as an administrator can act on it
        """
        self.ensure_one()
        sentence = self._mask(sentence)
        account = self.sudo()
        account.suspended_until = fields.Datetime.add(
            fields.Datetime.now(), minutes=suspend_minutes
        )
        if account.fault == sentence:
            return
        account.fault = sentence
        account._alert(sentence)

    def _alert(self, sentence):
        """Give every administrator one activity about ``sentence``, not several."""
        account = self.sudo()
        known = account.activity_ids.filtered(lambda a: sentence in (a.note or ""))
        for user in account._get_administrators() - known.user_id:
            account.activity_schedule(
                "mail.mail_activity_data_warning",
                user_id=user.id,
                summary=self.env._("WhatsApp account needs attention"),
                note=sentence,
            )

    def _clear_fault(self):
        faulty = self.sudo().filtered(lambda a: a.fault or a.suspended_until)
        if faulty:
            faulty.write({"fault": False, "suspended_until": False})
            faulty.activity_unlink(["mail.mail_activity_data_warning"])

    def _note_success(self):
        """A message went through again: an earlier fault is over."""
        now = fields.Datetime.now()
        self.filtered(lambda a: a.suspended_until and a.suspended_until <= now).write(
            {"fault": False, "suspended_until": False}
        )

    def _get_administrators(self):
        """Who is told about faults: the WhatsApp administrators of the company."""
        self.ensure_one()
        users = self.env.ref("base.group_system").sudo().all_user_ids
        return users.filtered(
            lambda u: u.active and not u.share and self.company_id in u.company_ids
        )

    # -- buttons ----------------------------------------------------------------------

    def action_test_connection(self):
        """Check the account against the provider; shows one line a check."""
        self.ensure_one()
        checks = self._check_connection()
        title, kind = self._judge(checks)
        lines = [
            f"{'✓' if c.ok else '✗' if c.ok is False else '?'} {c.name}"
            + (f": {c.detail}" if c.detail else "")
            for c in checks
        ]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": title,
                "message": "\n".join(["", *lines]),
                "type": kind,
                "sticky": True,
                "className": "o_whatsapp_checks",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def _judge(self, checks):
        """What checks come to: a title, and the kind of notification."""
        if any(check.ok is False for check in checks):
            return self.env._("The connection does not work yet"), "danger"
        if any(check.unanswered for check in checks):
            return self.env._("The provider can't answer now"), "warning"
        return self.env._("Connection works"), "success"

    def _check_connection(self):
        """Run the provider's checks and ours. Returns a list of ``Check``.

        A provider that can't answer now has said neither yes nor no: what is known of
        the account stays.
        """
        self.ensure_one()
        self.check_access("write")
        if self.provider == "none":
            raise UserError(self.env._("Please choose a provider first."))
        transport, client = self._transport(), get_client()
        checks = transport._check_credentials(self.sudo(), client)
        for channel in self.sudo().channel_ids:
            checks += transport._check_channel(channel, client)
        ok = all(check.ok is not False for check in checks)
        if not ok or not any(check.unanswered for check in checks):
            self.sudo().write(
                {
                    "credentials_checked_at": fields.Datetime.now(),
                    "credentials_ok": ok,
                }
            )
            if ok:
                self._clear_fault()
                self.env["whatsapp.outbox"]._wake()
        return [*checks, self._check_public_url()]

    def _check_public_url(self):
        url, ok = self._get_base_url(), self._has_public_url()
        return Check(
            name=self.env._("Public HTTPS address"),
            ok=ok or None,
            detail=url
            if ok
            else self.env._(
                "%(url)s is not https: providers on the internet won't call it.",
                url=url,
            ),
        )

    def action_configure_webhooks(self):
        """Have the provider's API point every channel's webhooks here."""
        self.ensure_one()
        self.check_access("write")
        if not self._get_capabilities().configure_webhooks:
            raise UserError(
                self.env._(
                    "This provider has to be told by hand: copy the webhook address to "
                    "its console."
                )
            )
        for channel in self.channel_ids:
            self._transport()._configure_webhooks(channel.sudo(), get_client())
            channel._note_webhook()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("The provider now calls this Odoo."),
                "type": "success",
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_sync_templates(self):
        """Have the provider's templates asked for, in the background."""
        self.env["whatsapp.template"].check_access("write")
        accounts = self.filtered(lambda a: a._get_capabilities().templates)
        if not accounts:
            raise UserError(self.env._("No account's provider has templates."))
        self.env["whatsapp.template.work"]._ask_now(accounts.sudo())
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": self.env._("The templates are being synchronised."),
                "type": "info",
            },
        }

    def action_new_webhook_key(self):
        """Replace the webhook address, e.g. after it was published by mistake."""
        for account in self:
            account.webhook_key = token_urlsafe(16)

    def action_view_events(self):
        self.ensure_one()
        return self._get_event_action("pending")

    def action_view_failed_events(self):
        self.ensure_one()
        return self._get_event_action("failed")

    def _get_event_action(self, search_filter):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_event_action"
        )
        return {
            **action,
            "domain": [("account_id", "in", self.ids)],
            "context": {f"search_default_{search_filter}": 1},
        }

    def action_add_channel(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Numbers"),
            "res_model": "whatsapp.channel",
            "views": [(False, "form")],
            "context": {"default_account_id": self.id},
        }

    def action_view_channels(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_channel_action"
        )
        return {
            **action,
            "domain": [("account_id", "=", self.id)],
            "context": {"default_account_id": self.id},
        }
