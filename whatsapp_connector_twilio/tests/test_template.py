import json

from odoo.tests import tagged

from odoo.addons.whatsapp_connector.models.whatsapp_sending import Letter
from odoo.addons.whatsapp_connector.tests.common import broken_connection
from odoo.addons.whatsapp_connector.tools.transport_client import get_client
from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer
from odoo.addons.whatsapp_connector.wire.template import (
    Template,
    TemplateState,
    TemplateVariable,
)

from .common import ANNA, TwilioCase

CONTENTS = "/v1/ContentAndApprovals"
SID = "HX" + "e" * 32
APPROVAL = f"/v1/Content/{SID}/ApprovalRequests/whatsapp"
TEMPLATE = Template(
    name="ticket_update",
    language="ca",
    category="utility",
    body="Hola {{1}}, hi ha novetats.",
    variables=(TemplateVariable(place="body", name="1", sample="Ana"),),
)


@tagged("post_install", "-at_install")
class TestTemplate(TwilioCase):
    @property
    def transport(self):
        return self.env["whatsapp.transport.twilio"]

    def answer_list(self, *contents):
        payload = {"contents": list(contents), "meta": {"next_page_url": None}}
        self.twilio.answer(200, payload, path=CONTENTS)

    def answer_submission(self, status="received"):
        self.answer_list()
        self.twilio.answer(201, {"sid": SID, "language": "ca"}, path="/v1/Content")
        payload = {"name": "ticket_update", "category": "UTILITY", "status": status}
        self.twilio.answer(201, payload, path=APPROVAL)

    def make_record(self, status="approved", **values):
        return {
            "sid": SID,
            "friendly_name": "anything",
            "language": "ca",
            "variables": {"1": "Ana"},
            "types": {"twilio/text": {"body": TEMPLATE.body}},
            "approval_requests": {
                "name": "ticket_update",
                "category": "UTILITY",
                "content_type": "twilio/text",
                "status": status,
                "rejection_reason": "",
            },
            **values,
        }

    # -- the transport ----------------------------------------------------------------

    def test_screens_offer_what_twilio_can_do(self):
        offered = self.account._get_capabilities()
        self.assertTrue(offered.templates)
        self.assertIn("document", offered.template_headers)
        self.assertNotIn("location", offered.template_headers)

    def test_submission_creates_a_content_and_asks_for_its_approval(self):
        self.answer_submission()
        state = self.transport._submit_template(
            self.account, TEMPLATE, None, get_client()
        )
        self.assertEqual((state.template_id, state.status), (SID, "pending"))
        created, asked = (
            json.loads(request.body)
            for request in self.twilio.requests
            if request.method == "POST"
        )
        self.assertEqual(created["types"], {"twilio/text": {"body": TEMPLATE.body}})
        self.assertEqual(created["variables"], {"1": "Ana"})
        self.assertEqual(asked, {"name": "ticket_update", "category": "UTILITY"})

    def test_refusal_comes_with_twilios_words(self):
        self.answer_list()
        self.twilio.answer(400, {"code": 92000, "message": "No sample"})
        with self.assertRaisesRegex(ErrorAnswer, "No sample"):
            self.transport._submit_template(self.account, TEMPLATE, None, get_client())

    def test_list_has_what_a_template_says(self):
        self.answer_list(self.make_record(), self.make_record(status="unsubmitted"))
        [state] = self.transport._list_templates(self.account, get_client())
        self.assertEqual((state.name, state.status), ("ticket_update", "approved"))
        self.assertEqual(state.content.body, TEMPLATE.body)

    def test_deletion_is_whatsapps_too(self):
        self.twilio.answer(204, {})
        state = TemplateState(
            template_id=SID, name="ticket_update", language="ca", status="approved"
        )
        self.transport._delete_template(self.account, state, get_client())
        [request] = self.twilio.requests
        self.assertEqual(request.method, "DELETE")
        self.assertIn(f"/v1/Content/{SID}?deleteInWaba=true", request.url)

    # -- the whole way ----------------------------------------------------------------

    def submitted(self, **values):
        """A variant that was submitted with the scripted answers."""
        template = self.create_template(
            "Ticket update", TEMPLATE.body, fields={"1": "name"}, **values
        )
        template.variant_ids.sudo().write({"state": "ready", "is_enabled": True})
        self.run_templates()
        return template.variant_ids

    def test_template_is_submitted_and_followed_until_it_is_approved(self):
        self.answer_submission()
        self.answer_list(self.make_record("pending"))
        variant = self.submitted()
        self.assertEqual((variant.state, variant.provider_id), ("pending", SID))
        self.answer_list(self.make_record("approved"))
        self.run_templates()
        self.assertEqual(variant.state, "approved")

    def test_lost_answer_is_no_second_template(self):
        self.answer_list()
        self.twilio.answer(broken_connection(), path="/v1/Content")
        self.answer_list()
        variant = self.submitted()
        self.assertEqual(variant.state, "ready")
        mine = self.make_record(
            friendly_name="ticket_update_ca_v1", approval_requests=None
        )
        self.twilio.requests.clear()
        self.answer_list(mine)
        payload = {"name": "ticket_update", "category": "UTILITY", "status": "received"}
        self.twilio.answer(201, payload, path=APPROVAL)
        self.answer_list(self.make_record("pending"))
        with self.later(hours=1):
            self.run_templates()
        self.assertEqual((variant.state, variant.provider_id), ("pending", SID))
        paths = [r.path_url for r in self.twilio.requests if r.method == "POST"]
        self.assertEqual(paths, [APPROVAL])

    def test_template_of_the_console_is_imported_with_its_numbers(self):
        types = {
            "twilio/quick-reply": {
                "body": "Hola {{2}}, la {{1}} ja hi és.",
                "actions": [{"title": "Gràcies", "id": "thanks"}],
            }
        }
        self.answer_list(
            self.make_record(types=types, variables={"1": "factura", "2": "Ana"})
        )
        self.run_templates()
        variant = self.env["whatsapp.template.variant"].search(
            [("provider_id", "=", SID)]
        )
        self.assertEqual(variant.body, "Hola {{1}}, la {{2}} ja hi és.")
        self.assertEqual(variant.variable_ids.mapped("provider_key"), ["2", "1"])
        self.assertEqual(variant.button_ids.text, "Gràcies")
        self.assertFalse(variant.is_enabled)

    def test_message_carries_the_values_by_twilios_numbers(self):
        self.answer_submission("approved")
        self.answer_list(self.make_record("approved"))
        variant = self.submitted(model="res.partner")
        anna = self.create_partner("Anna", ANNA.rpartition(":")[2], lang="ca_ES")
        contact = self.env["whatsapp.sending"]._get_contacts(anna, self.company)[anna]
        letter = Letter(
            channel=self.channel, contact=contact, variant=variant, record=anna
        )
        self.env["whatsapp.sending"]._send([letter])
        self.assertFalse(letter.refusal)
        self.run_outbox()
        [form] = self.twilio.forms()
        self.assertEqual((form["To"], form["ContentSid"]), (ANNA, SID))
        self.assertEqual(json.loads(form["ContentVariables"]), {"1": "Anna"})
        self.assertNotIn("Body", form)
