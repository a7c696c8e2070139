from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common import ANNA, BIEL, WhatsappCase


class ServerActionCase(WhatsappCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.anna = cls.create_partner("Anna Puig", ANNA.number, lang="en_US")
        cls.biel = cls.create_partner("Biel Roca", BIEL.number, lang="en_US")
        cls.template = cls.create_approved(
            body="Hello {{1}}, we have news.", language="en", fields={"1": "name"}
        )

    @classmethod
    def create_action(cls, template=None, model="res.partner", **vals):
        return cls.env["ir.actions.server"].create(
            {
                "name": "Tell them",
                "model_id": cls.env["ir.model"]._get_id(model),
                "state": "whatsapp",
                "whatsapp_template_id": (template or cls.template).id,
                **vals,
            }
        )

    @classmethod
    def create_ticket_template(cls, body="Ticket {{1}} has news.", **vals):
        vals.setdefault("fields", {"1": "number"})
        return cls.create_approved(
            "Ticket news", body, language="en", model="helpdesk.ticket", **vals
        )

    @classmethod
    def create_ticket(cls, partner=None, **vals):
        return cls.env["helpdesk.ticket"].create(
            {
                "name": "Broken",
                "description": "It is",
                "partner_id": (cls.anna if partner is None else partner).id,
                "team_id": cls.team.id,
                **vals,
            }
        )

    def run_on(self, action, records, user=None):
        records = records.with_user(user) if user else records
        action.with_env(records.env).with_context(
            active_model=records._name,
            active_ids=records.ids,
            active_id=records.ids[0],
        ).run()

    def messages_of(self, records):
        return self.env["whatsapp.message"].search(
            [
                ("record_model", "=", records._name),
                ("record_id", "in", records.ids),
                ("direction", "=", "out"),
            ],
            order="id",
        )

    def last_note(self, record):
        return record.message_ids.sorted("id")[-1:].body


@tagged("post_install", "-at_install")
class TestServerAction(ServerActionCase):
    def test_each_record_gets_its_own_message(self):
        self.run_on(self.create_action(), self.anna | self.biel)
        self.run_outbox()
        self.assertCountEqual(
            [sent["values"]["body/1"] for sent in self.provider.sent],
            ["Anna Puig", "Biel Roca"],
        )

    def test_nothing_leaves_within_the_transaction_of_the_record(self):
        self.run_on(self.create_action(), self.anna)
        self.assertFalse(self.provider.sent)
        self.assertEqual(self.messages_of(self.anna).state, "queued")

    def test_who_presses_the_button_is_the_sender(self):
        self.agent.group_ids += self.env.ref("base.group_partner_manager")
        self.run_on(self.create_action(), self.anna, self.agent)
        message = self.messages_of(self.anna)
        self.assertEqual(message.user_id, self.agent)
        self.assertEqual(message.conversation_id.origin_user_id, self.agent)

    def test_what_odoo_sends_by_itself_is_nobodys(self):
        self.run_on(self.create_action(), self.anna)
        message = self.messages_of(self.anna)
        self.assertTrue(message.user_id._is_superuser())
        self.assertFalse(message.conversation_id.user_id)
        self.assertEqual(message.mail_message_id.author_id.id, self.ref_id("root"))

    def ref_id(self, name):
        return self.env.ref(f"base.partner_{name}").id

    def test_who_may_run_it_needs_no_right_of_whatsapp(self):
        clerk = self.create_user("clerk", "base.group_user,base.group_partner_manager")
        self.run_on(self.create_action(), self.anna, clerk)
        self.assertTrue(self.messages_of(self.anna))
        self.assertNotIn(clerk.partner_id, self.thread_of().channel_partner_ids)

    def test_who_can_not_be_reached_is_noted_and_stops_nobody(self):
        nobody = self.create_partner("Nobody", False)
        self.run_on(self.create_action(), nobody | self.anna)
        self.assertTrue(self.messages_of(self.anna))
        self.assertFalse(self.messages_of(nobody))
        self.assertIn("no valid phone number", self.last_note(nobody))

    def test_who_opted_out_gets_nothing_and_it_is_noted(self):
        self.receive_text("STOP")
        self.run_on(self.create_action(), self.anna)
        self.assertFalse(self.messages_of(self.anna))
        self.assertIn("no more WhatsApp messages", self.last_note(self.anna))

    def test_what_raises_concerns_its_own_record_only(self):
        def _send(sending, letters):
            if any(letter.record == self.anna for letter in letters):
                raise UserError(self.env._("No ink."))
            return original(sending, letters)

        original = self.registry["whatsapp.sending"]._send
        self.patch(self.registry["whatsapp.sending"], "_send", _send)
        self.run_on(self.create_action(), self.anna | self.biel)
        self.assertTrue(self.messages_of(self.biel))
        self.assertIn("No ink.", self.last_note(self.anna))

    def test_records_that_do_not_match_the_condition_get_nothing_without_a_word(self):
        action = self.create_action(whatsapp_domain="[('name', 'ilike', 'Biel')]")
        notes = self.anna.message_ids
        self.run_on(action, self.anna | self.biel)
        self.assertTrue(self.messages_of(self.biel))
        self.assertFalse(self.messages_of(self.anna))
        self.assertEqual(self.anna.message_ids, notes)

    def test_recipient_is_where_the_path_leads(self):
        child = self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.anna.id, "phone": BIEL.number}
        )
        self.run_on(self.create_action(whatsapp_partner_path="parent_id"), child)
        self.assertEqual(self.messages_of(child).contact_id.number, ANNA.number)

    def test_recipient_of_a_ticket_is_its_customer(self):
        template = self.create_ticket_template()
        ticket = self.create_ticket()
        self.run_on(self.create_action(template, "helpdesk.ticket"), ticket)
        message = self.messages_of(ticket)
        self.assertEqual(message.contact_id.number, ANNA.number)
        self.assertIn(ticket.number, message.body)

    def test_ticket_of_a_chat_whose_person_nobody_knows_is_answered_there(self):
        self.create_partner("Twin", BIEL.number)
        self.open_thread(BIEL)
        ticket = self.tickets_of(BIEL)
        ticket.partner_id = False
        template = self.create_ticket_template()
        self.run_on(self.create_action(template, "helpdesk.ticket"), ticket)
        self.assertEqual(self.messages_of(ticket).contact_id, self.contact_of(BIEL))
        self.assertFalse(self.contact_of(BIEL).partner_id)

    def test_person_with_a_chat_gets_it_from_that_number(self):
        other = self.create_channel(self.account, "+34931000200", name="Other")
        self.receive_text("Hola", number_id=other.number_id)
        self.run_on(self.create_action(), self.anna | self.biel)
        self.assertEqual(self.messages_of(self.anna).channel_id, other)
        self.assertEqual(self.messages_of(self.biel).channel_id, self.channel)

    def test_number_that_is_always_the_same(self):
        other = self.create_channel(self.account, "+34931000200", name="Other")
        self.receive_text("Hola")
        self.run_on(
            self.create_action(
                whatsapp_channel_rule="fixed", whatsapp_channel_id=other.id
            ),
            self.anna,
        )
        self.assertEqual(self.messages_of(self.anna).channel_id, other)

    def test_everybody_gets_their_own_language_and_its_answers(self):
        self.env["res.lang"]._activate_lang("es_ES")
        template = self.create_template(
            "Pick-up", "Pick it up {{1}} please.", language="en"
        )
        self.create_variant(template, "Recógelo {{1}} por favor.", "es")
        self.approve(template)
        action = self.create_action(template)
        action.whatsapp_value_ids.text = "tomorrow"
        action.whatsapp_value_ids.with_context(lang="es_ES").text = "mañana"
        self.biel.lang = "es_ES"
        self.run_on(action, self.anna | self.biel)
        self.assertEqual(
            self.messages_of(self.anna | self.biel).mapped("body"),
            ["Pick it up tomorrow please.", "Recógelo mañana por favor."],
        )

    def test_delayed_message_waits_and_can_be_cancelled(self):
        action = self.create_action(whatsapp_delay=2, whatsapp_delay_unit="hours")
        self.run_on(action, self.anna | self.biel)
        going, cancelled = self.messages_of(self.anna | self.biel)
        self.assertEqual(going.state, "scheduled")
        cancelled.action_cancel()
        with self.later(hours=2, minutes=1):
            self.run_housekeeping()
            self.run_outbox()
        self.assertEqual((going.state, cancelled.state), ("sent", "cancelled"))

    def test_record_of_another_company_gets_nothing(self):
        self.anna.company_id = self.env["res.company"].create({"name": "Other"})
        self.run_on(self.create_action(), self.anna)
        self.assertFalse(self.messages_of(self.anna))
        self.assertIn("another company", self.last_note(self.anna))

    def test_sender_named_by_a_rule_is_the_owner_of_the_record(self):
        template = self.create_ticket_template("Yours, {{1}} of support.", fields={})
        template.variant_ids.variable_ids.sudo().source = "user_name"
        ticket = self.create_ticket(user_id=self.agent.id)
        self.run_on(self.create_action(template, "helpdesk.ticket"), ticket)
        self.assertIn(f"Yours, {self.agent.name}", self.messages_of(ticket).body)

    def test_it_stands_in_the_action_menu(self):
        action = self.create_action()
        action.create_action()
        bindings = self.env["ir.actions.actions"].get_bindings("res.partner")
        self.assertIn(action.id, [found["id"] for found in bindings["action"]])

    def test_it_costs_as_many_queries_for_40_records_as_for_5(self):
        action = self.create_action()
        partners = self.env["res.partner"].create(
            [
                {"name": f"P{n}", "phone": f"+346000000{n:02}", "lang": "en_US"}
                for n in range(50)
            ]
        )

        def count(records):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.run_on(action, records)
            self.env.flush_all()
            self.assertEqual(len(self.messages_of(records)), len(records))
            return self.cr.sql_log_count - before

        count(partners[:5])
        few, many = count(partners[5:10]), count(partners[10:])
        self.assertLess(many, few + 15)


@tagged("post_install", "-at_install")
class TestServerActionForm(ServerActionCase):
    def test_name_is_that_of_its_template(self):
        with Form(self.env["ir.actions.server"]) as form:
            form.model_id = self.env["ir.model"]._get("res.partner")
            form.state = "whatsapp"
            form.whatsapp_template_id = self.template
        self.assertEqual(form.record.name, "Send WhatsApp: Ticket update")

    def test_template_of_another_model_is_a_warning(self):
        template = self.create_ticket_template()
        action = self.create_action()
        self.assertFalse(action.warning)
        action.whatsapp_template_id = template
        self.assertIn("is for", action.warning)

    def test_recipient_that_is_no_contact_is_a_warning(self):
        for path in ("name", "country_id", "nonsense"):
            with self.subTest(path):
                action = self.create_action(whatsapp_partner_path=path)
                self.assertIn("no contact of", action.warning)

    def test_condition_that_can_not_be_read_is_a_warning(self):
        for domain in ("[('nonsense', '=', 1)]", "[(", "1 / 0"):
            with self.subTest(domain):
                action = self.create_action(whatsapp_domain=domain)
                self.assertIn("Only if", action.warning)

    def test_number_of_another_account_is_a_warning(self):
        other = self.create_channel(self.create_account(), "+34931000200")
        action = self.create_action(whatsapp_channel_id=other.id)
        self.assertIn("another account", action.warning)

    def test_paused_template_is_said_but_stops_nobodys_work(self):
        action = self.create_action()
        self.assertFalse(action.whatsapp_notice)
        self.template.variant_ids.sudo().state = "paused"
        self.assertIn("not approved and enabled", action.whatsapp_notice)
        self.assertFalse(action.warning)
        self.run_on(action, self.anna)
        self.assertFalse(self.messages_of(self.anna))
        self.assertIn("not approved", self.last_note(self.anna))

    def test_account_without_a_number_is_said(self):
        action = self.create_action()
        self.channel.active = False
        self.env.invalidate_all()
        self.assertIn("no number", action.whatsapp_notice)
        self.run_on(action, self.anna)
        self.assertIn("no number", self.last_note(self.anna))

    def test_questions_of_the_template_have_a_line_each(self):
        template = self.create_approved(
            "Visit", "We come on {{1}} with {{2}} then.", language="en"
        )
        action = self.create_action(template)
        self.assertEqual(action.whatsapp_value_ids.mapped("key"), ["body/1", "body/2"])
        self.assertIn("Please answer below", action.whatsapp_notice)
        self.run_on(action, self.anna)
        self.assertIn("There is no value for", self.last_note(self.anna))
        action.whatsapp_value_ids.text = "Monday"
        self.assertFalse(action.whatsapp_notice)
        action.whatsapp_template_id = self.template
        self.assertFalse(action.whatsapp_value_ids)

    def test_change_of_model_takes_the_template_away(self):
        action = self.create_action()
        action.model_id = self.env["ir.model"]._get("helpdesk.ticket")
        self.assertFalse(action.whatsapp_template_id)

    def test_template_in_use_is_not_deleted(self):
        template = self.create_template("Draft", "Hello.", language="en")
        self.create_action(template)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            template.unlink()

    def test_it_can_be_one_of_several_actions(self):
        child = self.create_action()
        parent = self.env["ir.actions.server"].create(
            {
                "name": "Both",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "state": "multi",
                "child_ids": [Command.link(child.id)],
            }
        )
        self.run_on(parent, self.anna)
        self.assertTrue(self.messages_of(self.anna))
