"""What a changed file says differently now, in words: `outcome: revise → award`, `keys: SHA256:… added`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from mcred.domain.people import SigningKey, fingerprint

NAMES = ("id", "criterion", "assessor", "person", "path", "multibase")
"""Fields that tell the entries of a list apart."""
LONGEST = 60
"""Characters of a text that are shown."""


def describe_changes(old: Any, new: Any) -> tuple[str, ...]:
    """Each value that differs between two records of one kind, before and after."""
    return tuple(_compare(old, new, ""))


def _compare(old: Any, new: Any, label: str) -> Iterator[str]:
    if old == new:
        return
    if isinstance(old, Struct) and type(old) is type(new):
        yield from _compare(asdict(old), asdict(new), label)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in dict.fromkeys((*old, *new)):
            # A level stands for its whole entry: `levels questions: developing → proficient`.
            inner = label if key == "level" else f"{label} {str(key).replace('_', ' ')}".strip()
            yield from _compare(old.get(key), new.get(key), inner)
    elif isinstance(old, tuple | list) and isinstance(new, tuple | list):
        before, after = ({_name(entry): entry for entry in entries} for entries in (old, new))
        for name in (n for n in before if n not in after):
            yield f"{label}: {name} removed"
        for name in (n for n in after if n not in before):
            yield f"{label}: {name} added"
        for name in (n for n in before if n in after):
            yield from _compare(before[name], after[name], f"{label} {name}")
        if before == after:
            yield f"{label}: in a different order, or listed twice"
    else:
        yield f"{label}: {_show(old)} → {_show(new)}"


def _name(entry: Any) -> str:
    if isinstance(entry, SigningKey):
        return fingerprint(entry.public)
    plain = asdict(entry) if isinstance(entry, Struct) else entry
    if isinstance(plain, Mapping):
        return str(next((plain[name] for name in NAMES if name in plain), _show(entry)))
    return _show(entry)


def _show(value: Any) -> str:
    if value is None or value in ("", (), []):
        return "nothing"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
