"""A badge's own claims for a report's heading: title, holder and issuer.

Read leniently from any kind of badge, since nothing here is verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from mcred.badges.json_reader import JsonObject
from mcred.badges.proof import issuer_of


class Heading(Struct, frozen=True, kw_only=True):
    """The claims; each empty when the file does not have it in plain text."""

    title: str
    holder: str
    issuer: str


def read_heading(document: JsonObject) -> Heading:
    """Read a badge's title, holder and issuer, unverified."""
    subject, badge = _object(document.get("credentialSubject")), _object(document.get("badge"))
    achievement, issuer = _object(subject.get("achievement")), _object(document.get("issuer"))
    older = _object(badge.get("issuer"))
    name = _first(issuer.get("name"), older.get("name"))
    known = _first(issuer_of(document), older.get("id"), badge.get("issuer"))
    return Heading(
        title=_first(achievement.get("name"), document.get("name"), badge.get("name")),
        holder=_first(*_holders(subject)),
        issuer=f"{name} ({known})" if name and known else name or known,
    )


def _holders(subject: JsonObject) -> Iterator[Any]:
    """The holder's plain name first, then other identifiers."""
    entries = subject.get("identifier")
    plain = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    plain = [e for e in plain if e.get("hashed") is not True]
    yield from (e.get("identityHash") for e in plain if e.get("identityType") == "name")
    yield subject.get("name")
    yield from (e.get("identityHash") for e in plain)
    yield subject.get("id")


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _first(*values: Any) -> str:
    """The first value that is a non-empty text, on one line."""
    return next((" ".join(v.split()) for v in values if isinstance(v, str) and v.strip()), "")
