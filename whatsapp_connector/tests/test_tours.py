from datetime import timedelta

from odoo.tests import tagged

from .common import ANNA, BIEL, WhatsappHttpCase, utc_now


@tagged("post_install", "-at_install")
class TestTours(WhatsappHttpCase):
    """The screens as an agent uses them, in a browser. Nothing is ever sent."""

    def setUp(self):
        super().setUp()
        self.channel.ticket_team_id = self.team
        self.receive_text("No em funciona la factura")

    def start_agent_tour(self, url, tour):
        self.start_tour(url, tour, login=self.agent.login)

    def get_bodies(self):
        return self.env["whatsapp.message"].search([]).mapped("body")

    def test_answer_in_discuss_is_queued_cancelled_and_queued_again(self):
        self.start_agent_tour("/odoo/discuss", "whatsapp_discuss")
        sent = self.env["whatsapp.message"].search([("direction", "=", "out")])
        self.assertEqual(sent.sorted("id").mapped("state"), ["cancelled", "queued"])
        self.assertEqual(set(sent.mapped("body")), {"Ho mirem ara mateix"})
        self.assertEqual(self.conversations_of().user_id, self.agent)

    def test_closed_window_leaves_nothing_to_write_into(self):
        self.receive_text(person=BIEL, sent_at=utc_now() - timedelta(hours=25))
        self.start_agent_tour("/odoo/discuss", "whatsapp_discuss_closed_window")

    def test_refused_text_comes_back_with_the_reason(self):
        self.account.provider = "none"
        self.start_agent_tour("/odoo/discuss", "whatsapp_discuss_refused")
        self.assertNotIn("Too late", self.get_bodies())

    def test_answer_from_the_ticket_goes_to_the_chat(self):
        ticket = self.tickets_of()
        ticket.message_post(body="only for us")
        self.start_agent_tour(f"/odoo/helpdesk.ticket/{ticket.id}", "whatsapp_ticket")
        self.assertIn("Ho mirem ara mateix", self.get_bodies())
        self.assertNotIn("only for us", self.get_bodies())

    def test_phone_number_of_a_contact_opens_the_chat(self):
        partner = self.contact_of(ANNA).partner_id
        self.start_agent_tour(f"/odoo/res.partner/{partner.id}", "whatsapp_partner")
