from dataclasses import replace
from datetime import datetime, timezone

from odoo.tests import tagged
from odoo.tools import html2plaintext

from ..models.whatsapp_account_standing import NOTICE, STANDING
from ..wire.items import AccountUpdate
from .common import WhatsappCase
from .test_access import AGENT, MANAGER

MORNING = datetime(2025, 6, 15, 8, tzinfo=timezone.utc)
NOON = datetime(2025, 6, 15, 12, tzinfo=timezone.utc)


def standing(value, *sentences, at=NOON, **values):
    return AccountUpdate(
        change="standing", value=value, sentences=sentences, at=at, **values
    )


RESTRICTED = standing("restricted", "You can't write first.", detail="RULE & <7>")
NOTICE_UPDATE = AccountUpdate(
    change="notice", value="warning", sentences=("Your picture is gone.",), at=NOON
)


@tagged("post_install", "-at_install")
class TestStanding(WhatsappCase):
    """What WhatsApp thinks of the account and its numbers, and who hears of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.create_user("manager", MANAGER)
        cls.colleague = cls.create_user("colleague", AGENT)

    def to_do(self, user, kind=STANDING):
        found = self.account.activity_search([kind], user_id=user.id)
        return [html2plaintext(activity.note) for activity in found]

    def quality(self, value, at=NOON, **values):
        return AccountUpdate(
            change="quality",
            value=value,
            at=at,
            **{"number": self.channel.number, **values},
        )

    def limit(self, people, at=NOON):
        return AccountUpdate(change="limit", value=str(people), at=at)

    # -- standing ---------------------------------------------------------------------

    def test_managers_and_administrators_hear_of_a_restriction_and_agents_do_not(self):
        self.receive(RESTRICTED)
        self.assertEqual(self.account.standing, "restricted")
        for user in (self.manager, self.env.ref("base.user_admin")):
            self.assertEqual(
                self.to_do(user), ["You can't write first. (RULE & <7>)"], user.name
            )
        self.assertFalse(self.to_do(self.colleague))
        self.assertIn("You can't write first.", self.channel.troubles)

    def test_the_same_news_again_is_told_once(self):
        self.receive(RESTRICTED)
        self.account.activity_search([STANDING], user_id=self.manager.id).action_done()
        told = len(self.account.message_ids)
        self.receive(replace(RESTRICTED, at=datetime.now(timezone.utc)))
        self.assertFalse(self.to_do(self.manager))
        self.assertEqual(len(self.account.message_ids), told)

    def test_worse_news_takes_the_place_of_the_former(self):
        self.receive(RESTRICTED)
        self.receive(standing("disabled", "It is over."))
        self.assertEqual(self.to_do(self.manager), ["It is over."])

    def test_it_ends_with_good_news(self):
        self.receive(RESTRICTED)
        self.receive(standing("good", "Welcome back."))
        self.assertEqual(self.account.standing, "good")
        self.assertFalse(self.account.troubles)
        self.assertFalse(self.to_do(self.manager))

    def test_news_that_comes_too_late_changes_nothing(self):
        self.receive(standing("good", "Welcome back."))
        self.receive(replace(RESTRICTED, at=MORNING))
        self.assertEqual(self.account.standing, "good")
        self.assertFalse(self.to_do(self.manager))

    def test_a_restriction_ends_by_itself(self):
        now = datetime.now(timezone.utc)
        self.receive(replace(RESTRICTED, until=now.replace(year=now.year + 1)))
        self.account._end_restrictions()
        self.assertEqual(self.account.standing, "restricted")
        self.account.standing_until = MORNING.replace(tzinfo=None)
        self.env["whatsapp.housekeeping"]._cron_run()
        self.assertEqual(self.account.standing, "good")
        self.assertFalse(self.to_do(self.manager))

    def test_a_connection_that_works_ends_no_restriction(self):
        self.receive(RESTRICTED)
        self.account._report_fault("Bad token")
        self.account._clear_fault()
        self.assertTrue(self.to_do(self.manager))

    # -- quality ----------------------------------------------------------------------

    def test_a_number_of_low_quality_is_pointed_out_until_it_is_better(self):
        self.receive(self.quality("red"))
        self.assertEqual(self.channel.quality, "red")
        [note] = self.to_do(self.manager)
        self.assertIn(self.channel.name, note)
        self.receive(self.quality("yellow"))
        self.assertEqual(self.channel.quality, "yellow")
        self.assertFalse(self.to_do(self.manager))

    def test_one_activity_tells_of_all_troubles(self):
        self.receive(RESTRICTED, self.quality("red"))
        [note] = self.to_do(self.manager)
        self.assertIn("You can't write first.", note)
        self.assertIn(self.channel.name, note)
        self.receive(standing("good", "Welcome back."))
        [note] = self.to_do(self.manager)
        self.assertNotIn("You can't write first.", note)
        self.assertIn(self.channel.name, note)

    def test_the_quality_of_a_number_that_is_not_ours_does_not_matter(self):
        self.receive(self.quality("red", number="+34931999999"))
        self.receive(self.quality("red", number=None, number_id="nobody's"))
        self.assertFalse(self.channel.quality)
        self.assertFalse(self.account.troubles)

    # -- limit ------------------------------------------------------------------------

    def test_the_limit_is_taken_over_and_who_may_write_to_fewer_is_told(self):
        self.receive(self.limit(2000))
        self.assertEqual(self.account.daily_limit, 2000)
        self.assertFalse(self.to_do(self.manager, NOTICE))
        self.receive(self.limit(0))
        self.assertEqual(self.account.daily_limit, 0)
        self.assertFalse(self.to_do(self.manager, NOTICE))
        self.receive(self.limit(250))
        [note] = self.to_do(self.manager, NOTICE)
        self.assertIn("250", note)
        self.receive(self.limit(10_000, at=MORNING))
        self.assertEqual(self.account.daily_limit, 250)

    # -- notices ----------------------------------------------------------------------

    def test_a_notice_is_told_once_while_it_is_open(self):
        self.receive(NOTICE_UPDATE)
        self.receive(replace(NOTICE_UPDATE, detail=None, at=datetime.now(timezone.utc)))
        self.assertEqual(self.to_do(self.manager, NOTICE), ["Your picture is gone."])

    def test_a_notice_that_needs_nobody_is_kept_in_the_history(self):
        self.receive(replace(NOTICE_UPDATE, value="info", number=self.channel.number))
        self.assertFalse(self.to_do(self.manager, NOTICE))
        history = "".join(self.account.message_ids.mapped("body"))
        self.assertIn("Your picture is gone.", history)
        self.assertIn(self.channel.name, history)

    def test_people_read_it_in_their_language(self):
        self.env["res.lang"]._activate_lang("ca_ES")
        self.manager.lang = "ca_ES"
        self.receive(self.limit(50))
        [note] = self.to_do(self.manager, NOTICE)
        self.assertIn("50 persones", note)
