"""A badge's own claims for a report's heading: title, holder and issuer.

Read leniently from any kind of badge, since nothing here is verified.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from mcred.badges.json_reader import JsonObject
from mcred.badges.others.assertion import read_date
from mcred.badges.proof import issuer_of


class Heading(Struct, frozen=True, kw_only=True):
    """The claims; each empty when the file does not have it in plain text."""

    title: str
    holder: str
    issuer: str
    issued: str = ""
    expires: str = ""
    """Dates as YYYY-MM-DD."""


def read_heading(document: JsonObject) -> Heading:
    """Read a badge's title, holder and issuer, unverified."""
    subject, badge = _object(document.get("credentialSubject")), _object(document.get("badge"))
    achievement, issuer = _object(subject.get("achievement")), _object(document.get("issuer"))
    older = _object(badge.get("issuer"))
    known_older = older.get("id") or older.get("origin")
    name = _first(issuer.get("name"), older.get("name"))
    known = _first(issuer_of(document), known_older, badge.get("issuer"))
    return Heading(
        title=_first(achievement.get("name"), document.get("name"), badge.get("name")),
        holder=_first(*_holders(subject), *_older_holders(document.get("recipient"))),
        issuer=f"{name} ({known})" if name and known else name or known,
        issued=_date(document, "awardedDate", "validFrom", "issuanceDate", "issuedOn", "issued_on"),
        expires=_date(document, "validUntil", "expirationDate", "expires"),
    )


def _older_holders(recipient: Any) -> Iterator[Any]:
    person = _object(recipient)
    if isinstance(recipient, str) and "$" not in recipient:
        yield recipient
    if person.get("hashed") is not True and "$" not in str(person.get("identity")):
        yield person.get("identity")


def _date(document: JsonObject, *names: str) -> str:
    found = (read_date(document[name]) for name in names if name in document)
    return next((str(moment.date()) for moment in found if moment is not None), "")


def _holders(subject: JsonObject) -> Iterator[Any]:
    """The holder's plain name first, then other identifiers."""
    entries = subject.get("identifier")
    plain = [e for e in entries if isinstance(e, dict)] if isinstance(entries, list) else []
    plain = [e for e in plain if e.get("hashed") is not True]
    yield from (e.get("identityHash") for e in plain if e.get("identityType") == "name")
    yield subject.get("name")
    yield from (e.get("identityHash") for e in plain)
    yield subject.get("id")


def read_object(document: JsonObject, *names: str) -> JsonObject:
    """The object inside a document at a path of names, an empty one where there is none."""
    for name in names:
        document = _object(document.get(name))
    return document


def _object(value: Any) -> JsonObject:
    return value if isinstance(value, dict) else {}


def _first(*values: Any) -> str:
    """The first value that is a non-empty text, on one line."""
    return next((" ".join(v.split()) for v in values if isinstance(v, str) and v.strip()), "")
