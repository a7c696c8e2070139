from datetime import date, datetime
from types import SimpleNamespace

from odoo.fields import Command
from odoo.tests import tagged

from odoo.addons.base.models.ir_actions_report import IrActionsReport

from .common import ANNA
from .test_outbound import PDF
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


@tagged("post_install", "-at_install")
class TestTemplateSources(SendingCase):
    """What fills a variable, other than a field of the record."""

    def fill(self, source, record=None, place="body", sending=None, **vals):
        if place == "body":
            content = {"body": "Hello {{1}}, news."}
        else:
            button = {"kind": "url", "text": "See", "url": "https://e.example/{{1}}"}
            content = {"body": "Hello.", "button_ids": [Command.create(button)]}
        template = self.create_template(
            f"By {source} {place}",
            language="en",
            model=(self.anna if record is None else record)._name,
            **content,
        )
        template.variant_ids.variable_ids.write({"source": source, **vals})
        letter = self.letter(record, self.approve(template))
        (sending or self.sending)._check([letter])
        return letter.values[0]["value"]

    def test_same_text_for_all(self):
        self.assertEqual(self.fill("text", fixed_text="Acme"), "Acme")

    def test_company(self):
        self.assertEqual(self.fill("company"), self.company.name)

    def test_sender(self):
        self.agent.partner_id.phone = "+34931112233"
        self.assertEqual(self.fill("user_name"), self.agent.name)
        self.assertEqual(self.fill("user_phone"), "+34931112233")

    def test_portal_page_of_the_record(self):
        record = self.env["helpdesk.ticket"].create(
            {"name": "Invoice", "description": "x", "partner_id": self.anna.id}
        )
        path = record._get_share_url()
        self.assertEqual(self.fill("portal", record), record.get_base_url() + path)
        self.assertEqual(self.fill("portal", record, "button"), path.lstrip("/"))

    def test_record_without_a_portal_page_is_said_to_the_author(self):
        template = self.create_template("By portal", "Hello {{1}}, news.")
        template.variant_ids.variable_ids.source = "portal"
        problems = template.variant_ids._get_problems()
        self.assertIn("have no portal page", problems[-1]["text"])


@tagged("post_install", "-at_install")
class TestTemplateReport(SendingCase):
    """A header's document that is printed for each record."""

    def setUp(self):
        super().setUp()
        self.printed = []
        self.patch(IrActionsReport, "_render_qweb_pdf", self.print_report(self.printed))
        report = self.env["ir.actions.report"].create(
            {
                "name": "Card",
                "model": "res.partner",
                "report_type": "qweb-pdf",
                "report_name": "whatsapp_connector.card",
            }
        )
        sample = self.env["ir.attachment"].create({"name": "sample.pdf", "raw": PDF})
        self.template = self.create_approved(
            "Your card",
            "Hello, here is your card.",
            language="en",
            header="document",
            header_attachment_id=sample.id,
            report_id=report.id,
        )

    @staticmethod
    def print_report(printed):
        def _render_qweb_pdf(self, _report, res_ids=None, data=None):
            records = self.env["res.partner"].browse(res_ids)
            lang = self.env.context["lang"]
            printed.append((self.env.uid, self.env.su, lang, *records.mapped("name")))
            return PDF, "pdf"

        return _render_qweb_pdf

    def test_each_gets_their_own_printed_with_the_senders_rights(self):
        biel = self.create_partner("Biel Roca", "+34687654321")
        for partner in (self.anna, biel):
            letter = self.send_template(partner)
            file = letter.message.attachment_id
            self.assertEqual(file.name, f"Card {partner.display_name}.pdf")
            self.assertEqual((file.res_model, file.res_id), ("res.partner", partner.id))
        self.assertEqual(
            self.printed,
            [
                (self.agent.id, False, "en_US", "Anna Puig"),
                (self.agent.id, False, "en_US", "Biel Roca"),
            ],
        )
        self.run_outbox()
        self.assertEqual(len({sent["header"] for sent in self.provider.sent}), 2)

    def test_preview_has_the_reports_name(self):
        preview = self.template.variant_ids._get_preview()
        self.assertEqual(preview["header_name"], "Card")
