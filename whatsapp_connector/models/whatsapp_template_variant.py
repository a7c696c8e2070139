import mimetypes

from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..wire.items import Location
from ..wire.outbound import Capabilities, OutboundMedia
from ..wire.rejection import explain
from ..wire.template import (
    BUTTONS,
    CATEGORIES,
    HEADERS,
    MEDIA_HEADERS,
    OutboundTemplate,
    Template,
    TemplateValue,
    TemplateVariable,
    fill,
    find_placeholders,
)
from ..wire.template_rules import check as check_rules
from ..wire.template_rules import check_rendered, clean_value
from .whatsapp_template_language import LANGUAGES, get_language

#: What WhatsApp reviews: fixed from the moment that a review begins.
CONTENT_FIELDS = {
    "language",
    "header",
    "header_text",
    "header_attachment_id",
    "header_latitude",
    "header_longitude",
    "header_place",
    "body",
    "footer",
    "button_ids",
    "code_minutes",
    "security_advice",
}
#: The same of buttons, for what is computed from it.
BUTTON_PATHS = (
    "button_ids.kind",
    "button_ids.text",
    "button_ids.url",
    "button_ids.phone",
    "button_ids.code",
)
#: What only Odoo itself decides, by its own steps.
OUTCOME_FIELDS = {
    "state",
    "is_enabled",
    "version",
    "provider_id",
    "provider_name",
    "granted_category",
    "reason",
    "quality",
    "reviewer_id",
    "asked_by_id",
    "send_back",
    "is_missing",
    "is_deleting",
}
EDITABLE_STATES = ("draft", "rejected")
#: Rules that nobody needs to be told before they have saved their first words.
UNWRITTEN = ("name_missing", "body_missing")


class WhatsappTemplateVariant(models.Model):
    """One language of a template, with its own way through review and approval."""

    _name = "whatsapp.template.variant"
    _description = "WhatsApp Template Language"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "template_id, language, version DESC, id DESC"

    template_id = fields.Many2one(
        "whatsapp.template", required=True, ondelete="cascade", index=True
    )
    account_id = fields.Many2one(
        related="template_id.account_id", store=True, precompute=True, index=True
    )
    company_id = fields.Many2one(
        related="template_id.company_id", store=True, precompute=True
    )
    category = fields.Selection(related="template_id.category")
    model = fields.Char(related="template_id.model")
    active = fields.Boolean(default=True)
    language = fields.Selection(
        LANGUAGES, required=True, default=lambda self: self._get_default_language()
    )
    version = fields.Integer(default=1, readonly=True, copy=False)
    successor_id = fields.Many2one(
        "whatsapp.template.variant",
        string="New version",
        compute="_compute_successor_id",
    )
    predecessor_id = fields.Many2one(
        "whatsapp.template.variant", readonly=True, copy=False, ondelete="set null"
    )

    # -- content ----------------------------------------------------------------------

    header = fields.Selection(
        [
            ("none", "None"),
            ("text", "Text"),
            ("image", "Picture"),
            ("video", "Video"),
            ("document", "Document"),
            ("location", "Location"),
        ],
        required=True,
        default="none",
    )
    header_text = fields.Char(string="Header text")
    header_attachment_id = fields.Many2one(
        "ir.attachment",
        string="Header file",
        ondelete="restrict",
        copy=False,
        help="What the reviewers see, and what is sent unless a report is chosen.",
    )
    report_id = fields.Many2one(
        "ir.actions.report",
        string="Report of the record",
        domain="[('model', '=', model), ('report_type', '=', 'qweb-pdf')]",
        help="Printed for the record that the message is sent from, and sent as the "
        "header's document.",
    )
    header_latitude = fields.Float(digits=(10, 7))
    header_longitude = fields.Float(digits=(10, 7))
    header_place = fields.Char(string="Name of the place")
    body = fields.Text(string="Text")
    footer = fields.Char()
    button_ids = fields.One2many(
        "whatsapp.template.button", "variant_id", string="Buttons", copy=True
    )
    variable_ids = fields.One2many(
        "whatsapp.template.variable", "variant_id", string="Variables", copy=True
    )
    code_minutes = fields.Integer(
        string="Code valid for (minutes)",
        help="Shown under a one-time code; 0: not shown.",
    )
    security_advice = fields.Boolean(
        string="Advise not to share the code", default=True
    )
    problems = fields.Json(compute="_compute_problems")
    problem_count = fields.Integer(compute="_compute_problems")

    # -- review -----------------------------------------------------------------------

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("review", "In review here"),
            ("ready", "Ready to be submitted"),
            ("submitted", "Being submitted"),
            ("pending", "In review at WhatsApp"),
            ("approved", "Approved"),
            ("rejected", "Rejected"),
            ("paused", "Paused by WhatsApp"),
            ("disabled", "Disabled by WhatsApp"),
            ("replaced", "Replaced"),
            ("deleted", "Deleted at WhatsApp"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    is_enabled = fields.Boolean(
        string="Enabled",
        readonly=True,
        copy=False,
        tracking=True,
        help="A manager said that it may be sent as its variables are filled now.",
    )
    is_missing = fields.Boolean(
        string="Gone at the provider",
        readonly=True,
        copy=False,
        tracking=True,
        help="The provider's list doesn't have it any more.",
    )
    asked_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reviewer_id = fields.Many2one("res.users", readonly=True, copy=False)
    send_back = fields.Text(
        string="Sent back because",
        readonly=True,
        copy=False,
        help="What a manager wants to be different, until it is handed in again.",
    )
    granted_category = fields.Selection(
        [
            ("utility", "Utility"),
            ("marketing", "Marketing"),
            ("authentication", "Authentication"),
        ],
        readonly=True,
        copy=False,
        tracking=True,
        help="What WhatsApp made of it. It decides about consent and price.",
    )
    provider_id = fields.Char(
        string="Provider's id", readonly=True, copy=False, index="btree_not_null"
    )
    provider_name = fields.Char(string="Submitted as", readonly=True, copy=False)
    provider_status = fields.Char(
        readonly=True,
        copy=False,
        help="The provider's own word, where it isn't one of ours.",
    )
    reason = fields.Char(
        readonly=True,
        copy=False,
        tracking=True,
        help="Why WhatsApp rejected, paused or disabled it, in the provider's words.",
    )
    reason_hint = fields.Char(string="How to mend it", compute="_compute_reason_hint")
    quality = fields.Selection(
        [("green", "High"), ("yellow", "Medium"), ("red", "Low")],
        readonly=True,
        copy=False,
        tracking=True,
    )
    submitted_at = fields.Datetime(readonly=True, copy=False)
    submitted_url = fields.Char(
        readonly=True,
        copy=False,
        help="The address of this Odoo when it was submitted.",
    )
    decided_at = fields.Datetime(readonly=True, copy=False)
    lease_until = fields.Datetime(readonly=True, copy=False)
    next_try_at = fields.Datetime(readonly=True, copy=False)
    attempts = fields.Integer(readonly=True, copy=False)
    message_count = fields.Integer(compute="_compute_message_count")

    _version_unique = models.Constraint(
        "UNIQUE(template_id, language, version)",
        "This template already has that language.",
    )
    _provider_id_unique = models.UniqueIndex(
        "(account_id, provider_id) WHERE provider_id IS NOT NULL",
        "Another template has that provider's id.",
    )
    _work_idx = models.Index("(next_try_at) WHERE state IN ('ready', 'submitted')")

    # -- computed ---------------------------------------------------------------------

    @api.model
    def _get_default_language(self):
        return get_language(self.env.lang) or "en"

    @api.depends("template_id.name", "language")
    def _compute_display_name(self):
        labels = dict(LANGUAGES)
        for variant in self:
            label = labels.get(variant.language, variant.language or "")
            variant.display_name = f"{variant.template_id.name or ''} ({label})"

    @api.model
    def _get_attention_order(self):
        """States, the one that a manager should look at first before the others."""
        return (
            "rejected",
            "disabled",
            "paused",
            "review",
            "draft",
            "ready",
            "submitted",
            "pending",
            "approved",
            "deleted",
            "replaced",
        )

    def _compute_successor_id(self):
        newer = self.search(
            [("predecessor_id", "in", self.ids), ("state", "!=", "replaced")]
        )
        by_old = {variant.predecessor_id: variant for variant in newer}
        for variant in self:
            variant.successor_id = by_old.get(variant, False)

    @api.depends(
        "template_id.technical_name",
        "template_id.category",
        "template_id.model_id",
        "template_id.account_id",
        "language",
        "header",
        "header_text",
        "header_attachment_id",
        "header_latitude",
        "header_longitude",
        "report_id",
        "body",
        "footer",
        *BUTTON_PATHS,
        "variable_ids.sample",
        "variable_ids.source",
        "variable_ids.field_path",
        "variable_ids.fixed_text",
    )
    @api.depends_context("lang")
    def _compute_problems(self):
        for variant in self:
            problems = variant._get_problems()
            if not variant._origin:
                problems = [p for p in problems if p["code"] not in UNWRITTEN]
            variant.problems = problems
            variant.problem_count = sum(p["severity"] == "error" for p in problems)

    def _get_problems(self):
        """What must or should be mended, as the author reads it.

        :return: list of dicts with ``field``, ``code`` of the rule (False: ours),
            ``severity`` (error, warning), ``text``
        """
        self.ensure_one()
        if self.state not in EDITABLE_STATES:
            found = []
        else:
            found = check_rules(self._build_template(), self._get_capabilities())
        problems = [
            {
                "field": problem.field,
                "code": problem.code,
                "severity": problem.severity,
                "text": self._translate_rule(problem.sentence) % problem.values,
            }
            for problem in found
        ]
        for variable in self.variable_ids:
            if text := variable._get_problem():
                problems.append(
                    {
                        "field": "variables",
                        "code": False,
                        "severity": "error",
                        "text": text,
                    }
                )
        return problems

    def _get_capabilities(self):
        """What the account's provider has; without one all that WhatsApp has."""
        if self.account_id and self.account_id.provider != "none":
            return self.account_id._get_capabilities()
        return Capabilities(
            template_headers=HEADERS,
            template_buttons=BUTTONS,
            template_categories=CATEGORIES,
        )

    def _translate_rule(self, sentence):
        return self.env["whatsapp.transport"]._translate(sentence)

    @api.depends("reason", "state")
    @api.depends_context("lang")
    def _compute_reason_hint(self):
        for variant in self:
            sentence = variant.state == "rejected" and explain(variant.reason)
            variant.reason_hint = sentence and variant._translate_rule(sentence)

    def _compute_message_count(self):
        counts = dict(
            self.env["whatsapp.message"]
            .sudo()
            ._read_group(
                [("template_variant_id", "in", self.ids)],
                ["template_variant_id"],
                ["__count"],
            )
        )
        for variant in self:
            variant.message_count = counts.get(variant, 0)

    # -- variables --------------------------------------------------------------------

    def _get_places(self):
        """Where placeholders may stand: list of ``(place, text)``."""
        self.ensure_one()
        places = []
        if self.header == "text":
            places.append(("header", self.header_text))
        places.append(("body", self.body))
        for position, button in enumerate(self.button_ids):
            if button.kind == "url":
                places.append((f"button:{position}", button.url))
        return places

    def _get_wanted_variables(self):
        if self.category == "authentication":
            return [("body", "1")]  # WhatsApp writes the text: ours is the code
        return [
            (place, name)
            for place, text in self._get_places()
            for name in find_placeholders(text)
            if name
        ]

    def _prepare_variable_commands(self):
        """Make ``variable_ids`` those of the texts; bindings that exist are kept."""
        self.ensure_one()
        wanted = self._get_wanted_variables()
        known = {(v.place, v.name): v for v in self.variable_ids}
        commands = [
            Command.delete(variable.id)
            if isinstance(variable.id, int)
            else Command.unlink(variable.id)
            for key, variable in known.items()
            if key not in wanted
        ]
        for sequence, (place, name) in enumerate(wanted, 1):
            if variable := known.get((place, name)):
                if variable.sequence != sequence:
                    commands.append(Command.update(variable.id, {"sequence": sequence}))
            else:
                commands.append(
                    Command.create({"place": place, "name": name, "sequence": sequence})
                )
        return commands

    def _sync_variables(self):
        """Have the variables follow the texts, once the whole form is written."""
        if self.env.context.get("whatsapp_no_variable_sync"):
            return
        for variant in self:
            if commands := variant._prepare_variable_commands():
                variant.variable_ids = commands

    @api.onchange("header", "header_text", "body", "button_ids")
    def _onchange_texts(self):
        if commands := self._prepare_variable_commands():
            self.variable_ids = commands

    # -- guards -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_outcome_fields(vals)
        variants = super(
            WhatsappTemplateVariant, self.with_context(whatsapp_no_variable_sync=True)
        ).create(vals_list)
        variants = variants.with_env(self.env)
        variants._sync_variables()
        return variants

    def write(self, vals):
        self._check_outcome_fields(vals)
        changed = {
            name
            for name in CONTENT_FIELDS & vals.keys()
            if name == "button_ids"
            or any(
                self._fields[name].convert_to_write(variant[name], variant)
                != vals[name]
                for variant in self
            )
        }
        if changed:
            self._check_editable()
        res = super(
            WhatsappTemplateVariant, self.with_context(whatsapp_no_variable_sync=True)
        ).write(vals)
        if changed:
            self._sync_variables()
        if "report_id" in vals:
            self._binding_changed()
        if OUTCOME_FIELDS & vals.keys():
            self._broadcast_state()
        return res

    @api.model
    def _check_outcome_fields(self, vals):
        if OUTCOME_FIELDS & vals.keys() and not self.env.su:
            raise AccessError(
                self.env._("The state of a template changes by its review alone.")
            )

    def _check_editable(self, _lines=None):
        """Raise if what WhatsApp reviews may not be changed now."""
        if self.env.su:
            return
        for variant in self:
            if variant.state not in EDITABLE_STATES:
                raise UserError(
                    self.env._(
                        "%(name)s can't be changed in its present state. Make a new "
                        "version, or have it sent back.",
                        name=variant.display_name,
                    )
                )

    def _binding_changed(self):
        """What fills the variables changed: a manager has to look at it again."""
        enabled = self.filtered("is_enabled")
        if enabled and not self.env.su:
            enabled.sudo().is_enabled = False
            for variant in enabled:
                variant.message_post(
                    body=self.env._(
                        "What fills the variables was changed: a manager has to enable "
                        "it again before it can be sent."
                    )
                )
            enabled._ask_to_enable()

    @api.ondelete(at_uninstall=False)
    def _unlink_unless_submitted(self):
        for variant in self:
            if variant._is_at_provider():
                raise UserError(
                    self.env._(
                        "%(name)s exists at WhatsApp: use “Delete at WhatsApp”, or "
                        "archive it here.",
                        name=variant.display_name,
                    )
                )

    def _is_at_provider(self):
        self.ensure_one()
        is_gone = self.is_missing or self.state == "deleted"
        return bool(self.provider_id) and not is_gone

    def _get_language_names(self):
        """Their languages in a line: ``Catalan, Spanish``."""
        labels = dict(self._fields["language"]._description_selection(self.env))
        return ", ".join(labels[variant.language] for variant in self)

    # -- what is sent -----------------------------------------------------------------

    def _get_category(self):
        """The category that counts: what WhatsApp granted, else what was asked for."""
        self.ensure_one()
        return self.granted_category or self.category

    def _is_sendable(self):
        self.ensure_one()
        approved = self.state == "approved" and not self.is_missing
        return self.active and self.is_enabled and approved

    def _is_to_enable(self):
        """Whether it could be sent, were it not for a manager's word."""
        self.ensure_one()
        is_there = not self.is_missing and not self.is_deleting
        return self.state == "approved" and is_there and not self.is_enabled

    def _best_for(self, lang):
        """Of these variants the one for Odoo's ``lang``: its region, then its base."""
        wanted = get_language(lang) or lang
        base = wanted.partition("_")[0]
        return (
            self.filtered(lambda v: v.language == wanted)
            or self.filtered(lambda v: v.language == base)
            or self.filtered(lambda v: v.language.partition("_")[0] == base)
        )[:1]

    def _build_template(self):
        """This language as a transport and the rules get it."""
        self.ensure_one()
        template = self.template_id
        return Template(
            name=template.technical_name or "",
            language=self.language or "",
            category=template.category or "",
            body=self.body or "",
            version=self.version or 1,
            header=self.header,
            header_text=self.header_text or "" if self.header == "text" else "",
            header_media=self._build_media(self.header_attachment_id),
            header_location=self._build_location(),
            footer=self.footer or "",
            buttons=tuple(
                button._build(position)
                for position, button in enumerate(self.button_ids)
            ),
            variables=tuple(
                TemplateVariable(
                    place=variable.place,
                    name=variable.name,
                    sample=variable.sample or "",
                    key=variable.provider_key or "",
                )
                for variable in self.variable_ids
                if template.category != "authentication"
            ),
            code_minutes=self.code_minutes,
            security_advice=self.security_advice,
        )

    def _build_media(self, attachment):
        if self.header not in MEDIA_HEADERS or not attachment:
            return None
        attachment = attachment.sudo()
        return OutboundMedia(
            kind=self.header,
            url=self.env["whatsapp.message"]._get_file_url(
                self.account_id.sudo(), attachment
            ),
            mimetype=attachment.mimetype or "application/octet-stream",
            filename=attachment.name,
            size=attachment.file_size,
            read=lambda: attachment.raw,
        )

    def _build_location(self):
        if self.header != "location":
            return None
        return Location(
            latitude=self.header_latitude,
            longitude=self.header_longitude,
            name=self.header_place or None,
        )

    def _fill(self, record, lang, free=None):
        """What fills the variables in a message of ``record``.

        :param record: one record of the template's model (or none), with the rights
            of whoever sends
        :param lang: Odoo's code of the recipient's language
        :param free: dict of what the sender wrote, by ``place/name``
        :return: list of dicts with ``place``, ``name``, ``key``, ``value``
        """
        self.ensure_one()
        env_self = self.with_context(lang=lang) if lang else self
        return [
            {
                "place": variable.place,
                "name": variable.name,
                "key": variable.provider_key or "",
                "value": clean_value(variable._get_value(record, lang, free or {})),
            }
            for variable in env_self.variable_ids
        ]

    def _get_missing(self, values):
        """Labels of the variables that have no value: nothing can be sent then."""
        self.ensure_one()
        empty = {(v["place"], v["name"]) for v in values if not v["value"]}
        return [
            variable._get_label()
            for variable in self.variable_ids
            if (variable.place, variable.name) in empty
        ]

    def _get_value_problem(self, values):
        """Why these values can't be sent, as a sentence; None if they can."""
        self.ensure_one()
        if missing := self._get_missing(values):
            return self.env._(
                "There is no value for: %(names)s.", names=", ".join(missing)
            )
        by_place = {}
        for value in values:
            by_place.setdefault(value["place"], {})[value["name"]] = value["value"]
        problems = check_rendered(
            self._build_template(),
            tuple(
                TemplateValue(place=v["place"], name=v["name"], value=v["value"])
                for v in values
            ),
        )
        for problem in problems:
            return self._translate_rule(problem.sentence) % problem.values
        return None

    def _get_text(self, values):
        """The filled body, with header and footer, as the chat shows it."""
        self.ensure_one()
        if self.category == "authentication":
            return self._get_code_text(values)
        return "\n".join(
            line
            for line in (
                f"*{self._fill_place('header', self.header_text, values)}*"
                if self.header == "text" and self.header_text
                else "",
                self._fill_place("body", self.body, values),
                f"_{self.footer}_" if self.footer else "",
            )
            if line
        )

    def _get_code_text(self, values):
        """About what WhatsApp writes around a one-time code."""
        code = next((value["value"] for value in values), "")
        return self.env._("*%(code)s* is your verification code.", code=code)

    @api.model
    def _fill_place(self, place, text, values):
        return fill(
            text or "", {v["name"]: v["value"] for v in values if v["place"] == place}
        )

    def _get_samples(self):
        """Values for a preview without a record."""
        self.ensure_one()
        return [
            {
                "place": variable.place,
                "name": variable.name,
                "key": variable.provider_key or "",
                "value": variable.sample or f"{{{{{variable.name}}}}}",
            }
            for variable in self.variable_ids
        ]

    def _get_preview(self, values=None):
        """What the phone shows, for the preview beside a form.

        :return: dict with ``header``, ``header_text``, ``header_name``,
            ``attachment_id``, ``place``, ``body``, ``footer``, ``buttons``
        """
        self.ensure_one()
        values = self._get_samples() if values is None else values
        report = self.report_id if self.header == "document" else None
        return {
            "header": self.header,
            "header_text": self._fill_place("header", self.header_text, values),
            "header_name": (report and report.name) or self.header_attachment_id.name,
            "attachment_id": self.header_attachment_id.id,
            "place": self.header_place or "",
            "body": self._get_code_text(values)
            if self.category == "authentication"
            else self._fill_place("body", self.body, values),
            "footer": self.footer or "",
            "buttons": [
                {
                    "kind": button.kind,
                    "text": button.text or "",
                    "url": self._fill_place(f"button:{position}", button.url, values),
                }
                for position, button in enumerate(self.button_ids)
            ],
            "language": self.language,
        }

    def _get_header_attachment(self, record, lang=None):
        """The file of one message: the record's report, else the fixed file.

        :param record: printed with the rights that it comes with
        :param lang: Odoo's code of the recipient's language
        """
        self.ensure_one()
        if self.header not in MEDIA_HEADERS:
            return self.env["ir.attachment"]
        if not self.report_id or not record:
            return self.header_attachment_id.sudo()
        reports = record.env["ir.actions.report"].with_context(lang=lang)
        content, kind = reports._render_qweb_pdf(self.report_id.id, record.ids)
        extension = mimetypes.guess_extension(f"application/{kind}") or f".{kind}"
        return (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": f"{self.report_id.name} {record.display_name}{extension}",
                    "raw": content,
                    "res_model": record._name,
                    "res_id": record.id,
                }
            )
        )

    def _build_outbound(self, message):
        """The template as one message carries it.

        :param message: a ``whatsapp.message`` of kind template
        """
        self.ensure_one()
        return OutboundTemplate(
            template_id=self.provider_id or "",
            name=self.provider_name or "",
            template=self._build_template(),
            values=tuple(
                TemplateValue(
                    place=v["place"], name=v["name"], value=v["value"], key=v["key"]
                )
                for v in message.template_values or []
            ),
            header_media=self._build_media(message.attachment_id),
            header_location=self._build_location(),
        )

    # -- constraints ------------------------------------------------------------------

    @api.constrains("header_attachment_id", "header")
    def _check_header_file(self):
        for variant in self:
            attachment = variant.header_attachment_id.sudo()
            if attachment and attachment.type != "binary":
                raise ValidationError(self.env._("The header needs a file of its own."))
