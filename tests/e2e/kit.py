"""What the journeys share: a running system, a hand on each end of it, and patience.

A :class:`World` is one Odoo with its database and the sandbox; its ``add_channel``
gives a business number of its own to whoever needs to be alone. Odoo is asked by SQL,
which also works while it is down, and driven as the web client drives it.
"""

import base64
import contextlib
import functools
import itertools
import secrets
import struct
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import ClassVar
from urllib.parse import urlencode

import psycopg2
import psycopg2.extras
import requests
from installer import postgres
from installer.stack import Stack
from requests.adapters import HTTPAdapter
from twilio.request_validator import RequestValidator
from urllib3.util import Retry

FORM = "application/x-www-form-urlencoded; charset=utf-8"
_POLL_SECONDS = 0.1


def make_picture(size=64):
    """A grey PNG of so many points either way."""

    def chunk(name, data):
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\x80" * size) * size
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


def wait_for(probe, seconds=10, what=None):
    """What ``probe()`` gives as soon as it is true.

    :raises AssertionError: it wasn't within ``seconds``; with its last value
    """
    deadline = time.monotonic() + seconds
    while not (value := probe()):
        assert time.monotonic() < deadline, (
            f"{what or probe.__name__}: not within {seconds} s, last {value!r}"
        )
        time.sleep(_POLL_SECONDS)
    return value


def wait_until_steady(probe, seconds=2):
    """What ``probe()`` gives once it is true and has not changed for a while."""
    value, since = probe(), time.monotonic()

    def is_steady():
        nonlocal value, since
        last, value = value, probe()
        if value != last:
            since = time.monotonic()
        return value and time.monotonic() - since > seconds

    wait_for(is_steady, 30, "a steady state")
    return value


def post_patiently(url, body, headers, tries):
    """POST as a reverse proxy does, which tries again if no connection came about.

    Odoo's prefork server lets only eight connections a worker wait; the kernel may
    reset what is beyond.
    """
    times = tries - 1
    retry = Retry(
        connect=times, read=times, status=0, backoff_factor=0.1, allowed_methods=None
    )
    with requests.Session() as session:
        session.mount("http://", HTTPAdapter(max_retries=retry))
        return session.post(url, data=body, headers=headers, timeout=60)


class Database:
    """Odoo's records, seen by SQL; each statement in a transaction of its own."""

    def __init__(self, name):
        self._name = name
        self._connection = self._connect()

    def _connect(self):
        environment = postgres.get_environment()
        names = {"PGHOST": "host", "PGPORT": "port", "PGUSER": "user"}
        more = {names[k]: v for k, v in environment.items() if k in names}
        if "PGPASSWORD" in environment:
            more["password"] = environment["PGPASSWORD"]
        connection = psycopg2.connect(dbname=self._name, **more)
        connection.autocommit = True
        return connection

    def rows(self, sql, *values):
        """The rows, each a dict."""
        factory = psycopg2.extras.RealDictCursor
        with self._connection.cursor(cursor_factory=factory) as cursor:
            cursor.execute(sql, values)
            return [dict(row) for row in cursor.fetchall()]

    def column(self, sql, *values):
        """The first value of each row."""
        return [next(iter(row.values())) for row in self.rows(sql, *values)]

    def value(self, sql, *values):
        """The first value of the only row; None without a row."""
        return next(iter(self.column(sql, *values)), None)

    def execute(self, sql, *values):
        """Change rows; gives their number."""
        with self._connection.cursor() as cursor:
            cursor.execute(sql, values)
            return cursor.rowcount

    @contextlib.contextmanager
    def holding(self, lock):
        """Keep a lock (``LOCK TABLE …``) in a session of its own meanwhile."""
        session = self._connect()
        session.autocommit = False
        try:
            with session.cursor() as cursor:
                cursor.execute(lock)
            yield
        finally:
            session.close()

    def is_somebody_blocked(self, by=""):
        """Whether a session waits for a lock, with a statement that has this text."""
        return self.value(
            """SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                  AND strpos(query, %s) > 0""",
            by,
        )

    def close(self):
        self._connection.close()


class Sandbox:
    """The control API of the pretend provider and phone."""

    def __init__(self, address):
        self.address = address
        self._session = requests.Session()

    def call(self, method, path, json=None, params=None):
        response = self._session.request(
            method, f"{self.address}{path}", json=json, params=params, timeout=150
        )
        assert response.ok, f"{path}: {response.text}"
        return response.json()

    def get(self, path, /, **params):
        return self.call("GET", path, params=params)

    def post(self, path, /, **json):
        return self.call("POST", path, json=json)

    def break_(self, on, effect, **more):
        """Ask for trouble; see ``setup/sandbox/faults.py``."""
        return self.post("/control/faults", on=on, effect=effect, **more)

    def repair(self):
        """Take all faults back."""
        self.call("DELETE", "/control/faults")

    def message(self, message_id, status=None, seconds=10):
        """A message as the phone has it; with ``status`` once it has been there."""
        query = {"status": status, "wait": seconds} if status else {}
        message = self.get(f"/control/messages/{message_id}", **query)
        assert message["complete"], f"never {status}: {message['history']}"
        return message


class Odoo:
    """Odoo as a user's web client sees it."""

    def __init__(self, url, database, login="admin", password="admin"):
        self._url = url
        self._session = requests.Session()
        who = self._post(
            "/web/session/authenticate", db=database, login=login, password=password
        )
        self.user_id = who["uid"]

    def call(self, model, method, *arguments, **options):
        """Call a public method; ``arguments`` begin with the ids where it has some."""
        return self._post(
            "/web/dataset/call_kw",
            model=model,
            method=method,
            args=arguments,
            kwargs=options,
        )

    def _post(self, path, **parameters):
        """
        :raises Refused: with what the user would be told
        """
        body = {"jsonrpc": "2.0", "method": "call", "params": parameters}
        response = self._session.post(f"{self._url}{path}", json=body, timeout=60)
        response.raise_for_status()
        answer = response.json()
        if "error" in answer:
            raise Refused(answer["error"]["data"]["message"])
        return answer.get("result")


class Refused(Exception):
    """Odoo refused what a user asked for; its text is what they are told."""


@dataclass
class World:
    """One running system: Odoo, its database, and the sandbox.

    ``credentials`` are all users and passwords at providers that the tests made up.
    """

    all: ClassVar[list] = []

    stack: Stack
    credentials: list = field(default_factory=list, init=False)
    database: Database = field(init=False)
    sandbox: Sandbox = field(init=False)

    def __post_init__(self):
        self.database = Database(self.stack.database)
        self.sandbox = Sandbox(self.stack.sandbox_url)
        self._numbers = itertools.count(1)
        World.all.append(self)

    @functools.cached_property
    def odoo(self):
        """The administrator, logged in."""
        return Odoo(self.stack.odoo_url, self.stack.database)

    def add_channel(self, **policies):
        """A new business number at an account of its own.

        :param policies: fields of ``whatsapp.channel``
        """
        sid, token = f"AC{secrets.token_hex(16)}", secrets.token_hex(16)
        number = f"+3493{next(self._numbers):07d}"
        odoo = self.odoo
        [team_id] = odoo.call(
            "helpdesk.ticket.team",
            "create",
            [{"name": f"Team of {number}", "user_ids": [(4, odoo.user_id)]}],
        )
        account = {
            "name": f"Account of {number}",
            "provider": "twilio",
            "twilio_account_sid": sid,
            "twilio_auth_token": token,
            "public_url": self.stack.odoo_url,
        }
        [account_id] = odoo.call("whatsapp.account", "create", [account])
        self.credentials.append((sid, token))
        channel = {
            "name": f"Line {number[-3:]}",
            "account_id": account_id,
            "number": number,
            "team_ids": [(4, team_id)],
            "ticket_team_id": team_id,
            **policies,
        }
        [channel_id] = odoo.call("whatsapp.channel", "create", [channel])
        key = self.database.value(
            "SELECT webhook_key FROM whatsapp_account WHERE id = %s", account_id
        )
        url = f"{self.stack.odoo_url}/whatsapp/webhook/{key}"
        sender = {"number": number, "webhook_url": url, "status_callback_url": url}
        self.sandbox.post(
            "/control/twilio/accounts",
            account_sid=sid,
            auth_token=token,
            senders=[sender],
        )
        return Channel(
            world=self,
            number=number,
            sid=sid,
            token=token,
            webhook_url=url,
            id=channel_id,
            account_id=account_id,
            team_id=team_id,
        )

    def add_user(self, login, group="agent"):
        """A user of WhatsApp; the password is the login. Gives the user's id.

        :param group: ``agent``, ``author`` (of templates) or ``manager``
        """
        [group_id] = self.database.column(
            """SELECT res_id FROM ir_model_data
                WHERE module = 'whatsapp_connector' AND name = %s""",
            f"group_whatsapp_{group}",
        )
        values = {
            "name": login.title(),
            "login": login,
            "password": login,
            "group_ids": [(4, group_id)],
        }
        [user_id] = self.odoo.call("res.users", "create", [values])
        return user_id

    def add_contact(self, name, number, language):
        """A contact in Odoo whose language is ``language``; gives the id.

        :param language: Odoo's code, such as ``es_ES``; it is switched on if need be
        """
        switched = [("code", "=", language), ("active", "=", False)]
        language_ids = self.odoo.call("res.lang", "search", switched)
        self.odoo.call("res.lang", "write", language_ids, {"active": True})
        values = {"name": name, "phone": number, "lang": language}
        [contact_id] = self.odoo.call("res.partner", "create", [values])
        return contact_id

    def new_customer(self):
        """A number that nobody has used yet."""
        return f"+34600{next(self._numbers):06d}"

    def wake(self):
        """What the clock does once a minute: have every step of the engine run."""
        self.database.execute(
            """INSERT INTO ir_cron_trigger (cron_id, call_at)
               SELECT res_id, now() AT TIME ZONE 'utc' FROM ir_model_data
                WHERE module = 'whatsapp_connector' AND model = 'ir.cron'"""
        )
        with contextlib.closing(Database("postgres")) as postgres_database:
            postgres_database.execute(
                "SELECT pg_notify('cron_trigger', %s)", self.stack.database
            )

    def expire_leases(self):
        """What time does to the leases of a dead worker; then the engine runs."""
        for table, lease, state in (
            ("whatsapp_event", "lease_until", "state = 'processing'"),
            ("whatsapp_message", "lease_until", "state = 'sending'"),
            ("whatsapp_message", "next_try_at", "media_state = 'fetching'"),
        ):
            self.database.execute(
                f"UPDATE {table} SET {lease} = {lease} - interval '1 day' WHERE {state}"
            )
        self.wake()

    def skip_to_next_tries(self):
        """What time does to waits before another try; then the engine runs."""
        for table in ("whatsapp_event", "whatsapp_message"):
            self.database.execute(
                f"UPDATE {table} SET next_try_at = next_try_at - interval '1 day'"
                " WHERE next_try_at IS NOT NULL"
            )
        self.wake()

    def wait_for_webhooks(self, message_id, *statuses):
        """Until Odoo has answered the webhooks with these statuses of a message."""

        def are_told():
            calls = self.sandbox.get(
                "/control/webhooks", kind="status", message=message_id
            )["webhooks"]
            return all(
                any(f"MessageStatus={status}" in call["body"] for call in calls)
                for status in statuses
            )

        wait_for(are_told, what=f"webhooks with {', '.join(statuses)}")

    def run_every_step(self):
        """Have every step of the engine run, and wait for their ends."""
        start = self.database.value(
            "SELECT date_trunc('second', now() AT TIME ZONE 'utc')"
        )
        self.wake()
        wait_for(
            lambda: self.database.value(
                """SELECT bool_and(cron.lastcall >= %s)
                     FROM ir_cron cron JOIN ir_model_data data ON data.res_id = cron.id
                    WHERE data.module = 'whatsapp_connector'
                      AND data.model = 'ir.cron'""",
                start,
            ),
            30,
            "the end of every step",
        )

    def wait_until_idle(self, seconds=30):
        """Until no event, message or file is at work or due."""

        def is_idle():
            return not self.database.value(
                """SELECT count(*) FROM (
                       SELECT id FROM whatsapp_event
                        WHERE state IN ('new', 'processing')
                       UNION ALL
                       SELECT id FROM whatsapp_message
                        WHERE state = 'sending' OR media_state = 'fetching'
                           OR (state = 'queued' OR media_state = 'waiting')
                              AND COALESCE(next_try_at <= now() AT TIME ZONE 'utc',
                                           TRUE)
                   ) work"""
            )

        wait_for(is_idle, seconds)


@dataclass(kw_only=True)
class Channel:
    """One of our business numbers: what happens on it, seen from both ends."""

    world: World
    number: str
    sid: str
    token: str = field(repr=False)
    webhook_url: str
    id: int
    account_id: int
    team_id: int

    # -- the customer's end -----------------------------------------------------------

    def inbound(self, customer, text="Hola", **more):
        """A customer's message; gives it back after the webhook."""
        values = {"business": self.number, "contact": customer, "text": text, **more}
        return self.world.sandbox.post("/control/inbound", **values)["messages"][0]

    def send_file(self, customer, content, content_type, **more):
        """A customer's file, as :meth:`inbound`."""
        encoded = base64.b64encode(content).decode()
        media = {"content_type": content_type, "base64": encoded}
        return self.inbound(customer, text="", media=media, **more)

    def break_sending(self, effect, **more):
        """Trouble for what we send from this number; see :meth:`Sandbox.break_`."""
        return self.world.sandbox.break_("send", effect, business=self.number, **more)

    def break_outcome(self, effect, **more):
        """Trouble after the provider has taken a message from this number."""
        self.world.sandbox.break_("outcome", effect, business=self.number, **more)

    def tell_statuses(self, message_id, *statuses):
        """Have the provider post these statuses, one after the other."""
        self.world.sandbox.post(
            f"/control/messages/{message_id}/statuses", statuses=statuses
        )

    def read(self, customer):
        """The customer looks at the chat."""
        self.world.sandbox.post("/control/read", business=self.number, contact=customer)

    def on_phone(self, customer, text=""):
        """What the customer got from us, oldest first."""
        found = self.world.sandbox.get(
            "/control/messages",
            business=self.number,
            contact=customer,
            direction="outbound",
            text=text,
        )
        return found["messages"]

    def wait_on_phone(self, message_ids):
        """Until the phones got these messages."""
        for message_id in message_ids:
            self.world.sandbox.message(message_id, "delivered")

    def sends(self, text):
        """The requests to send exactly this text that reached the provider."""
        path = f"/Accounts/{self.sid}/Messages.json"
        return [
            request
            for request in self._requests("POST", path)
            if request["form"]["Body"] == [text]
        ]

    def _requests(self, method, path):
        found = self.world.sandbox.get("/control/requests", method=method, path=path)
        return found["requests"]

    # -- webhooks of our own making ---------------------------------------------------

    def sign(self, form, query=""):
        """Twilio's signature of a form, by its own library."""
        return RequestValidator(self.token).compute_signature(
            f"{self.webhook_url}{query}", form
        )

    def inbound_form(self, customer, text="Hola", sid=None, **more):
        """The form of a customer's text."""
        sid = sid or f"SM{secrets.token_hex(16)}"
        return {
            "MessageSid": sid,
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "SmsStatus": "received",
            "AccountSid": self.sid,
            "From": f"whatsapp:{customer}",
            "To": f"whatsapp:{self.number}",
            "WaId": customer.lstrip("+"),
            "ProfileName": f"Customer {customer[-4:]}",
            "MessageType": "text",
            "Body": text,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
            **more,
        }

    def status_form(self, sid, status, customer, **more):
        """The form of a status."""
        return {
            "MessageSid": sid,
            "SmsSid": sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "AccountSid": self.sid,
            "From": f"whatsapp:{self.number}",
            "To": f"whatsapp:{customer}",
            "ChannelPrefix": "whatsapp",
            "ApiVersion": "2010-04-01",
            **more,
        }

    def post(self, form, query="", signature=None, tries=6):
        """POST a signed form as Twilio would; gives the response."""
        headers = {
            "Content-Type": FORM,
            "X-Twilio-Signature": signature or self.sign(form, query),
        }
        url = f"{self.webhook_url}{query}"
        return post_patiently(url, urlencode(form), headers, tries)

    def post_all(self, forms):
        """POST several forms at the same time; gives the responses in order."""
        start = threading.Barrier(len(forms))

        def post(form):
            start.wait()
            return self.post(form)

        with ThreadPoolExecutor(len(forms)) as pool:
            return list(pool.map(post, forms))

    # -- templates --------------------------------------------------------------------

    def wait_submitted(self, count):
        """The sandbox's ids by language, once so many wait for WhatsApp's reviewers."""

        def find():
            waiting = self.world.sandbox.get("/control/templates", status="pending")
            mine = [t for t in waiting["templates"] if t["account"] == self.sid]
            return len(mine) == count and {t["language"]: t["id"] for t in mine}

        return wait_for(find, 20, f"{count} languages with the reviewers")

    def review(self, template_id, status, reason=""):
        """Decide as WhatsApp's reviewers would."""
        path = f"/control/templates/{template_id}/review"
        self.world.sandbox.post(path, status=status, reason=reason)

    def learn_decisions(self):
        """What the clock does minutes after a submission: ask how it stands."""
        self.world.database.execute(
            "UPDATE whatsapp_account SET templates_due_at = NULL WHERE id = %s",
            self.account_id,
        )
        self.world.wake()

    # -- our end ----------------------------------------------------------------------

    def admit(self, user_id):
        """Make a user one of the team that answers this number."""
        team = {"user_ids": [(4, user_id)]}
        self.world.odoo.call("helpdesk.ticket.team", "write", [self.team_id], team)

    def received(self, customer):
        """The customer's messages in Odoo, in the order of the chat."""
        return self.world.database.rows(
            """SELECT message.id, message.body, message.kind, message.provider_id,
                      message.media_state, message.next_try_at,
                      message.conversation_id, message.thread_id, mail.id AS mail_id
                 FROM whatsapp_message message
                 JOIN whatsapp_contact contact ON contact.id = message.contact_id
                 JOIN mail_message mail ON mail.id = message.mail_message_id
                WHERE message.channel_id = %s AND contact.number = %s
                  AND message.direction = 'in'
             ORDER BY mail.id""",
            self.id,
            customer,
        )

    def wait_received(self, customer, text, seconds=10):
        """The one message of the customer with this text, once Odoo has it."""

        def find():
            return [m for m in self.received(customer) if m["body"] == text]

        found = wait_for(find, seconds, f"{text!r} of {customer} in Odoo")
        assert len(found) == 1, found
        return found[0]

    def files(self, customer):
        """The sizes of the files of the customer's messages, in order."""
        return self.world.database.column(
            """SELECT file.file_size FROM whatsapp_message message
                 JOIN ir_attachment file ON file.id = message.attachment_id
                WHERE message.id = ANY(%s)
             ORDER BY message.id""",
            [message["id"] for message in self.received(customer)],
        )

    def tickets(self, customer):
        """The tickets of the customer's chat with this number."""
        return self.world.database.rows(
            """SELECT ticket.id, ticket.name, ticket.number, ticket.partner_id,
                      ticket.whatsapp_conversation_id, conversation.thread_id
                 FROM helpdesk_ticket ticket
                 JOIN whatsapp_conversation conversation
                   ON conversation.id = ticket.whatsapp_conversation_id
                 JOIN whatsapp_contact contact ON contact.id = conversation.contact_id
                WHERE conversation.channel_id = %s AND contact.number = %s
             ORDER BY ticket.id""",
            self.id,
            customer,
        )

    def greet(self, customer, text="Hola"):
        """Have the customer write first, so that we may; gives the thread's id."""
        self.inbound(customer, text)
        return self.wait_received(customer, text)["thread_id"]

    def answer(self, thread_id, text):
        """Write into a chat as an agent does; gives the queued message's id."""
        self.world.odoo.call(
            "discuss.channel",
            "message_post",
            [thread_id],
            body=text,
            message_type="comment",
        )
        return self.world.database.value(
            """SELECT max(id) FROM whatsapp_message
                WHERE thread_id = %s AND direction = 'out' AND body = %s""",
            thread_id,
            text,
        )

    @contextlib.contextmanager
    def held_back(self):
        """Nothing is sent meanwhile, as after a fault of the account."""
        hold = "UPDATE whatsapp_account SET suspended_until = %s WHERE id = %s"
        self.world.database.execute(hold, "9999-12-31", self.account_id)
        yield
        self.world.database.execute(hold, None, self.account_id)
        self.world.wake()

    def sent(self, message_id):
        """An outbound message as Odoo has it."""
        [row] = self.world.database.rows(
            """SELECT id, state, provider_id, reference, attempts, error_code,
                      error_source, mail_message_id, next_try_at, claimed_at
                 FROM whatsapp_message WHERE id = %s""",
            message_id,
        )
        return row

    def get_fault(self):
        """What the account last complained of; None if all is well."""
        return self.world.database.value(
            "SELECT fault FROM whatsapp_account WHERE id = %s", self.account_id
        )

    def get_events(self, *states):
        """The account's webhooks in these states."""
        return self.world.database.rows(
            """SELECT id, state, error FROM whatsapp_event
                WHERE account_id = %s AND state = ANY(%s)
             ORDER BY id""",
            self.account_id,
            list(states),
        )

    def send_again(self, message_id):
        """*Send again*, as an agent clicks it; gives the new message's id."""
        mail_id = self.sent(message_id)["mail_message_id"]
        self.world.odoo.call("mail.message", "action_whatsapp_resend", [mail_id])
        return self.world.database.value(
            "SELECT max(id) FROM whatsapp_message WHERE mail_message_id = %s", mail_id
        )

    def have_looked_up(self, message_id):
        """What the clock does minutes later to a message of unknown fate."""
        path = f"/Accounts/{self.sid}/Messages"
        before = len(self._requests("GET", path))
        self.world.database.execute(
            """UPDATE whatsapp_message SET claimed_at = claimed_at - interval '1 hour'
                WHERE id = %s""",
            message_id,
        )
        self.world.wake()
        wait_for(
            lambda: len(self._requests("GET", path)) > before,
            what="a question to the provider",
        )

    def wait_state(self, message_id, *states, seconds=10):
        """An outbound message, once it is in one of these states."""
        row = self.sent(message_id)

        def is_there():
            row.update(self.sent(message_id))
            return row["state"] in states

        wait_for(is_there, seconds, f"message {row} in {' or '.join(states)}")
        return row
