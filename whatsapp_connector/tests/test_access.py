import json

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..wire.items import Person
from .common import ANNA, BIEL, WhatsappCase, WhatsappHttpCase
from .test_kinds import PNG

AGENT = "whatsapp_connector.group_whatsapp_agent"
USER = "whatsapp_connector.group_whatsapp_user"
MANAGER = "whatsapp_connector.group_whatsapp_manager"
LOGS = ("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_access")
#: Parent of all of Odoo's refusals in words.
FORBIDDEN = UserError


class AccessMixin:
    """A chat with everything in it, and people who have no business there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.create_partner("Anna", ANNA.number)
        cls.portal = cls.create_user(
            "portal", "base.group_portal", partner_id=cls.partner.id
        )
        cls.employee = cls.create_user("employee", "base.group_user")
        cls.other_team = cls.env["helpdesk.ticket.team"].create({"name": "Sales"})
        cls.other_channel = cls.create_channel(
            cls.account, "+34931000200", team_ids=cls.other_team.ids
        )
        cls.other_agent = cls.create_user("other_agent", AGENT)
        cls.other_team.user_ids = cls.other_agent
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        cls.foreigner = cls.create_user(
            "foreigner",
            MANAGER,
            company_id=cls.other_company.id,
            company_ids=[Command.set(cls.other_company.ids)],
        )
        cls.strangers = {
            "portal user, the customer themselves": cls.portal,
            "plain employee": cls.employee,
            "agent of another team": cls.other_agent,
            "manager of another company": cls.foreigner,
        }

    def setUp(self):
        super().setUp()
        self.received = self.receive(
            self.inbound_media(
                "image", "foto.png", PNG, "image/png", text="Confidencial"
            )
        )
        self.run_media()
        self.thread = self.received.thread_id
        self.conversation = self.received.conversation_id
        self.ticket = self.conversation.ticket_id
        self.provider.answer(500)
        self.unknown = self.send(self.thread, "Resposta confidencial")
        self.queued = self.post(self.thread, "En cua")
        self.receive(
            self.inbound(person=ANNA, kind="reaction", target_id="x", emoji="👍")
        )

    def records(self):
        return {
            record._name: record
            for record in (
                self.thread,
                self.thread.channel_member_ids,
                self.received | self.unknown | self.queued,
                self.received.contact_id,
                self.conversation,
                self.received.event_id,
                self.account,
                self.channel,
                self.thread.message_ids,
                self.received.attachment_id,
            )
        }


@tagged("post_install", "-at_install")
class TestStrangersReadNothing(AccessMixin, WhatsappCase):
    def assertHidden(self, records, user):
        theirs = records.with_user(user)
        try:
            found = theirs.search([("id", "in", records.ids)])
        except AccessError:
            found = theirs.browse()
        self.assertFalse(found, f"{user.name} finds {found}")
        for record in theirs:
            for read in (record.read, lambda r=record: r.export_data(["id"])):
                with self.assertRaises(UserError), mute_logger(*LOGS):
                    read()

    def test_our_fields_on_others_records_break_nobody_elses_reading(self):
        """Who is shown a field (by ``fields_get``) can read it."""
        clerk = self.create_user("clerk", "helpdesk_mgmt.group_helpdesk_manager")
        general = self.env["discuss.channel"].create({"name": "general"})
        note = self.partner.message_post(body="A note")
        for user in (self.employee, clerk, self.portal, self.agent):
            for record in (self.partner, self.ticket, note, general, self.company):
                theirs = record.with_user(user)
                if not theirs.has_access("read"):
                    continue
                shown = theirs.fields_get(attributes=["type"])
                for name in (n for n in shown if n.startswith("whatsapp_")):
                    with self.subTest(f"{record._name}.{name} of {user.name}"):
                        theirs.invalidate_recordset()
                        theirs.read([name])

    def test_the_agent_of_the_number_reads_it_all(self):
        for model, records in self.records().items():
            if model in ("whatsapp.event", "whatsapp.account"):
                continue
            with self.subTest(model):
                theirs = records.with_user(self.agent)
                self.assertEqual(theirs.search([("id", "in", records.ids)]), theirs)
                self.assertTrue(theirs.read(["display_name"]))

    def test_strangers_find_and_read_nothing(self):
        for user in self.strangers.values():
            for model, records in self.records().items():
                with self.subTest(model):
                    self.assertHidden(records, user)

    def test_ticket_handed_to_another_team_is_theirs_and_no_longer_the_first_ones(self):
        self.channel.team_ids = False
        self.ticket.write({"user_id": False, "team_id": self.other_team.id})
        for model, records in self.records().items():
            if model in ("whatsapp.event", "whatsapp.account", "whatsapp.channel"):
                continue
            with self.subTest(model):
                theirs = records.with_user(self.other_agent)
                self.assertEqual(theirs.search([("id", "in", records.ids)]), theirs)
        self.assertIn(self.other_agent.partner_id, self.thread.channel_partner_ids)
        self.assertNotIn(self.agent.partner_id, self.thread.channel_partner_ids)
        self.thread.with_user(self.other_agent).action_whatsapp_assign_to_me()
        self.assertEqual(self.conversation.user_id, self.other_agent)
        self.thread.with_user(self.other_agent).action_whatsapp_close()
        self.assertEqual(self.conversation.state, "closed")

    def test_strangers_count_and_group_nothing(self):
        for user in self.strangers.values():
            for model in ("whatsapp.message", "whatsapp.conversation"):
                theirs = self.env[model].with_user(user)
                try:
                    count = theirs.search_count([("channel_id", "=", self.channel.id)])
                except AccessError:
                    continue
                self.assertFalse(count)

    def test_strangers_learn_nothing_by_searching_for_contents(self):
        # The clerk sees the ticket, but not its chat.
        clerk = self.create_user("clerk", "helpdesk_mgmt.group_helpdesk_manager")
        for user in (*self.strangers.values(), clerk):
            for model, path in (
                ("mail.message", "body"),
                ("mail.message", "whatsapp_message_ids.body"),
                ("helpdesk.ticket", "whatsapp_first_message_id.body"),
                ("helpdesk.ticket", "whatsapp_thread_id.message_ids.body"),
                ("helpdesk.ticket", "whatsapp_conversation_id.last_message_text"),
                ("helpdesk.ticket", "whatsapp_conversation_id.message_ids.body"),
                ("res.partner", "channel_ids.message_ids.body"),
                ("res.partner", "whatsapp_contact_ids.thread_ids.message_ids.body"),
            ):
                with self.subTest(f"{model} by {path} for {user.name}"):
                    try:
                        found = (
                            self.env[model]
                            .with_user(user)
                            .search([(path, "ilike", "confidencial")])
                        )
                    except AccessError:
                        continue
                    self.assertFalse(found)

    def test_strangers_get_no_member_of_the_chat_through_another_record(self):
        for user in (self.employee, self.other_agent):
            partner = self.partner.with_user(user)
            self.assertEqual(partner.whatsapp_conversation_count, 0)
            if user == self.other_agent:
                self.assertFalse(partner.whatsapp_contact_ids)

    def test_a_former_agent_reads_nothing_any_more(self):
        self.team.user_ids = False
        self.env.invalidate_all()
        for model in ("discuss.channel", "whatsapp.message", "whatsapp.conversation"):
            with self.subTest(model):
                self.assertHidden(self.records()[model], self.agent)

    def test_a_user_sees_only_the_chats_they_take_part_in(self):
        user = self.create_user("user", USER)
        self.channel.user_ids = user
        mine = self.open_thread(person=ANNA)
        self.thread._whatsapp_remove_members(
            self.thread.channel_member_ids.filtered(
                lambda m: m.partner_id == user.partner_id
            )
        )
        self.assertEqual(mine, self.thread)
        self.assertHidden(self.received, user)
        self.thread._whatsapp_add_users(user)
        self.env.invalidate_all()
        self.assertTrue(self.received.with_user(user).read(["body"]))

    def test_a_manager_sees_every_chat_of_the_company(self):
        manager = self.create_user("manager", MANAGER)
        self.assertTrue(self.thread.with_user(manager).read(["name"]))
        self.assertTrue(self.received.with_user(manager).read(["body"]))
        self.assertTrue(self.thread.message_ids.with_user(manager).read(["body"]))

    def test_a_manager_of_two_companies_sees_those_they_work_in_now(self):
        self.foreigner.company_ids += self.company
        theirs = self.received.with_user(self.foreigner)
        self.assertTrue(
            theirs.with_context(allowed_company_ids=self.company.ids).read(["body"])
        )
        self.env.invalidate_all()
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            theirs.with_context(allowed_company_ids=self.other_company.ids).read(
                ["body"]
            )


@tagged("post_install", "-at_install")
class TestStrangersDoNothing(AccessMixin, WhatsappCase):
    def assertForbidden(self, call, *args, **kwargs):
        self.env.flush_all()
        with self.assertRaises(FORBIDDEN, msg=f"{call} was allowed"):
            with mute_logger(*LOGS, "odoo.sql_db"), self.env.cr.savepoint():
                call(*args, **kwargs)
                self.env.flush_all()

    def test_strangers_post_nothing(self):
        for user in self.strangers.values():
            thread = self.thread.with_user(user)
            for message_type in ("comment", "whatsapp_message"):
                self.assertForbidden(
                    thread.message_post, body="Hola", message_type=message_type
                )
                self.assertForbidden(
                    thread.sudo().message_post, body="Hola", message_type=message_type
                )

    def test_strangers_press_no_button(self):
        for user in self.strangers.values():
            for record, actions in self.buttons().items():
                theirs = record.with_user(user)
                for action in actions:
                    with self.subTest(f"{record._name}.{action}"):
                        self.assertForbidden(getattr(theirs, action))

    def buttons(self):
        return {
            self.thread: [
                "action_whatsapp_close",
                "action_whatsapp_assign_to_me",
                "action_whatsapp_block",
                "action_whatsapp_unblock",
            ],
            self.unknown: ["action_resend", "action_open_chat"],
            self.queued: ["action_cancel"],
            self.received: ["action_retry_media"],
            self.unknown.mail_message_id: ["action_whatsapp_resend"],
            self.queued.mail_message_id: ["action_whatsapp_cancel"],
            self.conversation: [
                "action_assign_to_me",
                "action_close",
                "action_reopen",
                "action_open_chat",
                "action_open_ticket",
            ],
            self.received.contact_id: [
                "action_block",
                "action_unblock",
                "action_unlink_partner",
                "action_new_partner",
                "action_open_chat",
            ],
            self.received.event_id: ["action_replay"],
        }

    def test_strangers_create_and_change_nothing(self):
        vals = {
            "direction": "out",
            "state": "queued",
            "account_id": self.account.id,
            "channel_id": self.channel.id,
            "contact_id": self.received.contact_id.id,
            "thread_id": self.thread.id,
        }
        for user in self.strangers.values():
            messages = self.env["whatsapp.message"].with_user(user)
            self.assertForbidden(messages.create, vals)
            self.assertForbidden(self.queued.with_user(user).write, {"body": "Canviat"})
            self.assertForbidden(self.queued.with_user(user).unlink)
            self.assertForbidden(self.thread.with_user(user).write, {"name": "Meu"})
            self.assertForbidden(self.thread.with_user(user).unlink)

    def test_strangers_do_not_let_themselves_in(self):
        someone = self.create_contact(Person(number="+34600000009"))
        for user in self.strangers.values():
            members = self.env["discuss.channel.member"].with_user(user)
            vals = {"channel_id": self.thread.id, "partner_id": user.partner_id.id}
            self.assertForbidden(members.create, vals)
            self.assertForbidden(members.sudo().create, vals)
            self.assertForbidden(
                self.thread.with_user(user).add_members, user.partner_id.ids
            )
            self.assertForbidden(
                self.env["discuss.channel"].with_user(user).create,
                {
                    "name": "Meu",
                    "channel_type": "whatsapp",
                    "whatsapp_channel_id": self.channel.id,
                    "whatsapp_contact_id": someone.id,
                },
            )

    def test_strangers_do_not_write_to_a_chat_from_a_contact(self):
        for user in (self.employee, self.foreigner):
            self.assertForbidden(self.partner.with_user(user).action_whatsapp_open_chat)


@tagged("post_install", "-at_install")
class TestEntitledPeopleKeepToTheRules(AccessMixin, WhatsappCase):
    """Even who may read and write a chat can't reach around the server's checks."""

    def test_whatsapp_messages_are_made_and_changed_by_the_server_alone(self):
        mine = self.queued.with_user(self.agent)
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            mine.write({"state": "sent"})
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            mine.create(mine.copy_data())
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            mine.unlink()
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            self.thread.message_ids[:1].with_user(self.agent).write(
                {"whatsapp_message_ids": [Command.create(mine.copy_data()[0])]}
            )

    def test_nobody_moves_the_window_or_the_recipient_of_a_thread(self):
        other = self.create_contact(Person(number="+34600000009"))
        thread = self.thread.with_user(self.agent)
        for vals in (
            {"whatsapp_window_until": "2099-01-01 00:00:00"},
            {"whatsapp_contact_id": other.id},
            {"whatsapp_channel_id": self.other_channel.id},
            {"uuid": "abcdefgh"},
            {"name": "Somebody else"},
            {"description": "Call +34 600 000 009 instead"},
            {"active": False},
        ):
            with self.subTest(vals), self.assertRaises(AccessError):
                with mute_logger(*LOGS):
                    thread.write(vals)

    def test_nobody_makes_a_thread_by_hand(self):
        other = self.create_contact(Person(number="+34600000009"))
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            self.env["discuss.channel"].with_user(self.agent).create(
                {
                    "name": "Meu",
                    "channel_type": "whatsapp",
                    "whatsapp_channel_id": self.channel.id,
                    "whatsapp_contact_id": other.id,
                    "whatsapp_window_until": "2099-01-01 00:00:00",
                }
            )

    def test_conversations_and_contacts_are_changed_by_buttons_alone(self):
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            self.conversation.with_user(self.agent).write({"state": "closed"})
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            self.received.contact_id.with_user(self.agent).write({"blocked": True})

    def test_the_context_smuggles_nothing_in(self):
        contents = [
            {
                "kind": "template",
                "body": "forged",
                "attachment_id": self.received.attachment_id.id,
                "is_automatic": True,
                "state": "delivered",
            }
        ]
        message = (
            self.thread.with_user(self.agent)
            .with_context(
                whatsapp_contents=contents,
                whatsapp_compose=contents,
                whatsapp_syncing=True,
                default_kind="template",
                default_is_automatic=True,
                default_priority=-5,
                default_state="delivered",
                default_provider_id="forged",
            )
            .sudo()
            .message_post(body="Bon dia", message_type="comment")
            .with_env(self.env)
            .whatsapp_message_ids
        )
        self.assertEqual(
            (message.kind, message.body, message.state, message.is_automatic),
            ("text", "Bon dia", "queued", False),
        )
        self.assertFalse(message.provider_id)
        self.assertFalse(message.attachment_id)
        self.assertEqual(message.priority, 0)

    def test_the_client_decides_neither_type_nor_subtype_nor_recipients(self):
        message = self.thread.with_user(self.agent).message_post(
            body="Bon dia",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            subtype_id=False,
            partner_ids=self.employee.partner_id.ids,
        )
        self.assertEqual(message.message_type, "whatsapp_message")
        self.assertEqual(message.subtype_id, self.env.ref("mail.mt_comment"))
        self.assertFalse(message.partner_ids)

    def test_the_customer_can_not_be_made_a_member(self):
        for vals in (
            {"partner_id": self.partner.id},
            {"partner_id": self.create_partner("Friend", False).id},
        ):
            with self.subTest(vals), self.assertRaises(ValidationError):
                self.env["discuss.channel.member"].sudo().create(
                    {"channel_id": self.thread.id, **vals}
                )
        with self.assertRaises(UserError):
            self.thread.with_user(self.agent).add_members(self.partner.ids)

    def test_a_guest_can_not_be_made_a_member(self):
        guest = self.env["mail.guest"].create({"name": "Guest"})
        with self.assertRaises(ValidationError):
            self.env["discuss.channel.member"].sudo().create(
                {"channel_id": self.thread.id, "guest_id": guest.id}
            )
        with self.assertRaises(UserError):
            self.thread.sudo()._add_members(guests=guest)

    def test_nobody_is_invited_by_e_mail(self):
        with self.assertRaises(UserError):
            self.thread.with_user(self.agent).invite_by_email(["x@example.com"])

    def test_a_sent_message_can_not_be_edited(self):
        message = self.unknown.mail_message_id
        with self.assertRaises(UserError):
            self.thread.with_user(self.agent)._message_update_content(
                message, body="Una altra cosa"
            )

    def test_nobody_changes_or_deletes_what_was_said(self):
        for message in (self.received | self.unknown | self.queued).mail_message_id:
            theirs = message.with_user(self.agent)
            for work in (
                theirs.unlink,
                lambda m=theirs: m.write({"body": "Una altra cosa"}),
                lambda m=theirs: m.write({"attachment_ids": [Command.clear()]}),
                lambda m=theirs: m.write({"author_id": self.agent.partner_id.id}),
                lambda m=theirs: m.write({"res_id": self.thread.id + 1}),
            ):
                with self.assertRaises(AccessError), mute_logger(*LOGS):
                    work()

    def test_nobody_puts_words_into_a_customers_mouth(self):
        vals = {
            "model": "discuss.channel",
            "res_id": self.thread.id,
            "body": "Sí, accepto",
            "author_id": self.partner.id,
        }
        theirs = self.env["mail.message"].with_user(self.agent)
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            theirs.create({**vals, "message_type": "whatsapp_message"})
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            theirs.with_context(default_message_type="whatsapp_message").create(vals)
        note = theirs.create({**vals, "message_type": "comment"})
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            note.write({"message_type": "whatsapp_message"})

    def test_nobody_gets_at_a_chat_through_a_ticket_of_their_own(self):
        self.channel.ticket_policy = "never"
        message = self.receive_text("Confidencial", BIEL)
        self.assertFalse(message.conversation_id.ticket_ids)
        tickets = self.env["helpdesk.ticket"].with_user(self.other_agent)
        vals = {
            "name": "Mine",
            "description": "Mine",
            "team_id": self.other_team.id,
            "user_id": self.other_agent.id,
        }
        link = {"whatsapp_conversation_id": message.conversation_id.id}
        default = {f"default_{name}": value for name, value in link.items()}
        for work in (
            lambda: tickets.create({**vals, **link}),
            lambda: tickets.with_context(**default).create(vals),
            lambda: tickets.create(vals).write(link),
        ):
            with self.assertRaises(AccessError), mute_logger(*LOGS):
                work()
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            message.with_user(self.other_agent).read(["body"])

    def test_the_customer_reads_no_message_though_they_are_its_author(self):
        mine = self.received.mail_message_id.with_user(self.portal)
        self.assertEqual(mine.sudo().author_id, self.partner)
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            mine.read(["body"])
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            mine.write({"body": "Mai he dit això"})


@tagged("post_install", "-at_install")
class TestAccessByHttp(AccessMixin, WhatsappHttpCase):
    """The same through the web client's own routes."""

    def rpc(self, route, **params):
        """``(result, error)`` of a JSON-RPC call."""
        response = self.url_open(
            route,
            data=json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}),
            headers={"Content-Type": "application/json"},
        )
        answer = response.json()
        return answer.get("result"), answer.get("error")

    def post_message(self, **post_data):
        return self.rpc(
            "/mail/message/post",
            thread_model="discuss.channel",
            thread_id=self.thread.id,
            post_data={
                "body": "Hola",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                **post_data,
            },
        )

    def test_an_agent_posts(self):
        self.authenticate(self.agent.login, self.agent.login)
        result, error = self.post_message()
        self.assertFalse(error)
        message = self.env["mail.message"].browse(result["message_id"])
        self.assertEqual(message.whatsapp_message_ids.body, "Hola")
        self.assertEqual(message.author_id, self.agent.partner_id)

    @mute_logger("odoo.http")
    def test_strangers_post_and_fetch_nothing(self):
        before = self.thread.message_ids
        for user in [*self.strangers.values(), None]:
            with self.subTest(user and user.login):
                if user:
                    self.authenticate(user.login, user.login)
                else:
                    self.authenticate(None, None)
                for message_type in ("comment", "whatsapp_message", "notification"):
                    _result, error = self.post_message(message_type=message_type)
                    self.assertTrue(error)
                result, error = self.rpc(
                    "/discuss/channel/messages", channel_id=self.thread.id
                )
                self.assertTrue(error)
                self.assertNotIn("onfidencial", json.dumps([result, error]))
                file_id = self.received.attachment_id.id
                response = self.url_open(f"/web/content/{file_id}")
                self.assertEqual(response.status_code, 404)
        self.assertEqual(self.thread.message_ids, before)

    @mute_logger("odoo.http")
    def test_a_context_in_the_request_smuggles_nothing_in(self):
        self.authenticate(self.agent.login, self.agent.login)
        contents = [{"kind": "text", "body": "forged", "state": "delivered"}]
        result, _error = self.rpc(
            "/mail/message/post",
            thread_model="discuss.channel",
            thread_id=self.thread.id,
            post_data={"body": "Hola", "message_type": "comment"},
            context={"whatsapp_contents": contents, "default_state": "delivered"},
        )
        message = self.env["mail.message"].browse(result["message_id"])
        sent = message.whatsapp_message_ids
        self.assertEqual((sent.body, sent.state), ("Hola", "queued"))

    @mute_logger("odoo.http")
    def test_the_window_holds_for_the_web_client(self):
        self.authenticate(self.agent.login, self.agent.login)
        self.thread.whatsapp_window_until = self.now()
        _result, error = self.post_message()
        self.assertIn("24 hours", error["data"]["message"])
