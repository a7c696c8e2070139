"""What keeps web clients from showing an old state of a record after a newer one.

A client learns values in two ways: it asks for them, and the bus tells it news. An
answer that was on its way while news came may be older than they are; the client tells
by the versions of the records that the values come from.
"""

from datetime import datetime, timedelta

_EPOCH = datetime(1970, 1, 1)


def get_versions(*recordsets):
    """When the last change of each of these records began.

    Who changes a record after another began after them: otherwise PostgreSQL refuses.
    Of changes to several records that isn't true: each has a version of its own.

    :return: microseconds since 1970, by the record's model and id
    """
    return {
        f"{record._name},{record.id}": (record.write_date - _EPOCH)
        // timedelta(microseconds=1)
        for records in recordsets
        for record in records
        if record.write_date
    }


def as_news(values):
    """Values for the bus, whose order is the order of the changes."""
    return {**values, "is_news": True}
