import math

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import format_date

from ..models.whatsapp_mailing_line import SKIP_KINDS
from ..models.whatsapp_sending import Letter

#: Records looked at together.
BATCH = 200
#: Messages that are made in a second, whatever the pace of the number.
MAKING_PACE = 40


class WhatsappMailingWizard(models.TransientModel):
    """Choose what goes to the records of a list; see first who gets it."""

    _name = "whatsapp.mailing.wizard"
    _description = "Send a WhatsApp Template to Many"

    step = fields.Selection(
        [("choose", "Choose"), ("summary", "Summary")],
        required=True,
        default="choose",
    )
    name = fields.Char(compute="_compute_name", store=True, readonly=False)
    model = fields.Char(required=True)
    record_ids = fields.Json(required=True)
    record_count = fields.Integer(compute="_compute_record_count")
    template_ids = fields.Many2many(
        "whatsapp.template",
        string="Fitting templates",
        compute="_compute_template_ids",
        compute_sudo=True,
    )
    template_id = fields.Many2one(
        "whatsapp.template",
        ondelete="cascade",
        domain="[('id', 'in', template_ids)]",
    )
    account_id = fields.Many2one(related="template_id.account_id")
    preview = fields.Json(compute="_compute_preview")
    channel_id = fields.Many2one(
        "whatsapp.channel",
        string="From",
        ondelete="cascade",
        domain="[('account_id', '=', account_id)]",
        compute="_compute_channel_id",
        store=True,
        readonly=False,
    )
    recipient_path = fields.Char(
        string="Contact",
        help="The field that leads from the record to the contact who gets it. Empty: "
        "Odoo finds it.",
    )
    scheduled_at = fields.Datetime(string="Begin at", help="Empty: at once.")
    value_ids = fields.One2many(
        "whatsapp.mailing.wizard.value",
        "wizard_id",
        string="The same for all",
        compute="_compute_value_ids",
        store=True,
        readonly=False,
    )
    summary = fields.Json(readonly=True)
    going_count = fields.Integer(compute="_compute_summary_html")
    summary_html = fields.Html(compute="_compute_summary_html", sanitize=False)

    # -- choosing ---------------------------------------------------------------------

    @api.model
    def default_get(self, fields_list):
        vals = super().default_get(fields_list)
        context = self.env.context
        vals.setdefault("model", context.get("active_model"))
        vals.setdefault("record_ids", context.get("active_ids") or [])
        if "template_id" in fields_list and not vals.get("template_id"):
            templates = self._get_templates(vals["model"])
            if len(templates) == 1:
                vals["template_id"] = templates.id
        return vals

    @api.model
    def _get_templates(self, model):
        """What may go to many records: anything but one-time codes."""
        self.env["whatsapp.mailing"]._check_manager()
        accounts = self.env["whatsapp.account"].search(
            [("company_id", "in", self.env.companies.ids)]
        )
        templates = self.env["whatsapp.template"]
        for account in accounts:
            templates |= templates._get_sendable(account, model)
        return templates.filtered(lambda t: t.category != "authentication")

    @api.depends("model")
    def _compute_template_ids(self):
        for wizard in self:
            templates = wizard.with_env(self.env(su=False))._get_templates(wizard.model)
            wizard.template_ids = templates

    @api.depends("record_ids")
    def _compute_record_count(self):
        for wizard in self:
            wizard.record_count = len(wizard.record_ids or [])

    @api.depends("template_id")
    def _compute_name(self):
        for wizard in self:
            day = format_date(self.env, fields.Date.context_today(wizard))
            name = wizard.template_id.name
            wizard.name = name and f"{name}, {day}"

    @api.depends("template_id")
    def _compute_channel_id(self):
        for wizard in self:
            channels = wizard.template_id.account_id.channel_ids
            if wizard.channel_id not in channels:
                wizard.channel_id = channels[:1]

    @api.depends("template_id", "value_ids.value")
    @api.depends_context("lang")
    def _compute_preview(self):
        for wizard in self:
            template = wizard.template_id
            variant = template and template._get_variant([self.env.lang])[0].sudo()
            wizard.preview = bool(variant) and variant._get_preview(
                wizard._get_preview_values(variant)
            )

    def _get_preview_values(self, variant):
        """The samples, and what was written for all."""
        texts = {
            value.key: value.value or f"[{value.label}]" for value in self.value_ids
        }
        return [
            {**v, "value": texts.get(f"{v['place']}/{v['name']}", v["value"])}
            for v in variant._get_samples()
        ]

    @api.depends("template_id")
    def _compute_value_ids(self):
        for wizard in self:
            variants = wizard.template_id.sudo().variant_ids.filtered(
                lambda v: v._is_sendable()
            )
            asked = variants.variable_ids.filtered(lambda v: v.source == "free")
            by_key = {variable._get_key(): variable for variable in asked}
            wizard.value_ids = [
                Command.clear(),
                *(
                    Command.create({"key": key, "label": variable._get_label()})
                    for key, variable in by_key.items()
                ),
            ]

    def _get_free_values(self):
        return {value.key: (value.value or "").strip() for value in self.value_ids}

    # -- looking first ----------------------------------------------------------------

    def action_check(self):
        """Look at every record, and show what would come of it."""
        self._check_complete()
        self.write({"summary": self._survey(), "step": "summary"})
        return self._reopen()

    def action_back(self):
        self.step = "choose"
        return self._reopen()

    def _check_complete(self):
        self.ensure_one()
        self.env["whatsapp.mailing"]._check_manager()
        if not self.template_id or not self.channel_id or not self.record_ids:
            raise UserError(self.env._("Please choose a template, and records."))
        self.template_id.check_access("read")
        self.channel_id.check_access("read")
        self.channel_id._check_can_send()
        self._check_recipient_path()
        missing = self.value_ids.filtered(lambda v: not (v.value or "").strip())
        if missing:
            raise UserError(
                self.env._(
                    "Please fill in: %(names)s.",
                    names=", ".join(missing.mapped("label")),
                )
            )

    def _check_recipient_path(self):
        if not self.recipient_path:
            return
        try:
            found = self.env[self.model].mapped(self.recipient_path)
        except (KeyError, AttributeError):
            found = None
        if getattr(found, "_name", None) != "res.partner":
            raise UserError(
                self.env._("“%(path)s” leads to no contact.", path=self.recipient_path)
            )

    def _reopen(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send a WhatsApp template"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def _survey(self):
        """Who gets it and who doesn't, as things are now.

        Whom nobody ever wrote to is no WhatsApp contact yet: they are made for the
        checks alone.

        :return: dict with ``going``, ``skipped`` (kind → count), ``languages``
            (label → count), ``new_people``
        """
        savepoint = self.env.cr.savepoint()
        try:
            result = self._survey_all()
        finally:
            savepoint.close(rollback=True)
        return result

    def _survey_all(self):
        result = {"going": 0, "skipped": {}, "languages": {}, "new_people": 0}
        seen = set()
        record_ids = list(dict.fromkeys(self.record_ids))
        for start in range(0, len(record_ids), BATCH):
            self._survey_batch(record_ids[start : start + BATCH], seen, result)
        return result

    def _survey_batch(self, record_ids, seen, result):
        records = self.env[self.model].browse(record_ids).exists()
        readable = records._filtered_access("read")
        found = self.env["whatsapp.sending"]._get_contacts(
            readable, self.channel_id.company_id, self.recipient_path
        )
        skipped = result["skipped"]

        def skip(kind, count=1):
            known = kind if kind in dict(SKIP_KINDS) else "other"
            skipped[known] = skipped.get(known, 0) + count

        if gone := len(record_ids) - len(readable):
            skip("gone", gone)
        letters = []
        for record, contact in found.items():
            if isinstance(contact, str):
                skip(getattr(contact, "kind", "number"))
            elif contact.id in seen:
                skip("twice")
            else:
                seen.add(contact.id)
                letters.append(self._build_letter(record, contact))
        self.env["whatsapp.sending"]._check(letters)
        going = self.env["whatsapp.contact"].sudo()
        for letter in letters:
            if letter.refusal:
                skip(getattr(letter.refusal, "kind", "other"))
                continue
            going |= letter.contact
            label = letter.variant.language
            result["languages"][label] = result["languages"].get(label, 0) + 1
        result["going"] += len(going)
        account = self.channel_id.sudo().account_id
        result["new_people"] += len(account._filter_new_people(going))

    def _build_letter(self, record, contact):
        lang = contact._get_lang(self.channel_id.sudo())
        variant, _fits = self.template_id._get_variant([lang])
        return Letter(
            channel=self.channel_id,
            contact=contact,
            variant=variant,
            record=record,
            free=self._get_free_values(),
        )

    # -- saying it --------------------------------------------------------------------

    @api.depends("summary", "channel_id", "scheduled_at")
    def _compute_summary_html(self):
        for wizard in self:
            wizard.going_count = (wizard.summary or {}).get("going", 0)
            wizard.summary_html = wizard.summary and self.env["ir.qweb"]._render(
                "whatsapp_connector.mailing_summary", wizard._get_summary_values()
            )

    def _get_summary_values(self):
        labels = dict(
            self.env["whatsapp.mailing.line"]
            ._fields["skip_kind"]
            ._description_selection(self.env)
        )
        languages = dict(
            self.env["whatsapp.template.variant"]
            ._fields["language"]
            ._description_selection(self.env)
        )
        account = self.channel_id.sudo().account_id
        left = account._get_new_people_left()
        return {
            "going": self.summary["going"],
            "skipped": sum(self.summary["skipped"].values()),
            "rows": [
                {"count": count, "text": labels[kind], "kind": "skipped"}
                for kind, count in sorted(
                    self.summary["skipped"].items(), key=lambda item: -item[1]
                )
            ],
            "languages": [
                {"count": count, "text": languages.get(code, code)}
                for code, count in sorted(
                    self.summary["languages"].items(), key=lambda item: -item[1]
                )
            ],
            "new_people": self.summary["new_people"],
            "limit": account.daily_limit,
            "left": left,
            "days": self._get_days(left, account.daily_limit),
            "duration": self._get_duration(),
            "pace": self.channel_id.pace,
            "red": self._get_red_variants(),
        }

    def _get_days(self, left, limit):
        """Over how many days WhatsApp's limit of new people spreads it."""
        if left is None or self.summary["new_people"] <= left:
            return 1
        return 1 + math.ceil((self.summary["new_people"] - left) / limit)

    def _get_duration(self):
        """How long it takes, without the limit of new people, in words."""
        pace = min(self.channel_id.pace, MAKING_PACE)
        minutes = math.ceil(self.summary["going"] / pace / 60)
        if minutes <= 1:
            return self.env._("about a minute")
        if minutes < 90:
            return self.env._("about %(count)s minutes", count=minutes)
        return self.env._("about %(count)s hours", count=math.ceil(minutes / 60))

    def _get_red_variants(self):
        variants = self.template_id.sudo().variant_ids
        return variants.filtered(lambda v: v.quality == "red").mapped("display_name")

    # -- sending ----------------------------------------------------------------------

    def action_send(self):
        """Begin: from now on it runs by itself."""
        self._check_complete()
        mailing = self.env["whatsapp.mailing"]._launch(
            {
                "name": self.name or self.template_id.name,
                "template_id": self.template_id.id,
                "channel_id": self.channel_id.id,
                "model": self.model,
                "recipient_path": self.recipient_path,
                "free_values": self._get_free_values(),
                "scheduled_at": self.scheduled_at,
            },
            self.record_ids,
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": mailing._name,
            "res_id": mailing.id,
            "views": [(False, "form")],
        }


class WhatsappMailingWizardValue(models.TransientModel):
    """What stands in the same gap of every message."""

    _name = "whatsapp.mailing.wizard.value"
    _description = "Value of a WhatsApp Template for Many"

    wizard_id = fields.Many2one(
        "whatsapp.mailing.wizard", required=True, ondelete="cascade"
    )
    key = fields.Char(required=True)
    label = fields.Char(string="What")
    value = fields.Char(string="Text")
