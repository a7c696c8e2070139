from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.base.models.ir_actions_report import IrActionsReport

from ..models import whatsapp_mailing_work
from ..models.whatsapp_mailing_work import WhatsappMailingWork
from ..wire.items import Failure
from .common import ANNA, WhatsappCase
from .test_outbound import PDF

MANAGER = "whatsapp_connector.group_whatsapp_manager"


class MailingCase(WhatsappCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.create_user(
            "manager", f"{MANAGER},base.group_partner_manager"
        )
        cls.account.daily_limit = 0
        cls.template = cls.create_approved(
            name="News",
            body="Hello {{1}}, we have news.",
            language="en",
            fields={"1": "name"},
        )
        cls.people = cls.create_people(12)

    @classmethod
    def create_people(cls, count, first=0):
        return cls.env["res.partner"].create(
            [
                {
                    "name": f"Person {number}",
                    "phone": f"+346110{number:05}",
                    "lang": "en_US",
                }
                for number in range(first, first + count)
            ]
        )

    # -- what a manager does ----------------------------------------------------------

    def open_wizard(self, records=None, user=None, **vals):
        records = self.people if records is None else records
        return (
            self.env["whatsapp.mailing.wizard"]
            .with_user(user or self.manager)
            .with_context(active_model=records._name, active_ids=records.ids)
            .create({"template_id": self.template.id, **vals})
        )

    def survey(self, *args, **vals):
        wizard = self.open_wizard(*args, **vals)
        wizard.action_check()
        return wizard.summary

    def start(self, *args, **vals):
        action = self.open_wizard(*args, **vals).action_send()
        return self.env["whatsapp.mailing"].browse(action["res_id"])

    def run_mailings(self):
        self.env["whatsapp.mailing.work"]._cron_run()
        self.env.invalidate_all()

    def run_all(self):
        self.run_mailings()
        self.run_outbox()
        self.run_mailings()

    def send(self, *args, **vals):
        mailing = self.start(*args, **vals)
        self.run_all()
        return mailing

    def results(self, mailing):
        """How many lines came to which result."""
        return {k: v for k, v in mailing._count_lines()[mailing.id].items() if v}

    def reached(self):
        """The people whom the provider was asked to write to."""
        return {sent["values"]["body/1"] for sent in self.provider.sent}

    @contextmanager
    def batches_of(self, size, ahead=whatsapp_mailing_work.AHEAD):
        with (
            patch.object(whatsapp_mailing_work, "BATCH", size),
            patch.object(whatsapp_mailing_work, "AHEAD", ahead),
        ):
            yield


@tagged("post_install", "-at_install")
class TestSummary(MailingCase):
    def test_summary_says_who_gets_it_and_why_others_do_not(self):
        odd = self.create_partner("No number", False)
        twin = self.create_partner("Twin", self.people[0].phone)
        blocked = self.create_contact(partner_id=self.create_anna().id)
        blocked.blocked = True
        stopped = self.create_contact(
            number=self.people[1].phone, partner_id=self.people[1].id, wa_id=False
        )
        self.env["whatsapp.consent"]._record(
            stopped, scope="all", decision="out", source="person"
        )
        nameless = self.create_partner("Nameless", "+34622000001")
        template = self.create_approved(
            "Mail", "We wrote to {{1}} just now.", language="en", fields={"1": "email"}
        )
        self.people.email = "people@example.com"
        records = self.people | odd | twin | blocked.partner_id | nameless
        wizard = self.open_wizard(records, template_id=template.id)
        wizard.action_check()
        summary = wizard.summary
        self.assertEqual(summary["going"], len(self.people) - 1)
        self.assertEqual(
            summary["skipped"],
            {"number": 2, "blocked": 1, "opted_out": 1, "value": 1},
        )
        self.assertEqual(summary["languages"], {"en": len(self.people) - 1})
        said = wizard._get_summary_values()
        reasons = {row["text"] for row in said["rows"]}
        self.assertIn("No number to write to", reasons)
        self.assertIn("English", said["languages"][0]["text"])

    def create_anna(self):
        return self.create_partner("Anna", ANNA.number, lang="en_US")

    def test_looking_leaves_nothing_behind(self):
        before = self.env["whatsapp.contact"].search_count([])
        self.assertEqual(self.survey()["going"], len(self.people))
        self.assertEqual(self.env["whatsapp.contact"].search_count([]), before)

    def test_advertising_names_those_who_have_not_agreed(self):
        advert = self.create_approved(
            "Sale", "A sale for you.", language="en", category="marketing"
        )
        summary = self.survey(template_id=advert.id)
        self.assertEqual(summary["skipped"], {"not_agreed": len(self.people)})

    def test_each_person_gets_it_in_their_own_language(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.create_variant(self.template, "Hola {{1}}, hay novedades.", "es")
        self.template.variant_ids.variable_ids.write(
            {"source": "field", "field_path": "name"}
        )
        self.approve(self.template)
        self.people[:3].lang = "es_ES"
        self.assertEqual(self.survey()["languages"], {"es": 3, "en": 9})
        mailing = self.send()
        texts = mailing.line_ids[:3].message_id.mapped("body")
        self.assertEqual(texts[0], "Hola Person 0, hay novedades.")

    def test_limit_of_new_people_spreads_it_over_days(self):
        self.account.daily_limit = 5
        wizard = self.open_wizard()
        wizard.action_check()
        self.assertEqual(wizard._get_summary_values()["days"], 3)
        self.assertIn("spread over", wizard.summary_html)

    def test_text_for_all_is_asked_once_and_must_be_there(self):
        template = self.create_approved("Talk", "We talk on {{1}} then.", language="en")
        wizard = self.open_wizard(template_id=template.id)
        self.assertEqual(wizard.value_ids.mapped("label"), ["{{1}}"])
        with self.assertRaises(UserError):
            wizard.action_check()
        wizard.value_ids.value = "Monday"
        wizard.action_check()
        action = wizard.action_send()
        self.run_all()
        mailing = self.env["whatsapp.mailing"].browse(action["res_id"])
        self.assertEqual(
            set(mailing.line_ids.message_id.mapped("body")), {"We talk on Monday then."}
        )

    def test_preview_shows_what_is_written_for_all(self):
        template = self.create_approved("Talk", "We talk on {{1}} then.", language="en")
        wizard = self.open_wizard(template_id=template.id)
        self.assertEqual(wizard.preview["body"], "We talk on [{{1}}] then.")
        wizard.value_ids.value = "Monday"
        self.assertEqual(wizard.preview["body"], "We talk on Monday then.")

    def test_nothing_is_shown_before_a_template_is_chosen(self):
        wizard = self.open_wizard(template_id=False)
        self.assertFalse(wizard.name)
        self.assertFalse(wizard.preview)

    def test_path_that_leads_to_no_contact_is_said(self):
        for path in ("nothing", "name", "company_id"):
            with self.assertRaises(UserError):
                self.open_wizard(recipient_path=path).action_check()
        self.people.parent_id = self.create_partner("Parent", "+34622000002")
        summary = self.survey(recipient_path="parent_id")
        self.assertEqual((summary["going"], summary["skipped"]), (1, {"twice": 11}))

    def test_only_template_that_fits_is_chosen_already(self):
        wizard = (
            self.env["whatsapp.mailing.wizard"]
            .with_user(self.manager)
            .with_context(active_model="res.partner", active_ids=self.people.ids)
            .create({})
        )
        self.assertEqual(wizard.template_id, self.template)
        self.assertEqual(wizard.channel_id, self.channel)
        self.assertIn("News", wizard.name)

    def test_template_is_offered_in_the_action_menu_of_its_records(self):
        self.template.with_user(self.manager).action_add_to_menu()
        actions = self.env["ir.actions.actions"]
        offered = actions.with_user(self.manager).get_bindings("res.partner")["action"]
        self.assertIn("WhatsApp: News", [action["name"] for action in offered])
        offered = actions.with_user(self.agent).get_bindings("res.partner")["action"]
        self.assertNotIn("WhatsApp: News", [action["name"] for action in offered])
        self.template.with_user(self.manager).action_remove_from_menu()
        self.assertFalse(self.template.menu_action_id)


@tagged("post_install", "-at_install")
class TestMailing(MailingCase):
    def test_everybody_gets_it_and_it_is_done(self):
        mailing = self.send()
        self.assertEqual(mailing.state, "done")
        self.assertEqual(self.results(mailing), {"sent": len(self.people)})
        self.assertEqual(mailing.progress, 100)
        self.assertEqual(len(self.provider.sent), len(self.people))
        self.assertEqual(len(self.reached()), 12)

    def test_records_have_their_names_before_they_are_looked_at(self):
        lines = self.start().line_ids
        self.assertFalse(any(lines.mapped("name")))
        self.assertEqual(lines.mapped("record_name"), self.people.mapped("name"))
        secret = self.people[0]
        secret.company_id = self.env["res.company"].create({"name": "Elsewhere"})
        shown = lines.with_user(self.manager).mapped("record_name")
        self.assertEqual(shown, [False, *self.people[1:].mapped("name")])

    def test_messages_of_a_list_wait_behind_those_of_people(self):
        mailing = self.start()
        self.run_mailings()
        self.assertEqual(set(mailing.line_ids.message_id.mapped("priority")), {10})
        self.assertFalse(mailing.line_ids.message_id.thread_id.channel_member_ids)

    def test_two_records_of_one_person_get_one_message(self):
        twin = self.create_partner("Twin", self.people[0].phone)
        tickets = self.env["helpdesk.ticket"].create(
            [
                {"name": "A", "description": "a", "partner_id": self.people[0].id},
                {"name": "B", "description": "b", "partner_id": self.people[0].id},
                {"name": "C", "description": "c", "partner_id": self.people[1].id},
            ]
        )
        self.assertTrue(twin)
        self.manager.group_ids += self.env.ref("helpdesk_mgmt.group_helpdesk_manager")
        template = self.create_approved(
            "Ticket",
            "News of {{1}} for you.",
            model="helpdesk.ticket",
            language="en",
            fields={"1": "name"},
        )
        mailing = self.send(tickets, template_id=template.id)
        self.assertEqual(self.results(mailing), {"sent": 2, "skipped": 1})
        self.assertEqual(mailing.line_ids[1].skip_kind, "twice")
        self.assertEqual(len(self.provider.sent), 2)

    def test_who_opts_out_after_the_summary_is_left_out(self):
        mailing = self.start()
        with self.batches_of(4, ahead=4):
            self.run_mailings()
        last = mailing.line_ids[-1]
        self.env["whatsapp.consent"]._record(
            last.contact_id, scope="all", decision="out", source="person"
        )
        self.run_all()
        self.assertEqual((last.result, last.skip_kind), ("skipped", "opted_out"))
        self.assertIn("asked for no more", last.reason)

    def test_record_that_was_deleted_is_left_out(self):
        mailing = self.start()
        self.people[0].unlink()
        self.run_all()
        self.assertEqual(mailing.line_ids[0].skip_kind, "gone")
        self.assertEqual(mailing.state, "done")

    def test_line_that_breaks_is_left_out_and_stops_no_other(self):
        original = type(self.env["whatsapp.template.variable"])._get_value

        def get_value(variable, record, *args):
            if record == self.people[3]:
                raise ValueError("broken")
            return original(variable, record, *args)

        model = type(self.env["whatsapp.template.variable"])
        mailing = self.start()
        with (
            patch.object(model, "_get_value", get_value),
            self.assertLogs(whatsapp_mailing_work.__name__, "ERROR"),
        ):
            self.run_mailings()
        self.run_all()
        self.assertEqual(self.results(mailing), {"sent": 11, "skipped": 1})
        self.assertEqual(mailing.line_ids[3].skip_kind, "error")

    def test_begins_at_its_time(self):
        at = self.now() + timedelta(hours=2)
        mailing = self.start(scheduled_at=at)
        self.run_all()
        self.assertFalse(self.provider.sent)
        self.assertIn("begins on", mailing.note)
        with self.later(hours=2, minutes=1):
            self.run_all()
        self.assertEqual(mailing.state, "done")

    def test_only_a_modest_number_waits_in_the_outbox(self):
        mailing = self.start()
        with self.batches_of(4, ahead=8):
            self.run_mailings()
            self.assertEqual(self.results(mailing), {"queued": 8, "waiting": 4})
            self.run_outbox()
            self.run_mailings()
            self.assertEqual(self.results(mailing), {"sent": 8, "queued": 4})

    def test_few_documents_are_printed_in_one_transaction(self):
        template = self.create_approved(
            "Your card",
            "Hello, here is your card.",
            language="en",
            header="document",
            header_attachment_id=self.create_file("sample.pdf").id,
            report_id=self.create_report().id,
        )
        printed, batches = [], []
        hand_over = WhatsappMailingWork._hand_over

        def count(work, mailing, lines):
            hand_over(work, mailing, lines)
            batches.append(len(printed) - sum(batches))

        self.patch(IrActionsReport, "_render_qweb_pdf", self.print_into(printed))
        self.patch(WhatsappMailingWork, "_hand_over", count)
        self.patch(whatsapp_mailing_work, "PRINTED", 5)
        self.send(template_id=template.id)
        self.assertEqual(batches, [5, 5, 2])
        self.assertEqual(sorted(printed), sorted(self.people.ids))

    def create_file(self, name):
        return self.env["ir.attachment"].create({"name": name, "raw": PDF})

    def create_report(self):
        return self.env["ir.actions.report"].create(
            {
                "name": "Card",
                "model": "res.partner",
                "report_type": "qweb-pdf",
                "report_name": "whatsapp_connector.card",
            }
        )

    @staticmethod
    def print_into(printed):
        def _render_qweb_pdf(_self, _report, res_ids=None, data=None):
            printed.extend(res_ids)
            return PDF, "pdf"

        return _render_qweb_pdf

    def test_batch_costs_as_many_queries_as_one_line(self):
        def count(people):
            mailing = self.start(people)
            self.run_prepare(mailing)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self.env["whatsapp.mailing.work"]._advance(mailing.id, 200)
            self.env.flush_all()
            self.assertEqual(self.results(mailing), {"queued": len(people)})
            return self.cr.sql_log_count - before

        few = count(self.people[:4])
        many = count(self.create_people(60, first=100))
        self.assertLess(many, few + 15)

    def run_prepare(self, mailing):
        while mailing.state == "preparing":
            self.env["whatsapp.mailing.work"]._advance(mailing.id, 200)

    # -- crashes ----------------------------------------------------------------------

    def test_batch_that_dies_is_done_again_whole_and_nobody_gets_it_twice(self):
        mailing = self.start()
        self.run_prepare(mailing)
        work = self.env["whatsapp.mailing.work"]
        with self.assertRaises(MemoryError), self.env.cr.savepoint():
            with patch.object(
                WhatsappMailingWork, "_tell", side_effect=MemoryError("killed")
            ):
                work._advance(mailing.id, 4)
        self.env.invalidate_all()
        self.assertEqual(self.results(mailing), {"waiting": 12})
        work._advance(mailing.id, 4)
        self.run_all()
        self.assertEqual(len(self.reached()), 12)
        self.assertEqual(len(self.provider.sent), 12)

    def test_database_itself_refuses_a_second_line_of_a_person(self):
        mailing = self.send()
        line = mailing.line_ids[0]
        with self.assertRaises(Exception), self.env.cr.savepoint():  # noqa: B017
            mailing.line_ids[1].contact_id = line.contact_id
            self.env.flush_all()

    # -- pause, resume, cancel --------------------------------------------------------

    def test_pause_takes_back_what_is_queued_and_resume_goes_on(self):
        mailing = self.start()
        self.run_mailings()
        mailing.with_user(self.manager).action_pause()
        self.run_mailings()
        self.run_outbox()
        self.assertFalse(self.provider.sent)
        self.assertEqual(self.results(mailing), {"waiting": 12})
        mailing.with_user(self.manager).action_resume()
        self.run_all()
        self.assertEqual(self.results(mailing), {"sent": 12})
        self.assertEqual(len(self.provider.sent), 12)
        threads = mailing.line_ids.message_id.thread_id
        self.assertEqual(len(threads.message_ids), 12)

    def test_cancelled_list_reaches_nobody_else(self):
        mailing = self.start()
        with self.batches_of(4, ahead=4):
            self.run_mailings()
            self.run_outbox()
            self.run_mailings()
        mailing.with_user(self.manager).action_cancel()
        self.run_all()
        self.assertEqual(self.results(mailing), {"sent": 4, "cancelled": 8})
        self.assertEqual(len(self.provider.sent), 4)
        with self.assertRaises(UserError):
            mailing.with_user(self.manager).action_resume()

    def assert_paused(self, mailing, words):
        self.assertEqual(mailing.state, "paused", mailing.reason)
        self.assertIn(words, mailing.note)
        activities = mailing.activity_ids.filtered(lambda a: words in (a.note or ""))
        self.assertIn(self.manager, activities.user_id)

    def send_half(self):
        mailing = self.start()
        with self.batches_of(6, ahead=6):
            self.run_mailings()
            self.run_outbox()
        return mailing

    def test_template_paused_by_whatsapp_pauses_the_list(self):
        mailing = self.send_half()
        self.template.variant_ids.sudo().write({"state": "paused", "reason": "Spammy"})
        self.run_mailings()
        self.assert_paused(mailing, "Spammy")
        self.assertEqual(self.results(mailing), {"sent": 6, "waiting": 6})

    def test_low_quality_pauses_until_somebody_goes_on_all_the_same(self):
        mailing = self.send_half()
        self.template.variant_ids.sudo().quality = "red"
        self.run_mailings()
        self.assert_paused(mailing, "quality is low")
        mailing.with_user(self.manager).action_resume()
        self.assertFalse(mailing.activity_ids)
        self.run_all()
        self.assertEqual(self.results(mailing), {"sent": 12})

    def test_limit_of_whatsapp_pauses_the_list(self):
        mailing = self.send_half()
        failure = Failure(code="1", sentence="Too many, says WhatsApp.", scope="limit")
        message = mailing.line_ids[0].message_id
        self.receive(self.status(message, "failed", failure=failure))
        self.run_mailings()
        self.assert_paused(mailing, "Too many, says WhatsApp.")

    def test_fault_of_the_account_pauses_the_list(self):
        mailing = self.start()
        self.provider.refuse("20003", scope="account", times=20)
        self.run_mailings()
        self.run_outbox()
        self.run_mailings()
        self.assert_paused(mailing, "20003")

    def test_many_refusals_pause_the_list(self):
        self.people |= self.create_people(60, first=200)
        mailing = self.start()
        self.provider.refuse("63024", scope="contact", times=20)
        self.channel.pace = 500
        with self.batches_of(52, ahead=52):
            self.run_mailings()
            for _run in range(3):
                self.run_outbox()
            self.run_mailings()
        self.assert_paused(mailing, "of the last 50 messages were refused")

    def test_whoever_is_no_manager_any_more_sends_nothing(self):
        mailing = self.start()
        self.manager.group_ids = self.env.ref("base.group_user")
        self.run_mailings()
        self.assertEqual(mailing.state, "paused")
        self.assertIn("no WhatsApp manager", mailing.reason)

    # -- limit of new people ----------------------------------------------------------

    def test_list_stops_at_the_limit_of_new_people_and_goes_on_a_day_later(self):
        self.account.daily_limit = 5
        mailing = self.send()
        self.assertEqual(self.results(mailing), {"sent": 5, "waiting": 7})
        self.assertEqual(mailing.state, "running")
        self.assertIn("limit of new people (5)", mailing.note)
        with self.later(hours=1):
            self.run_all()
            self.assertEqual(len(self.provider.sent), 5)
        with self.later(hours=24, minutes=1):
            self.run_all()
            self.assertEqual(len(self.provider.sent), 10)
        with self.later(hours=48, minutes=2):
            self.run_all()
        self.assertEqual(self.results(mailing), {"sent": 12})

    def test_people_who_wrote_today_do_not_count_as_new(self):
        self.account.daily_limit = 5
        self.receive_text("Hola")
        anna = self.contact_of(ANNA).partner_id
        self.assertEqual(self.account._get_new_people_left(), 5)
        mailing = self.send(anna | self.people[:5])
        self.assertEqual(self.results(mailing), {"sent": 6})
        self.assertEqual(self.account._get_new_people_left(), 0)

    # -- again ------------------------------------------------------------------------

    def test_failed_ones_are_tried_again_at_their_place_in_the_chat(self):
        self.provider.refuse("63024", scope="contact", times=2)
        mailing = self.send()
        self.assertEqual(self.results(mailing), {"sent": 10, "failed": 2})
        self.assertIn("refused the message", mailing.reasons_html)
        mailing.with_user(self.manager).action_retry_failed()
        self.assertEqual(mailing.state, "running")
        self.run_all()
        self.assertEqual(self.results(mailing), {"sent": 12})
        self.assertEqual(mailing.state, "done")
        self.assertEqual(len(self.provider.sent), 14)
        threads = mailing.line_ids.message_id.thread_id
        self.assertEqual(len(threads.message_ids), 12)

    def test_one_that_an_agent_sent_again_from_the_chat_goes_no_third_time(self):
        self.provider.refuse("63024", scope="contact")
        mailing = self.send()
        line = mailing.line_ids.filtered(lambda line: line.result == "failed")
        line.message_id.with_user(self.manager).action_resend()
        self.run_all()
        self.assertEqual(line.result, "sent")
        with self.assertRaises(UserError):
            mailing.with_user(self.manager).action_retry_failed()
        self.assertEqual(len(self.provider.sent), 13)

    def test_unknown_ones_go_again_only_when_asked_for(self):
        self.provider.answer(500)
        mailing = self.send()
        self.assertEqual(self.results(mailing), {"sent": 11, "unknown": 1})
        message = mailing.line_ids.message_id.filtered(lambda m: m.state == "unknown")
        with self.assertRaises(UserError):
            mailing.line_ids.filtered(lambda line: line.result == "sent").with_user(
                self.manager
            ).action_retry()
        mailing.with_user(self.manager).action_retry_unknown()
        self.run_all()
        self.assertEqual(len(self.provider.sent), 13)
        self.assertEqual(self.results(mailing), {"sent": 12})
        self.assertNotIn(message, mailing.line_ids.message_id)


@tagged("post_install", "-at_install")
class TestMailingAccess(MailingCase):
    def test_agent_sends_nothing_to_lists(self):
        with self.assertRaises(AccessError):
            self.open_wizard(user=self.agent)
        with self.assertRaises(AccessError):
            self.env["whatsapp.mailing"].with_user(self.agent)._launch({}, [1])
        mailing = self.start()
        for action in ("action_pause", "action_cancel", "action_retry_failed"):
            with self.assertRaises(AccessError):
                getattr(mailing.with_user(self.agent), action)()

    def test_manager_of_another_company_sees_nothing(self):
        mailing = self.start()
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self.create_user(
            "stranger", MANAGER, company_id=other.id, company_ids=[(6, 0, other.ids)]
        )
        mine = self.env["whatsapp.mailing"].with_user(stranger)
        self.assertFalse(mine.search([]))
        self.assertFalse(
            self.env["whatsapp.mailing.line"].with_user(stranger).search([])
        )
        with self.assertRaises(AccessError):
            mailing.with_user(stranger).action_cancel()
        self.assertFalse(
            self.env["whatsapp.mailing.wizard"]
            .with_user(stranger)
            .with_context(active_model="res.partner", active_ids=self.people.ids)
            ._get_templates("res.partner")
        )

    def test_nobody_writes_a_list_by_hand(self):
        mailing = self.start().with_user(self.manager)
        with self.assertRaises(AccessError):
            mailing.write({"user_id": 1})
        with self.assertRaises(AccessError):
            mailing.line_ids.write({"record_id": 1})

    def test_managers_hear_of_progress(self):
        mailing = self.start()
        with patch.object(type(self.manager), "_bus_send") as send:
            self.run_mailings()
        told = [call.args for call in send.call_args_list]
        self.assertIn("whatsapp.mailing/progress", [args[0] for args in told if args])
        self.assertTrue(mailing)
