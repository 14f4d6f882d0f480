"""Writes a file that a command was asked for: whole or not at all, and never over a file that is not ours."""

from __future__ import annotations

from pathlib import Path

from mcred.cli.terminal import Terminal
from mcred.problems import Exit, McredError

HTML_MARK = b'<meta name="generator" content="mcred">'
"""What a page of ours says of itself near its beginning."""


def write_output(edge: Terminal, name: Path, data: bytes, mark: bytes, *, dry_run: bool) -> None:
    """`place_output`, with what was done or would be said."""
    place_output(edge, name, data, mark, dry_run=dry_run)
    if dry_run:
        edge.show.say(f"Would write {name} ({len(data)} bytes). Nothing was changed.")
    else:
        edge.show.say(f"Written: {name}")


def place_output(edge: Terminal, name: Path, data: bytes, mark: bytes, *, dry_run: bool = False) -> None:
    """Write `data`; a file that is there gives way only where its beginning has `mark`, so was ours.

    Raises McredError for another file there, and for a place that cannot be written. The name's ending is
    asked for before (`need_ending`): a slip of the finger replaces nothing.
    """
    from mcred.store.atomic import write_whole

    path = name if name.is_absolute() else edge.at / name
    try:
        if path.exists() and mark not in _beginning(path):
            raise McredError(f"{name} is there and is something else", hint=f"{edge.typed}   (another name)")
        if not dry_run:
            write_whole(path, data)
    except OSError as error:
        what = f"{name} cannot be written: {error.strerror}"
        raise McredError(what, hint=f"{edge.typed}   (another place)") from error


def need_ending(edge: Terminal, name: Path | None, ending: str) -> None:
    """Raises McredError for a name that says it is something else; before anything is read."""
    if name is not None and name.suffix.lower() != ending:
        raise McredError(
            f"{name} has to end with {ending}", hint=f"{edge.typed}   (a name that does)", code=Exit.USAGE
        )


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(400)
