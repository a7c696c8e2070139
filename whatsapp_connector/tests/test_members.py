import json

from odoo.fields import Command
from odoo.tests import tagged

from .common import ANNA, BIEL, WhatsappCase
from .test_access import AGENT, MANAGER, USER


@tagged("post_install", "-at_install")
class TestMembers(WhatsappCase):
    """Who is in a chat, and who leaves it when the right to it is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.create_user("colleague", AGENT)
        cls.team.user_ids += cls.colleague

    def members(self, person=ANNA):
        return self.thread_of(person).channel_partner_ids.user_ids

    def test_a_contact_of_several_numbers_is_told_apart_by_them(self):
        first = self.open_thread()
        self.assertFalse(first._whatsapp_store_values()["is_one_of_several"])
        other = self.create_channel(self.account, "+34931000009", name="Orders")
        message = self.receive(self.inbound("Hola", number_id=other.number_id))
        for thread in (first, message.thread_id):
            shown = thread._whatsapp_store_values()
            self.assertTrue(shown["is_one_of_several"])
        self.assertEqual(shown["channel_name"], "Orders")

    # -- coming in --------------------------------------------------------------------

    def test_an_unassigned_chat_alerts_everybody_of_the_number(self):
        self.open_thread()
        self.assertEqual(self.members(), self.agent | self.colleague)

    def test_to_whom_an_old_chat_is_new_only_what_was_said_now_is_unread(self):
        thread = self.open_thread()
        thread._whatsapp_active_conversation()._close()
        newcomer = self.create_user("newcomer", AGENT)
        self.team.user_ids += newcomer
        with self.later(days=9):
            self.receive_text("Una altra cosa")
        members = thread.channel_member_ids
        theirs = members.filtered(lambda m: m.partner_id == newcomer.partner_id)
        self.assertEqual(theirs.message_unread_counter, 1)
        assignee = self.create_user("assignee", MANAGER)
        thread._whatsapp_active_conversation().user_id = assignee
        members = thread.channel_member_ids
        theirs = members.filtered(lambda m: m.partner_id == assignee.partner_id)
        self.assertEqual(theirs.message_unread_counter, 1)

    def test_once_assigned_only_those_involved_stay(self):
        thread = self.open_thread()
        self.send(thread)
        self.assertEqual(self.members(), self.agent)

    def test_who_answered_stays_when_somebody_else_takes_over(self):
        thread = self.open_thread()
        self.send(thread)
        self.conversations_of().with_user(self.colleague).action_assign_to_me()
        self.assertEqual(self.members(), self.agent | self.colleague)

    def test_later_messages_bring_nobody_else_in(self):
        self.send(self.open_thread())
        self.receive_text("Gràcies")
        self.assertEqual(self.members(), self.agent)

    def test_an_agent_who_opens_the_chat_joins_it(self):
        thread = self.open_thread()
        self.send(thread)
        thread.with_user(self.colleague)._whatsapp_open_action()
        self.assertIn(self.colleague, self.members())

    def test_a_manager_may_join_and_stays(self):
        manager = self.create_user("manager", MANAGER)
        thread = self.open_thread()
        thread.with_user(manager)._whatsapp_open_action()
        self.team.user_ids -= self.colleague
        self.assertEqual(self.members(), self.agent | manager)

    def test_the_tickets_assignee_from_another_team_comes_in(self):
        other = self.env["helpdesk.ticket.team"].create({"name": "Lab"})
        expert = self.create_user("expert", AGENT)
        other.user_ids = expert
        self.open_thread()
        ticket = self.tickets_of()
        ticket.write({"team_id": other.id, "user_id": expert.id})
        self.assertIn(expert, self.members())
        self.assertTrue(self.thread_of().with_user(expert).read(["name"]))

    def test_an_assignee_without_a_whatsapp_right_stays_out(self):
        clerk = self.create_user("clerk", "helpdesk_mgmt.group_helpdesk_user")
        self.team.user_ids += clerk
        self.open_thread()
        self.tickets_of().user_id = clerk
        self.assertNotIn(clerk, self.members())
        self.receive_text("Hola?")
        self.assertNotIn(clerk, self.members())

    def test_members_come_and_go_without_a_word_in_the_chat(self):
        thread = self.open_thread()
        before = thread.message_ids
        thread.with_user(self.colleague)._whatsapp_open_action()
        self.conversations_of().with_user(self.agent).action_assign_to_me()
        self.assertEqual(thread.message_ids, before)

    def test_new_members_see_what_is_unread(self):
        thread = self.open_thread()
        member = thread.channel_member_ids.filtered(
            lambda m: m.partner_id == self.agent.partner_id
        )
        self.assertEqual(member.with_user(self.agent).message_unread_counter, 1)

    def test_an_assignee_who_lost_the_right_holds_up_nobody(self):
        self.open_thread()
        conversation = self.conversations_of()
        conversation.user_id = self.colleague
        self.team.user_ids -= self.colleague
        self.assertFalse(conversation.user_id)
        self.assertFalse(self.tickets_of().user_id)
        self.assertEqual(self.members(), self.agent)

    def test_an_assignee_from_elsewhere_keeps_the_chat_when_others_change(self):
        expert = self.create_user("expert", AGENT)
        self.channel.ticket_policy = "never"
        self.open_thread()
        self.conversations_of().user_id = expert
        self.team.user_ids -= self.colleague
        self.assertEqual(self.conversations_of().user_id, expert)
        self.assertIn(expert, self.members())

    # -- what open clients hear -------------------------------------------------------

    def told(self, change):
        """What subscribers of Anna's chat hear of it meanwhile, one after the other."""
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()
        change()
        self.env.cr.precommit.run()
        thread = self.thread_of()
        channel = [self.env.cr.dbname, thread._name, thread.id]
        payloads = [
            json.loads(row.message)["payload"]
            for row in self.env["bus.bus"].sudo().search([], order="id")
            if json.loads(row.channel)[:3] == channel
        ]
        heard = [each for p in payloads for each in p.get("discuss.channel", [])]
        return [each for each in heard if each["id"] == thread.id]

    def test_of_those_who_leave_and_how_many_stay(self):
        thread = self.open_thread()
        leaving = thread.channel_member_ids.filtered(
            lambda m: m.partner_id == self.colleague.partner_id
        )
        heard = self.told(lambda: self.send(thread))
        [gone] = [each for each in heard if "channel_member_ids" in each]
        self.assertEqual(gone["channel_member_ids"], [["DELETE", leaving.ids]])
        self.assertEqual(gone["member_count"], 1)

    def test_nobody_leaves_nobody_hears(self):
        thread = self.open_thread()
        self.send(thread)
        heard = self.told(thread._whatsapp_prune_members)
        self.assertFalse(heard)

    def test_how_many_there_are_when_somebody_is_added(self):
        thread = self.open_thread()
        self.send(thread)
        heard = self.told(lambda: thread._whatsapp_add_users(self.colleague))
        self.assertEqual([each["member_count"] for each in heard], [2])

    def test_how_many_there_are_when_a_message_alerts_more_people(self):
        self.send(self.open_thread())
        self.conversations_of().action_close()
        self.channel.reopen_hours = 0
        heard = self.told(lambda: self.receive_text("Una altra cosa"))
        self.assertEqual(self.members(), self.agent | self.colleague)
        counts = [each["member_count"] for each in heard if "member_count" in each]
        self.assertEqual(counts, [2])

    # -- losing the right -------------------------------------------------------------

    def assertLoses(self, lose):
        self.channel.user_ids = self.colleague
        self.open_thread()
        self.open_thread(BIEL)
        self.conversations_of(BIEL).user_id = self.colleague
        lose()
        self.env.invalidate_all()
        for person in (ANNA, BIEL):
            self.assertNotIn(self.colleague, self.members(person))
            if not self.colleague.active:
                continue
            theirs = self.thread_of(person).with_user(self.colleague)
            self.assertFalse(theirs.has_access("read"))
            messages = theirs.sudo().whatsapp_conversation_ids.first_mail_message_id
            self.assertFalse(messages.with_user(self.colleague).has_access("read"))
        self.assertIn(self.agent, self.members())
        self.receive_text("Hola?")
        self.assertNotIn(self.colleague, self.members())

    def leave_team_and_number(self):
        self.team.user_ids -= self.colleague
        self.channel.user_ids -= self.colleague

    def test_by_leaving_team_and_number(self):
        self.assertLoses(self.leave_team_and_number)

    def test_by_leaving_the_team_on_the_users_form(self):
        def lose():
            self.channel.user_ids -= self.colleague
            self.colleague.write({"helpdesk_team_ids": [Command.unlink(self.team.id)]})

        self.assertLoses(lose)

    def test_by_a_change_of_the_channels_teams(self):
        def lose():
            other = self.env["helpdesk.ticket.team"].create({"name": "Other"})
            other.user_ids = self.agent
            self.channel.write({"team_ids": other.ids, "user_ids": [Command.clear()]})
            for person in (ANNA, BIEL):
                self.tickets_of(person).team_id = other

        self.assertLoses(lose)

    def test_by_losing_the_group(self):
        group = self.env.ref(AGENT)
        self.assertLoses(
            lambda: self.colleague.write({"group_ids": [Command.unlink(group.id)]})
        )

    def test_by_losing_the_group_on_the_groups_form(self):
        group = self.env.ref(AGENT)
        self.assertLoses(
            lambda: group.write({"user_ids": [Command.unlink(self.colleague.id)]})
        )

    def test_by_losing_a_group_that_implied_it(self):
        implying = self.env["res.groups"].create(
            {"name": "Support", "implied_ids": [Command.link(self.env.ref(AGENT).id)]}
        )
        self.colleague.group_ids = implying | self.env.ref("base.group_user")
        self.assertLoses(lambda: implying.write({"implied_ids": [Command.clear()]}))

    def test_by_losing_the_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertLoses(
            lambda: self.colleague.write(
                {"company_ids": [Command.set(other.ids)], "company_id": other.id}
            )
        )

    def test_by_being_archived(self):
        self.assertLoses(lambda: self.colleague.write({"active": False}))

    def test_by_becoming_a_portal_user(self):
        portal = self.env.ref("base.group_portal")
        self.assertLoses(
            lambda: self.colleague.write({"group_ids": [Command.set(portal.ids)]})
        )

    def test_who_keeps_the_right_another_way_stays(self):
        self.channel.user_ids = self.colleague
        self.open_thread()
        self.team.user_ids -= self.colleague
        self.assertIn(self.colleague, self.members())

    def test_by_the_archiving_of_the_team(self):
        def lose():
            self.channel.user_ids = self.agent
            self.team.active = False

        self.assertLoses(lose)

    def test_an_agent_of_the_number_outside_every_team_is_alerted(self):
        agent = self.create_user("outsider", AGENT)
        self.channel.user_ids = agent
        self.open_thread()
        self.assertIn(agent, self.members())

    def test_a_user_sees_no_chat_but_their_own(self):
        user = self.create_user("user", USER)
        self.channel.user_ids = user
        self.open_thread()
        self.assertNotIn(user, self.members())
