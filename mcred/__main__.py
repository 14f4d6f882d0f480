"""The command `mcred`, also `python -m mcred`."""

import gc
import sys

from mcred.cli.quick import answer_quickly

_NEW_VALUES = 50_000
"""How many values are made before Python looks for circles of unused ones; by its own 700 it would look a
hundred times in a short command, and find next to none."""


def main() -> None:
    """Load the program and run it; Ctrl-C while it loads ends it without a word, as nothing has begun."""
    gc.set_threshold(_NEW_VALUES)
    try:
        if answer_quickly(sys.argv[1:]):
            return
        from mcred.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
