"""Renaming and removing files that another program holds open for a moment.

Virus scanners, search indexes and programs that synchronise folders open what was just written; on some
systems it cannot be replaced, renamed or removed until they close it.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable
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
