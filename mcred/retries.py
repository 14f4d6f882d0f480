"""Renaming and removing files that another program holds open for a moment.

Virus scanners, search indexes and programs that synchronise folders open what was just written; on some
systems it cannot be replaced, renamed or removed until they close it.
"""

from __future__ import annotations

import errno
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")
PAUSES = (0.05, 0.1, 0.2, 0.4)
"""Seconds between the tries."""
_PASSING = (errno.EACCES, errno.EPERM, errno.EBUSY, errno.ETXTBSY)


def retry(change: Callable[[], T]) -> T:
    """What `change` returns; it is called again, for less than a second, while the system refuses it.

    Raises the OSError of the last try; at once for any other reason than a refusal.
    """
    for pause in PAUSES:
        try:
            return change()
        except OSError as error:
            if error.errno not in _PASSING:
                raise
        time.sleep(pause)
    return change()


def remove_folder(place: Path) -> None:
    """Remove a folder with all that is in it, if it is there. Raises OSError where the system refuses it.

    On Windows what is read-only cannot be removed, as git's objects are.
    """
    with suppress(FileNotFoundError, PermissionError):
        shutil.rmtree(place)
    if place.exists():
        for path in (place, *place.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o700 if path.is_dir() else 0o600))
        retry(lambda: shutil.rmtree(place))
