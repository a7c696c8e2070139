"""The road to a provider: what went out, what came back, what nobody knows."""

import datetime
import gzip
import logging
import socket
import ssl
import threading
import time
from dataclasses import replace
from email.utils import format_datetime

import pytest
import raw_server
from raw_server import answer, serving

from odoo.addons.whatsapp_connector.wire import http
from odoo.addons.whatsapp_connector.wire.http import (
    ForbiddenHost,
    HttpClient,
    HttpRequest,
    HttpResponse,
    NoAnswer,
    NotSent,
    TooLarge,
    is_https_at,
)
from odoo.addons.whatsapp_connector.wire.outbound import (
    OutcomeUnknown,
    Refused,
    TryLater,
)

SECRET = "s3cr3t-t0ken"
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n"


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(http, "CONNECT_TIMEOUT", 0.3)
    monkeypatch.setattr(http, "READ_TIMEOUT", 0.3)
    monkeypatch.setattr(http, "DOWNLOAD_TIMEOUT", 0.5)


def get(url, **values):
    return HttpRequest(method="GET", url=url, **values)


def post(url, **values):
    values.setdefault("form", (("Body", "Hi"),))
    return HttpRequest(method="POST", url=url, **values)


# -- the request ----------------------------------------------------------------------


def test_form_keeps_its_order_and_its_repeated_names():
    with serving(answer()) as twilio:
        form = (("b", "1"), ("a", "ñ & +"), ("b", ""))
        HttpClient().exchange(post(twilio.url, form=form))
    [request] = twilio.requests
    assert request.endswith("\r\n\r\nb=1&a=%C3%B1+%26+%2B&b=")
    assert "application/x-www-form-urlencoded" in request


def test_json_and_bytes_are_sent_as_such():
    with serving(answer(), answer()) as provider:
        HttpClient().exchange(post(provider.url, form=None, json={"a": "ñ"}))
        HttpClient().exchange(post(provider.url, form=None, data=b"\x00\xff"))
    first, second = provider.requests
    assert "application/json" in first
    assert second.endswith("\r\n\r\n\x00\xff")


def test_answer_has_status_lower_case_headers_and_body():
    with serving(answer(418, b'{"a": 1}', X_Thing="T")) as provider:
        response = HttpClient().exchange(get(provider.url))
    assert response.status == 418
    assert not response.ok
    assert response.headers["x-thing"] == "T"
    assert response.json() == {"a": 1}


def test_compressed_answer_is_read():
    body = gzip.compress(b"x" * 1000)
    with serving(answer(200, body, Content_Encoding="gzip")) as provider:
        assert HttpClient().exchange(get(provider.url)).body == b"x" * 1000


def test_chunked_answer_is_read():
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunked += b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with serving(raw_server.send(chunked)) as provider:
        assert HttpClient().exchange(get(provider.url)).body == b"abcde"


def test_redirect_url_takes_all_traffic_and_keeps_the_original_address():
    with serving(answer()) as sandbox:
        client = HttpClient(redirect_url=f"{sandbox.url}/")
        client.exchange(get("https://api.example.com/v1/x?y=1", auth=("u", SECRET)))
    [request] = sandbox.requests
    assert request.startswith("GET /api.example.com/v1/x?y=1 HTTP/1.1\r\n")
    assert "Authorization: Basic" in request


def test_redirect_of_an_answer_is_not_followed_by_itself():
    with serving(answer(302, Location="http://127.0.0.1:1/")) as provider:
        assert HttpClient().exchange(post(provider.url)).status == 302
    assert len(provider.requests) == 1


def test_cookies_of_one_account_do_not_reach_another():
    with serving(answer(200, Set_Cookie="id=one; Path=/"), answer()) as provider:
        client = HttpClient()
        client.exchange(get(provider.url))
        client.exchange(get(provider.url))
    assert len(provider.requests) == 2
    assert "id=one" not in provider.requests[1]


def test_each_thread_has_a_session_of_its_own():
    client, sessions = HttpClient(), []
    threads = [
        threading.Thread(target=lambda: sessions.append(client._session))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(session) for session in sessions}) == 3


# -- surely not sent ------------------------------------------------------------------


def test_refused_connection_was_not_sent():
    with pytest.raises(NotSent):
        HttpClient().exchange(post(f"http://127.0.0.1:{raw_server.closed_port()}/"))


def test_unknown_host_was_not_sent(monkeypatch):
    def fail(*_args, **_kwargs):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    with pytest.raises(NotSent):
        HttpClient().exchange(post("https://api.example.invalid/"))


def test_connection_that_hangs_was_not_sent(impatient):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        # The queue takes one or two connections; whoever comes later waits.
        waiting = [socket.socket() for _ in range(3)]
        for each in waiting:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        started = time.monotonic()
        with pytest.raises(NotSent):
            HttpClient().exchange(post(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        assert time.monotonic() - started < 8
        for each in waiting:
            each.close()


def test_server_with_a_strange_certificate_is_sent_nothing(tmp_path):
    context = make_untrusted_context(tmp_path)

    def wrap(connection):
        return context.wrap_socket(connection, server_side=True)

    with serving(answer(), wrap=wrap) as provider, pytest.raises(NotSent):
        HttpClient().exchange(post(f"https://127.0.0.1:{provider.port}/"))
    assert not provider.requests


def make_untrusted_context(folder):
    """A TLS server's context with a certificate that nobody has signed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    path = folder / "server.pem"
    path.write_bytes(
        key.private_bytes(
            pem,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


@pytest.mark.parametrize("url", ["nonsense", "ftp://h/", "https:///x", "https://[/"])
def test_address_that_is_none_was_not_sent(url):
    with pytest.raises(NotSent):
        HttpClient().exchange(post(url))


@pytest.mark.parametrize(
    "credentials", [{"headers": {"Authorization": "Bearer ••••"}}, {"auth": ("a", "–")}]
)
def test_credentials_that_no_header_can_carry_were_not_sent(credentials):
    with serving(answer()) as provider, pytest.raises(NotSent):
        HttpClient().exchange(replace(post(provider.url), **credentials))


# -- nobody knows ---------------------------------------------------------------------

UNKNOWN = {
    "hang": raw_server.hang,
    "reset": raw_server.reset,
    "hang up": raw_server.close,
    "no HTTP": raw_server.send(b"SSH-2.0-x\r\n\r\n"),
    "half a head": raw_server.send(b"HTTP/1.1 2"),
    "half a body": raw_server.send(
        b"HTTP/1.1 201 X\r\nContent-Length: 100\r\n\r\nhalf"
    ),
    "half a chunk": raw_server.send(
        b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nhalf"
    ),
    "broken compression": raw_server.send(
        b"HTTP/1.1 200 X\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc"
    ),
    "drip": raw_server.drip(HEAD),
    "drip of the head": raw_server.drip(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n", 0.4),
}


@pytest.mark.parametrize("behave", UNKNOWN.values(), ids=UNKNOWN)
def test_without_a_full_answer_nobody_knows(behave, impatient):
    started = time.monotonic()
    with serving(behave, answer()) as provider, pytest.raises(NoAnswer):
        HttpClient().exchange(post(provider.url))
    assert time.monotonic() - started < 8
    assert len(provider.requests) == 1, "it was posted a second time"


# -- the verdict ----------------------------------------------------------------------


def run(behave, **values):
    with serving(behave) as provider:
        return http.run(HttpClient(), post(provider.url, **values))


@pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 404, 422])
def test_answers_that_the_provider_explains_are_handed_on(status):
    assert run(answer(status)).status == status


@pytest.mark.parametrize("status", [429, 503])
def test_not_now_is_tried_later(status):
    assert isinstance(run(answer(status)), TryLater)


@pytest.mark.parametrize("status", [500, 501, 502, 504, 520, 599])
def test_other_server_errors_leave_the_outcome_unknown(status):
    assert isinstance(run(answer(status)), OutcomeUnknown)


@pytest.mark.parametrize(
    "behave", [raw_server.hang, raw_server.reset, raw_server.close]
)
def test_broken_connection_leaves_the_outcome_unknown(behave, impatient):
    assert isinstance(run(behave), OutcomeUnknown)


def test_refused_connection_is_tried_later():
    request = post(f"http://127.0.0.1:{raw_server.closed_port()}/")
    assert isinstance(http.run(HttpClient(), request), TryLater)


@pytest.mark.parametrize(
    "value, seconds",
    [("2", 2), ("0", 0), ("1.5", 1.5), ("-3", 0), ("", None), ("soon", None)],
)
def test_provider_says_how_long_to_wait(value, seconds):
    assert run(answer(429, Retry_After=value)).after == seconds


def test_provider_says_when_to_come_back():
    moment = datetime.datetime.now(datetime.timezone.utc)
    later = format_datetime(moment + datetime.timedelta(seconds=30), usegmt=True)
    assert 25 < run(answer(503, Retry_After=later)).after <= 30


# -- two steps ------------------------------------------------------------------------


def run_two(first, second, follow=None):
    """Prepare at one server, send at another; the result and the requests of both."""
    with serving(first) as preparing, serving(second) as sending:
        step = post(preparing.url, follow=follow or (lambda _r: post(sending.url)))
        return http.run(HttpClient(), step), preparing.requests, sending.requests


def test_what_was_prepared_is_sent():
    result, prepared, sent = run_two(answer(201), answer(200, b"sent"))
    assert result.body == b"sent"
    assert len(prepared) == len(sent) == 1


@pytest.mark.parametrize(
    "behave", [raw_server.hang, raw_server.reset, answer(500), answer(503)]
)
def test_preparation_without_an_answer_is_tried_again(behave, impatient):
    """It has no effect on the phone."""
    result, _prepared, sent = run_two(behave, answer())
    assert isinstance(result, TryLater)
    assert not sent


def test_preparation_that_is_refused_is_the_answer():
    result, _prepared, sent = run_two(answer(400, b"why"), answer())
    assert (result.status, result.body) == (400, b"why")
    assert not sent


def test_preparation_may_say_that_nothing_can_be_sent():
    refused = http.refuse("x", "No.")
    result, _prepared, sent = run_two(answer(201), answer(), lambda _r: refused)
    assert result == refused
    assert isinstance(result, Refused)
    assert not sent


@pytest.mark.parametrize("behave", [raw_server.hang, raw_server.reset, answer(500)])
def test_second_step_without_an_answer_leaves_the_outcome_unknown(behave, impatient):
    assert isinstance(run_two(answer(201), behave)[0], OutcomeUnknown)


# -- files ----------------------------------------------------------------------------


class Hosts(HttpClient):
    """Takes ``https://<name>/…`` to the local server of that name."""

    def __init__(self, **servers):
        super().__init__()
        self.servers = servers

    def _address(self, url):
        name, _slash, path = url.partition("://")[2].partition("/")
        return f"{self.servers[name.partition('.')[0]].url}/{path}"


def allow(*names):
    return lambda host: host in names


def fetch(api, hosts=None, limit=10):
    """Fetch the file ``/f`` of the local server ``api``, from there unless told."""
    hosts = hosts or allow("api.example")
    return Hosts(api=api).fetch(get("https://api.example/f"), hosts=hosts, limit=limit)


def test_file_is_fetched():
    with serving(answer(200, b"bytes", Content_Type="image/png")) as api:
        request = get("https://api.example/f", auth=("u", SECRET))
        response = Hosts(api=api).fetch(request, hosts=allow("api.example"), limit=10)
    assert response.body == b"bytes"
    assert response.headers["content-type"] == "image/png"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirected_file_is_fetched_without_credentials(status):
    location = "https://cdn.example/stored?sig=1"
    with (
        serving(answer(status, Location=location)) as api,
        serving(answer(200, b"bytes")) as cdn,
    ):
        request = get(
            "https://api.example/f", auth=("u", SECRET), headers={"X-Key": SECRET}
        )
        response = Hosts(api=api, cdn=cdn).fetch(
            request, hosts=allow("api.example", "cdn.example"), limit=10
        )
    assert response.body == b"bytes"
    assert "Authorization" in api.requests[0]
    assert "Authorization" not in cdn.requests[0]
    assert SECRET not in cdn.requests[0]


def test_file_in_two_steps_is_fetched_from_the_address_that_the_first_tells():
    def follow(told):
        return get(f"https://cdn.example/{told.json()}", headers={"X-Key": SECRET})

    with (
        serving(answer(200, b'"there"')) as api,
        serving(answer(302, Location="/at-last"), answer(200, b"bytes")) as cdn,
    ):
        response = Hosts(api=api, cdn=cdn).fetch(
            get("https://api.example/f", follow=follow),
            hosts=allow("api.example", "cdn.example"),
            limit=10,
        )
    assert response.body == b"bytes"
    assert cdn.requests[0].startswith("GET /there")
    assert SECRET in cdn.requests[0]
    assert SECRET not in cdn.requests[1]


def test_second_step_to_a_file_stays_with_the_providers_hosts():
    def follow(_told):
        return get("https://evil.example/f")

    with serving(answer(200, b"told")) as api, pytest.raises(ForbiddenHost):
        request = get("https://api.example/f", follow=follow)
        Hosts(api=api).fetch(request, hosts=allow("api.example"), limit=10)


def test_first_step_to_a_file_that_tells_nothing_is_no_answer():
    with serving(answer(200, b"told")) as api, pytest.raises(NoAnswer):
        request = get("https://api.example/f", follow=lambda _told: None)
        Hosts(api=api).fetch(request, hosts=allow("api.example"), limit=10)


def test_refused_first_step_to_a_file_is_the_answer():
    with serving(answer(404)) as api:
        request = get("https://api.example/f", follow=lambda _told: 1 / 0)
        response = Hosts(api=api).fetch(request, hosts=allow("api.example"), limit=10)
    assert response.status == 404


def test_credentials_do_not_stay_for_a_redirect_to_the_same_host():
    with serving(answer(302, Location="/other"), answer(200, b"bytes")) as api:
        request = get("https://api.example/f", auth=("u", SECRET))
        Hosts(api=api).fetch(request, hosts=allow("api.example"), limit=10)
    assert api.requests[1].startswith("GET /other")
    assert "Authorization" not in api.requests[1]


@pytest.mark.parametrize(
    "location",
    [
        "https://evil.example/",
        "http://cdn.example/",
        "//evil.example/",
        "https://cdn.example@evil.example/",
        "https://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://[",
        "https://[::1/",
    ],
)
def test_redirect_off_the_providers_hosts_is_not_followed(location):
    with (
        serving(answer(302, Location=location), answer()) as api,
        pytest.raises((ForbiddenHost, NoAnswer)),
    ):
        fetch(api, hosts=allow("api.example", "cdn.example"))
    assert len(api.requests) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://evil.example\\@api.example/",
        "http://api.example/",
        "",
        "[",
        "https://[",
    ],
)
def test_file_of_another_host_is_not_asked_for(url):
    with pytest.raises(ForbiddenHost):
        Hosts().fetch(get(url), hosts=allow("api.example"), limit=10)
    assert not is_https_at(url, allow("api.example"))


def test_credentials_go_to_the_hosts_that_were_named():
    for url in ("https://api.example/x", "https://api.example:443/?a=%C3%B1#b"):
        assert is_https_at(url, allow("api.example"))


def test_redirects_without_an_end_are_left():
    again = [answer(302, Location="/again")] * 9
    with serving(*again) as api, pytest.raises(ForbiddenHost):
        fetch(api)
    assert len(api.requests) == http.MAX_REDIRECTS + 1


@pytest.mark.parametrize("head", [HEAD, b"HTTP/1.1 200 OK\r\n\r\n"])
def test_file_over_the_limit_is_left_at_once(head):
    endless = raw_server.drip(head, b"x" * 10_000)
    started = time.monotonic()
    with serving(endless) as api, pytest.raises(TooLarge):
        fetch(api, limit=50_000)
    assert time.monotonic() - started < 8


def test_small_file_that_unpacks_to_a_large_one_is_left():
    bomb = gzip.compress(b"\0" * 20_000_000)
    assert len(bomb) < 50_000
    packed = answer(200, bomb, Content_Encoding="gzip")
    with serving(packed) as api, pytest.raises(TooLarge):
        fetch(api, limit=50_000)


def test_file_that_drips_is_left(impatient):
    started = time.monotonic()
    with serving(raw_server.drip(HEAD)) as api, pytest.raises(NoAnswer):
        fetch(api, limit=50_000)
    assert time.monotonic() - started < 8


# -- what is written down -------------------------------------------------------------


@pytest.mark.parametrize("behave", [answer(201), answer(500), raw_server.reset])
def test_log_tells_method_host_path_and_outcome_only(behave, caplog):
    caplog.set_level(logging.INFO)
    with serving(behave) as provider:
        http.run(
            HttpClient(),
            post(
                f"{provider.url}/Messages.json?token={SECRET}",
                form=(("Body", "private"),),
                headers={"X-Key": SECRET},
                auth=("user", SECRET),
            ),
        )
    assert "POST 127.0.0.1/Messages.json -> " in caplog.text
    for hidden in (SECRET, "private", "user", "Basic"):
        assert hidden not in caplog.text


def test_requests_and_results_show_no_secret():
    request = post("https://h/", auth=("user", SECRET))
    assert SECRET not in repr(request)
    refused = HttpRequest(
        method="POST",
        url=f"http://127.0.0.1:{raw_server.closed_port()}/",
        auth=("u", SECRET),
    )
    assert SECRET not in repr(http.run(HttpClient(), refused))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000])
def test_body_that_is_not_json_is_none(body):
    assert HttpResponse(status=200, body=body).json() is None


# -- pages ----------------------------------------------------------------------------

LIST = HttpRequest(
    method="GET",
    url="https://api.example/v1/a?x=1",
    auth=("u", "p"),
    params=(("n", "5"),),
)


@pytest.mark.parametrize(
    "following, url",
    [
        ("/v1/a?page=2", "https://api.example/v1/a?page=2"),
        ("https://api.example/v2/b", "https://api.example/v2/b"),
        ("?page=2", "https://api.example/v1/a?page=2"),
    ],
)
def test_next_page_is_asked_for_with_the_same_credentials(following, url):
    request = http.turn_page(LIST, following)
    assert (request.url, request.auth, request.params) == (url, ("u", "p"), ())


@pytest.mark.parametrize(
    "following",
    [
        "https://evil.example/v1/a",
        "//evil.example/v1/a",
        "http://api.example/v1/a",
        "https://api.example:444/v1/a",
        "https://evil.example\\@api.example/",
        "https://[",
    ],
)
def test_next_page_elsewhere_is_not_asked_for(following):
    with pytest.raises(ForbiddenHost):
        http.turn_page(LIST, following)
