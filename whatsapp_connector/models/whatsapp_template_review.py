from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .whatsapp_template_language import LANGUAGES, get_language
from .whatsapp_template_variant import EDITABLE_STATES


class WhatsappTemplate(models.Model):
    """All languages of a template in one step."""

    _inherit = "whatsapp.template"

    to_ask_count = fields.Integer(compute="_compute_review_counts")
    to_approve_count = fields.Integer(compute="_compute_review_counts")

    @api.depends("variant_ids.state")
    @api.depends_context("uid")
    def _compute_review_counts(self):
        for template in self:
            template.to_ask_count = len(template._get_to_ask())
            template.to_approve_count = len(template._get_to_approve())

    def _get_to_ask(self):
        return self.variant_ids.filtered(lambda v: v.state in EDITABLE_STATES)

    def _get_to_approve(self):
        """Languages that the current user may hand to WhatsApp."""
        return self.variant_ids.filtered(lambda v: v.can_review or v.can_submit)

    def action_ask_review_all(self):
        self._get_to_ask().action_ask_review()

    def action_approve_all(self):
        self._get_to_approve().action_submit()


class WhatsappTemplateVariant(models.Model):
    """The way through review here and approval by WhatsApp.

    draft → review (an author asks) → ready (a manager approves) → submitted → pending
    → approved or rejected. Only these methods, and the worker, change the state.
    """

    _inherit = "whatsapp.template.variant"

    can_review = fields.Boolean(compute="_compute_can_review")
    review_hint = fields.Char(compute="_compute_can_review")
    can_submit = fields.Boolean(compute="_compute_can_submit")

    @api.depends("state", "asked_by_id")
    @api.depends_context("uid")
    def _compute_can_review(self):
        for variant in self:
            hint = variant._get_review_obstacle()
            variant.can_review = variant.state == "review" and not hint
            variant.review_hint = variant.state == "review" and hint

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_can_submit(self):
        """Whether the current user may skip asking for a review."""
        is_manager = self.env.user.has_group(
            "whatsapp_connector.group_whatsapp_manager"
        )
        for variant in self:
            variant.can_submit = (
                is_manager
                and variant.state in EDITABLE_STATES
                and not variant._needs_second_person()
            )

    def _get_review_obstacle(self):
        """Why the current user may not approve it; None if they may."""
        self.ensure_one()
        if not self.env.user.has_group("whatsapp_connector.group_whatsapp_manager"):
            return self.env._("A WhatsApp manager reviews it.")
        if self._needs_second_person() and self.env.user in (
            self.asked_by_id | self.template_id.user_id
        ):
            return self.env._("Another manager has to review what you wrote.")
        return None

    def _needs_second_person(self):
        self.ensure_one()
        company = self.company_id or self.env.company
        return company.sudo()._whatsapp_needs_second_person()

    # -- here -------------------------------------------------------------------------

    def action_ask_review(self):
        """Hand drafts to the managers; nothing with mistakes of form gets there."""
        self.check_access("write")
        self._check_state(*EDITABLE_STATES)
        self._check_complete()
        self.sudo().write(
            {
                "state": "review",
                "asked_by_id": self.env.uid,
                "reviewer_id": False,
                "send_back": False,
            }
        )
        self._ask_to_review()

    def action_approve(self):
        """Approve drafts in review and have them submitted to WhatsApp."""
        self._check_manager()
        self._check_state("review")
        for variant in self:
            variant._check_reviewer()
        self._check_complete()
        self.sudo().write(
            {
                "state": "ready",
                "reviewer_id": self.env.uid,
                "is_enabled": True,
                "attempts": 0,
                "next_try_at": False,
            }
        )
        self.template_id._refresh_activities()
        self.env["whatsapp.template.work"]._wake()

    def action_submit(self):
        """For managers where no second person is needed: review and approve at once."""
        self.filtered(lambda v: v.state in EDITABLE_STATES).action_ask_review()
        self.action_approve()

    def action_send_back(self, comment=None):
        """Back to the author, with a comment."""
        for variant in self:
            variant._check_manager()
            variant._check_state("review")
            variant.sudo().write(
                {
                    "state": "draft",
                    "reviewer_id": self.env.uid,
                    "send_back": comment or "—",
                }
            )
            variant.message_post(
                body=self.env._("Sent back: %(comment)s", comment=comment or "—"),
                partner_ids=variant._get_author().partner_id.ids,
                subtype_xmlid="mail.mt_comment",
            )
        self._ask_to_mend()

    def action_back_to_draft(self):
        """The author takes it back from review, or mends what WhatsApp rejected."""
        self.check_access("write")
        for variant in self:
            variant._check_state("review", "rejected")
            variant.sudo().write({"state": "draft", "is_enabled": False})
        self.template_id._refresh_activities()

    def action_enable(self):
        """A manager says that it may be sent as its variables are filled now."""
        for variant in self:
            variant._check_manager()
            variant._check_state("approved", "paused", "pending")
            problems = [p["text"] for p in variant._get_problems()]
            if problems:
                raise UserError("\n".join(problems))
            variant.sudo().is_enabled = True
        self.template_id._refresh_activities()

    def action_disable(self):
        """Not offered to senders any more; at WhatsApp it stays approved."""
        for variant in self:
            variant._check_manager()
            variant.sudo().is_enabled = False

    def action_new_version(self):
        """Edit an approved language: senders keep it until the new one is approved."""
        self.ensure_one()
        self.check_access("write")
        self._check_state("approved", "paused", "disabled")
        if self.successor_id:
            return self.successor_id._get_form_action()
        versions = self.with_context(active_test=False).template_id.variant_ids
        same = versions.filtered(lambda v: v.language == self.language)
        copy = self.sudo().copy(
            {
                "version": max(same.mapped("version")) + 1,
                "predecessor_id": self.id,
                "header_attachment_id": self.header_attachment_id.id,
            }
        )
        return copy.with_env(self.env)._get_form_action()

    @api.model
    def _get_preferred_languages(self):
        """WhatsApp's codes, those of Odoo's installed languages first."""
        installed = [get_language(c) for c, _n in self.env["res.lang"].get_installed()]
        return list(
            dict.fromkeys([*filter(None, installed), *(code for code, _l in LANGUAGES)])
        )

    def _get_form_action(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }

    # -- checks -----------------------------------------------------------------------

    def _check_manager(self):
        self.check_access("read")
        if not self.env.user.has_group("whatsapp_connector.group_whatsapp_manager"):
            raise AccessError(self.env._("Only WhatsApp managers may do this."))

    def _check_reviewer(self):
        """Raise if the current user may not approve it, or nobody can submit it."""
        self.ensure_one()
        if obstacle := self._get_review_obstacle():
            raise UserError(obstacle)
        if not self.account_id._get_capabilities().templates:
            raise UserError(
                self.env._(
                    "%(account)s can't submit templates: choose an account with a "
                    "provider.",
                    account=self.account_id.name,
                )
            )

    def _check_state(self, *states):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for variant in self:
            if variant.state not in states:
                raise UserError(
                    self.env._(
                        "%(name)s: this isn't possible while it is “%(state)s”.",
                        name=variant.display_name,
                        state=labels[variant.state],
                    )
                )

    def _check_complete(self):
        """Raise with all that is still to be mended, language by language."""
        lines = []
        for variant in self:
            problems = variant._get_problems()
            errors = [p["text"] for p in problems if p["severity"] == "error"]
            if errors:
                name = variant.display_name
                lines.append(self.env._("%(name)s isn't ready yet:", name=name))
                lines += [f"• {text}" for text in errors]
        if lines:
            raise UserError("\n".join(lines))

    # -- what WhatsApp says -----------------------------------------------------------

    def _apply_state(self, state):
        """Take over the provider's view.

        :param state: a :class:`~..wire.template.TemplateState`
        :return: what people should hear of it, for :meth:`_tell`; empty: nothing
        """
        self.ensure_one()
        vals = self._prepare_state_vals(state)
        vals = {name: value for name, value in vals.items() if self[name] != value}
        if not vals:
            return ""
        self.write(vals)
        return self._after_decision(vals)

    def _prepare_state_vals(self, state):
        vals = {
            "provider_id": state.template_id,
            "provider_name": state.name or self.provider_name,
            "is_missing": False,
            "lease_until": False,
            "next_try_at": False,
        }
        known = {
            "draft": self.state,
            "pending": "pending",
            "approved": "approved",
            "rejected": "rejected",
            "paused": "paused",
            "disabled": "disabled",
            "deleted": "deleted",
        }
        if state.status in known:
            vals["state"] = known[state.status]
            vals["provider_status"] = False
        else:
            vals["provider_status"] = state.status
            if self.state in ("ready", "submitted"):
                vals["state"] = "pending"
        if state.category in dict(self._fields["granted_category"].selection):
            vals["granted_category"] = state.category
        if state.quality in dict(self._fields["quality"].selection):
            vals["quality"] = state.quality
        if vals.get("state") in ("rejected", "paused", "disabled"):
            vals["reason"] = state.reason or self.reason or False
        elif vals.get("state") == "approved":
            vals["reason"] = False
        if vals.get("state", self.state) != self.state and self.state in (
            "submitted",
            "pending",
            "approved",
        ):
            vals["decided_at"] = fields.Datetime.now()
        return vals

    def _after_decision(self, vals):
        """Replace the old version, and have the author mend what was rejected.

        :return: what people should hear of it
        """
        self.ensure_one()
        if vals.get("state") == "approved" and self.predecessor_id:
            self.predecessor_id.write({"state": "replaced", "active": False})
        if vals.get("state") == "rejected":
            self._ask_to_mend()
        news = self._get_news(vals)
        return " ".join(filter(None, [news, self._hold_back(vals)]))

    def _hold_back(self, vals):
        """What WhatsApp thinks otherwise of is sent only when a manager has seen it.

        :return: a sentence about that; empty if nothing is held back
        """
        self.ensure_one()
        is_surprise = vals.get("quality") == "red" or (
            vals.get("granted_category", self.category) != self.category
        )
        if is_surprise:
            self.is_enabled = False
        if not self._is_to_enable() or not (is_surprise or "state" in vals):
            return ""
        self._ask_to_enable()
        return self.env._("Nobody can send it until a manager enables it.")

    def _get_news(self, vals):
        """What happened at WhatsApp, as a sentence; empty if nobody need know."""
        labels = {
            "approved": self.env._("WhatsApp approved %(name)s."),
            "rejected": self.env._("WhatsApp rejected %(name)s: %(reason)s"),
            "paused": self.env._("WhatsApp paused %(name)s: %(reason)s"),
            "disabled": self.env._("WhatsApp disabled %(name)s: %(reason)s"),
            "deleted": self.env._("%(name)s was deleted at WhatsApp."),
        }
        told = {"name": self.display_name, "reason": self.reason or "—"}
        lines = []
        if vals.get("state") in labels:
            lines.append(labels[vals["state"]] % told)
        if vals.get("granted_category") and self.granted_category != self.category:
            category = dict(self._fields["category"]._description_selection(self.env))
            lines.append(
                self.env._(
                    "WhatsApp put %(name)s into the category %(category)s.",
                    name=self.display_name,
                    category=category[self.granted_category],
                )
            )
        if vals.get("quality") == "red":
            lines.append(
                self.env._(
                    "People often block or report %(name)s: its quality is low. "
                    "WhatsApp may pause it.",
                    name=self.display_name,
                )
            )
        return " ".join(lines)

    def _mark_missing(self):
        """The provider doesn't list it any more: it isn't offered, nor deleted.

        :return: what people should hear of it
        """
        self.ensure_one()
        self.is_missing = True
        return self.env._(
            "The provider's list doesn't have %(name)s any more.",
            name=self.display_name,
        )
