from odoo import api, models


class MailThread(models.AbstractModel):
    _inherit = "mail.thread"

    def _thread_to_store(self, store, fields, *, request_list=None):
        """Tell the chatter whether a WhatsApp message can be written from here."""
        super()._thread_to_store(store, fields, request_list=request_list)
        if request_list is None or not self._whatsapp_may_write():
            return
        for record in self:
            store.add_records_fields(
                record, {"whatsapp_can_write": True}, as_thread=True
            )

    @api.model
    def _whatsapp_may_write(self):
        """Whether the user may use WhatsApp and these records tell whom to write to."""
        user_group = "whatsapp_connector.group_whatsapp_user"
        return self.env.user.has_group(user_group) and self._whatsapp_is_about_people()

    @api.model
    def _whatsapp_is_about_people(self):
        """Whether these records have a partner, one only, or a phone number."""
        partners = [
            name
            for name in self._mail_get_partner_fields()
            if self._fields[name].type == "many2one"
        ]
        return self._name == "res.partner" or bool(
            partners or self._phone_get_number_fields()
        )
