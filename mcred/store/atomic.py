"""Atomic file replacement: write a temporary file, then rename it."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from mcred.retries import retry

PART_PREFIX = ".mcred-part-"
"""How the name of an unfinished file begins; such a file is never taken for a person's own."""


def write_whole(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace a file's content atomically; a killed process leaves the old content or the new.

    `mode`: the new file's permissions, set before the rename; from the process's umask when None.
    """
    part = part_of(path)
    part.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    try:
        with os.fdopen(os.open(part, flags, 0o666 if mode is None else mode), "wb") as file:
            file.write(data)
        if mode is not None:
            part.chmod(mode)
        retry(lambda: part.replace(path))
    except OSError:
        # On a full disk the part would only take up more of it.
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def part_of(path: Path) -> Path:
    """The temporary path a file is written to before it is renamed."""
    return path.with_name(f"{PART_PREFIX}{hashlib.sha256(path.name.encode()).hexdigest()[:16]}")
