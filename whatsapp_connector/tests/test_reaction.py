from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.mail.tools.discuss import Store

from ..wire.items import Echo, Failure
from .common import ANNA, WhatsappCase, WhatsappHttpCase, broken_connection, utc_now


class ReactionCase(WhatsappCase):
    def setUp(self):
        super().setUp()
        self.theirs = self.receive_text("Ja està pagat")
        self.message = self.theirs.mail_message_id
        self.thread = self.thread_of()

    def react(self, emoji, user=None, message=None, action="add"):
        """Choose a reaction as the web client does."""
        user, store = user or self.agent, Store()
        message = (message or self.message).with_user(user).sudo()
        message._message_reaction(
            emoji, action, user.partner_id, self.env["mail.guest"], store
        )
        return store.get_result()

    def take_back(self, emoji, user=None):
        return self.react(emoji, user, action="remove")

    def shown(self, message=None):
        """What stands under a message: emoji and who chose it."""
        reactions = (message or self.message).reaction_ids
        return {(r.content, (r.partner_id or r.guest_id).name) for r in reactions}

    def ours(self, emoji, user=None):
        return {(emoji, (user or self.agent).name)}

    def sent(self):
        """What the provider was asked to show, in order."""
        return [(each["target"], each["emoji"]) for each in self.provider.sent]

    def reactions(self):
        return self.theirs.reaction_ids.filtered(lambda m: m.direction == "out")


@tagged("post_install", "-at_install")
class TestReaction(ReactionCase):
    def test_it_goes_to_the_contact_like_a_message(self):
        answer = self.react("👍")
        self.assertEqual(self.reactions().state, "queued")
        self.assertEqual(self.shown(), self.ours("👍"))
        [shown] = answer["MessageReactions"]
        self.assertEqual((shown["content"], shown["count"]), ("👍", 1))
        [message] = answer["mail.message"]
        self.assertEqual(message["whatsapp"]["our_emoji"], "👍")
        self.run_outbox()
        self.assertEqual(self.sent(), [(self.theirs.provider_id, "👍")])
        self.assertEqual(self.provider.sent[0]["kind"], "reaction")
        self.assertFalse(self.provider.sent[0]["text"])
        self.assertEqual(self.reactions().state, "sent")
        self.receive(self.status(self.reactions(), "read"))
        self.assertEqual(self.reactions().state, "read")

    def test_our_own_messages_take_one_too(self):
        ours = self.send(self.thread)
        self.react("🎉", message=ours.mail_message_id)
        self.run_outbox()
        self.assertEqual(self.sent()[-1], (ours.provider_id, "🎉"))

    def test_of_a_message_with_files_the_same_part_gets_all(self):
        files = [("a.txt", b"one"), ("b.txt", b"two")]
        parts = self.send(self.thread, attachments=files)
        for emoji in ("👍", "❤️"):
            self.react(emoji, message=parts.mail_message_id)
            self.run_outbox()
        targets = [target for target, _emoji in self.sent()[-2:]]
        self.assertEqual(targets, [parts[0].provider_id] * 2)

    def test_a_second_one_replaces_the_first_whoever_chose_it(self):
        colleague = self.create_user(
            "colleague", "whatsapp_connector.group_whatsapp_agent", name="Pau"
        )
        self.team.user_ids |= colleague
        self.react("👍")
        self.run_outbox()
        self.react("❤️", colleague)
        self.assertEqual(self.shown(), self.ours("❤️", colleague))
        self.run_outbox()
        self.assertEqual([emoji for _target, emoji in self.sent()], ["👍", "❤️"])

    def test_anybody_of_us_takes_it_back(self):
        colleague = self.create_user(
            "colleague", "whatsapp_connector.group_whatsapp_agent"
        )
        self.team.user_ids |= colleague
        self.react("👍")
        self.run_outbox()
        answer = self.take_back("👍", colleague)
        self.assertFalse(self.shown())
        self.assertFalse(answer["mail.message"][0]["reactions"])
        self.run_outbox()
        self.assertEqual(self.sent()[-1], (self.theirs.provider_id, ""))

    def test_the_same_again_is_not_sent_again(self):
        for _time in range(2):
            self.react("👍")
            self.run_outbox()
        self.assertEqual(len(self.sent()), 1)

    def test_nobody_takes_back_the_contacts_own(self):
        item = self.inbound(
            "", kind="reaction", target_id=self.theirs.provider_id, emoji="😂"
        )
        self.receive(item)
        self.take_back("😂")
        self.run_outbox()
        self.assertFalse(self.sent())
        self.assertEqual(self.shown(), {("😂", "Anna")})

    def test_ours_and_theirs_stand_beside_each_other(self):
        self.react("👍")
        self.receive(
            self.inbound(
                "", kind="reaction", target_id=self.theirs.provider_id, emoji="👍"
            )
        )
        self.assertEqual(self.shown(), self.ours("👍") | {("👍", "Anna")})
        self.take_back("👍")
        self.assertEqual(self.shown(), {("👍", "Anna")})

    def test_what_still_waits_gives_way_to_what_is_chosen_next(self):
        self.react("👍")
        self.react("❤️")
        self.run_outbox()
        self.assertEqual([emoji for _target, emoji in self.sent()], ["❤️"])
        self.assertEqual(self.reactions().mapped("state"), ["sent", "cancelled"])

    def test_one_that_is_taken_back_in_the_queue_never_goes(self):
        self.react("👍")
        self.take_back("👍")
        self.run_outbox()
        self.assertFalse(self.sent())
        self.assertFalse(self.shown())

    def test_it_keeps_its_place_in_the_chat(self):
        self.post(self.thread, "Primer")
        self.react("👍")
        self.post(self.thread, "Després")
        self.run_outbox()
        kinds = [each["kind"] for each in self.provider.sent]
        self.assertEqual(kinds, ["text", "reaction", "text"])

    def test_it_is_no_answer_and_opens_nothing(self):
        conversation = self.conversations_of()
        waiting, before = conversation.waiting_since, self.thread.message_ids
        ticket, stage = self.tickets_of(), self.tickets_of().stage_id
        self.react("👍")
        self.run_outbox()
        self.assertEqual(conversation.waiting_since, waiting)
        self.assertFalse(conversation.first_answer_at)
        self.assertFalse(conversation.user_id)
        self.assertEqual(self.thread.message_ids, before)
        self.assertEqual((ticket.stage_id, ticket.whatsapp_unread), (stage, 1))
        conversation.action_close()
        self.react("❤️")
        self.assertEqual(self.conversations_of().mapped("state"), ["closed"])

    def test_what_staff_choose_on_the_phone_stands_in_the_chat(self):
        self.react("👍")
        self.run_outbox()
        item = self.inbound(
            "", kind="reaction", target_id=self.theirs.provider_id, emoji="🙏"
        )
        self.receive(Echo(message=item))
        self.assertEqual(self.shown(), {("🙏", self.company.partner_id.name)})
        self.assertEqual(len(self.sent()), 1)
        self.assertEqual(len(self.thread.message_ids), 1)


@tagged("post_install", "-at_install")
class TestReactionThatFails(ReactionCase):
    def trouble(self):
        return self.message._whatsapp_store_values()["reaction"]

    def test_it_is_not_shown_and_the_agent_is_told(self):
        self.react("👍")
        self.provider.refuse("131009")
        self.run_outbox()
        self.assertFalse(self.shown())
        trouble = self.trouble()
        self.assertEqual((trouble["emoji"], trouble["state"]), ("👍", "failed"))
        self.assertIn("refused", trouble["reason"])

    def test_what_stood_before_stands_again(self):
        self.react("👍")
        self.run_outbox()
        self.provider.refuse("131009", times=2)
        self.react("❤️")
        self.run_outbox()
        self.assertEqual(self.shown(), self.ours("👍"))
        self.take_back("👍")
        self.run_outbox()
        self.assertEqual(self.shown(), self.ours("👍"))
        self.assertEqual(self.trouble()["emoji"], "")

    def test_it_may_fail_later_too(self):
        self.react("👍")
        self.run_outbox()
        self.assertFalse(self.trouble())
        failure = Failure(code="131009", sentence="Too old.")
        self.receive(self.status(self.reactions(), "failed", failure=failure))
        self.assertFalse(self.shown())
        self.assertEqual(self.trouble()["reason"], "Too old.")

    def test_it_is_tried_again_by_hand(self):
        self.react("👍")
        self.provider.refuse()
        self.run_outbox()
        self.message.with_user(self.agent).action_whatsapp_resend_reaction()
        self.run_outbox()
        self.assertEqual(self.shown(), self.ours("👍"))
        self.assertFalse(self.trouble())

    def test_of_an_unknown_fate_it_is_shown_with_a_doubt(self):
        self.react("👍")
        self.provider.answer(broken_connection())
        self.run_outbox()
        self.assertEqual(self.shown(), self.ours("👍"))
        self.assertEqual(self.trouble()["state"], "unknown")
        self.reactions().with_user(self.agent).action_resend()
        self.run_outbox()
        self.assertEqual([emoji for _target, emoji in self.sent()], ["👍", "👍"])
        self.assertFalse(self.trouble())

    def test_one_that_was_followed_by_another_is_not_sent_again(self):
        self.react("👍")
        self.provider.refuse()
        self.run_outbox()
        first = self.reactions()
        self.react("❤️")
        self.run_outbox()
        with self.assertRaisesRegex(UserError, "nothing to send again"):
            first.with_user(self.agent).action_resend()

    def test_after_the_window_it_is_not_sent(self):
        self.react("👍")
        with self.later(hours=25):
            self.run_outbox()
        self.assertEqual(self.reactions().error_code, "window")
        self.assertFalse(self.shown())


@tagged("post_install", "-at_install")
class TestReactionRefused(ReactionCase):
    def assertRefused(self, sentence, emoji="👍", message=None, error=UserError):
        with self.assertRaisesRegex(error, sentence):
            self.react(emoji, message=message)
        self.assertFalse(self.reactions())

    def may_react(self, message=None):
        return (message or self.message)._whatsapp_store_values()["can_react"]

    def test_by_a_provider_that_can_not(self):
        self.can(reactions=False)
        self.assertRefused("This provider can't send reactions")
        self.assertFalse(self.thread._whatsapp_store_values()["can_react"])

    def test_outside_the_window(self):
        with self.later(hours=25):
            self.assertRefused("24 hours")

    def test_to_who_is_blocked(self):
        self.contact_of().blocked = True
        self.assertRefused("is blocked")

    def test_to_who_opted_out(self):
        self.env["whatsapp.consent"]._record(
            self.contact_of(), scope="all", decision="out", source="keyword"
        )
        self.assertRefused("asked for no more")

    def test_of_who_has_no_right(self):
        stranger = self.create_user(
            "stranger", "whatsapp_connector.group_whatsapp_user"
        )
        with self.assertRaises(AccessError):
            self.react("👍", stranger)

    def test_on_what_whatsapp_does_not_have(self):
        failed = self.post(self.thread)
        self.assertFalse(self.may_react(failed.mail_message_id), "not sent yet")
        self.provider.refuse()
        self.run_outbox()
        self.thread._whatsapp_notice("Entre nosaltres")
        notice = self.thread.message_ids.sorted("id")[-1]
        for message in (failed.mail_message_id, notice):
            self.assertRefused("doesn't have this message", message=message)
        self.assertFalse(self.may_react(failed.mail_message_id))

    def test_on_what_was_deleted(self):
        self.receive(self.inbound("", kind="revoke", target_id=self.theirs.provider_id))
        self.assertRefused("doesn't have this message")
        self.assertFalse(self.may_react())

    def test_on_an_old_message(self):
        self.assertTrue(self.may_react())
        self.theirs.sent_at = self.now() - timedelta(days=31)
        self.assertRefused("older than 30 days")
        self.assertFalse(self.may_react())

    def test_of_anything_but_one_emoji(self):
        for text in ("ok", "1", "👍" * 20):
            with self.subTest(text):
                self.assertRefused("one emoji", text)
        for emoji in ("1️⃣", "👨‍👩‍👧‍👦", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "👩🏽‍❤️‍💋‍👨🏿"):
            with self.subTest(emoji):
                self.react(emoji)

    def test_a_line_on_a_record_keeps_its_own_reactions(self):
        partner = self.contact_of().partner_id
        note = partner.message_post(body="Nota")
        self.react("👍", message=note)
        self.assertEqual(self.shown(note), self.ours("👍"))
        self.assertFalse(self.reactions())


@tagged("post_install", "-at_install")
class TestReactionRoute(WhatsappHttpCase):
    def test_the_web_client_hears_why_not(self):
        sent_at = utc_now() - timedelta(hours=30)
        message = self.receive_text("Hola", ANNA, sent_at=sent_at).mail_message_id
        self.authenticate(self.agent.login, self.agent.login)
        values = {"message_id": message.id, "content": "👍", "action": "add"}

        def react():
            url = "/mail/message/reaction"
            return self.url_open(url, json={"params": values}).json()

        self.assertIn("24 hours", react()["error"]["data"]["message"])
        self.receive_text("Encara hi sou?")
        [shown] = react()["result"]["MessageReactions"]
        self.assertEqual(shown["content"], "👍")
