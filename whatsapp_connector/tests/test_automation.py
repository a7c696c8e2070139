from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import ANNA, BIEL, WhatsappCase


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
