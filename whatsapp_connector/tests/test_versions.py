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
        self.conversation = self.thread._whatsapp_latest_conversation()

    def answered(self, record):
        """Our values of a record, for a client that asks."""
        [values] = Store().add(record).get_result()[record._name]
        return values["whatsapp"]

    def told(self, model, tell):
        """Our values of records of a model, of which the bus tells meanwhile."""
        self.env.cr.precommit.run()
        self.env["bus.bus"].sudo().search([]).unlink()
        tell()
        self.env.cr.precommit.run()
        messages = self.env["bus.bus"].sudo().search([], order="id").mapped("message")
        payloads = [json.loads(message)["payload"] for message in messages]
        return [
            values["whatsapp"]
            for payload in payloads
            for values in payload.get("data", payload).get(model, [])
            if "whatsapp" in values
        ]

    def assert_newer_after_a_change(self, shown, records):
        """Whichever of these records is changed: the values of ``shown`` are newer."""
        for record in records:
            before = self.answered(shown)["versions"]
            self.env.cr.execute(
                SQL(
                    "UPDATE %s SET write_date = %s WHERE id = %s",
                    SQL.identifier(record._table),
                    record.write_date + timedelta(microseconds=1),
                    record.id,
                )
            )
            record.invalidate_recordset(["write_date"])
            after = self.answered(shown)["versions"]
            key = f"{record._name},{record.id}"
            with self.subTest(record._name):
                self.assertEqual(after, {**before, key: before[key] + 1})

    def test_a_message_is_as_new_as_its_attempts_and_reactions(self):
        mail = self.theirs.mail_message_id
        self.env["whatsapp.message"]._react(mail, "👍")
        self.assert_newer_after_a_change(mail, self.theirs | self.theirs.reaction_ids)

    def test_a_line_about_a_message_is_as_new_as_that(self):
        message = self.send(self.thread)
        message.note_id = self.theirs.mail_message_id
        self.assert_newer_after_a_change(message.note_id, self.theirs | message)

    def test_a_chat_is_as_new_as_its_contact_conversation_and_ticket(self):
        self.assert_newer_after_a_change(
            self.thread,
            [
                self.thread,
                self.thread.whatsapp_contact_id,
                self.conversation,
                self.conversation.ticket_id,
            ],
        )

    def test_what_the_bus_tells_are_news(self):
        mail = self.theirs.mail_message_id
        noted = self.send(self.thread)
        noted.note_id = mail
        for record, tell in (
            (mail, mail._whatsapp_broadcast),
            (mail, noted.mail_message_id._whatsapp_broadcast),
            (self.thread, self.thread._whatsapp_broadcast),
        ):
            with self.subTest(record._name):
                values = {**self.answered(record.sudo()), "is_news": True}
                self.assertIn(values, self.told(record._name, tell))
        for model in ("mail.message", "discuss.channel"):
            told = self.told(model, lambda: self.receive_text("Encara no"))
            with self.subTest("a new message", model=model):
                self.assertTrue(told)
                self.assertTrue(all(values["is_news"] for values in told))

    def test_ticket_and_opt_out_are_told_when_they_change(self):
        ticket, contact = self.conversation.ticket_id, self.theirs.contact_id
        record = self.env["whatsapp.consent"]._record

        def opt_out():
            record(contact, scope="all", decision="out", source="person")

        def rename():
            ticket.name = "Pagat"

        for change in (
            opt_out,
            rename,
            ticket.unlink,
            self.conversation._create_ticket,
        ):
            told = self.told("discuss.channel", change)
            with self.subTest(change.__name__):
                self.assertEqual(told[-1:], [self.news()])

    def test_an_answer_with_a_ticket_that_is_gone_is_old(self):
        self.env.cr.execute(
            SQL(
                "UPDATE whatsapp_conversation SET write_date = %s WHERE id = %s",
                self.conversation.write_date - timedelta(seconds=1),
                self.conversation.id,
            )
        )
        self.conversation.invalidate_recordset(["write_date"])
        old = self.answered(self.thread)["versions"]
        self.conversation.ticket_id.unlink()
        new = self.answered(self.thread)["versions"]
        self.assertTrue(any(old[key] < at for key, at in new.items()))

    def news(self):
        return {**self.answered(self.thread.sudo()), "is_news": True}
