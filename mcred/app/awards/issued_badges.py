"""Every badge ever issued to a person, with its current status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from mcred.app.workspace import Workspace
from mcred.badges.json_reader import read_json
from mcred.domain.award import badge_folder, stack_badge_folder
from mcred.domain.catalog import Record
from mcred.domain.ids import PersonId, StackId
from mcred.domain.layout import parse_path
from mcred.domain.stack_badge import StackRecord
from mcred.problems import McredError
from mcred.store.snapshot import read_blobs

Became = Literal["holds", "revoked", "replaced", "expired"]


class IssuedBadge(Struct, frozen=True, kw_only=True):
    """One badge as issued."""

    name: str
    """The micro-credential's id, or `stacks/` and the stack's."""
    attempt: int
    number: int
    folder: str
    """The folder of its pages below the site's root, with a trailing slash."""
    data: bytes
    document: Mapping[str, Any]
    became: Became
    why: str = ""
    record: Record | None = None
    """The record it was earned in; None for a stack badge."""

    @property
    def title(self) -> str:
        """The badge's title."""
        return str(self.document.get("name", self.name))

    @property
    def is_signed(self) -> bool:
        """Whether it carries a proof."""
        return "proof" in self.document

    def moment(self, member: str) -> datetime | None:
        """A date of the badge: `validFrom` or `validUntil`."""
        return read_moment(self.document.get(member))


def read_moment(value: object) -> datetime | None:
    """A badge's date as a datetime; None for anything else, or without a time zone."""
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return found if found.tzinfo else None


def find_badges(ws: Workspace, person: PersonId) -> tuple[IssuedBadge, ...]:
    """A person's badges by micro-credential, then stack, each in the order they were issued."""
    records = ws.catalog.records_of(person)
    return (*(held for record in records for held in _earned(ws, record)), *_stacked(ws, person))


def _earned(ws: Workspace, record: Record) -> Iterator[IssuedBadge]:
    for attempt in sorted({*record.awards, *(a for a, _ in record.issued_again)}):
        documents = record.documents(attempt)
        for number, data in documents.items():
            document = _read(data)
            became, why = _became(ws, record, attempt, document, newest=number == max(documents))
            yield IssuedBadge(
                name=record.id.credential,
                attempt=attempt,
                number=number,
                folder=badge_folder(record.id, attempt, number),
                data=data,
                document=document,
                became=became,
                why=why,
                record=record,
            )


def _became(
    ws: Workspace, record: Record, attempt: int, document: Mapping[str, Any], *, newest: bool
) -> tuple[Became, str]:
    if attempt in record.revocations:
        revocation = record.revocations[attempt]
        return "revoked", f"on {revocation.revoked.date()}: {revocation.reason}" if revocation else ""
    return _became_by_itself(ws, document, newest=newest)


def _became_by_itself(ws: Workspace, document: Mapping[str, Any], *, newest: bool) -> tuple[Became, str]:
    if not newest:
        return "replaced", "by a later one"
    ends = read_moment(document.get("validUntil"))
    if ends is not None and ends < ws.ctx.now():
        return "expired", f"on {ends.date()}"
    return "holds", ""


def _stacked(ws: Workspace, person: PersonId) -> Iterator[IssuedBadge]:
    found: list[tuple[StackId, int, str]] = sorted(
        (what.stack, what.number, path)
        for path in ws.tree.entries
        if (what := parse_path(path)) is not None
        and what.kind == "stack award"
        and what.person == person
        and what.stack is not None
    )
    stored = read_blobs(ws.repo, [ws.tree.entries[path].blob for _, _, path in found])
    for stack, number, path in found:
        data = stored[ws.tree.entries[path].blob]
        document = _read(data)
        became, why = _became_of_stack(ws, ws.catalog.stacked[(person, stack)], number, document)
        yield IssuedBadge(
            name=f"stacks/{stack}",
            attempt=number,
            number=1,
            folder=stack_badge_folder(person, stack, number),
            data=data,
            document=document,
            became=became,
            why=why,
        )


def _became_of_stack(
    ws: Workspace, record: StackRecord, number: int, document: Mapping[str, Any]
) -> tuple[Became, str]:
    newest = record.newest_of(number)
    if newest in record.revocations:
        revocation = record.revocations[newest]
        return "revoked", f"on {revocation.revoked.date()}: {revocation.reason}" if revocation else ""
    return _became_by_itself(ws, document, newest=newest == number)


def _read(data: bytes) -> Mapping[str, Any]:
    try:
        return read_json(data)
    except McredError:
        return {}
