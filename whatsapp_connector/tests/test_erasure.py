from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..wire.items import Person
from .common import ANNA, BIEL, WhatsappCase

MODELS = "odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule"
SECRET = "Zumzeig"


@tagged("post_install", "-at_install")
class TestErasure(WhatsappCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.create_user(
            "manager", "whatsapp_connector.group_whatsapp_manager"
        )

    def erase(self, person=ANNA, user=None):
        contact = self.contact_of(person).with_user(user or self.manager)
        action = contact.action_erase()
        self.env.flush_all()
        self.env.invalidate_all()
        return action

    def find_text(self, text):
        """Columns of our tables and of those that chats leave traces in."""
        columns = self.env.execute_query(
            SQL(
                """
                SELECT table_name, column_name FROM information_schema.columns
                 WHERE table_schema = 'public'
                   AND table_name ~ '^(whatsapp|mail|discuss|helpdesk|ir_attachment)'
                   AND data_type IN ('text', 'character varying', 'jsonb')
                """
            )
        )
        return {
            f"{table}.{column}"
            for table, column in columns
            if self.env.execute_query(
                SQL(
                    "SELECT 1 FROM %s WHERE %s::text LIKE %s LIMIT 1",
                    SQL.identifier(table),
                    SQL.identifier(column),
                    f"%{text}%",
                )
            )
        }

    def test_nothing_that_the_person_said_or_sent_is_left(self):
        file = f"{SECRET} file".encode()
        self.receive(
            self.inbound(f"La factura de {SECRET}"),
            self.inbound_media("document", f"{SECRET}.txt", file, "text/plain"),
        )
        self.run_media()
        self.send(self.thread_of(), f"Entesos, {SECRET}")
        ticket, attachments = self.tickets_of(), self.env["ir.attachment"]
        self.assertIn("ir_attachment.name", self.find_text(SECRET))
        self.assertTrue(attachments.search([("name", "like", SECRET)]))
        self.erase()
        self.assertFalse(self.find_text(SECRET))
        self.assertFalse(attachments.search([("name", "like", SECRET)]))
        self.assertEqual(ticket.name, "Erased WhatsApp chat")
        self.assertFalse(self.contact_of())

    def test_names_number_and_user_id_are_forgotten(self):
        person = Person(
            number="+34612000999", user_id="ES.999", username="zum", name=SECRET
        )
        self.receive_text("Hola", person)
        self.contact_of(person).action_unlink_partner()
        asked = self.receive_text("Hola?", person)
        self.receive(
            self.inbound(
                "", person, kind="reaction", target_id=asked.provider_id, emoji="👍"
            )
        )
        self.assertIn("mail_guest.name", self.find_text(SECRET))
        self.erase(person)
        for word in (SECRET, "612000999", "ES.999"):
            self.assertFalse(self.find_text(word), word)

    def test_raw_events_that_speak_of_the_person_are_forgotten(self):
        theirs, others = self.store(self.inbound()), self.store(self.inbound("", BIEL))
        status = self.store(self.inbound("b", BIEL))
        self.run_inbox()
        self.env.cr.execute(
            "UPDATE whatsapp_event SET body = %s WHERE id = %s",
            [b"To=whatsapp%3A%2B" + ANNA.wa_id.encode(), status.id],
        )
        self.erase()
        bodies = (theirs | others | status)._get_bodies()
        self.assertIsNone(bodies[theirs.id])
        self.assertIsNone(bodies[status.id])
        self.assertTrue(bodies[others.id])

    def test_an_answer_told_on_another_record_is_forgotten_too(self):
        self.open_thread()
        partner = self.create_partner("Owner", False)
        self.conversations_of().write(
            {
                "origin_model": partner._name,
                "origin_id": partner.id,
                "origin_user_id": self.agent.id,
            }
        )
        self.receive_text(SECRET)
        self.assertIn(SECRET, "".join(partner.message_ids.mapped("body")))
        self.erase()
        self.assertNotIn(SECRET, "".join(partner.message_ids.mapped("body")))

    def test_a_file_that_is_not_the_chats_own_stays(self):
        message = self.send(self.open_thread())
        picture = self.env["ir.attachment"].create(
            {"name": "logo.png", "raw": b"x", "res_model": "res.company"}
        )
        message.attachment_id = picture
        self.erase()
        self.assertTrue(picture.exists())

    def test_an_opt_out_outlives_it_under_every_name_of_the_person(self):
        for known, back in (
            (ANNA, ANNA),
            (Person(user_id="ES.1"), Person(user_id="ES.1")),
            (Person(number=BIEL.number, user_id="ES.2"), Person(user_id="ES.2")),
        ):
            with self.subTest(back):
                contact = self.receive_text("STOP", known).contact_id
                self.assertTrue(contact.consent_ids.evidence)
                contact.with_user(self.manager).action_erase()
                self.assertFalse(contact.exists())
                entries = self.env["whatsapp.consent"].search([])
                self.assertFalse(any(entries.mapped("evidence")))
                again = self.receive_text("Hola", back).contact_id
                self.assertTrue(again.opted_out)
                self.assertEqual(again._get_consent("all"), "out")

    def test_an_opt_out_holds_when_we_write_first(self):
        self.receive_text("STOP")
        partner = self.contact_of().partner_id
        self.erase()
        for create in (False, True):
            contact = partner._whatsapp_get_contact(self.company, create=create)
            self.assertTrue(contact.opted_out)

    def test_who_opted_in_again_before_it_is_no_opt_out(self):
        self.receive_text("STOP")
        self.receive_text("START")
        self.erase()
        self.assertFalse(self.receive_text("Hola").contact_id.opted_out)

    def test_others_keep_everything(self):
        self.open_thread(BIEL, "La meva")
        self.open_thread(ANNA)
        self.erase(ANNA)
        self.assertIn("La meva", self.thread_of(BIEL).message_ids.body)
        self.assertEqual(self.tickets_of(BIEL).name, "La meva")

    def test_the_partner_stays_and_can_be_deleted_then(self):
        self.open_thread()
        partner = self.contact_of().partner_id
        self.erase()
        self.assertTrue(partner.exists())
        partner.unlink()

    def test_a_message_on_its_way_is_waited_for(self):
        message = self.post(self.open_thread())
        message.state = "sending"
        with self.assertRaisesRegex(UserError, "on its way"):
            self.erase()

    @mute_logger(*MODELS)
    def test_only_managers_erase(self):
        self.open_thread()
        with self.assertRaises(AccessError):
            self.erase(user=self.agent)
        self.assertTrue(self.contact_of())
