"""Reads a group of people from a file: one id on each line."""

from __future__ import annotations

from pathlib import Path

from mcred.domain.text import as_id_typed, as_stored
from mcred.problems import Exit, McredError, next_step
from mcred.store.folder_index import find_typed

MAX_BYTES = 1024 * 1024


def read_cohort(at: Path, name: Path) -> tuple[str, ...]:
    """The unique ids in a file. Raises McredError when it cannot be read or holds none."""
    path = find_typed(at, name)
    hint = next_step("progress", "--cohort", "FILE", note="a text file with one id per line")
    try:
        size = path.stat().st_size
        text = as_stored(path.read_bytes()).decode() if size <= MAX_BYTES else ""
    except (OSError, UnicodeDecodeError) as error:
        raise McredError(f"{name} cannot be read as a list of people", hint=hint, code=Exit.USAGE) from error
    found = parse_cohort(text)
    if not found:
        raise McredError(f"{name} names no one", hint=hint, code=Exit.USAGE)
    return found


def parse_cohort(text: str) -> tuple[str, ...]:
    """The first word of each line; the rest after a comma, a semicolon, a blank or `#` is a comment.

    >>> parse_cohort("# autumn\\nana, Ana Reyes\\nben\\nana\\n")
    ('ana', 'ben')
    """
    rows = (line.partition("#")[0].replace(",", " ").replace(";", " ").split() for line in text.splitlines())
    return tuple(dict.fromkeys(as_id_typed(row[0].strip('"')) for row in rows if row))
