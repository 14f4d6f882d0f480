"""An earner's work for one micro-credential: answers, evidence, and checks for completeness.

`find_gaps` is what `check` prints and what blocks a `submit`. What a request commits to is `domain.pieces`.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import replace

from mcred.domain.assessment import DefinitionRef
from mcred.domain.credential import Attestation, Credential, Item
from mcred.domain.ids import (
    BlobId,
    CommitId,
    CredentialId,
    Doc,
    Line,
    PersonId,
    Prose,
    Slug,
    SubmissionId,
    Url,
    Version,
    is_hex,
    suggest_id,
)
from mcred.domain.programme import Programme, Rule
from mcred.domain.record_file import RecordFile, RecordPart
from mcred.domain.text import as_typed
from mcred.problems import Place, Problem

MAX_FILE = 25 * 1024 * 1024
"""The largest evidence file kept in git, in bytes; larger ones are linked with their SHA-256."""
MAX_LARGE = 5 * 1024**3
"""The largest evidence file that is kept as a Git LFS object (`domain.sealed.large_file`)."""
MAX_TEXT = 256 * 1024
"""The largest written part, in bytes; a larger one is not read."""


class Evidence(Struct, frozen=True, kw_only=True):
    """One artifact: a file of the portfolio, or a link with the SHA-256 of what it led to."""

    item: Slug
    type: Slug
    title: Line
    file: Annotated[str, Meta(max_length=400), Doc("Path below the submission's folder.")] = ""
    url: Url = ""
    sha256: Annotated[
        str, Meta(max_length=64), Doc("Of what the link leads to, so that it can be checked later.")
    ] = ""
    about: Prose = ""
    students: Annotated[bool, Doc("Students can be seen, heard, or named.")] = False


class Submission(Struct, frozen=True, kw_only=True):
    """`submission.yaml`, as the earner writes it."""

    format: Literal[2]
    credential: CredentialId
    version: Version
    attempt: Annotated[int, Doc("Counts from 1; mcred raises it.")] = 1
    note: Annotated[Prose, Doc("What changed since the last attempt.")] = ""
    attestations: tuple[Attestation, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    def called(self, name: str) -> tuple[Evidence, ...]:
        """The evidence that people call `name`: its title, link, or file, also by the name that its earner
        has; or the item that it is for."""
        typed = as_typed(name)
        path = typed.replace("\\", "/")
        base = posixpath.basename(path)
        tests: tuple[Callable[[Evidence], bool], ...] = (
            lambda e: (
                typed in (as_typed(e.title), e.url)
                or (bool(e.file) and f"/{path}".endswith(f"/{as_typed(e.file)}"))
            ),
            lambda e: base == as_typed(posixpath.basename(e.file)) != "",
            lambda e: "".join(stored_name(base)) == posixpath.basename(e.file),
            lambda e: typed == e.item,
            lambda e: (
                typed.casefold() in (as_typed(e.title).casefold(), posixpath.basename(e.file).casefold())
            ),
        )
        return next((found for test in tests if (found := tuple(filter(test, self.evidence)))), ())


class Load(RecordPart, frozen=True, kw_only=True):
    """How many reviews a possible assessor had open when the panel was chosen."""

    person: PersonId
    open: int


class DrawPool(RecordPart, frozen=True, kw_only=True):
    """All who could be asked, of whom a request names only the first."""

    sha256: Annotated[
        str,
        Meta(max_length=64),
        Doc("Of the ids of all, sorted, each followed by a line feed, in hexadecimal digits."),
    ]
    open: Annotated[
        tuple[int, ...],
        Doc("How many of them had 0, 1, 2 … open reviews; who had more than allowed counts as at the limit."),
    ]


class CommittedPiece(RecordPart, frozen=True, kw_only=True):
    """A piece of the submission as sent, by its commitment (`domain.pieces`)."""

    commitment: Annotated[str, Meta(max_length=43), Doc("The digest of its disclosure (RFC 9901).")]
    item: Annotated[Slug | None, Doc("Left out for a file that no criterion is judged by.")] = None
    type: Slug


class ReviewRequest(RecordFile, frozen=True, kw_only=True, tag="request"):
    """`attempts/<n>/request.json`: the panel, its rule, the commit of main it was read from, the last day."""

    format: Literal[2]
    submission: SubmissionId
    attempt: int
    definition: DefinitionRef
    main: Annotated[CommitId, Doc("The program's state that rule, people and definition were read from.")]
    rule: Rule
    assessed_before: Annotated[int, Doc("Decided submissions of this micro-credential by then.")]
    panel: tuple[PersonId, ...]
    candidates: Annotated[
        tuple[Load, ...],
        Doc("The first who could be asked, in their order: the panel, and those who come next."),
    ]
    pool: DrawPool
    at_limit: Annotated[
        tuple[PersonId, ...],
        Doc("Candidates who were not asked, having as many open reviews as the policy allows."),
    ] = ()
    reasons: tuple[Prose, ...] = ()
    carried: Annotated[tuple[Slug, ...], Doc("Criteria whose evidence is unchanged: level kept.")] = ()
    requested: datetime
    due: date
    pieces: Annotated[
        tuple[CommittedPiece, ...], Doc("Everything in the folder: answers, evidence, other files.")
    ]
    attestations: tuple[Attestation, ...] = ()
    work: Annotated[
        CommitId | None, Doc("Where the work is sealed: the commit that holds it (`domain.sealed.work`).")
    ] = None

    @property
    def asked(self) -> tuple[PersonId, ...]:
        """Those of the panel who were asked; the other seats were vacant from the start."""
        return tuple(p for p in self.panel if p not in self.at_limit)


class Answer(Struct, frozen=True, kw_only=True):
    """The text under one heading of a written part."""

    text: str
    words: int
    where: Place


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file as stored: its content's id and size in bytes."""

    blob: BlobId
    size: int


class Work(Struct, frozen=True, kw_only=True):
    """A submission's folder as read: the list, the answers by item, the files by path below it."""

    id: SubmissionId
    submission: Submission
    where: Place
    answers: Mapping[Slug, Answer]
    files: Mapping[str, StoredFile]
    request: ReviewRequest | None = None
    entry_lines: tuple[int, ...] = ()
    """The line of each piece of evidence in the list, where known."""

    def place_of(self, piece: Evidence) -> Place:
        """The position of a piece of evidence in the list."""
        number = self.submission.evidence.index(piece)
        line = self.entry_lines[number] if number < len(self.entry_lines) else self.where.line
        return replace(self.where, line=line)

    def has_consent(self, piece: Evidence) -> bool:
        """Whether consent was confirmed for what a piece shows of students, where it shows any."""
        return not piece.students or "student-consent" in self.submission.attestations

    def evidence_of(self, item: Item) -> tuple[Evidence, ...]:
        """The artifacts handed in for an item."""
        return tuple(e for e in self.submission.evidence if e.item == item.id)


def stored_name(name: str) -> tuple[str, str]:
    """Stem and ending under which a file of evidence is stored, so that every computer can store it.

    >>> stored_name("IMG 0001.HEIC")
    ('img-0001', '.heic')
    """
    stem, ending = posixpath.splitext(name.rstrip(". "))
    return suggest_id(stem) or "evidence", re.sub(r"[^a-z0-9.]", "", ending.lower())[:10].rstrip(".")


def largest_file(programme: Programme) -> int:
    """The most bytes of a file of evidence: where work is sealed, a large one is a Git LFS object."""
    return MAX_LARGE if programme.work == "sealed" else MAX_FILE


def find_gaps(
    work: Work, definition: Credential, *, sending: bool = False, largest: int = MAX_FILE
) -> tuple[Problem, ...]:
    """Everything that keeps a submission from being complete, in the order of the parts.

    `sending` also asks for the attestations, which `submit` collects last. `largest`: the most bytes of a
    file.
    """
    return (
        *_gaps_in_answers(work, definition),
        *_gaps_in_evidence(work, definition, largest),
        *(_gaps_in_attestations(work, definition) if sending else ()),
    )


def _gaps_in_answers(work: Work, definition: Credential) -> Iterator[Problem]:
    for part in definition.parts:
        for item in part.items:
            answer = work.answers.get(item.id)
            bounds = item.words
            if answer is None or not answer.text.strip():
                if item.is_written:
                    yield Problem(
                        what=f"“{item.title}” is not answered yet",
                        where=answer.where if answer else Place(file=work.where.file),
                        hint=f"write your answer under the heading ## {item.title} in part “{part.title}”",
                    )
                continue
            if bounds is None:
                continue
            severity = "error" if bounds.mode == "limit" else "warning"
            if answer.words < bounds.min:
                yield Problem(
                    what=f"“{item.title}” has {answer.words} words, and needs at least {bounds.min}",
                    where=answer.where,
                    hint=f"add about {bounds.min - answer.words} words",
                    severity=severity,
                )
            if bounds.max is not None and answer.words > bounds.max:
                yield Problem(
                    what=f"“{item.title}” has {answer.words} words, the limit is {bounds.max}",
                    where=answer.where,
                    hint=f"cut about {answer.words - bounds.max} words",
                    severity=severity,
                )


def _gaps_in_evidence(work: Work, definition: Credential, largest: int) -> Iterator[Problem]:
    items = {i.id: i for i in definition.items}
    for piece in work.submission.evidence:
        yield from _gaps_in_piece(work, piece, items, largest)
    for item in definition.items:
        if item.is_written:
            continue
        count = len(work.evidence_of(item))
        if count < item.min:
            kinds = " or ".join(item.accepts)
            yield Problem(
                what=f"“{item.title}” needs {item.min} ({kinds}) and has {count or 'none'}",
                where=work.where,
                hint=f"mcred add FILE --for {item.id} --type {item.accepts[0]}",
            )
        if count > item.max:
            yield Problem(
                what=f"“{item.title}” accepts at most {item.max} and has {count}",
                where=work.where,
                hint=f"remove {count - item.max} from the evidence list",
            )


def _gaps_in_piece(
    work: Work, piece: Evidence, items: Mapping[Slug, Item], largest: int
) -> Iterator[Problem]:
    item = items.get(piece.item)
    if item is None or item.is_written:
        names = ", ".join(i.id for i in items.values() if not i.is_written)
        yield Problem(
            what=f"no item '{piece.item}' takes evidence",
            where=work.place_of(piece),
            hint=f"the items are {names}",
        )
    elif piece.type not in item.accepts:
        yield Problem(
            what=f"“{item.title}” does not accept {piece.type}",
            where=work.place_of(piece),
            hint=f"it accepts {', '.join(item.accepts)}",
        )
    if bool(piece.file) == bool(piece.url):
        yield Problem(
            what=f"“{piece.title}” needs either a file or a link",
            where=work.place_of(piece),
            hint="keep file: or url:, and remove the other",
        )
    elif piece.file:
        yield from _gaps_in_file(work, piece, largest)
    elif len(piece.sha256) != 64 or not is_hex(piece.sha256.lower()):
        yield Problem(
            what=f"the link “{piece.title}” has no SHA-256, so no one could tell later whether it changed",
            where=work.place_of(piece),
            hint="mcred add URL --copy FILE computes it from your own copy",
            severity="warning",
        )
    if piece.students and "student-consent" not in work.submission.attestations:
        yield Problem(
            what=f"students can be seen or named in “{piece.title}”",
            where=work.place_of(piece),
            hint="mcred submit will ask whether consent is on file",
            severity="warning",
        )


def _gaps_in_file(work: Work, piece: Evidence, largest: int) -> Iterator[Problem]:
    stored = work.files.get(piece.file)
    if stored is None:
        spelled = as_typed(piece.file).casefold()
        same = [name for name in work.files if as_typed(name).casefold() == spelled]
        yield Problem(
            what=f"the file {piece.file} was not found",
            where=work.place_of(piece),
            hint=f"it is called {same[0]}: write file: {same[0]}"
            if same
            else f"mcred add FILE --for {piece.item} --type {piece.type}",
        )
    elif stored.size == 0:
        yield Problem(what=f"the file {piece.file} is empty", where=work.place_of(piece), hint="add it again")
    elif stored.size > largest:
        yield Problem(
            what=f"the file {piece.file} has {-(-stored.size // 2**20)} MB, more than {largest // 2**20} MB",
            where=work.place_of(piece),
            hint="upload it where you keep videos, then mcred add URL --copy FILE",
        )


def needed_attestations(work: Work, definition: Credential) -> tuple[Attestation, ...]:
    """What the earner has to confirm before sending, consent included once students appear."""
    needed = dict.fromkeys(definition.attestations)
    if pieces_with_students(work, definition):
        needed["student-consent"] = None
    return tuple(needed)


def pieces_with_students(work: Work, definition: Credential) -> tuple[Evidence, ...]:
    """The evidence in which students can be seen, heard or named, as the earner or the definition says."""
    shown = {i.id for i in definition.items if i.students}
    return tuple(e for e in work.submission.evidence if e.students or e.item in shown)


def _gaps_in_attestations(work: Work, definition: Credential) -> Iterator[Problem]:
    for name in needed_attestations(work, definition):
        if name not in work.submission.attestations:
            yield Problem(
                what=f"'{name}' is not confirmed",
                where=work.where,
                hint=f"mcred submit {definition.id} --attest {name}",
            )
