"""A running Odoo with its database and the sandbox, for the demo and for tests.

.. code-block:: python

    with Stack("journey") as stack:
        requests.post(f"{stack.sandbox_url}/control/inbound", json={...})
        stack.kill_odoo()
        stack.start_odoo()

Logs and the configuration file are in ``.dev/<name>/``.
"""

import contextlib

from . import database, files, odoo_command, paths, postgres, python
from .processes import ADDRESS, Server, free_port


class Stack:
    """PostgreSQL, a database, Odoo and the sandbox.

    :param name: of the database and of the folder with the logs; unique among those
        that run at the same time
    :param workers: 0 for a threaded server; a server with more answers websockets on
        ``gevent_port`` only
    :param cron_threads: Odoo's ``max_cron_threads``
    :param sandbox: whether the sandbox runs too
    :param odoo_port, sandbox_port: the ports wished for, the next free ones are taken;
        by default any free port
    :param keep_database: whether the database of the last time is used again
    :param configure: called with the stack when Odoo doesn't run yet
    :param options: more options of Odoo's configuration file
    """

    def __init__(
        self,
        name,
        *,
        workers=0,
        cron_threads=4,
        sandbox=True,
        odoo_port=None,
        sandbox_port=None,
        keep_database=False,
        configure=None,
        **options,
    ):
        self.folder = paths.DEV / name
        self.database = database.get_name(name)
        self._exit = contextlib.ExitStack()
        promise = self._exit.enter_context
        # The wishes lie side by side: neither gives way to the other
        self.odoo_port = promise(free_port(odoo_port, besides=[sandbox_port]))
        self.gevent_port = promise(free_port())
        self.sandbox_port = promise(free_port(sandbox_port)) if sandbox else None
        self._keep_database = keep_database
        self._configure = configure
        self._options = {
            "workers": workers,
            "max_cron_threads": cron_threads,
            **options,
        }
        self._odoo = Server("odoo", self.folder)
        self._sandbox = Server("sandbox", self.folder)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_exception):
        self.stop()

    # -- where things are -------------------------------------------------------------

    @property
    def odoo_url(self):
        return f"http://localhost:{self.odoo_port}"

    @property
    def sandbox_url(self):
        return f"http://localhost:{self.sandbox_port}"

    @property
    def odoo_log(self):
        return self._odoo.log

    @property
    def odoo_pid(self):
        return self._odoo.pid

    # -- all of it --------------------------------------------------------------------

    def start(self):
        """Start everything and wait until it answers; gives the stack itself."""
        with contextlib.ExitStack() as undo:
            undo.callback(self.stop)
            lock = self.folder / "running.lock"
            complaint = f"“{self.folder.name}” runs already in this checkout"
            self._exit.enter_context(files.held(lock, complaint))
            self._exit.enter_context(postgres.running())
            self._exit.callback(self._sandbox.stop)
            self._exit.callback(self._odoo.stop)
            self._prepare_folder()
            self._prepare_database()
            if self.sandbox_port:
                self.start_sandbox()
            if self._configure:
                self._configure(self)
            self.start_odoo()
            undo.pop_all()
        return self

    def stop(self):
        """Stop everything that runs; logs and database stay, to look at."""
        self._exit.close()

    def check(self):
        """Raise if something has ended by itself."""
        self._odoo.check()
        self._sandbox.check()

    # -- Odoo -------------------------------------------------------------------------

    def start_odoo(self):
        command = odoo_command.get_command(self._configuration)
        self._odoo.start(command, odoo_command.get_environment())
        self._odoo.wait_for_answer(self.odoo_url, "/web/health")

    def kill_odoo(self):
        """End all of Odoo's processes as a crash does."""
        self._odoo.kill()

    def shell(self, script):
        """Run Python in an ``odoo shell``; gives what it printed.

        :param script: its text; it has ``env``, and must commit by itself
        """
        log = self.folder / "script.log"
        return odoo_command.run_script(self._configuration, script, log)

    # -- the sandbox ------------------------------------------------------------------

    def start_sandbox(self):
        """Start the sandbox; it remembers its accounts and chats of this run."""
        port = ["--port", self.sandbox_port, "--odoo-url", self.odoo_url]
        state = ["--state", self.folder / "sandbox.json"]
        command = [python.get_executable(), paths.SETUP / "sandbox", *port, *state]
        self._sandbox.start([*map(str, command)], odoo_command.get_environment())
        self._sandbox.wait_for_answer(self.sandbox_url, "/control/settings")

    # -- preparation ------------------------------------------------------------------

    @property
    def _configuration(self):
        return self.folder / "odoo.conf"

    def _prepare_database(self):
        """A new database, or the kept one with the addons as they are now."""
        state = self.folder / "addons"
        current = database.get_addons_state()
        if self._keep_database and database.exists(self.database):
            if not state.exists() or state.read_text() != current:
                database.update(self.database, self._configuration)
        else:
            database.clone(database.prepare_template(), self.database)
            (self.folder / "sandbox.json").unlink(missing_ok=True)
        state.write_text(current)

    def _prepare_folder(self):
        """The configuration file; the logs begin anew."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for log in self.folder.glob("*.log"):
            log.unlink()
        options = {
            "db_name": self.database,
            "http_port": self.odoo_port,
            "gevent_port": self.gevent_port,
            **self._options,
        }
        sections = {}
        if self.sandbox_port:
            redirect_url = f"http://{ADDRESS}:{self.sandbox_port}"
            sections["whatsapp_connector"] = {"redirect_url": redirect_url}
        odoo_command.write_configuration(self._configuration, options, sections)
