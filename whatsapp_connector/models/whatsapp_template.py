import re
import unicodedata

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

MAX_NAME = 512


class WhatsappTemplate(models.Model):
    """A message that WhatsApp approves before it may be sent; a variant a language."""

    _name = "whatsapp.template"
    _description = "WhatsApp Template"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(
        required=True, tracking=True, help="What your people call this template."
    )
    technical_name = fields.Char(
        string="Name at WhatsApp",
        required=True,
        compute="_compute_technical_name",
        store=True,
        precompute=True,
        readonly=False,
        copy=False,
        help="Lower-case letters, digits and underscores. It can't be changed once the "
        "template was submitted.",
    )
    active = fields.Boolean(default=True)
    account_id = fields.Many2one(
        "whatsapp.account",
        required=True,
        ondelete="restrict",
        index=True,
        check_company=True,
        default=lambda self: self._get_default_account(),
    )
    company_id = fields.Many2one(
        related="account_id.company_id", store=True, precompute=True
    )
    category = fields.Selection(
        [
            ("utility", "Utility"),
            ("marketing", "Marketing"),
            ("authentication", "Authentication"),
        ],
        required=True,
        default="utility",
        tracking=True,
        help="Utility: about something the contact asked for or bought. Marketing: all "
        "that promotes. Authentication: one-time codes. WhatsApp may grant another "
        "one, and charges by it.",
    )
    model_id = fields.Many2one(
        "ir.model",
        string="Applies to",
        ondelete="cascade",
        domain=[("transient", "=", False), ("abstract", "=", False)],
        default=lambda self: self.env["ir.model"]._get("res.partner"),
        help="The kind of record that fills the variables and that it is sent from.",
    )
    model = fields.Char(related="model_id.model", string="Model name", store=True)
    group_ids = fields.Many2many(
        "res.groups",
        string="Who may send it",
        help="Empty: everybody who may use WhatsApp.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Author",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
    )
    variant_ids = fields.One2many(
        "whatsapp.template.variant", "template_id", string="Languages", copy=True
    )
    is_submitted = fields.Boolean(compute="_compute_is_submitted")
    is_imported = fields.Boolean(
        string="Made in the provider's console", readonly=True, copy=False
    )
    state = fields.Selection(
        selection=lambda self: (
            self.env["whatsapp.template.variant"]._fields["state"].selection
        ),
        compute="_compute_state",
        search="_search_state",
        help="Of the language that needs most attention.",
    )
    message_count = fields.Integer(
        string="Sent messages", compute="_compute_message_count"
    )

    _technical_name_unique = models.Constraint(
        "UNIQUE(account_id, technical_name)",
        "This account already has a template of that name.",
    )

    # -- computed ---------------------------------------------------------------------

    @api.model
    def _get_default_account(self):
        accounts = self.env["whatsapp.account"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        return accounts.filtered(lambda a: a._get_capabilities().templates)[:1]

    @api.depends("name", "account_id.name")
    @api.depends_context("whatsapp_show_account")
    def _compute_display_name(self):
        """With the account where templates of several accounts stand side by side."""
        accounts = self.env["whatsapp.account"].sudo()
        is_asked = self.env.context.get("whatsapp_show_account")
        is_shown = is_asked and accounts.search_count([], limit=2) > 1
        for template in self:
            account = template.sudo().account_id
            template.display_name = (
                f"{template.name} ({account.name})" if is_shown else template.name
            )

    @api.depends("name")
    def _compute_technical_name(self):
        for template in self:
            if not template.is_submitted:
                template.technical_name = self._get_technical_name(template.name)

    @api.model
    def _get_technical_name(self, name):
        """A name as WhatsApp wants it: ``Tiquet: novetats!`` → ``tiquet_novetats``."""
        plain = unicodedata.normalize("NFKD", name or "").casefold()
        plain = "".join(c for c in plain if not unicodedata.combining(c))
        return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:MAX_NAME]

    @api.depends("variant_ids.provider_id")
    def _compute_is_submitted(self):
        for template in self:
            template.is_submitted = any(
                template.sudo()
                .with_context(active_test=False)
                .variant_ids.mapped("provider_id")
            )

    @api.depends("variant_ids.state")
    def _compute_state(self):
        order = list(self.env["whatsapp.template.variant"]._get_attention_order())
        for template in self:
            states = template.variant_ids.mapped("state")
            template.state = min(states, key=order.index, default=False)

    def _search_state(self, operator, value):
        return Domain("variant_ids.state", operator, value)

    def _compute_message_count(self):
        counts = dict(
            self.env["whatsapp.message"]
            .sudo()
            ._read_group(
                [("template_id", "in", self.ids)], ["template_id"], ["__count"]
            )
        )
        for template in self:
            template.message_count = counts.get(template, 0)

    # -- guards -----------------------------------------------------------------------

    @api.constrains("technical_name")
    def _check_technical_name(self):
        for template in self:
            name = template.technical_name or ""
            if not re.fullmatch(rf"[a-z0-9_]{{1,{MAX_NAME}}}", name):
                raise ValidationError(
                    self.env._(
                        "The name at WhatsApp has only lower-case letters, digits and "
                        "underscores: “%(name)s” won't do.",
                        name=name,
                    )
                )

    def write(self, vals):
        fixed = {"technical_name", "account_id"} & vals.keys()
        for template in self:
            changed = [name for name in fixed if vals[name] != template[name]]
            if changed and template.is_submitted and not self.env.su:
                raise UserError(
                    self.env._(
                        "%(name)s was submitted to WhatsApp: its name and its account "
                        "can't be changed any more. Duplicate it instead.",
                        name=template.name,
                    )
                )
        if "model_id" in vals or "category" in vals:
            self._check_reviewable_change(vals)
        res = super().write(vals)
        if "category" in vals:
            self.variant_ids.filtered(lambda v: v.state == "draft")._sync_variables()
        return res

    def _check_reviewable_change(self, vals):
        """What WhatsApp or a manager approved isn't changed behind their back."""
        for template in self:
            under_review = template.variant_ids.filtered(
                lambda v: v.state not in ("draft", "rejected")
            )
            if not under_review or self.env.su:
                continue
            if vals.get("category", template.category) != template.category:
                raise UserError(
                    self.env._(
                        "The category of %(name)s is part of what was submitted. Make "
                        "a new template for another category.",
                        name=template.name,
                    )
                )
            if vals.get("model_id", template.model_id.id) != template.model_id.id:
                under_review.sudo().is_enabled = False

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_submitted(self):
        for template in self:
            variants = template.with_context(active_test=False).variant_ids
            if any(variant._is_at_provider() for variant in variants):
                raise UserError(
                    self.env._(
                        "%(name)s exists at WhatsApp: use “Delete at WhatsApp”, or "
                        "archive it here.",
                        name=template.name,
                    )
                )

    def copy_data(self, default=None):
        vals_list = super().copy_data(default)
        for template, vals in zip(self, vals_list, strict=True):
            vals.setdefault("name", template.name)
            if not (default or {}).get("name"):
                vals["name"] = self.env._("%(name)s (copy)", name=template.name)
        return vals_list

    # -- choosing ---------------------------------------------------------------------

    def _may_be_sent_by(self, user):
        """Whether ``user`` is among those who may send it."""
        self.ensure_one()
        groups = self.sudo().group_ids
        return not groups or bool(groups & user.all_group_ids)

    def _get_variant(self, langs):
        """The language to send: the first of ``langs`` that can go, else any.

        :param langs: Odoo's codes such as ``ca_ES``, best first; falsy ones are skipped
        :return: the variant and whether it is in the first wanted language; an empty
            one if no language can be sent
        """
        self.ensure_one()
        sendable = self.sudo().variant_ids.filtered(lambda v: v._is_sendable())
        wanted = [lang for lang in langs if lang]
        for place, lang in enumerate(wanted):
            found = sendable._best_for(lang)
            if found:
                return found.with_env(self.env), place == 0
        return sendable[:1].with_env(self.env), False

    def _get_questions(self):
        """What senders are asked for: dict ``place/name`` → question, of all languages
        that can be sent, else of all.
        """
        variants = self.sudo().variant_ids
        variants = variants.filtered(lambda v: v._is_sendable()) or variants
        asked = variants.variable_ids.filtered(lambda v: v.source == "free")
        return {
            variable._get_key(): variable.label
            or f"{variable.place_name}, {variable.display_name}"
            for variable in asked
        }

    @api.model
    def _get_sendable(self, account, model=None, user=None):
        """Templates of ``account`` that ``user`` may send from records of ``model``."""
        domain = Domain("account_id", "=", account.id) & Domain(
            "variant_ids",
            "any",
            [("state", "=", "approved"), ("is_enabled", "=", True)],
        )
        if model:
            domain &= Domain("model", "in", [model, False])
        templates = self.sudo().search(domain)
        user = user or self.env.user
        return templates.filtered(lambda t: t._may_be_sent_by(user)).with_env(self.env)

    # -- buttons ----------------------------------------------------------------------

    def action_sync(self):
        """Have the provider asked for its templates, in the background."""
        accounts = self.account_id or self.env["whatsapp.account"].search([])
        return accounts.action_sync_templates()

    def action_view_messages(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "whatsapp_connector.whatsapp_message_action"
        )
        return {**action, "domain": [("template_id", "=", self.id)], "context": {}}
