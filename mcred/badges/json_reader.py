"""Strict parsing of untrusted JSON: one object, bounded size and depth, no duplicate names.

A duplicate name is rejected because readers differ in which value they take (RFC 8259, §4). So is a text that
cannot be written as UTF-8.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mcred.problems import McredError

JsonObject = Mapping[str, Any]
"""A JSON object whose members are unchecked."""
MAX_BYTES = 256 * 1024
"""The largest document that is signed or verified, in bytes; a badge has about ten thousand."""
MAX_DEPTH = 32


def read_json(data: bytes) -> dict[str, Any]:
    """Parse bytes as one JSON object; McredError for anything else."""
    if len(data) > MAX_BYTES:
        raise _refusal(f"it is larger than {MAX_BYTES // 1024} kB")
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_pairs, parse_constant=_constant)
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except UnicodeError:
        raise _refusal("it contains half of a character, or is not saved as UTF-8") from None
    except RecursionError:
        raise _refusal("it is nested too deeply") from None
    except ValueError:
        raise _refusal("it is not JSON") from None
    if not isinstance(found, dict):
        raise _refusal("it is not one JSON object")
    if _depth(found) > MAX_DEPTH:
        raise _refusal("it is nested too deeply")
    return found


def as_utf8(data: bytes) -> bytes:
    """A file without a byte order mark, converted from UTF-16; others unchanged."""
    encoding = json.detect_encoding(data)
    if encoding == "utf-8":
        return data
    try:
        return data.decode(encoding).removeprefix("\ufeff").encode("utf-8")
    except UnicodeError:
        return data


def _refusal(why: str) -> McredError:
    return McredError(
        f"this cannot be read as a badge: {why}", hint="ask for the badge's JSON, SVG or PNG file"
    )


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _refusal("a name appears in it twice")
    return found


def _constant(name: str) -> Any:
    raise ValueError(name)


def _depth(value: Any) -> int:
    level, layer = 0, [value]
    while layer:
        level += 1
        layer = [
            inner
            for outer in layer
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
    return level
