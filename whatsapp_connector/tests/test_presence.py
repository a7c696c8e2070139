from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.whatsapp_channel import WhatsappChannel
from ..wire.items import Media
from .common import (
    BIEL,
    MEDIA_HOST,
    FakeTransport,
    WhatsappCase,
    WhatsappHttpCase,
    utc_now,
)


class PresenceCase(WhatsappCase):
    def setUp(self):
        super().setUp()
        self.theirs = self.receive_text("Hola")
        self.thread = self.thread_of()
        self.member = self.member_of(self.thread)

    def member_of(self, thread, user=None):
        partner = (user or self.agent).partner_id
        return thread.channel_member_ids.filtered(lambda m: m.partner_id == partner)

    def look(self, thread=None):
        """The agent looks at the chat."""
        thread = thread or self.thread
        member = self.member_of(thread).with_user(self.agent)
        member._mark_as_read(thread.message_ids.sorted("id")[-1:].id)

    def type(self, is_typing=True, member=None):
        """The agent writes, or stops."""
        (member or self.member).with_user(self.agent)._notify_typing(is_typing)

    def told(self):
        """What the provider was told since last asked: message and whether we type."""
        self.run_presence()
        told = [(each["message"], each["typing"]) for each in self.provider.told]
        self.provider.told.clear()
        return told


@tagged("post_install", "-at_install")
class TestReceipts(PresenceCase):
    def test_who_opens_the_chat_has_read_the_last_message(self):
        last = self.receive_text("I una altra cosa")
        self.assertFalse(self.told())
        self.look()
        self.assertEqual(self.told(), [(last.provider_id, False)])
        self.look()
        self.assertFalse(self.told())

    def test_who_answers_has_read(self):
        self.post(self.thread)
        self.assertEqual(self.told(), [(self.theirs.provider_id, False)])

    def test_it_is_about_messages_only(self):
        ours = self.send(self.thread)
        self.told()
        photos = [
            Media(url=f"https://{MEDIA_HOST}/{n}.png", mimetype="image/png")
            for n in range(2)
        ]
        last = self.receive(self.inbound("", kind="image", media=tuple(photos)))
        self.receive(
            self.inbound("", kind="reaction", target_id=ours.provider_id, emoji="👍")
        )
        self.look()
        self.assertEqual(self.told(), [(last[0].provider_id, False)])

    def test_nothing_is_said_of_an_old_one(self):
        self.theirs.sent_at = self.now() - timedelta(days=31)
        self.look()
        self.assertFalse(self.told())

    def test_the_numbers_policy_decides(self):
        self.channel.send_receipts = False
        self.look()
        self.assertFalse(self.told())

    def test_the_provider_decides(self):
        self.can(read_receipts=False)
        self.look()
        self.assertFalse(self.told())

    @mute_logger("odoo.addons.whatsapp_connector.models.whatsapp_presence")
    def test_one_that_can_not_be_built_stops_no_other(self):
        self.receive_text("Bon dia", BIEL)
        self.look()
        self.look(self.thread_of(BIEL))
        build = FakeTransport._build_mark_read
        broken = self.theirs.provider_id

        def fail_once(transport, channel, provider_id, typing=False):
            if provider_id == broken:
                raise ValueError("a key that is none")
            return build(transport, channel, provider_id, typing)

        with patch.object(FakeTransport, "_build_mark_read", fail_once):
            self.assertEqual(len(self.told()), 1)
        self.assertFalse(self.told())

    def test_a_provider_that_refuses_is_not_asked_again(self):
        self.look()
        with patch.object(FakeTransport, "_build_mark_read") as build:
            build.return_value.method, build.return_value.url = "GET", "nonsense"
            self.run_presence()
        self.assertFalse(self.told())


@tagged("post_install", "-at_install")
class TestTyping(PresenceCase):
    def test_the_contact_sees_that_we_write(self):
        self.type()
        self.assertEqual(self.told(), [(self.theirs.provider_id, True)])
        self.assertEqual(self.theirs.receipt, "sent")

    def test_reading_and_writing_are_told_in_one(self):
        self.look()
        self.type()
        self.assertEqual(self.told(), [(self.theirs.provider_id, True)])

    def test_once_for_a_while_whoever_writes(self):
        self.type()
        self.told()
        self.type()
        self.type(False)
        self.assertFalse(self.told())
        with self.later(seconds=21):
            self.type()
            self.assertEqual(len(self.told()), 1)

    def test_too_late_it_only_says_that_it_was_read(self):
        self.type()
        with self.later(seconds=8):
            self.assertEqual(self.told(), [(self.theirs.provider_id, False)])

    def test_too_late_it_says_nothing_where_reading_is_not_shown(self):
        self.channel.write({"send_receipts": False, "show_typing": True})
        self.type()
        with self.later(seconds=8):
            self.assertFalse(self.told())

    def test_once_the_answer_is_given_nobody_writes_any_more(self):
        self.type()
        now = datetime.now(timezone.utc).replace(tzinfo=None)
        with patch.object(self.env.cr, "now", lambda: now):
            self.post(self.thread)
        self.assertEqual(self.told(), [(self.theirs.provider_id, False)])

    def test_only_where_reading_is_shown_too_unless_the_number_says_so(self):
        self.channel.send_receipts = False
        self.assertFalse(self.channel.show_typing)
        self.type()
        self.assertFalse(self.told())
        self.channel.show_typing = True
        self.type()
        self.assertEqual(self.told(), [(self.theirs.provider_id, True)])

    def test_only_where_the_provider_can(self):
        self.can(typing=False)
        self.assertFalse(self.channel.can_show_typing)
        self.assertFalse(self.thread._whatsapp_store_values()["shows_typing"])
        self.type()
        self.assertFalse(self.told())

    def test_not_to_who_can_not_be_answered(self):
        contact = self.contact_of()
        contact.blocked = True
        self.type()
        contact.blocked = False
        self.env["whatsapp.consent"]._record(
            contact, scope="all", decision="out", source="keyword"
        )
        self.type()
        self.assertFalse(self.told())

    def test_not_after_the_window(self):
        self.receive_text("Fa estona", BIEL, sent_at=utc_now() - timedelta(hours=25))
        self.type(member=self.member_of(self.thread_of(BIEL)))
        self.assertFalse(self.told())

    def test_not_in_chats_of_colleagues(self):
        chat = self.env["discuss.channel"].create({"name": "Equip"})
        chat._add_members(users=self.agent)
        with patch.object(WhatsappChannel, "_shows_typing") as asked:
            self.type(member=self.member_of(chat))
        self.assertFalse(asked.called)


@tagged("post_install", "-at_install")
class TestTypingRoute(WhatsappHttpCase):
    def test_the_web_client_tells_and_waits_for_no_provider(self):
        theirs, thread = self.receive_text("Hola"), self.thread_of()
        self.authenticate(self.agent.login, self.agent.login)
        self.make_jsonrpc_request(
            "/discuss/channel/notify_typing",
            {"channel_id": thread.id, "is_typing": True},
        )
        self.assertEqual(theirs.receipt, "typing")
        self.assertFalse(self.provider.told)
        self.run_presence()
        self.assertEqual(len(self.provider.told), 1)
