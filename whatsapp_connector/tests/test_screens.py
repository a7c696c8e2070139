from lxml import etree

from odoo.tests import tagged

from .common import BIEL, WhatsappCase

ACTIONS = (
    "whatsapp_conversation_action",
    "whatsapp_contact_action",
    "whatsapp_message_action",
    "whatsapp_channel_action",
)
MANAGER_ACTIONS = (
    "whatsapp_account_action",
    "whatsapp_keyword_action",
    "whatsapp_consent_action",
)


@tagged("post_install", "-at_install")
class TestScreens(WhatsappCase):
    """Whoever sees a screen can read everything on it."""

    def setUp(self):
        super().setUp()
        self.thread = self.open_thread()
        self.receive_text("STOP")
        self.manager = self.create_user(
            "manager", "whatsapp_connector.group_whatsapp_manager"
        )
        self.administrator = self.create_user("admin", "base.group_system")

    def read_screens(self, xmlid, user):
        """Read the records of an action through each of its views, as the client."""
        action = self.env.ref(f"whatsapp_connector.{xmlid}")
        model = self.env[action.res_model].with_user(user)
        views = [(False, mode) for mode in (*action.view_mode.split(","), "search")]
        records = model.search([])
        self.assertTrue(records, f"nothing to see on {xmlid}")
        for view in model.get_views(views)["views"].values():
            self.read_as_in(records, view["arch"])

    def read_as_in(self, records, arch):
        self.env.invalidate_all()
        fields = etree.fromstring(arch).xpath("//field[not(ancestor::field)]/@name")
        records.web_read({name: {} for name in fields if name in records._fields})

    def test_agents_read_their_screens(self):
        for xmlid in ACTIONS:
            self.read_screens(xmlid, self.agent)

    def test_managers_read_the_configuration(self):
        for xmlid in ACTIONS + MANAGER_ACTIONS:
            self.read_screens(xmlid, self.manager)

    def test_administrators_read_everything(self):
        for xmlid in (*ACTIONS, *MANAGER_ACTIONS, "whatsapp_event_action"):
            self.read_screens(xmlid, self.administrator)

    def test_a_user_sees_the_chats_they_take_part_in(self):
        user = self.create_user("plain", "whatsapp_connector.group_whatsapp_user")
        self.channel.user_ids = user
        self.thread._whatsapp_add_users(user)
        for xmlid in ACTIONS:
            self.read_screens(xmlid, user)

    def test_helpdesk_people_without_whatsapp_read_the_ticket(self):
        user = self.create_user("desk", "helpdesk_mgmt.group_helpdesk_user")
        ticket = self.tickets_of().with_user(user)
        for mode in ("form", "list", "kanban"):
            self.read_as_in(ticket, ticket.get_view(view_type=mode)["arch"])
        self.assertFalse(ticket.whatsapp_is_entitled)

    def test_the_ticket_knows_whether_its_chat_may_be_read(self):
        ticket = self.tickets_of()
        self.assertTrue(ticket.with_user(self.agent).whatsapp_is_entitled)
        stranger = self.create_user(
            "stranger",
            "whatsapp_connector.group_whatsapp_agent,helpdesk_mgmt.group_helpdesk_user",
        )
        self.assertFalse(ticket.with_user(stranger).whatsapp_is_entitled)

    def test_a_conversation_tells_its_form_where_it_begins(self):
        self.conversations_of()._close()
        self.channel.reopen_hours = 0
        second = self.receive_text("Una altra cosa")
        conversation = self.conversations_of()[:1].with_user(self.agent)
        view = etree.fromstring(conversation.get_view(view_type="form")["arch"])
        [field] = view.xpath("//page[@name='chat']/field[@invisible='1']/@name")
        self.assertEqual(conversation[field], second.mail_message_id)

    def test_a_ticket_counts_what_nobody_answered(self):
        thread = self.open_thread(BIEL)
        ticket = self.tickets_of(BIEL)
        self.assertEqual(ticket.whatsapp_unread, 1)
        self.post(thread, "Bon dia")
        ticket.invalidate_recordset(["whatsapp_unread"])
        self.assertEqual(ticket.whatsapp_unread, 0)
        self.receive_text("Encara no va", BIEL)
        ticket.invalidate_recordset(["whatsapp_unread"])
        self.assertEqual(ticket.whatsapp_unread, 1)
        self.conversations_of(BIEL)._close()
        ticket.invalidate_recordset(["whatsapp_unread"])
        self.assertEqual(ticket.whatsapp_unread, 0)

    def test_nobody_waits_for_an_answer_to_a_keyword(self):
        self.receive_text("STOP", BIEL)
        self.assertFalse(self.conversations_of(BIEL).waiting_since)

    def test_waiting_times_are_told_in_words(self):
        conversation = self.conversations_of()
        conversation.waiting_since = self.now()
        with self.later(hours=3):
            conversation.invalidate_recordset(["waiting_time"])
            self.assertEqual(conversation.waiting_time, "3 hours")
        conversation.waiting_since = False
        self.assertEqual(conversation.waiting_time, "")

    def test_the_checklist_counts_what_is_done(self):
        done = self.channel.setup_done
        self.channel.number_owned = True
        self.assertEqual(self.channel.setup_done, done + 1)
        self.assertEqual(self.channel.setup_steps, 9)
