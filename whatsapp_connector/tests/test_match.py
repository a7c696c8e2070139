from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .common import ANNA, WhatsappCase


@tagged("post_install", "-at_install")
class TestMatch(WhatsappCase):
    """An agent says who the person of a chat is."""

    def setUp(self):
        super().setUp()
        self.first = self.create_partner("Anna Puig", "+34 612 34 56 78")
        self.second = self.create_partner("Puig, S.L.", "+34612345678")
        self.receive_text()
        self.contact = self.contact_of()

    def open_wizard(self, user=None):
        return Form(
            self.env["whatsapp.match"]
            .with_user(user or self.agent)
            .with_context(default_contact_id=self.contact.id)
        )

    def test_it_shows_everybody_who_has_the_number(self):
        wizard = self.open_wizard()
        self.assertEqual(wizard.candidate_ids.ids, (self.first + self.second).ids)

    def test_the_one_picked_from_the_list_is_linked(self):
        self.second.with_user(self.agent).with_context(
            whatsapp_contact_id=self.contact.id
        ).action_whatsapp_choose()
        self.assertEqual(self.contact.partner_id, self.second)
        self.assertEqual(self.tickets_of().partner_id, self.second)

    def test_somebody_else_can_be_chosen(self):
        other = self.create_partner("Anna's brother", False)
        wizard = self.open_wizard()
        wizard.partner_id = other
        wizard.save().action_choose()
        self.assertEqual(self.contact.partner_id, other)

    def test_nobody_chosen_says_so(self):
        with self.assertRaises(UserError):
            self.open_wizard().save().action_choose()

    def test_a_new_contact_takes_the_name_from_whatsapp(self):
        self.open_wizard().save().action_new()
        self.assertNotIn(self.contact.partner_id, self.first + self.second)
        self.assertEqual(self.contact.partner_id.name, ANNA.name)

    def test_a_user_who_is_no_agent_may_not(self):
        user = self.create_user("plain", "whatsapp_connector.group_whatsapp_user")
        with self.assertRaises(AccessError):
            self.first.with_user(user).with_context(
                whatsapp_contact_id=self.contact.id
            ).action_whatsapp_choose()

    def test_an_agent_of_another_number_may_not(self):
        stranger = self.create_user(
            "stranger", "whatsapp_connector.group_whatsapp_agent"
        )
        with self.assertRaises(AccessError):
            self.first.with_user(stranger).with_context(
                whatsapp_contact_id=self.contact.id
            ).action_whatsapp_choose()
