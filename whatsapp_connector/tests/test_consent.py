from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..wire.items import ConsentUpdate, Person
from .common import ANNA, WhatsappCase

OPT_OUT_WORDS = {
    "en": ("STOP", "unsubscribe", "Stop all"),
    "es": ("BAJA", "¡Baja!", "no más", "NO MAS", "cancelar suscripción"),
    "ca": ("BAIXA", "atura"),
    "pt": ("PARAR", "sair"),
    "fr": ("ARRÊT", "arret", "Désabonner"),
    "it": ("FERMA", "annulla iscrizione"),
    "de": ("STOPP", "abmelden"),
}
OPT_IN_WORDS = {
    "en": "START",
    "es": "Alta",
    "ca": "inici",
    "pt": "iniciar",
    "fr": "DEMARRER",
    "it": "inizia",
    "de": "anmelden",
}


@tagged("post_install", "-at_install")
class TestKeywords(WhatsappCase):
    def test_stop_words_of_seven_languages_opt_out(self):
        serial = 0
        for language, words in OPT_OUT_WORDS.items():
            for word in words:
                serial += 1
                person = Person(number=f"+34600000{serial:03}", name="Somebody")
                with self.subTest(language=language, word=word):
                    message = self.receive_text(word, person)
                    self.assertTrue(message.contact_id.opted_out)
                    self.assertFalse(message.conversation_id.ticket_id)

    def test_start_words_of_seven_languages_opt_in_again(self):
        for serial, (language, word) in enumerate(OPT_IN_WORDS.items()):
            person = Person(number=f"+34600000{serial:03}", name="Somebody")
            with self.subTest(language=language, word=word):
                contact = self.receive_text("STOP", person).contact_id
                self.receive_text(word, person)
                self.assertFalse(contact.opted_out)

    def test_a_word_within_a_sentence_is_no_keyword(self):
        message = self.receive_text("Stop sending me the wrong invoice, please")
        self.assertFalse(message.contact_id.opted_out)
        self.assertTrue(message.conversation_id.ticket_id)

    def test_a_start_word_of_who_never_opted_out_is_a_message_like_any_other(self):
        message = self.receive_text("Start")
        self.assertTrue(message.conversation_id.ticket_id)
        self.assertFalse(message.contact_id.consent_ids)

    def test_it_is_confirmed_once_in_whatsapp(self):
        self.receive_text("STOP")
        self.run_outbox()
        self.receive_text("STOP")
        self.receive_text("BAJA")
        self.run_outbox()
        texts = [payload["text"] for payload in self.provider.sent]
        self.assertEqual(len(texts), 1)
        self.assertIn(self.company.name, texts[0])
        self.assertIn("START", texts[0])

    def test_the_confirmation_is_no_answer_of_an_agent(self):
        self.receive_text("STOP")
        self.run_outbox()
        conversation = self.conversations_of()
        self.assertFalse(conversation.user_id)
        self.assertFalse(conversation.first_answer_at)
        self.assertFalse(self.thread_of().channel_partner_ids - self.agent.partner_id)

    def test_a_stop_in_an_open_chat_moves_no_ticket(self):
        self.open_thread()
        ticket = self.tickets_of()
        stage = ticket.stage_id
        self.receive_text("STOP")
        self.run_outbox()
        self.assertEqual(ticket.stage_id, stage)
        self.assertEqual(self.tickets_of(), ticket)

    def test_a_stop_button_opts_out_too(self):
        message = self.receive(self.inbound("Stop", kind="button_reply"))
        self.assertTrue(message.contact_id.opted_out)

    def test_a_stop_of_a_blocked_contact_is_recorded_without_a_word(self):
        self.open_thread()
        self.contact_of().action_block()
        self.receive_text("STOP")
        self.run_outbox()
        self.assertTrue(self.contact_of().opted_out)
        self.assertFalse(self.provider.sent)

    def test_an_administrator_adds_a_word(self):
        self.env["whatsapp.keyword"].create({"word": "Prou!", "decision": "out"})
        self.assertTrue(self.receive_text("prou").contact_id.opted_out)

    def test_an_archived_word_counts_no_more(self):
        self.env.ref("whatsapp_connector.whatsapp_keyword_alta").active = False
        self.receive_text("STOP")
        self.receive_text("ALTA")
        self.assertTrue(self.contact_of().opted_out)


@tagged("post_install", "-at_install")
class TestLedger(WhatsappCase):
    def test_it_says_who_when_how_and_by_what_evidence(self):
        message = self.receive_text("STOP")
        entry = message.contact_id.consent_ids
        self.assertEqual(entry.decision, "out")
        self.assertEqual(entry.source, "keyword")
        self.assertEqual(entry.scope, "all")
        self.assertTrue(entry.create_date)
        self.assertIn(message.provider_id, entry.evidence)
        self.assertIn("STOP", entry.evidence)

    def test_it_keeps_every_decision_and_the_last_one_counts(self):
        for word in ("STOP", "START", "STOP"):
            self.receive_text(word)
        contact = self.contact_of()
        decisions = contact.consent_ids.sorted("id").mapped("decision")
        self.assertEqual(decisions, ["out", "in", "out"])
        self.assertTrue(contact.opted_out)

    def test_nobody_changes_or_deletes_an_entry(self):
        entry = self.receive_text("STOP").contact_id.consent_ids
        admin = self.env.ref("base.user_admin")
        for who in (entry, entry.with_user(admin), entry.with_user(self.agent)):
            with self.assertRaises(UserError):
                who.write({"decision": "in"})
            with self.assertRaises(UserError):
                who.unlink()

    def test_nobody_adds_an_entry_by_hand(self):
        contact = self.receive_text("STOP").contact_id
        with self.assertRaises(AccessError):
            self.env["whatsapp.consent"].with_user(self.agent).create(
                {
                    "contact_id": contact.id,
                    "company_id": self.company.id,
                    "scope": "all",
                    "decision": "in",
                    "source": "person",
                }
            )

    def test_the_flag_on_the_contact_can_not_be_written_around_the_ledger(self):
        contact = self.receive_text("STOP").contact_id
        manager = self.create_user(
            "manager", "whatsapp_connector.group_whatsapp_manager"
        )
        with self.assertRaises(UserError):
            contact.with_user(manager).write({"opted_out": False})

    def test_who_opted_out_can_not_be_written_to(self):
        thread = self.open_thread()
        self.receive_text("STOP")
        with self.assertRaisesRegex(UserError, "no more WhatsApp messages"):
            self.post(thread)

    def test_what_was_queued_before_they_opted_out_does_not_go(self):
        thread = self.open_thread()
        message = self.post(thread, "Una oferta")
        self.receive_text("STOP")
        self.run_outbox()
        self.assertEqual(message.state, "failed")
        self.assertIn("no more WhatsApp messages", message.failure_reason)
        self.assertNotIn("Una oferta", [sent["text"] for sent in self.provider.sent])

    def test_what_a_rule_queued_before_they_opted_out_does_not_go_either(self):
        thread = self.open_thread()
        message = self.env["whatsapp.message"].search(
            [
                (
                    "mail_message_id",
                    "=",
                    thread.message_post(body="Oferta", message_type="comment").id,
                )
            ]
        )
        self.receive_text("STOP")
        self.run_outbox()
        self.assertEqual(message.state, "failed")

    def test_the_provider_reports_decisions_too(self):
        self.open_thread()
        values = {"number_id": self.channel.number_id, "person": ANNA}
        self.receive(ConsentUpdate(opted_in=False, scope="marketing", **values))
        contact = self.contact_of()
        self.assertEqual(contact._get_consent("marketing"), "out")
        self.assertFalse(contact.opted_out)
        self.receive(ConsentUpdate(opted_in=False, evidence="error 63024", **values))
        self.assertTrue(contact.opted_out)

    def test_after_an_erasure_an_opt_out_stays(self):
        for person in (ANNA, Person(user_id="ES.1", name="Hidden")):
            with self.subTest(person.name):
                thread = self.receive_text("STOP", person).thread_id
                contact = thread.whatsapp_contact_id
                thread.sudo().unlink()
                contact.unlink()
                again = self.receive_text("Hola", person).contact_id
                self.assertNotEqual(again, contact)
                self.assertTrue(again.opted_out)

    def test_sms_is_blocked_too_only_if_the_company_says_so(self):
        blacklist = self.env["phone.blacklist"]
        self.receive_text("STOP")
        self.assertFalse(blacklist.search([("number", "=", ANNA.number)]))
        self.receive_text("START")
        self.company.whatsapp_blacklist_on_opt_out = True
        self.receive_text("STOP")
        self.assertTrue(blacklist.search([("number", "=", ANNA.number)]))
        self.receive_text("START")
        self.assertFalse(blacklist.search([("number", "=", ANNA.number)]))
