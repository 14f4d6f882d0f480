"""The command line: text, prompts, clock, environment. The only layer that prints."""

from mcred import __version__


def say_version() -> None:
    """What `mcred --version` says, without loading what shows everything else."""
    print(f"mcred {__version__}")  # noqa: T201
