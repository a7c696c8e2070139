from . import whatsapp_meta_registration
