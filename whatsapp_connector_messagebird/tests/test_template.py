import json

from odoo.tests import tagged

from odoo.addons.whatsapp_connector.models.whatsapp_sending import Letter
from odoo.addons.whatsapp_connector.tools.transport_client import get_client
from odoo.addons.whatsapp_connector.wire.http import ErrorAnswer
from odoo.addons.whatsapp_connector.wire.template import (
    Template,
    TemplateState,
    TemplateVariable,
)

from .common import ANNA, CHANNELS, WABA, WORKSPACE, MessageBirdCase

TEMPLATE = Template(
    name="ticket_update",
    language="ca",
    category="utility",
    body="Hola {{1}}, hi ha novetats.",
    variables=(TemplateVariable(place="body", name="1", sample="Ana"),),
)
ROOT = "/v2/platforms/whatsapp/templates"
LIST = "/v3/platforms/whatsapp/templates"
NOT_FOUND = {"errors": [{"code": 20, "description": "not found"}]}


@tagged("post_install", "-at_install")
class TestTemplateConversations(MessageBirdCase):
    @property
    def transport(self):
        return self.env["whatsapp.transport.messagebird"]

    def submit(self):
        return self.transport._submit_template(
            self.account, TEMPLATE, None, get_client()
        )

    def test_submission_is_told_as_pending(self):
        self.fake.answer(404, NOT_FOUND)
        self.fake.answer(201, {"status": "PENDING"})
        state = self.submit()
        self.assertEqual(
            (state.template_id, state.status), ("ticket_update/ca", "pending")
        )
        [sent] = self.fake.posted(ROOT)
        self.assertEqual(sent["wabaID"], WABA)
        example = {"body_text": [["Ana"]]}
        body = {"type": "BODY", "text": TEMPLATE.body, "example": example}
        self.assertEqual(sent["components"], [body])

    def test_refusal_comes_with_their_words(self):
        self.fake.answer(404, NOT_FOUND)
        self.refuse(422, 10, "No sample")
        with self.assertRaisesRegex(ErrorAnswer, "No sample"):
            self.submit()

    def make_record(self, status="APPROVED", **values):
        return {
            "name": "ticket_update",
            "language": "ca",
            "category": "UTILITY",
            "status": status,
            "components": [{"type": "BODY", "text": TEMPLATE.body}],
            **values,
        }

    def test_template_of_the_console_is_taken_over(self):
        self.fake.answer(200, {"items": [self.make_record()]}, path=LIST)
        self.run_templates()
        variant = self.env["whatsapp.template.variant"].search(
            [("account_id", "=", self.account.id)]
        )
        self.assertEqual(variant.provider_id, "ticket_update/ca")
        self.assertEqual(variant.body, TEMPLATE.body)

    def test_deletion_spares_the_other_languages(self):
        self.fake.answer(204, b"")
        state = TemplateState(
            template_id="ticket_update/ca",
            name="ticket_update",
            language="ca",
            status="approved",
        )
        self.transport._delete_template(self.account, state, get_client())
        [request] = self.fake.requests
        self.assertEqual(request.method, "DELETE")
        self.assertTrue(request.url.endswith("/templates/ticket_update/ca"))

    def submitted(self, **values):
        """A variant that was submitted with the scripted answers."""
        template = self.create_template(
            "Ticket update", TEMPLATE.body, fields={"1": "name"}, **values
        )
        template.variant_ids.sudo().write({"state": "ready", "is_enabled": True})
        self.run_templates()
        return template.variant_ids

    def answer_submission(self, *statuses):
        self.fake.answer(404, NOT_FOUND, path=f"{ROOT}/ticket_update/ca")
        self.fake.answer(201, {"status": "PENDING"}, path=ROOT)
        for status in statuses:
            items = [self.make_record(status)]
            self.fake.answer(200, {"items": items}, path=LIST)

    def test_template_is_followed_until_it_is_approved(self):
        self.answer_submission("PENDING", "APPROVED")
        variant = self.submitted()
        self.assertEqual(
            (variant.state, variant.provider_id), ("pending", "ticket_update/ca")
        )
        self.run_templates()
        self.assertEqual(variant.state, "approved")

    def test_rejection_tells_why(self):
        self.answer_submission("PENDING")
        variant = self.submitted()
        rejected = self.make_record("REJECTED", rejectedReason="INVALID_FORMAT")
        self.fake.answer(200, {"items": [rejected]}, path=LIST)
        self.run_templates()
        self.assertEqual(variant.state, "rejected")
        self.assertIn("INVALID_FORMAT", variant.reason)

    def test_message_carries_the_values(self):
        self.answer_submission("APPROVED")
        variant = self.submitted(model="res.partner")
        anna = self.create_partner("Anna", ANNA, lang="ca_ES")
        sending = self.env["whatsapp.sending"]
        contact = sending._get_contacts(anna, self.company)[anna]
        letter = Letter(
            channel=self.channel, contact=contact, variant=variant, record=anna
        )
        sending._send([letter])
        self.assertFalse(letter.refusal)
        self.run_outbox()
        [sent] = self.sent()
        self.assertEqual((sent["to"], sent["type"]), (ANNA, "hsm"))
        hsm = sent["content"]["hsm"]
        self.assertEqual(hsm["templateName"], "ticket_update")
        self.assertEqual(hsm["language"]["code"], "ca")
        [body] = hsm["components"]
        self.assertEqual(body["parameters"], [{"type": "text", "text": "Anna"}])


@tagged("post_install", "-at_install")
class TestTemplateBird(MessageBirdCase):
    generation = "bird"

    def test_submission_makes_a_project_a_version_and_activates_it(self):
        root = f"/workspaces/{WORKSPACE}"
        self.fake.answer(200, {"results": []}, path=f"{root}/projects", method="GET")
        group = {"id": "g1", "channelIds": [CHANNELS["bird"]]}
        self.fake.answer(200, {"results": [group]}, path=f"{root}/channel-groups")
        self.fake.answer(201, {"id": "p1"}, path=f"{root}/projects", method="POST")
        versions = f"{root}/projects/p1/channel-templates"
        self.fake.answer(200, {"results": []}, path=versions, method="GET")
        self.fake.answer(201, {"id": "v1", "status": "draft"}, path=versions)
        self.fake.answer(200, {"status": "pending"}, path=f"{versions}/v1/activate")
        state = self.env["whatsapp.transport.messagebird"]._submit_template(
            self.account, TEMPLATE, None, get_client()
        )
        self.assertEqual((state.template_id, state.status), ("p1/v1", "pending"))
        [created] = self.fake.posted(versions)
        [content] = created["platformContent"]
        self.assertEqual(content["channelGroupIds"], ["g1"])
        self.assertIn("{{body_1}}", json.dumps(content["blocks"]))
