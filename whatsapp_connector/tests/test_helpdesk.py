from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..tools.greeting import LENGTH, title
from ..wire.items import Location
from .common import ANNA, BIEL, WhatsappCase, utc_now

TITLES = {
    "Hola! No em funciona la factura": "No em funciona la factura",
    "Bon dia, hola, tinc un dubte": "Tinc un dubte",
    "Buenas tardes 🙂 necesito ayuda": "Necesito ayuda",
    "Hi there!": "",
    "Good morning! My order is late": "My order is late",
    "Olá, tudo bem? Meu pedido": "Meu pedido",
    "Bonjour, où est ma commande": "Où est ma commande",
    "Hallo, meine Rechnung": "Meine Rechnung",
    "  dues\n línies ": "Dues línies",
    "Hola": "",
    "hola 👋": "",
    "Bon dia!": "",
    "Gràcies": "",
    "Moltes gràcies! 😊": "",
    "Thanks a lot, it works now": "It works now",
    "Thank you very much": "",
    "?": "",
    "👍": "",
    "": "",
}


@tagged("post_install", "-at_install")
class TestTicket(WhatsappCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for name in ("new", "in_progress", "awaiting", "done"):
            stage = cls.env.ref(f"helpdesk_mgmt.helpdesk_ticket_stage_{name}")
            setattr(cls, name, stage)

    # -- who sees it ------------------------------------------------------------------

    def assertTicketsFollow(self, join, leave):
        """Record rules are cached, so each state is looked at in turn."""
        self.receive_text("No em funciona la factura")
        newcomer = self.create_user(
            "newcomer", "whatsapp_connector.group_whatsapp_agent"
        )
        tickets = self.tickets_of().with_user(newcomer)
        self.assertFalse(tickets.search([]))
        join(newcomer)
        self.assertEqual(tickets.search([]), tickets)
        leave(newcomer)
        self.assertFalse(tickets.search([]))

    def test_who_joins_or_leaves_the_team_sees_its_tickets_or_does_not_at_once(self):
        def join(user):
            self.team.user_ids |= user

        def leave(user):
            self.team.user_ids -= user

        self.assertTicketsFollow(join, leave)

    def test_so_it_is_with_the_teams_on_the_users_form(self):
        def join(user):
            user.write({"helpdesk_team_ids": [Command.link(self.team.id)]})

        def leave(user):
            user.write({"helpdesk_team_ids": [Command.unlink(self.team.id)]})

        self.assertTicketsFollow(join, leave)

    # -- opening ----------------------------------------------------------------------

    def test_the_title_is_the_first_words_that_say_something(self):
        for said, expected in TITLES.items():
            with self.subTest(said):
                self.assertEqual(title(said), expected)

    def test_a_long_title_is_cut(self):
        self.assertEqual(len(title("paraula " * 50)), LENGTH)

    def test_it_tells_who_what_and_through_which_channel(self):
        message = self.receive_text("Hola! La *factura* 12\nno quadra")
        ticket = self.tickets_of()
        self.assertEqual(ticket.name, "La factura 12 no quadra")
        self.assertIn("<strong>factura</strong>", ticket.description)
        self.assertEqual(ticket.partner_id, message.contact_id.partner_id)
        self.assertEqual(ticket.team_id, self.team)
        self.assertEqual(ticket.stage_id, self.new)
        self.assertEqual(ticket.channel_id.name, "WhatsApp")
        self.assertEqual(ticket.whatsapp_thread_id, message.thread_id)

    def test_a_greeting_waits_for_a_better_title(self):
        self.receive_text("Hola")
        ticket = self.tickets_of()
        self.assertEqual(ticket.name, "WhatsApp from Anna")
        self.receive_text("La factura 12 no quadra")
        self.assertEqual(ticket.name, "La factura 12 no quadra")
        self.receive_text("I la 13 tampoc")
        self.assertEqual(ticket.name, "La factura 12 no quadra")

    def test_a_title_that_an_agent_chose_stays(self):
        self.receive_text("Hola")
        ticket = self.tickets_of()
        ticket.with_user(self.agent).name = "Client nou"
        self.receive_text("La factura 12 no quadra")
        self.assertEqual(ticket.name, "Client nou")

    def test_a_message_without_text_makes_a_ticket_too(self):
        place = Location(latitude=41.4, longitude=2.2)
        self.receive(self.inbound("", kind="location", location=place))
        self.assertIn("Location", self.tickets_of().description)

    def test_category_tags_and_priority_are_the_channels(self):
        category = self.env["helpdesk.ticket.category"].create({"name": "Xat"})
        tag = self.env["helpdesk.ticket.tag"].create({"name": "whatsapp"})
        self.channel.write(
            {
                "ticket_category_id": category.id,
                "ticket_tag_ids": tag.ids,
                "ticket_priority": "2",
            }
        )
        self.open_thread()
        ticket = self.tickets_of()
        self.assertEqual(ticket.category_id, category)
        self.assertEqual(ticket.tag_ids, tag)
        self.assertEqual(ticket.priority, "2")

    def test_the_team_is_the_channels_choice(self):
        other = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        self.channel.ticket_team_id = other
        self.open_thread()
        self.assertEqual(self.tickets_of().team_id, other)

    def test_later_messages_join_the_ticket(self):
        self.open_thread()
        self.receive_text("I una cosa més")
        self.assertEqual(len(self.tickets_of()), 1)

    def test_open_tickets_of_the_contact_are_counted_not_hijacked(self):
        partner = self.create_partner("Anna", ANNA.number)
        old = self.env["helpdesk.ticket"].create(
            {"name": "Old", "description": "By phone", "partner_id": partner.id}
        )
        self.open_thread()
        ticket = self.tickets_of()
        self.assertNotEqual(ticket, old)
        self.assertEqual(ticket.whatsapp_other_ticket_count, 1)
        self.assertEqual(
            self.env["helpdesk.ticket"].search(
                ticket.action_whatsapp_other_tickets()["domain"]
            ),
            old,
        )

    def test_an_archived_ticket_comes_back_with_the_next_message(self):
        self.open_thread()
        ticket = self.tickets_of()
        ticket.active = False
        self.receive_text("Hola?")
        self.assertTrue(ticket.active)
        self.assertEqual(self.tickets_of(), ticket)

    # -- policies ---------------------------------------------------------------------

    def test_policy_never_opens_none(self):
        self.channel.ticket_policy = "never"
        self.open_thread()
        self.assertFalse(self.tickets_of())

    def test_an_agent_opens_one_by_hand(self):
        self.channel.ticket_policy = "never"
        self.open_thread()
        conversation = self.conversations_of().with_user(self.agent)
        action = conversation.action_open_ticket()
        ticket = self.tickets_of()
        self.assertEqual(action["res_id"], ticket.id)
        self.assertEqual(ticket.name, "No em funciona la factura")
        self.assertEqual(conversation.action_open_ticket()["res_id"], ticket.id)

    def test_policy_unanswered_opens_one_when_nobody_answers_in_time(self):
        self.channel.write({"ticket_policy": "unanswered", "ticket_delay": 10})
        self.receive_text("Hola")
        self.receive_text("La factura no quadra")
        with self.later(minutes=9):
            self.run_housekeeping()
        self.assertFalse(self.tickets_of())
        with self.later(minutes=11):
            self.run_housekeeping()
        self.assertEqual(self.tickets_of().name, "La factura no quadra")
        with self.later(minutes=22):
            self.run_housekeeping()
        self.assertEqual(len(self.tickets_of()), 1)

    def test_policy_unanswered_opens_none_when_somebody_answers(self):
        self.channel.write({"ticket_policy": "unanswered", "ticket_delay": 10})
        self.send(self.open_thread())
        with self.later(minutes=11):
            self.run_housekeeping()
        self.assertFalse(self.tickets_of())

    def test_policy_unanswered_holds_for_a_reopened_chat_too(self):
        self.channel.write({"ticket_policy": "unanswered", "ticket_delay": 10})
        self.send(self.open_thread())
        self.conversations_of().action_close()
        with self.later(hours=1):
            self.receive_text("Torna a fallar")
        with self.later(hours=2):
            self.run_housekeeping()
        self.assertEqual(len(self.tickets_of()), 1)

    def test_policy_unanswered_holds_for_a_later_question_too(self):
        self.channel.write({"ticket_policy": "unanswered", "ticket_delay": 10})
        self.send(self.open_thread())
        with self.later(hours=1):
            self.receive_text("Una altra pregunta")
        with self.later(hours=2):
            self.run_housekeeping()
        self.assertEqual(len(self.tickets_of()), 1)

    # -- assigning --------------------------------------------------------------------

    def test_nobody_is_assigned_by_default_and_the_team_is_alerted(self):
        thread = self.open_thread()
        self.assertFalse(self.tickets_of().user_id)
        self.assertEqual(thread.channel_partner_ids, self.agent.partner_id)

    def test_always_the_same_person(self):
        self.channel.write({"ticket_assign": "fixed", "ticket_user_id": self.agent.id})
        self.open_thread()
        self.assertEqual(self.tickets_of().user_id, self.agent)
        self.assertEqual(self.conversations_of().user_id, self.agent)

    def test_the_contacts_salesperson(self):
        self.create_partner("Anna", ANNA.number, user_id=self.agent.id)
        self.channel.ticket_assign = "salesperson"
        self.open_thread(ANNA)
        self.open_thread(BIEL)
        self.assertEqual(self.tickets_of(ANNA).user_id, self.agent)
        self.assertFalse(self.tickets_of(BIEL).user_id)

    def test_whoever_has_fewest_open_tickets(self):
        colleague = self.create_user(
            "colleague", "whatsapp_connector.group_whatsapp_agent"
        )
        self.team.user_ids += colleague
        self.env["helpdesk.ticket"].create(
            {
                "name": "Busy",
                "description": "x",
                "team_id": self.team.id,
                "user_id": self.agent.id,
            }
        )
        self.channel.ticket_assign = "balanced"
        self.open_thread(ANNA)
        self.open_thread(BIEL)
        self.assertEqual(self.tickets_of(ANNA).user_id, colleague)
        self.assertEqual(self.tickets_of(BIEL).user_id, self.agent)

    def test_a_burst_of_new_chats_is_spread(self):
        colleague = self.create_user(
            "colleague", "whatsapp_connector.group_whatsapp_agent"
        )
        self.team.user_ids += colleague
        self.channel.ticket_assign = "balanced"
        self.receive(self.inbound("a", ANNA), self.inbound("b", BIEL))
        assigned = self.tickets_of(ANNA).user_id | self.tickets_of(BIEL).user_id
        self.assertEqual(assigned, self.agent | colleague)

    def test_assigning_the_ticket_assigns_the_chat_and_the_other_way_round(self):
        colleague = self.create_user(
            "colleague", "whatsapp_connector.group_whatsapp_agent"
        )
        self.team.user_ids += colleague
        self.open_thread()
        ticket, conversation = self.tickets_of(), self.conversations_of()
        ticket.user_id = colleague
        self.assertEqual(conversation.user_id, colleague)
        conversation.with_user(self.agent).action_assign_to_me()
        self.assertEqual(ticket.user_id, self.agent)

    # -- stages -----------------------------------------------------------------------

    def test_the_first_answer_brings_it_into_progress(self):
        thread = self.open_thread()
        self.send(thread)
        self.assertEqual(self.tickets_of().stage_id, self.in_progress)

    def test_a_message_of_the_customer_ends_the_awaiting(self):
        thread = self.open_thread()
        self.send(thread)
        ticket = self.tickets_of()
        ticket.stage_id = self.awaiting
        self.receive_text("Ja està")
        self.assertEqual(ticket.stage_id, self.in_progress)

    def test_other_stages_are_left_alone(self):
        thread = self.open_thread()
        ticket = self.tickets_of()
        special = self.env["helpdesk.ticket.stage"].create(
            {"name": "At the lab", "sequence": 5}
        )
        ticket.stage_id = special
        self.send(thread)
        self.receive_text("I doncs?")
        self.assertEqual(ticket.stage_id, special)

    def test_a_team_with_stages_of_its_own_uses_them(self):
        stages = self.env["helpdesk.ticket.stage"]
        everyones = stages.search([("team_ids", "=", False)])
        other = self.env["helpdesk.ticket.team"].create({"name": "Other"})
        everyones.team_ids = other
        first, working, closed = (
            stages.create({"name": name, "team_ids": self.team.ids, **vals})
            for name, vals in (
                ("Inbox", {"sequence": 1, "unattended": True}),
                ("Working", {"sequence": 2}),
                ("Over", {"sequence": 3, "closed": True}),
            )
        )
        thread = self.open_thread()
        ticket = self.tickets_of()
        self.assertEqual(ticket.stage_id, first)
        self.send(thread)
        self.assertEqual(ticket.stage_id, working)
        self.conversations_of().action_close()
        self.assertEqual(ticket.stage_id, closed)

    def test_closing_it_closes_the_conversation(self):
        self.open_thread()
        self.tickets_of().with_user(self.agent).stage_id = self.done
        self.assertEqual(self.conversations_of().state, "closed")

    def test_closing_the_conversation_closes_it(self):
        self.open_thread()
        self.conversations_of().with_user(self.agent).action_close()
        self.assertEqual(self.tickets_of().stage_id, self.done)
        self.assertTrue(self.tickets_of().closed_date)

    def test_reopening_it_reopens_the_conversation(self):
        self.open_thread()
        ticket = self.tickets_of()
        ticket.stage_id = self.done
        ticket.stage_id = self.in_progress
        self.assertEqual(self.conversations_of().state, "open")

    def test_a_ticket_without_a_chat_moves_as_ever(self):
        ticket = self.env["helpdesk.ticket"].create(
            {"name": "By phone", "description": "x", "team_id": self.team.id}
        )
        ticket.stage_id = self.done
        self.assertTrue(ticket.closed)
        self.assertEqual(ticket.whatsapp_unread, 0)
        self.assertEqual(ticket.whatsapp_other_ticket_count, 0)

    # -- e-mail -----------------------------------------------------------------------

    def stage_mails(self, email):
        template = self.env["mail.template"].create(
            {
                "name": "Stage",
                "model_id": self.env["ir.model"]._get_id("helpdesk.ticket"),
                "subject": "Your ticket moved",
                "partner_to": "{{ object.partner_id.id }}",
                "auto_delete": False,
            }
        )
        self.in_progress.mail_template_id = template
        self.create_partner("Anna", ANNA.number, email=email)
        self.open_thread()
        ticket = self.tickets_of()
        before = self.env["mail.mail"].search([])
        ticket.stage_id = self.in_progress
        self.flush_tracking()
        mails = self.env["mail.mail"].search([]) - before
        return mails.filtered(lambda mail: mail.subject == "Your ticket moved")

    def flush_tracking(self):
        self.env.flush_all()
        self.cr.precommit.run()

    def test_a_stage_e_mail_is_skipped_without_an_address(self):
        self.assertFalse(self.stage_mails(False))

    def test_a_stage_e_mail_goes_where_there_is_an_address(self):
        self.assertTrue(self.stage_mails("anna@example.com"))

    def test_who_is_blocked_gets_no_stage_e_mail(self):
        self.create_partner("Anna", ANNA.number, email="anna@example.com")
        self.open_thread()
        self.flush_tracking()
        done = self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_done")
        self.assertTrue(done.mail_template_id)
        before = self.env["mail.mail"].search([])
        self.contact_of().with_user(self.agent).action_block()
        self.flush_tracking()
        self.assertTrue(self.tickets_of().closed)
        self.assertFalse(self.env["mail.mail"].search([]) - before)

    # -- at a glance ------------------------------------------------------------------

    def test_unread_counts_what_came_after_our_last_message(self):
        thread = self.open_thread()
        self.receive_text("Hi sou?")
        ticket = self.tickets_of()
        self.assertEqual(ticket.whatsapp_unread, 2)
        ours = self.send(thread)
        ticket.invalidate_recordset()
        self.assertEqual(ticket.whatsapp_unread, 0)
        thanks = self.receive_text("Gràcies")
        self.receive(
            self.inbound("", kind="reaction", target_id=ours.provider_id, emoji="👍"),
            self.inbound("Merci", kind="edit", target_id=thanks.provider_id),
            self.inbound("", kind="revoke", target_id=thanks.provider_id),
        )
        self.assertEqual(ticket.whatsapp_unread, 1)

    def test_waiting_time_runs_until_we_answer(self):
        since = utc_now() - timedelta(minutes=20)
        thread = self.open_thread(sent_at=since)
        ticket = self.tickets_of()
        self.assertEqual(ticket.whatsapp_waiting_since, since.replace(tzinfo=None))
        self.send(thread)
        self.assertFalse(ticket.whatsapp_waiting_since)


@tagged("post_install", "-at_install")
class TestCompany(WhatsappCase):
    """The worker, who has a company of its own, works in that of the number."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        account = cls.create_account(company_id=cls.other.id)
        cls.theirs = cls.create_channel(account, "+34931000900")
        cls.stage = cls.env["helpdesk.ticket.stage"].create(
            {"name": "Inbox", "company_id": cls.other.id, "sequence": -9}
        )
        cls.env["helpdesk.ticket.stage"].create(
            {"name": "Ours", "company_id": cls.company.id, "sequence": -10}
        )

    def ask(self, text="No em funciona la factura"):
        self.receive(
            self.inbound(text, number_id=self.theirs.number_id),
            account=self.theirs.account_id,
        )
        thread = self.thread_of(ANNA, self.theirs)
        return thread.whatsapp_conversation_ids.ticket_ids

    def test_a_ticket_takes_the_companys_stage(self):
        ticket = self.ask()
        self.assertEqual((ticket.company_id, ticket.stage_id), (self.other, self.stage))

    def test_a_ticket_that_falls_due_does_so_too(self):
        self.theirs.write({"ticket_policy": "unanswered", "ticket_delay": 1})
        self.assertFalse(self.ask())
        with self.later(minutes=5):
            self.run_housekeeping()
        ticket = self.env["helpdesk.ticket"].search(
            [("company_id", "=", self.other.id)]
        )
        self.assertEqual(ticket.stage_id, self.stage)

    def test_a_rule_runs_in_the_companys_name(self):
        model = self.env["ir.model"]._get("whatsapp.message")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Rule",
                "model_id": model.id,
                "state": "code",
                "code": "record.contact_id.write({'username': env.company.name})",
            }
        )
        self.env["base.automation"].create(
            {
                "name": "Rule",
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "action_server_ids": action.ids,
            }
        )
        self.ask()
        self.assertEqual(self.contact_of().username, "Other")


@tagged("post_install", "-at_install")
class TestOrigin(WhatsappCase):
    """What comes in answer to something sent from a record returns to that record."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_partner("Anna", ANNA.number)
        cls.sender = cls.create_user("sender", "whatsapp_connector.group_whatsapp_user")
        cls.contact = cls.create_contact(partner_id=cls.partner.id)

    def opened_from(self, record, **vals):
        """As a composer opens a conversation from ``record``."""
        threads = self.env["discuss.channel"]._whatsapp_threads(
            self.channel, self.contact
        )
        conversations = self.env["whatsapp.conversation"]
        return conversations.create(
            conversations._prepare_vals(
                threads[self.contact],
                origin_model=record._name,
                origin_id=record.id,
                origin_user_id=self.sender.id,
                **vals,
            )
        )

    def test_an_answer_returns_there_and_notifies_the_sender(self):
        conversation = self.opened_from(self.partner)
        before = self.partner.message_ids
        self.receive_text("Sí, <b>vull</b>")
        note = self.partner.message_ids - before
        self.assertIn("Sí, &lt;b&gt;vull", note.body)
        self.assertTrue(note.is_internal or note.subtype_id.internal)
        self.assertEqual(note.author_id, self.partner)
        self.assertIn(self.sender.partner_id, note.notified_partner_ids)
        self.assertEqual(conversation.state, "open")

    def test_it_opens_no_ticket(self):
        self.opened_from(self.partner)
        self.receive_text("Sí")
        self.assertFalse(self.tickets_of())

    def test_it_opens_one_if_the_channel_says_so(self):
        self.channel.ticket_on_reply = True
        self.opened_from(self.partner)
        self.receive_text("Sí, i tinc una queixa")
        self.assertTrue(self.tickets_of())

    def test_the_records_owner_is_notified_where_nobody_sent_it(self):
        self.partner.user_id = self.agent
        self.opened_from(self.partner).origin_user_id = False
        before = self.partner.message_ids
        self.receive_text("Sí")
        note = self.partner.message_ids - before
        self.assertIn(self.agent.partner_id, note.notified_partner_ids)

    def test_a_sender_entitled_to_the_number_joins_the_chat(self):
        self.channel.user_ids = self.sender
        self.opened_from(self.partner)
        self.receive_text("Sí")
        self.assertIn(self.sender.partner_id, self.thread_of().channel_partner_ids)

    def test_a_deleted_record_makes_it_a_chat_like_any_other(self):
        record = self.create_partner("Gone", False)
        self.opened_from(record)
        record.unlink()
        self.receive_text("Sí, però tinc un dubte")
        self.assertTrue(self.tickets_of())

    def test_a_record_without_a_chatter_takes_no_note_and_breaks_nothing(self):
        self.opened_from(self.env.ref("base.es"))
        message = self.receive_text("Sí")
        self.assertEqual(message.event_id.state, "done")

    def test_a_corrected_match_takes_answers_and_their_notes_along(self):
        self.opened_from(self.partner)
        message = self.receive_text("Sí, <b>vull")
        right = self.create_partner("Right Anna", False)
        self.contact.partner_id = right
        self.assertNotIn("Sí", "".join(self.partner.message_ids.mapped("body")))
        self.assertIn("Right Anna on WhatsApp: Sí, &lt;b&gt;vull", message.note_id.body)
        self.assertIn(message.note_id, right.message_ids)
        before = right.message_ids
        self.receive_text("I tant")
        self.assertIn("I tant", (right.message_ids - before).body)

    def test_an_undone_match_leaves_no_word_of_a_stranger_behind(self):
        self.opened_from(self.partner)
        self.receive_text("Sí")
        self.contact.with_user(self.agent).action_unlink_partner()
        self.receive_text("I tinc un problema")
        self.assertNotIn(
            "on WhatsApp", "".join(self.partner.message_ids.mapped("body"))
        )
        self.assertTrue(self.tickets_of())

    def test_a_corrected_match_leaves_other_records_alone(self):
        record = self.create_partner("Anna's mother", False)
        self.opened_from(record)
        self.receive_text("Sí")
        self.contact.partner_id = self.create_partner("Right Anna", False)
        self.assertIn("Sí", "".join(record.message_ids.mapped("body")))
        self.assertEqual(self.conversations_of()._get_origin(), record)

    def test_a_new_conversation_opens_a_ticket_again(self):
        self.opened_from(self.partner)
        self.receive_text("Sí")
        self.conversations_of().action_close()
        with self.later(hours=30):
            self.receive_text("Tinc un problema")
        self.assertEqual(len(self.tickets_of()), 1)
