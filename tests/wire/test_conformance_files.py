"""How each provider's files are fetched: from its hosts, and where our key goes."""

from urllib.parse import urlsplit

import pytest
from conformance_kit import Scripted, each
from hypothesis import given
from hypothesis import strategies as st

from odoo.addons.whatsapp_connector.tests.conformance.rows import FETCHING
from odoo.addons.whatsapp_connector.wire.http import (
    ForbiddenHost,
    HttpResponse,
    TooLarge,
)
from odoo.addons.whatsapp_connector.wire.items import InboundMessage, Media

LIMIT = 1000
BYTES = HttpResponse(status=200, body=b"bytes")


def ask(wire, media):
    return wire.files.request(wire.account, media)


def tell(wire, url):
    """The answers before the file's, where its address is asked for first."""
    return [wire.files.tell(url)] if wire.files.tell else []


def make_media(wire, url):
    """A file that is (said to be) at ``url``."""
    return Media(media_id="7", url=url) if wire.files.tell else Media(url=url)


def fetch(wire, url, *answers, limit=LIMIT):
    """Fetch what is at ``url``; gives the answer, and what was asked of the file."""
    client = Scripted(*tell(wire, url), *answers)
    request = ask(wire, make_media(wire, url))
    response = client.fetch(request, hosts=wire.files.is_host, limit=limit)
    return response, client.requests[len(tell(wire, url)) :]


def get_files(wire):
    return {
        f"{name}-{place}": media
        for name, event in wire.events.items()
        for item in event.items
        if isinstance(item, InboundMessage)
        for place, media in enumerate(item.media)
    }


@each(FETCHING, get_files)
def test_file_of_a_fixture_is_asked_for_at_the_provider(wire, name):
    media = get_files(wire)[name]
    request = ask(wire, media)
    assert urlsplit(request.url).scheme == "https"
    assert wire.files.is_host(urlsplit(request.url).hostname)
    assert wire.is_authorized(request)


@each(FETCHING)
def test_file_is_fetched(wire):
    response, [request] = fetch(wire, wire.files.url, BYTES)
    assert response.body == b"bytes"
    assert (request.method, request.url) == ("GET", wire.files.url)
    assert wire.is_authorized(request)


@each(FETCHING)
def test_redirect_gets_no_credentials(wire):
    store = wire.files.store or wire.files.url
    moved = HttpResponse(status=307, headers={"location": store})
    response, [_first, request] = fetch(wire, wire.files.url, moved, BYTES)
    assert response.body == b"bytes"
    assert request.url == store
    assert not request.headers and request.auth is None


ELSEWHERE = (
    "https://evil.example/file",
    "http://169.254.169.254/latest/meta-data",
    "https://localhost/file",
    "https://[",
    "//evil.example/file",
    "file:///etc/passwd",
)


@each(FETCHING, lambda wire: ELSEWHERE)
def test_redirect_leaves_the_provider_for_nowhere(wire, name):
    moved = HttpResponse(status=302, headers={"location": name})
    with pytest.raises(ForbiddenHost):
        fetch(wire, wire.files.url, moved)


def get_domain(host):
    return ".".join(host.split(".")[-2:])


def forge(url):
    """Addresses that look like ``url`` and aren't the provider's."""
    host = urlsplit(url).hostname
    domain = get_domain(host)
    return {
        "without TLS": url.replace("https:", "http:"),
        "longer host": url.replace(host, f"{host}.evil.example"),
        "other domain": url.replace(host, f"evil{domain}"),
        "with a user": url.replace(host, f"user@{host}"),
        "other port": url.replace(host, f"{host}:8443"),
        "port that is none": url.replace(host, f"{host}:x"),
        "host as user": url.replace(host, f"{host}@evil.example"),
        "host in the path": f"https://evil.example/{host}/file",
        "host in the query": f"https://evil.example/?x={host}",
        "host in the fragment": f"https://evil.example/#{host}",
        "backslash": f"https://evil.example\\@{host}/file",
        "no address": "https://[",
    }


@each(FETCHING, lambda wire: forge(wire.files.url))
def test_credentials_go_to_no_forged_address(wire, name):
    url = forge(wire.files.url)[name]
    assert not any(map(is_authorized_for(wire), list_requests(wire, url)))
    with pytest.raises(ForbiddenHost):
        fetch(wire, url, BYTES)


def list_requests(wire, url):
    """The requests that would fetch a file at ``url``, by a webhook or an answer."""
    requests = [ask(wire, Media(url=url))]
    if wire.files.tell:
        requests.append(ask(wire, make_media(wire, url)).follow(wire.files.tell(url)))
    return [request for request in requests if request]


def is_authorized_for(wire):
    return lambda request: bool(request.auth or "Authorization" in request.headers)


@each(FETCHING)
def test_credentials_go_to_no_made_up_address(wire):
    @given(st.text(max_size=80))
    def check(url):
        assert not any(map(is_authorized_for(wire), list_requests(wire, url)))

    check()


@each(FETCHING)
def test_files_come_from_the_providers_hosts_only(wire):
    host = urlsplit(wire.files.url).hostname
    assert wire.files.is_host(host)
    domain = get_domain(host)
    for other in (
        "",
        "localhost",
        "127.0.0.1",
        "169.254.169.254",
        "evil.example",
        f"{host}.evil.example",
        f"evil{domain}",
        f"{host}.",
        f".{host}@evil.example",
    ):
        assert not wire.files.is_host(other)


@each(FETCHING)
def test_file_without_an_address_is_not_asked_for(wire):
    assert ask(wire, Media()) is None
    assert ask(wire, Media(url="", mimetype="image/png")) is None


@each(FETCHING)
def test_file_that_is_gone_is_told_as_such(wire):
    response, _requests = fetch(wire, wire.files.url, wire.files.gone)
    assert response.status in (404, 410)
    if wire.files.tell:
        client = Scripted(wire.files.gone)
        request = ask(wire, make_media(wire, wire.files.url))
        found = client.fetch(request, hosts=wire.files.is_host, limit=LIMIT)
        assert found.status == wire.files.gone.status


@each(FETCHING)
def test_file_over_the_limit_is_let_go(wire):
    class Generous(Scripted):
        def _send(self, request, limit):
            if limit is not None and limit < len(BYTES.body):
                raise TooLarge(limit)
            return super()._send(request, limit)

    client = Generous(*tell(wire, wire.files.url), BYTES)
    request = ask(wire, make_media(wire, wire.files.url))
    with pytest.raises(TooLarge):
        client.fetch(request, hosts=wire.files.is_host, limit=1)


STRANGE_IDS = ("../me", "7/../../oauth", "7?fields=x", "7#", "%2e%2e")


@each(FETCHING, lambda wire: STRANGE_IDS if wire.files.tell else ())
def test_id_of_a_file_stays_one_part_of_the_address(wire, name):
    root = ask(wire, Media(media_id="7")).url.removesuffix("7")
    url = ask(wire, Media(media_id=name)).url
    assert url.startswith(root)
    assert not set("/?#") & set(url.removeprefix(root))
