from odoo import Command, api, fields, models

from ..tools.template_drafts import DRAFTS


class WhatsappAccount(models.Model):
    """The first time that an account has templates, it gets some to begin with."""

    _inherit = "whatsapp.account"

    has_template_drafts = fields.Boolean(readonly=True, copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        accounts = super().create(vals_list)
        accounts._create_template_drafts()
        return accounts

    def write(self, vals):
        res = super().write(vals)
        if "provider" in vals:
            self._create_template_drafts()
        return res

    def _create_template_drafts(self):
        """Once: what the authors delete afterwards stays deleted."""
        for account in self.sudo():
            if account.has_template_drafts or not account.has_templates:
                continue
            account.has_template_drafts = True
            templates = self.env["whatsapp.template"].sudo()
            templates.create([account._prepare_draft_vals(draft) for draft in DRAFTS])

    def _prepare_draft_vals(self, draft):
        model = draft.model and self.env["ir.model"]._get_id(draft.model)
        return {
            "name": draft.name,
            "technical_name": draft.technical_name,
            "account_id": self.id,
            "model_id": model,
            "user_id": False,
            "variant_ids": [
                Command.create(self._prepare_draft_language_vals(draft, language))
                for language in draft.texts
            ],
        }

    @api.model
    def _prepare_draft_language_vals(self, draft, language):
        body, replies = draft.texts[language]
        return {
            "language": language,
            "body": body,
            "button_ids": [Command.create({"text": reply}) for reply in replies],
            "variable_ids": [
                Command.create(
                    {
                        "sequence": sequence,
                        "place": "body",
                        "name": name,
                        "source": binding.source,
                        "field_path": binding.field_path,
                        "sample": binding.get_sample(language),
                    }
                )
                for sequence, (name, binding) in enumerate(draft.bindings.items(), 1)
            ],
        }
