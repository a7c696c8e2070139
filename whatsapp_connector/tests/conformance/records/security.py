"""Secrets, and who may call: nobody reads the ones, nobody forges the other."""

import logging
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module

from odoo.exceptions import AccessError
from odoo.modules.neutralize import get_neutralization_queries
from odoo.tools import mute_logger

from ....wire.http import HttpResponse, NoAnswer
from ..intents import NURIA
from ..rows import LEAVING, SECRETS, SIGNATURE
from .kit import WireHttpCase

CONTROLLER = "odoo.addons.whatsapp_connector.controllers.webhook"
OTHER = "another-k3y-0123456789abcdef0123456789"
CONTENT = "s3cret-c0ntent"
#: Odoo's own log of SQL at this level does hold every value.
LOGGERS = ("odoo.addons", "odoo.http", "urllib3", "requests", "werkzeug")


class _Capture(logging.Handler):
    """Keeps every line that is logged, of any logger, with its traceback."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


class SecurityCases(WireHttpCase):
    __test__ = False

    # -- what is secret ---------------------------------------------------------------

    @classmethod
    def get_secret_fields(cls):
        """What only administrators read of an account, by this provider's addon."""
        return [
            name
            for name, field in cls.env["whatsapp.account"]._fields.items()
            if field.groups == "base.group_system" and cls.get_addon() in field._modules
        ]

    #: What an account may have besides ``wire.settings``, to see that it is kept.
    more_settings = {}

    def fill_secrets(self):
        """Have a value in every field that is kept apart; gives them."""
        empty = [name for name in self.get_secret_fields() if not self.account[name]]
        self.account.write({**dict.fromkeys(empty, OTHER), **self.more_settings})
        return {self.account[name] for name in self.get_secret_fields()}

    @classmethod
    def get_addon(cls):
        """The technical name of the addon whose test this is."""
        return cls.__module__.removeprefix("odoo.addons.").partition(".")[0]

    def get_secrets(self):
        return {secret.strip() for secret in self.wire.account.secrets}

    def get_field(self, attribute):
        """The field of an attribute of the wire's account."""
        return f"{self.wire.provider}_{attribute}"

    def test_every_secret_is_a_field_that_is_kept_apart(self):
        with self.case(SECRETS, "fields"):
            kept = {self.account[name] for name in self.get_secret_fields()}
            self.assertTrue(self.get_secrets() and self.get_secrets() <= kept)
            for name in self.get_secret_fields():
                field = self.account._fields[name]
                self.assertFalse(field.copy, name)
                self.assertFalse(field.exportable, name)
                self.assertFalse(getattr(field, "tracking", None), name)

    def test_nobody_but_an_administrator_reads_a_secret(self):
        export = "base.group_allow_export"
        agent = self.create_user(
            "exporter", f"whatsapp_connector.group_whatsapp_agent,{export}"
        )
        manager = self.create_user(
            "manager", f"whatsapp_connector.group_whatsapp_manager,{export}"
        )
        for user in (agent, manager):
            account = self.account.with_user(user)
            channel = self.channel.with_user(user)
            for name in self.get_secret_fields():
                with self.case(SECRETS, f"{name} for {user.login}"):
                    for road in (
                        lambda a=account, n=name: a.read([n]),
                        lambda a=account, n=name: a.export_data([n]),
                        lambda a=account, n=name: a.search([(n, "like", "a")]),
                        lambda a=account, n=name: a.web_read({n: {}}),
                        lambda a=account, n=name: a._read_group([], [n]),
                        lambda c=channel, n=name: c.search(
                            [(f"account_id.{n}", "=like", "a%")]
                        ),
                        lambda c=channel, n=name: c.export_data([f"account_id/{n}"]),
                    ):
                        with self.assertRaises(AccessError):
                            road()
        described = self.account.with_user(manager).fields_get()
        self.assertFalse(set(self.get_secret_fields()) & set(described))

    def test_no_secret_is_exported_copied_or_kept_in_a_text(self):
        admin = self.env.ref("base.user_admin")
        for name in self.get_secret_fields():
            with self.case(SECRETS, f"{name} on its way out"):
                for record, path in (
                    (self.account, name),
                    (self.channel, f"account_id/{name}"),
                ):
                    with self.assertRaisesRegex(AccessError, name):
                        record.with_user(admin).export_data([path])
                self.fill_secrets()
                value = self.account[name]
                self.assertEqual(self.account._mask(f"<{value}>"), "<***>")
                self.account.provider = "none"
                self.assertNotEqual(self.account.copy()[name], value)

    def test_sending_and_refusing_log_no_secret_and_no_content(self):
        for case, answer in {
            "sent": self.accepted[0],
            "refused": HttpResponse(status=401, body=b"{}"),
            "broken": HttpResponse(status=500, body=b"<html>"),
            "no answer": NoAnswer("broken"),
            "a bug": ValueError("broken"),
        }.items():
            with self.case(SECRETS, f"log: {case}"), self.captured() as lines:
                secrets = self.fill_secrets()
                thread = self.open_thread()
                self.script_send(answer)
                self.send(thread, CONTENT)
                self.assertTrue(lines)
                self.assertNotLeaked(lines, *secrets)

    @contextmanager
    def captured(self):
        """All that is logged meanwhile."""
        capture, levels = _Capture(), {}
        root = logging.getLogger()
        root.addHandler(capture)
        for name in LOGGERS:
            levels[name] = logging.getLogger(name).level
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            yield capture.lines
        finally:
            root.removeHandler(capture)
            for name, level in levels.items():
                logging.getLogger(name).setLevel(level)

    def assertNotLeaked(self, lines, *secrets):
        for secret in (*secrets, *self.get_secrets(), CONTENT, NURIA.wa_id):
            self.assertNotIn(secret, "\n".join(lines))

    # -- who calls --------------------------------------------------------------------

    #: What is answered to a call that can't be proved to be the provider's.
    refusals = (403,)

    def assertTaken(self, request, is_taken=True):
        before = len(self.get_events())
        with mute_logger(CONTROLLER):
            response = self.call(request)
        self.assertIn(response.status_code, (200,) if is_taken else self.refusals)
        self.assertEqual(len(self.get_events()) - before, int(is_taken))

    def test_only_what_the_provider_signed_is_taken(self):
        good = self.wire.post("text")
        bare = replace(self.wire.post("text"), headers={})
        bare = replace(bare, headers={"content-type": good.headers["content-type"]})
        forger = replace(self.wire.account, **{self.wire.signing.secret: OTHER})
        for case, request in {
            "signed": good,
            "unsigned": bare,
            "tampered": replace(good, body=good.body[:-1] + b" "),
            "by somebody else": self.wire.sign(bare, forger),
        }.items():
            with self.case(SIGNATURE, case), self.captured() as lines:
                self.assertTaken(request, case == "signed")
                self.assertNotLeaked(lines)

    def test_address_is_what_the_provider_was_told(self):
        """Not what a proxy made of it, nor anybody else's account."""
        with self.case(SIGNATURE, "another address"):
            good = self.wire.post("text")
            self.account.public_url = "https://elsewhere.example.com"
            self.assertTaken(good, not self.wire.signing.covers_url)
        with self.case(SIGNATURE, "another key"):
            self.account.webhook_key = "other"
            self.assertEqual(self.call(self.wire.post("text")).status_code, 404)

    def test_previous_secret_is_good_while_it_is_kept(self):
        with self.case(SIGNATURE, "previous secret"):
            good = self.wire.post("text")
            secret = self.get_field(self.wire.signing.secret)
            previous = self.get_field(self.wire.signing.previous)
            self.account.write({secret: OTHER, previous: self.account[secret]})
            self.assertTaken(good)
            self.account[previous] = False
            self.assertTaken(self.wire.sign(good), False)

    def test_without_a_secret_everything_is_refused(self):
        secret = self.wire.signing.secret
        for value in ("", getattr(self.wire.account, secret), "False", "None"):
            with self.case(SIGNATURE, f"no secret, signed with {value!r}"):
                self.forget(self.get_field(secret))
                signer = replace(self.wire.account, **{secret: value})
                self.assertTaken(self.wire.sign(self.wire.post("text"), signer), False)

    def forget(self, field):
        """Take a credential away, past the constraint that asks for it."""
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE whatsapp_account SET {field} = NULL WHERE id = %s",
            [self.account.id],
        )
        self.env.invalidate_all()

    # -- leaving ----------------------------------------------------------------------

    def test_copy_of_the_database_can_not_use_the_account(self):
        with self.case(LEAVING, "neutralised"):
            self.fill_secrets()
            self.env.flush_all()
            for query in get_neutralization_queries(
                ["whatsapp_connector", self.get_addon()]
            ):
                self.env.cr.execute(query)
            self.env.invalidate_all()
            ids = [
                n for n in self.wire.settings if self.account._fields[n].type == "char"
            ]
            self.assertWiped({*self.get_secret_fields(), *ids})
            self.assertNotEqual(self.account.webhook_key, "key")

    def test_uninstallation_leaves_the_chats_and_no_secret(self):
        for active in (True, False):
            with self.case(LEAVING, f"uninstalled, active: {active}"):
                self.check_uninstalled(active)

    def check_uninstalled(self, active):
        self.fill_secrets()
        other = self.env["whatsapp.account"].create({"name": "Other"})
        messages = self.post(self.open_thread())
        self.receive_fixture("text")
        thread = messages.thread_id
        self.account.active = active
        import_module(f"odoo.addons.{self.get_addon()}.hooks").uninstall_hook(self.env)
        self.assertWiped(self.get_secret_fields())
        self.assertTrue(messages.exists() and thread.message_ids)
        self.assertTrue(other.active)
        self.run_outbox()
        self.assertEqual(messages.state, "queued")

    def assertWiped(self, names):
        self.assertEqual(self.account.provider, "none")
        self.assertFalse(self.channel.active)
        for name in names:
            self.assertFalse(self.account[name], name)
