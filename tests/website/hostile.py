"""The same values with every text replaced by something a bad actor would write."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import Meta, Struct
from msgspec.structs import asdict, replace

T = TypeVar("T", bound=Struct)


def poison(value: T, text: str) -> T:
    """`value` with each text that has a limit (titles, prose, links, languages) set to `text`; ids stay."""
    hints = get_type_hints(type(value), include_extras=True)
    changed = {name: _poison(given, hints[name], text) for name, given in asdict(value).items()}
    return replace(value, **changed)


def _poison(value: Any, hint: Any, text: str) -> Any:
    if any(isinstance(m, Meta) for m in getattr(hint, "__metadata__", ())):
        return text
    if hasattr(hint, "__metadata__"):
        return _poison(value, get_args(hint)[0], text)
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return value if value is None else _poison(value, inner[0], text)
    if isinstance(value, tuple) and origin is tuple:
        return tuple(_poison(v, inner[0], text) for v in value)
    if isinstance(value, Mapping):
        return {k: _poison(v, inner[1], text) for k, v in value.items()}
    return poison(value, text) if isinstance(value, Struct) else value
