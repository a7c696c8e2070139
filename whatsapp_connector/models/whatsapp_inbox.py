import logging
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timezone
from traceback import format_exception
from typing import Any

from odoo import api, models
from odoo.fields import Datetime
from odoo.tools import SQL

from ..tools.work import backoff, rerun_on_conflict, wake, wake_at
from ..wire import items as wire
from ..wire import text as whatsapp_text
from ..wire.webhook import MalformedEvent
from .whatsapp_event import MAX_ATTEMPTS

_logger = logging.getLogger(__name__)

LANES = 2
BATCH = 100
LEASE_SECONDS = 120
BUDGET_SECONDS = 20
#: For the parts of one event; well within its lease.
PARTS_SECONDS = 30


@dataclass
class Report:
    """What a batch could not finish.

    ``waiting``: events with a status whose message isn't known (yet). ``unrouted``:
    events with an item of a number that no channel in use has, and the reason.
    """

    waiting: set[Any] = field(default_factory=set)
    unrouted: dict[Any, str] = field(default_factory=dict)

    def merge(self, other):
        self.waiting |= other.waiting
        self.unrouted |= other.unrouted


class WhatsappInbox(models.AbstractModel):
    """The step that turns stored events into chats.

    A lane claims the next events of one account, in order; no other lane works for
    that account meanwhile. The batch is applied in one transaction. If one event of
    it is bad, they are applied one by one and the bad one is kept with its reason.
    """

    _name = "whatsapp.inbox"
    _description = "WhatsApp Inbox"

    # -- running ----------------------------------------------------------------------

    @api.model
    def _wake(self, accounts, at=None):
        """Have a lane run when this transaction commits (or at ``at``)."""
        for lane in {account.id % LANES for account in accounts}:
            if at:
                wake_at(self._lane(lane), at)
            else:
                wake(self._lane(lane))

    @api.model
    def _lane(self, lane):
        xmlid = f"whatsapp_connector.ir_cron_inbox_{lane}"
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid, True)
        return self.env["ir.cron"].sudo().browse(cron_id)

    @api.model
    def _cron_run(self, lane=0):
        """Apply what is due, account by account, for a bounded time.

        Accounts take turns, a batch each: a flood of one keeps no other waiting.
        """
        deadline = time.monotonic() + BUDGET_SECONDS
        processed, served = 0, []
        while time.monotonic() < deadline:
            account, events = self._claim(served)
            if not events:
                break
            self._process(account, events)
            processed += len(events)
            served = [*(a for a in served if a != account.id), account.id]
        else:
            wake_at(self._lane(lane))
        self._trigger_next(lane)
        self.env["ir.cron"]._commit_progress(processed, remaining=0)

    @api.model
    def _trigger_next(self, lane):
        """Events to be tried again later wake the lane when they are due."""
        rows = self.env.execute_query(
            SQL("SELECT min(next_try_at) FROM whatsapp_event WHERE state = 'retry'")
        )
        if rows[0][0]:
            wake_at(self._lane(lane), rows[0][0])

    @api.model
    def _claim(self, served=()):
        """Lease the next events of one account that nobody else is working on.

        :param served: ids of the accounts that had their turn, the latest last
        :return: account, events (both empty if there is nothing to do)
        """

        def claim():
            account_id = self._lock_next_account(served)
            event_ids = self._lease_events(account_id) if account_id else []
            accounts = self.env["whatsapp.account"].browse(account_id)
            return accounts, self.env["whatsapp.event"].browse(event_ids)

        return rerun_on_conflict(self.env, claim)

    @api.model
    def _lock_next_account(self, served):
        """Id of the account whose turn it is, locked; None if none has a due event.

        Of those who had no turn yet, the one with the oldest event.

        ``NO KEY``: a plain row lock would stop webhooks from inserting events.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id
                  FROM whatsapp_account account
                  JOIN LATERAL (
                       SELECT min(event.id) AS first_id
                         FROM whatsapp_event event
                        WHERE event.account_id = account.id AND %(due)s
                       ) work ON work.first_id IS NOT NULL
                 WHERE NOT EXISTS (
                       SELECT FROM whatsapp_event event
                        WHERE event.account_id = account.id
                          AND event.state = 'processing'
                          AND event.lease_until >= %(now)s
                       )
                 ORDER BY array_position(%(served)s::int[], account.id) NULLS FIRST,
                          work.first_id
                 LIMIT 1
                   FOR NO KEY UPDATE OF account SKIP LOCKED
                """,
                due=self._due(),
                now=Datetime.now(),
                served=list(served),
            )
        )
        return rows[0][0] if rows else None

    @api.model
    def _due(self):
        return SQL(
            """(event.state = 'new'
                OR event.state = 'retry' AND event.next_try_at <= %(now)s
                OR event.state = 'processing' AND event.lease_until < %(now)s)""",
            now=Datetime.now(),
        )

    @api.model
    def _lease_events(self, account_id):
        """Lease the account's next events. One whose worker died goes alone."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH next AS (
                    SELECT event.id, event.state = 'processing' AS orphan
                      FROM whatsapp_event event
                     WHERE event.account_id = %(account)s AND %(due)s
                     ORDER BY event.id
                     LIMIT %(batch)s
                ), mine AS (
                    SELECT id FROM next
                     WHERE NOT orphan AND id < ALL(SELECT id FROM next WHERE orphan)
                    UNION ALL
                    (SELECT id FROM next
                      WHERE orphan AND id = (SELECT min(id) FROM next))
                )
                UPDATE whatsapp_event
                   SET state = 'processing', lease_until = %(lease)s,
                       attempts = attempts + 1
                 WHERE id IN (SELECT id FROM mine)
                RETURNING id
                """,
                account=account_id,
                due=self._due(),
                batch=BATCH,
                lease=Datetime.add(Datetime.now(), seconds=LEASE_SECONDS),
            )
        )
        self.env["whatsapp.event"].invalidate_model(
            ["state", "lease_until", "attempts"]
        )
        return sorted(event_id for (event_id,) in rows)

    # -- applying a batch -------------------------------------------------------------

    @api.model
    def _process(self, account, events):
        """Apply claimed events together; if that fails, one by one."""
        account = account.with_context(active_test=False)
        try:
            rerun_on_conflict(self.env, lambda: self._apply_events(account, events))
        except Exception as error:
            if len(events) == 1:
                self._process_in_parts(account, events, error)
                return
            reason = type(error).__name__
            _logger.info("Batch of %s events: one by one (%s)", len(events), reason)
            for event in events:
                self._process(account, event)

    @api.model
    def _process_in_parts(self, account, event, error):
        """Apply what can be applied of an event that can't be as a whole.

        A provider may put a thousand items into it: a bad one takes none along.
        """
        try:
            pairs = self._parse_events(account, event)
        except Exception:  # what can't be read has no parts
            pairs = []
        if len(pairs) < 2:
            self._keep_failure(event, error)
            return
        report, errors = Report(), []
        deadline = time.monotonic() + PARTS_SECONDS
        self._apply_in_parts(account, pairs, report, errors, deadline)
        if errors:
            self._keep_failure(event, errors[0], left=len(errors), total=len(pairs))
        else:
            rerun_on_conflict(self.env, lambda: self._conclude(pairs, event, report))

    @api.model
    def _apply_in_parts(self, account, pairs, report, errors, deadline):
        """Apply each half by itself, down to the items that can't be applied.

        Each in a transaction of its own: what is applied stays, whatever follows.

        :param report: filled with what all parts could not finish
        :param errors: filled with one exception for each item that is left
        :param deadline: after it (monotonic seconds) nothing is divided any more
        """

        def apply():
            return self._apply_items(account, pairs)

        try:
            report.merge(rerun_on_conflict(self.env, apply))
        except Exception as error:
            if len(pairs) == 1 or time.monotonic() > deadline:
                errors += [error] * len(pairs)
                return
            middle = len(pairs) // 2
            for half in (pairs[:middle], pairs[middle:]):
                self._apply_in_parts(account, half, report, errors, deadline)

    @api.model
    def _keep_failure(self, event, error, left=0, total=0):
        """Record why an event could not be applied; try again if that may help.

        :param left: how many of its ``total`` items could not, where others were
        """

        def keep():
            reason = str(error) or type(error).__name__
            if left:
                event.item_count = total
                reason = self.env._(
                    "%(left)s of %(total)s items could not be applied: %(reason)s",
                    left=left,
                    total=total,
                    reason=reason,
                )
            if isinstance(error, MalformedEvent) or event.attempts >= MAX_ATTEMPTS:
                event._set_failed(reason)
            else:
                event._set_retry(reason, backoff(event.attempts, base=10))

        if not isinstance(error, MalformedEvent):
            trace = event.account_id._mask("".join(format_exception(error)))
            _logger.warning(
                "WhatsApp event %s could not be applied:\n%s", event.id, trace
            )
        rerun_on_conflict(self.env, keep)

    @api.model
    def _apply_events(self, account, events):
        """Parse and apply ``events``; raises on the first thing that is wrong."""
        pairs = self._parse_events(account, events)
        self._conclude(pairs, events, self._apply_items(account, pairs))

    @api.model
    def _conclude(self, pairs, events, report):
        """Write what became of ``events`` whose items were applied."""
        items = defaultdict(list)
        for event, item in pairs:
            items[event].append(item)
        for event in events:
            event.item_count = len(items[event])
            notes = [i.what for i in items[event] if isinstance(i, wire.Unknown)]
            if event in report.waiting and event._may_await_message():
                event._set_awaiting_message()
                continue
            if event in report.waiting:
                notes.append(self.env._("Status of a message that Odoo did not send."))
            if event in report.unrouted:
                event._set_failed(report.unrouted[event])
            else:
                event._set_done("; ".join(notes)[:500] or False)

    @api.model
    def _parse_events(self, account, events):
        """The items of ``events``, in order: list of ``(event, item)``."""
        if len(events) == 1 and events.attempts > MAX_ATTEMPTS:
            raise MalformedEvent(self.env._("Its processing never ended."))
        transport = account._transport()
        bodies = events._get_bodies()
        pairs = []
        for event in events:
            webhook = event._get_webhook(bodies[event.id])
            items = whatsapp_text.clean_all(transport._parse(account, webhook))
            pairs += [(event, item) for item in items]
        return pairs

    @api.model
    def _apply_items(self, account, pairs):
        """Apply items in their order; neighbours of one kind go together.

        The worker has a company of its own: it works in the account's.

        :param pairs: list of ``(event, item)``
        :return: :class:`Report`
        """
        inbox = self.with_company(account.company_id)
        appliers = {
            wire.InboundMessage: inbox._apply_messages,
            wire.StatusUpdate: inbox._apply_statuses,
            wire.Echo: inbox._apply_echoes,
            wire.IdentityChange: inbox._apply_identity_changes,
            wire.ConsentUpdate: inbox._apply_consents,
            wire.TemplateUpdate: inbox._apply_template_updates,
            wire.TemplatesChanged: inbox._apply_template_changes,
            wire.AccountUpdate: inbox._apply_account_updates,
        }
        report = Report()
        for kind, run in self._runs(pairs):
            if kind in appliers:
                appliers[kind](account, run, report)
        return report

    @api.model
    def _runs(self, pairs):
        """Group neighbours of one type; changes to a message stand alone, in order."""
        run, kind = [], None
        for event, item in pairs:
            alone = getattr(item, "kind", None) in wire.CHANGES
            if run and (type(item) is not kind or alone or run[-1][2]):
                yield kind, [(e, i) for e, i, _alone in run]
                run = []
            kind = type(item)
            run.append((event, item, alone))
        if run:
            yield kind, [(e, i) for e, i, _alone in run]

    @api.model
    def _route(self, account, pairs, report):
        """Sort items by the channel that their number belongs to.

        An item of a number that no channel in use has is reported; the others go on.

        :return: dict channel → list of ``(event, item)``
        """
        numbers = {item.number_id for _event, item in pairs}
        known = self.env["whatsapp.channel"].with_context(active_test=False)
        channels = {
            channel.number_id: channel
            for channel in known.search(
                [("account_id", "=", account.id), ("number_id", "in", list(numbers))]
            ).with_env(self.env)
        }
        routed = defaultdict(list)
        for event, item in pairs:
            channel = channels.get(item.number_id)
            if channel and channel.active:
                routed[channel].append((event, item))
            else:
                report.unrouted[event] = self._explain_unrouted(channel, item)
        return routed

    @api.model
    def _explain_unrouted(self, channel, item):
        if channel:
            return self.env._(
                "The number %(name)s is archived. Restore it, then replay this event.",
                name=channel.display_name,
            )
        return self.env._(
            "This account has no number with the id %(number)s. Add it under "
            "Configuration, Numbers, then replay this event.",
            number=item.number_id,
        )

    # -- inbound messages -------------------------------------------------------------

    @api.model
    def _apply_messages(self, account, pairs, report):
        fresh = self._without_known(account, pairs)
        for channel, mine in self._route(account, fresh, report).items():
            self._apply_to_channel(channel, mine)

    @api.model
    def _without_known(self, account, pairs):
        """Drop items that were applied before, or stand twice in this batch."""
        ids = [item.message_id for _event, item in pairs]
        known = set(
            self.env["whatsapp.message"]
            .search([("account_id", "=", account.id), ("provider_id", "in", ids)])
            .mapped("provider_id")
        )
        fresh = {}
        for event, item in pairs:
            if item.message_id not in known:
                fresh.setdefault(item.message_id, (event, item))
        return list(fresh.values())

    @api.model
    def _apply_to_channel(self, channel, pairs):
        """Apply a number's messages: contact, thread, conversation, message, ticket."""
        scope = channel.account_id._get_identity_scope()
        pairs = sorted(pairs, key=lambda pair: (self._at(*pair), pair[0].id))
        contacts = self.env["whatsapp.contact"]._resolve(
            channel.company_id, scope, [item.person for _event, item in pairs]
        )
        everyone = self.env["whatsapp.contact"].union(*contacts.values())
        threads = self.env["discuss.channel"]._whatsapp_threads(channel, everyone)
        located = [(e, i, threads[contacts[i.person]]) for e, i in pairs]
        changes = [p for p in located if p[1].kind in wire.CHANGES]
        messages = [p for p in located if p not in changes]
        if messages:
            self._create_messages(channel, messages)
        for event, item, thread in changes:
            self._apply_change(channel, event, item, thread)
        channel._note_first("first_inbound_at")
        # Neither a replayed event nor a look-up tells that the address is known.
        url = channel.account_id._get_webhook_url()
        if any((e.url or "").partition("?")[0] == url for e, _item in pairs):
            channel._note_webhook()

    @api.model
    def _at(self, event, item):
        """When the contact sent it, naive UTC; without a time, when we stored it."""
        return self._moment(event, item.sent_at)

    @api.model
    def _moment(self, event, told):
        """What a webhook tells as a time, naive UTC and never to come."""
        stored = event.create_date or Datetime.now()
        if told is None:
            return stored
        sent = told.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
        return min(sent, Datetime.now())

    @api.model
    def _create_messages(self, channel, located):
        threads = self.env["discuss.channel"].union(*(t for _e, _i, t in located))
        last_at = {thread: self._at(event, item) for event, item, thread in located}
        for thread in threads:
            thread._whatsapp_open_window(last_at[thread])
        heard = threads.filtered(lambda t: not t.whatsapp_contact_id.blocked)
        conversations = self.env["whatsapp.conversation"]._for_inbound(heard)
        quoted = self._find_quoted(channel, [i.quoted_id for _e, i, _t in located])
        mail_messages = self._create_mail_messages(located, quoted)
        messages = self.env["whatsapp.message"].create(
            [
                self._prepare_message_vals(channel, event, item, thread)
                | {
                    "conversation_id": thread in heard and conversations[thread].id,
                    "mail_message_id": mail_message.id,
                    "answered_id": quoted[thread, item.quoted_id].id,
                }
                for (event, item, thread), mail_message in zip(
                    located, mail_messages, strict=True
                )
            ]
        )
        self._create_further_files(located, messages)
        by_thread = defaultdict(list)
        for (event, item, thread), message in zip(located, messages, strict=True):
            by_thread[thread].append((self._at(event, item), item, message))
        self._receive(by_thread, conversations)
        if any(item.media for _event, item, _thread in located):
            self.env["whatsapp.media"]._wake()

    @api.model
    def _create_further_files(self, located, messages):
        """Of an item with several files the first is the message, the others parts."""
        self.env["whatsapp.message"].create(
            [
                {
                    **message.copy_data()[0],
                    "state": "received",
                    "part": part,
                    "body": False,
                    "media": vars(media),
                    "media_state": "waiting",
                }
                for (_event, item, _thread), message in zip(
                    located, messages, strict=True
                )
                for part, media in enumerate(item.media[1:], 1)
            ]
        )

    @api.model
    def _create_mail_messages(self, located, quoted):
        message_model = self.env["whatsapp.message"]
        posts = []
        for event, item, thread in located:
            contact = thread.whatsapp_contact_id
            vals = {
                "author_id": contact.partner_id.id,
                "email_from": not contact.partner_id and contact._get_sender_label(),
                "body": message_model._render_inbound(item),
                "date": self._at(event, item),
                "parent_id": quoted[thread, item.quoted_id].mail_message_id.id,
            }
            posts.append((thread, vals))
        return self.env["discuss.channel"]._whatsapp_post_inbound(posts)

    @api.model
    def _find_quoted(self, channel, provider_ids):
        """What is quoted: dict (thread, provider's id) → message, empty if unknown."""
        messages = self.env["whatsapp.message"]
        found = messages.search(
            [
                ("account_id", "=", channel.account_id.id),
                ("provider_id", "in", [p for p in provider_ids if p]),
            ]
        )
        quoted = defaultdict(messages.browse)
        quoted.update({(m.thread_id, m.provider_id): m for m in found})
        return quoted

    @api.model
    def _prepare_message_vals(self, channel, event, item, thread):
        media = item.media[:1]
        choice = item.choice
        return {
            "direction": "in",
            "state": "received",
            "account_id": channel.account_id.id,
            "channel_id": channel.id,
            "contact_id": thread.whatsapp_contact_id.id,
            "thread_id": thread.id,
            "kind": item.kind if item.kind in wire.KINDS else "unsupported",
            "body": whatsapp_text.clean(item.text) or (choice and choice.title) or "",
            "provider_id": item.message_id,
            "quoted_provider_id": item.quoted_id,
            "is_forwarded": item.forwarded,
            "latitude": item.location.latitude if item.location else 0,
            "longitude": item.location.longitude if item.location else 0,
            "place": item.location.name if item.location else False,
            "choices": [{"title": choice.title, "payload": choice.payload}]
            if choice
            else False,
            "payload": choice.payload if choice else False,
            "sent_at": self._at(event, item),
            "time_pending": item.sent_at is None
            and item.kind not in wire.CHANGES
            and channel._get_capabilities().look_up_time,
            "event_id": event.id,
            "media": vars(media[0]) if media else False,
            "media_state": "waiting" if media else False,
        }

    @api.model
    def _receive(self, by_thread, conversations):
        """Everything that new messages set in motion, for all threads at once.

        :param by_thread: dict thread → list of ``(at, item, message)`` in order
        :param conversations: dict thread → conversation; blocked contacts have none
        """
        telling, confirmations = {}, []
        for thread, received in by_thread.items():
            telling[thread] = self.env["whatsapp.message"].union(
                *(
                    m
                    for _at, i, m in received
                    if not self._heed_keyword(thread, i, m, confirmations)
                )
            )
            if thread in conversations:
                waits = bool(telling[thread])
                self._note_received(conversations[thread], received, waits)
        threads = self.env["discuss.channel"].union(*by_thread)
        heard = threads.filtered(lambda t: t in conversations)
        self._serve([(conversations[t], telling[t]) for t in heard if telling[t]])
        heard._whatsapp_alert(conversations)
        prefetch_ids = [
            m.mail_message_id.id for r in by_thread.values() for *_x, m in r
        ]
        for thread in heard:
            news = [m.mail_message_id.id for _at, _item, m in by_thread[thread]]
            mail_messages = self.env["mail.message"].browse(news)
            thread._whatsapp_announce(mail_messages.with_prefetch(prefetch_ids))
        (threads - heard)._whatsapp_broadcast()
        for confirmation in confirmations:
            self._confirm_consent(*confirmation)

    @api.model
    def _note_received(self, conversation, received, waits):
        (first_at, *_first), (last_at, _item, last) = received[0], received[-1]
        text = last._get_summary()
        conversation._note_inbound(first_at, last_at, text, waits=waits)
        if not conversation.first_mail_message_id:
            conversation.first_mail_message_id = received[0][2].mail_message_id

    @api.model
    def _heed_keyword(self, thread, item, message, confirmations):
        """Opt out (or in again) who wrote a keyword.

        Who never opted out and writes START just wants to start.

        :param confirmations: filled with the arguments of :meth:`_confirm_consent` for
            what is to be confirmed, once the keyword itself is in the chat
        :return: whether it is one
        """
        contact = thread.whatsapp_contact_id
        source, scope, decision = self._read_decision(thread, item)
        returns = decision == "in" and contact.opted_out
        if not decision or (scope == "all" and decision == "in" and not returns):
            return False
        evidence = f"{message.sent_at} {message.provider_id}: {message.body}"
        recorded = False
        for each in sorted({scope, "all"}) if returns else [scope]:
            recorded |= bool(
                self.env["whatsapp.consent"]._record(
                    contact,
                    scope=each,
                    decision=decision,
                    source=source,
                    evidence=evidence,
                )
            )
        if recorded and not contact.blocked and not item.consent:
            confirmations.append((thread, scope, decision))
        return True

    @api.model
    def _read_decision(self, thread, item):
        """What the contact decided, if that is what the item says.

        :return: source, scope and decision as the consent ledger has them
        """
        if item.consent:
            return "provider", "all", item.consent
        if item.kind == "button_reply" and (button := self._find_button(thread, item)):
            if button.consent:
                return "button", "marketing", button.consent
        if item.kind in ("text", "button_reply"):
            if found := self.env["whatsapp.keyword"]._decide(item.text):
                return "keyword", *found
        return None, None, None

    @api.model
    def _find_button(self, thread, item):
        """The button of a template of ours that was tapped; an empty one: another."""
        buttons = self.env["whatsapp.template.button"]
        if not item.quoted_id or not item.choice:
            return buttons
        asked = self.env["whatsapp.message"].search(
            [("thread_id", "=", thread.id), ("provider_id", "=", item.quoted_id)]
        )
        for position, button in enumerate(asked.template_variant_id.button_ids):
            if button.kind == "quick_reply" and item.choice.payload in (
                button._get_payload(position),
                button.text,
            ):
                return button
        return buttons

    @api.model
    def _confirm_consent(self, thread, scope, decision):
        lang = thread.whatsapp_contact_id._get_lang(thread.whatsapp_channel_id)
        env = self.with_context(lang=lang).env
        # Not by a pair in brackets: Odoo would hand its parts to the translators
        sentences = {
            "all out": env._(
                "You won't receive more messages from %(company)s. Write START if you "
                "change your mind."
            ),
            "all in": env._(
                "You will receive messages from %(company)s again. Write STOP to end "
                "them."
            ),
            "marketing out": env._(
                "You won't receive advertising from %(company)s any more."
            ),
            "marketing in": env._(
                "You will receive advertising from %(company)s. Write STOP to end it."
            ),
        }
        name = thread.whatsapp_channel_id.company_id.name
        sentence = sentences[f"{scope} {decision}"]
        thread._whatsapp_send_automatic(sentence % {"company": name})

    @api.model
    def _serve(self, pairs):
        """Bring messages to where they are answered: the origin, or a ticket.

        :param pairs: list of ``(conversation, messages)``
        """
        without_ticket = []
        for conversation, messages in pairs:
            channel = conversation.channel_id
            messages -= self._return_to_records(conversation, messages)
            if not messages:
                continue
            if conversation._get_origin() is not None:
                conversation._return_to_origin(messages)
                if not channel.ticket_on_reply:
                    continue
            if conversation.ticket_ids:
                conversation.ticket_ids._whatsapp_received(messages)
            elif channel.ticket_policy == "always":
                without_ticket.append((conversation, messages))
            elif channel.ticket_policy == "unanswered":
                conversation._plan_ticket()
        self.env["helpdesk.ticket"]._whatsapp_create(without_ticket)

    @api.model
    def _return_to_records(self, conversation, messages):
        """Bring answers to a template to the record that it was sent from.

        :return: those that need no ticket any more
        """
        returned = messages.browse()
        for message in messages:
            asked = message.answered_id
            record = asked and asked._get_record()
            if not record or conversation._is_at_home(record):
                continue
            conversation._return_to(record, asked.user_id, message)
            if not (conversation.ticket_ids or conversation.channel_id.ticket_on_reply):
                returned |= message
        return returned

    # -- reactions, edits, deletions --------------------------------------------------

    @api.model
    def _apply_change(self, channel, event, item, thread, **vals):
        """A reaction, an edit or a deletion of an earlier message.

        :param vals: of its record, where it is our doing and not the contact's
        """
        target = self.env["whatsapp.message"].search(
            [
                ("account_id", "=", channel.account_id.id),
                ("provider_id", "=", item.target_id),
                ("thread_id", "=", thread.id),
            ],
            limit=1,
        )
        change = self.env["whatsapp.message"].create(
            self._prepare_message_vals(channel, event, item, thread)
            | {
                "target_id": target.id,
                "target_provider_id": item.target_id,
                "body": item.emoji if item.kind == "reaction" else item.text,
                "conversation_id": thread._whatsapp_latest_conversation().id,
            }
            | vals
        )
        # Nobody edits or deletes what the other side wrote.
        if target and (item.kind == "reaction" or target.direction == change.direction):
            getattr(self, f"_apply_{item.kind}")(item, target)

    @api.model
    def _apply_reaction(self, _item, target):
        target.mail_message_id._whatsapp_show_reactions()

    @api.model
    def _apply_edit(self, item, target):
        target.write({"body": whatsapp_text.clean(item.text), "is_edited": True})
        target.mail_message_id.body = target._render_inbound(item)
        target.mail_message_id._whatsapp_broadcast(["body"])

    @api.model
    def _apply_revoke(self, _item, target):
        """Deleted for everyone: text and files go, that there were some stays."""
        parts = target.mail_message_id.whatsapp_message_ids
        target.conversation_id.ticket_ids._whatsapp_detach(parts.attachment_id)
        parts.attachment_id.unlink()
        parts.write({"body": False, "media": False, "media_state": False})
        target.is_revoked = True
        target.mail_message_id.body = target._render_revoked()
        target.mail_message_id._whatsapp_broadcast(["body"])

    # -- echoes -----------------------------------------------------------------------

    @api.model
    def _apply_echoes(self, account, pairs, report):
        """Messages that our people sent from the phone app: shown, never sent."""
        fresh = self._without_known(account, [(e, i.message) for e, i in pairs])
        for channel, mine in self._route(account, fresh, report).items():
            for event, item in mine:
                self._apply_echo(channel, event, item)

    @api.model
    def _apply_echo(self, channel, event, item):
        contact = self._resolve_one(channel, item.person)
        thread = self.env["discuss.channel"]._whatsapp_threads(channel, contact)[
            contact
        ]
        if item.kind in wire.CHANGES:
            ours = {"direction": "out", "state": "sent"}
            self._apply_change(channel, event, item, thread, **ours)
            return
        conversation = thread._whatsapp_active_conversation()
        if not conversation:
            conversation = conversation.create(
                conversation._prepare_vals(thread, state="waiting")
            )
        mail_message = thread._whatsapp_post_inbound(
            [
                (
                    thread,
                    {
                        "author_id": channel.company_id.partner_id.id,
                        "body": self.env["whatsapp.message"]._render_inbound(item),
                        "date": self._at(event, item),
                    },
                )
            ]
        )
        message = self.env["whatsapp.message"].create(
            self._prepare_message_vals(channel, event, item, thread)
            | {
                "direction": "out",
                "state": "sent",
                "time_pending": False,
                "conversation_id": conversation.id,
                "mail_message_id": mail_message.id,
            }
        )
        conversation._note_outbound(message._get_summary(), None)
        conversation.ticket_ids._whatsapp_answered()
        if item.media:
            self.env["whatsapp.media"]._wake()
        thread.last_interest_dt = Datetime.now()
        thread._whatsapp_announce(mail_message)

    # -- statuses ---------------------------------------------------------------------

    @api.model
    def _apply_statuses(self, account, pairs, report):
        """Bring delivery states up to date; one that overtook its message waits."""
        messages = self.env["whatsapp.message"]
        found = messages._find_for_status(account, [item for _e, item in pairs])
        for event, item in pairs:
            message = found.get(item.message_id) or found.get(item.reference)
            if message is None:
                report.waiting.add(event)
                continue
            messages |= message
            message._apply_status(item)
        delivered = messages.filtered("delivered_at").channel_id
        delivered._note_first("first_delivered_at")
        messages._broadcast()

    # -- identity and consent ---------------------------------------------------------

    @api.model
    def _apply_identity_changes(self, account, pairs, report):
        """The same person under a new number or user id: their chat goes on."""
        scope, contacts = account._get_identity_scope(), self.env["whatsapp.contact"]
        for channel, mine in self._route(account, pairs, report).items():
            for _event, change in mine:
                # Who is unknown by now goes by the new number or id already.
                contact = contacts._find_one(channel.company_id, scope, change.old)
                contact = contact or self._resolve_one(channel, change.new)
                contact._change_identity(scope, change.new)

    @api.model
    def _apply_consents(self, account, pairs, report):
        for channel, mine in self._route(account, pairs, report).items():
            for _event, update in mine:
                self.env["whatsapp.consent"]._record(
                    self._resolve_one(channel, update.person),
                    scope=update.scope,
                    decision="in" if update.opted_in else "out",
                    source="provider",
                    evidence=update.evidence,
                )

    @api.model
    def _apply_template_updates(self, account, pairs, report):
        for _event, update in pairs:
            self.env["whatsapp.template.work"]._apply_update(account, update)

    @api.model
    def _apply_template_changes(self, account, pairs, report):
        self.env["whatsapp.template.work"]._ask_now(account)

    @api.model
    def _apply_account_updates(self, account, pairs, report):
        for event, update in pairs:
            account._apply_news(update, self._moment(event, update.at))

    @api.model
    def _resolve_one(self, channel, person):
        scope = channel.account_id._get_identity_scope()
        contacts = self.env["whatsapp.contact"]
        return contacts._resolve(channel.company_id, scope, [person])[person]
