from . import test_conversation, test_window
