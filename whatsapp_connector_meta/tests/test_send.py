from odoo.tests import tagged

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

    def test_reaction_goes_out_and_meta_may_reject_it_later(self):
        question = self.open_chat().message_ids.sudo().whatsapp_message_ids
        guest = self.env["mail.guest"]
        message = question.mail_message_id.with_user(self.agent).sudo()
        message._message_reaction("👍", "add", self.agent.partner_id, guest)
        self.run_outbox()
        [body] = self.meta.bodies(MESSAGES)
        expected = {"message_id": question.provider_id, "emoji": "👍"}
        self.assertEqual(body["reaction"], expected)
        self.assertEqual(message.reaction_ids.content, "👍")
        errors = [{"code": 131009, "title": "Parameter value is not valid"}]
        status = {"id": "wamid.OUT1", "status": "failed", "errors": errors}
        self.receive(self.value(statuses=[{**status, "timestamp": "1750000000"}]))
        self.assertFalse(message.reaction_ids)

    def test_customer_sees_that_we_read_and_that_we_type(self):
        thread = self.open_chat()
        question = thread.message_ids.sudo().whatsapp_message_ids
        member = thread.channel_member_ids.with_user(self.agent)
        member._mark_as_read(question.mail_message_id.id)
        self.run_presence()
        member._notify_typing(True)
        self.run_presence()
        read, typed = self.meta.bodies(MESSAGES)
        for body in (read, typed):
            told = (body["status"], body["message_id"])
            self.assertEqual(told, ("read", question.provider_id))
        self.assertNotIn("typing_indicator", read)
        self.assertEqual(typed["typing_indicator"], {"type": "text"})

    def test_person_is_blocked_at_meta_too(self):
        contact = self.open_chat().whatsapp_contact_id
        path = f"/{PHONE}/block_users"
        for blocked, method in ((True, "POST"), (False, "DELETE")):
            contact.blocked = blocked
            self.meta.answer(200, {"block_users": {}}, path=path)
            contact._sync_block()
            [body] = self.meta.bodies(path, method)
            self.assertEqual(body["block_users"], [{"user": ANNA}])
