from babel.dates import format_timedelta

from odoo.fields import Datetime
from odoo.tools.misc import babel_locale_parse, get_lang


def elapsed(env, since):
    """How long ago ``since`` was, in the user's words: ``3 hours``. Empty for False."""
    if not since:
        return ""
    return format_timedelta(
        Datetime.now() - since,
        granularity="minute",
        threshold=1.2,
        locale=babel_locale_parse(get_lang(env).code),
    )
