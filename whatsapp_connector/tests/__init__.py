from . import (
    test_contact,
    test_conversation,
    test_inbox,
    test_interactive,
    test_match,
    test_outbox,
    test_status,
    test_interactive,
    test_match,
    test_screens,
    test_screens,
    test_window,
)
