"""HTTP requests in numbers: as fast as they are answered, or at a steady pace.

Requests are bytes made before, and an answer is read to the end of its connection
(Odoo keeps none alive): on a small machine the client must not be what is measured.
"""

import asyncio
import time
from urllib.parse import urlsplit

_TIMEOUT = 30


def build_request(url, form=None, headers=None):
    """A GET, or the POST of a form that is encoded already, as bytes."""
    parts = urlsplit(url)
    body = (form or "").encode()
    lines = [
        f"{'GET' if form is None else 'POST'} {parts.path or '/'} HTTP/1.1",
        f"Host: {parts.netloc}",
        "Connection: close",
        f"Content-Length: {len(body)}",
        *(f"{name}: {value}" for name, value in (headers or {}).items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def rush(url, requests, *, connections):
    """Send requests over so many connections at a time; gives the latencies.

    :raises AssertionError: an answer wasn't 200
    """
    return asyncio.run(_rush(url, requests, connections))


async def _rush(url, requests, connections):
    waiting = iter(requests)
    latencies = []

    async def keep_asking():
        for request in waiting:
            latencies.append(await _exchange(url, request))

    await asyncio.gather(*(keep_asking() for _ in range(connections)))
    return latencies


def pace(url, timed_requests):
    """Send each request at its moment, however long the answers take.

    :param timed_requests: ``(moment, request)``, moments in seconds since 1970
    """
    asyncio.run(_pace(url, timed_requests))


async def _pace(url, timed_requests):
    async def send(moment, request):
        await asyncio.sleep(moment - time.time())
        await _exchange(url, request)

    await asyncio.gather(*(send(*timed) for timed in timed_requests))


async def _exchange(url, request):
    """Seconds until the answer was complete."""
    parts = urlsplit(url)
    start = time.perf_counter()
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(), _TIMEOUT)
    finally:
        writer.close()
    status = answer.partition(b"\r\n")[0].decode()
    assert status.split()[1:2] == ["200"], f"{url}: {status!r}"
    return time.perf_counter() - start
