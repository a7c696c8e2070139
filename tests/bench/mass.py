"""Many messages queued at once for many people, through the running system."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from statistics import mean

import requests
from journeys import get_arrivals, greet
from measure import Comparison, Sample

_LANES = 2
_CHANNEL_SHARE = 8
_TIMEOUT = 120


def measure(system, scale):
    """The floor is measured before and after; it counts as one round."""
    greet(system, scale.threads)
    floor = [_post(system, scale)]
    ours = _send(system, scale)
    floor.append(_post(system, scale))
    return [
        Comparison(
            f"of {scale.mass:,} queued, for {scale.threads}",
            f"{_LANES * _CHANNEL_SHARE} threads that only post (requests.Session)",
            [ours],
            [Sample(floor[0].count, mean(sample.seconds for sample in floor))],
            note="none lost, none twice",
        )
    ]


def _send(system, scale):
    """From the commit that queued them until the provider has the last."""
    system.sandbox.call("DELETE", "/control/requests")
    committed = system.run_inside("queue", threads=scale.threads, count=scale.mass)
    system.world.wait_until_idle(_TIMEOUT)
    arrivals = get_arrivals(system)
    copies = Counter(text for text, _at in arrivals)
    assert len(copies) == scale.mass, f"{len(copies)} of {scale.mass} messages arrived"
    assert max(copies.values()) == 1, f"{len(arrivals)} requests for {scale.mass}"
    return Sample(scale.mass, max(at for _text, at in arrivals) - committed)


def _post(system, scale):
    """The same number of threads, which do nothing else."""
    count = scale.mass // 4
    account = (system.channel.sid, system.channel.token)
    url = (
        f"{system.stack.sandbox_url}/api.twilio.com/2010-04-01"
        f"/Accounts/{system.channel.sid}/Messages.json"
    )

    def post_some(numbers):
        with requests.Session() as session:
            for number in numbers:
                form = {
                    "To": f"whatsapp:+34630{number % scale.threads:06d}",
                    "From": f"whatsapp:{system.channel.number}",
                    "Body": f"Floor {number}",
                    "StatusCallback": f"{system.channel.webhook_url}?ref={number}",
                }
                session.post(url, form, auth=account, timeout=10).raise_for_status()

    threads = _LANES * _CHANNEL_SHARE
    shares = [range(first, count, threads) for first in range(threads)]
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(post_some, shares))
    return Sample(count, time.perf_counter() - start)
