"""What an earner publishes: a list on a ref of its own, and beside it the files as they go out.

    shown.json                     the list
    files/<SHA-256>.<ending>       a file without its hidden information

No part of the record: its earner rewrites it whenever they like, and no one confirms it. Each entry brings
the disclosure that opens its commitment, so that whoever has the record can tell that it was assessed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

from msgspec.structs import replace

from mcred.domain.catalog import Record
from mcred.domain.disclosure import commitment_of
from mcred.domain.erasure import erased_pieces
from mcred.domain.ids import Doc, Line, PersonId, Slug, SubmissionId
from mcred.domain.layout import SHOWN_LIST, is_shown_path, shown_path
from mcred.domain.pieces import PieceContent, read_disclosure
from mcred.domain.record_file import RecordFile, RecordPart

MOST = 1000
"""The most pieces that one person shows, the most badges earned elsewhere, the most endorsements."""
TAKEN = frozenset({"did", "did-configuration", "issuer", "jwks", "keys", "openid-configuration", "profile"})
"""Names that no such badge or endorsement has: a file of that name is where others look for keys."""
_FILE = re.compile(r"[0-9a-f]{64}\.[a-z0-9]{2,4}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_BADGE_FILE = re.compile(r"[0-9a-f]{64}\.(json|jwt)")


class ShownPiece(RecordPart, frozen=True, kw_only=True):
    """A piece of evidence that is shown; what it is, and words about it, stand in its disclosure."""

    submission: SubmissionId
    attempt: int
    title: Line
    disclosure: Annotated[str, Doc("Opens its commitment in the request of this attempt.")]
    file: Annotated[str, Doc("The SHA-256 of what is shown, and an ending; left out for a link.")] = ""

    @property
    def commitment(self) -> str:
        """The commitment that it opens."""
        return commitment_of(self.disclosure)

    @property
    def content(self) -> PieceContent:
        """What its disclosure says. Raises ValueError for none of a piece of evidence."""
        found = read_disclosure(self.disclosure)
        if found is None or found.name != "evidence" or found.item is None:
            raise ValueError("it opens no piece of evidence")
        return found

    @property
    def is_as_assessed(self) -> bool:
        """Whether its file is, byte for byte, the one that was assessed."""
        digest = self.content.digest
        return digest is not None and self.file.startswith(f"{digest.sha256}.")


class ShownBadge(RecordPart, frozen=True, kw_only=True):
    """A badge earned elsewhere that is shown, or an endorsement. What it says of itself is in its file."""

    name: Slug
    file: Annotated[str, Doc("The SHA-256 of its file, and `.json` or `.jwt`.")]


class ShownList(RecordFile, frozen=True, kw_only=True, tag="shown"):
    """`shown.json`: everything that one person shows."""

    format: Literal[2]
    person: PersonId
    hidden: Annotated[bool, Doc("No page of theirs is shown, whatever the profile says.")] = False
    pieces: tuple[ShownPiece, ...] = ()
    elsewhere: Annotated[tuple[ShownBadge, ...], Doc("Badges that they earned elsewhere.")] = ()
    endorsements: Annotated[tuple[ShownBadge, ...], Doc("What others say of their badges.")] = ()
    withdrawn: Annotated[
        tuple[str, ...],
        Doc("Endorsements they withdrew: the SHA-256 of each signer, a line feed, and the id."),
    ] = ()

    @property
    def files(self) -> frozenset[str]:
        """The files of everything on it."""
        named = (*self.elsewhere, *self.endorsements)
        return frozenset((*(p.file for p in self.pieces if p.file), *(b.file for b in named)))


def explain_list(listed: ShownList, person: PersonId, paths: Collection[str]) -> Iterator[str]:
    """Why a list is not what a person's shown ref may hold. `paths`: those of all files on the ref."""
    if listed.person != person:
        yield f"its list is {listed.person}'s"
    counts = (
        ("pieces", len(listed.pieces)),
        ("badges", len(listed.elsewhere)),
        ("endorsements", len(listed.endorsements)),
        ("withdrawn endorsements", len(listed.withdrawn)),
    )
    for what, count in counts:
        if count > MOST:
            yield f"it lists {count} {what}, more than {MOST}"
            return
    named = {SHOWN_LIST, *map(shown_path, listed.files)}
    seen: set[tuple[SubmissionId, int, str]] = set()
    for piece in listed.pieces:
        yield from _explain_piece(piece, person)
        if (key := (piece.submission, piece.attempt, piece.commitment)) in seen:
            yield f"it lists “{piece.title}” twice"
        seen.add(key)
    yield from _explain_badges("a badge", listed.elsewhere)
    yield from _explain_badges("an endorsement", listed.endorsements)
    if not all(map(_DIGEST.fullmatch, listed.withdrawn)):
        yield "what it lists as withdrawn is not a SHA-256"
    for path in sorted({*paths} - named):
        yield f"{path} is not a piece on its list" if is_shown_path(path) else f"{path} does not belong there"
    for path in sorted(named - {*paths}):
        yield f"{path} is missing"


def _explain_badges(kind: str, badges: tuple[ShownBadge, ...]) -> Iterator[str]:
    named = kind.replace("an ", "the ").replace("a ", "the ")
    for name, count in Counter(badge.name for badge in badges).items():
        if count > 1:
            yield f"it lists {named} {name} {count} times"
    for badge in badges:
        if badge.name in TAKEN:
            yield f"{kind} cannot have the name {badge.name}, that of a file with an issuer's keys"
        if not _BADGE_FILE.fullmatch(badge.file):
            yield f"{named} {badge.name} cannot have the file {badge.file[:80]}"


def _explain_piece(piece: ShownPiece, person: PersonId) -> Iterator[str]:
    if piece.submission.earner != person:
        yield f"“{piece.title}” is of {piece.submission}"
    try:
        content = piece.content
    except ValueError as error:
        yield f"“{piece.title}”: {error}"
        return
    if piece.file and (content.digest is None or not _FILE.fullmatch(piece.file)):
        yield f"“{piece.title}” cannot have the file {piece.file[:80]}"
    if content.digest is not None and not piece.file:
        yield f"the file of “{piece.title}” is missing"


def is_judged(piece: ShownPiece, record: Record | None) -> bool:
    """Whether a shown piece is one that an award was given for, and was not erased since."""
    request = record.requests.get(piece.attempt) if record is not None else None
    if record is None or request is None or piece.attempt not in record.awards:
        return False
    known = next((p for p in request.pieces if p.commitment == piece.commitment), None)
    same = known is not None and (known.item, known.type) == (piece.content.item, piece.content.type)
    return same and piece.commitment not in erased_pieces(record.erasures)


def leaves_out(now: ShownList, before: ShownList, records: Mapping[SubmissionId, Record]) -> bool:
    """Whether a list is an earlier one without pieces that do not count any more."""
    out = set(before.pieces) - set(now.pieces)
    return (
        replace(now, pieces=()) == replace(before, pieces=())
        and set(now.pieces) <= set(before.pieces)
        and not any(is_judged(piece, records.get(piece.submission)) for piece in out)
    )


def shown_of(
    listed: ShownList | None, records: Mapping[SubmissionId, Record]
) -> Mapping[tuple[SubmissionId, int], tuple[ShownPiece, ...]]:
    """The pieces that count, by submission and attempt."""
    found: dict[tuple[SubmissionId, int], tuple[ShownPiece, ...]] = {}
    for piece in listed.pieces if listed is not None else ():
        if is_judged(piece, records.get(piece.submission)):
            place = (piece.submission, piece.attempt)
            found[place] = (*found.get(place, ()), piece)
    return found
