"""An account as a :class:`~..wire.Wire` has it, and a provider that is scripted."""

from collections import deque
from contextlib import closing, contextmanager

from ....models.whatsapp_message import WhatsappMessage
from ....wire.http import HttpClient, NotSent, TooLarge
from ....wire.outbound import Accepted
from ...common import WhatsappCase, WhatsappHttpCase, WhatsappKit
from .. import table
from ..intents import NURIA, make_url
from ..wire import NUMBER, URL, Asked

#: (row, wire) of each case that passed, for the table at the end.
CELLS = []

ORIGIN, _PATH, KEY = URL.partition("/whatsapp/webhook/")


def make_table():
    """Provider × capability × cases passed so far."""
    wires = {wire.label: wire for _row, wire in CELLS}
    cells = [(row, wire.label) for row, wire in CELLS]
    return table.make_table(cells, wires.values())


class Script:
    """The other side of our requests: keeps them, and answers in the order given."""

    def __init__(self):
        self.reset()

    def reset(self):
        #: What was asked: :class:`~...wire.http.HttpRequest`, in order.
        self.requests = []
        self.surplus = []
        self.answers = deque()
        #: What all further requests are answered, whatever their number.
        self.otherwise = None

    def expect(self, *answers):
        """Answers to come; an exception is raised."""
        self.answers.extend(answers)

    def send(self, request, limit):
        """Stands for ``HttpClient._send``."""
        self.requests.append(request)
        answer = self.answers.popleft() if self.answers else self.otherwise
        if answer is None:
            self.surplus.append(request)
            raise NotSent("nobody expected that")
        if isinstance(answer, Exception):
            raise answer
        if limit is not None and len(answer.body) > limit:
            raise TooLarge(limit)
        return answer

    @property
    def asked(self):
        return tuple(map(Asked.of, self.requests))


class WireKit(WhatsappKit):
    """Set-up for one wire; mixed into a ``TransactionCase``."""

    wire = None

    @classmethod
    def setUpClass(cls):
        cls.provider_code = cls.wire.provider
        cls.script = Script()
        super().setUpClass()
        script = cls.script
        cls.classPatch(
            HttpClient, "_send", lambda _c, request, limit: script.send(request, limit)
        )
        cls.classPatch(
            WhatsappMessage, "_get_file_url", lambda _m, _account, f: make_url(f.name)
        )

    def setUp(self):
        super().setUp()
        self.script.reset()

    @classmethod
    def _prepare_account_vals(cls):
        return {
            **super()._prepare_account_vals(),
            "public_url": ORIGIN,
            "webhook_key": KEY,
            **cls.wire.settings,
        }

    @classmethod
    def create_channel(cls, account, number=NUMBER, **vals):
        vals.setdefault("number_id", cls.wire.number_id)
        return super().create_channel(account, number, **vals)

    @property
    def client(self):
        """What transports ask with."""
        return HttpClient()

    @property
    def scope(self):
        return self.account._get_identity_scope()

    # -- cases ------------------------------------------------------------------------

    @contextmanager
    def undone(self):
        """What the block does is rolled back."""
        self.script.reset()
        with closing(self.env.cr.savepoint()):
            yield
        self.script.reset()

    @contextmanager
    def case(self, row, name=""):
        """One case of ``row``: it may fail alone, is undone, counts if it passed.

        Everything that was scripted must have been asked for, and nothing else.
        """
        with self.subTest(name), self.undone():
            yield
            self.assertFalse(self.script.surplus, "nobody expected these requests")
            self.assertFalse(self.script.answers, "nobody asked for these answers")
            CELLS.append((row, self.wire))

    def assertRecord(self, record, **expected):
        self.assertEqual({name: record[name] for name in expected}, expected)

    # -- what comes in ----------------------------------------------------------------

    def store_fixture(self, name):
        """Store the webhook that fixture ``name`` shows, as the controller does."""
        return self.store_webhook(self.wire.post(name))

    def receive_fixture(self, name):
        """Store and apply what fixture ``name`` shows; gives its event."""
        event = self.store_fixture(name)
        self.run_inbox()
        return event

    def get_message(self, provider_id):
        """The one message that the provider calls so."""
        message = self.env["whatsapp.message"].search(
            [("account_id", "=", self.account.id), ("provider_id", "=", provider_id)]
        )
        self.assertEqual(len(message), 1, provider_id)
        return message

    # -- people -----------------------------------------------------------------------

    def get_contact(self, person):
        """The contact of ``person``, made where missing."""
        contacts = self.env["whatsapp.contact"]
        return contacts._resolve(self.company, self.scope, [person])[person]

    def open_thread(self, person=NURIA, channel=None):
        """A thread with ``person`` whose window is open."""
        contact = self.get_contact(person)
        threads = self.env["discuss.channel"]._whatsapp_threads(
            channel or self.channel, contact
        )
        thread = threads[contact]
        thread._whatsapp_open_window(self.now())
        return thread

    # -- what goes out ----------------------------------------------------------------

    @property
    def accepted(self):
        """A provider's answer that takes a message, and the id that it gives."""
        return next(
            (response, result.provider_id)
            for response, result in self.wire.answers.values()
            if isinstance(result, Accepted)
        )

    def script_send(self, response=None, sends=None):
        """Have the next message answered so, its preparing step (if any) well.

        :param sends: the requests that are expected; those of a text by default
        """
        steps = len(self.wire.sends["text"] if sends is None else sends)
        prepared = [self.wire.prepared] * (steps - 1)
        self.script.expect(*prepared, response or self.accepted[0])


class WireCase(WireKit, WhatsappCase):
    """For what is special to a provider: records, in one transaction."""


class WireHttpCase(WireKit, WhatsappHttpCase):
    """The same with a server."""

    def call(self, request):
        """One call of the provider's to the server under test; gives its response."""
        path = request.url.removeprefix(ORIGIN)
        return self.url_open(
            path, data=request.body, headers=request.headers, method=request.method
        )

    def get_events(self):
        events = self.env["whatsapp.event"]
        return events.search([("account_id", "=", self.account.id)])
