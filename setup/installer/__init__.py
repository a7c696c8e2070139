"""Brings everything that the commands in ``setup/`` need, and runs it.

Standard library only, Python 3.10 to 3.13: it works before anything is installed, and
the tests import it too (``from installer.stack import Stack``).

====================  ==================================================================
``steps``             what is printed, how commands are run, how failures are told
``paths``             where things are written: ``.dev`` and the user's cache folder
``files``             folders that appear whole or not at all, locks between processes
``python``            the private virtual environment, from ``setup/requirements.lock``
``odoo_source``       Odoo's tree: the user's, Debian's package, or Odoo's repository
``debian``            Debian's packages, unpacked without root
``node``, ``browser`` Node and Chromium, where the machine has none
``postgres``          the database server: embedded, or the one in ``PGHOST``
``database``          templates with the addons installed, and their clones
``stack``             a running Odoo with database and sandbox
====================  ==================================================================
"""

from .interpreter import require_supported

require_supported()
