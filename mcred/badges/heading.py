"""A badge's own claims for a report's heading: title, holder and issuer.

Read leniently from any kind of badge, since nothing here is verified; but only from the members by which a
badge of its version is verified. Others are anything that someone wrote beside them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import Struct

from mcred.badges.checks import BEGINS, ENDS
from mcred.badges.json_reader import JsonObject
from mcred.badges.others.assertion import is_assertion, read_date
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
    begins: tuple[str, ...] = ("awardedDate", *BEGINS)
    ends: tuple[str, ...] = ENDS
    if is_assertion(document):
        badge, holders = read_object(document, "badge"), _older_holders(document.get("recipient"))
        title, name = badge.get("name"), read_object(badge, "issuer").get("name")
        begins, ends = ("issuedOn", "issued_on"), ("expires",)
    else:
        subject = read_object(document, "credentialSubject")
        title, holders = read_object(subject, "achievement").get("name"), _holders(subject)
        title, name = _first(title, document.get("name")), read_object(document, "issuer").get("name")
    name, known = _first(name), read_issuer_id(document)
    return Heading(
        title=_first(title),
        holder=_first(*holders),
        issuer=f"{name} ({known})" if name and known else name or known,
        issued=next(_dates(document, *begins), ""),
        expires=min(_dates(document, *ends), default=""),
    )


def read_issuer_id(document: JsonObject) -> str:
    """The id by which a badge names its issuer, unverified; '' for none."""
    if not is_assertion(document):
        return _first(issuer_of(document))
    older = read_object(document, "badge", "issuer")
    return _first(older.get("id"), older.get("origin"), read_object(document, "badge").get("issuer"))


def read_achievements(document: JsonObject) -> frozenset[str]:
    """The ids and names by which a badge says what was achieved, unverified."""
    path = ("badge",) if is_assertion(document) else ("credentialSubject", "achievement")
    place = read_object(document, *path)
    return frozenset(text for word in ("id", "name") if isinstance(text := place.get(word), str) and text)


def _older_holders(recipient: Any) -> Iterator[Any]:
    person = _object(recipient)
    if isinstance(recipient, str) and "$" not in recipient:
        yield recipient
    if person.get("hashed") is not True and "$" not in str(person.get("identity")):
        yield person.get("identity")


def _dates(document: JsonObject, *names: str) -> Iterator[str]:
    found = (read_date(document[name]) for name in names if name in document)
    return (str(moment.date()) for moment in found if moment is not None)


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
