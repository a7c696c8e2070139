from . import (
    whatsapp_composer,
    whatsapp_consent_record,
    whatsapp_interactive,
    whatsapp_mailing_wizard,
    whatsapp_match,
    whatsapp_template_delete,
    whatsapp_template_send_back,
)
