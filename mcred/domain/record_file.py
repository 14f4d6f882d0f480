"""The base of every machine-written record, which is stored as canonical JSON (`formats/record`).

`kind` stands in each file and says what it is. A field at its default is left out, so the defaults of a
record are only `""`, `0`, `False`, `None` and `()`.
"""

from __future__ import annotations

from msgspec import Struct


class RecordPart(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A value inside a record."""


class RecordFile(RecordPart, frozen=True, kw_only=True, tag_field="kind"):
    """A whole record: one file."""
