"""Machine-written records as canonical JSON: sorted keys, two spaces, a line end, defaults left out.

A record has one spelling: `encode_record(decode_record(data)) == data`, or the file is refused. So two
spellings of one decision, a key given twice, or a key that nothing reads cannot stand in the record
(FORMATS: "machine-written records are canonical JSON").
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from msgspec import DecodeError
from msgspec.json import Decoder, Encoder, format
from msgspec.structs import fields, replace

from mcred.domain.ids import HEX_TYPES, ID_TYPES, SubmissionId, Version, is_hex, is_id, is_version
from mcred.domain.record_file import RecordFile
from mcred.formats.hints import is_shape, optional_of, split_hint
from mcred.formats.yaml_reader import MAX_BYTES, find_hidden
from mcred.problems import Fault, McredError, Place, Problem, errors

R = TypeVar("R", bound=RecordFile)
_HINT = "mcred writes this file and no one should edit it: put back its last good version"
_AT = re.compile(r"(.*?)(?: - at `\$\.?(.*)`)?", re.DOTALL)
_ESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)(\\(?:u....|[bfr]))")
"""A control character as JSON spells it, but for a tab or a line end."""
_RETURN = re.compile(rb"(?<!\\)((?:\\\\)*)\\r(?:\\n)?")
ValueCheck = Callable[[Any], str | None]
"""Returns the key of a value that is wrong, and why; None for a good one."""


def id_to_text(value: Any) -> str:
    """For msgspec's encoders: a submission id as one text."""
    if isinstance(value, SubmissionId):
        return str(value)
    raise NotImplementedError


def text_to_id(kind: type, value: Any) -> SubmissionId:
    """For msgspec's decoders: the submission id that a text names. Raises ValueError for any other value."""
    if kind is not SubmissionId:
        raise NotImplementedError
    if not isinstance(value, str):
        raise ValueError("this is not text")
    return _parse_id(value)


_parse_id = lru_cache(maxsize=1024)(SubmissionId.parse)
"""A record names few submissions, many times each."""
_ENCODER = Encoder(order="sorted", enc_hook=id_to_text)


def encode_record(value: RecordFile) -> bytes:
    """A record's bytes, each line end as `\\n`. Raises McredError when they could not be read again."""
    data = _RETURN.sub(rb"\1\\n", _spell(value))
    read, problems = decode_record(data, type(value), f"new {type(value).__name__.lower()}")
    if read is None:
        what = "this cannot be written so that it could be read again"
        told = tuple(replace(problem, hint="") for problem in problems)
        raise McredError(what, hint="change what the problems name", problems=told)
    return data


def decode_record(
    data: bytes, shape: type[R], file: str, check: Callable[[R], Iterable[Fault]] | None = None
) -> tuple[R | None, tuple[Problem, ...]]:
    """Read a record's bytes; returns it or None, and the problems, each with the key or the line.

    `check` returns the record's inconsistencies; warnings do not prevent it.
    """
    try:
        value = _read(data, shape)
    except _Refused as refused:
        where = Place(file=file, line=refused.line)
        return None, (Problem(what=refused.what, where=where, hint=refused.hint),)
    found = tuple(
        Problem(
            what=fault.what,
            where=Place(file=file, line=_line_of(data, fault.path[0]) if fault.path else 0),
            hint=fault.hint,
            severity=fault.severity,
        )
        for fault in (check(value) if check else ())
    )
    return (None if errors(found) else value), found


class _Refused(Exception):
    def __init__(self, what: str, line: int = 0, hint: str = _HINT) -> None:
        self.what, self.line, self.hint = what, line, hint


def _read(data: bytes, shape: type[R]) -> R:
    if len(data) > MAX_BYTES:
        raise _Refused(f"the file has {-(-len(data) // 1024)} kB, more than {MAX_BYTES // 1024} kB")
    try:
        value: R = _decoder(shape).decode(data)
    except (DecodeError, ValueError, RecursionError) as error:
        raise _explain(data, str(error)) from None
    if bad := _check_shape(shape)(value):
        key = bad.removeprefix(".")
        raise _Refused(key, _line_of(data, re.split(r"\W", key)[0]))
    if (spelled := _spell(value)) != data:
        lines = zip(data.split(b"\n"), spelled.split(b"\n"), strict=False)
        line = next((n for n, (old, new) in enumerate(lines, start=1) if old != new), 1)
        raise _Refused("this is not written the way mcred writes it", line)
    text = data.decode()
    if (hidden := find_hidden(text)) is not None:
        raise _hidden(text, hidden.start(), hidden[0])
    if "\\" in text and (escaped := _ESCAPED.search(text)) is not None:
        raise _hidden(text, escaped.start(), json.loads(f'"{escaped[2]}"'))
    return value


def _hidden(text: str, at: int, character: str) -> _Refused:
    line = text.count("\n", 0, at) + 1
    return _Refused(f"there is a hidden character (U+{ord(character):04X}) here", line)


def _explain(data: bytes, said: str) -> _Refused:
    """A decoder's message, with the key and line it is about."""
    found = _AT.fullmatch(said)
    what, key = (found[1], found[2] or "") if found else (said, "")
    line = _line_of(data, re.split(r"\W", key)[0])
    if key == "format":
        return _Refused("this mcred cannot read this format", line, "install the newest mcred")
    what = what.replace("`", "'")
    return _Refused(f"{key}: {what}" if key else f"this is not a valid record: {what}", line)


def _line_of(data: bytes, key: object) -> int:
    """The line of one of the record's own keys; 0 where it is not found."""
    at = data.find(f'\n  "{key}":'.encode())
    return data.count(b"\n", 0, at) + 2 if at >= 0 else 0


def _spell(value: RecordFile) -> bytes:
    return format(_ENCODER.encode(value), indent=2) + b"\n"


@cache
def _decoder(shape: type[R]) -> Decoder[R]:
    return Decoder(shape, dec_hook=text_to_id)


@cache
def _check_shape(shape: type) -> ValueCheck:
    """Checks what the decoder does not: that texts are ids, object ids or versions, and times have a zone."""
    hints = get_type_hints(shape, include_extras=True)
    checks = [(f.name, f".{f.encode_name}", _check(hints[f.name])) for f in fields(shape)]
    kept = [(name, key, check) for name, key, check in checks if check is not None]

    def each_field(value: Any) -> str | None:
        for name, key, check in kept:
            if (bad := check(getattr(value, name))) is not None:
                return key + bad
        return None

    return each_field


def _check(hint: Any) -> ValueCheck | None:
    hint, _ = split_hint(hint)
    if (inner := optional_of(hint)) is not None:
        check = _check(inner)
        return check and (lambda value: None if value is None else check(value))
    if get_origin(hint) is tuple:
        return _check_each(get_args(hint)[0])
    if is_shape(hint):
        return _check_shape(hint)
    return _CHECKS.get(hint)


def _check_each(hint: Any) -> ValueCheck | None:
    check = _check(hint)
    if check is None:
        return None

    def each_entry(values: tuple[Any, ...]) -> str | None:
        for number, value in enumerate(values):
            if (bad := check(value)) is not None:
                return f"[{number}]{bad}"
        return None

    return each_entry


@lru_cache(maxsize=1 << 14)
def _check_id(text: str) -> str | None:
    """Cached: a history names the same people, criteria and levels again and again."""
    return None if is_id(text) else ": this is not an id"


_CHECKS: dict[Any, ValueCheck] = {
    **dict.fromkeys(ID_TYPES, _check_id),
    **dict.fromkeys(HEX_TYPES, lambda text: None if is_hex(text) else ": this is not a full object id"),
    Version: lambda text: None if is_version(text) else ": this is not a version",
    datetime: lambda when: None if when.tzinfo else ": the time zone is missing",
}
