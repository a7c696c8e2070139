"""The running system that is measured, and how its parts are reached."""

import json
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psutil
from channels import FORM
from installer import postgres
from kit import World
from load import build_request
from measure import Sample

FOLDER = Path(__file__).resolve().parent
#: Seconds that the pretend provider takes for an answer.
PROVIDER_LATENCY = 0.05
_AGENTS = 5
_PACES = {"pace": 100000, "pair_pace": 100000}
#: No status comes back while something else is measured.
_NO_STATUSES = {"send_delay": 24 * 3600}


@dataclass(frozen=True)
class Scale:
    """How much is done: all of it is bounded.

    :param rounds: turns of ours and the floors
    :param requests: webhooks in a round
    :param batches: batches of 100 messages in a round
    :param sends: messages sent in a round
    :param seconds: of the journeys at a steady pace
    :param mass, threads: messages that are queued at once, and for how many people
    """

    rounds: int = 5
    requests: int = 600
    batches: int = 3
    sends: int = 300
    seconds: int = 20
    mass: int = 2000
    threads: int = 200


FULL = Scale()
QUICK = Scale(
    rounds=2, requests=200, batches=1, sends=100, seconds=5, mass=400, threads=80
)


class System:
    """A stack with one business number, its team, and a provider far away."""

    def __init__(self, stack):
        self.stack = stack
        self.world = World(stack)
        self.database = self.world.database
        self.sandbox = self.world.sandbox
        self.channel = self.world.add_channel(**_PACES)
        self._fill_team()
        self.sandbox.post("/control/settings", **_NO_STATUSES)
        self.sandbox.break_(
            "send", "hang", seconds=PROVIDER_LATENCY, taken=True, times=0
        )

    def _fill_team(self):
        """Agents for the channel's team: messages that nobody has taken reach them."""
        [group] = self.database.column(
            """SELECT res_id FROM ir_model_data
                WHERE module = 'whatsapp_connector' AND name = 'group_whatsapp_agent'"""
        )
        agents = [
            {"name": name, "login": name, "group_ids": [(4, group)]}
            for name in (f"agent{number}" for number in range(_AGENTS))
        ]
        users = self.world.odoo.call("res.users", "create", agents)
        [team] = self.database.column("SELECT ticket_team_id FROM whatsapp_channel")
        members = {"user_ids": [(4, user) for user in users]}
        self.world.odoo.call("helpdesk.ticket.team", "write", [team], members)
        # Who follows a team gets an e-mail for each of its tickets
        self.database.execute("DELETE FROM mail_followers")

    @property
    def odoo_url(self):
        """By number: ``localhost`` would be looked up for every request."""
        return f"http://127.0.0.1:{self.stack.odoo_port}"

    @property
    def odoo_pid(self):
        return self.stack.odoo_pid

    @property
    def postgres_pid(self):
        """The process that leads the database server; None if it runs elsewhere."""
        if not postgres.is_own():
            return None
        backend = self.database.value("SELECT pg_backend_pid()")
        return psutil.Process(backend).ppid()

    def get_pids(self, *more):
        """The trees to count CPU of, for a :class:`~measure.Stopwatch`."""
        return [pid for pid in (self.postgres_pid, *more) if pid]

    def build_inbound(self, customer, text="La factura no funciona"):
        """A signed webhook with a customer's message, and that message's id."""
        form = self.channel.inbound_form(customer, text)
        headers = {
            "Content-Type": FORM,
            "X-Twilio-Signature": self.channel.sign(form),
        }
        url = self.channel.webhook_url
        return build_request(url, urlencode(form), headers), form["MessageSid"]

    def run_inside(self, function, **arguments):
        """Call a function of ``in_odoo`` in an Odoo of its own; gives its result."""
        output = self.stack.shell(
            f"import json, sys\n"
            f"sys.path.insert(0, {str(FOLDER)!r})\n"
            f"import in_odoo\n"
            f"found = in_odoo.{function}(env, **{arguments!r})\n"
            f"print(json.dumps(found, default=vars))\n"
        )
        return json.loads(output.splitlines()[-1])

    def measure_inside(self, function, **arguments):
        """:meth:`run_inside` for a function that measures; gives samples by name."""
        pids = self.get_pids()
        found = self.run_inside(function, pids=pids, **arguments)
        return {
            name: [Sample(**sample) for sample in samples]
            for name, samples in found.items()
        }
