"""What every provider's addon has to prove, whatever its wire looks like.

A provider names its fixtures and what it makes of them, once, as a
:class:`~.wire.Wire`; the suite has the tests. Modules: :mod:`wire` (what a provider
fills in), :mod:`required` (what its fixtures, answers and deeds have to cover),
:mod:`intents` (what it is asked to send and to submit, the same for all).

All of it is free of Odoo: ``tests/wire`` runs it without, addons' tests import it
within.
"""
