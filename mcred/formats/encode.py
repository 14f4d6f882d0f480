"""Encoding domain values as YAML, in the order of their fields; `decode(encode(x)) == x`.

Fields at their default are left out. Multi-line texts are written as blocks, which read and diff well; their
line endings become `\\n`. What could not be decoded again (a text too long, a hidden character) is rejected.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

import yaml
from msgspec import NODEFAULT, Struct
from msgspec.structs import asdict, fields

from mcred.domain.credential import AwardRule
from mcred.domain.ids import SubmissionId
from mcred.domain.record_file import RecordFile
from mcred.formats.decode import decode
from mcred.formats.record import encode_record
from mcred.problems import McredError


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent list entries below their key, as people write them."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    style = "|" if "\n" in text else None
    if f"\n{text}".endswith("\n\n"):
        style = '"'  # a block would end the document with '...', and nothing could follow
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def encode(value: Any, *, head: str = "") -> bytes:
    """A value as `decode` reads it, in UTF-8: records as JSON, all else as YAML.

    `head` is put before YAML (a schema line). Raises McredError when `decode` would refuse the result.
    """
    if isinstance(value, RecordFile):
        return encode_record(value)
    data = (head + dump(to_plain(value))).encode()
    name = type(value).__name__.lower()
    read, problems = decode(data, type(value), f"new {name}")
    if read is None:
        what = f"this {name} cannot be written so that it could be read again"
        raise McredError(what, hint="change what the problems name", problems=problems)
    return data


def dump(plain: Any, *, flow: bool | None = False) -> str:
    """Mappings, lists, texts, numbers as YAML text; `flow` writes them in brackets on one line."""
    width = 10**6 if flow else 100
    return yaml.dump(
        plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=width, default_flow_style=flow
    )


def to_plain(value: Any) -> Any:
    """A value as mappings, lists, texts and numbers, as YAML and JSON have them."""
    if isinstance(value, AwardRule | SubmissionId | Decimal):
        return str(value)
    if isinstance(value, Struct):
        usual = _defaults(type(value))
        return {
            name: to_plain(given)
            for name, given in asdict(value).items()
            if name == "format" or given != usual[name]
        }
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(v) for v in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


@cache
def _defaults(shape: type[Struct]) -> Mapping[str, Any]:
    """Field name → default value, which need not be written."""
    return {
        f.name: f.default if f.default_factory is NODEFAULT else f.default_factory() for f in fields(shape)
    }
