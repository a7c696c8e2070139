"""What each item of a webhook must leave in Odoo's records.

Written down once more, from the item's own description: nothing here asks the code
that applies items.
"""

import re
from datetime import timedelta, timezone

from markupsafe import Markup

from odoo.tools import html2plaintext

from ....wire.items import (
    STATUSES,
    AccountUpdate,
    ConsentUpdate,
    Echo,
    IdentityChange,
    InboundMessage,
    Media,
    StatusUpdate,
    TemplatesChanged,
    TemplateUpdate,
)
from ....wire.template import STATUSES as TEMPLATE_STATUSES
from ..wire import SENTENCE
from .scene import BEFORE, SceneKit

CHANGES = ("reaction", "edit", "revoke")
WINDOW = timedelta(hours=24)


def get_spellings(number):
    """How people and WhatsApp write one line, the E.164 number of today first."""
    for pattern, forms in (
        (r"\+55(\d{2})9?(\d{8})", ("+55{0}9{1}", "+55{0}{1}")),
        (r"\+521?(\d{10})", ("+52{0}", "+521{0}")),
        (r"\+549?(\d{10})", ("+549{0}", "+54{0}")),
    ):
        if match := re.fullmatch(pattern, number):
            return [form.format(*match.groups()) for form in forms]
    return [number]


def in_utc(at):
    """An aware time as Odoo keeps it."""
    return at.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)


class OutcomeKit(SceneKit):
    def check_outcome(self, event, items):
        """Everything that ``items``, which came in ``event``, must have left."""
        for item in items:
            match item:
                case InboundMessage():
                    self._check_inbound(event, item)
                case Echo():
                    self._check_echo(event, item.message)
                case StatusUpdate():
                    self._check_status(item)
                case IdentityChange():
                    self._check_identity_change(item)
                case ConsentUpdate():
                    self._check_consent_update(item)
                case TemplateUpdate():
                    self._check_template_update(item)
                case TemplatesChanged():
                    self.assertLessEqual(self.account.templates_due_at, self.now())
                case AccountUpdate():
                    getattr(self, f"_check_{item.change}")(item)

    # -- messages ---------------------------------------------------------------------

    def _check_inbound(self, event, item):
        message = self.get_message(item.message_id)
        self.assertRecord(message, direction="in", state="received")
        self.check_contents(event, item, message)
        if item.kind in CHANGES:
            self.assertFalse(message.mail_message_id)
            getattr(self, f"_check_{item.kind}")(item, message)
            return
        self._check_window(item, message)
        self._check_ticket(item, message)
        self.assertEqual(
            message.mail_message_id.author_id, message.contact_id.partner_id
        )
        if item.consent:
            self._check_consent(message.contact_id, "all", item.consent, "provider")

    def check_contents(self, event, item, message):
        at = in_utc(item.sent_at) if item.sent_at else event.create_date
        choice = item.choice
        self.assertRecord(
            message,
            kind=item.kind,
            event_id=event,
            channel_id=self.get_channel(item.number_id),
            thread_id=message.mail_message_id
            and self.env["discuss.channel"].browse(message.mail_message_id.res_id)
            or message.thread_id,
            sent_at=at,
            quoted_provider_id=item.quoted_id or False,
            is_forwarded=item.forwarded,
            place=item.location and item.location.name or False,
            payload=choice and choice.payload or False,
            choices=choice
            and [{"title": choice.title, "payload": choice.payload}]
            or False,
        )
        text = item.emoji if item.kind == "reaction" else item.text
        self.assertEqual(message.body or "", text or (choice and choice.title) or "")
        self.assertEqual(message.answered_id.provider_id or None, item.quoted_id)
        if item.location:
            self.assertAlmostEqual(message.latitude, item.location.latitude, 6)
            self.assertAlmostEqual(message.longitude, item.location.longitude, 6)
        self._check_person(message.contact_id, item.person)
        self.assertRecord(
            message.thread_id,
            whatsapp_channel_id=message.channel_id,
            whatsapp_contact_id=message.contact_id,
            name=message.contact_id.name,
        )
        if item.kind not in CHANGES:
            self.assertEqual(message.mail_message_id.date, at)
            self._check_shown(item, message)
            self._check_files(item, message)

    def _check_shown(self, item, message):
        """Every word of it is to be read in the chat."""
        shown = Markup(message.mail_message_id.body).striptags()
        place, choice = item.location, item.choice
        texts = [item.text, item.referral.get("headline", "")]
        if place:
            texts += [place.name or "", place.address or ""]
            if not place.name and not place.address:
                texts.append(str(place.latitude))
        if choice:
            texts += [choice.title, choice.description or ""]
        for card in item.cards:
            texts += [card.name, *card.phones, *card.emails, card.organization or ""]
        for line in item.order:
            texts += [line.product, f"{line.quantity:g}"]
        for word in re.findall(r"\w+", " ".join(texts)):
            self.assertIn(word, shown)
        self.assertTrue(shown or item.media)
        quoted = message.answered_id.mail_message_id
        self.assertEqual(message.mail_message_id.parent_id, quoted)

    def _check_files(self, item, message):
        """Each file waits to be fetched, in a message of its own."""
        parts = message.mail_message_id.whatsapp_message_ids.sorted("part")
        self.assertEqual(len(parts), max(1, len(item.media)))
        for part, media in zip(parts, item.media, strict=False):
            self.assertEqual((part.kind, part.media_state), (item.kind, "waiting"))
            self.assertEqual(Media(**part.media), media)
        if not item.media:
            self.assertFalse(message.media_state or message.media)

    def _check_window(self, item, message):
        """It is open for a day, from when the person wrote."""
        until = message.sent_at + WINDOW
        self.assertEqual(message.thread_id.whatsapp_window_until, until)

    def _check_ticket(self, item, message):
        """One is opened, except for a mere wish to be left alone."""
        conversation = message.conversation_id
        self.assertEqual(conversation.thread_id, message.thread_id)
        self.assertEqual(len(conversation.ticket_ids), 0 if item.consent else 1)

    def _check_echo(self, event, item):
        message = self.get_message(item.message_id)
        self.check_contents(event, item, message)
        self.assertRecord(message, direction="out", state="sent")
        self.assertFalse(message.thread_id.whatsapp_window_until)
        self.assertFalse(message.conversation_id.ticket_ids)

    # -- changes of messages ----------------------------------------------------------

    def _check_reaction(self, item, message):
        reactions = self.get_message(item.target_id).mail_message_id.reaction_ids
        expected = [item.emoji] if item.emoji else []
        self.assertEqual(reactions.mapped("content"), expected)
        self.assertEqual(
            reactions.partner_id,
            expected and message.contact_id.partner_id or self.env["res.partner"],
        )

    def _check_edit(self, item, message):
        target = self.get_message(item.target_id)
        self.assertRecord(target, body=item.text, is_edited=True)
        self.assertIn(item.text, target.mail_message_id.body)

    def _check_revoke(self, item, message):
        target = self.get_message(item.target_id)
        self.assertRecord(
            target,
            body=False,
            is_revoked=True,
            attachment_id=target.attachment_id.browse(),
        )
        self.assertNotIn("Fins ara", target.mail_message_id.body)

    # -- people -----------------------------------------------------------------------

    def _check_person(self, contact, person):
        number = person.number and get_spellings(person.number)[0]
        if number:
            self.assertEqual(contact.number, number)
        for field, value in (
            ("wa_id", person.wa_id),
            ("username", person.username),
            ("profile_name", person.name),
        ):
            if value:
                self.assertEqual(contact[field], value)
        if person.user_id:
            keys = [(i.scope, i.user_id) for i in contact.identity_ids]
            self.assertIn((self.scope, person.user_id), keys)
        self.assertEqual(contact.company_id, self.company)
        self.assertTrue(contact.partner_id)
        self.assertEqual(len(self.find_contacts(person)), 1)

    def find_contacts(self, person):
        """Whoever has the number or the user id of ``person``."""
        contacts = self.env["whatsapp.contact"]
        spellings = get_spellings(person.number) if person.number else []
        return contacts.search([("number", "in", spellings)]) | contacts.search(
            [("identity_ids.user_id", "=", person.user_id or "")]
        )

    def _check_identity_change(self, item):
        [contact] = self.find_contacts(item.new)
        self.assertEqual(len(contact.thread_ids), 1)
        self.assertTrue(contact.thread_ids.message_ids)
        if item.new.number:
            self.assertRecord(
                contact, number=get_spellings(item.new.number)[0], wa_id=item.new.wa_id
            )
            old = item.old.number and item.old.number != item.new.number
            self.assertFalse(
                old
                and contact.search([("number", "in", get_spellings(item.old.number))])
            )
        if item.new.user_id:
            self.assertIn(item.new.user_id, contact.identity_ids.mapped("user_id"))
        if item.old.user_id:
            self.assertEqual(self.find_contacts(item.old), contact)

    def _check_consent_update(self, item):
        [contact] = self.find_contacts(item.person)
        decision = "in" if item.opted_in else "out"
        self._check_consent(contact, item.scope, decision, "provider", item.evidence)

    def _check_consent(self, contact, scope, decision, source, evidence=None):
        """The last entry of the ledger says so, and the contact too."""
        entry = self.env["whatsapp.consent"].search(
            [("contact_id", "=", contact.id), ("scope", "=", scope)], limit=1
        )
        self.assertRecord(entry, decision=decision, source=source)
        if evidence is not None:
            self.assertEqual(entry.evidence or "", evidence)
        if scope == "all":
            self.assertEqual(contact.opted_out, decision == "out")
        else:
            self.assertEqual(contact.marketing_consent, decision)

    # -- statuses ---------------------------------------------------------------------

    def _check_status(self, item):
        message = self._find_message(item.message_id, item.reference)
        self.assertEqual(len(message), 1)
        if item.message_id:
            self.assertEqual(message.provider_id, item.message_id)
        is_known = item.status in STATUSES
        moves = is_known and item.status != "queued"
        self.assertRecord(
            message,
            # Messages of others are there because they were sent.
            state=item.status if moves else "sent" if message.event_id else "sending",
            provider_status=False if is_known else item.status,
            pricing=dict(item.pricing) or False,
        )
        if item.at and moves:
            self.assertEqual(message[f"{item.status}_at"], in_utc(item.at))
        self.check_failure(message, item.failure if item.status == "failed" else None)
        if item.status == "failed" and not item.failure:
            self.assertEqual(SENTENCE, message.failure_reason)

    def check_failure(self, message, failure):
        """What an agent reads of it, and whom else it concerns."""
        scope = failure and failure.scope
        if failure:
            self.assertRecord(
                message,
                error_code=failure.code,
                error_scope=scope,
                error_detail=failure.detail or False,
            )
            self.assertEqual(SENTENCE, message.failure_reason)
        contact, account = message.contact_id, message.account_id
        self.assertEqual(contact.opted_out, scope == "consent")
        self.assertEqual(contact.marketing_consent == "out", scope == "marketing")
        if scope in ("consent", "marketing"):
            which = "all" if scope == "consent" else scope
            self._check_consent(contact, which, "out", "provider")
        self.assertEqual(bool(account.fault), scope == "account")
        if scope == "account":
            self.assertIn(failure.code, account.fault)
            self.assertIn(account.fault, "".join(account.activity_ids.mapped("note")))
            self.assertGreater(account.suspended_until, self.now())

    # -- templates --------------------------------------------------------------------

    def _check_template_update(self, item):
        variant = self.find_variant(item)
        self.assertEqual(len(variant), 1)
        before = BEFORE.get(item.value, "approved")
        if item.change != "status":
            self.assertEqual(variant.state, before)
        elif item.value in TEMPLATE_STATUSES:
            self.assertRecord(variant, state=item.value, provider_status=False)
        else:
            self.assertRecord(variant, state=before, provider_status=item.value)
        if variant.state in ("rejected", "paused", "disabled"):
            self.assertEqual(variant.reason or "", item.reason or "")
            self.assertIn(
                item.reason or "", "".join(variant.message_ids.mapped("body"))
            )
        category = item.value if item.change == "category" else False
        quality = item.value if item.change == "quality" else False
        self.assertEqual(variant.granted_category, category)
        self.assertEqual(variant.quality, quality if quality != "unknown" else False)

    # -- the account ------------------------------------------------------------------

    def _check_standing(self, item):
        account = self.account
        self.assertRecord(
            account,
            standing=item.value,
            standing_until=in_utc(item.until) if item.until else False,
        )
        self._check_logged(item)
        is_good = item.value == "good"
        for sentence in item.sentences:
            self.assertEqual(sentence not in (account.troubles or ""), is_good)
        self._check_to_do("standing", () if is_good else item.sentences)

    def _check_quality(self, item):
        is_known = item.value != "unknown"
        self.assertEqual(self.channel.quality, item.value if is_known else False)
        is_low = item.value == "red"
        name = self.channel.display_name
        self.assertEqual(name in (self.account.troubles or ""), is_low)
        self._check_to_do("standing", (name,) if is_low else ())

    def _check_limit(self, item):
        """It is 500 before: who may write to fewer now has to know."""
        people = int(item.value)
        self.assertEqual(self.account.daily_limit, people)
        fell = 0 < people < 500
        self._check_to_do("notice", (str(people),) if fell else ())

    def _check_notice(self, item):
        self._check_logged(item)
        words = (*item.sentences, item.detail or "")
        self._check_to_do("notice", words if item.value == "warning" else ())

    def _check_logged(self, item):
        """The history has it, with what the provider said."""
        history = "\n".join(
            map(html2plaintext, self.account.message_ids.mapped("body"))
        )
        for words in (*item.sentences, item.detail or ""):
            self.assertIn(words, history)

    def _check_to_do(self, kind, words):
        """All who look after the account have one activity that says so, or none."""
        known = self.account.activity_search(
            [f"whatsapp_connector.mail_activity_type_{kind}"]
        )
        people = self.account._get_caretakers() if words else self.env["res.users"]
        self.assertEqual(len(known), len(people))
        self.assertEqual(known.user_id, people)
        for activity in known:
            for each in words:
                self.assertIn(each, html2plaintext(activity.note))
