from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.phone import canonical_number
from ..wire.items import IdentityChange, Person
from .common import ANNA, BIEL, WhatsappCase

#: As people write it, and as WhatsApp calls the same line.
SPELLINGS = {
    "Brazil, partner with the ninth digit": ("+55 11 98765-4321", "551187654321"),
    "Brazil, partner without it": ("+55 11 8765-4322", "5511987654322"),
    "Mexico, partner without the 1": ("+52 55 1234 5671", "5215512345671"),
    "Mexico, partner with the 1": ("+52 1 55 1234 5672", "525512345672"),
    "Argentina, partner with the 9": ("+54 9 11 2345-6781", "541123456781"),
    "Argentina, partner without it": ("+54 11 2345-6782", "5491123456782"),
    "Spain, partner without the prefix": ("612 34 56 78", "34612345678"),
}


@tagged("post_install", "-at_install")
class TestPartnerMatching(WhatsappCase):
    def test_national_spellings_find_the_same_partner(self):
        spain = self.env.ref("base.es")
        for case, (phone, wa_id) in SPELLINGS.items():
            with self.subTest(case):
                partner = self.create_partner(case, phone, country_id=spain.id)
                message = self.receive_text(
                    person=Person(number=f"+{wa_id}", wa_id=wa_id, name="Whoever")
                )
                self.assertEqual(message.contact_id.partner_id, partner)

    def test_national_spellings_are_one_contact(self):
        for one, other in (
            ("+551187654321", "+5511987654321"),
            ("+5215512345678", "+525512345678"),
            ("+541123456789", "+5491123456789"),
        ):
            with self.subTest(one):
                first = self.receive_text(person=Person(number=one))
                second = self.receive_text(person=Person(number=other))
                self.assertEqual(first.contact_id, second.contact_id)

    def test_the_providers_spelling_is_kept_for_answering(self):
        self.receive_text(person=Person(number="+5215512345678", wa_id="5215512345678"))
        contact = self.env["whatsapp.contact"].search([("wa_id", "=", "5215512345678")])
        self.assertEqual(contact.number, canonical_number("+525512345678"))
        self.send(contact.thread_ids)
        self.assertEqual(self.provider.sent[-1]["to"], "5215512345678")

    def test_an_unknown_person_becomes_a_partner_as_whatsapp_knows_them(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.receive_text()
        partner = self.contact_of().partner_id
        self.assertEqual(partner.name, "Anna")
        self.assertEqual(partner.phone_sanitized, ANNA.number)
        self.assertEqual(partner.country_id.code, "ES")
        self.assertEqual(partner.lang, "es_ES")
        self.assertEqual(partner.company_id, self.company)

    def test_a_partner_of_another_company_is_not_taken(self):
        other = self.env["res.company"].create({"name": "Other"})
        partner = self.create_partner("Theirs", ANNA.number, company_id=other.id)
        self.receive_text()
        self.assertTrue(self.contact_of().partner_id)
        self.assertNotEqual(self.contact_of().partner_id, partner)

    def test_of_several_partners_none_is_guessed(self):
        one = self.create_partner("Anna", ANNA.number)
        two = self.create_partner("Bar Anna", ANNA.number)
        message = self.receive_text()
        contact = self.contact_of()
        self.assertFalse(contact.partner_id)
        self.assertTrue(contact.is_ambiguous)
        self.assertTrue(self.conversations_of().is_ambiguous)
        self.assertEqual(contact.candidate_ids, one | two)
        self.assertFalse(message.mail_message_id.author_id)
        self.assertEqual(message.mail_message_id.email_from, "Anna")

    def test_an_agent_picks_and_the_whole_thread_follows(self):
        self.create_partner("Anna", ANNA.number)
        two = self.create_partner("Bar Anna", ANNA.number)
        message = self.receive_text("No em funciona la factura")
        contact = self.contact_of()
        contact.with_user(self.agent).with_context(
            partner_id=two.id
        ).action_choose_partner()
        self.assertEqual(contact.partner_id, two)
        self.assertEqual(message.mail_message_id.author_id, two)
        self.assertEqual(self.tickets_of().partner_id, two)
        self.assertEqual(self.thread_of().name, "Bar Anna")

    def test_picking_needs_a_partner(self):
        self.receive_text()
        contact = self.contact_of().with_user(self.agent)
        with self.assertRaises(UserError):
            contact.action_choose_partner()
        self.assertTrue(contact.partner_id)

    def test_an_agent_says_that_it_is_none_of_them(self):
        one = self.create_partner("Anna", ANNA.number)
        two = self.create_partner("Bar Anna", ANNA.number)
        self.receive_text()
        contact = self.contact_of()
        contact.with_user(self.agent).action_new_partner()
        self.assertTrue(contact.partner_id)
        self.assertNotIn(contact.partner_id, one | two)

    def test_undoing_a_wrong_match_moves_the_thread(self):
        wrong = self.create_partner("Wrong Anna", ANNA.number)
        message = self.receive_text()
        self.assertEqual(message.mail_message_id.author_id, wrong)
        contact = self.contact_of()
        contact.with_user(self.agent).action_unlink_partner()
        self.assertFalse(contact.partner_id)
        self.assertFalse(message.mail_message_id.author_id)
        self.assertFalse(self.tickets_of().partner_id)
        self.assertEqual(wrong.whatsapp_conversation_count, 0)
        self.assertEqual(self.thread_of().name, "Anna")

    def test_an_undone_match_is_not_made_again_by_the_next_message(self):
        self.create_partner("Wrong Anna", ANNA.number)
        self.receive_text()
        self.contact_of().action_unlink_partner()
        self.receive_text("Hola?")
        self.assertFalse(self.contact_of().partner_id)

    def test_a_corrected_match_takes_the_open_ticket_along(self):
        self.create_partner("Wrong Anna", ANNA.number)
        self.receive_text()
        right = self.create_partner("Right Anna", "+34 600 000 001")
        self.contact_of().partner_id = right
        self.assertEqual(self.tickets_of().partner_id, right)
        self.assertEqual(self.conversations_of().partner_id, right)

    def test_a_partner_with_chats_is_archived_not_deleted(self):
        self.receive_text()
        with self.assertRaisesRegex(UserError, "archive it"):
            self.contact_of().partner_id.unlink()


@tagged("post_install", "-at_install")
class TestIdentity(WhatsappCase):
    def test_people_without_a_user_id_are_not_taken_for_one_another(self):
        self.receive(self.inbound("a", BIEL), self.inbound("b", ANNA))
        messages = self.env["whatsapp.message"].search([])
        bodies = {message.contact_id.number: message.body for message in messages}
        self.assertEqual(bodies, {BIEL.number: "a", ANNA.number: "b"})

    def test_a_user_id_without_a_number_works(self):
        hidden = Person(user_id="ES.123", username="anna", name="Anna")
        message = self.receive_text(person=hidden)
        contact = message.contact_id
        self.assertFalse(contact.number)
        self.assertEqual(contact.identity_ids.user_id, "ES.123")
        self.assertEqual(contact.partner_id.name, "Anna")
        self.assertFalse(contact.partner_id.phone)
        self.send(contact.thread_ids)
        self.assertEqual(self.provider.sent[-1]["to"], "ES.123")

    def test_people_without_a_number_are_not_taken_for_one_another(self):
        self.receive(
            self.inbound("a", Person(user_id="ES.1")),
            self.inbound("b", Person(user_id="ES.2")),
        )
        contacts = self.env["whatsapp.message"].search([]).contact_id
        self.assertEqual(len(contacts), 2)

    def test_the_user_id_decides_before_the_number(self):
        first = self.receive_text(person=Person(user_id="ES.1", number="+34612345678"))
        second = self.receive_text(person=Person(user_id="ES.1", number="+34611111111"))
        self.assertEqual(first.contact_id, second.contact_id)

    def test_a_number_learnt_later_is_stored_and_finds_the_partner(self):
        first = self.receive_text(person=Person(user_id="ES.1", name="Anna"))
        first.contact_id.action_unlink_partner()
        partner = self.create_partner("Anna Puig", ANNA.number)
        self.receive_text(person=Person(user_id="ES.1", number=ANNA.number))
        self.assertEqual(first.contact_id.number, ANNA.number)
        self.assertEqual(first.contact_id.partner_id, partner)

    def test_a_user_id_learnt_later_belongs_to_the_same_person(self):
        first = self.receive_text()
        self.receive_text(person=Person(number=ANNA.number, user_id="ES.1"))
        third = self.receive_text(person=Person(user_id="ES.1"))
        self.assertEqual(first.contact_id, third.contact_id)

    def test_a_new_profile_name_is_stored(self):
        message = self.receive_text()
        self.receive_text(person=Person(number=ANNA.number, name="Anna P."))
        self.assertEqual(message.contact_id.profile_name, "Anna P.")

    def test_two_names_of_one_person_in_a_batch_are_one_contact(self):
        self.receive(
            self.inbound("a", Person(number=ANNA.number, name="Anna")),
            self.inbound("b", Person(number=ANNA.number, name="Anna P.")),
        )
        self.assertEqual(len(self.contact_of()), 1)

    def test_a_user_id_belongs_to_its_scope(self):
        other = self.create_account(identity_scope="another portfolio")
        channel = self.create_channel(other, "+34931000300")
        one = self.receive_text(person=Person(user_id="ES.1"))
        two = self.receive(
            self.inbound(person=Person(user_id="ES.1"), number_id=channel.number_id),
            account=other,
        )
        self.assertNotEqual(one.contact_id, two.contact_id)

    def test_accounts_of_one_portfolio_share_their_contacts(self):
        self.account.identity_scope = "portfolio"
        other = self.create_account(identity_scope="portfolio")
        channel = self.create_channel(other, "+34931000300")
        one = self.receive_text(person=Person(user_id="ES.1"))
        two = self.receive(
            self.inbound(person=Person(user_id="ES.1"), number_id=channel.number_id),
            account=other,
        )
        self.assertEqual(one.contact_id, two.contact_id)

    def test_a_changed_number_keeps_the_chat_and_says_so(self):
        thread = self.open_thread()
        new = Person(number="+34699999999", wa_id="34699999999")
        self.receive(
            IdentityChange(number_id=self.channel.number_id, old=ANNA, new=new)
        )
        message = self.receive_text("Sóc jo", person=new)
        self.assertEqual(message.thread_id, thread)
        self.assertEqual(message.contact_id.wa_id, "34699999999")
        notes = thread.message_ids.filtered(lambda m: m.message_type == "notification")
        self.assertIn("+34 699 99 99 99", notes.body)

    def test_a_changed_number_that_somebody_has_already_stays_theirs(self):
        self.open_thread(ANNA)
        self.open_thread(BIEL)
        self.receive(
            IdentityChange(number_id=self.channel.number_id, old=ANNA, new=BIEL)
        )
        message = self.receive_text("Sóc en Biel", person=BIEL)
        self.assertEqual(message.contact_id.profile_name, "Biel")
        self.assertTrue(self.contact_of(ANNA))

    def test_the_database_allows_a_number_once_a_company(self):
        contact = self.create_contact()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            contact.copy()

    def test_a_webhook_must_give_a_number_or_a_user_id(self):
        with self.assertRaises(UserError):
            self.env["whatsapp.contact"]._resolve(
                self.company, "scope", [Person(name="Nobody")]
            )


@tagged("post_install", "-at_install")
class TestGuards(WhatsappCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.country_id = cls.env.ref("base.es")
        manager = cls.create_user(
            "manager", "whatsapp_connector.group_whatsapp_manager"
        )
        cls.contact = cls.create_contact().with_user(manager)

    def test_a_contact_without_number_and_user_id_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "number or a WhatsApp user id"):
            self.create_contact(Person(name="Nobody"))

    def test_a_contact_keeps_its_number_unless_it_has_a_user_id(self):
        with self.assertRaisesRegex(ValidationError, "number or a WhatsApp user id"):
            self.contact.number = False
        self.contact.identity_ids.sudo().create(
            {"contact_id": self.contact.id, "scope": "portfolio", "user_id": "ES.1"}
        )
        self.contact.number = False
        self.assertEqual(self.contact.identity_ids.user_id, "ES.1")

    def test_a_number_in_another_spelling_is_stored_in_one(self):
        for spelling in ("+34 687-65.43.21", "687 654 321", "0034687654321"):
            with self.subTest(spelling):
                self.contact.number = ANNA.number
                self.contact.number = spelling
                self.assertEqual(self.contact.number, BIEL.number)

    def test_what_is_no_number_is_refused(self):
        for number in ("Anna", "12", "+34 6", "+999 123 456 789"):
            with (
                self.subTest(number),
                self.assertRaisesRegex(ValidationError, "is not a phone number"),
            ):
                self.contact.number = number

    def test_answers_go_to_the_number_that_was_written(self):
        self.contact.number = BIEL.number
        person = self.contact._get_person("portfolio")
        self.assertEqual((person.number, person.wa_id), (BIEL.number, None))

    def test_a_partner_of_another_company_is_refused(self):
        other = self.env["res.company"].create({"name": "Other"})
        partner = self.create_partner("Theirs", ANNA.number, company_id=other.id)
        with self.assertRaisesRegex(UserError, "compan"):
            self.contact.partner_id = partner


@tagged("post_install", "-at_install")
class TestLanguage(WhatsappCase):
    """Own choice, else the partner's, else the country's, else the channel's."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for code in ("ca_ES", "es_ES", "fr_FR", "de_DE"):
            cls.env["res.lang"]._activate_lang(code)
        cls.channel.lang = "ca_ES"
        cls.contact = cls.create_contact(Person(number="+33612345678", name="Aline"))

    def language(self):
        return self.contact._get_lang(self.channel)

    def test_own_choice_wins(self):
        self.contact.partner_id = self.create_partner("A", False, lang="es_ES")
        self.contact.lang = "de_DE"
        self.assertEqual(self.language(), "de_DE")

    def test_else_the_partners(self):
        self.contact.partner_id = self.create_partner("A", False, lang="es_ES")
        self.assertEqual(self.language(), "es_ES")

    def test_else_the_countrys(self):
        self.assertEqual(self.language(), "fr_FR")

    def test_a_country_without_a_locale_of_its_own_has_its_language(self):
        self.contact.number = "+525512345678"
        self.assertEqual(self.language(), "es_ES")

    def test_else_the_channels(self):
        self.contact.number = "+819012345678"
        self.assertEqual(self.language(), "ca_ES")

    def test_a_created_partner_leaves_it_to_the_channel_where_the_country_has_none(
        self,
    ):
        message = self.receive_text(person=Person(number="+819012345678", name="Aiko"))
        self.assertEqual(message.contact_id._get_lang(self.channel), "ca_ES")

    def test_of_a_countrys_languages_the_channels_wins(self):
        self.contact.number = ANNA.number
        self.assertEqual(self.language(), "ca_ES")


@tagged("post_install", "-at_install")
class TestContactForm(WhatsappCase):
    def test_the_chat_opens_from_the_partner(self):
        thread = self.open_thread()
        partner = self.contact_of().partner_id
        action = partner.with_user(self.agent).action_whatsapp_open_chat()
        self.assertEqual(action["context"]["active_id"], f"discuss.channel_{thread.id}")
        self.assertIn(self.agent.partner_id, thread.channel_partner_ids)

    def test_who_has_no_chat_is_written_a_first_message(self):
        partner = self.create_partner("Clara", "+34 611 22 33 44")
        action = partner.with_user(self.agent).action_whatsapp_open_chat()
        self.assertEqual(action["res_model"], "whatsapp.composer")
        self.assertEqual(action["context"]["default_res_id"], partner.id)

    def test_a_partner_without_a_number_says_so(self):
        partner = self.create_partner("Clara", False)
        with self.assertRaisesRegex(UserError, "no valid phone number"):
            partner.with_user(self.agent).action_whatsapp_open_chat()

    def test_who_may_use_no_number_is_told(self):
        employee = self.create_user("employee")
        partner = self.create_partner("Clara", "+34 611 22 33 44")
        with self.assertRaisesRegex(UserError, "may not use any WhatsApp number"):
            partner.with_user(employee).action_whatsapp_open_chat()

    def test_the_smart_button_counts_the_conversations(self):
        self.open_thread()
        partner = self.contact_of().partner_id
        self.assertEqual(partner.with_user(self.agent).whatsapp_conversation_count, 1)


@tagged("post_install", "-at_install")
class TestBlocking(WhatsappCase):
    def test_a_blocked_contact_opens_no_ticket_and_alerts_nobody(self):
        thread = self.open_thread()
        self.contact_of().with_user(self.agent).action_block()
        self.assertEqual(self.conversations_of().state, "closed")
        self.assertFalse(thread.channel_member_ids)
        message = self.receive_text("Compra Viagra")
        self.assertFalse(message.conversation_id.ticket_id)
        self.assertFalse(thread.channel_member_ids)

    def test_nothing_can_be_sent_to_a_blocked_contact(self):
        thread = self.open_thread()
        queued = self.post(thread)
        self.contact_of().action_block()
        with self.assertRaisesRegex(UserError, "is blocked"):
            self.post(thread)
        self.run_outbox()
        self.assertEqual(queued.state, "failed")
        self.assertFalse(self.provider.sent)

    def test_blocking_can_be_undone(self):
        self.open_thread()
        contact = self.contact_of()
        contact.with_user(self.agent).action_block()
        contact.with_user(self.agent).action_unblock()
        self.receive_text("Ara sí, una consulta")
        self.assertTrue(self.thread_of().channel_member_ids)
        self.assertTrue(self.send(self.thread_of()))

    def test_only_agents_block(self):
        self.open_thread()
        user = self.create_user("plain", "whatsapp_connector.group_whatsapp_user")
        self.channel.user_ids = user
        self.thread_of()._whatsapp_add_users(user)
        with self.assertRaisesRegex(UserError, "Only WhatsApp agents"):
            self.contact_of().with_user(user).action_block()
