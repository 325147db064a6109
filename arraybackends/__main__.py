"""`python -m arraybackends`."""

import sys

from arraybackends.cli import main

sys.exit(main())
