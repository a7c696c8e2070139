"""The way of one message through the whole running system, at a modest pace."""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor

from kit import Database
from load import build_request, pace, rush
from measure import Comparison, Sample, Stopwatch, take_turns

_INBOUND_RATE = 20
_ANSWER_RATE = 5
_BEAT_RATE = 2
_PEOPLE = 50
_POLL_SECONDS = 0.004
_PATIENCE = 30
_FIND = "SELECT provider_id FROM whatsapp_message WHERE provider_id = ANY(%s)"
_TRIGGER = """
    INSERT INTO ir_cron_trigger (cron_id, call_at)
         VALUES (%s, date_trunc('second', now() AT TIME ZONE 'utc'))
"""
_FLOOR = "an empty scheduled action, woken alike"


def measure(system, scale):
    beat = Beat(system)
    greet(system, _PEOPLE)
    return [
        Comparison(
            "phone's POST → message in Odoo",
            _FLOOR,
            *_beside(beat, scale, lambda: _measure_inbound(system, scale)),
            by_latency=True,
        ),
        Comparison(
            "answer in Odoo → provider has it",
            _FLOOR,
            *_beside(beat, scale, lambda: _measure_answers(system, scale)),
            by_latency=True,
        ),
        _compare_burst(system, scale),
    ]


def greet(system, people):
    """Have so many people write, so that they may be answered."""
    requests = [
        system.build_inbound(_get_number(person))[0] for person in range(people)
    ]
    rush(system.odoo_url, requests, connections=4)
    system.world.wake()
    system.world.wait_until_idle(120)


def _get_number(person):
    return f"+34630{person:06d}"


def _beside(beat, scale, way):
    """Samples of a way and of the empty action, at the same time."""
    with ThreadPoolExecutor(1) as pool:
        floor = pool.submit(beat.measure, scale.seconds)
        return [way()], [floor.result()]


def _measure_inbound(system, scale):
    """From the moment when a phone posts until the message can be read in Odoo."""
    count = _INBOUND_RATE * scale.seconds
    built = [system.build_inbound(_get_number(i % _PEOPLE)) for i in range(count)]
    requests, ids = zip(*built, strict=True)
    moments = [time.time() + 0.5 + number / _INBOUND_RATE for number in range(count)]
    with (
        ThreadPoolExecutor(1) as pool,
        Stopwatch(*system.get_pids(system.odoo_pid)) as watch,
    ):
        seen = pool.submit(_watch, system, dict(zip(ids, moments, strict=True)))
        pace(system.odoo_url, zip(moments, requests, strict=True))
        seen = seen.result()
    latencies = [seen[i] - moment for i, moment in zip(ids, moments, strict=True)]
    return Sample(count, watch.seconds, watch.cpu, latencies)


def _compare_burst(system, scale):
    """As many webhooks as the server takes, until the last of them is applied."""

    def burst(_number):
        customers = [_get_number(i % _PEOPLE) for i in range(scale.requests)]
        requests = [system.build_inbound(customer)[0] for customer in customers]
        pids = system.get_pids(system.odoo_pid)
        with Stopwatch(*pids) as watch:
            rush(system.odoo_url, requests, connections=8)
            system.world.wait_until_idle(_PATIENCE * 2)
        return Sample(scale.requests, watch.seconds, watch.cpu)

    def empty(_number):
        requests = [build_request(f"{system.odoo_url}/web/health")] * scale.requests
        with Stopwatch(*system.get_pids(system.odoo_pid)) as watch:
            rush(system.odoo_url, requests, connections=8)
        return Sample(scale.requests, watch.seconds, watch.cpu)

    samples = take_turns(scale.rounds, burst=burst, empty=empty)
    return Comparison(
        "burst of webhooks → all in Odoo",
        "an empty route of the same server",
        samples["burst"],
        samples["empty"],
    )


def _watch(system, posted):
    """When each message became visible in Odoo, in seconds since 1970.

    :param posted: dict provider's id → when it was posted
    """
    deadline = max(posted.values()) + _PATIENCE
    waiting, seen = dict(posted), {}
    with contextlib.closing(Database(system.stack.database)) as database:
        while waiting:
            assert time.time() < deadline, f"{len(waiting)} messages never came"
            due = [i for i, moment in waiting.items() if moment < time.time()]
            for found in database.column(_FIND, due):
                seen[found] = time.time()
                del waiting[found]
            time.sleep(_POLL_SECONDS)
    return seen


def _measure_answers(system, scale):
    """From the commit of an agent's answer until the provider has it."""
    committed = system.run_inside(
        "answer", threads=_PEOPLE, rate=_ANSWER_RATE, seconds=scale.seconds
    )
    system.world.wait_until_idle(_PATIENCE)
    arrived = dict(get_arrivals(system))
    latencies = [arrived[text] - at for text, at in committed]
    return Sample(len(committed), scale.seconds, latencies=latencies)


def get_arrivals(system):
    """Text and moment of every message that reached the provider."""
    query = {"method": "POST", "path": "/Messages.json"}
    found = system.sandbox.get("/control/requests", **query)["requests"]
    return [(request["form"]["Body"][0], request["at"]) for request in found]


class Beat:
    """A scheduled action that only leaves a mark, woken as ours are."""

    _CODE = "env.cr.execute('INSERT INTO bench_beat DEFAULT VALUES')"

    def __init__(self, system):
        self._system = system
        odoo, database = system.world.odoo, system.database
        database.execute("CREATE TABLE bench_beat (id serial)")
        [model] = odoo.call("ir.model", "search", [("model", "=", "ir.cron")])
        values = {
            "name": "Benchmark: nothing",
            "model_id": model,
            "state": "code",
            "code": self._CODE,
            "interval_number": 1,
            "interval_type": "months",
            "nextcall": "2100-01-01 00:00:00",
        }
        [self._cron] = odoo.call("ir.cron", "create", [values])

    def measure(self, seconds):
        """From the commit of its trigger until its mark can be read."""
        start = time.time()
        latencies = []
        with contextlib.closing(Database(self._system.stack.database)) as database:
            for number in range(_BEAT_RATE * seconds):
                time.sleep(max(0.0, start + number / _BEAT_RATE - time.time()))
                latencies.append(self._wait_for_mark(database, number + 1))
        return Sample(len(latencies), seconds, latencies=latencies)

    def _wake(self, database):
        """What ``ir.cron._trigger`` and its commit do."""
        database.execute(_TRIGGER, self._cron)
        with contextlib.closing(Database("postgres")) as postgres:
            name = self._system.stack.database
            postgres.execute("SELECT pg_notify('cron_trigger', %s)", name)

    def _wait_for_mark(self, database, count):
        start = time.perf_counter()
        self._wake(database)
        while database.value("SELECT count(*) FROM bench_beat") < count:
            assert time.perf_counter() - start < _PATIENCE
            time.sleep(_POLL_SECONDS)
        return time.perf_counter() - start
