"""Bird Channels. https://docs.bird.com/api/channels-api"""

from ..rest import media_request
from .parse import parse
from .rest import (
    fetch_status,
    find_status,
    find_webhook,
    list_inbound,
    probe_account,
    probe_channel,
    set_webhook,
)
from .send import build, capabilities, read
from .signature import verify
from .templates import delete, list_states, submit
