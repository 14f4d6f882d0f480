"""Type hints of records and hand-written files, taken apart for the decoders and the schemas."""

from __future__ import annotations

import types
from collections.abc import Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from msgspec import Meta, Struct

from mcred.domain.credential import AwardRule

DEFAULT_LIMIT = 6000
"""The longest text, in characters, where a field says nothing else."""


def is_shape(hint: Any) -> bool:
    """Whether a type hint is a record, which is a mapping in a file."""
    return isinstance(hint, type) and issubclass(hint, Struct) and hint is not AwardRule


def split_hint(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A type hint without its annotations, and the annotations."""
    if get_origin(hint) is Annotated:
        inner, *notes = get_args(hint)
        return inner, tuple(notes)
    return hint, ()


def optional_of(hint: Any) -> Any | None:
    """The `X` of a hint `X | None`; None for any other hint."""
    if get_origin(hint) in (Union, types.UnionType):
        inner = [arg for arg in get_args(hint) if arg is not types.NoneType]
        return inner[0] if len(inner) == 1 else None
    return None


def limit_in(notes: Sequence[Any], usual: int = DEFAULT_LIMIT) -> int:
    """The longest text that annotations allow, in characters."""
    found = (n.max_length for n in notes if isinstance(n, Meta))
    return next((limit for limit in found if limit is not None), usual)
