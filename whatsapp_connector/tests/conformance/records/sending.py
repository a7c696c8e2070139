"""Messages from the chat and from records: what goes out, what becomes of it."""

from dataclasses import replace

from odoo.exceptions import UserError

from ....models.whatsapp_sending import Letter
from ....wire.http import NoAnswer, NotSent
from ....wire.items import Location
from ....wire.outbound import (
    Accepted,
    OutcomeUnknown,
    Refused,
    TryLater,
)
from ..intents import MESSAGES
from ..rows import ANSWERS, REFUSALS
from ..wire import REFERENCE, SENTENCE, Asked
from .outcome import OutcomeKit
from .templates import TemplateKit

#: Kinds that a person can't make with the text box of a chat.
COMPOSED = ("buttons", "list", "location", "sticker")


class SendingCases(TemplateKit, OutcomeKit):
    # -- requests ---------------------------------------------------------------------

    def test_message_from_odoo_is_exactly_this_request_or_refused(self):
        self.begin_chat()
        for name, intent in MESSAGES.items():
            if intent.values.get("kind") == "template":
                continue
            with self.case(intent.row, name):
                outbound = intent.get_outbound(self.wire)
                if name in self.wire.sends:
                    self.check_sent(outbound, self.wire.sends[name])
                elif outbound.quoted_id:
                    self.check_sent(outbound, self.wire.sends["text"])
                elif outbound.text and outbound.media and self.can_carry(outbound):
                    self.check_split(outbound)
                else:
                    self.check_not_sent(outbound)

    def check_not_sent(self, outbound):
        """Refused before a request is made: to whoever writes, or beside the message.

        The chat's own tools refuse at once; what server code makes may be queued.
        """
        try:
            message = self.write_message(outbound)
        except UserError as refusal:
            self.assertEqual(SENTENCE, str(refusal))
            return
        self.assertIn(outbound.kind, COMPOSED)
        self.run_outbox()
        self.assertEqual(message.state, "failed")
        self.assertEqual(SENTENCE, message.failure_reason)

    def begin_chat(self):
        """A chat with Núria that goes on already, so that no case has to begin one."""
        self.post(self.open_thread())._cancel()

    def check_sent(self, outbound, expected):
        message = self.write_message(outbound)
        self.assertRecord(message, state="queued", kind=outbound.kind)
        self.script_send(sends=expected)
        self.run_outbox()
        self.assertEqual(self.script.asked, expected)
        self.assertTrue(all(map(self.wire.is_authorized, self.script.requests)))
        self.assertRecord(message, state="sent", provider_id=self.accepted[1])
        self.assertFalse(message.failure_reason)

    def can_carry(self, outbound):
        """Whether files of this kind go, and the chat makes a text of the caption."""
        can = self.wire.capabilities
        return outbound.media.kind in can.media_kinds and outbound.kind not in COMPOSED

    def check_split(self, outbound):
        """Without captions the text goes first, in a message of its own."""
        text, file = self.write_message(outbound)
        self.assertEqual((text.kind, text.body), ("text", outbound.text))
        self.assertEqual((file.kind, file.body), (outbound.kind, False))

    def write_message(self, outbound):
        """Have an agent write what ``outbound`` says; gives the queued messages."""
        thread = self.open_thread(outbound.person)
        quoted = outbound.quoted_id and self.make_message(
            outbound.person, "in", provider_id=outbound.quoted_id
        )
        thread._whatsapp_open_window(self.now())
        if outbound.kind == "reaction":
            return self.react(outbound)
        parent = {"parent_id": quoted.mail_message_id.id} if quoted else {}
        if outbound.kind in COMPOSED:
            content = self.prepare_content(outbound)
            mail_message = thread.with_user(self.agent)._whatsapp_post(
                [content], body=outbound.text
            )
            messages = mail_message.sudo().whatsapp_message_ids
        else:
            files = self.attach(outbound.media).ids if outbound.media else []
            messages = self.post(thread, outbound.text, attachment_ids=files, **parent)
        messages[-1:].reference = REFERENCE
        return messages

    def react(self, outbound):
        """Choose a reaction, or take back the one that stands, as the chat does."""
        target = self.make_message(
            outbound.person, "in", provider_id=outbound.target_id, sent_at=self.now()
        )
        target.thread_id._whatsapp_open_window(self.now())
        if not outbound.emoji:
            self._react(target, "out")
        target.mail_message_id.with_user(self.agent).sudo()._message_reaction(
            outbound.emoji or "😀",
            "add" if outbound.emoji else "remove",
            self.agent.partner_id,
            self.env["mail.guest"],
        )
        reaction = target.reaction_ids.sorted("id")[-1:]
        reaction.reference = REFERENCE
        return reaction

    def prepare_content(self, outbound):
        """Values of what is composed otherwise: by a wizard, or by server code."""
        content = {"kind": outbound.kind, "body": outbound.text}
        if outbound.media:
            attachment = self.attach(outbound.media)
            content["attachment_id"] = attachment.id
            content["file"] = {
                "name": attachment.name,
                "mimetype": attachment.mimetype,
                "size": attachment.file_size,
            }
        if place := outbound.location:
            content |= {
                "latitude": place.latitude,
                "longitude": place.longitude,
                "place": place.name,
                "body": place.address,
            }
        if outbound.kind in ("buttons", "list"):
            choices = [*outbound.buttons, *outbound.rows]
            content["choices"] = [vars(choice) for choice in choices]
            content["list_label"] = outbound.list_label
        return content

    # -- templates --------------------------------------------------------------------

    def test_template_from_a_record_is_exactly_this_request(self):
        for name, intent in MESSAGES.items():
            if intent.values.get("kind") == "template" and name in self.wire.sends:
                with self.case(intent.row, name):
                    self.check_template_sent(intent.get_outbound(self.wire), name)

    def check_template_sent(self, outbound, name):
        carried = outbound.template
        variant = self.make_template(carried.template)
        variant.sudo().write(
            {
                "state": "approved",
                "is_enabled": True,
                "provider_id": carried.template_id,
                "provider_name": carried.name or carried.template.name,
            }
        )
        contact = self.get_contact(outbound.person)
        self.env["whatsapp.consent"]._record(
            contact, scope="marketing", decision="in", source="person"
        )
        letter = Letter(
            channel=self.channel,
            contact=contact,
            variant=variant,
            free={f"{v.place}/{v.name}": v.value for v in carried.values},
        )
        message = self.env["whatsapp.sending"]._send([letter])
        self.assertFalse(letter.refusal)
        message.reference = REFERENCE
        expected = self.get_template_request(outbound, name)
        self.script_send(sends=expected)
        self.run_outbox()
        self.assertEqual(self.script.asked, expected)
        self.assertRecord(message, state="sent", kind="template")

    def get_template_request(self, outbound, name):
        """Templates in Odoo know no address of a place."""
        place = outbound.template.header_location
        if not place:
            return self.wire.sends[name]
        bare = Location(
            latitude=place.latitude, longitude=place.longitude, name=place.name
        )
        template = replace(outbound.template, header_location=bare)
        request = self.wire.build(
            replace(outbound, template=template), self.wire.account
        )
        return (Asked.of(request),)

    # -- answers ----------------------------------------------------------------------

    def test_answer_becomes_the_state_that_the_agent_sees(self):
        self.begin_chat()
        for name, (response, result) in self.wire.answers.items():
            with self.case(ANSWERS, name):
                self.check_answer(response, result)

    def check_answer(self, response, result):
        message = self.post(self.open_thread())
        before = self.now()
        self.script_send(response)
        self.run_outbox()
        asked = len(self.script.requests)
        match result:
            case Accepted(provider_id=provider_id):
                self.assertRecord(message, state="sent", provider_id=provider_id)
            case OutcomeUnknown():
                self.assertRecord(message, state="unknown", provider_id=False)
            case TryLater(after=after):
                self.assertRecord(message, state="queued", provider_id=False)
                pause = (message.next_try_at - before).total_seconds()
                self.assertGreaterEqual(pause, after or 1)
            case Refused(failure=failure) if failure.scope == "account":
                # It goes once the administrator has put things right.
                self.assertEqual(message.state, "queued")
                self.assertGreater(message.next_try_at, before)
            case Refused():
                self.assertEqual(message.state, "failed")
        failure = getattr(result, "failure", None)
        if response.status in (429, 503) or response.status >= 500:
            self.assertEqual(message.error_code, str(response.status))
            self.assertEqual(SENTENCE, message.failure_reason)
        else:
            self.check_failure(message, failure)
        self.run_outbox()
        self.assertEqual(len(self.script.requests), asked, "it was sent again")

    def test_connection_that_never_came_about_is_tried_again(self):
        for error, state in ((NotSent(), "queued"), (NoAnswer(), "unknown")):
            with self.case(ANSWERS, type(error).__name__):
                message = self.post(self.open_thread())
                self.script_send(error)
                self.run_outbox()
                self.assertEqual(message.state, state)
                self.assertEqual(SENTENCE, message.failure_reason)

    # -- capabilities -----------------------------------------------------------------

    def test_screens_offer_what_is_declared(self):
        can = self.wire.capabilities
        with self.case(REFUSALS, "screens"):
            self.assertEqual(self.account._get_capabilities(), can)
            self.assertRecord(
                self.account,
                has_templates=can.templates,
                can_configure_webhooks=can.configure_webhooks,
            )
            self.assertRecord(self.channel, can_backfill=can.backfill)
            shown = self.open_thread()._whatsapp_store_values()
            for name, value in (
                ("text_limit", can.text_limit),
                ("can_quote", can.quoting),
                ("can_react", can.reactions),
                ("can_locate", can.location),
                ("buttons", can.buttons),
                ("list_rows", can.list_rows),
            ):
                self.assertEqual(shown[name], value, name)

    def test_limits_are_told_before_anything_is_sent(self):
        can = self.wire.capabilities
        text = MESSAGES["text"].get_outbound(self.wire)
        letters = "x" * can.text_limit
        with self.case(REFUSALS, "longest text"):
            self.assertEqual(
                self.write_message(replace(text, text=letters)).state, "queued"
            )
        buttons = MESSAGES["buttons"].get_outbound(self.wire)
        rows = MESSAGES["list"].get_outbound(self.wire)
        picture = MESSAGES["picture"].get_outbound(self.wire)
        foreign = replace(picture.media, mimetype="image/x-icon")
        for name, outbound in {
            "text": replace(text, text=letters + "x"),
            "buttons": replace(
                buttons, buttons=buttons.buttons[:1] * (can.buttons + 1)
            ),
            "rows": replace(rows, rows=rows.rows[:1] * (can.list_rows + 1)),
            "type of file": replace(picture, media=foreign),
        }.items():
            with self.case(REFUSALS, f"too much: {name}"):
                self.check_not_sent(outbound)

    def test_what_is_not_offered_of_templates_may_not_be_submitted(self):
        for name, submission in self.get_templates_not_offered():
            with self.case(REFUSALS, f"template: {name}"):
                variant = self.make_template(submission.template)
                with self.assertRaises(UserError):
                    variant._check_complete()

    # -- people -----------------------------------------------------------------------

    def test_answer_goes_to_whom_it_came_from(self):
        """By the spelling, or the id, under which WhatsApp knows them."""
        text = MESSAGES["text"].get_outbound(self.wire)
        for situation in ("Brazil", "Mexico", "Argentina", "user id alone"):
            for name, item in self.find_shown(situation)[:1]:
                with self.case("Address people", name):
                    self.receive_fixture(name)
                    contact = self.get_message(item.message_id).contact_id
                    contact.thread_ids._whatsapp_open_window(self.now())
                    self.post(contact.thread_ids, text.text).reference = REFERENCE
                    self.script_send()
                    self.run_outbox()
                    person = replace(item.person, number=contact.number or None)
                    expected = self.wire.build(
                        replace(text, person=person), self.wire.account
                    )
                    self.assertEqual(self.script.asked[0], Asked.of(expected))
