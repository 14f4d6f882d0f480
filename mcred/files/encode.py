"""The model's values → YAML text, in the order of their fields; `decode(encode(x)) == x`.

Fields at their default are left out, so that files say only what matters. Long and multi-line texts stand
as blocks, for reading and for comparing line by line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from typing import Any

import yaml

from mcred.model.credential import AwardRule
from mcred.model.ids import SubmissionId


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent list entries below their key, as people write them."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def encode(value: Any, *, head: str = "") -> bytes:
    """A dataclass as YAML text in UTF-8; `head` is put before it (a schema line)."""
    text = yaml.dump(to_plain(value), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return (head + text).encode()


def to_plain(value: Any) -> Any:
    """A value as mappings, lists, texts, numbers: what YAML and JSON can hold."""
    if isinstance(value, AwardRule | SubmissionId):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: to_plain(getattr(value, f.name))
            for f in fields(value)
            if f.name in ("made_by", "format") or getattr(value, f.name) != _default(f)
        }
    if isinstance(value, Mapping):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(v) for v in value]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def _default(field: Any) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
