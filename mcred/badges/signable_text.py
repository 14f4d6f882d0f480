"""Rejecting unsafe characters in documents before they are signed.

Rejected: control characters (line break and tab are fine), lone surrogates, noncharacters, line separators,
and bidirectional controls (they can make a name read as another). Everything else is signed unchanged: emoji,
`]]>`, any script.

>>> [str(p.what) for p in find_unsafe({"name": "a\\u202eb"})]
['name holds U+202E (reverses the direction of the text)']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mcred.problems import McredError, Problem

_TURNS = {*range(0x202A, 0x202F), *range(0x2066, 0x206A)}
_LINE_ENDS = {0x85, 0x2028, 0x2029}


def refuse_unsafe(document: Mapping[str, Any]) -> None:
    """Raise McredError with every text that cannot be signed."""
    if problems := find_unsafe(document):
        raise McredError(
            f"the badge cannot be made: {problems[0].what}", hint=problems[0].hint, problems=problems
        )


def find_unsafe(document: Mapping[str, Any]) -> tuple[Problem, ...]:
    """A problem for every member whose text has a character that cannot be signed."""
    return tuple(
        Problem(what=f"{path} holds U+{code:04X} ({why})", hint="take the character out of this text")
        for path, text in texts_of(document)
        if (code := next((ord(c) for c in text if _why(ord(c))), None)) is not None and (why := _why(code))
    )


def texts_of(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Each text of a JSON value with its path, such as `credentialSubject.result[0].achievedLevel`."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from texts_of(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        for n, inner in enumerate(value):
            yield from texts_of(inner, f"{path}[{n}]")


def _why(code: int) -> str:
    if 0xD800 <= code <= 0xDFFF:
        return "half of a character"
    if code in _TURNS:
        return "reverses the direction of the text"
    if code in _LINE_ENDS:
        return "read as the end of a line by some software"
    if (code < 0x20 and code not in (0x09, 0x0A)) or 0x7F <= code <= 0x9F:
        return "a control character"
    if 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE:
        return "not a character"
    return ""
