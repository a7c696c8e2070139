import base64

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import WhatsappCase
from .test_access import AGENT, LOGS, MANAGER

BODY_FIELDS = ("body", "body_text")


@tagged("post_install", "-at_install")
class TestSecrets(WhatsappCase):
    """Raw events may hold anything: administrators alone see them, masked."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.create_user("manager", f"{MANAGER},base.group_allow_export")
        cls.agent.group_ids += cls.env.ref("base.group_allow_export")
        cls.admin = cls.env.ref("base.user_admin")

    def setUp(self):
        super().setUp()
        body = b"From=34612345678&Token=" + self.provider.secret.encode()
        self.provider.payloads[body] = [self.inbound("Hola")]
        self.message = self.receive(*self.provider.payloads[body])
        self.event = self.message.event_id
        self.env.cr.execute(
            "UPDATE whatsapp_event SET body = %s WHERE id = %s", (body, self.event.id)
        )
        self.env.invalidate_all()

    def test_agents_and_managers_read_no_event_by_any_road(self):
        for user in (self.agent, self.manager):
            event = self.event.with_user(user)
            message = self.message.with_user(user)
            roads = {
                "read": lambda e=event: e.read(BODY_FIELDS),
                "attribute": lambda e=event: e.body,
                "search": lambda e=event: e.search([("body", "!=", False)]),
                "group": lambda e=event: e._read_group([], ["state"], ["__count"]),
                "formatted group": lambda e=event: e.formatted_read_group(
                    [], ["state"], ["__count"]
                ),
                "export": lambda e=event: e.export_data(["body_text"]),
                "fields": lambda e=event: e.fields_get(BODY_FIELDS),
                "export through a message": lambda m=message: m.export_data(
                    ["event_id/body_text"]
                ),
                "search through a message": lambda m=message: m.search(
                    [("event_id.body_text", "!=", False)]
                ),
                "web read through a message": lambda m=message: m.web_read(
                    {"event_id": {"fields": {"body_text": {}}}}
                ),
            }
            for name, road in roads.items():
                with self.subTest(user=user.login, road=name):
                    try:
                        with mute_logger(*LOGS):
                            found = road()
                    except (AccessError, ValueError, KeyError):
                        continue
                    self.assertNotIn("34612345678", str(found))
                    self.assertNotIn(self.provider.secret, str(found))
                    self.assertNotIn("body_text", str(found))

    def test_an_administrator_reads_the_body_without_the_secret_in_it(self):
        event = self.event.with_user(self.admin)
        self.assertIn("From=34612345678", event.body_text)
        self.assertNotIn(self.provider.secret, event.body_text)
        self.assertIn("***", event.body_text)

    def test_the_raw_body_leaves_in_no_export(self):
        field = self.event._fields["body"]
        self.assertFalse(field.exportable)
        encoded = base64.b64encode(self.provider.secret.encode()).decode()[:16]
        exported = self.event.with_user(self.admin).export_data(["body_text"])
        self.assertNotIn(self.provider.secret, str(exported))
        self.assertNotIn(encoded, str(exported))

    def test_bytes_that_are_no_text_can_be_looked_at_too(self):
        self.env.cr.execute(
            "UPDATE whatsapp_event SET body = %s WHERE id = %s",
            (bytes(range(256)), self.event.id),
        )
        self.env.invalidate_all()
        self.assertTrue(self.event.with_user(self.admin).body_text)
        self.assertTrue(self.event.with_user(self.admin).read(["body_text", "body"]))

    def test_the_account_shows_managers_how_it_is_but_nobody_below_sees_it(self):
        self.assertTrue(self.account.with_user(self.manager).read(["name", "fault"]))
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            self.account.with_user(self.agent).read(["name"])
        with self.assertRaises(AccessError), mute_logger(*LOGS):
            self.account.with_user(self.manager).write({"public_url": "https://evil"})

    def test_a_fault_that_quotes_a_secret_shows_it_to_nobody(self):
        self.account._report_fault(f"Token {self.provider.secret} is wrong")
        self.assertNotIn(self.provider.secret, self.account.fault)
        notes = "".join(self.account.activity_ids.mapped("note"))
        self.assertNotIn(self.provider.secret, notes)
        tracked = "".join(
            self.account.message_ids.tracking_value_ids.mapped(
                lambda v: f"{v.new_value_char}"
            )
        )
        self.assertNotIn(self.provider.secret, tracked)

    def test_raw_bodies_are_forgotten_after_the_companys_days(self):
        self.company.whatsapp_event_retention_days = 30
        with self.later(days=29):
            self.run_housekeeping()
        self.assertTrue(self.event._get_bodies()[self.event.id])
        with self.later(days=31):
            self.run_housekeeping()
        self.assertIsNone(self.event._get_bodies()[self.event.id])
        self.assertTrue(self.event.exists())
        self.assertFalse(self.event.with_user(self.admin).body_text)

    def test_a_failed_events_body_is_forgotten_too_and_its_reason_kept(self):
        self.event.write({"state": "failed", "error": "Nobody has that number."})
        with self.later(days=29):
            self.run_housekeeping()
        self.assertTrue(self.event._get_bodies()[self.event.id])
        with self.later(days=31):
            self.run_housekeeping()
        self.assertIsNone(self.event._get_bodies()[self.event.id])
        self.assertEqual(self.event.state, "failed")
        self.assertEqual(self.event.error, "Nobody has that number.")

    def test_a_purged_event_says_that_it_can_not_be_replayed(self):
        with self.later(days=40):
            self.run_housekeeping()
        with self.assertRaisesRegex(UserError, "nothing left to replay"):
            self.event.action_replay()
        self.assertEqual(self.event.state, "done")


@tagged("post_install", "-at_install")
class TestAccount(WhatsappCase):
    def test_agents_belong_to_their_group_alone(self):
        agent = self.env.ref(AGENT)
        manager = self.env.ref(MANAGER)
        self.assertNotIn(manager, agent.all_implied_ids)
        self.assertNotIn(self.env.ref("base.group_system"), manager.all_implied_ids)
