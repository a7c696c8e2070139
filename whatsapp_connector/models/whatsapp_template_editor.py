import difflib
import re

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from .whatsapp_template_language import get_language
from .whatsapp_template_variant import BUTTON_PATHS

#: States in which what differs from the version before is worth a look.
COMPARED_STATES = ("draft", "review", "ready", "submitted", "pending", "rejected")
#: What the client hands in of a variable that may not be saved yet.
BINDING_NAMES = ("place", "name", "source", "field_path", "label", "fixed_text")


class WhatsappTemplate(models.Model):
    _inherit = "whatsapp.template"

    offered = fields.Json(
        compute="_compute_offered",
        help="What the account's provider has: headers, buttons, categories.",
    )

    @api.depends("account_id")
    def _compute_offered(self):
        for template in self:
            template.offered = template._get_offered()

    def _get_offered(self):
        self.ensure_one()
        if not self.account_id or self.account_id.provider == "none":
            return False
        capabilities = self.account_id._get_capabilities()
        return {
            "headers": list(capabilities.template_headers),
            "buttons": list(capabilities.template_buttons),
            "categories": list(capabilities.template_categories),
        }

    def add_language(self, language, source_id=False):
        """A further language, empty or with the content of another to be translated.

        :param language: WhatsApp's code
        :param source_id: id of the variant that is copied
        :return: id of the new variant
        """
        self.ensure_one()
        self.check_access("write")
        variants = self.env["whatsapp.template.variant"]
        variants.check_access("create")
        known = self.with_context(active_test=False).variant_ids
        if language in self.variant_ids.mapped("language"):
            raise UserError(self.env._("This template already has that language."))
        same = known.filtered(lambda v: v.language == language)
        vals = {
            "template_id": self.id,
            "language": language,
            "version": max(same.mapped("version"), default=0) + 1,
        }
        source = variants.browse(source_id)
        if not source:
            return variants.sudo().create(vals).id
        source.check_access("read")
        attachment = source.header_attachment_id.id
        return source.sudo().copy({**vals, "header_attachment_id": attachment}).id

    def _get_delete_action(self, variants):
        """Have a manager confirm which languages are deleted."""
        variants._check_manager()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Delete at WhatsApp"),
            "res_model": "whatsapp.template.delete",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_template_id": self.id,
                "default_variant_ids": [
                    Command.set(variants.filtered("is_deletable").ids)
                ],
            },
        }


class WhatsappTemplateVariant(models.Model):
    """What the screen needs on which a language is written."""

    _inherit = "whatsapp.template.variant"

    offered = fields.Json(related="template_id.offered")
    changes = fields.Json(
        compute="_compute_changes",
        help="What differs from the version before, part by part.",
    )

    # -- what changed -----------------------------------------------------------------

    @api.depends(
        "state",
        "predecessor_id",
        "header",
        "header_text",
        "header_attachment_id",
        "header_place",
        "body",
        "footer",
        *BUTTON_PATHS,
    )
    @api.depends_context("lang")
    def _compute_changes(self):
        for variant in self:
            variant.changes = variant._get_changes()

    def _get_changes(self):
        """What differs from the version before.

        :return: list of dicts with ``part`` (its label) and ``pieces``: dicts with
            ``kind`` (same, old, new) and ``text``
        """
        self.ensure_one()
        before = self.predecessor_id
        if not before or self.state not in COMPARED_STATES:
            return []
        return [
            {"part": label, "pieces": _compare(old, new)}
            for (label, old), (_label, new) in zip(
                before._get_parts(), self._get_parts(), strict=True
            )
            if old != new
        ]

    def _get_parts(self):
        """The content as text: list of (label, text)."""
        self.ensure_one()
        headers = dict(self._fields["header"]._description_selection(self.env))
        header = {
            "none": "",
            "text": self.header_text,
            "location": self.header_place,
        }.get(self.header, self.header_attachment_id.sudo().name)
        return [
            (self.env._("Header"), f"{headers[self.header]} {header or ''}".strip()),
            (self.env._("Text"), self.body or ""),
            (self.env._("Footer"), self.footer or ""),
            (
                self.env._("Buttons"),
                "\n".join(button._describe() for button in self.button_ids),
            ),
        ]

    # -- preview ----------------------------------------------------------------------

    @api.model
    def get_record_values(self, model, res_id, language, account_id, variables):
        """What a record would fill the variables with, read with one's own rights.

        :param variables: list of dicts of :data:`BINDING_NAMES`, saved or not
        :return: dict from ``place/name`` to text, empty where there is none
        """
        self.check_access("create")
        record = self.env[model].browse(res_id)
        record.check_access("read")
        template = self.env["whatsapp.template"].new(
            {"model_id": self.env["ir.model"]._get_id(model), "account_id": account_id}
        )
        lines = [{name: line.get(name) for name in BINDING_NAMES} for line in variables]
        variant = self.new(
            {
                "template_id": template.id,
                "language": language,
                "variable_ids": [Command.create(line) for line in lines],
            }
        )
        variant.template_id = template
        for variable in variant.variable_ids:
            if variable.source == "field" and variable._get_problem():
                variable.source = "free"
        filled = variant._fill(record, self._get_odoo_lang(language))
        return {f"{value['place']}/{value['name']}": value["value"] for value in filled}

    @api.model
    def _get_odoo_lang(self, language):
        """Odoo's code of WhatsApp's ``language``, if it is installed."""
        codes = [code for code, _name in self.env["res.lang"].get_installed()]
        exact = (code for code in codes if get_language(code) == language)
        base = (code for code in codes if code.split("_")[0] == language.split("_")[0])
        return next(exact, None) or next(base, None)

    @api.model
    def get_languages(self):
        """WhatsApp's languages, those of this Odoo first: list of (code, label)."""
        labels = dict(self._fields["language"]._description_selection(self.env))
        return [(code, labels[code]) for code in self._get_preferred_languages()]

    # -- header file ------------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        variants = super().create(vals_list)
        variants._adopt_header_file()
        return variants

    def write(self, vals):
        res = super().write(vals)
        if vals.get("header_attachment_id"):
            self._adopt_header_file()
        return res

    def _adopt_header_file(self):
        """Whoever reads the template may read the file that its author uploaded."""
        for variant in self:
            attachment = variant.header_attachment_id.sudo()
            is_own = attachment.res_model == self._name and not attachment.res_id
            if is_own and attachment.create_uid == self.env.user:
                attachment.res_id = variant.id

    # -- buttons ----------------------------------------------------------------------

    def action_start_version(self):
        """A new version in a tab of its own: the form stays where it is."""
        self.action_new_version()

    def action_ask_send_back(self):
        """Have the manager say why."""
        self.ensure_one()
        self._check_manager()
        self._check_state("review")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send back"),
            "res_model": "whatsapp.template.send.back",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_variant_id": self.id},
        }

    def action_delete(self):
        """Have a manager confirm what WhatsApp will do."""
        self.ensure_one()
        return self.template_id._get_delete_action(self)

    def action_open_template(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "whatsapp.template",
            "res_id": self.template_id.id,
            "views": [(False, "form")],
            "context": {"whatsapp_variant_id": self.id},
        }


class WhatsappTemplateButton(models.Model):
    _inherit = "whatsapp.template.button"

    offered = fields.Json(related="variant_id.template_id.offered")

    def _describe(self):
        """The button in a line, for comparing two versions."""
        self.ensure_one()
        target = {"url": self.url, "phone": self.phone, "copy_code": self.code}
        return " → ".join(filter(None, (self.text, target.get(self.kind))))


def _compare(old, new):
    """The words of two texts: which are the same, gone or new."""
    before, after = _split(old), _split(new)
    pieces = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        if kind == "equal":
            pieces.append({"kind": "same", "text": "".join(before[old_from:old_to])})
            continue
        if old_to > old_from:
            pieces.append({"kind": "old", "text": "".join(before[old_from:old_to])})
        if new_to > new_from:
            pieces.append({"kind": "new", "text": "".join(after[new_from:new_to])})
    return pieces


def _split(text):
    return re.findall(r"\s+|[^\s]+", text or "")
