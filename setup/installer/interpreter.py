"""Makes sure that a Python runs us that Odoo 19 can run on."""

import os
import shutil
import sys

OLDEST, NEWEST = (3, 10), (3, 13)


def require_supported():
    """Go on with another Python of this machine if this one doesn't do."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        other = shutil.which(f"python3.{minor}")
        if other:
            os.execv(other, [other] + sys.argv)
    sys.exit(
        "Odoo 19 runs on Python 3.10 to 3.13, this is {}.{}, and no other was found.\n"
        "Install one of them and start again.".format(*sys.version_info)
    )
