"""Taking webhooks: real HTTP, two worker processes, nobody applies them meanwhile."""

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

from kit import Database
from load import build_request, rush
from measure import Comparison, Sample, Stopwatch, take_turns

_CONNECTIONS = 8
_WORKERS = 2  # as many as the server has
_INSERT = """
    INSERT INTO whatsapp_event
           (account_id, key, method, url, headers, body, state, attempts,
            create_uid, write_uid, create_date, write_date)
    VALUES (%s, %s, 'POST', %s, '{}', %s, 'new', 0, 1, 1, now(), now())
    ON CONFLICT (account_id, key) DO NOTHING
"""


def measure(system, scale):
    _warm_up(system)
    samples = take_turns(
        scale.rounds,
        webhook=lambda number: _rush(system, _build_webhooks(system, scale, number)),
        route=lambda number: _rush(system, _build_empty(system, scale)),
        insert=lambda number: _insert(system, scale, number),
    )
    system.database.execute("DELETE FROM whatsapp_event")  # nobody applied them
    return [
        Comparison(
            "webhook accepted",
            "an empty route of the same server",
            samples["webhook"],
            samples["route"],
        ),
        Comparison(
            "webhook accepted",
            "INSERT … ON CONFLICT and commit, from Python",
            samples["webhook"],
            samples["insert"],
        ),
    ]


def _warm_up(system):
    """A worker builds its routes and caches with its first request."""
    for _ in range(10):
        empty = build_request(f"{system.odoo_url}/web/health")
        webhook, _id = system.build_inbound("+34610000000")
        rush(system.odoo_url, [empty, webhook] * 2, connections=4)


def _rush(system, requests):
    with Stopwatch(*system.get_pids(system.odoo_pid)) as watch:
        latencies = rush(system.odoo_url, requests, connections=_CONNECTIONS)
    return Sample(len(latencies), watch.seconds, watch.cpu, latencies)


def _build_webhooks(system, scale, number):
    """Signed forms, each with a message of its own, of 200 people."""
    return [
        system.build_inbound(f"+34610{i % 200:06d}", f"Round {number}, message {i}")[0]
        for i in range(scale.requests)
    ]


def _build_empty(system, scale):
    return [build_request(f"{system.odoo_url}/web/health")] * scale.requests


def _insert(system, scale, number):
    """The same rows, over as many connections as the server has workers."""
    rows = _build_rows(system, scale, number)
    with (
        ThreadPoolExecutor(_WORKERS) as pool,
        Stopwatch(*system.get_pids(os.getpid())) as watch,
    ):
        parts = [rows[first::_WORKERS] for first in range(_WORKERS)]
        counts = pool.map(lambda part: _insert_each(system, part), parts)
        assert sum(counts) == len(rows)
    return Sample(len(rows), watch.seconds, watch.cpu)


def _insert_each(system, rows):
    """Each row in a transaction of its own; gives how many were new."""
    with contextlib.closing(Database(system.stack.database)) as database:
        return sum(database.execute(_INSERT, *row) for row in rows)


def _build_rows(system, scale, number):
    channel = system.channel
    return [
        (
            channel.account_id,
            f"floor {number} {i}",
            channel.webhook_url,
            urlencode(channel.inbound_form(f"+34610{i % 200:06d}")).encode(),
        )
        for i in range(scale.requests)
    ]
