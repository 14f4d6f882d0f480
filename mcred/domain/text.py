"""Text by strangers made safe to print, and the known name that a typed one is near to."""

from __future__ import annotations

import re
from collections.abc import Iterable

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """Text without control characters and direction overrides: a terminal shows it as it is."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that a typed one was most likely meant to be; empty where none is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.6)), "")
