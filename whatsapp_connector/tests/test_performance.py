from odoo.tests import tagged

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

    def test_an_item_that_was_applied_before(self):
        items = [self.inbound("Hola, una pregunta", p) for p in self.people]
        for item in items:
            self.store(item)
        self.run_inbox()

        def store(size):
            for item in items[:size]:
                self.store(item)

        self.assertLessEqual(self.growth(store), 0.5)
