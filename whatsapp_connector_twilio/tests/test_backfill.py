from datetime import timedelta

from odoo.tests import tagged

from .common import ACCOUNT_SID, ANNA, MESSAGES, OURS, TwilioCase


@tagged("post_install", "-at_install")
class TestBackfill(TwilioCase):
    def record(self, number, body, **values):
        return {
            "sid": f"SM{number:032x}",
            "from": ANNA,
            "to": OURS,
            "body": body,
            "direction": "inbound",
            "status": "received",
            "num_media": "0",
            "date_sent": self.now().strftime("%a, %d %b %Y %H:%M:%S +0000"),
            **values,
        }

    def backfill(self, *records):
        self.twilio.answer(200, {"messages": list(records)}, path=MESSAGES)
        self.channel.backfill_since = self.now() - timedelta(hours=1)
        self.run_housekeeping()

    def bodies(self):
        messages = self.env["whatsapp.message"].search(
            [("channel_id", "=", self.channel.id)], order="id"
        )
        return messages.mapped("body")

    def test_missed_messages_come_in_with_their_own_time(self):
        sent = (self.now() - timedelta(minutes=40)).replace(microsecond=0)
        date = sent.strftime("%a, %d %b %Y %H:%M:%S +0000")
        self.backfill(self.record(2, "Segon"), self.record(1, "Primer", date_sent=date))
        self.assertEqual(self.bodies(), ["Primer", "Segon"])
        self.assertEqual(min(self.thread_of().message_ids.mapped("date")), sent)

    def test_messages_that_came_in_after_all_are_not_doubled(self):
        form = self.inbound_form("Hola")
        self.receive_form(form)
        self.backfill(self.record(1, "Hola", sid=form["MessageSid"]))
        self.assertEqual(self.bodies(), ["Hola"])

    def test_only_this_number_is_asked_for(self):
        self.backfill()
        [request] = [r for r in self.twilio.requests if MESSAGES in r.url]
        self.assertIn("To=whatsapp%3A%2B34931000100", request.url)
        self.assertIn("DateSent%3E=", request.url)

    def test_missed_file_is_fetched_as_others_are(self):
        sid, file = f"MM{3:032x}", f"ME{4:032x}"
        record = self.record(3, "", sid=sid, num_media="1")
        path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages/{sid}/Media"
        self.twilio.answer(200, {"messages": [record]}, path=MESSAGES)
        self.twilio.answer(
            200,
            {"media_list": [{"sid": file, "content_type": "application/pdf"}]},
            path=f"{path}.json",
        )
        self.twilio.answer(200, b"%PDF-1.4 x", path=f"{path}/{file}")
        self.channel.backfill_since = self.now() - timedelta(hours=1)
        self.run_housekeeping()
        self.run_media()
        message = self.env["whatsapp.message"].search([("provider_id", "=", sid)])
        self.assertEqual(message.attachment_id.raw, b"%PDF-1.4 x")
