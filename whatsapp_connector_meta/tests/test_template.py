from odoo.tests import tagged

from .common import WABA, MetaCase

TEMPLATES = f"/{WABA}/message_templates"


@tagged("post_install", "-at_install")
class TestTemplate(MetaCase):
    def test_template_is_handed_in_and_approved_by_webhook(self):
        variant = self.create_template().variant_ids
        self.meta.answer(200, {"data": []}, path=TEMPLATES)
        self.meta.answer(
            200,
            {"id": "77", "status": "PENDING", "category": "UTILITY"},
            path=TEMPLATES,
        )
        variant.sudo().state = "ready"
        self.env["whatsapp.template.work"]._submit(variant)
        self.assertEqual((variant.state, variant.provider_id), ("pending", "77"))
        name = variant.template_id.technical_name
        self.assertEqual(variant.provider_name, name)
        news = {
            "event": "APPROVED",
            "message_template_id": 77,
            "message_template_name": name,
            "message_template_language": variant.language,
            "reason": "NONE",
        }
        event = self.receive(news, field="message_template_status_update")
        self.assertEqual(event.state, "done", event.error)
        self.assertEqual(variant.state, "approved")
        outbound = variant._build_outbound(self.env["whatsapp.message"])
        self.assertEqual(outbound.name, name)

    def test_sample_is_read_where_it_is_handed_in(self):
        attachment = self.env["ir.attachment"].create(
            {"name": "p.png", "raw": b"\x89PNG", "mimetype": "image/png"}
        )
        template = self.create_template(
            header="image", header_attachment_id=attachment.id
        )
        media = template.variant_ids._build_template().header_media
        self.assertEqual(media.read(), b"\x89PNG")
