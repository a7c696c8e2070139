"""What is measured inside one process of Odoo, without a server around it.

Called in an ``odoo shell`` (see :meth:`system.System.run_inside`): it has ``env``, and
of the rest of the benchmark it knows ``measure`` only. What a function gives becomes
JSON.
"""

import itertools
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from secrets import token_hex
from urllib.parse import urlencode

import requests
from measure import Sample, Stopwatch, take_turns

from odoo import fields

from odoo.addons.whatsapp_connector.models.whatsapp_outbox import CHANNEL_SHARE, LANES
from odoo.addons.whatsapp_connector.wire.webhook import WebhookRequest

BATCH = 100
_FORM = "application/x-www-form-urlencoded"
_numbers = itertools.count(1)


def _get_channel(env):
    return env["whatsapp.channel"].search([], limit=1)


def _measure(env, pids, work, count):
    """A sample of ``work()``, which does ``count`` things; begins as a new run does."""
    env.cr.commit()
    env.invalidate_all()
    queries = env.cr.sql_log_count
    with Stopwatch(os.getpid(), *pids) as watch:
        work()
    queries = env.cr.sql_log_count - queries
    return Sample(count, watch.seconds, watch.cpu, queries=queries)


# -- applying -------------------------------------------------------------------------


def apply(env, pids, rounds, batches):
    """The inbox step on batches of 100 events, beside what can't be done without."""
    count = BATCH * batches
    known = [_build_number() for _ in range(count)]
    _store_inbound(env, known)
    _run_inbox(env)

    def apply_known(_number):
        _store_inbound(env, known)
        return _measure(env, pids, lambda: _run_inbox(env), count)

    def apply_new(_number):
        _store_inbound(env, [_build_number() for _ in range(count)])
        return _measure(env, pids, lambda: _run_inbox(env), count)

    def apply_statuses(_number):
        _store_statuses(env, _send_earlier(env, count))
        return _measure(env, pids, lambda: _run_inbox(env), count)

    def create_only(_number):
        threads = _get_threads(env, BATCH)
        return _measure(env, pids, lambda: _create_only(env, threads, batches), count)

    def write_only(_number):
        messages = _send_earlier(env, count)
        return _measure(env, pids, lambda: _write_each(env, messages), count)

    return take_turns(
        rounds,
        known=apply_known,
        new=apply_new,
        create=create_only,
        statuses=apply_statuses,
        write=write_only,
    )


def _build_number():
    return f"+34620{next(_numbers):06d}"


def _store_inbound(env, numbers):
    """An event for a message of each number, as the webhook leaves it."""
    channel = _get_channel(env)
    for number in numbers:
        form = {
            "MessageSid": f"SM{token_hex(16)}",
            "AccountSid": channel.account_id.twilio_account_sid,
            "From": f"whatsapp:{number}",
            "To": channel.number_id,
            "WaId": number.lstrip("+"),
            "ProfileName": f"Customer {number[-4:]}",
            "Body": "Hola, la factura de este mes no funciona",
            "NumMedia": "0",
            "MessageType": "text",
            "SmsStatus": "received",
        }
        _store(env, channel.account_id, form)


def _store_statuses(env, messages):
    """The events that say that ``messages`` arrived."""
    for message in messages:
        form = {
            "MessageSid": message.provider_id,
            "AccountSid": message.account_id.twilio_account_sid,
            "From": message.channel_id.number_id,
            "To": f"whatsapp:{message.contact_id.number}",
            "MessageStatus": "delivered",
        }
        _store(env, message.account_id, form)


def _store(env, account, form):
    webhook = WebhookRequest(
        method="POST",
        url=account._get_webhook_url(),
        headers={"content-type": _FORM},
        body=urlencode(form).encode(),
    )
    env["whatsapp.event"]._store(account, webhook)


def _run_inbox(env):
    """Apply all that waits, as the scheduled action does."""
    inbox = env["whatsapp.inbox"]
    while True:
        account, events = inbox._claim()
        if not events:
            return
        inbox._process(account, events)
        assert set(events.mapped("state")) == {"done"}, set(events.mapped("error"))


def _get_threads(env, count):
    """Threads whose window is open."""
    domain = [
        ("channel_type", "=", "whatsapp"),
        ("whatsapp_window_until", ">", fields.Datetime.now() + timedelta(hours=1)),
    ]
    threads = env["discuss.channel"].search(domain, limit=count, order="id")
    assert len(threads) == count
    return threads


def _create_only(env, threads, batches):
    for _ in range(batches):
        _create_mail_messages(env, threads, "La factura no funciona")
        env.cr.commit()


def _create_mail_messages(env, threads, text):
    """One message in each of the threads, with all values that need no look-up."""
    comment = env.ref("mail.mt_comment").id
    return env["mail.message"].create(
        [
            {
                "model": "discuss.channel",
                "res_id": thread.id,
                "record_name": thread.name,
                "record_company_id": thread.whatsapp_channel_id.company_id.id,
                "record_alias_domain_id": False,
                "reply_to": False,
                "message_type": "whatsapp_message",
                "subtype_id": comment,
                "body": text,
                "author_id": thread.whatsapp_contact_id.partner_id.id,
            }
            for thread in threads
        ]
    )


def _write_each(env, messages):
    for message in messages:
        message.write({"state": "delivered", "delivered_at": fields.Datetime.now()})
    env.cr.commit()


# -- sending --------------------------------------------------------------------------


def send(env, pids, rounds, sends, sandbox_url):
    """The outbox step of one lane, beside as many threads that only post."""
    _make_threads(env, LANES * 64)
    threads = _get_threads(env, LANES * 64).filtered(lambda t: t.id % LANES == 0)
    outbox = env["whatsapp.outbox"]

    def send_ours(_number):
        messages = _queue(env, threads, sends)
        sample = _measure(env, pids, lambda: outbox._pump(0), sends)
        assert set(messages.mapped("state")) == {"sent"}, messages.mapped("state")
        return sample

    def post_only(_number):
        messages = _queue(env, threads, sends)
        wanted = [outbox._prepare_request(message) for message in messages]
        env.cr.rollback()
        return _measure(env, pids, lambda: _post(sandbox_url, wanted), sends)

    return take_turns(rounds, ours=send_ours, floor=post_only)


def _post(sandbox_url, wanted):
    """Post with as many threads as a lane gives to one channel."""
    local = threading.local()

    def post(request):
        if not hasattr(local, "session"):
            local.session = requests.Session()
        address = request.url.removeprefix("https://")
        local.session.post(
            f"{sandbox_url}/{address}",
            data=list(request.form),
            auth=request.auth,
            timeout=10,
        ).raise_for_status()

    with ThreadPoolExecutor(CHANNEL_SHARE) as pool:
        list(pool.map(post, wanted))


def _make_threads(env, count):
    """Have so many people write to us, so that we may answer them."""
    _store_inbound(env, [_build_number() for _ in range(count)])
    _run_inbox(env)


def _queue(env, threads, count):
    """Messages as the composer leaves them, in turns over ``threads``; uncommitted."""
    text = f"{token_hex(4)} message"
    chosen = [threads[i % len(threads)] for i in range(count)]
    mail_messages = _create_mail_messages(env, chosen, text)
    return env["whatsapp.message"].create(
        [
            _prepare_outbound_vals(thread, mail_message)
            | {"state": "queued", "body": f"{text} {i}"}
            for i, (thread, mail_message) in enumerate(
                zip(chosen, mail_messages, strict=True)
            )
        ]
    )


def _send_earlier(env, count):
    """Messages that the provider has taken."""
    threads = _get_threads(env, min(count, BATCH))
    messages = _queue(env, threads, count)
    for message in messages:
        message.write({"state": "sent", "provider_id": f"SM{token_hex(16)}"})
    env.cr.commit()
    return messages


def _prepare_outbound_vals(thread, mail_message):
    return {
        "direction": "out",
        "account_id": thread.whatsapp_channel_id.account_id.id,
        "channel_id": thread.whatsapp_channel_id.id,
        "contact_id": thread.whatsapp_contact_id.id,
        "thread_id": thread.id,
        "conversation_id": thread._whatsapp_latest_conversation().id,
        "mail_message_id": mail_message.id,
        "kind": "text",
        "user_id": thread.env.ref("base.user_admin").id,
    }


# -- for the running system -----------------------------------------------------------


def queue(env, threads, count):
    """Put ``count`` messages into the outbox, in turns over so many threads.

    :return: the moment of the commit, in seconds since 1970
    """
    _queue(env, _get_threads(env, threads), count)
    env["whatsapp.outbox"]._wake()
    env.cr.commit()
    return time.time()


def answer(env, threads, rate, seconds):
    """Write into chats as an agent does, at a steady pace.

    :return: list of ``[text, moment of the commit in seconds since 1970]``
    """
    chats = _get_threads(env, threads).with_user(env.ref("base.user_admin"))
    start = time.time()
    committed = []
    for number in range(rate * seconds):
        time.sleep(max(0, start + number / rate - time.time()))
        text = f"Answer {token_hex(8)}"
        chats[number % threads].message_post(body=text, message_type="comment")
        committed.append([text, time.time()])
        env.cr.commit()
    return committed
