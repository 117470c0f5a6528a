"""`python -m nasbert` is the command `nasbert`, for launchers that start modules."""

import sys
from nasbert.cli import main

if __name__ == '__main__':
    sys.exit(main())
