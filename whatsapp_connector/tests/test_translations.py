import re
from datetime import timedelta
from pathlib import Path

import polib

from odoo.exceptions import UserError
from odoo.modules import get_module_path
from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import TranslationModuleReader

from .common import WhatsappCase, utc_now

LANGUAGES = {"ca": "ca_ES", "es": "es_ES"}
FOLDER = Path(get_module_path("whatsapp_connector")).parent
REMEDY = "run setup/translate, translate what it lists, and commit"

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")
TAG = re.compile(r"<[^>]+>")
TRANSLATED_ATTRIBUTE = re.compile(r'(?:aria-label|title|alt|placeholder)="[^"]*"')


def read_catalog(addon, name):
    """A file of an addon's ``i18n`` folder: a catalog or the template."""
    return polib.pofile(str(FOLDER / addon / "i18n" / name))


def get_skeleton(text):
    """What a translation must have as the source has it, in any order."""
    tags = [TRANSLATED_ATTRIBUTE.sub("", tag) for tag in TAG.findall(text)]
    return sorted(PLACEHOLDER.findall(text)), sorted(tags)


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    """Of this addon and of those that come with it, in all languages."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        found = {file.parent.name for file in FOLDER.glob("*/__manifest__.py")}
        installed = cls.env["ir.module.module"]._installed()
        ours = {name for name in found if name.startswith("whatsapp_connector")}
        cls.addons = sorted(ours & installed.keys())

    def each_catalog(self):
        """The addon, the language's code in Odoo, and the catalog of each."""
        return [
            (addon, code, read_catalog(addon, f"{language}.po"))
            for addon in self.addons
            for language, code in LANGUAGES.items()
        ]

    def export(self, lang=None):
        """What Odoo exports: a list of ``(addon, term, translation)``."""
        return [
            (addon, term, value)
            for addon, _type, name, xml_id, term, value, _comments in (
                TranslationModuleReader(self.env.cr, self.addons, lang)
            )
            if not (name.startswith("ir.model.fields,") and self.is_inherited(xml_id))
        ]

    def is_inherited(self, xml_id):
        """Which fields our models get from Odoo's depends on what else is installed."""
        record = self.env.ref(xml_id)
        field = self.env[record.model]._fields[record.name]
        return not set(field._modules) & set(self.addons)

    def test_translators_are_given_words_alone(self):
        """Odoo takes what stands in bare brackets after a marked term for another."""
        terms = {term for _addon, term, _value in self.export()}
        self.assertFalse({term for term in terms if re.fullmatch(r"[\d\s]+", term)})

    def test_templates_have_every_term_of_the_sources(self):
        templates = {
            addon: {term.msgid for term in read_catalog(addon, f"{addon}.pot")}
            for addon in self.addons
        }
        missing = {
            (addon, term)
            for addon, term, _value in self.export()
            if term not in templates[addon]
        }
        self.assertFalse(missing, REMEDY)

    def test_every_term_is_translated(self):
        for addon, code, catalog in self.each_catalog():
            with self.subTest(addon=addon, lang=code):
                terms = {term.msgid for term in read_catalog(addon, f"{addon}.pot")}
                translated = {term.msgid for term in catalog if term.translated()}
                self.assertEqual(translated, terms, REMEDY)
                self.assertFalse(catalog.obsolete_entries(), REMEDY)

    def test_placeholders_and_markup_are_kept(self):
        for addon, code, catalog in self.each_catalog():
            for term in catalog:
                with self.subTest(addon=addon, lang=code, term=term.msgid):
                    self.assertEqual(
                        get_skeleton(term.msgstr), get_skeleton(term.msgid)
                    )

    def test_every_translation_arrives_in_odoo(self):
        codes = list(LANGUAGES.values())
        for code in codes:
            self.env["res.lang"]._activate_lang(code)
        self.env["ir.module.module"]._load_module_terms(self.addons, codes)
        exported = {code: self.export(code) for code in codes}
        for addon, code, catalog in self.each_catalog():
            translations = {term.msgid: term.msgstr for term in catalog}
            lost = {
                term
                for owner, term, value in exported[code]
                if owner == addon and (value or term) != translations.get(term, term)
            }
            with self.subTest(addon=addon, lang=code):
                self.assertFalse(lost)


@tagged("post_install", "-at_install")
class TestCatalan(WhatsappCase):
    """People read Odoo's sentences in their own language."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.lang"]._activate_lang("ca_ES")
        cls.agent.lang = "ca_ES"

    def test_an_agent_reads_why_nothing_can_be_sent(self):
        thread = self.open_thread(sent_at=utc_now() - timedelta(hours=25))
        thread = thread.with_context(lang="ca_ES")
        with self.assertRaisesRegex(UserError, "24 hores .* Anna ha d'escriure"):
            self.post(thread)

    def test_an_agent_reads_why_a_message_was_not_sent(self):
        message = self.post(self.open_thread())
        message.contact_id.blocked = True
        self.run_outbox()
        self.assertEqual(
            message.with_context(lang="ca_ES").failure_reason,
            "No s'ha enviat: aquesta persona està bloquejada.",
        )

    def test_a_person_who_stops_is_told_so(self):
        self.channel.lang = "ca_ES"
        self.receive_text("STOP")
        self.run_outbox()
        self.assertEqual(
            [payload["text"] for payload in self.provider.sent],
            [
                f"Ja no rebreu més missatges de {self.company.name}. Si canvieu"
                " d'opinió, escriviu START."
            ],
        )
