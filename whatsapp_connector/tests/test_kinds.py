from dataclasses import replace

from odoo.tests import tagged

from ..wire.items import (
    Choice,
    ContactCard,
    Echo,
    Location,
    OrderLine,
)
from .common import BIEL, WhatsappCase

SCRIPT = "<script>alert(1)</script>"


@tagged("post_install", "-at_install")
class TestInboundKinds(WhatsappCase):
    def body_of(self, **values):
        return self.receive(self.inbound(**values)).mail_message_id.body

    def test_text_shows_whatsapps_formatting(self):
        body = self.body_of(text="*negreta* i _cursiva_\nsegona línia")
        self.assertIn("<strong>negreta</strong>", body)
        self.assertIn("<em>cursiva</em>", body)
        self.assertIn("<br>", body)

    def test_html_in_any_text_is_escaped(self):
        hostile = {
            "text": {"text": SCRIPT},
            "location": {
                "kind": "location",
                "location": Location(
                    latitude=41.4, longitude=2.2, name=SCRIPT, address=f"1 {SCRIPT}"
                ),
            },
            "contacts": {
                "kind": "contacts",
                "cards": (ContactCard(name=SCRIPT, phones=(SCRIPT,)),),
            },
            "button_reply": {
                "kind": "button_reply",
                "choice": Choice(title=SCRIPT, description=SCRIPT),
            },
            "order": {
                "kind": "order",
                "order": (OrderLine(product=SCRIPT, quantity=1, currency=SCRIPT),),
            },
            "unsupported": {"kind": "unsupported", "text": SCRIPT},
            "referral": {"text": "Hola", "referral": {"headline": SCRIPT}},
        }
        for case, values in hostile.items():
            with self.subTest(case):
                message = self.receive(self.inbound(**values))
                self.assertNotIn("<script", message.mail_message_id.body)

    def test_a_location_links_to_a_map(self):
        place = Location(latitude=41.4036, longitude=2.1744, name="Sagrada Família")
        message = self.receive(self.inbound("", kind="location", location=place))
        self.assertIn("mlat=41.4036&amp;mlon=2.1744", message.mail_message_id.body)
        self.assertIn("Sagrada Família", message.mail_message_id.body)
        self.assertEqual((message.latitude, message.longitude), (41.4036, 2.1744))

    def test_below_the_name_of_a_place_is_its_address(self):
        name, address = "Plaça de Catalunya", "08002 Barcelona"
        for given, shown in (
            ({"name": name, "address": address}, f"{name}</a><br><small>{address}"),
            ({"name": name}, f"{name}</a>"),
            ({"address": address}, f"{address}</a>"),
            ({"name": address, "address": address}, f"{address}</a>"),
        ):
            with self.subTest(**given):
                place = Location(latitude=41.387, longitude=2.17, **given)
                body = self.body_of(text="", kind="location", location=place)
                self.assertIn(shown, body)
                self.assertEqual("<small>" in body, "<small>" in shown)

    def test_a_contact_card_shows_name_and_numbers(self):
        card = ContactCard(name="Carla", phones=("+34 600",), emails=("c@example.com",))
        body = self.body_of(text="", kind="contacts", cards=(card,))
        for part in ("Carla", "+34 600", "c@example.com"):
            self.assertIn(part, body)

    def test_tapped_buttons_and_picked_rows_show_what_was_chosen(self):
        for kind in ("button_reply", "list_reply"):
            with self.subTest(kind):
                message = self.receive(
                    self.inbound("", kind=kind, choice=Choice(title="Sí", payload="y"))
                )
                self.assertIn("Sí", message.mail_message_id.body)
                self.assertEqual(message.body, "Sí")
                self.assertEqual(message.choices, [{"title": "Sí", "payload": "y"}])

    def test_an_order_lists_its_products(self):
        line = OrderLine(product="Cadira", quantity=2, price=30, currency="EUR")
        body = self.body_of(text="Gràcies", kind="order", order=(line,))
        self.assertIn("2 × Cadira (30 EUR)", body)
        self.assertIn("Gràcies", body)

    def test_a_forwarded_message_says_so(self):
        self.assertIn("Forwarded", self.body_of(text="Mira", forwarded=True))

    def test_an_advertisement_is_named(self):
        body = self.body_of(text="Hola", referral={"headline": "Rebaixes"})
        self.assertIn("Rebaixes", body)

    def test_an_unsupported_message_says_so_and_leads_to_its_event(self):
        message = self.receive(self.inbound("", kind="unsupported"))
        self.assertIn("Unsupported message", message.mail_message_id.body)
        self.assertTrue(message.event_id)
        self.assertTrue(self.tickets_of())

    def test_a_kind_that_nobody_knows_yet_is_unsupported(self):
        for kind in ("hologram", "inbound", "referral", "revoked"):
            with self.subTest(kind):
                message = self.receive(self.inbound("", kind=kind))
                self.assertEqual(message.kind, "unsupported")
                self.assertIn("Unsupported message", message.mail_message_id.body)

    def test_a_location_without_a_place_is_unsupported(self):
        message = self.receive(self.inbound("", kind="location"))
        self.assertIn("Unsupported message", message.mail_message_id.body)

    def test_a_quoted_reply_points_to_what_it_quotes(self):
        first = self.receive_text("Quin preu té?")
        second = self.receive_text("Aquest, dic", quoted_id=first.provider_id)
        self.assertEqual(second.mail_message_id.parent_id, first.mail_message_id)

    def test_a_quote_of_our_own_message_points_to_it(self):
        ours = self.send(self.open_thread())
        theirs = self.receive_text("Entesos", quoted_id=ours.provider_id)
        self.assertEqual(theirs.mail_message_id.parent_id, ours.mail_message_id)

    def test_a_quote_never_reaches_into_another_chat(self):
        first = self.receive_text("Secret", BIEL)
        second = self.receive_text("Què?", quoted_id=first.provider_id)
        self.assertFalse(second.mail_message_id.parent_id)


@tagged("post_install", "-at_install")
class TestChanges(WhatsappCase):
    def change(self, target, kind, text="", **values):
        return self.receive(
            self.inbound(text, kind=kind, target_id=target.provider_id, **values)
        )

    def test_a_reaction_stands_on_its_message_and_a_new_one_replaces_it(self):
        ours = self.send(self.open_thread())
        self.change(ours, "reaction", emoji="👍")
        self.change(ours, "reaction", emoji="❤️")
        reactions = ours.mail_message_id.reaction_ids
        self.assertEqual(reactions.mapped("content"), ["❤️"])
        self.assertEqual(reactions.partner_id, self.contact_of().partner_id)

    def test_an_empty_reaction_takes_it_back(self):
        ours = self.send(self.open_thread())
        self.change(ours, "reaction", emoji="👍")
        self.change(ours, "reaction", emoji="")
        self.assertFalse(ours.mail_message_id.reaction_ids)

    def test_a_reaction_of_who_is_nobodys_contact_is_shown_by_their_name(self):
        ours = self.send(self.open_thread())
        self.contact_of().action_unlink_partner()
        self.change(ours, "reaction", emoji="👍")
        self.change(ours, "reaction", emoji="❤️")
        reactions = ours.mail_message_id.reaction_ids
        self.assertEqual(reactions.mapped("content"), ["❤️"])
        self.assertEqual(reactions.guest_id.name, "Anna")
        self.assertFalse(reactions.guest_id.channel_ids)
        self.change(ours, "reaction", emoji="")
        self.assertFalse(ours.mail_message_id.reaction_ids)

    def test_reactions_follow_a_corrected_match(self):
        ours = self.send(self.open_thread())
        self.change(ours, "reaction", emoji="👍")
        contact = self.contact_of()
        contact.action_unlink_partner()
        self.assertEqual(ours.mail_message_id.reaction_ids.guest_id.name, "Anna")
        contact.action_new_partner()
        reaction = ours.mail_message_id.reaction_ids
        self.assertEqual(reaction.partner_id, contact.partner_id)
        self.assertFalse(reaction.guest_id)

    def test_a_reaction_is_no_message_and_opens_no_ticket(self):
        ours = self.send(self.open_thread())
        self.conversations_of().action_close()
        before = self.thread_of().message_ids
        reaction = self.change(ours, "reaction", emoji="👍")
        self.assertEqual(self.thread_of().message_ids, before)
        self.assertFalse(reaction.mail_message_id)
        self.assertEqual(self.conversations_of().mapped("state"), ["closed"])
        self.assertEqual(len(self.tickets_of()), 1)

    def test_a_reaction_of_who_never_wrote_opens_nothing(self):
        self.receive(self.inbound("", kind="reaction", target_id="x", emoji="👍"))
        self.assertFalse(self.conversations_of())

    def test_an_edit_replaces_the_text_and_is_marked(self):
        message = self.receive_text("Trobem-nos a les 5")
        self.change(message, "edit", "Trobem-nos a les *6*")
        self.assertIn("<strong>6</strong>", message.mail_message_id.body)
        self.assertEqual(message.body, "Trobem-nos a les *6*")
        self.assertTrue(message.is_edited)

    def test_a_deletion_takes_text_and_file_away_but_not_the_trace(self):
        message = self.receive(
            self.inbound_media("image", "foto.png", PNG, "image/png", text="Mira")
        )
        self.run_media()
        attachments = self.env["ir.attachment"].search(
            [("checksum", "=", message.attachment_id.checksum)]
        )
        self.assertEqual(len(attachments), 2, "the chat's and the ticket's")
        self.change(message, "revoke")
        self.assertIn("deleted", message.mail_message_id.body)
        self.assertFalse(message.body)
        self.assertTrue(message.is_revoked)
        self.assertFalse(attachments.exists())

    def test_a_file_deleted_before_it_was_fetched_is_not_fetched(self):
        message = self.receive(
            self.inbound_media("image", "foto.png", PNG, "image/png")
        )
        self.change(message, "revoke")
        self.run_media()
        self.assertFalse(message.attachment_id)
        self.assertFalse(message.media_state)

    def test_nobody_edits_or_deletes_our_messages(self):
        ours = self.send(self.open_thread(), "El preu és 100")
        self.change(ours, "edit", "El preu és 1")
        self.change(ours, "revoke")
        self.assertIn("100", ours.mail_message_id.body)
        self.assertFalse(ours.is_revoked)

    def test_nobody_changes_messages_of_another_chat(self):
        message = self.receive_text("Original", BIEL)
        self.receive_text("Hola")
        self.change(message, "edit", "Canviat")
        self.assertIn("Original", message.mail_message_id.body)

    def test_a_change_right_behind_its_message_in_one_batch_is_applied(self):
        first = self.inbound("Trobem-nos a les 5")
        edit = self.inbound("a les 6", kind="edit", target_id=first.message_id)
        messages = self.receive(first, edit)
        self.assertIn("a les 6", messages[0].mail_message_id.body)

    def test_a_repeated_change_is_recorded_once(self):
        message = self.receive_text("Hola")
        edit = self.inbound("Adéu", kind="edit", target_id=message.provider_id)
        self.receive(edit)
        again = replace(edit, text="Altra cosa")
        self.assertFalse(self.receive(again))
        self.assertEqual(message.body, "Adéu")


@tagged("post_install", "-at_install")
class TestEchoes(WhatsappCase):
    def test_what_our_people_write_on_the_phone_is_shown_and_not_sent(self):
        self.open_thread()
        echo = self.receive(Echo(message=self.inbound("Ja ho mirem")))
        self.run_outbox()
        self.assertEqual((echo.direction, echo.state), ("out", "sent"))
        self.assertIn("Ja ho mirem", self.thread_of().message_ids.sorted("id")[-1].body)
        self.assertFalse(self.provider.sent)

    def test_what_they_edit_or_delete_there_changes_our_message(self):
        ours = self.send(self.open_thread(), "Són 100 euros")
        change = {"target_id": ours.provider_id}
        self.receive(Echo(message=self.inbound("Són 90", kind="edit", **change)))
        self.assertIn("Són 90", ours.mail_message_id.body)
        self.receive(Echo(message=self.inbound("", kind="revoke", **change)))
        self.assertTrue(ours.is_revoked)
        self.assertEqual(len(self.thread_of().message_ids), 2)

    def test_it_is_an_answer(self):
        self.open_thread()
        ticket = self.tickets_of()
        self.receive(Echo(message=self.inbound("Ja ho mirem")))
        self.assertFalse(self.conversations_of().waiting_since)
        self.assertEqual(
            ticket.stage_id,
            self.env.ref("helpdesk_mgmt.helpdesk_ticket_stage_in_progress"),
        )

    def test_one_that_opens_a_chat_waits_for_an_answer(self):
        self.receive(Echo(message=self.inbound("Bon dia")))
        self.assertEqual(self.conversations_of().state, "waiting")
        self.assertFalse(self.tickets_of())

    def test_its_file_is_fetched(self):
        item = self.inbound_media("image", "foto.png", PNG, "image/png")
        echo = self.receive(Echo(message=item))
        self.run_media()
        self.assertTrue(echo.attachment_id)


PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d4944"
    "4154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
