from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Datetime
from odoo.tools import format_date, format_time, formatLang, html2plaintext

#: What a manager approved here, not WhatsApp: changing it needs *Enable* again.
BINDING_FIELDS = {"source", "field_path", "label", "fixed_text"}
#: Of numbers whose field names no precision, as Odoo's own screens show them.
DECIMALS = 2


class WhatsappTemplateVariable(models.Model):
    """A gap in a template's text, and what fills it when it is sent."""

    _name = "whatsapp.template.variable"
    _description = "WhatsApp Template Variable"
    _order = "variant_id, sequence, id"

    variant_id = fields.Many2one(
        "whatsapp.template.variant", required=True, ondelete="cascade", index=True
    )
    sequence = fields.Integer(default=10)
    place = fields.Char(
        required=True, readonly=True, help="header, body, or button:<position from 0>."
    )
    place_name = fields.Char(string="Where", compute="_compute_place_name")
    name = fields.Char(required=True, readonly=True)
    provider_key = fields.Char(
        readonly=True,
        help="The provider's own name for it, in templates made in its console.",
    )
    source = fields.Selection(
        [
            ("field", "A field of the record"),
            ("free", "Asked when it is sent"),
            ("text", "Always the same text"),
            ("contact", "The name of whoever gets it"),
            ("portal", "The record's portal link"),
            ("user_name", "The sender's name"),
            ("user_phone", "The sender's phone"),
            ("company", "The company's name"),
        ],
        string="Filled with",
        required=True,
        default="free",
    )
    model = fields.Char(related="variant_id.template_id.model")
    field_path = fields.Char(string="Field")
    label = fields.Char(
        string="Question", help="What the sender is asked for, e.g. “Delivery day”."
    )
    fixed_text = fields.Char(string="Text")
    sample = fields.Char(
        help="An example of what will stand here. WhatsApp's reviewers see it."
    )

    _variable_unique = models.Constraint(
        "UNIQUE(variant_id, place, name)", "There is one variable of each name."
    )

    @api.depends("place", "name")
    @api.depends_context("lang")
    def _compute_place_name(self):
        for variable in self:
            kind, _colon, position = (variable.place or "").partition(":")
            variable.place_name = {
                "header": self.env._("Header"),
                "body": self.env._("Text"),
            }.get(kind) or self.env._(
                "Button %(number)s", number=int(position or 0) + 1
            )

    def _compute_display_name(self):
        for variable in self:
            variable.display_name = f"{{{{{variable.name}}}}}"

    # -- guards -----------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        variables = super().create(vals_list)
        variables.variant_id._check_editable(variables)
        return variables

    def write(self, vals):
        changed = {n for n in vals if any(v[n] != vals[n] for v in self)}
        if changed - BINDING_FIELDS - {"sequence"}:
            self.variant_id._check_editable(self)
        res = super().write(vals)
        if changed & BINDING_FIELDS:
            self.variant_id._binding_changed()
        return res

    def unlink(self):
        self.variant_id._check_editable(self)
        return super().unlink()

    @api.constrains("source", "field_path", "variant_id")
    def _check_field_path(self):
        for variable in self.filtered(lambda v: v.source == "field"):
            if not variable.field_path:
                continue  # a draft may have gaps: asking for review may not
            if problem := variable._get_path_problem():
                raise ValidationError(problem)

    def _get_path_problem(self):
        """Why the field path leads nowhere, as a sentence; None if it is fine."""
        self.ensure_one()
        model, place = self.env.get(self.model), None
        for name in (self.field_path or "").split("."):
            field = model is not None and model._fields.get(name)
            if not field:
                return self.env._(
                    "{{%(variable)s}}: “%(path)s” is no field of %(model)s.",
                    variable=self.name,
                    path=self.field_path,
                    model=self.variant_id.template_id.model_id.name or "?",
                )
            if not model._has_field_access(field, "read"):
                return self.env._(
                    "{{%(variable)s}}: you may not read “%(path)s”.",
                    variable=self.name,
                    path=self.field_path,
                )
            place = field
            model = self.env[field.comodel_name] if field.relational else None
        if place.type in ("binary", "image", "json", "properties", "serialized"):
            return self.env._(
                "{{%(variable)s}}: “%(path)s” can't be written as text.",
                variable=self.name,
                path=self.field_path,
            )
        return None

    def _get_problem(self):
        """What is still missing before the template can be sent; None: nothing."""
        self.ensure_one()
        if self.source == "field":
            if not self.field_path:
                return self.env._("Choose the field for {{%(name)s}}.", name=self.name)
            return self._get_path_problem()
        if self.source == "text" and not self.fixed_text:
            return self.env._("Write the text for {{%(name)s}}.", name=self.name)
        if self.source == "portal" and not self._has_portal():
            return self.env._(
                "{{%(name)s}}: records of this kind have no portal page.",
                name=self.name,
            )
        return None

    def _has_portal(self):
        model = self.env.get(self.model)
        return model is not None and hasattr(model, "_get_share_url")

    # -- filling ----------------------------------------------------------------------

    def _get_key(self):
        """What free values are handed in by: place and name."""
        self.ensure_one()
        return f"{self.place}/{self.name}"

    def _get_label(self):
        """What a sender calls it: the question, the field, else its name."""
        self.ensure_one()
        if self.source == "free" and self.label:
            return self.label
        if self.variant_id.category == "authentication":
            return self.env._("Code")
        if self.source == "field" and (field := self._get_field()):
            return field._description_string(self.env)
        if self.name.isdigit():
            return self.display_name
        return self.name.replace("_", " ").capitalize()

    def _get_field(self):
        """The field at the end of the path; None if it leads nowhere."""
        self.ensure_one()
        model, field = self.env.get(self.model), None
        for name in (self.field_path or "").split("."):
            field = model is not None and model._fields.get(name)
            if not field:
                return None
            model = self.env[field.comodel_name] if field.relational else None
        return field

    def _get_value(self, record, lang, free):
        """The text that stands for this variable in a message of ``record``.

        :param record: one record of the template's model, or an empty one; read with
            the rights of whoever sends
        :param lang: Odoo's code of the recipient's language: dates, money …
        :param free: dict from :meth:`_get_key` to what the sender wrote
        """
        self.ensure_one()
        if self.source == "free":
            return free.get(self._get_key()) or ""
        if self.source == "text":
            return self.fixed_text or ""
        if self.source == "field":
            return self._read_path(record.with_context(lang=lang), self.field_path)
        if self.source == "contact":
            return self.env["whatsapp.sending"]._get_name(record) if record else ""
        if self.source == "portal":
            return self._get_portal_link(record)
        company = self.variant_id.template_id.company_id
        if self.source == "user_phone":
            return self._get_sender(record).phone or company.phone or ""
        if self.source == "user_name":
            return self._get_sender(record).name or company.name or ""
        return company.name or ""

    @api.model
    def _get_sender(self, record):
        """Who signs: the person who sends; of what a rule sends, the record's owner."""
        users = self.env.user.sudo()
        if record:
            owner = record.sudo()
            users = [
                users,
                *(owner[n] for n in ("user_id", "create_uid") if n in owner),
            ]
        people = (u for u in users if u and u._is_internal() and not u._is_superuser())
        return next(people, self.env["res.users"])

    def _get_portal_link(self, record):
        """The record's page; for a button what comes after the site's address."""
        if not record or not hasattr(record, "_get_share_url"):
            return ""
        path = record._get_share_url()
        if self.place.startswith("button"):
            return path.lstrip("/")
        return record.get_base_url() + path

    @api.model
    def _read_path(self, record, path):
        """The field at the end of ``path`` as a person writes it."""
        *steps, last = (path or "").split(".")
        for step in steps:
            record = record[step]
        if not record:
            return ""
        if len(record) > 1:
            return ", ".join(filter(None, (self._read_path(r, last) for r in record)))
        return self._format(record, record._fields[last])

    @api.model
    def _format(self, record, field):
        value, env = record[field.name], record.env
        lang = env.context.get("lang")
        if field.type == "boolean":
            return env._("Yes") if value else env._("No")
        if field.type == "integer":
            return formatLang(env, value, digits=0)
        if field.type == "float":
            _total, decimals = field.get_digits(env) or (None, DECIMALS)
            return formatLang(env, value, digits=decimals)
        if field.type == "monetary":
            currency = record[field.get_currency_field(record)]
            return formatLang(env, value, currency_obj=currency or None)
        if not value:
            return ""
        if field.type == "date":
            return format_date(env, value, lang_code=lang)
        if field.type == "datetime":
            day = format_date(env, Datetime.context_timestamp(record, value), lang)
            tz = env.context.get("tz") or env.user.tz
            time = format_time(env, value, tz=tz, time_format="short", lang_code=lang)
            return f"{day} {time}"
        if field.type == "selection":
            return dict(field._description_selection(env)).get(value, value)
        if field.type == "html":
            return html2plaintext(value)
        if field.relational:
            return ", ".join(value.mapped("display_name"))
        if field.type in ("reference", "many2one_reference"):
            return getattr(value, "display_name", str(value))
        return str(value)
