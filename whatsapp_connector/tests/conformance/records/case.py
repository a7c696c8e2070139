from .deeds import DeedCases
from .files import FileCases
from .security import SecurityCases
from .sending import SendingCases
from .templates import TemplateCases
from .webhooks import WebhookCases


class ConformanceCase(
    WebhookCases,
    FileCases,
    SendingCases,
    TemplateCases,
    DeedCases,
    SecurityCases,
):
    """The whole suite; ``wire`` is what a subclass has to say."""

    #: pytest collects what a module imports, too: only who has a wire is a test.
    __test__ = False

    def __init_subclass__(cls, **kwargs):
        cls.__test__ = cls.wire is not None
        return super().__init_subclass__(**kwargs)
