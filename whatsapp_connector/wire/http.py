"""The one road to a provider: requests, responses and the client that carries them.

:class:`HttpClient` needs no Odoo environment, so that it runs in a thread pool. It
tells the two failures apart that decide over a second try: :class:`NotSent` (the
provider surely saw nothing) and :class:`NoAnswer` (it may have).
"""

from __future__ import annotations

import contextlib
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.cookies import RequestsCookieJar
from urllib3.exceptions import HTTPError, LocationParseError
from urllib3.util import parse_url

from .items import Failure
from .outbound import OutcomeUnknown, Refused, SendResult, TryLater
from .translate import _lt

_logger = logging.getLogger(__name__)

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 10.0
DOWNLOAD_TIMEOUT = 60.0
MAX_REDIRECTS = 3
MAX_RETRY_AFTER = 3600.0
CHUNK = 64 * 1024


class NotSent(Exception):
    """The connection never came about: the provider surely saw nothing."""


class NoAnswer(Exception):
    """The request went out and no full answer came back: nobody knows."""


class ForbiddenHost(Exception):
    """A file's address isn't one of the provider's: it is not fetched."""


class TooLarge(Exception):
    """The answer is larger than what was allowed for it."""


class ErrorAnswer(Exception):
    """The provider answered a question (not a send) with an error."""

    def __init__(self, status: int, failure: Failure):
        #: The provider's own words, else what its code means.
        self.reason = failure.detail or failure.sentence
        super().__init__(f"{failure.code} {self.reason}")
        self.status = status
        self.failure = failure

    @property
    def temporary(self) -> bool:
        """Whether the same question may be answered later."""
        return self.status in (408, 429) or self.status >= 500


@dataclass(frozen=True, kw_only=True)
class HttpResponse:
    """A provider's answer. ``headers`` has lower-case names."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The decoded body, or None if it isn't JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait by ``Retry-After`` (a number or a date), if it is there."""
        value = self.headers.get("retry-after", "").strip()
        if not value:
            return None
        with contextlib.suppress(ValueError):
            return _bounded(float(value))
        try:
            return _bounded(parsedate_to_datetime(value).timestamp() - time.time())
        except (TypeError, ValueError, OverflowError):
            return None


def _bounded(seconds: float) -> float:
    """A wait that makes sense; whoever asks for more is asked again."""
    return min(seconds, MAX_RETRY_AFTER) if seconds > 0 else 0.0


@dataclass(frozen=True, kw_only=True)
class HttpRequest:
    """A request, ready to go. Exactly one of ``form``, ``json``, ``data``, or none.

    ``form`` keeps its order and its repeated names. ``follow`` makes a request of two
    steps: the first (this one) prepares something and has no effect on the phone; its
    good answer is given to ``follow``, which returns the request that sends (or, of a
    file, the one that fetches it), or a result if the answer lacks what that needs.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    params: tuple[tuple[str, str], ...] = ()
    form: tuple[tuple[str, str], ...] | None = None
    json: Any = None
    data: bytes | None = None
    auth: tuple[str, str] | None = field(default=None, repr=False)
    follow: Callable[[HttpResponse], HttpRequest | SendResult | None] | None = None


class HttpClient:
    """Carries requests: short time-outs, verified TLS, no redirects, quiet logs.

    One ``requests.Session`` a thread. ``redirect_url`` sends everything to another
    server instead (a pretend provider): ``https://host/path`` goes to
    ``<redirect_url>/host/path``. The log has method, host, path, status and time,
    never a query, a header or a body.
    """

    def __init__(self, redirect_url: str | None = None):
        self._redirect_url = (redirect_url or "").rstrip("/")
        self._local = threading.local()

    def exchange(self, request: HttpRequest) -> HttpResponse:
        """Send ``request`` and return the answer, whatever its status.

        :raises NotSent: refused connection, unknown host, TLS failure
        :raises NoAnswer: hang or reset after the request went out
        """
        return self._exchange(request, limit=None)

    def fetch(self, request: HttpRequest, *, hosts: Callable[[str], bool], limit: int):
        """Download a file, following redirects without handing on credentials.

        ``hosts`` tells whether a host may be asked; ``limit`` is in bytes. A request of
        two steps asks for the file's address first.

        :raises ForbiddenHost: the address or a redirect leaves the allowed hosts
        :raises TooLarge: more than ``limit`` bytes
        """
        response = self._fetch(request, hosts, limit)
        if request.follow is None or not response.ok:
            return response
        following = request.follow(response)
        if not isinstance(following, HttpRequest):
            raise NoAnswer("the provider told no address")
        return self._fetch(following, hosts, limit)

    def _fetch(
        self, request: HttpRequest, hosts: Callable[[str], bool], limit: int
    ) -> HttpResponse:
        for _hop in range(MAX_REDIRECTS + 1):
            self._check_address(request.url, hosts)
            response = self._exchange(request, limit=limit)
            location = response.headers.get("location")
            if response.status not in (301, 302, 303, 307, 308) or not location:
                return response
            request = HttpRequest(method="GET", url=_join(request.url, location))
        raise ForbiddenHost("too many redirects")

    @staticmethod
    def _check_address(url: str, hosts: Callable[[str], bool]):
        scheme, host = _split(url)
        if scheme != "https" or not hosts(host):
            raise ForbiddenHost(host)

    def _exchange(self, request: HttpRequest, limit: int | None) -> HttpResponse:
        try:
            parts = urlsplit(request.url)
        except ValueError:
            raise NotSent("InvalidURL") from None
        started = time.monotonic()
        outcome: Any = None
        try:
            response = self._send(request, limit)
            outcome = response.status
            return response
        except Exception as error:
            outcome = type(error).__name__
            raise
        finally:
            _logger.info(
                "%s %s%s -> %s in %.3f s",
                request.method,
                parts.hostname,
                parts.path,
                outcome,
                time.monotonic() - started,
            )

    def _send(self, request: HttpRequest, limit: int | None) -> HttpResponse:
        try:
            with self._session.request(
                request.method,
                self._address(request.url),
                headers=dict(request.headers),
                params=list(request.params) or None,
                data=self._body(request),
                json=request.json,
                auth=request.auth,
                timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
                allow_redirects=False,
                stream=True,
            ) as answer:
                return HttpResponse(
                    status=answer.status_code,
                    headers={k.lower(): v for k, v in answer.headers.items()},
                    body=self._read(answer, limit),
                )
        except requests.RequestException as error:
            raise _classify(error) from None
        except UnicodeEncodeError as error:
            # Of a header, before the connection is asked for anything.
            raise NotSent(type(error).__name__) from None
        except (HTTPError, ValueError) as error:
            # Neither a broken body nor a redirect to nonsense is wrapped by requests.
            raise NoAnswer(type(error).__name__) from None

    @staticmethod
    def _body(request: HttpRequest):
        return list(request.form) if request.form is not None else request.data

    @staticmethod
    def _read(answer: requests.Response, limit: int | None) -> bytes:
        """Read the body as it comes; a server that drips can't hold us for long."""
        allowed = READ_TIMEOUT if limit is None else DOWNLOAD_TIMEOUT
        deadline = time.monotonic() + allowed
        # read1 gives what is there; only urllib3 from before 2.1 lacks it.
        read = getattr(answer.raw, "read1", answer.raw.read)
        body = bytearray()
        while chunk := read(CHUNK, decode_content=True):
            body += chunk
            if limit is not None and len(body) > limit:
                raise TooLarge(limit)
            if time.monotonic() > deadline:
                raise NoAnswer("the answer took too long")
        return bytes(body)

    def _address(self, url: str) -> str:
        if not self._redirect_url:
            return url
        return f"{self._redirect_url}/{url.partition('://')[2]}"

    @property
    def _session(self) -> requests.Session:
        session = getattr(self._local, "session", None)
        if session is None:
            session = self._local.session = requests.Session()
            # Accounts share the session: none may see another's cookies.
            session.cookies = RequestsCookieJar(DefaultCookiePolicy(allowed_domains=[]))
            # A second try is decided by the work engine, never underneath it.
            session.mount("https://", HTTPAdapter(max_retries=0))
            session.mount("http://", HTTPAdapter(max_retries=0))
        return session


def _classify(error: requests.RequestException) -> NotSent | NoAnswer:
    """Tell a connection that never came about from one that broke.

    A kept-alive connection that the other side closed looks like a reset and counts
    as unknown: that is the safe reading.
    """
    never_connected = (
        requests.exceptions.ConnectTimeout,
        requests.exceptions.ProxyError,
        requests.exceptions.InvalidURL,
        requests.exceptions.MissingSchema,
        requests.exceptions.InvalidSchema,
        requests.exceptions.InvalidHeader,
    )
    if isinstance(error, never_connected):
        return NotSent(type(error).__name__)
    if isinstance(error, requests.exceptions.ConnectionError):
        cause = error.args[0] if error.args else None
        reason = getattr(cause, "reason", cause)
        if type(reason).__name__ in ("NewConnectionError", "NameResolutionError"):
            return NotSent(type(reason).__name__)
        # Other faults of TLS may come after the request went out.
        if isinstance(error, requests.exceptions.SSLError) and isinstance(
            _root_cause(reason), ssl.SSLCertVerificationError
        ):
            return NotSent("SSLCertVerificationError")
    return NoAnswer(type(error).__name__)


def _root_cause(error: Any) -> Any:
    while error.args and isinstance(error.args[0], BaseException):
        error = error.args[0]
    return error


def _join(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        raise ForbiddenHost("an address that can't be read") from None


def is_https_at(url: str, hosts: Callable[[str], bool]) -> bool:
    """Whether credentials may go along to ``url``: HTTPS, at one of ``hosts``."""
    try:
        scheme, host = _split(url)
    except ForbiddenHost:
        return False
    return scheme == "https" and hosts(host)


def _split(url: str) -> tuple[str, str]:
    """Scheme and host of ``url``.

    :raises ForbiddenHost: it names a user or another port, as no provider's does; or
        Python reads another host there than urllib3, which connects
        (``https://evil.example\\@ours.example/``)
    """
    try:
        parts, opened = urlsplit(url), parse_url(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except (ValueError, LocationParseError):
        raise ForbiddenHost("an address that can't be read") from None
    if port not in (None, 443) or parts.username is not None:
        raise ForbiddenHost(parts.netloc.rpartition("@")[2])
    if host != (opened.host or "").strip("[]").lower():
        raise ForbiddenHost(host)
    return parts.scheme, host


def turn_page(request: HttpRequest, following: str) -> HttpRequest:
    """The request for the next page of a list, whose address the last answer told.

    :raises ForbiddenHost: it isn't at the host that was asked
    """
    url = _join(request.url, following)
    _scheme, host = _split(url)
    if urlsplit(url)[:2] != urlsplit(request.url)[:2]:
        raise ForbiddenHost(host)
    return replace(request, url=url, params=())


def run(client: HttpClient, request: HttpRequest) -> HttpResponse | SendResult:
    """Run a sending request, both steps of it; the part that a thread pool does.

    Returns the answer to the step that sends, or a result where no answer decides.
    A preparing step has no effect on the phone, so its failure is never *unknown*.
    """
    if request.follow is None:
        return _attempt(client, request)
    prepared = _attempt(client, replace(request, follow=None))
    if isinstance(prepared, OutcomeUnknown):
        return TryLater(failure=prepared.failure)
    if isinstance(prepared, HttpResponse) and prepared.ok:
        following = request.follow(prepared)
        if isinstance(following, HttpRequest):
            return _attempt(client, following)
        return following
    return prepared


def _attempt(client: HttpClient, request: HttpRequest) -> HttpResponse | SendResult:
    try:
        return triage(client.exchange(request))
    except NotSent as error:
        return TryLater(failure=_failure("not_sent", NOT_SENT, str(error)))
    except NoAnswer as error:
        return OutcomeUnknown(failure=_failure("no_answer", NO_ANSWER, str(error)))


NOT_SENT = _lt("The provider could not be reached. The message will be tried again.")
NO_ANSWER = _lt(
    "The provider did not answer: nobody knows whether it took the message. "
    "Look at the phone, or wait for its status, before you send it again."
)
TOO_FAST = _lt("The provider asks us to slow down. The message will be tried again.")
SERVER_ERROR = _lt(
    "The provider had an error of its own: nobody knows whether it took the message."
)


def triage(response: HttpResponse) -> HttpResponse | TryLater | OutcomeUnknown:
    """Decide what the status code alone decides: 429, 503 and the other 5xx."""
    if response.status in (429, 503):
        return TryLater(
            failure=_failure(str(response.status), TOO_FAST),
            after=response.retry_after,
        )
    if response.status >= 500:
        return OutcomeUnknown(failure=_failure(str(response.status), SERVER_ERROR))
    return response


def _failure(code: str, sentence: str, detail: str | None = None) -> Failure:
    return Failure(code=code, sentence=sentence, detail=detail)


def refuse(code: str, sentence: str, **values: Any) -> Refused:
    """A :class:`Refused` in one line."""
    return Refused(failure=Failure(code=code, sentence=sentence, **values))
