from . import whatsapp_account
from . import whatsapp_channel
from . import whatsapp_transport_meta
