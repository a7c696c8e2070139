"""The half of the suite that runs inside Odoo: from the wire to records and back.

A provider's addon runs it whole::

    @tagged("post_install", "-at_install")
    class TestConformance(ConformanceCase):
        wire = WIRE

Where a fixture leaves more than its items say, the class adds a method
``check_fixture_<name>(event)``; where a deed needs more than the account, one
``prepare_<deed>()``. Modules: :mod:`kit` (an account of the provider, and a provider
that answers as scripted), :mod:`scene` (what is there before a webhook),
:mod:`outcome` (what it must leave); the others have the cases.
"""

from .case import ConformanceCase
from .kit import CELLS, WireCase, WireHttpCase, make_table
