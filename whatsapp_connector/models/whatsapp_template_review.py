from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from .whatsapp_template_language import LANGUAGES, get_language

REVIEW_ACTIVITY = "mail.mail_activity_data_todo"


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
                and variant.state in ("draft", "rejected")
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
        """Hand a draft to the managers; nothing with mistakes of form gets there."""
        self.check_access("write")
        for variant in self:
            variant._check_state("draft", "rejected")
            variant._check_complete()
            variant.sudo().write(
                {"state": "review", "asked_by_id": self.env.uid, "reviewer_id": False}
            )
        self._ask_managers(self.env._("Review a WhatsApp template"), self)

    def action_approve(self):
        """Approve drafts in review and have them submitted to WhatsApp."""
        for variant in self:
            variant._check_manager()
            variant._check_state("review")
            if obstacle := variant._get_review_obstacle():
                raise UserError(obstacle)
            variant._check_complete()
            if not variant.account_id._get_capabilities().templates:
                raise UserError(
                    self.env._(
                        "%(account)s can't submit templates: choose an account with a "
                        "provider.",
                        account=variant.account_id.name,
                    )
                )
            variant.sudo().write(
                {
                    "state": "ready",
                    "reviewer_id": self.env.uid,
                    "is_enabled": True,
                    "attempts": 0,
                    "next_try_at": False,
                }
            )
        self._close_review_activities()
        self.env["whatsapp.template.work"]._wake()

    def action_submit(self):
        """For managers where no second person is needed: review and approve at once."""
        self.filtered(lambda v: v.state in ("draft", "rejected")).action_ask_review()
        self.action_approve()

    def action_send_back(self, comment=None):
        """Back to the author, with a comment in the chatter."""
        for variant in self:
            variant._check_manager()
            variant._check_state("review")
            author = (variant.asked_by_id or variant.template_id.user_id).partner_id
            variant.sudo().state = "draft"
            variant.message_post(
                body=self.env._("Sent back: %(comment)s", comment=comment or "—"),
                partner_ids=author.ids,
                subtype_xmlid="mail.mt_comment",
            )
        self._close_review_activities()

    def action_back_to_draft(self):
        """The author takes it back from review, or mends what WhatsApp rejected."""
        self.check_access("write")
        for variant in self:
            variant._check_state("review", "rejected")
            variant.sudo().write({"state": "draft", "is_enabled": False})
        self._close_review_activities()

    def action_enable(self):
        """A manager says that it may be sent as its variables are filled now."""
        for variant in self:
            variant._check_manager()
            variant._check_state("approved", "paused", "pending")
            problems = [p["text"] for p in variant._get_problems()]
            if problems:
                raise UserError("\n".join(problems))
            variant.sudo().is_enabled = True
        self._close_review_activities()

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

    def action_copy_language(self):
        """A further language with the same content, to be translated."""
        self.ensure_one()
        self.check_access("write")
        used = self.template_id.variant_ids.mapped("language")
        free = next(
            (code for code in self._get_preferred_languages() if code not in used),
            None,
        )
        if not free:
            raise UserError(self.env._("All languages are there already."))
        copy_id = self.template_id.add_language(free, self.id)
        return self.browse(copy_id)._get_form_action()

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

    def _check_state(self, *states):
        self.ensure_one()
        if self.state not in states:
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(name)s: this isn't possible while it is “%(state)s”.",
                    name=self.display_name,
                    state=labels[self.state],
                )
            )

    def _check_complete(self):
        self.ensure_one()
        errors = [p["text"] for p in self._get_problems() if p["severity"] == "error"]
        if errors:
            raise UserError(
                "\n".join(
                    [
                        self.env._("%(name)s isn't ready yet:", name=self.display_name),
                        *(f"• {text}" for text in errors),
                    ]
                )
            )

    # -- telling ----------------------------------------------------------------------

    def _ask_managers(self, summary, variants):
        """Give the managers of the company an activity each; not the asker."""
        for variant in variants.sudo():
            for user in variant._get_managers() - self.env.user:
                variant.activity_schedule(
                    REVIEW_ACTIVITY, user_id=user.id, summary=summary
                )

    def _get_managers(self):
        self.ensure_one()
        group = self.env.ref("whatsapp_connector.group_whatsapp_manager")
        return self.company_id.sudo()._whatsapp_get_people(group)

    def _close_review_activities(self):
        self.sudo().activity_unlink([REVIEW_ACTIVITY])

    # -- what WhatsApp says -----------------------------------------------------------

    def _apply_state(self, state):
        """Take over the provider's view.

        :param state: a :class:`~..wire.template.TemplateState`
        """
        self.ensure_one()
        vals = self._prepare_state_vals(state)
        vals = {name: value for name, value in vals.items() if self[name] != value}
        if not vals:
            return
        self.write(vals)
        self._after_decision(vals)

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
        """Replace the old version, and tell those who should know."""
        self.ensure_one()
        if vals.get("state") == "approved" and self.predecessor_id:
            self.predecessor_id.write({"state": "replaced", "active": False})
        news = self._get_news(vals)
        if news:
            people = self._get_managers() | self.asked_by_id
            self.message_post(
                body=news,
                partner_ids=people.partner_id.ids,
                subtype_xmlid="mail.mt_comment",
                author_id=self.env.ref("base.partner_root").id,
            )
        if vals.get("state") == "rejected":
            self._ask_author(self.env._("WhatsApp rejected a template"), news)
        self._broadcast_state()

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
        """The provider doesn't list it any more: it isn't offered, nor deleted."""
        self.ensure_one()
        self.is_missing = True
        self.message_post(
            body=self.env._("The provider's list doesn't have this template any more."),
            partner_ids=self._get_managers().partner_id.ids,
            subtype_xmlid="mail.mt_comment",
            author_id=self.env.ref("base.partner_root").id,
        )
        self._broadcast_state()

    def _ask_author(self, summary, note):
        for variant in self.sudo():
            author = variant.asked_by_id or variant.template_id.user_id
            if author.active and not author.share:
                variant.activity_schedule(
                    REVIEW_ACTIVITY, user_id=author.id, summary=summary, note=note
                )

    def _broadcast_state(self):
        """Have open forms of these templates show the new state without a reload."""
        for variant in self:
            for user in variant._get_managers() | variant.asked_by_id:
                user._bus_send(
                    "whatsapp.template/state",
                    {
                        "template_id": variant.template_id.id,
                        "variant_id": variant.id,
                        "state": variant.state,
                    },
                )
