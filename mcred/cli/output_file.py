"""Writes a file that a command was asked for: atomically, and never over a file that mcred did not write."""

from __future__ import annotations

from pathlib import Path

from mcred.cli.terminal import Terminal
from mcred.problems import Exit, McredError

HTML_MARK = b'<meta name="generator" content="mcred">'
"""The mark near the beginning of every page that mcred writes."""


def write_output(edge: Terminal, name: Path, data: bytes, mark: bytes, *, dry_run: bool) -> None:
    """`place_output`, and print what was or would be written."""
    place_output(edge, name, data, mark, dry_run=dry_run)
    if dry_run:
        edge.show.say(f"Would write {name} ({len(data)} bytes). Nothing was changed.")
    else:
        edge.show.say(f"Saved to {name}")


def place_output(
    edge: Terminal, name: Path, data: bytes, mark: bytes, *, dry_run: bool = False, mode: int | None = None
) -> None:
    """Write `data`; an existing file is replaced only if its beginning has `mark`, so mcred wrote it. `mode`:
    the file's permissions, from the process's umask when None.

    Raises McredError for any other existing file, and for a path that cannot be written. The file name's
    suffix is checked before (`need_ending`): a typo replaces nothing.
    """
    from mcred.store.atomic import write_whole

    path = name if name.is_absolute() else edge.at / name
    try:
        if path.exists() and mark not in _beginning(path):
            raise McredError(
                f"{name} already exists and is something else", hint=f"{edge.typed}   (another name)"
            )
        if not dry_run:
            write_whole(path, data, mode)
    except OSError as error:
        what = f"{name} cannot be written: {error.strerror}"
        raise McredError(what, hint=f"{edge.typed}   (another place)") from error


def need_ending(edge: Terminal, name: Path | None, ending: str) -> None:
    """Raises McredError for a file name with another suffix; before anything is read."""
    if name is not None and name.suffix.lower() != ending:
        raise McredError(
            f"{name} has to end with {ending}", hint=f"{edge.typed}   (a name that does)", code=Exit.USAGE
        )


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(400)
