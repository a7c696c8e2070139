from . import (
    test_contact,
    test_conversation,
    test_inbox,
    test_window,
)
