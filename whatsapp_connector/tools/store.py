"""What keeps web clients from showing an old state of a record after a newer one.

A client learns values in two ways: it asks for them, and the bus tells it news. An
answer that was on its way while news came may be older than they are; the client tells
by the values' version.
"""

from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)


def get_version(*recordsets):
    """When the last change of these records began, in microseconds since 1970.

    Who writes a record after another began after them: otherwise PostgreSQL refuses.
    """
    dates = [each.write_date for records in recordsets for each in records]
    last = max(filter(None, dates), default=_EPOCH)
    return (last - _EPOCH) // timedelta(microseconds=1)


def as_news(values):
    """Values for the bus, whose order is the order of the changes."""
    return {**values, "is_news": True}
