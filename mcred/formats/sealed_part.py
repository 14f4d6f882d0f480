"""The sealed parts of reviews and decisions as JSON, padded so that a sealed one's length says little."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from msgspec import DecodeError, to_builtins
from msgspec.json import Decoder, Encoder

from mcred.domain.ids import is_id
from mcred.domain.sealed.review import DecisionContent, ProposalContent, ReviewContent
from mcred.formats.yaml_reader import find_hidden
from mcred.problems import McredError

T = TypeVar("T", ReviewContent, DecisionContent, ProposalContent)
_STEP = 2048
"""Lengths are multiples of so many bytes."""
_ENCODER = Encoder(order="sorted")


def encode_part(value: ReviewContent | DecisionContent | ProposalContent) -> bytes:
    """A sealed part as bytes, which are sealed. Raises McredError when they could not be read again."""
    data, texts = _ENCODER.encode(value), _list_texts(to_builtins(value))
    if odd := [found[0] for text in texts if (found := find_hidden(text)) is not None]:
        what = f"this cannot be sealed: a hidden character (U+{ord(odd[0]):04X}) is in it"
        raise McredError(what, hint="remove it")
    return data + b" " * (-len(data) % _STEP)


def decode_part(data: bytes, shape: type[T]) -> T | None:
    """The sealed part in some bytes; None for bytes that are none, and where a hidden character stands."""
    try:
        value: T = Decoder(shape).decode(data)
    except (DecodeError, ValueError, RecursionError):
        return None
    texts = _list_texts(to_builtins(value))
    return value if all(map(is_id, _list_ids(value))) and not any(map(find_hidden, texts)) else None


def _list_ids(value: ReviewContent | DecisionContent | ProposalContent) -> Iterator[str]:
    for one in value.scores if isinstance(value, ReviewContent) else value.levels:
        yield from (one.criterion, one.level)
    if isinstance(value, DecisionContent):
        yield from (one.assessor for one in value.keys)


def _list_texts(plain: Any) -> Iterator[str]:
    """Every text in a value, however deep."""
    if isinstance(plain, str):
        yield plain
    elif isinstance(plain, Mapping | list | tuple):
        for inner in plain.values() if isinstance(plain, Mapping) else plain:
            yield from _list_texts(inner)


def to_text(sealed: bytes) -> str:
    """Sealed bytes as a record holds them: base64 on one line."""
    return base64.b64encode(sealed).decode("ascii")


def to_bytes(text: str) -> bytes:
    """The sealed bytes in a record's text; none for a text that is no base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
