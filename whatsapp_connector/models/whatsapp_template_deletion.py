from odoo import api, fields, models
from odoo.exceptions import UserError


class WhatsappTemplateVariant(models.Model):
    """Deleting at WhatsApp: asked for by a manager, done by the work engine."""

    _inherit = "whatsapp.template.variant"

    is_deleting = fields.Boolean(
        string="Being deleted at WhatsApp", readonly=True, copy=False, tracking=True
    )
    is_deletable = fields.Boolean(compute="_compute_is_deletable")

    _deletion_idx = models.Index("(next_try_at) WHERE is_deleting")

    @api.depends("provider_id", "state", "is_missing", "is_deleting")
    def _compute_is_deletable(self):
        for variant in self:
            variant.is_deletable = (
                variant._is_at_provider()
                and not variant.is_deleting
                and variant.state not in ("ready", "submitted")
            )

    def _delete_at_provider(self):
        """Stop offering these languages, and have the provider delete them."""
        for variant in self:
            variant._check_manager()
            if not variant.is_deletable:
                raise UserError(
                    self.env._(
                        "%(name)s can't be deleted at WhatsApp now.",
                        name=variant.display_name,
                    )
                )
        self.sudo().write(
            {
                "is_deleting": True,
                "is_enabled": False,
                "attempts": 0,
                "lease_until": False,
                "next_try_at": False,
            }
        )
        self.env["whatsapp.template.work"]._wake()

    def _note_deleted(self):
        """The provider doesn't have it any more."""
        self.ensure_one()
        vals = {"state": "deleted", "is_enabled": False}
        self.write({**vals, "is_deleting": False, "lease_until": False})
        self._tell({self: self._after_decision(vals)})

    def _note_not_deleted(self, reason):
        """The provider refused: the managers hear why."""
        self.ensure_one()
        self.write({"is_deleting": False, "lease_until": False, "next_try_at": False})
        sentence = self.env._(
            "%(name)s could not be deleted at WhatsApp: %(reason)s",
            name=self.display_name,
            reason=reason,
        )
        self._tell({self: sentence})
