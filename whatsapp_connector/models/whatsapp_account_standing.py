from datetime import timezone

from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import html2plaintext

#: Kinds of activity. The first tells all that is wrong now and ends with it; the second
#: is one for each thing that happened.
STANDING = "whatsapp_connector.mail_activity_type_standing"
NOTICE = "whatsapp_connector.mail_activity_type_notice"


class WhatsappAccount(models.Model):
    """How WhatsApp looks at the account and its numbers, as far as the provider tells.

    News may come late, in any order, and be replayed: older ones than what is known
    change nothing.
    """

    _inherit = "whatsapp.account"

    standing = fields.Selection(
        [
            ("good", "Good"),
            ("review", "In review"),
            ("restricted", "Restricted"),
            ("disabled", "Disabled"),
        ],
        string="Standing at WhatsApp",
        readonly=True,
        copy=False,
        help="What WhatsApp lets the account do, as far as the provider tells.",
    )
    standing_since = fields.Datetime(readonly=True, copy=False)
    standing_until = fields.Datetime(
        readonly=True, copy=False, help="The restriction ends then by itself."
    )
    standing_source = fields.Text(
        readonly=True,
        copy=False,
        help="Sentences of the wire, a line each; they are translated when shown.",
    )
    standing_detail = fields.Char(
        readonly=True, copy=False, help="What it is about, in the provider's words."
    )
    daily_limit_since = fields.Datetime(readonly=True, copy=False)
    troubles = fields.Text(compute="_compute_troubles", compute_sudo=True)

    @api.depends(
        "standing", "standing_source", "standing_detail", "channel_ids.quality"
    )
    @api.depends_context("lang")
    def _compute_troubles(self):
        for account in self:
            account.troubles = "\n".join(account._get_troubles())

    def _get_troubles(self):
        """What WhatsApp has against the account and its numbers now, as sentences."""
        self.ensure_one()
        troubles = []
        if self.standing and self.standing != "good":
            sentences = (self.standing_source or "").splitlines()
            troubles.append(self._say(sentences, self.standing_detail))
        for channel in self.channel_ids.filtered(lambda c: c.quality == "red"):
            troubles.append(
                self.env._(
                    "People block or report the messages of %(number)s: WhatsApp may "
                    "lower its limit. Write to fewer people, and only to those who "
                    "want it.",
                    number=channel.display_name,
                )
            )
        return troubles

    def _say(self, sentences, detail=None):
        """Sentences of the wire in the user's language, with the provider's words."""
        said = " ".join(map(self._transport()._translate, sentences))
        return f"{said} ({detail})" if detail else said

    # -- applying news ----------------------------------------------------------------

    def _apply_news(self, update, at):
        """News of the account or of one of its numbers.

        :param update: a :class:`~..wire.items.AccountUpdate`
        :param at: when it was true, naive UTC
        """
        self.ensure_one()
        channel = self._find_updated_channel(update)
        if update.change == "limit":
            self._note_limit(int(update.value), at)
        elif update.change == "standing":
            self._note_standing(update, at)
        elif (update.number or update.number_id) and not channel:
            return  # a number that isn't used from Odoo
        elif update.change == "quality":
            channel._note_quality(update.value, at)
        elif update.change == "notice":
            self._note_notice(update, channel, at)

    def _find_updated_channel(self, update):
        channels = self.with_context(active_test=False).channel_ids
        if update.number_id:
            return channels.filtered(lambda c: c.number_id == update.number_id)
        return channels.filtered(lambda c: c.number == update.number)[:1]

    def _note_standing(self, update, at):
        until = update.until and update.until.astimezone(timezone.utc)
        news = {
            "standing": update.value,
            "standing_until": until and until.replace(tzinfo=None, microsecond=0),
            "standing_source": "\n".join(update.sentences) or False,
            "standing_detail": update.detail or False,
        }
        is_known = all(self[name] == (value or False) for name, value in news.items())
        if is_known or (self.standing_since and self.standing_since > at):
            return
        self.write({**news, "standing_since": at})
        self._log_news(lambda me: me._say(update.sentences, update.detail), at)
        self._refresh_troubles(is_worse=update.value != "good")

    def _note_limit(self, people, at):
        """Take WhatsApp's limit of new people over; tell those in charge if it fell."""
        if self.daily_limit_since and self.daily_limit_since > at:
            return
        before = self.daily_limit
        self.write({"daily_limit": people, "daily_limit_since": at})
        if people and (not before or people < before):
            self._warn(
                lambda me: me.env._(
                    "WhatsApp lowered the limit: you may write first to %(count)s "
                    "people a day.",
                    count=people,
                )
            )

    def _note_notice(self, update, channel, at):
        def describe(me):
            said = me._say(update.sentences, update.detail)
            return f"{channel.display_name}: {said}" if channel else said

        if self._log_news(describe, at) and update.value == "warning":
            self._warn(describe)

    @api.model
    def _end_restrictions(self):
        """Restrictions that ended by themselves."""
        ended = self.search(
            [
                ("standing", "=", "restricted"),
                ("standing_until", "<=", fields.Datetime.now()),
            ]
        )
        for account in ended:
            account.write(
                {
                    "standing": "good",
                    "standing_since": account.standing_until,
                    "standing_until": False,
                    "standing_source": False,
                    "standing_detail": False,
                }
            )
            account._refresh_troubles()

    # -- telling people ---------------------------------------------------------------

    def _get_caretakers(self):
        """Who hears of it: the company's WhatsApp managers and the administrators."""
        group = self.env.ref("whatsapp_connector.group_whatsapp_manager")
        managers = self.company_id.sudo()._whatsapp_get_people(group)
        return managers | self._get_administrators()

    def _refresh_troubles(self, is_worse=False):
        """One activity a person for all that is wrong now; it ends with the last.

        :param is_worse: whoever has none gets one
        """
        account = self.sudo()
        known = account.activity_search([STANDING])
        if not account._get_troubles():
            known.unlink()
            return
        for user in account._get_caretakers():
            mine = account.with_context(lang=user.lang)
            troubles = mine._get_troubles()
            if activity := known.filtered(lambda a, user=user: a.user_id == user):
                activity.note = _as_note(troubles)
            elif is_worse:
                mine.activity_schedule(
                    STANDING, user_id=user.id, note=_as_note(troubles)
                )

    def _warn(self, describe):
        """An activity about one thing that happened, unless the same is open still.

        :param describe: gives the sentence, from the account in the person's language
        """
        account = self.sudo()
        for user in account._get_caretakers():
            mine = account.with_context(lang=user.lang)
            sentence = describe(mine)
            known = mine.activity_search([NOTICE], user_id=user.id)
            if not any(_reads(activity.note, sentence) for activity in known):
                mine.activity_schedule(
                    NOTICE, user_id=user.id, note=_as_note([sentence])
                )

    def _log_news(self, describe, at):
        """A line in the history, in the company's language; not twice.

        :return: whether it was new
        """
        account = self.sudo()
        account = account.with_context(lang=account.company_id.partner_id.lang)
        sentence = describe(account)
        since = account.message_ids.filtered(lambda m: m.create_date >= at)
        if any(_reads(message.body, sentence) for message in since):
            return False
        robot = self.env.ref("base.partner_root")
        account.message_post(body=sentence, author_id=robot.id)
        return True


def _as_note(sentences):
    return Markup("<br/>").join(sentences)


def _reads(html, text):
    """Whether ``html`` says just ``text``."""
    return html2plaintext(html or "").split() == text.split()
