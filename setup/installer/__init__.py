"""Brings everything that the commands in ``setup/`` need, and runs it.

Standard library only, Python 3.10 to 3.13: it works before anything is installed, and
the tests import it too (``from installer.stack import Stack``).

======================  ================================================================
``interpreter``         a Python that Odoo can run on
``steps``, ``errors``   what is printed, how programs are run, how failures are told
``paths``, ``files``    where things are written: whole or not at all, by one at a time
``python``              the private virtual environment, from ``requirements.lock``
``odoo_source``         Odoo's tree: the user's, Debian's package, or Odoo's repository
``debian``              Debian's packages, unpacked without root
``node``, ``browser``   Node and Chromium, where the machine has none
``everything``          installs all of these, in order
``postgres``            the database server: our own, or the one in ``PGHOST``
``odoo_command``        Odoo's command line and its configuration files
``database``            templates with the addons installed, and their clones
``processes``, ``web``  servers that start and stop in order, and talking to them
``stack``               a running Odoo with database and sandbox
``demo``, ``smoke``     ``setup/demo``, with ``demo_records`` and ``people``
``testing``             ``setup/test``, with ``suite`` (its parts) and ``tally``
``linting``             ``setup/lint``
``benchmark``           ``setup/bench``
``screenshots``         ``setup/screenshots``, with ``pictures``
``translating``         ``setup/translate``, with ``catalogs``
======================  ================================================================
"""

from .interpreter import require_supported

require_supported()
