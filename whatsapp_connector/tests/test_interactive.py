from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, tagged

from ..wire.outbound import Capabilities
from .common import WhatsappCase


@tagged("post_install", "-at_install")
class TestInteractive(WhatsappCase):
    """Buttons, lists and places, from the chat's composer."""

    def setUp(self):
        super().setUp()
        self.thread = self.open_thread()

    def compose(self, user=None, **vals):
        return (
            self.env["whatsapp.interactive"]
            .with_user(user or self.agent)
            .create({"thread_id": self.thread.id, **vals})
        )

    def choices(self, *titles, **vals):
        return [
            Command.clear(),
            *(Command.create({"title": title, **vals}) for title in titles),
        ]

    def last_message(self):
        return self.env["whatsapp.message"].search(
            [("thread_id", "=", self.thread.id), ("direction", "=", "out")], limit=1
        )

    def test_buttons_reach_the_provider_in_their_order(self):
        self.compose(
            kind="buttons",
            body="Which *day*?",
            choice_ids=self.choices("Monday", "Tuesday"),
        ).action_send()
        self.run_outbox()
        sent = self.provider.sent[0]
        self.assertEqual(sent["kind"], "buttons")
        self.assertEqual(sent["text"], "Which *day*?")
        self.assertEqual(sent["choices"], ["Monday", "Tuesday"])

    def test_the_chat_shows_the_text_formatted(self):
        self.compose(
            kind="buttons", body="Which *day*?", choice_ids=self.choices("Monday")
        ).action_send()
        body = self.last_message().mail_message_id.body
        self.assertIn("<strong>day</strong>", body)

    def test_a_list_carries_its_label_and_descriptions(self):
        self.compose(
            kind="list",
            body="Which shop?",
            list_label="Shops",
            choice_ids=self.choices("Girona", description="Until 8 p.m."),
        ).action_send()
        message = self.last_message()
        self.assertEqual(message.list_label, "Shops")
        self.assertEqual(message.choices[0]["description"], "Until 8 p.m.")

    def test_empty_rows_are_left_out(self):
        self.compose(
            kind="buttons", body="Which day?", choice_ids=self.choices("Monday", " ")
        ).action_send()
        self.assertEqual([c["title"] for c in self.last_message().choices], ["Monday"])

    def test_a_place_is_read_from_what_people_copy_from_a_map(self):
        for written in (
            "41.3874, 2.1686",
            "41.3874,2.1686",
            "https://maps.example.com/place/@41.3874,2.1686,17z",
            "https://www.openstreetmap.org/#map=16/41.3874/2.1686",
        ):
            self.compose(
                kind="location", coordinates=written, place="Our workshop"
            ).action_send()
            message = self.last_message()
            self.assertAlmostEqual(message.latitude, 41.3874)
            self.assertAlmostEqual(message.longitude, 2.1686)
            self.assertIn("Our workshop", message.mail_message_id.body)

    def test_what_is_no_place_is_refused(self):
        for written in ("Carrer de Mallorca 401", "91.5, 2.1"):
            with self.assertRaises(UserError):
                self.compose(kind="location", coordinates=written).action_send()

    def test_whatsapps_limits_are_checked_before_sending(self):
        cases = [
            {"body": "Which?", "choice_ids": self.choices("a", "b", "c", "d")},
            {"body": "Which?", "choice_ids": self.choices("a" * 21)},
            {"body": "Which?", "choice_ids": self.choices("a", "a")},
            {"body": "Which?", "choice_ids": self.choices()},
            {"body": "a" * 1025, "choice_ids": self.choices("a")},
            {"body": " ", "choice_ids": self.choices("a")},
        ]
        for vals in cases:
            with self.assertRaises(UserError):
                self.compose(kind="buttons", **vals).action_send()
        self.assertFalse(self.last_message())

    def test_only_what_the_provider_can_carry_is_offered(self):
        self.provider.capabilities = Capabilities(location=True)
        wizard = Form(
            self.env["whatsapp.interactive"]
            .with_user(self.agent)
            .with_context(default_thread_id=self.thread.id)
        )
        self.assertEqual(wizard.allowed_kinds, ["location"])
        self.assertEqual(wizard.kind, "location")

    def test_name_of_a_place_is_asked_for_where_it_is_shown(self):
        place = {"kind": "location", "coordinates": "41.38, 2.16"}
        self.assertTrue(self.compose(**place).has_place_names)
        self.provider.capabilities = Capabilities(location=True, location_names=False)
        self.assertFalse(self.compose(**place).has_place_names)
        for lost in ({"place": "Our workshop"}, {"address": "Mallorca 401"}):
            with self.assertRaisesRegex(UserError, "a message of their own"):
                self.compose(**place, **lost).action_send()
        self.assertFalse(self.last_message())
        self.compose(**place).action_send()
        self.assertEqual(self.last_message().kind, "location")

    def test_what_the_provider_cannot_carry_is_refused(self):
        wizard = self.compose(
            kind="buttons", body="Which day?", choice_ids=self.choices("Monday")
        )
        self.provider.capabilities = Capabilities()
        with self.assertRaises(UserError):
            wizard.action_send()

    def test_the_window_holds_here_too(self):
        wizard = self.compose(
            kind="buttons", body="Which day?", choice_ids=self.choices("Monday")
        )
        with self.later(hours=25), self.assertRaisesRegex(UserError, "24 hours"):
            wizard.action_send()

    def test_nobody_sends_to_a_chat_that_isnt_theirs(self):
        stranger = self.create_user(
            "stranger", "whatsapp_connector.group_whatsapp_agent"
        )
        with self.assertRaises(AccessError):
            self.compose(
                stranger,
                kind="buttons",
                body="Which day?",
                choice_ids=self.choices("Monday"),
            ).action_send()

    def test_a_chat_of_another_kind_is_refused(self):
        other = self.env["discuss.channel"]._create_channel(
            name="general", group_id=None
        )
        wizard = self.env["whatsapp.interactive"].create(
            {"thread_id": other.id, "kind": "location", "coordinates": "41.38, 2.16"}
        )
        with self.assertRaises(UserError):
            wizard.action_send()

    def test_the_client_cannot_hand_contents_through_the_context(self):
        contents = [{"kind": "text", "body": "forged", "state": "delivered"}]
        message = (
            self.thread.with_user(self.agent)
            .with_context(whatsapp_contents=contents, whatsapp_compose=contents)
            .message_post(body="Bon dia", message_type="whatsapp_message")
        )
        sent = message.sudo().whatsapp_message_ids
        self.assertEqual(sent.mapped("body"), ["Bon dia"])
        self.assertEqual(sent.state, "queued")

    def test_contents_in_the_context_do_nothing_in_other_chats(self):
        other = self.env["discuss.channel"]._create_channel(
            name="general", group_id=None
        )
        other.with_context(
            whatsapp_contents=[{"kind": "text", "body": "forged"}]
        ).message_post(body="Hi", message_type="whatsapp_message")
        forged = self.env["whatsapp.message"].search([("body", "=", "forged")])
        self.assertFalse(forged)
