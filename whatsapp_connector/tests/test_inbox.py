from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..models import whatsapp_event, whatsapp_inbox
from ..models.whatsapp_inbox import LANES, WhatsappInbox
from ..tools.work import wake_at
from ..wire.items import Person, StatusUpdate, Unknown
from ..wire.webhook import MalformedEvent, WebhookRequest
from .common import ANNA, BIEL, WhatsappCase

INBOX_LOG = "odoo.addons.whatsapp_connector.models.whatsapp_inbox"
EVENT_LOG = "odoo.addons.whatsapp_connector.models.whatsapp_event"


@tagged("post_install", "-at_install")
class TestIdempotence(WhatsappCase):
    def test_a_repeated_delivery_is_stored_once(self):
        webhook = WebhookRequest(
            method="POST",
            url=self.account._get_webhook_url(),
            body=self.provider.pack([self.inbound()]),
        )
        self.assertTrue(self.store_webhook(webhook))
        self.assertFalse(self.store_webhook(webhook))
        self.run_inbox()
        self.assertEqual(len(self.thread_of().message_ids), 1)

    def test_one_item_in_two_events_is_one_message(self):
        item = self.inbound()
        self.receive(item)
        self.receive(item)
        self.assertEqual(len(self.thread_of().message_ids), 1)

    def test_one_item_twice_in_a_batch_is_one_message(self):
        item = self.inbound()
        self.receive(item, item)
        self.assertEqual(len(self.thread_of().message_ids), 1)

    def test_a_replayed_event_changes_nothing(self):
        message = self.receive_text("Hola")
        message.event_id.action_replay()
        self.run_inbox()
        self.assertEqual(message.event_id.state, "done")
        self.assertEqual(len(self.thread_of().message_ids), 1)
        self.assertEqual(len(self.tickets_of()), 1)

    def test_the_same_id_of_two_accounts_is_two_messages(self):
        other = self.create_account()
        channel = self.create_channel(other, "+34931000300")
        self.receive(self.inbound(message_id="same"))
        self.receive(
            self.inbound(message_id="same", number_id=channel.number_id), account=other
        )
        self.assertEqual(
            self.env["whatsapp.message"].search_count([("provider_id", "=", "same")]), 2
        )

    def test_the_database_allows_a_providers_id_once_an_account(self):
        message = self.receive_text()
        self.assertIn(
            "whatsapp_message_provider_id_unique",
            self.registry["whatsapp.message"]._table_objects,
        )
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                message.copy({"provider_id": message.provider_id}).flush_recordset()


@tagged("post_install", "-at_install")
class TestFailures(WhatsappCase):
    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_a_malformed_event_is_kept_as_failed_with_its_reason(self):
        event = self.store(MalformedEvent("field From is missing"))
        self.run_inbox()
        self.assertEqual(event.state, "failed")
        self.assertIn("field From is missing", event.error)

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_a_failed_event_can_be_replayed_when_its_cause_is_gone(self):
        event = self.store(MalformedEvent("not understood"))
        self.run_inbox()
        body = event._get_bodies()[event.id]
        self.provider.payloads[body] = [self.inbound("Ara sí")]
        event.action_replay()
        self.run_inbox()
        self.assertEqual(event.state, "done")
        self.assertFalse(event.error)
        self.assertEqual(event.message_ids.body, "Ara sí")

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_administrators_are_told_once_of_failed_events(self):
        for number in range(3):
            self.store(MalformedEvent(f"bad {number}"))
        self.run_inbox()
        admin = self.env.ref("base.user_admin")
        activities = self.account.activity_ids.filtered(lambda a: a.user_id == admin)
        self.assertEqual(len(activities), 1)

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_a_poisoned_event_stops_no_other(self):
        first = self.store(self.inbound("abans"))
        bad = self.store(MalformedEvent("bad"))
        worse = self.store(RuntimeError("a bug"))
        last = self.store(self.inbound("després"))
        self.run_inbox()
        self.assertEqual(
            [event.state for event in (first, bad, worse, last)],
            ["done", "failed", "retry", "done"],
        )

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_a_poisoned_event_of_one_account_stops_no_other_account(self):
        other = self.create_account()
        channel = self.create_channel(other, "+34931000300")
        self.store(RuntimeError("a bug"))
        event = self.store(self.inbound(number_id=channel.number_id), account=other)
        self.run_inbox()
        self.assertEqual(event.state, "done")

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_an_item_that_cannot_be_applied_takes_no_other_of_its_event_along(self):
        people = [
            Person(number=f"+3461200{number:04}", name=f"Person {number}")
            for number in range(7)
        ]
        bad = people[4]
        event = self.store(*(self.inbound(p.name, p) for p in people))
        with self.refuse_tickets_of(bad):
            self.run_inbox()
        self.assertEqual(event.state, "retry")
        self.assertIn("1 of 7 items", event.error)
        self.assertIn("No tickets for Person 4", event.error)
        self.assertEqual(
            [len(self.tickets_of(person)) for person in people], [1, 1, 1, 1, 0, 1, 1]
        )
        self.assertFalse(self.thread_of(bad))
        event.next_try_at = self.now()
        self.run_inbox()
        self.assertEqual(event.state, "done")
        self.assertFalse(event.error)
        self.assertEqual([len(self.tickets_of(person)) for person in people], [1] * 7)

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_what_is_left_of_an_event_ends_as_failed(self):
        event = self.store(self.inbound("Hola", ANNA), self.inbound("Bon dia", BIEL))
        with self.refuse_tickets_of(BIEL):
            for _attempt in range(whatsapp_event.MAX_ATTEMPTS):
                event.next_try_at = self.now() if event.state == "retry" else False
                self.run_inbox()
        self.assertEqual(event.state, "failed")
        self.assertEqual(event.item_count, 2)
        self.assertEqual(event.message_ids.body, "Hola")

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_when_time_is_up_what_is_left_of_an_event_waits(self):
        event = self.store(self.inbound("Hola", ANNA), self.inbound("Bon dia", BIEL))
        with self.refuse_tickets_of(BIEL):
            with patch.object(whatsapp_inbox, "PARTS_SECONDS", -1):
                self.run_inbox()
        self.assertEqual(event.state, "retry")
        self.assertIn("2 of 2 items", event.error)
        self.assertFalse(self.thread_of(ANNA))

    @contextmanager
    def refuse_tickets_of(self, person):
        """As a bug in one of the company's own rules would."""
        create = type(self.env["helpdesk.ticket"])._whatsapp_create

        def refuse(tickets, pairs):
            names = [c.contact_id.profile_name for c, _messages in pairs]
            if person.name in names:
                raise RuntimeError(f"No tickets for {person.name}")
            return create(tickets, pairs)

        with patch.object(
            type(self.env["helpdesk.ticket"]), "_whatsapp_create", refuse
        ):
            yield

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_a_temporary_fault_is_tried_again_with_growing_waits(self):
        event = self.store(RuntimeError("locked"))
        waits = []
        with patch.object(whatsapp_event, "MAX_ATTEMPTS", 10):
            for _attempt in range(3):
                event.next_try_at = self.now() if event.state == "retry" else False
                self.run_inbox()
                self.assertEqual(event.state, "retry")
                waits.append((event.next_try_at - self.now()).total_seconds())
        self.assertLess(waits[0], waits[1])
        self.assertLess(waits[1], waits[2])

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_a_lasting_fault_ends_as_failed(self):
        event = self.store(RuntimeError("a bug"))
        for _attempt in range(whatsapp_event.MAX_ATTEMPTS):
            event.next_try_at = self.now() if event.state == "retry" else False
            self.run_inbox()
        self.assertEqual(event.state, "failed")
        self.assertIn("a bug", event.error)

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_items_of_an_unknown_number_are_kept_while_the_others_are_applied(self):
        event = self.store(
            self.inbound("per a nosaltres", ANNA),
            self.inbound("per a ningú", BIEL, number_id="+34000000000"),
        )
        self.run_inbox()
        self.assertEqual(event.state, "failed")
        self.assertIn("+34000000000", event.error)
        self.assertEqual(event.message_ids.body, "per a nosaltres")
        self.create_channel(self.account, "+34931000200", number_id="+34000000000")
        event.action_replay()
        self.run_inbox()
        self.assertEqual(event.state, "done")
        self.assertEqual(
            event.message_ids.sorted("id").mapped("body"),
            ["per a nosaltres", "per a ningú"],
        )

    @mute_logger(EVENT_LOG)
    def test_a_message_to_an_archived_number_says_so_and_can_be_replayed(self):
        self.channel.active = False
        event = self.store(self.inbound("Hola"))
        self.run_inbox()
        self.assertEqual(event.state, "failed")
        self.assertIn("Main number", event.error)
        self.assertIn("archived", event.error)
        self.channel.active = True
        event.action_replay()
        self.run_inbox()
        self.assertEqual(event.state, "done")
        self.assertTrue(self.thread_of())

    def test_what_nobody_understands_is_kept_and_shown(self):
        event = self.store(Unknown(what="field 'calls'"), self.inbound("Hola"))
        self.run_inbox()
        self.assertEqual(event.state, "done")
        self.assertIn("field 'calls'", event.error)
        self.assertEqual(event.item_count, 2)

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_a_secret_in_a_reason_is_masked(self):
        event = self.store(MalformedEvent(f"token {self.provider.secret} refused"))
        worse = self.store(RuntimeError(f"token {self.provider.secret} refused"))
        self.run_inbox()
        for kept in event | worse:
            self.assertNotIn(self.provider.secret, kept.error)
            self.assertIn("***", kept.error)

    def test_a_secret_in_a_reason_is_masked_in_the_log_too(self):
        self.store(RuntimeError(f"token {self.provider.secret} refused"))
        with self.assertLogs(INBOX_LOG, "WARNING") as log:
            self.run_inbox()
        self.assertNotIn(self.provider.secret, "\n".join(log.output))

    def test_nul_bytes_and_broken_surrogates_are_stripped(self):
        person = Person(number=ANNA.number, wa_id="34612\x00345678", name="An\x00na")
        message = self.receive(
            self.inbound("Ho\x00la \ud83d", person, message_id="id\x00 1")
        )
        self.assertEqual(message.body, "Hola ?")
        self.assertEqual(message.provider_id, "id 1")
        self.assertEqual(message.contact_id.profile_name, "Anna")


@tagged("post_install", "-at_install")
class TestLease(WhatsappCase):
    def orphan(self, event):
        """As a worker leaves an event that dies while it applies it."""
        event.write(
            {
                "state": "processing",
                "attempts": 1,
                "lease_until": self.now().replace(year=2020),
            }
        )
        event.flush_recordset()

    def test_an_event_in_work_is_left_alone(self):
        self.store(self.inbound())
        account, events = self.env["whatsapp.inbox"]._claim()
        self.assertEqual((account, len(events)), (self.account, 1))
        self.store(self.inbound("Hola?"))
        self.assertFalse(self.env["whatsapp.inbox"]._claim()[1])

    def test_an_event_whose_worker_died_is_taken_again_and_alone(self):
        events = [self.store(self.inbound(f"{number}")) for number in range(3)]
        self.orphan(events[1])
        claimed = []
        inbox = self.env["whatsapp.inbox"]
        process = WhatsappInbox._process

        def _process(model, account, batch):
            claimed.append(batch.ids)
            return process(model, account, batch)

        with patch.object(WhatsappInbox, "_process", _process):
            inbox._cron_run(0)
        self.assertEqual(claimed, [[event.id] for event in events])
        self.assertEqual([event.state for event in events], ["done"] * 3)

    @mute_logger(EVENT_LOG, INBOX_LOG)
    def test_an_event_that_kills_every_worker_is_given_up(self):
        event = self.store(self.inbound())
        self.orphan(event)
        event.attempts = whatsapp_event.MAX_ATTEMPTS
        event.flush_recordset()
        self.run_inbox()
        self.assertEqual(event.state, "failed")
        self.assertIn("never ended", event.error)

    def test_a_claim_takes_one_account_in_the_order_of_arrival(self):
        other = self.create_account()
        channel = self.create_channel(other, "+34931000300")
        first = self.store(self.inbound("1"))
        second = self.store(self.inbound(number_id=channel.number_id), account=other)
        third = self.store(self.inbound("3"))
        inbox = self.env["whatsapp.inbox"]
        self.assertEqual(inbox._claim(), (self.account, first | third))
        self.assertEqual(inbox._claim(), (other, second))

    def test_a_flood_of_one_account_lets_another_through(self):
        other = self.create_account()
        channel = self.create_channel(other, "+34931000300")
        flood = [self.store(self.inbound(str(n))) for n in range(6)]
        single = self.store(self.inbound(number_id=channel.number_id), account=other)
        order = []
        process = WhatsappInbox._process

        def note(inbox, account, events):
            order.append(events)
            return process(inbox, account, events)

        with (
            patch.object(whatsapp_inbox, "BATCH", 2),
            patch.object(WhatsappInbox, "_process", note),
        ):
            self.run_inbox()
        self.assertEqual(order[:2], [flood[0] | flood[1], single])
        self.assertEqual({event.state for event in flood}, {"done"})

    def test_retries_wake_the_lane_when_they_are_due(self):
        event = self.store(StatusUpdate(status="sent", message_id="not yet known"))
        self.run_inbox()
        self.assertEqual(event.state, "retry")
        cron = self.env["whatsapp.inbox"]._lane(0)
        triggers = self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)])
        due = [t.call_at for t in triggers if t.call_at >= event.next_try_at]
        self.assertLess(min(due) - event.next_try_at, timedelta(seconds=1))

    def wake_alone(self):
        """Wake the account's lane, which nobody has woken yet; gives its triggers."""
        inbox = self.env["whatsapp.inbox"]
        triggers = self.env["ir.cron.trigger"]
        mine = [("cron_id", "=", inbox._lane(self.account.id % LANES).id)]
        triggers.search(mine).unlink()
        inbox._wake(self.account)
        self.env.flush_all()
        self.set_created(
            triggers.search(mine), "GREATEST(call_at, now() AT TIME ZONE 'utc')"
        )
        return lambda: triggers.search(mine)

    def set_created(self, triggers, value):
        """A webhook's transaction is short, a test's is not."""
        self.env.cr.execute(
            SQL(
                "UPDATE ir_cron_trigger SET create_date = %s WHERE id IN %s",
                SQL(value),
                tuple(triggers.ids),
            )
        )

    def test_a_wake_that_waits_serves_all_who_come_meanwhile(self):
        get_triggers = self.wake_alone()
        for _webhook in range(3):
            self.env["whatsapp.inbox"]._wake(self.account)
        self.assertEqual(len(get_triggers()), 1)

    def test_a_wake_that_nobody_took_up_serves_nobody_else(self):
        """Whom it woke has died: after a restart, workers look once in a minute."""
        get_triggers = self.wake_alone()
        get_triggers().call_at = fields.Datetime.subtract(self.now(), hours=1)
        self.env.flush_all()
        self.set_created(
            get_triggers(), "now() AT TIME ZONE 'utc' - interval '1 second'"
        )
        self.env["whatsapp.inbox"]._wake(self.account)
        self.assertEqual(len(get_triggers()), 2)

    def test_a_wake_set_for_later_serves_nobody_when_its_time_has_come(self):
        """Nothing wakes workers for it: they look once in a minute."""
        get_triggers = self.wake_alone()
        self.set_created(get_triggers(), "call_at - interval '1 second'")
        self.env["whatsapp.inbox"]._wake(self.account)
        self.assertEqual(len(get_triggers()), 2)

    def test_a_wake_for_a_later_moment_of_this_second_is_for_the_next(self):
        """Set for this second, it would wake nobody and pass for one that did."""
        get_triggers = self.wake_alone()
        get_triggers().unlink()
        cron = self.env["whatsapp.inbox"]._lane(self.account.id % LANES)
        soon = datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(seconds=2.5)
        wake_at(cron, soon)
        [trigger] = get_triggers()
        self.assertEqual(trigger.call_at.microsecond, 0)
        self.assertGreater(trigger.call_at, soon)
