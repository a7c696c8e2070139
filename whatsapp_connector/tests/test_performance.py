from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.mail.tools.discuss import Store

from ..wire.items import Person
from .common import WhatsappCase


@tagged("post_install", "-at_install")
class TestQueries(WhatsappCase):
    """Queries hardly grow with a batch: what is left of growth is Discuss's own."""

    ALLOWED = 1

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.people = [
            Person(number=f"+3461000{n:04}", wa_id=f"3461000{n:04}", name=f"P{n}")
            for n in range(40)
        ]

    def queries_of(self, work):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        work()
        self.env.flush_all()
        return self.cr.sql_log_count - before

    def growth(self, store, few=10, many=40):
        """Queries for each of the ``many - few`` further items of a batch."""
        counts = []
        for size in (few, few, many):  # the first warms caches of the registry
            store(size)
            counts.append(self.queries_of(self.run_inbox))
        return (counts[2] - counts[1]) / (many - few)

    def test_messages_of_known_people(self):
        for person in self.people:
            self.store(self.inbound("Hola, una pregunta", person))
        self.run_inbox()

        def store(size):
            for person in self.people[:size]:
                self.store(self.inbound("I una altra", person))

        self.assertLessEqual(self.growth(store), self.ALLOWED)

    def test_messages_of_one_person(self):
        self.open_thread(self.people[0])

        def store(size):
            for number in range(size):
                self.store(self.inbound(f"Missatge {number}", self.people[0]))

        self.assertLessEqual(self.growth(store), self.ALLOWED)

    def test_statuses(self):
        sent = []
        for person in self.people:
            thread = self.open_thread(person)
            sent.append(self.post(thread))
        names = iter(("sent", "delivered", "read"))

        def store(size):
            name = next(names)
            for message in sent[:size]:
                self.store(self.status(message, name))

        self.assertLessEqual(self.growth(store), self.ALLOWED)

    def growth_of(self, show, records, few=10):
        """Queries for each further record that ``show`` is given."""
        records = records.browse(records.ids)  # to be read together
        show(records[:few])  # warms caches of the registry
        small, large = (
            self.queries_of(lambda r=r: show(r)) for r in (records[:few], records)
        )
        return (large - small) / (len(records) - few)

    def show(self, records):
        Store().add(records.with_user(self.agent)).get_result()

    def test_chats_and_messages_that_the_client_opens(self):
        for person in self.people:
            self.store(self.inbound("Hola, una pregunta", person))
        self.run_inbox()
        threads = self.env["discuss.channel"].search(
            [("channel_type", "=", "whatsapp")]
        )
        for thread in threads:
            self.post(thread)
        self.assertLess(self.growth_of(self.show, threads), 0.1)
        self.assertLess(self.growth_of(self.show, threads.message_ids), 0.1)

    def test_tickets_in_a_list(self):
        for person in self.people:
            self.store(self.inbound("Hola, una pregunta", person))
        self.run_inbox()
        tickets = self.env["helpdesk.ticket"].search([])
        names = [name for name in tickets._fields if name.startswith("whatsapp_")]
        growth = self.growth_of(
            lambda some: some.with_user(self.agent).read(names), tickets
        )
        self.assertLess(growth, 0.1)

    def test_an_item_that_was_applied_before(self):
        items = [self.inbound("Hola, una pregunta", p) for p in self.people]
        for item in items:
            self.store(item)
        self.run_inbox()

        def store(size):
            for item in items[:size]:
                self.store(item)

        self.assertLessEqual(self.growth(store), 0.5)


@tagged("post_install", "-at_install")
class TestIndexes(WhatsappCase):
    """What is looked for among millions of rows is found without reading them all."""

    MANY = 300
    FEW = 30
    #: Their rows come and go in numbers; each deletion looks for who points there.
    CROWDED = (
        "discuss_channel",
        "helpdesk_ticket",
        "ir_attachment",
        "mail_message",
        "res_partner",
        "whatsapp_contact",
        "whatsapp_conversation",
        "whatsapp_event",
        "whatsapp_message",
    )

    def test_deleting_what_messages_point_to_reads_no_whole_table(self):
        self.cr.execute(
            """
            SELECT owner.relname, attribute.attname
              FROM pg_constraint key
              JOIN pg_class owner ON owner.oid = key.conrelid
              JOIN pg_class target ON target.oid = key.confrelid
              JOIN pg_attribute attribute
                ON attribute.attrelid = owner.oid AND attribute.attnum = key.conkey[1]
             WHERE key.contype = 'f' AND target.relname IN %s
               AND owner.relname IN ('whatsapp_message', 'whatsapp_conversation')
               AND NOT EXISTS (
                   SELECT FROM pg_index index
                    WHERE index.indrelid = owner.oid
                      AND index.indkey[0] = attribute.attnum
                      AND (index.indpred IS NULL
                           OR pg_get_expr(index.indpred, owner.oid)
                              = format('(%%I IS NOT NULL)', attribute.attname))
                   )
            """,
            [self.CROWDED],
        )
        self.assertFalse(self.cr.fetchall())

    # -- rows read --------------------------------------------------------------------

    def rows_read(self, table, work):
        """How many rows of a table ``work`` reads if it uses every index that helps."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.cr.execute(SQL("ANALYZE %s", SQL.identifier(table)))
        self.cr.execute("SET LOCAL enable_seqscan = off")
        before = self.count_reads(table)
        work()
        self.env.flush_all()
        return self.count_reads(table) - before

    def count_reads(self, table):
        self.cr.execute(
            """SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables
                WHERE relname = %s""",
            [table],
        )
        return self.cr.fetchone()[0]

    def create_events(self, at):
        self.cr.execute(
            """INSERT INTO whatsapp_event (account_id, key, state, create_date)
               SELECT %s, 'many-' || number, 'done', %s
                 FROM generate_series(1, %s) number
            """,
            [self.account.id, at, self.MANY],
        )

    def test_health_of_a_number_reads_no_old_messages(self):
        vals = self.receive_text().copy_data()[0]
        messages = self.env["whatsapp.message"]
        messages.create([{**vals, "state": "received"}] * self.MANY)
        read = self.rows_read(
            "whatsapp_message", lambda: self.channel.read(["last_inbound_at"])
        )
        self.assertLess(read, self.FEW)

    def test_health_of_an_account_reads_no_old_events(self):
        self.create_events(self.now())
        read = self.rows_read(
            "whatsapp_event", lambda: self.account.read(["event_waiting_count"])
        )
        self.assertLess(read, self.FEW)

    def test_what_was_forgotten_is_not_read_again(self):
        self.create_events(self.now() - timedelta(days=100))
        purge = self.env["whatsapp.event"]._purge
        read = self.rows_read("whatsapp_event", lambda: purge(self.company))
        self.assertLess(read, self.FEW)
