from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.whatsapp_outbox import LANES
from .common import ANNA, BIEL, WhatsappCase
from .test_server_action import ServerActionCase


@tagged("post_install", "-at_install")
class TestAutomation(WhatsappCase):
    """Rules on the creation of WhatsApp messages, which are created in batches."""

    def create_rule(self, code, domain="[('direction', '=', 'in')]", **vals):
        model = self.env["ir.model"]._get("whatsapp.message")
        action = self.env["ir.actions.server"].create(
            {
                "name": "Rule",
                "model_id": model.id,
                "state": "code",
                "code": code,
            }
        )
        return self.env["base.automation"].create(
            {
                "name": "Rule",
                "model_id": model.id,
                "trigger": "on_create_or_write",
                "filter_domain": domain,
                "action_server_ids": action.ids,
                **vals,
            }
        )

    def test_a_rule_runs_for_each_message_of_a_batch(self):
        self.create_rule("record.contact_id.write({'username': record.body})")
        self.receive(self.inbound("una", ANNA), self.inbound("dues", BIEL))
        self.assertEqual(self.contact_of(ANNA).username, "una")
        self.assertEqual(self.contact_of(BIEL).username, "dues")

    def test_a_rule_replies_in_whatsapp_at_the_first_message(self):
        self.create_rule("record.thread_id._whatsapp_send('Som fora')")
        self.receive_text("Hola, una pregunta")
        self.run_outbox()
        self.assertEqual([sent["text"] for sent in self.provider.sent], ["Som fora"])

    def test_a_reply_of_a_rule_is_no_answer_of_a_person(self):
        self.create_rule("record.thread_id._whatsapp_send('Som fora')")
        self.receive_text("Hola, una pregunta")
        conversation = self.conversations_of()
        self.assertFalse(conversation.user_id)
        self.assertFalse(conversation.first_answer_at)
        self.assertTrue(conversation.waiting_since)
        self.assertTrue(conversation.ticket_id.unattended)

    @mute_logger(
        "odoo.addons.whatsapp_connector.models.whatsapp_inbox",
        "odoo.addons.base.models.ir_actions",
        "odoo.addons.base_automation.models.base_automation",
        "odoo.tools.safe_eval",
    )
    def test_a_rule_that_breaks_keeps_its_message_and_stops_no_other(self):
        self.create_rule("1 / (0 if record.body == 'trenca' else 1)")
        bad = self.store(self.inbound("trenca", ANNA))
        good = self.store(self.inbound("bé", BIEL))
        self.run_inbox()
        self.assertEqual((bad.state, good.state), ("retry", "done"))
        self.assertTrue(bad.error)


@tagged("post_install", "-at_install")
class TestAutomationSends(ServerActionCase):
    """Rules that send templates, with real records and no person about."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ticket_template = cls.create_ticket_template()

    def create_rule(self, action, trigger="on_create", **vals):
        rule = self.env["base.automation"].create(
            {
                "name": "Tell them",
                "model_id": action.model_id.id,
                "trigger": trigger,
                "action_server_ids": action.ids,
                **vals,
            }
        )
        self.addCleanup(rule._unregister_hook)
        return rule

    def create_ticket_action(self, **vals):
        return self.create_action(self.ticket_template, "helpdesk.ticket", **vals)

    def test_new_ticket_sends_it(self):
        self.create_rule(self.create_ticket_action())
        ticket = self.create_ticket()
        self.run_outbox()
        [sent] = self.provider.sent
        self.assertEqual(sent["values"], {"body/1": ticket.number})
        self.assertEqual(self.messages_of(ticket).state, "sent")

    def test_change_of_stage_sends_it_once(self):
        stages = self.env["helpdesk.ticket.stage"].search([], limit=2)
        self.create_rule(
            self.create_ticket_action(),
            "on_stage_set",
            trg_field_ref=stages[1].id,
            filter_pre_domain=f"[('stage_id', '!=', {stages[1].id})]",
            filter_domain=f"[('stage_id', '=', {stages[1].id})]",
            trigger_field_ids=self.env["ir.model.fields"]
            ._get("helpdesk.ticket", "stage_id")
            .ids,
        )
        ticket = self.create_ticket(stage_id=stages[0].id)
        self.assertFalse(self.messages_of(ticket))
        ticket.stage_id = stages[1]
        ticket.priority = "2"
        self.assertEqual(len(self.messages_of(ticket)), 1)

    def test_date_that_came_sends_it_once(self):
        field = self.env["ir.model.fields"]._get("helpdesk.ticket", "create_date")
        self.create_rule(
            self.create_ticket_action(),
            "on_time_created",
            trg_date_id=field.id,
            trg_date_range=2,
            trg_date_range_type="hour",
            last_run=self.now(),
        )
        ticket = self.create_ticket()
        for hours, sent in ((1, 0), (3, 1), (4, 1)):
            with self.later(hours=hours), self.subTest(hours=hours):
                self.run_rules_by_date()
                self.assertEqual(len(self.messages_of(ticket)), sent)

    def run_rules_by_date(self):
        """What the scheduled action does, at the clock's time."""
        self.patch(self.cr, "_now", self.now())
        self.env["base.automation"]._cron_process_time_based_actions()

    def test_rule_on_contacts_sends_by_date_too(self):
        field = self.env["ir.model.fields"]._get("res.partner", "create_date")
        self.create_rule(
            self.create_action(),
            "on_time",
            trg_date_id=field.id,
            trg_date_range=1,
            trg_date_range_type="day",
            filter_domain=f"[('id', 'in', {(self.anna | self.biel).ids})]",
            last_run=self.now() - timedelta(hours=1),
        )
        with self.later(days=1, minutes=5):
            self.run_rules_by_date()
        self.assertEqual(len(self.messages_of(self.anna | self.biel)), 2)

    def test_customer_on_the_website_sets_it_off_and_takes_no_part(self):
        portal = self.create_user("portal", "base.group_portal")
        portal.partner_id.phone = BIEL.number
        self.create_rule(self.create_ticket_action())
        ticket = (
            self.env["helpdesk.ticket"]
            .with_user(portal)
            .sudo()
            .create(
                {
                    "name": "Broken",
                    "description": "It is",
                    "partner_id": portal.partner_id.id,
                    "team_id": self.team.id,
                }
            )
        )
        message = self.messages_of(ticket)
        self.assertTrue(message.user_id._is_superuser())
        self.assertNotIn(
            portal.partner_id, message.thread_id.sudo().channel_partner_ids
        )

    def test_who_can_not_be_reached_keeps_no_ticket_from_being_made(self):
        self.create_rule(self.create_ticket_action())
        for partner in (self.create_partner("Nobody", False), self.env["res.partner"]):
            with self.subTest(partner.name):
                ticket = self.create_ticket(partner)
                self.assertTrue(ticket.exists())
                self.assertIn("was not sent", self.last_note(ticket))

    def test_template_that_was_paused_keeps_no_ticket_from_being_made(self):
        self.create_rule(self.create_ticket_action())
        self.ticket_template.variant_ids.sudo().state = "paused"
        self.assertIn("not approved", self.last_note(self.create_ticket()))

    def test_answer_to_what_a_rule_sent_tells_the_owner_of_the_record(self):
        self.create_rule(self.create_ticket_action())
        ticket = self.create_ticket(user_id=self.agent.id)
        self.run_outbox()
        self.receive_text("Gràcies", quoted_id=self.messages_of(ticket).provider_id)
        note = ticket.message_ids.filtered(lambda m: "Gràcies" in (m.body or ""))
        self.assertIn(self.agent.partner_id, note.notified_partner_ids)

    def test_rule_on_messages_is_not_set_off_by_its_own(self):
        template = self.create_approved("Hello", "Hello there.", model_id=False)
        template.sudo().model_id = False
        action = self.create_action(
            template, "whatsapp.message", whatsapp_partner_path="contact_id.partner_id"
        )
        self.create_rule(action)
        self.receive_text("Hola")
        sent = self.env["whatsapp.message"].search([("kind", "=", "template")])
        self.assertEqual(len(sent), 1)

    def test_line_in_the_chatter_sets_off_no_rule_on_messages(self):
        self.create_rule(self.create_action(), "on_message_sent")
        self.anna.message_post(
            body="Hi", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self.assertEqual(len(self.messages_of(self.anna)), 1)
        self.run_outbox()
        self.run_on(self.create_action(), self.biel)
        self.assertEqual(len(self.messages_of(self.biel)), 1)

    def test_workers_are_woken_once_for_a_batch_of_tickets(self):
        self.create_rule(self.create_ticket_action())
        triggers = self.env["ir.cron.trigger"].search([])
        self.create_tickets(10)
        new = self.env["ir.cron.trigger"].search([("id", "not in", triggers.ids)])
        outbox = [self.env["whatsapp.outbox"]._lane(lane) for lane in range(LANES)]
        for lane in outbox:
            self.assertLessEqual(len(new.filtered(lambda t, c=lane: t.cron_id == c)), 1)

    def create_tickets(self, count):
        """Tickets of as many customers, made in one go."""
        serial = self.env["helpdesk.ticket"].search_count([])
        customers = self.env["res.partner"].create(
            [
                {"name": f"C{n}", "phone": f"+34600{serial:03}{n:03}", "lang": "en_US"}
                for n in range(count)
            ]
        )
        return self.env["helpdesk.ticket"].create(
            [
                {
                    "name": customer.name,
                    "description": "-",
                    "partner_id": customer.id,
                    "team_id": self.team.id,
                }
                for customer in customers
            ]
        )

    def test_a_ticket_of_a_large_batch_costs_no_more_than_one_of_a_small_one(self):
        self.create_rule(self.create_ticket_action())

        def count(tickets):
            self.env.flush_all()
            before = self.cr.sql_log_count
            self.create_tickets(tickets)
            self.env.flush_all()
            return self.cr.sql_log_count - before

        count(2)
        few, many = count(5), count(40)
        self.assertLess(many / 40, few / 5 + 1)
