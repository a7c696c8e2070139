"""The contract: what a provider fills in, in ``<addon>/tests/cases``."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from ...wire.http import (
    HttpClient,
    HttpRequest,
    HttpResponse,
)
from ...wire.items import Failure, Item, Media
from ...wire.outbound import (
    Capabilities,
    OutboundMessage,
    Refused,
    SendResult,
)
from ...wire.template import Template
from ...wire.webhook import WebhookRequest

#: Our business number, and where the provider finds us.
NUMBER = "+34931234567"
URL = "https://odoo.example.com/whatsapp/webhook/key"
#: What rides along with every message of ours.
REFERENCE = "our-ref_1"
STATUS_URL = f"{URL}?ref={REFERENCE}"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded; charset=UTF-8"


class _Sentence(str):
    """Equal to every sentence that an agent can read."""

    def __eq__(self, other):
        is_text = isinstance(other, str) and len(other) > 20
        return is_text and other[0].isupper() and other.endswith(".")

    __hash__ = str.__hash__


#: For expected failures: the words are free, but there must be some.
SENTENCE = _Sentence("Any sentence.")


def failure(code: str, scope: str = "message", detail: str | None = None) -> Failure:
    """An expected failure; see :class:`Failure`."""
    return Failure(code=code, scope=scope, detail=detail, sentence=SENTENCE)


def answer(body: Any = None, status: int = 200, **headers: str) -> HttpResponse:
    """A provider's answer with this JSON, or with nothing in it."""
    content = b"" if body is None else json.dumps(body).encode()
    return HttpResponse(status=status, headers=headers, body=content)


@dataclass(frozen=True, kw_only=True)
class Event:
    """What a fixture says: its items, in order. ``query`` is its address's."""

    items: tuple[Item, ...]
    query: str = ""


def event(*items: Item, query: str = "") -> Event:
    return Event(items=items, query=query)


@dataclass(frozen=True, kw_only=True)
class Signing:
    """How the provider signs.

    ``sign(request, account, at)`` gives the request as the provider would post it at
    ``at`` (seconds since 1970), with the secret of ``account``. ``secret`` and
    ``previous`` are names of the account's attributes. ``max_age`` in seconds, None
    where nothing tells the age. ``covers_url`` tells whether the address is signed.
    """

    sign: Callable[[WebhookRequest, Any, float], WebhookRequest]
    verify: Callable[[WebhookRequest, Any], None]
    secret: str
    previous: str
    covers_url: bool = False
    max_age: int | None = None


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request as it goes over the wire, without what proves who asks.

    ``headers`` has lower-case names.
    """

    method: str
    url: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    form: tuple[tuple[str, str], ...] | None = None
    json: Any = None
    data: bytes | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> Asked:
        headers = {name.lower(): value for name, value in request.headers.items()}
        headers.pop("authorization", None)
        return cls(
            method=request.method,
            url=request.url,
            params=tuple(request.params),
            headers=headers,
            form=request.form,
            json=request.json,
            data=request.data,
        )


Exchange = tuple[Asked, HttpResponse]


@dataclass(frozen=True, kw_only=True)
class Deed:
    """Something done at the provider: what is asked and answered, and what comes of it.

    ``do`` gets a client that answers as scripted. ``refused`` is the code of the
    :class:`ErrorAnswer` that comes instead of a ``result``. ``subject`` is the
    provider's id of the message, or template, that it is about, if there is one.
    """

    do: Callable[[HttpClient], Any]
    exchanges: tuple[Exchange, ...]
    subject: str = ""
    result: Any = None
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class Files:
    """How files of inbound messages are fetched.

    ``request`` is what the transport's ``_build_media`` gives, ``is_host`` its
    ``_media_hosts``. ``url`` is an address of the provider's as its webhooks give it
    (or as its answer to the question for one, ``ask``); ``store`` one that it
    redirects to, if it does. ``gone`` is its answer when a file has expired.
    """

    request: Callable[[Any, Media], HttpRequest | None]
    is_host: Callable[[str], bool]
    url: str
    store: str = ""
    #: The answer that holds an address, where a file is asked for by its id.
    tell: Callable[[str], HttpResponse] | None = None
    gone: HttpResponse = HttpResponse(status=404)


@dataclass(frozen=True, kw_only=True)
class Templates:
    """How templates are submitted and listed.

    ``submit`` and ``list_states`` are the transport's. ``submissions`` has, by name of
    :data:`~.intents.TEMPLATES`, what creating it asks and is answered.
    ``listing(template, word)`` gives the answers to a list that holds only
    ``template``, of which the provider says ``word``; ``states`` has such words and
    what they mean in the base's. ``lost`` names parts of a template that the list
    doesn't tell.
    """

    submit: Callable[..., Any]
    list_states: Callable[[HttpClient, Any], Any]
    submissions: Mapping[str, tuple[Exchange, ...]]
    listing: Callable[[Template, str], tuple[HttpResponse, ...]]
    states: Mapping[str, str]
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Wire:
    r"""One provider's wire, and what it has to say to the suite.

    ``account`` is what the wire knows an account by, ``settings`` the same as values of
    ``whatsapp.account``. ``number_id`` is the provider's name for :data:`NUMBER`,
    ``template_id`` one that it could give a template.

    ``events`` has what each file in ``folder`` says, by its stem. ``.json`` is posted
    as it is; ``.form`` has a ``name=value`` a line (``\n`` for a break, ``#`` for what
    is said about it). ``sends`` has, by name of :data:`~.intents.MESSAGES`, the
    requests that send it; ``prepared`` is the answer to the first of two. ``answers``
    has an answer to a send and its meaning. ``deeds`` is named as
    :data:`~.required.DEEDS` says. ``not_offered`` tells, by name of what is required,
    why the provider has nothing of the kind.
    """

    label: str
    provider: str
    account: Any
    settings: Mapping[str, Any]
    number_id: str
    template_id: str
    capabilities: Capabilities
    not_offered: Mapping[str, str]

    folder: Path
    events: Mapping[str, Event]
    signing: Signing
    parse: Callable[[WebhookRequest, Any], list[Item]]
    #: Those that the transport's ``_kept_headers`` names.
    kept_headers: tuple[str, ...] = ()

    build: Callable[[OutboundMessage, Any], HttpRequest | Refused]
    read: Callable[[HttpResponse], SendResult]
    #: Whether a request carries what proves that it is ours.
    is_authorized: Callable[[HttpRequest], bool]
    sends: Mapping[str, tuple[Asked, ...]]
    prepared: HttpResponse | None = None
    answers: Mapping[str, tuple[HttpResponse, SendResult]]

    files: Files
    templates: Templates
    deeds: Mapping[str, Deed]

    def __repr__(self):
        return self.label

    def _repr_pretty_(self, printer, cycle):
        """As Hypothesis and IPython print it."""
        printer.text(self.label)

    @cached_property
    def fixtures(self) -> dict[str, Path]:
        """The files of ``folder``, by their stems."""
        paths = sorted(path for path in self.folder.iterdir() if path.is_file())
        return {path.stem: path for path in paths}

    def is_form(self, name: str) -> bool:
        return self.fixtures[name].suffix == ".form"

    def read_body(self, name: str) -> bytes:
        """The body of the POST that fixture ``name`` shows."""
        content = self.fixtures[name].read_bytes()
        return _read_form(content) if self.is_form(name) else content

    def wrap(
        self, name: str, body: bytes | None = None, url: str = URL
    ) -> WebhookRequest:
        """The POST that fixture ``name`` shows, or one like it, as yet unsigned."""
        query = self.events[name].query
        return WebhookRequest(
            method="POST",
            url=f"{url}?{query}" if query else url,
            headers={"content-type": FORM if self.is_form(name) else JSON},
            body=self.read_body(name) if body is None else body,
        )

    def sign(
        self, request: WebhookRequest, account: Any = None, at: float | None = None
    ) -> WebhookRequest:
        """``request`` as the provider posts it, now unless ``at`` says otherwise."""
        moment = time.time() if at is None else at
        return self.signing.sign(request, account or self.account, moment)

    def post(self, name: str, url: str = URL) -> WebhookRequest:
        """The signed POST that fixture ``name`` shows."""
        return self.sign(self.wrap(name, url=url))


def _read_form(content: bytes) -> bytes:
    lines = content.decode().splitlines()
    pairs = [line.split("=", 1) for line in lines if line and line[0] != "#"]
    return urlencode([(k, v.replace("\\n", "\n")) for k, v in pairs]).encode()
