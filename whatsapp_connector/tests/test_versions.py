import json
from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

from .common import WhatsappCase


@tagged("post_install", "-at_install")
class TestVersions(WhatsappCase):
    """By what a web client tells an old state of a record from a newer one."""

    def setUp(self):
        super().setUp()
        self.theirs = self.receive_text("Ja està pagat")
        self.thread = self.thread_of()

    def answered(self, records):
        """Our values of a record, for a client that asks."""
        [values] = Store().add(records).get_result()[records._name]
        return values["whatsapp"]

    def told(self, model, tell):
        """Our values of the record of this model of which the bus tells meanwhile."""
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()
        tell()
        self.env.cr.precommit.run()
        messages = self.env["bus.bus"].sudo().search([]).mapped("message")
        payloads = [json.loads(message)["payload"] for message in messages]
        [values] = [p[model][0]["whatsapp"] for p in payloads if model in p]
        return values

    def assert_newer_after_a_change(self, shown, records):
        """A change of any of these records makes the values of ``shown`` newer ones."""
        for record in records:
            before = self.answered(shown)["version"]
            later = max(r.write_date for r in records) + timedelta(microseconds=1)
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = %s WHERE id = %s",
                    SQL.identifier(record._table),
                    later,
                    record.id,
                )
            )
            record.invalidate_recordset(["write_date"])
            with self.subTest(record._name):
                self.assertEqual(self.answered(shown)["version"], before + 1)

    def test_a_message_is_as_new_as_its_attempts_and_reactions(self):
        mail = self.theirs.mail_message_id
        self.env["whatsapp.message"]._react(mail, "👍")
        self.assert_newer_after_a_change(mail, [self.theirs, self.theirs.reaction_ids])

    def test_a_chat_is_as_new_as_its_contact_and_conversation(self):
        conversation = self.thread._whatsapp_latest_conversation()
        contact = self.thread.whatsapp_contact_id
        self.assert_newer_after_a_change(
            self.thread, [self.thread, contact, conversation]
        )

    def test_what_the_bus_tells_of_a_change_are_news(self):
        mail = self.theirs.mail_message_id
        for record in (mail, self.thread):
            values = self.told(record._name, record._whatsapp_broadcast)
            with self.subTest(record._name):
                self.assertEqual(
                    values, {**self.answered(record.sudo()), "is_news": True}
                )
