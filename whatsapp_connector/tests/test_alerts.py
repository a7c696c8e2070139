import json

from odoo.tests import tagged

from ..wire.items import Echo
from .common import WhatsappCase
from .test_access import AGENT


@tagged("post_install", "-at_install")
class TestAlerts(WhatsappCase):
    """Who hears of a message, in open clients and on absent people's devices."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = cls.create_user("colleague", AGENT)
        cls.team.user_ids += cls.colleague
        parameters = cls.env["ir.config_parameter"].sudo()
        for key in ("private", "public"):
            parameters.set_param(f"mail.web_push_vapid_{key}_key", "key")
        cls.env["mail.push.device"].sudo().create(
            [
                {
                    "partner_id": user.partner_id.id,
                    "endpoint": f"https://push.example.com/{user.login}",
                    "keys": json.dumps({"p256dh": "p", "auth": "a"}),
                }
                for user in cls.agent | cls.colleague
            ]
        )

    def setUp(self):
        super().setUp()
        self.open_thread()
        self.pushes().unlink()

    def pushes(self):
        return self.env["mail.push"].sudo().search([])

    def pushed_users(self):
        return self.pushes().mail_push_device_id.partner_id.user_ids

    def test_an_unassigned_chat_rings_everybody_of_the_number(self):
        self.receive_text("Hi sou?")
        self.assertEqual(self.pushed_users(), self.agent | self.colleague)

    def test_the_push_says_who_and_what(self):
        self.receive_text("Hi sou?")
        payload = json.loads(self.pushes()[0].payload)
        self.assertEqual(payload["title"], "Anna on WhatsApp")
        self.assertIn("Hi sou?", payload["options"]["body"])

    def test_an_assigned_chat_rings_its_assignee_alone(self):
        self.conversations_of().user_id = self.agent
        self.receive_text("Hi sou?")
        self.assertEqual(self.pushed_users(), self.agent)

    def test_a_muted_chat_rings_nobody_who_muted_it(self):
        thread = self.thread_of()
        member = thread.channel_member_ids.filtered(
            lambda m: m.partner_id == self.colleague.partner_id
        )
        member.mute_until_dt = self.now().replace(year=2099)
        self.receive_text("Hi sou?")
        self.assertEqual(self.pushed_users(), self.agent)

    def test_a_blocked_contact_rings_nobody(self):
        self.contact_of().action_block()
        self.receive_text("Hi sou?")
        self.assertFalse(self.pushes())

    def test_several_messages_at_once_ring_once(self):
        self.receive(self.inbound("Hi sou?"), self.inbound("Hola?"))
        self.assertEqual(len(self.pushes()), 2, "one for each of two people")

    def test_who_answers_rings_no_device_of_their_own(self):
        self.post(self.thread_of(), "Ja hi sóc", self.agent)
        self.assertNotIn(self.agent, self.pushed_users())

    def test_what_our_people_write_on_the_phone_rings_nobody(self):
        self.receive(Echo(message=self.inbound("Ja hi sóc")))
        self.assertFalse(self.pushes())

    def test_a_confirmation_of_odoos_own_rings_nobody(self):
        self.receive_text("STOP")
        self.assertEqual(len(self.pushes()), 2, "the STOP itself, for two people")

    def bus_types(self, record):
        """Types of the notifications on their way to ``record``'s subscribers."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].sudo().search([])
        channel = json.dumps([self.env.cr.dbname, record._name, record.id])
        return [
            json.loads(row.message)["type"]
            for row in rows
            if json.loads(row.channel)[:3] == json.loads(channel)
        ]

    def test_open_clients_get_the_message_at_once(self):
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()
        self.receive_text("Hi sou?")
        self.assertIn("discuss.channel/new_message", self.bus_types(self.thread_of()))

    def test_open_clients_get_a_keyword_before_its_confirmation(self):
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()
        self.receive_text("STOP")
        self.env.cr.precommit.run()
        told = [
            json.loads(row.message)["payload"]["data"]["mail.message"][0]["id"]
            for row in self.env["bus.bus"].sudo().search([], order="id")
            if json.loads(row.message)["type"] == "discuss.channel/new_message"
        ]
        self.assertEqual(len(told), 2)
        self.assertEqual(told, sorted(told))

    def test_open_clients_see_the_ticks_change(self):
        message = self.send(self.thread_of())
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()
        self.receive(self.status(message, "read"))
        self.env.cr.precommit.run()
        sent = "".join(self.env["bus.bus"].sudo().search([]).mapped("message"))
        self.assertIn('"read"', sent)
