"""One row for each file of main that questions about everyone are answered from.

A row depends on its file's path and content alone. So the rows after any chain of changes are those that
reading everything gives, and two commits of main need not be related for one to be reached from the other.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from mcred.domain.award import Reissue, Revocation
from mcred.domain.credential import Credential, Stack
from mcred.domain.decision import Decision, DecisionBrief, brief
from mcred.domain.ids import BlobId
from mcred.domain.layout import PathKind, parse_path
from mcred.domain.people import Person
from mcred.domain.programme import Programme
from mcred.domain.seats import Assignment
from mcred.domain.submission import ReviewRequest
from mcred.formats.one_file import read_alone
from mcred.formats.record import id_to_text, text_to_id

FORMAT = 7
"""Changes with what a row holds; an index of another format is built again."""
_NAMED: frozenset[PathKind] = frozenset(
    {"submission", "erasure", "award", "stack award", "stack reissue", "stack revocation", "status list"}
)
"""Kinds of which the path says enough."""
SHAPES: dict[PathKind, type] = {
    "programme": Programme,
    "profile": Person,
    "definition": Credential,
    "stack": Stack,
    "request": ReviewRequest,
    "assignment": Assignment,
    "decision": Decision,
    "reissue": Reissue,
    "revocation": Revocation,
}
"""Kinds whose content is read, and what it is."""
_KEPT: dict[PathKind, type] = {**SHAPES, "decision": DecisionBrief}
"""What is kept of them."""
# Not as msgpack, which turns every time into UTC, and so days into others.
_encode = msgspec.json.Encoder(enc_hook=id_to_text).encode


class Row(Struct, frozen=True, kw_only=True, array_like=True):
    """What the index keeps of one file."""

    path: str
    blob: BlobId
    kind: PathKind
    person: str = ""
    credential: str = ""
    stack: str = ""
    attempt: int = 0
    number: int = 0
    definition: str = ""
    """The blob of the definition that a request or decision is about."""
    version: str = ""
    """And its version."""
    value: bytes | None = None
    """The decoded content; None where it is not needed, or cannot be read."""


def kind_of(path: str) -> PathKind | None:
    """The kind of a path that has a row; None for all others."""
    found = parse_path(path)
    return found.kind if found is not None and (found.kind in _NAMED or found.kind in SHAPES) else None


def make_row(path: str, blob: BlobId, data: bytes | None) -> Row | None:
    """The row of a file; None for one that has none.

    `data`: its content; None where its kind is not read, or it is too large to be.
    """
    found = parse_path(path)
    if found is None or kind_of(path) is None:
        return None
    value = read_alone(data, path) if data is not None and found.kind in SHAPES else None
    about = value.definition if isinstance(value, ReviewRequest | Decision) else None
    kept = brief(value) if isinstance(value, Decision) else value
    if isinstance(value, ReviewRequest):
        kept = None
    return Row(
        path=path,
        blob=blob,
        kind=found.kind,
        person=found.person or "",
        credential=found.credential or "",
        stack=found.stack or "",
        attempt=found.attempt,
        number=found.number,
        definition=about.blob if about else "",
        version=about.version if about else "",
        value=_encode(kept) if kept is not None else None,
    )


def read_value(kind: PathKind, value: bytes) -> Any:
    """The decoded content of a row."""
    return _decoder(kind).decode(value)


_decoders: dict[PathKind, msgspec.json.Decoder[Any]] = {}


def _decoder(kind: PathKind) -> msgspec.json.Decoder[Any]:
    if kind not in _decoders:
        _decoders[kind] = msgspec.json.Decoder(_KEPT[kind], dec_hook=text_to_id)
    return _decoders[kind]
