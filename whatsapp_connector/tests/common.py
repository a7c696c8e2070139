"""Test kit of the WhatsApp connector: for its own tests and those of provider addons.

:class:`WhatsappCase` and :class:`WhatsappHttpCase` set up an account, a number, a
helpdesk team and an agent. Their provider is a :class:`FakeProvider`: what it "calls"
us with are the items of ``wire/items.py`` themselves, and what it answers to our
requests is scripted by the test. A provider addon sets ``provider_code``, overrides
``_prepare_account_vals`` and answers in ``_request_handler``; the rest serves as it is.
"""

import io
import itertools
import json
from collections import deque
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import requests
from freezegun import freeze_time
from urllib3 import HTTPResponse
from urllib3.exceptions import MaxRetryError, NewConnectionError

from odoo import fields
from odoo.tests import HttpCase, TransactionCase, new_test_user

from odoo.addons.base.models.ir_cron import IrCron

from ..models import whatsapp_outbox
from ..models.whatsapp_account import WhatsappAccount
from ..tools import transport_client
from ..wire.http import HttpRequest, refuse
from ..wire.items import (
    Failure,
    InboundMessage,
    Media,
    Person,
    StatusUpdate,
)
from ..wire.outbound import Accepted, Capabilities, OutcomeUnknown
from ..wire.template import BUTTONS, CATEGORIES, HEADERS, TemplateState
from ..wire.webhook import InvalidSignature, MalformedEvent, WebhookRequest

API_HOST = "api.provider.test"
MEDIA_HOST = "media.provider.test"

NUMBER = "+34931000100"
ANNA = Person(number="+34612345678", wa_id="34612345678", name="Anna")
BIEL = Person(number="+34687654321", wa_id="34687654321", name="Biel")


def utc_now():
    """Aware UTC, in whole seconds, as providers stamp their messages."""
    return datetime.now(timezone.utc).replace(microsecond=0)


def refused_connection():
    """What ``requests`` raises when nobody listens: surely nothing was sent."""
    reason = NewConnectionError(None, "Connection refused")
    return requests.ConnectionError(MaxRetryError(None, "/", reason))


def broken_connection():
    """What ``requests`` raises after a reset: nobody knows what became of it."""
    return requests.ConnectionError("Connection aborted", ConnectionResetError(104))


class FakeProvider:
    """The other side: packs items into webhooks, answers requests as scripted."""

    #: Templates outlive a test: those of a class are made once.
    _template_serial = itertools.count(1)

    def __init__(self):
        self.secret = "test-secret-0123456789"
        self.capabilities = Capabilities(
            media_kinds={
                "image": ("image/jpeg", "image/png"),
                "audio": ("audio/ogg", "audio/mpeg"),
                "video": ("video/mp4",),
                "document": ("application/pdf", "text/plain"),
            },
            media_limit={"image": 5 * 1024 * 1024},
            quoting=True,
            reactions=True,
            read_receipts=True,
            typing=True,
            location=True,
            buttons=3,
            list_rows=10,
            templates=True,
            template_headers=HEADERS,
            template_buttons=BUTTONS,
            template_categories=CATEGORIES,
        )
        #: Its templates: id → :class:`TemplateState`, in the order of submission.
        self.templates = {}
        #: What happens to submissions to come: an exception, or a status.
        self.verdicts = deque()
        #: Exceptions that deletions to come end in.
        self.deletions = deque()
        #: What was asked of us so far: decoded JSON of each send, in order.
        self.sent = []
        #: What it was told of our people: decoded JSON of each, in order.
        self.told = []
        #: Answers to come; without one a send is accepted.
        self.answers = deque()
        #: Media address → ``(status, body, content type[, headers])`` or an exception.
        self.files = {}
        #: Body of a webhook → the items in it.
        self.payloads = {}
        self._serial = itertools.count(1)

    # -- calling us -------------------------------------------------------------------

    def pack(self, items):
        """Bytes of a webhook that the fake transport parses to ``items``."""
        body = b"payload %d" % next(self._serial)
        self.payloads[body] = list(items)
        return body

    def unpack(self, body):
        if body not in self.payloads:
            raise MalformedEvent("not one of ours")
        found = self.payloads[body]
        if len(found) == 1 and isinstance(found[0], Exception):
            raise found[0]
        return found

    # -- being called -----------------------------------------------------------------

    def answer(self, status=200, payload=None, headers=None, *, times=1):
        """Script the next answer; ``status`` may also be an exception to raise."""
        self.answers.extend([(status, payload, headers or {})] * times)

    def refuse(self, code="63016", scope="message", *, times=1):
        """Script a refusal (400) with a failure of that scope."""
        self.answer(400, {"code": code, "scope": scope}, times=times)

    def submit(self, template):
        """Take a template in for review: *pending*, unless a verdict was scripted."""
        verdict = self.verdicts.popleft() if self.verdicts else "pending"
        if isinstance(verdict, Exception):
            raise verdict
        state = TemplateState(
            template_id=f"tpl-{next(self._template_serial)}",
            name=template.name,
            language=template.language,
            status=verdict,
            category=template.category,
            content=template,
        )
        self.templates[state.template_id] = state
        return state

    def review(self, variant, status, **values):
        """Decide about a template as WhatsApp's reviewers would."""
        state = self.templates[variant.provider_id]
        self.templates[variant.provider_id] = replace(state, status=status, **values)

    def handle(self, request):
        """A ``requests.Response`` for a prepared request, or an exception."""
        if request.url.startswith(f"https://{MEDIA_HOST}/"):
            file = self.files.get(request.url, (404, b"", "text/plain"))
            if isinstance(file, Exception):
                raise file
            status, body, content_type, *headers = file
            headers = {"Content-Type": content_type, **(headers[0] if headers else {})}
            return _response(status, body, headers)
        asked = json.loads(request.body)
        if request.url.endswith("/read"):
            self.told.append(asked)
            return _response(200, b"{}", {})
        self.sent.append(asked)
        status, payload, headers = (
            self.answers.popleft() if self.answers else (200, None, {})
        )
        if isinstance(status, Exception):
            raise status
        if payload is None and status == 200:
            payload = {"id": f"out-{next(self._serial)}"}
        return _response(status, json.dumps(payload).encode(), headers)


def _response(status, body, headers):
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers)
    response.raw = HTTPResponse(io.BytesIO(body), headers, preload_content=False)
    return response


class FakeTransport:
    """The transport of :class:`FakeProvider`, on top of the base's contract."""

    def __init__(self, provider, contract):
        self._provider = provider
        self._contract = contract

    def __getattr__(self, name):
        return getattr(self._contract, name)

    def _capabilities(self, _account):
        return self._provider.capabilities

    def _credentials(self, _account):
        return [self._provider.secret] if self._provider.secret else []

    def _verify(self, _account, webhook):
        given = webhook.headers.get("x-test-signature")
        if not self._provider.secret or given != self._provider.secret:
            raise InvalidSignature("wrong signature")

    def _parse(self, _account, webhook):
        return self._provider.unpack(webhook.body)

    def _build_send(self, _channel, outbound):
        return HttpRequest(
            method="POST",
            url=f"https://{API_HOST}/messages",
            headers={"Authorization": f"Bearer {self._provider.secret}"},
            json={
                "to": outbound.person.wa_id or outbound.person.user_id,
                "from": outbound.number_id,
                "kind": outbound.kind,
                "text": outbound.text,
                "media": outbound.media and outbound.media.url,
                "filename": outbound.media and outbound.media.filename,
                "quoted": outbound.quoted_id,
                "target": outbound.target_id,
                "emoji": outbound.emoji,
                "reference": outbound.reference,
                "status_url": outbound.status_url,
                "choices": [c.title for c in (*outbound.buttons, *outbound.rows)],
                "template": outbound.template and outbound.template.template_id,
                "values": {
                    f"{value.place}/{value.name}": value.value
                    for value in (outbound.template.values if outbound.template else ())
                },
                "header": outbound.template
                and outbound.template.header_media
                and outbound.template.header_media.url,
            },
        )

    def _read_send(self, _channel, response):
        answer = response.json() or {}
        if response.ok and answer.get("id"):
            return Accepted(provider_id=answer["id"])
        if response.ok:
            return OutcomeUnknown(failure=Failure(code="no_id", sentence="No id."))
        return refuse(
            answer.get("code", str(response.status)),
            "The provider refused the message.",
            scope=answer.get("scope", "message"),
        )

    def _build_mark_read(self, _channel, provider_id, typing=False):
        return HttpRequest(
            method="POST",
            url=f"https://{API_HOST}/read",
            json={"message": provider_id, "typing": typing},
        )

    def _submit_template(self, _account, template, _previous_id, _client):
        return self._provider.submit(template)

    def _list_templates(self, _account, _client):
        return list(self._provider.templates.values())

    def _delete_template(self, _account, state, _client):
        if self._provider.deletions:
            raise self._provider.deletions.popleft()
        del self._provider.templates[state.template_id]

    def _build_media(self, _account, media):
        return HttpRequest(method="GET", url=media.url) if media.url else None

    def _media_hosts(self, _account):
        return lambda host: host == MEDIA_HOST


class WhatsappKit:
    """Set-up and shorthands; mixed into a ``TransactionCase``."""

    #: Value of ``whatsapp.account.provider`` of the account under test.
    provider_code = "test"

    # -- set-up -----------------------------------------------------------------------

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._install_fake_provider()
        cls._install_engine()
        cls.company = cls.env.company
        cls.team = cls.env["helpdesk.ticket.team"].create({"name": "Support"})
        cls.agent = cls.create_user("agent", "whatsapp_connector.group_whatsapp_agent")
        cls.team.user_ids = cls.agent
        cls.account = cls.create_account()
        cls.channel = cls.create_channel(cls.account, team_ids=cls.team.ids)

    @classmethod
    def _install_fake_provider(cls):
        """Add provider ``test`` for the time of this class."""
        cls.provider = FakeProvider()
        field = cls.env["whatsapp.account"]._fields["provider"]
        known = {**dict(field.selection), "test": "Test"}
        cls.classPatch(field, "selection", list(known.items()))
        cls.classPatch(field, "_selection", known)
        original = WhatsappAccount._transport

        def _transport(account):
            contract = original(account)
            if account.provider != "test":
                return contract
            return FakeTransport(cls.provider, contract)

        cls.classPatch(WhatsappAccount, "_transport", _transport)

    @classmethod
    def _install_engine(cls):
        """Make the steps callable in a test, and never wait for a retry."""
        cls.classPatch(IrCron, "_commit_progress", lambda *_a, **_k: float("inf"))
        cls.classPatch(transport_client, "_get_redirect_url", lambda: None)
        transport_client.get_client.cache_clear()
        cls.addClassCleanup(transport_client.get_client.cache_clear)
        cls.classPatch(whatsapp_outbox, "PATIENCE_SECONDS", 0)
        cls.classPatch(whatsapp_outbox, "SOFT_SECONDS", 1)

    def setUp(self):
        super().setUp()
        type(self).provider.__init__()

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        if request.url.startswith((f"https://{API_HOST}/", f"https://{MEDIA_HOST}/")):
            return cls.provider.handle(request)
        return super()._request_handler(session, request, **kwargs)

    # -- records ----------------------------------------------------------------------

    @classmethod
    def create_user(cls, login, groups="base.group_user", **vals):
        """A user; ``groups`` are comma-separated xml ids."""
        return new_test_user(cls.env, login=f"wa_{login}", groups=groups, **vals)

    @classmethod
    def _prepare_account_vals(cls):
        return {"name": "Test account", "provider": cls.provider_code}

    @classmethod
    def create_account(cls, **vals):
        """An account; without the templates that a new one gets."""
        return cls.env["whatsapp.account"].create(
            {"has_template_drafts": True, **cls._prepare_account_vals(), **vals}
        )

    @classmethod
    def create_channel(cls, account, number=NUMBER, **vals):
        return cls.env["whatsapp.channel"].create(
            {
                "name": "Main number",
                "account_id": account.id,
                "number": number,
                "number_id": number,
                **vals,
            }
        )

    @classmethod
    def create_contact(cls, person=ANNA, **vals):
        return cls.env["whatsapp.contact"].create(
            {
                "company_id": cls.company.id,
                "number": person.number,
                "wa_id": person.wa_id,
                "profile_name": person.name,
                **vals,
            }
        )

    @classmethod
    def create_partner(cls, name, phone, **vals):
        return cls.env["res.partner"].create({"name": name, "phone": phone, **vals})

    def contact_of(self, person=ANNA):
        return self.env["whatsapp.contact"].search([("number", "=", person.number)])

    def thread_of(self, person=ANNA, channel=None):
        """The thread between one of our numbers and a person."""
        return self.env["discuss.channel"].search(
            [
                ("whatsapp_channel_id", "=", (channel or self.channel).id),
                ("whatsapp_contact_id.number", "=", person.number),
            ]
        )

    def conversations_of(self, person=ANNA):
        """Conversations, latest first."""
        return self.thread_of(person).whatsapp_conversation_ids

    def tickets_of(self, person=ANNA):
        return self.env["helpdesk.ticket"].search(
            [("whatsapp_conversation_id", "in", self.conversations_of(person).ids)],
            order="id",
        )

    # -- what comes in ----------------------------------------------------------------

    _message_ids = itertools.count(1)

    def inbound(self, text="Hola", person=ANNA, **values):
        """An :class:`InboundMessage`, sent now unless told otherwise."""
        values.setdefault("kind", "text")
        values.setdefault("number_id", self.channel.number_id)
        values.setdefault("message_id", f"in-{next(self._message_ids)}")
        values.setdefault("sent_at", utc_now())
        return InboundMessage(person=person, text=text, **values)

    def inbound_media(self, kind, name, content, mimetype, person=ANNA, **values):
        """An inbound message with a file that waits at the provider."""
        url = f"https://{MEDIA_HOST}/{name}"
        self.provider.files[url] = (200, content, mimetype)
        media = Media(url=url, mimetype=mimetype, filename=name)
        values.setdefault("text", "")
        return self.inbound(person=person, kind=kind, media=(media,), **values)

    def status(self, message, status, **values):
        """A :class:`StatusUpdate` that speaks of ``message`` by its reference."""
        values.setdefault("at", utc_now())
        return StatusUpdate(status=status, reference=message.reference, **values)

    def store(self, *items, account=None):
        """Have the provider call with ``items`` in one POST; returns the event."""
        account = account or self.account
        webhook = WebhookRequest(
            method="POST",
            url=account._get_webhook_url(),
            body=self.provider.pack(items),
        )
        return self.store_webhook(webhook, account)

    def store_webhook(self, webhook, account=None):
        """Store a verified webhook as the controller does; empty if known already."""
        events = self.env["whatsapp.event"]
        stored = events._store(account or self.account, webhook)
        return events.browse(stored or [])

    def receive(self, *items, account=None):
        """Store ``items`` in one event and apply it; returns what was recorded."""
        event = self.store(*items, account=account)
        self.run_inbox()
        self.assertEqual(event.state, "done", event.error)
        return self.env["whatsapp.message"].search(
            [("event_id", "=", event.id)], order="id"
        )

    def receive_text(self, text="Hola", person=ANNA, **values):
        return self.receive(self.inbound(text, person, **values))

    def run_inbox(self):
        """Apply the events that are due."""
        self.env["whatsapp.inbox"]._cron_run(0)
        self.env.invalidate_all()

    def run_media(self):
        """Fetch the files that are due, once."""
        self.env["whatsapp.media"]._cron_run()
        self.env.invalidate_all()

    # -- templates --------------------------------------------------------------------

    @classmethod
    def create_template(cls, name="Ticket update", body="Hola!", **vals):
        """A draft with one language; ``vals`` of the template or of that language.

        ``fields`` binds variables of the text: name → field path.
        """
        bindings = vals.pop("fields", {})
        own = cls.env["whatsapp.template"]._fields
        mine = {k: v for k, v in vals.items() if k in own}
        if "model" in vals:
            mine.pop("model")
            mine["model_id"] = cls.env["ir.model"]._get_id(vals.pop("model"))
        theirs = {k: v for k, v in vals.items() if k not in own}
        template = cls.env["whatsapp.template"].create(
            {"name": name, "account_id": cls.account.id, "user_id": False, **mine}
        )
        cls.create_variant(template, body, fields=bindings, **theirs)
        return template

    @classmethod
    def create_variant(cls, template, body="Hola!", language="ca", **vals):
        bindings = vals.pop("fields", {})
        variant = cls.env["whatsapp.template.variant"].create(
            {
                "template_id": template.id,
                "language": language,
                "body": body,
                **vals,
            }
        )
        for variable in variant.variable_ids:
            variable.sample = f"sample {variable.name}"
            if path := bindings.get(variable.name):
                variable.write({"source": "field", "field_path": path})
        return variant

    @classmethod
    def approve(cls, template):
        """Skip all reviews: every language may be sent."""
        for variant in template.variant_ids:
            cls.provider.verdicts.append("approved")
            state = cls.provider.submit(variant._build_template())
            variant.sudo().write(
                {
                    "state": "approved",
                    "is_enabled": True,
                    "provider_id": state.template_id,
                    "provider_name": state.name,
                }
            )
        return template

    @classmethod
    def create_approved(cls, name="Ticket update", body="Hola!", **vals):
        return cls.approve(cls.create_template(name, body, **vals))

    def run_templates(self):
        """Submit what is ready and ask the providers."""
        self.env["whatsapp.account"].search([]).templates_due_at = False
        self.env["whatsapp.template.work"]._cron_run()
        self.env.invalidate_all()

    # -- what goes out ----------------------------------------------------------------

    def open_thread(self, person=ANNA, text="No em funciona la factura", **values):
        """A thread whose window is open, because the person has just written."""
        self.receive_text(text, person, **values)
        return self.thread_of(person)

    def post(self, thread, body="Bon dia", user=None, **kwargs):
        """Write in a thread as the web client has it written; returns its messages."""
        message = (
            thread.with_user(user or self.agent)
            .sudo()
            .message_post(body=body, message_type="comment", **kwargs)
        )
        return message.sudo().with_env(self.env).whatsapp_message_ids.sorted("id")

    def run_outbox(self):
        """Send what is due now; what must wait longer stays queued."""
        for lane in range(whatsapp_outbox.LANES):
            self.env["whatsapp.outbox"]._cron_run(lane)
        self.env.invalidate_all()

    def send(self, thread, body="Bon dia", user=None, **kwargs):
        """Post and send; returns the ``whatsapp.message`` records."""
        messages = self.post(thread, body, user, **kwargs)
        self.run_outbox()
        return messages

    def run_housekeeping(self):
        self.env["whatsapp.housekeeping"]._cron_run()
        self.env.invalidate_all()

    def run_presence(self):
        """Show the contacts that we read and write."""
        self.env["whatsapp.presence"]._cron_run()
        self.env.invalidate_all()

    def can(self, **capabilities):
        """Change what the provider of this test can do."""
        self.provider.capabilities = replace(self.provider.capabilities, **capabilities)

    # -- time -------------------------------------------------------------------------

    @contextmanager
    def later(self, **delta):
        """Run the block that much later; the clock goes on ticking in it."""
        with freeze_time(datetime.now() + timedelta(**delta), tick=True):
            yield

    def now(self):
        return fields.Datetime.now()


class WhatsappCase(WhatsappKit, TransactionCase):
    """Records, rules and the work engine, in one transaction."""


class WhatsappHttpCase(WhatsappKit, HttpCase):
    """The same with a server: the webhook and the web client's routes."""

    def call_webhook(self, body, headers=None, key=None, method="POST", query=""):
        """One request to our webhook; signed unless ``headers`` are given."""
        if headers is None:
            headers = {"X-Test-Signature": self.provider.secret}
        path = f"/whatsapp/webhook/{key or self.account.webhook_key}{query}"
        return self.url_open(path, data=body, headers=headers, method=method)
