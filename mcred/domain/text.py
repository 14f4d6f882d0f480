"""Making untrusted text safe to print, and suggesting the nearest known name for a typo."""

from __future__ import annotations

import re
from collections.abc import Iterable

_UNSAFE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """Text without control characters and direction overrides, safe for a terminal."""
    return _UNSAFE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name nearest to a typed one; empty when none is near."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.6)), "")
