from . import whatsapp_interactive, whatsapp_match
