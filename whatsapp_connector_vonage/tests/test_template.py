import json

from odoo.tests import tagged

from odoo.addons.whatsapp_connector.models.whatsapp_sending import Letter
from odoo.addons.whatsapp_connector.tests.common import broken_connection

from .common import ANNA, WABA, VonageCase
from .test_send import PIXEL

TEMPLATES = f"/v2/whatsapp-manager/wabas/{WABA}/templates"
ID = "408766354711449"
BODY = "Hola {{1}}, hi ha novetats."


@tagged("post_install", "-at_install")
class TestTemplate(VonageCase):
    def answer_list(self, *records):
        payload = {"templates": list(records), "paging": {"cursors": {}}}
        self.vonage.answer(200, payload, path=TEMPLATES)

    def answer_submission(self):
        self.answer_list()
        self.vonage.answer(200, {"id": ID}, path=TEMPLATES)

    def make_record(self, status="APPROVED", **values):
        body = {
            "type": "BODY",
            "format": "TEXT",
            "text": BODY,
            "example": {"body_text": [["Ana"]]},
        }
        return {
            "id": ID,
            "name": "ticket_update",
            "language": "ca",
            "category": "UTILITY",
            "status": status,
            "components": [body],
            **values,
        }

    def submitted(self, **values):
        """A variant that was submitted with the scripted answers."""
        template = self.create_template(
            "Ticket update", BODY, fields={"1": "name"}, **values
        )
        template.variant_ids.sudo().write({"state": "ready", "is_enabled": True})
        self.run_templates()
        return template.variant_ids

    def test_template_is_submitted_and_followed_until_it_is_approved(self):
        self.answer_submission()
        self.answer_list(self.make_record("PENDING"))
        variant = self.submitted()
        self.assertEqual((variant.state, variant.provider_id), ("pending", ID))
        self.answer_list(self.make_record("APPROVED"))
        self.run_templates()
        self.assertEqual(variant.state, "approved")

    def test_decision_arrives_by_webhook(self):
        self.answer_submission()
        self.answer_list(self.make_record("PENDING"))
        variant = self.submitted()
        news = {
            "notification_id": "n1",
            "timestamp": "2026-02-03T12:14:25Z",
            "channel": "whatsapp",
            "whatsapp": {
                "notification_type": "message_template_status_update",
                "message_template_id": int(ID),
                "message_template_name": "ticket_update",
                "message_template_language": "ca",
                "event": "REJECTED",
                "reason": "PROMOTIONAL",
            },
        }
        event = self.receive(news)
        self.assertEqual(event.state, "done", event.error)
        self.assertEqual((variant.state, variant.reason), ("rejected", "PROMOTIONAL"))

    def test_lost_answer_is_no_second_template(self):
        self.answer_list()
        self.vonage.answer(broken_connection(), path=TEMPLATES)
        self.answer_list()
        variant = self.submitted()
        self.assertEqual(variant.state, "ready")
        self.vonage.requests.clear()
        self.answer_list(self.make_record("PENDING"))
        self.answer_list(self.make_record("PENDING"))
        with self.later(hours=1):
            self.run_templates()
        self.assertEqual((variant.state, variant.provider_id), ("pending", ID))
        self.assertFalse([r for r in self.vonage.requests if r.method != "GET"])

    def test_refusal_comes_with_whatsapps_words(self):
        self.answer_list()
        self.vonage.answer(
            422, {"title": "Invalid", "detail": "(#100) No"}, path=TEMPLATES
        )
        self.answer_list()
        variant = self.submitted()
        self.assertEqual(variant.state, "rejected")
        self.assertIn("(#100) No", variant.reason)

    def test_sample_of_a_picture_is_uploaded(self):
        picture = self.env["ir.attachment"].create(
            {"name": "foto.png", "raw": PIXEL, "mimetype": "image/png"}
        )
        template = self.create_template("Ticket update", BODY, fields={"1": "name"})
        variant = template.variant_ids
        variant.sudo().write(
            {
                "header": "image",
                "header_attachment_id": picture.id,
                "state": "ready",
                "is_enabled": True,
            }
        )
        self.answer_submission()
        uploads = "/v2/whatsapp-manager/media/uploads"
        self.vonage.answer(200, {"h": "4:abc"}, path=uploads)
        self.answer_list(self.make_record("PENDING"))
        self.run_templates()
        self.assertEqual(variant.state, "pending", variant.reason)
        [upload] = [r for r in self.vonage.requests if uploads in r.url]
        self.assertIn(PIXEL, upload.body)
        [created] = self.vonage.bodies(TEMPLATES)
        self.assertEqual(
            created["components"][0]["example"], {"header_handle": ["4:abc"]}
        )

    def test_template_from_elsewhere_is_imported_with_its_name(self):
        body = {
            "type": "BODY",
            "text": "Hola {{first_name}}, hi ha novetats.",
            "example": {
                "body_text_named_params": [
                    {"param_name": "first_name", "example": "Ana"}
                ]
            },
        }
        self.answer_list(self.make_record(components=[body]))
        self.run_templates()
        variant = self.env["whatsapp.template.variant"].search(
            [("provider_id", "=", ID)]
        )
        self.assertEqual(variant.provider_name, "ticket_update")
        self.assertEqual(variant.variable_ids.mapped("provider_key"), ["first_name"])
        self.assertFalse(variant.is_enabled)

    def test_message_carries_the_values_under_the_submitted_name(self):
        self.answer_submission()
        self.answer_list(self.make_record("APPROVED", name="ticket_update_v7"))
        variant = self.submitted(model="res.partner")
        self.assertEqual(variant.state, "approved")
        anna = self.create_partner("Anna", f"+{ANNA}", lang="ca_ES")
        contact = self.env["whatsapp.sending"]._get_contacts(anna, self.company)[anna]
        letter = Letter(
            channel=self.channel, contact=contact, variant=variant, record=anna
        )
        self.env["whatsapp.sending"]._send([letter])
        self.assertFalse(letter.refusal)
        self.run_outbox()
        [body] = self.vonage.bodies()
        self.assertEqual((body["to"], body["message_type"]), (ANNA, "custom"))
        self.assertEqual(
            body["custom"],
            {
                "type": "template",
                "template": {
                    "name": "ticket_update_v7",
                    "language": {"policy": "deterministic", "code": "ca"},
                    "components": [
                        {
                            "type": "body",
                            "parameters": [{"type": "text", "text": "Anna"}],
                        }
                    ],
                },
            },
        )
        self.assertNotIn("text", json.dumps(list(body)))
