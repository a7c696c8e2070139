from datetime import timedelta

from odoo.tests import tagged

from odoo.addons.whatsapp_connector.tests.conformance.records import WireCase
from odoo.addons.whatsapp_connector.wire.http import HttpResponse, NoAnswer

from .cases import WIRE
from .cases.common import API, OURS, THEIRS, answer, get, refusal

SID = "SM" + "e" * 32


@tagged("post_install", "-at_install")
class TestLookUp(WireCase):
    """Twilio keeps no reference of ours: who wrote what to whom must tell."""

    wire = WIRE

    def setUp(self):
        super().setUp()
        self.thread = self.open_thread()
        self.script_send(NoAnswer())
        self.message = self.send(self.thread, "Bon dia")
        self.assertEqual(self.message.state, "unknown")

    def look_up(self, given):
        self.script.expect(given)
        with self.later(minutes=5):
            self.run_housekeeping()
        self.assertFalse(self.script.answers)

    def list_one(self, **values):
        moment = self.message.claimed_at.strftime("%a, %d %b %Y %H:%M:%S +0000")
        record = {
            "sid": SID,
            "from": OURS,
            "to": THEIRS,
            "body": "Bon dia",
            "direction": "outbound-api",
            "status": "delivered",
            "date_created": moment,
            "date_updated": moment,
            **values,
        }
        return answer({"messages": [record]})

    def test_message_that_twilio_took_is_settled(self):
        self.look_up(self.list_one())
        self.assertRecord(self.message, state="delivered", provider_id=SID)

    def test_message_that_failed_is_settled_with_its_reason(self):
        self.look_up(self.list_one(status="failed", error_code=63024))
        self.assertRecord(self.message, state="failed", error_code="63024")

    def test_other_message_of_the_chat_is_not_taken_for_it(self):
        self.script_send()
        same_text = self.send(self.thread, "Bon dia")
        self.look_up(self.list_one(sid=same_text.provider_id))
        self.assertEqual(self.message.state, "unknown")

    def test_twilio_that_does_not_answer_changes_nothing(self):
        with self.assertLogs("odoo.addons.whatsapp_connector"):
            self.look_up(HttpResponse(status=500, body=b"<html>"))
        self.assertEqual(self.message.state, "unknown")


@tagged("post_install", "-at_install")
class TestTimes(WireCase):
    """Twilio's webhooks bear no time; its messages have one."""

    wire = WIRE

    def setUp(self):
        super().setUp()
        event = self.receive_fixture("text")
        self.message = event.message_ids
        self.thread = self.message.thread_id

    def look_up(self, given):
        self.script.expect(given)
        with self.later(minutes=10):
            self.run_housekeeping()
        path = f"/Messages/{self.message.provider_id}.json"
        self.assertEqual(self.script.asked, (get(f"{API}{path}"),))

    def test_late_webhook_opens_the_window_from_when_twilio_got_the_message(self):
        moment = (self.now() - timedelta(hours=3)).replace(microsecond=0)
        date = moment.strftime("%a, %d %b %Y %H:%M:%S +0000")
        self.look_up(answer({"date_created": date, "date_sent": date}))
        until = self.thread.whatsapp_window_until
        self.assertEqual(until, moment + timedelta(hours=24))

    def test_message_that_twilio_has_no_more_keeps_the_time_of_its_webhook(self):
        before = self.thread.whatsapp_window_until
        self.look_up(refusal(20404, 404))
        self.assertEqual(self.thread.whatsapp_window_until, before)
        self.assertFalse(self.message.time_pending)
