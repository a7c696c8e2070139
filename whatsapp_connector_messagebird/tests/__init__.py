from . import test_account
from . import test_conformance
from . import test_set_up
from . import test_webhook
