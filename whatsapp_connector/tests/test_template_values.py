from datetime import date, datetime
from types import SimpleNamespace

from odoo.fields import Command
from odoo.tests import tagged

from .common import ANNA
from .test_sending import SendingCase


@tagged("post_install", "-at_install")
class TestTemplateValues(SendingCase):
    """What a field says to a person, in their language and by their clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("es_ES")
        cls.ticket = cls.env["helpdesk.ticket"].create(
            {
                "name": "Invoice",
                "description": "<p>It is <b>wrong</b></p>",
                "partner_id": cls.anna.id,
                "priority": "3",
                "tag_ids": [
                    Command.create({"name": "Invoices"}),
                    Command.create({"name": "Urgent"}),
                ],
                "closed_date": datetime(2026, 7, 1, 22, 30),
            }
        )

    def say(self, path, lang="es_ES", record=None, **context):
        record = self.ticket if record is None else record
        variables = self.env["whatsapp.template.variable"]
        return variables._read_path(record.with_context(lang=lang, **context), path)

    def test_texts(self):
        for path, text in (
            ("name", "Invoice"),
            ("partner_id", "Anna Puig"),
            ("partner_id.name", "Anna Puig"),
            ("partner_id.city", ""),
            ("tag_ids", "Invoices, Urgent"),
            ("tag_ids.name", "Invoices, Urgent"),
            ("description", "It is *wrong*"),
            ("active", "Sí"),
            ("user_id.name", self.ticket.user_id.name or ""),
        ):
            with self.subTest(path):
                self.assertEqual(self.say(path), text)

    def test_choices_are_said_in_the_persons_language(self):
        field = self.ticket._fields["priority"]
        spanish = self.env(context={"lang": "es_ES"})
        expected = dict(field._description_selection(spanish))["3"]
        self.assertEqual(self.say("priority"), expected)

    def test_dates_and_times(self):
        for lang, moment in (
            ("es_ES", "02/07/2026 0:30"),
            ("en_US", "07/02/2026 12:30 AM"),
        ):
            with self.subTest(lang):
                said = self.say("closed_date", lang, tz="Europe/Madrid")
                self.assertEqual(said.replace("\u202f", " "), moment)
        currency_rate = self.env["res.currency.rate"].new({"name": date(2026, 7, 1)})
        self.assertEqual(self.say("name", record=currency_rate), "01/07/2026")

    def test_numbers(self):
        partner = self.anna
        partner.partner_latitude = 41.9831
        self.assertEqual(self.say("color", record=partner), "0")
        self.assertEqual(
            self.say("partner_latitude", record=partner).rstrip("0"), "41,9831"
        )
        plain = SimpleNamespace(
            type="float", name="hours", get_digits=lambda _env: None
        )
        self.assertEqual(self.format_with(plain, 1234.5), "1.234,50")

    def test_money_has_its_currency(self):
        euro = self.env.ref("base.EUR")
        amount = SimpleNamespace(
            type="monetary",
            name="amount",
            get_currency_field=lambda _record: "currency",
        )
        said = self.format_with(amount, 1234.5, currency=euro)
        self.assertEqual(said.replace("\xa0", " "), "1.234,50 €")

    def format_with(self, field, value, **others):
        class Record(dict):
            env = self.env(context={"lang": "es_ES"})

        record = Record({field.name: value, **others})
        return self.env["whatsapp.template.variable"]._format(record, field)

    def test_times_are_those_of_whoever_gets_it(self):
        template = self.create_approved(
            "Visit",
            "We come on {{1}}, at last.",
            language="en",
            model="helpdesk.ticket",
            fields={"1": "closed_date"},
        )
        for phone, tz, time in (
            (ANNA.number, "Europe/Madrid", "07/02/2026 12:30 AM"),
            (ANNA.number, "Atlantic/Canary", "07/01/2026 11:30 PM"),
            ("+525512345678", False, "07/01/2026 4:30 PM"),
        ):
            with self.subTest(phone, tz=tz):
                self.anna.write({"phone": phone, "tz": tz})
                letter = self.letter(self.ticket, template)
                self.sending._check([letter])
                value = letter.values[0]["value"].replace("\u202f", " ")
                self.assertEqual(value, time)

    def test_what_a_rule_sends_tells_the_time_of_the_company(self):
        self.company.partner_id.tz = "Europe/Madrid"
        self.anna.tz = False  # Spain has two
        letter = self.letter(self.ticket)
        rules = self.env["whatsapp.sending"].with_user(1)
        self.assertEqual(rules._get_tz(letter), "Europe/Madrid")
