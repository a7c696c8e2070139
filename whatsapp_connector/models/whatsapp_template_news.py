from collections import defaultdict

from markupsafe import Markup

from odoo import api, models

#: Kinds of activity: one for each of those asked, whatever the number of languages.
REVIEW = "whatsapp_connector.mail_activity_type_template_review"
ENABLE = "whatsapp_connector.mail_activity_type_template_enable"
MEND = "whatsapp_connector.mail_activity_type_template_mend"


class WhatsappTemplate(models.Model):
    """Who has to do something about a template, and who hears what became of it."""

    _inherit = "whatsapp.template"

    # -- to do ------------------------------------------------------------------------

    def _ask(self, kind, users):
        """Give ``users`` an activity of this kind, unless they have one."""
        for template in self.sudo():
            asked = template.activity_search([kind]).user_id
            for user in users.sudo() - asked:
                template.with_context(lang=user.lang).activity_schedule(
                    kind, user_id=user.id
                )
        self._refresh_activities()

    def _refresh_activities(self):
        """Have activities name the languages that still wait, and end with the last."""
        for template in self.sudo():
            for kind, waiting in template._get_waiting().items():
                activities = template.activity_search([kind])
                if not waiting:
                    activities.unlink()
                for activity in activities.exists():
                    lang = activity.user_id.lang
                    activity.note = waiting.with_context(lang=lang)._describe_waiting()

    def _get_waiting(self):
        """Languages by what they wait for: dict kind of activity → variants."""
        self.ensure_one()
        variants = self.variant_ids
        return {
            REVIEW: variants.filtered(lambda v: v.state == "review"),
            ENABLE: variants.filtered(lambda v: v._is_to_enable()),
            MEND: variants.filtered(lambda v: v.state == "rejected" or v.send_back),
        }


class WhatsappTemplateVariant(models.Model):
    _inherit = "whatsapp.template.variant"

    def _get_managers(self):
        """Who decides about these languages."""
        group = self.env.ref("whatsapp_connector.group_whatsapp_manager")
        people = self.env["res.users"].sudo()
        for company in self.company_id.sudo():
            people |= company._whatsapp_get_people(group)
        return people

    def _get_author(self):
        """Who mends it: whoever asked for its review, else whoever began it."""
        self.ensure_one()
        author = self.sudo().asked_by_id or self.sudo().template_id.user_id
        return author.filtered(lambda user: user.active and not user.share)

    def _ask_to_review(self):
        self._ask_managers(REVIEW)

    def _ask_to_enable(self):
        self._ask_managers(ENABLE)

    def _ask_managers(self, kind):
        """An activity for the managers, not for whoever asks."""
        for template, variants in self.sudo().grouped("template_id").items():
            template._ask(kind, variants._get_managers() - self.env.user)

    def _ask_to_mend(self):
        """An activity for the author, unless they asked for it themselves."""
        for variant in self:
            variant.template_id._ask(MEND, variant._get_author() - self.env.user)

    def _describe_waiting(self):
        """A line a language; why, where somebody said so."""
        return Markup("<br/>").join(
            ": ".join(
                filter(
                    None, [each._get_language_names(), each.send_back or each.reason]
                )
            )
            for each in self
        )

    # -- news -------------------------------------------------------------------------

    @api.model
    def _tell(self, news):
        """Have people hear what happened, at once for all languages of a template.

        :param news: dict variant → sentence; empty ones need not be told
        """
        bodies, people = defaultdict(list), defaultdict(self.env["res.users"].browse)
        for variant, sentence in news.items():
            if not sentence:
                continue
            variant._log_news(sentence)
            template = variant.template_id
            bodies[template].append(sentence)
            people[template] |= variant._get_managers() | variant._get_author()
        robot = self.env.ref("base.partner_root")
        for template, sentences in bodies.items():
            template.message_notify(
                author_id=robot.id,
                body=Markup("<br/>").join(sentences),
                partner_ids=people[template].partner_id.ids,
                subject=template.name,
            )

    def _log_news(self, sentence):
        """A line in the history of the language."""
        self.ensure_one()
        robot = self.env.ref("base.partner_root")
        self.message_post(body=sentence, author_id=robot.id)

    def _broadcast_state(self):
        """Have open forms of these templates show the new state without a reload.

        Whoever did it sees it anyway.
        """
        for variant in self.sudo():
            payload = {
                "template_id": variant.template_id.id,
                "variant_id": variant.id,
                "state": variant.state,
            }
            for user in variant._get_audience() - self.env.user:
                user._bus_send("whatsapp.template/state", payload)

    def _get_audience(self):
        """Who may have the form open: managers and those who write it."""
        self.ensure_one()
        return self._get_managers() | self.asked_by_id | self.template_id.user_id
