"""What a provider is asked to do besides: people, receipts, look-ups, set-up."""

from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError

from ....wire.http import HttpResponse, NoAnswer, NotSent
from ..intents import HIDDEN, NURIA
from ..required import DEEDS
from ..rows import REFUSALS, SETTING_UP
from ..wire import REFERENCE, Deed
from .outcome import WINDOW, OutcomeKit, in_utc

#: Answers to whatever is asked while an account is set up.
FAILURES = {
    "refused": HttpResponse(status=401, body=b"{}"),
    "not found": HttpResponse(status=404, body=b"<html>"),
    "out of reach": NotSent("refused"),
    "silent": NoAnswer("broken"),
    "busy": HttpResponse(status=503, body=b"{}"),
    "too fast": HttpResponse(status=429, body=b"{}"),
}


class DeedCases(OutcomeKit):
    #: When the message was sent that is looked up, where that matters; naive UTC.
    claimed_at = None

    def test_deed_is_done_from_the_records(self):
        for name, work in {
            "read": self.mark_read,
            "typing": self.type_answer,
            "block": lambda deed: self.block(NURIA),
            "unblock": lambda deed: self.unblock(NURIA),
            "block by user id": lambda deed: self.block(HIDDEN),
            "backfill": self.backfill,
            "look up by id": self.look_up,
            "look up by reference": self.look_up,
            "look up what is unknown there": self.look_up,
            "look up time": self.look_up_time,
            "look up time of what is gone": self.look_up_time,
            "webhooks": self.configure_webhooks,
            "webhooks again": self.configure_webhooks,
        }.items():
            if deed := self.wire.deeds.get(name):
                with self.case(DEEDS[name].row, name):
                    if prepare := getattr(self, f"prepare_{name}".replace(" ", "_"), 0):
                        prepare()
                    self.do(deed, work)

    def do(self, deed, work):
        """Do ``work``; it asks exactly what the deed says, with our credentials."""
        self.script.expect(*(answer for _asked, answer in deed.exchanges))
        work(deed)
        self.assertEqual(self.script.asked, tuple(a for a, _answer in deed.exchanges))
        self.assertTrue(all(map(self.wire.is_authorized, self.script.requests)))

    def mark_read(self, deed):
        """An agent has seen the message: whoever wrote it is told."""
        message, member = self.be_written_to(deed)
        member._mark_as_read(message.mail_message_id.id)
        self.run_presence()
        self.assertEqual(message.receipt, "sent")

    def type_answer(self, deed):
        """An agent writes: whoever waits for the answer is told."""
        message, member = self.be_written_to(deed)
        member._notify_typing(True)
        self.run_presence()
        self.assertEqual(message.receipt, "sent")

    def be_written_to(self, deed):
        """The message that the deed is about, and the agent as a member of the chat."""
        self.channel.send_receipts = self.channel.show_typing = True
        message = self.make_message(
            NURIA, "in", provider_id=deed.subject, sent_at=self.now()
        )
        message.thread_id._whatsapp_open_window(self.now())
        message.thread_id._whatsapp_add_users(self.agent)
        [member] = message.thread_id.channel_member_ids
        return message, member.with_user(self.agent)

    def block(self, person):
        thread = self.open_thread(person)
        self.channel.user_ids = self.agent
        thread.with_user(self.agent).action_whatsapp_block()
        self.run_housekeeping()
        self.assertRecord(thread.whatsapp_contact_id, blocked=True, block_pending=False)

    def unblock(self, person):
        contact = self.open_thread(person).whatsapp_contact_id
        contact.blocked = contact.block_pending = True
        contact.blocked = False
        self.run_housekeeping()
        self.assertFalse(contact.block_pending)

    def backfill(self, deed):
        """What came during an outage, but for the first, which came in after all."""
        known, *missed = deed.result
        self.make_message(known.person, "in", provider_id=known.message_id)
        self.channel.backfill_since = self.channel.backfill_since or self.now()
        self.run_housekeeping()
        self.assertFalse(self.channel.backfill_since)
        self.get_message(known.message_id)
        for item in missed:
            message = self.get_message(item.message_id)
            self.check_contents(message.event_id, item, message)

    def look_up(self, deed):
        """A message whose answer got lost: what became of it?"""
        message = self.make_message(
            NURIA,
            body="Bon dia",
            provider_id=deed.subject,
            reference=REFERENCE,
            state="unknown",
            claimed_at=self.claimed_at or self.now() - timedelta(minutes=5),
        )
        self.env["whatsapp.housekeeping"]._look_up(message)
        update = deed.result
        self.assertEqual(message.state, update.status if update else "unknown")
        self.check_failure(message, update and update.failure)
        if update and update.message_id:
            self.assertEqual(message.provider_id, update.message_id)

    def look_up_time(self, deed):
        """A message whose webhook was late and told no time: when was it sent?"""
        sent_at = deed.result and in_utc(deed.result)
        stored_at = sent_at + timedelta(hours=1) if sent_at else self.now()
        message = self.make_message(
            NURIA, "in", provider_id=deed.subject, sent_at=stored_at, time_pending=True
        )
        message.thread_id._whatsapp_open_window(stored_at)
        self.env["whatsapp.housekeeping"]._look_up_time(message)
        told_at = sent_at or stored_at
        self.assertRecord(message, sent_at=told_at, time_pending=False)
        self.assertEqual(message.thread_id.whatsapp_window_until, told_at + WINDOW)

    def configure_webhooks(self, _deed):
        self.account.action_configure_webhooks()
        self.assertTrue(self.channel.webhook_configured)

    # -- what is not declared ---------------------------------------------------------

    def test_what_is_not_declared_is_never_asked_and_told_to_who_wants_it(self):
        for capability, work in {
            "read_receipts": self.want_to_mark_read,
            "typing": self.want_to_show_typing,
            "blocking": lambda: self.block(NURIA),
            "backfill": self.want_to_backfill,
            "look_up": self.want_to_look_up,
            "look_up_time": self.want_to_look_up_time,
            "configure_webhooks": self.want_to_configure_webhooks,
            "templates": self.want_to_sync_templates,
        }.items():
            # Without what the provider has, as another one would be.
            can = replace(self.wire.capabilities, **{capability: False})
            with (
                self.case(REFUSALS, f"without {capability}"),
                patch.object(
                    type(self.account),
                    "_get_capabilities",
                    lambda _account, can=can: can,
                ),
            ):
                self.account.invalidate_recordset()
                self.channel.invalidate_recordset()
                work()
                self.assertFalse(self.script.requests)

    def want_to_mark_read(self):
        message, member = self.be_written_to(Deed(do=None, exchanges=(), subject="m1"))
        member._mark_as_read(message.mail_message_id.id)
        self.run_presence()
        self.assertFalse(message.receipt)

    def want_to_show_typing(self):
        message, member = self.be_written_to(Deed(do=None, exchanges=(), subject="m1"))
        member._notify_typing(True)
        self.run_presence()
        self.assertFalse(message.receipt)

    def want_to_backfill(self):
        self.assertFalse(self.channel.can_backfill)
        with self.assertRaisesRegex(UserError, "can't be asked"):
            self.channel.action_backfill()

    def want_to_look_up(self):
        message = self.make_message(
            NURIA, state="unknown", claimed_at=self.now() - timedelta(minutes=5)
        )
        self.run_housekeeping()
        self.assertEqual(message.state, "unknown")

    def want_to_look_up_time(self):
        self.receive_fixture("text")
        message = self.env["whatsapp.message"].search([], order="id DESC", limit=1)
        self.assertFalse(message.time_pending)

    def want_to_configure_webhooks(self):
        self.assertFalse(self.account.can_configure_webhooks)
        with self.assertRaisesRegex(UserError, "by hand"):
            self.account.action_configure_webhooks()

    def want_to_sync_templates(self):
        self.assertFalse(self.account.has_templates)
        with self.assertRaisesRegex(UserError, "has templates"):
            self.account.action_sync_templates()

    # -- set-up -----------------------------------------------------------------------

    def test_connection_that_does_not_work_is_told(self):
        for name, answer in FAILURES.items():
            with self.case(SETTING_UP, f"connection: {name}"):
                self.script.otherwise = answer
                checks = self.account._check_connection()
                self.assertTrue(self.script.requests)
                # The last is about the address of this Odoo.
                self.assertFalse(any(check.ok for check in checks[:-1]))
                self.assertTrue(all(check.detail for check in checks))
                self.assertFalse(self.account.credentials_ok)

    def test_webhooks_that_can_not_be_set_are_told(self):
        if not self.wire.capabilities.configure_webhooks:
            return
        for name, answer in FAILURES.items():
            with self.case(SETTING_UP, f"webhooks: {name}"):
                self.script.otherwise = answer
                with self.assertRaisesRegex(UserError, r"\w{3,}.*[.)]$"):
                    self.account.action_configure_webhooks()
                self.assertFalse(self.channel.webhook_configured)

    def test_a_secret_is_taken_without_blanks_and_refused_with_what_hides_it(self):
        names = self.account._get_secret_fields(self.wire.provider)
        for name in filter(self.account.__getitem__, names):
            with self.case(SETTING_UP, f"pasted: {name}"):
                known = self.account[name]
                self.account[name] = f" {known}\n"
                self.assertEqual(self.account[name], known)
                described = self.account._fields[name].string
                for hidden in ("••••••••", f"{known}–{known}", "two\nlines"):
                    with self.assertRaisesRegex(ValidationError, described) as caught:
                        self.account[name] = hidden
                    self.assertNotIn(hidden, str(caught.exception))

    def test_credentials_are_needed_and_named(self):
        for name, field in self.account._fields.items():
            if getattr(field, "required_if_provider", None) == self.wire.provider:
                with self.case(SETTING_UP, f"without {name}"):
                    with self.assertRaisesRegex(ValidationError, field.string):
                        self.account[name] = False
