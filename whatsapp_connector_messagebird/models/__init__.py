from . import whatsapp_account
from . import whatsapp_transport_messagebird
