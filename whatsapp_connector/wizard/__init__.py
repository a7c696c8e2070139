from . import whatsapp_interactive, whatsapp_mailing_wizard, whatsapp_match
