"""What the journeys share: a running system, and a hand on each end of it.

A :class:`World` is one Odoo with its database and the sandbox; its ``add_channel``
gives a business number of its own to whoever needs to be alone. Odoo is asked by SQL,
which also works while it is down, and driven as the web client drives it.
"""

import base64
import contextlib
import functools
import itertools
import json
import struct
import zlib
from dataclasses import dataclass, field, replace
from typing import ClassVar

import psycopg2
import psycopg2.extras
import requests
from channels import make_channel
from installer import postgres
from installer.stack import Stack
from pretend_accounts import TWILIO
from waiting import PATIENCE, wait_for


def make_picture(size=64):
    """A grey PNG of so many points either way."""

    def chunk(name, data):
        checksum = zlib.crc32(name + data)
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum)

    header = struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\x80" * size) * size
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


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

    def refuse(self, seconds):
        """Have it refuse connections for so long; it does so when this returns."""

        def is_refusing():
            try:
                self.get("/control/settings")
            except requests.ConnectionError:
                return True
            return False

        self.post("/control/refuse", seconds=seconds)
        wait_for(is_refusing)

    def repair(self):
        """Take all faults back."""
        self.call("DELETE", "/control/faults")

    @contextlib.contextmanager
    def listening(self):
        """What happens meanwhile, as phones are told: gives pairs of kind and values.

        :raises requests.ReadTimeout: nothing has happened for seconds
        """

        def follow(lines):
            for line in lines:
                name, _colon, rest = line.partition(": ")
                if name == "event":
                    kind = rest
                elif name == "data":
                    yield kind, json.loads(rest)

        url = f"{self.address}/phone/events"
        with self._session.get(url, stream=True, timeout=5) as answer:
            happened = follow(answer.iter_lines(1, decode_unicode=True))
            assert next(happened) == ("hello", {})
            yield happened

    def message(self, message_id, status=None, seconds=PATIENCE):
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
        who = self.post(
            "/web/session/authenticate", db=database, login=login, password=password
        )
        self.user_id = who["uid"]

    def call(self, model, method, *arguments, **options):
        """Call a public method; ``arguments`` begin with the ids where it has some."""
        return self.post(
            "/web/dataset/call_kw",
            model=model,
            method=method,
            args=arguments,
            kwargs=options,
        )

    def react(self, mail_id, emoji, action="add"):
        """Choose a reaction to a message, or ``remove`` it."""
        self.post(
            "/mail/message/reaction", message_id=mail_id, content=emoji, action=action
        )

    def type_in(self, thread_id):
        """Begin to write into a chat."""
        self.post(
            "/discuss/channel/notify_typing", channel_id=thread_id, is_typing=True
        )

    def post(self, path, **parameters):
        """The result of one of the routes that the web client calls.

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

    def add_channel(self, wire=TWILIO, **policies):
        """A new business number at an account of its own, set up as by its form.

        :param wire: one of :data:`pretend_accounts.WIRES`
        :param policies: fields of ``whatsapp.channel``
        """
        number = self._new_number()
        account, number_id = wire.make_account(), wire.make_number_id()
        self.sandbox.post(
            f"/control/{wire.name}/accounts",
            **wire.describe(account, number, number_id, name=f"Line {number[-3:]}"),
        )
        self._note_credentials(wire, account)
        values = {
            "name": f"Account of {number}",
            "public_url": self.stack.odoo_url,
            **account,
        }
        [account_id] = self.odoo.call("whatsapp.account", "create", [values])
        records = self._add_records(account_id, number, number_id, policies)
        self.odoo.call("whatsapp.account", "action_configure_webhooks", [account_id])
        key = self.database.value(
            "SELECT webhook_key FROM whatsapp_account WHERE id = %s", account_id
        )
        return make_channel(
            world=self,
            wire=wire,
            account=account,
            number=number,
            number_id=number_id,
            webhook_url=f"{self.stack.odoo_url}/whatsapp/webhook/{key}",
            account_id=account_id,
            **records,
        )

    def add_number(self, channel, **policies):
        """Another business number at the account of ``channel``, which is at Meta."""
        number, number_id = self._new_number(), channel.wire.make_number_id()
        account = channel.wire.describe(
            channel.account,
            channel.number,
            channel.number_id,
            webhook_url=channel.webhook_url,
        )
        account["numbers"].append({"id": number_id, "number": number})
        self.sandbox.post(f"/control/{channel.wire.name}/accounts", **account)
        records = self._add_records(channel.account_id, number, number_id, policies)
        return replace(channel, number=number, number_id=number_id, **records)

    def _new_number(self):
        return f"+3493{next(self._numbers):07d}"

    def _add_records(self, account_id, number, number_id, policies):
        """The number in Odoo, with a team of its own: their ids."""
        team_id = self._add_team(number)
        values = {
            "name": f"Line {number[-3:]}",
            "account_id": account_id,
            "number": number,
            "team_ids": [(4, team_id)],
            "ticket_team_id": team_id,
            **({"number_id": number_id} if number_id else {}),
            **policies,
        }
        [channel_id] = self.odoo.call("whatsapp.channel", "create", [values])
        return {"id": channel_id, "team_id": team_id}

    def _add_team(self, number):
        members = [(4, self.odoo.user_id)]
        values = {"name": f"Team of {number}", "user_ids": members}
        [team_id] = self.odoo.call("helpdesk.ticket.team", "create", [values])
        return team_id

    def _note_credentials(self, wire, account):
        """A secret of several lines is found by its longest."""
        for name in wire.secret_fields:
            secret = max(account[name].splitlines(), key=len)
            self.credentials.append((account[wire.id_field], secret))

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

    def log_in(self, login, group):
        """A new user, as :meth:`add_user`, in a web client of their own."""
        self.add_user(login, group)
        return Odoo(self.stack.odoo_url, self.stack.database, login, login)

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

    def add_file(self, content):
        """A file that somebody is about to send; gives the attachment's id."""
        values = {
            "name": "file.png",
            "datas": base64.b64encode(content).decode(),
            "res_model": "mail.compose.message",
        }
        [attachment_id] = self.odoo.call("ir.attachment", "create", [values])
        return attachment_id

    def add_template(self, account_id, language, body, field, sample, reply):
        """A draft for contacts with one quick reply, in one language.

        :param field: what of the contact fills all variables of ``body``
        :return: the ids of the template and of its language
        """
        odoo = self.odoo
        [model_id] = odoo.call("ir.model", "search", [("model", "=", "res.partner")])
        template = {
            "name": f"Template {next(self._numbers)}",
            "account_id": account_id,
            "model_id": model_id,
        }
        [template_id] = odoo.call("whatsapp.template", "create", [template])
        values = {
            "template_id": template_id,
            "language": language,
            "body": body,
            "button_ids": [(0, 0, {"text": reply})],
        }
        [variant_id] = odoo.call("whatsapp.template.variant", "create", [values])
        variables = odoo.call(
            "whatsapp.template.variable", "search", [("variant_id", "=", variant_id)]
        )
        source = {"source": "field", "field_path": field, "sample": sample}
        odoo.call("whatsapp.template.variable", "write", variables, source)
        return template_id, variant_id

    def send_template(self, model, record_id, template_id, channel_id):
        """Send a template from a record, as the composer does."""
        values = {
            "res_model": model,
            "res_id": record_id,
            "channel_id": channel_id,
            "mode": "template",
            "template_id": template_id,
        }
        [composer_id] = self.odoo.call("whatsapp.composer", "create", [values])
        self.odoo.call("whatsapp.composer", "action_send", [composer_id])

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

    def reactions(self, mail_id):
        """The emojis under a message in Odoo's chat."""
        return self.database.column(
            "SELECT content FROM mail_message_reaction WHERE message_id = %s", mail_id
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
