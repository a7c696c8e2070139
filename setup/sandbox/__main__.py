"""Start the sandbox: ``python setup/sandbox --port 8070``."""

import sys
from pathlib import Path

if not __package__:  # started by its path, not with ``-m``
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from sandbox.app import main

if __name__ == "__main__":
    sys.exit(main())
