from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.common import broken_connection

from .common import ANNA, MESSAGES, OURS, TwilioCase

SID = "SM" + "e" * 32


@tagged("post_install", "-at_install")
class TestLookUp(TwilioCase):
    def setUp(self):
        super().setUp()
        self.thread = self.open_chat()
        self.twilio.answer(broken_connection())
        self.message = self.send(self.thread, "Bon dia")
        self.assertEqual(self.message.state, "unknown")

    def look_up(self, *records):
        self.twilio.answer(200, {"messages": list(records)}, path=MESSAGES)
        with self.later(minutes=5):
            self.run_housekeeping()

    def record(self, **values):
        moment = self.message.claimed_at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        return {
            "sid": SID,
            "from": OURS,
            "to": ANNA,
            "body": "Bon dia",
            "direction": "outbound-api",
            "status": "delivered",
            "date_created": moment,
            "date_updated": moment,
            **values,
        }

    def test_message_that_twilio_took_is_settled(self):
        self.look_up(self.record())
        self.assertEqual(
            (self.message.state, self.message.provider_id), ("delivered", SID)
        )

    def test_message_that_failed_is_settled_with_its_reason(self):
        self.look_up(self.record(status="failed", error_code=63024))
        self.assertEqual(
            (self.message.state, self.message.error_code), ("failed", "63024")
        )

    def test_message_that_twilio_does_not_know_stays_unknown(self):
        self.look_up()
        self.look_up(self.record(body="Another one"))
        self.assertEqual(self.message.state, "unknown")

    def test_other_message_of_the_chat_is_not_taken_for_it(self):
        same_text = self.send(self.thread, "Bon dia")
        self.look_up(self.record(sid=same_text.provider_id))
        self.assertEqual(self.message.state, "unknown")

    def test_twilio_that_does_not_answer_changes_nothing(self):
        self.twilio.answer(500, b"<html>", path=MESSAGES)
        with self.later(minutes=5), self.assertLogs("odoo.addons.whatsapp_connector"):
            self.run_housekeeping()
        self.assertEqual(self.message.state, "unknown")
