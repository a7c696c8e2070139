from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    whatsapp_event_retention_days = fields.Integer(
        string="Keep raw events (days)",
        default=30,
        help="How long what the providers sent is kept in its raw form, from the day "
        "it came. Of failed events the reason stays; they can't be replayed any more.",
    )
    whatsapp_marketing_opt_in = fields.Boolean(
        string="Advertising needs an opt-in",
        default=True,
        help="Marketing templates go only to contacts whose agreement is recorded.",
    )
    whatsapp_waiting_policy = fields.Selection(
        [
            ("none", "Send as often as people like"),
            ("marketing", "Hold further advertising"),
            ("all", "Hold everything"),
        ],
        string="While a contact has not answered",
        required=True,
        default="marketing",
        help="Your own policy, WhatsApp has none: whether another template may go to "
        "somebody who has not answered the last one, within 24 hours.",
    )
    whatsapp_second_person = fields.Selection(
        [
            ("auto", "If there are two managers"),
            ("always", "Always"),
            ("never", "Never"),
        ],
        string="A second person must approve templates",
        required=True,
        default="auto",
    )
    whatsapp_blacklist_on_opt_out = fields.Boolean(
        string="Opt-out blocks SMS too",
        help="Whoever opts out on WhatsApp is also put on the phone blacklist.",
    )

    def _whatsapp_get_people(self, group):
        """The active employees of this company who are in ``group``."""
        self.ensure_one()
        return group.sudo().all_user_ids.filtered(
            lambda u: (
                u.active
                and not u.share
                and not u._is_superuser()
                and self in u.company_ids
            )
        )

    def _whatsapp_needs_second_person(self):
        """Whether nobody may approve a template that they wrote."""
        self.ensure_one()
        if self.whatsapp_second_person == "auto":
            group = self.env.ref("whatsapp_connector.group_whatsapp_manager")
            return len(self._whatsapp_get_people(group)) > 1
        return self.whatsapp_second_person == "always"
