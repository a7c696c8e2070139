from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..wire.items import Choice, ConsentUpdate, Failure, Person
from .common import ANNA, BIEL, WhatsappCase
from .test_sending import SendingCase

OPT_OUT_WORDS = {
    "en": ("STOP", "unsubscribe", "Stop all", "STOPALL", "Opt-out"),
    "es": ("BAJA", "¡Baja!", "no más", "NO MAS", "cancelar suscripción"),
    "ca": ("BAIXA", "atura", "Dona'm de baixa", "No vull més missatges."),
    "pt": ("PARAR", "sair", "Cancelar inscrição"),
    "fr": ("ARRÊT", "arret", "Désabonner", "desinscription"),
    "it": ("FERMA", "annulla iscrizione", "cancellami"),
    "de": ("STOPP", "abmelden", "Abbestellen"),
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


@tagged("post_install", "-at_install")
class TestProviderConsent(SendingCase):
    """The provider takes keywords, and refuses, by itself."""

    def test_keyword_that_the_provider_answered_is_not_answered_twice(self):
        message = self.receive_text("Genug jetzt", consent="out")
        self.run_outbox()
        self.assertTrue(message.contact_id.opted_out)
        self.assertEqual(message.contact_id.consent_ids.source, "provider")
        self.assertFalse(self.provider.sent)
        self.assertFalse(self.tickets_of())

    def test_start_that_the_provider_answered_ends_the_opt_out(self):
        contact = self.receive_text("STOP", consent="out").contact_id
        self.receive_text("START", consent="in")
        self.run_outbox()
        self.assertFalse(contact.opted_out)
        self.assertFalse(self.provider.sent)
        self.assertFalse(self.tickets_of())

    def test_refusal_of_advertising_ends_advertising_alone(self):
        message = self.send_template().message
        self.run_outbox()
        failure = Failure(code="1", sentence="No advertising.", scope="marketing")
        self.receive(self.status(message, "failed", failure=failure))
        contact = self.contact_of()
        self.assertEqual(contact.marketing_consent, "out")
        self.assertFalse(contact.opted_out)


@tagged("post_install", "-at_install")
class TestMarketingConsent(SendingCase):
    """By keyword, by a template's button, by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.question = cls.create_template(
            "Offers", "Would you like our offers?", language="en"
        )
        cls.question.variant_ids.button_ids = [
            (0, 0, {"text": "Yes, please", "consent": "in"}),
            (0, 0, {"text": "No, thanks", "consent": "out"}),
            (0, 0, {"text": "Later"}),
        ]
        cls.approve(cls.question)

    def tap(self, position, **values):
        """Send the question and have the contact tap one of its buttons."""
        asked = self.send_template(template=self.question).message
        self.run_outbox()
        button = asked.template_variant_id.button_ids[position]
        choice = Choice(title=button.text, payload=button._get_payload(position))
        values.setdefault("quoted_id", asked.provider_id)
        self.provider.sent.clear()
        return self.receive_text(
            button.text, kind="button_reply", choice=choice, **values
        )

    def test_tap_agrees_to_advertising_and_is_confirmed_once(self):
        contact = self.tap(0).contact_id
        self.run_outbox()
        self.assertEqual(contact.marketing_consent, "in")
        self.assertEqual(contact.consent_ids.source, "button")
        [sent] = self.provider.sent
        self.assertIn("You will receive advertising", sent["text"])
        self.tap(0)
        self.run_outbox()
        self.assertFalse(self.provider.sent)

    def test_tap_refuses_advertising_and_nothing_else(self):
        contact = self.tap(1).contact_id
        self.assertEqual(contact.marketing_consent, "out")
        self.assertFalse(contact.opted_out)

    def test_other_button_is_an_answer_like_any_other(self):
        contact = self.tap(2).contact_id
        self.assertFalse(contact.marketing_consent)
        self.assertIn("Later", self.anna.message_ids[0].body)

    def test_tap_that_answers_no_template_of_ours_agrees_to_nothing(self):
        for quoted_id in (None, "foreign"):
            with self.subTest(quoted_id):
                contact = self.tap(0, quoted_id=quoted_id).contact_id
                self.assertFalse(contact.marketing_consent)

    def test_agreement_lets_advertising_through(self):
        advert = self.create_approved(
            "Sale", "A sale for you.", language="en", category="marketing"
        )
        self.tap(0)
        self.company.whatsapp_waiting_policy = "none"
        self.assertFalse(self.send_template(template=advert).refusal)

    def test_tap_of_who_wrote_stop_ends_that_too(self):
        self.send_template(template=self.question)
        self.run_outbox()
        asked = self.env["whatsapp.message"].search([("kind", "=", "template")])
        self.receive_text("STOP")
        button = self.question.variant_ids.button_ids[0]
        choice = Choice(title=button.text, payload=button._get_payload(0))
        self.receive_text(
            button.text,
            kind="button_reply",
            choice=choice,
            quoted_id=asked.provider_id,
        )
        contact = self.contact_of()
        self.assertFalse(contact.opted_out)
        self.assertEqual(contact.marketing_consent, "in")

    def test_keyword_agrees_to_advertising(self):
        self.env["whatsapp.keyword"].create(
            {"word": "OFFERS", "decision": "in", "scope": "marketing"}
        )
        contact = self.receive_text("Offers!").contact_id
        self.assertEqual(contact.marketing_consent, "in")
        self.assertEqual(contact.consent_ids.source, "keyword")
        self.assertFalse(self.tickets_of())

    def test_meaning_of_a_button_is_changed_after_approval_by_a_manager_alone(self):
        author = self.create_user("author", "whatsapp_connector.group_whatsapp_author")
        button = self.question.variant_ids.button_ids[2].with_user(author)
        with self.assertRaises(UserError):
            button.text = "Another"
        button.consent = "in"
        self.assertFalse(self.question.variant_ids.is_enabled)

    def test_button_that_is_no_quick_reply_decides_nothing(self):
        template = self.create_template("Shop", "See our shop.", language="en")
        template.variant_ids.button_ids = [
            (0, 0, {"kind": "quick_reply", "text": "Yes", "consent": "in"})
        ]
        button = template.variant_ids.button_ids
        button.write({"kind": "url", "url": "https://example.com"})
        self.assertFalse(button.consent)


@tagged("post_install", "-at_install")
class TestConsentByHand(SendingCase):
    def record(self, partner, user=None, **vals):
        action = partner.with_user(user or self.agent).action_whatsapp_record_consent()
        wizard = Form(
            self.env[action["res_model"]]
            .with_user(user or self.agent)
            .with_context(**action["context"])
        )
        for name, value in {"evidence": "Form at the counter", **vals}.items():
            wizard[name] = value
        wizard.save().action_record()

    def test_agent_records_who_how_and_what(self):
        self.record(self.anna)
        contact = self.contact_of()
        [entry] = contact.consent_ids
        self.assertEqual(contact.marketing_consent, "in")
        self.assertEqual(
            (entry.source, entry.evidence, entry.create_uid),
            ("person", "Form at the counter", self.agent),
        )

    def test_asking_for_the_form_makes_nobody_a_contact(self):
        action = self.anna.with_user(self.agent).action_whatsapp_record_consent()
        form = Form(
            self.env[action["res_model"]]
            .with_user(self.agent)
            .with_context(**action["context"])
        )
        self.assertEqual(form.name, "Anna Puig")
        self.assertFalse(self.contact_of())

    def test_form_knows_who_wants_no_messages_at_all(self):
        self.record(self.anna, decision="out", scope="all")
        action = self.anna.with_user(self.agent).action_whatsapp_record_consent()
        wizards = self.env[action["res_model"]].with_user(self.agent)
        wizard = wizards.with_context(**action["context"]).create({})
        self.assertTrue(wizard.opted_out)

    def test_agent_sees_what_was_recorded_of_somebody_without_a_chat(self):
        self.record(self.anna)
        action = self.anna.with_user(self.agent).action_whatsapp_consents()
        entries = self.env["whatsapp.consent"].with_user(self.agent)
        self.assertEqual(len(entries.search(action["domain"])), 1)

    def test_evidence_is_needed(self):
        with self.assertRaisesRegex(UserError, "how you know"):
            self.record(self.anna, evidence="  ")

    def test_same_word_twice_is_said(self):
        self.record(self.anna)
        with self.assertRaisesRegex(UserError, "last word already"):
            self.record(self.anna)

    def test_refusal_of_all_messages_holds_for_whatever_is_sent(self):
        self.record(self.anna, decision="out", scope="all")
        self.assertIn("asked for no more", self.send_template().refusal)

    def test_plain_users_record_nothing(self):
        plain = self.create_user("plain", "whatsapp_connector.group_whatsapp_user")
        with self.assertRaises(UserError):
            self.record(self.anna, plain)
        contact = self.contact_of() or self.create_contact()
        with self.assertRaises(AccessError):
            self.env["whatsapp.consent.record"].with_user(plain).create(
                {"contact_id": contact.id, "evidence": "x"}
            )

    def test_agents_of_another_number_record_nothing_of_its_chats(self):
        self.open_thread()
        other = self.create_user("other", "whatsapp_connector.group_whatsapp_agent")
        wizard = (
            self.env["whatsapp.consent.record"]
            .with_user(other)
            .create({"contact_id": self.contact_of().id, "evidence": "x"})
        )
        with self.assertRaises(AccessError):
            wizard.action_record()

    def test_agents_of_another_company_record_nothing(self):
        company = self.env["res.company"].create({"name": "Other"})
        other = self.create_user(
            "abroad",
            "whatsapp_connector.group_whatsapp_agent",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        contact = self.create_contact(BIEL)
        wizard = (
            self.env["whatsapp.consent.record"]
            .with_user(other)
            .create({"contact_id": contact.id, "evidence": "x"})
        )
        with self.assertRaises(UserError):
            wizard.action_record()

    def test_contact_shows_what_was_decided_and_is_found_by_it(self):
        partners = self.env["res.partner"].with_user(self.agent)
        mine = [("id", "=", self.anna.id)]

        def check(state):
            self.env.invalidate_all()
            self.assertEqual(self.anna.with_user(self.agent).whatsapp_consent, state)
            for each in ("none", "in", "no_marketing", "out"):
                found = partners.search([*mine, ("whatsapp_consent", "=", each)])
                self.assertEqual(bool(found), each == state, each)

        check("none")
        self.record(self.anna)
        check("in")
        self.record(self.anna, decision="out")
        check("no_marketing")
        self.record(self.anna, decision="out", scope="all")
        check("out")

    def test_flag_on_the_contact_can_not_be_written_around_the_ledger(self):
        self.record(self.anna)
        manager = self.create_user(
            "manager", "whatsapp_connector.group_whatsapp_manager"
        )
        with self.assertRaises(AccessError):
            self.contact_of().with_user(manager).marketing_consent = "out"
