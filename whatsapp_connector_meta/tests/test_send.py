from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tools.transport_client import get_client

from .common import ANNA, PHONE, MetaCase

MESSAGES = f"/{PHONE}/messages"


@tagged("post_install", "-at_install")
class TestSend(MetaCase):
    def test_text_goes_out_with_our_reference(self):
        message = self.send(self.open_chat(), "Bon *dia*")
        [body] = self.meta.bodies(MESSAGES)
        self.assertEqual(body["to"], f"+{ANNA}")
        self.assertEqual(body["type"], "text")
        self.assertEqual(body["biz_opaque_callback_data"], message.reference)
        self.assertEqual(message.provider_id, "wamid.OUT1")
        self.assertIn("appsecret_proof", self.meta.query())

    def test_slow_down_is_obeyed(self):
        thread = self.open_chat()
        self.meta.refuse(131056)
        message = self.send(thread, "Bon dia")
        self.assertEqual(message.state, "queued")

    def test_refusal_that_concerns_the_account_stops_sending(self):
        thread = self.open_chat()
        self.meta.refuse(190, status=401)
        self.send(thread, "Bon dia")
        self.assertTrue(self.account.fault)

    def test_fault_of_meta_leaves_the_outcome_unknown(self):
        thread = self.open_chat()
        self.meta.answer(500, {"error": {"code": 131000}})
        message = self.send(thread, "Bon dia")
        self.assertEqual(message.state, "unknown")
        self.assertEqual(len(self.meta.bodies(MESSAGES)), 1)

    def test_customer_sees_that_it_was_read_and_not_that_we_type(self):
        transport = self.account._transport()
        transport._mark_read(self.channel, "wamid.IN1", get_client())
        [body] = self.meta.bodies(MESSAGES)
        self.assertEqual((body["status"], body["message_id"]), ("read", "wamid.IN1"))
        self.assertNotIn("typing_indicator", body)

    def test_person_is_blocked_at_meta_too(self):
        contact = self.open_chat().whatsapp_contact_id
        path = f"/{PHONE}/block_users"
        for blocked, method in ((True, "POST"), (False, "DELETE")):
            contact.blocked = blocked
            self.meta.answer(200, {"block_users": {}}, path=path)
            contact._sync_block()
            [body] = self.meta.bodies(path, method)
            self.assertEqual(body["block_users"], [{"user": ANNA}])
