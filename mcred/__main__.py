"""The command `mcred`, also `python -m mcred`."""

import sys

from mcred import __version__


def main() -> None:
    """Load the program and run it; Ctrl-C while it loads ends it without a word, as nothing has begun."""
    if sys.argv[1:] == ["--version"]:
        print(f"mcred {__version__}")  # noqa: T201 (without loading what shows everything else)
        return
    try:
        from mcred.cli.app import main as run
    except KeyboardInterrupt:
        sys.exit(130)
    run()


if __name__ == "__main__":
    main()
