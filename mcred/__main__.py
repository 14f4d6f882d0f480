"""The command `mcred`, also `python -m mcred`."""

import sys

from mcred.cli.quick import answer_quickly


def main() -> None:
    """Load the program and run it; Ctrl-C while it loads ends it without a word, as nothing has begun."""
    try:
        if answer_quickly(sys.argv[1:]):
            return
        from mcred.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
