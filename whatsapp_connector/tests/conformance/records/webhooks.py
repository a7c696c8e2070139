"""Each fixture on its way: signed, posted, stored, applied."""

import random
from dataclasses import replace

from odoo.tools import mute_logger

from ....wire.items import InboundMessage, Unknown
from ..required import SITUATIONS
from ..rows import WEBHOOKS, get_row
from .outcome import OutcomeKit, get_spellings

EVENTS = "odoo.addons.whatsapp_connector.models.whatsapp_event"
CHANGED = (
    "whatsapp.message",
    "whatsapp.contact",
    "whatsapp.contact.identity",
    "whatsapp.conversation",
    "whatsapp.consent",
    "whatsapp.template.variant",
    "discuss.channel",
    "helpdesk.ticket",
    "mail.message",
    "mail.message.reaction",
    "mail.activity",
    "res.partner",
)


class WebhookCases(OutcomeKit):
    def test_fixture_leaves_what_it_says(self):
        """Through the controller; applied once more, it leaves nothing else."""
        for name, expected in self.wire.events.items():
            with self.case(get_row(self.wire, name), name):
                self.set_scene(expected.items)
                event = self.post_fixture(name)
                self.run_inbox()
                notes = [i.what for i in expected.items if isinstance(i, Unknown)]
                self.assertEqual(event.state, "done", event.error)
                self.assertEqual(event.item_count, len(expected.items))
                self.assertEqual(event.error or "", "; ".join(notes))
                self.check_outcome(event, expected.items)
                if check := getattr(self, f"check_fixture_{name}", None):
                    check(event)
                before = self.take_stock()
                self.assertFalse(self.store_fixture(name), "it is there already")
                event.action_replay()
                self.run_inbox()
                self.assertEqual(event.state, "done", event.error)
                self.assertEqual(self.take_stock(), before)

    def post_fixture(self, name):
        """Have the provider post it; gives the event that was stored."""
        before = self.get_events()
        response = self.call(self.wire.post(name))
        self.assertEqual(response.status_code, 200)
        return self.get_events() - before

    def take_stock(self):
        """How many records there are, and how messages, templates and numbers stand."""
        counts = {name: self.env[name].search_count([]) for name in CHANGED}
        messages = self.env["whatsapp.message"].search([])
        variants = self.env["whatsapp.template.variant"].search([])
        return (
            counts,
            messages.read(["state", "body", "is_edited", "is_revoked", "error_code"]),
            variants.read(["state", "provider_status", "reason", "quality"]),
            self.account.read(["standing", "standing_until", "daily_limit"]),
            self.account.channel_ids.read(["quality"]),
        )

    def test_all_fixtures_in_any_order_are_applied(self):
        names = sorted(self.wire.events)
        random.Random(0).shuffle(names)
        with self.case(WEBHOOKS, "all in one go"):
            for name in names:
                self.set_scene(self.wire.events[name].items)
            for name in names:
                self.store_fixture(name)
            self.run_inbox()
            states = {event.state: event.error for event in self.get_events()}
            self.assertEqual(set(states), {"done"}, states)

    def test_event_of_a_number_out_of_use_waits_for_it(self):
        with self.case(WEBHOOKS, "archived number"), mute_logger(EVENTS):
            self.channel.active = False
            event = self.post_fixture("text")
            self.run_inbox()
            self.assertEqual(event.state, "failed")
            self.assertIn(self.channel.name, event.error)
            self.channel.active = True
            event.action_replay()
            self.run_inbox()
            self.assertEqual(event.state, "done")
            self.check_outcome(event, self.wire.events["text"].items)

    def test_event_of_an_unknown_number_is_kept_with_its_reason(self):
        with self.case(WEBHOOKS, "unknown number"), mute_logger(EVENTS):
            self.channel.unlink()
            event = self.post_fixture("text")
            self.run_inbox()
            self.assertEqual(event.state, "failed")
            self.assertIn(self.wire.number_id, event.error)

    def test_authentic_nonsense_is_kept_with_its_reason(self):
        request = replace(self.wire.post("text"), body=b"[]")
        with self.case(WEBHOOKS, "nonsense"), mute_logger(EVENTS):
            event = self.store_webhook(self.wire.sign(request))
            self.run_inbox()
            self.assertIn(event.state, ("failed", "done"))
            self.assertTrue(event.error)

    # -- people -----------------------------------------------------------------------

    def test_partner_is_found_whatever_the_spelling(self):
        for country in ("Brazil", "Mexico", "Argentina"):
            for name, item in self.find_shown(country):
                for spelling in get_spellings(item.person.number):
                    with self.case(SITUATIONS[country].row, f"{name} as {spelling}"):
                        partner = self.create_partner("Someone", spelling)
                        self.receive_fixture(name)
                        message = self.get_message(item.message_id)
                        self.assertEqual(message.contact_id.partner_id, partner)

    def test_person_of_number_and_user_id_is_known_by_either(self):
        for name, both in self.find_shown("number and user id"):
            for other in ("number alone", "user id alone"):
                for known, item in self.find_shown(other):
                    with self.case(SITUATIONS[other].row, f"{known}, then {name}"):
                        self.check_same_person((known, item), (name, both))

    def check_same_person(self, *fixtures):
        """Both are one, whichever comes first, if they share number or user id."""
        (_known, first), (_name, second) = fixtures
        pairs = [
            (getattr(first.person, key), getattr(second.person, key))
            for key in ("number", "user_id")
        ]
        for name, _item in fixtures:
            self.receive_fixture(name)
        contacts = [self.get_message(i.message_id).contact_id for _n, i in fixtures]
        self.assertEqual(contacts[0] == contacts[1], any(a == b for a, b in pairs if a))

    def find_shown(self, situation):
        """Fixtures of one message each that show a situation: name and message."""
        return [
            (name, event.items[0])
            for name, event in self.wire.events.items()
            if len(event.items) == 1
            and isinstance(event.items[0], InboundMessage)
            and SITUATIONS[situation].shows(event.items[0])
        ][:2]
