"""Finds a piece of an attempt that was judged, by what people call it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from msgspec import Struct

from mcred.app.lookup import parse_submission, pick_submission
from mcred.app.pending import read_disclosures, read_edition, read_request, read_submitted
from mcred.app.sealed.attempts import find_work
from mcred.app.workspace import Workspace
from mcred.domain.catalog import Record
from mcred.domain.credential import Credential
from mcred.domain.decision import Decision
from mcred.domain.disclosure import commitment_of
from mcred.domain.erasure import erased_pieces, without_disclosures
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import answers_file, folder_of
from mcred.domain.pieces import PieceContent, evidence_pieces, read_disclosure
from mcred.domain.sealed.large_file import LARGE, read_pointer
from mcred.domain.submission import MAX_FILE, CommittedPiece, Evidence, Work, stored_name
from mcred.domain.text import as_typed
from mcred.problems import McredError, next_step
from mcred.store.batch import read_files

LEAST = 6
"""The fewest characters of a commitment that name a piece."""


class JudgedPiece(Struct, frozen=True, kw_only=True):
    """A piece of an attempt that was judged, opened."""

    committed: CommittedPiece
    disclosure: str
    content: PieceContent
    title: str
    """What it was asked for as; for a file that no criterion is judged by, its name."""
    file: str
    """Its path below the submission's folder; of an answer, that of the part; empty for a link."""
    entry: Evidence | None = None
    """What the list of evidence says of it."""

    @property
    def names(self) -> Iterator[str]:
        """What people may call it: its item, its title, its path, the file's name."""
        if self.entry is not None:
            yield self.entry.title
        if self.committed.item is not None:
            yield self.committed.item
        if self.file and self.content.name != "answer":
            yield self.file
            yield posixpath.basename(self.file)

    def __str__(self) -> str:
        return self.file if self.content.digest else str(self.committed.item)


class JudgedPieces(Struct, frozen=True, kw_only=True):
    """The pieces of an attempt that was judged, as far as they can be opened."""

    submission: SubmissionId
    decision: Decision
    work: Work
    pieces: tuple[JudgedPiece, ...]
    erased: tuple[CommittedPiece, ...]
    """Those that were erased, which nothing opens any more."""
    is_sealed: bool
    """Whether only its readers have the work."""

    def called(self, name: str) -> tuple[JudgedPiece, ...]:
        """Those that people call `name`: an item, a title, a file (by the name that its earner has, too),
        or the beginning of a commitment."""
        typed = as_typed(name).strip("/")
        stored = "".join(stored_name(posixpath.basename(typed)))
        by_name = tuple(p for p in self.pieces if typed in map(as_typed, p.names)) or tuple(
            p for p in self.pieces if p.file and stored == posixpath.basename(p.file)
        )
        if by_name or len(typed) < LEAST:
            return by_name
        return tuple(p for p in self.pieces if short_name(p.committed.commitment).startswith(typed))

    def knows(self, name: str) -> bool:
        """Whether a piece is, or was before it was erased, called `name`."""
        return bool(self.called(name)) or any(name in (p.item, p.commitment) for p in self.erased)


def find_judged(ws: Workspace, names: tuple[str, ...], submission: str | None) -> JudgedPieces:
    """The pieces of the attempt that was decided last, of a submission or of my only one with such pieces.

    `names`: what people call the pieces that are meant. Raises McredError where none was decided, where
    several of mine have these, and where the pieces cannot be opened here.
    """
    if submission is not None:
        return _open_decided(ws, parse_submission(ws, submission))
    me = ws.person()
    mine = [r.id for r in ws.catalog.records_of(me) if r.decision is not None]
    if not mine:
        raise McredError("none of your work has been assessed yet", hint=next_step("status"))
    if len(mine) == 1:
        return _open_decided(ws, mine[0])
    found = [_open_decided(ws, one) for one in mine]
    having = [one for one in found if all(one.knows(name) for name in names)]
    if len(having) == 1:
        return having[0]
    if not having:
        unknown = [name for name in names if not any(one.knows(name) for one in found)]
        what = f"has a piece '{unknown[0]}'" if unknown else f"has all of {', '.join(names)}"
        raise McredError(f"none of your assessed work {what}", hint=next_step("explain", found[0].submission))
    those = [one.submission for one in having]
    again = f"{ws.ctx.typed} --of {those[0].credential}"
    return having[those.index(pick_submission(ws, those, "from which submission", again))]


def find_earlier(ws: Workspace, found: JudgedPieces) -> tuple[tuple[JudgedPieces, ...], tuple[int, ...]]:
    """The pieces of the earlier attempts that were decided and whose work is sealed; and the attempts among
    them that cannot be opened here."""
    opened, shut = [], []
    record = ws.catalog.records[found.submission]
    for decision in record.decisions:
        request = read_request(ws.repo, decision.judged, found.submission)
        if decision.attempt == found.decision.attempt or request is None or request.work is None:
            continue
        try:
            opened.append(_open_judged(ws, record, decision))
        except McredError:
            shut.append(decision.attempt)
    return tuple(opened), tuple(shut)


def _open_decided(ws: Workspace, submission: SubmissionId) -> JudgedPieces:
    record = ws.catalog.records.get(submission)
    if record is None or record.decision is None:
        raise McredError(f"{submission} has not been assessed yet", hint=next_step("status"))
    return _open_judged(ws, record, record.decision)


def _open_judged(ws: Workspace, record: Record, decision: Decision) -> JudgedPieces:
    submission = record.id
    definition = read_edition(ws.repo, decision.definition.blob, submission.credential)
    at = find_work(ws, submission, decision.judged)
    work, _ = read_submitted(ws.repo, at, submission, definition)
    request = read_request(ws.repo, decision.judged, submission)
    # Where the work lies on main, that is where what opens an erased piece is taken out.
    beside = ws.main if at == decision.judged else at
    opened = read_disclosures(ws.repo, beside, submission, decision.attempt)
    if request is None or opened is None:
        what = f"the pieces of {submission}, attempt {decision.attempt}, cannot be opened here"
        raise McredError(what, hint=next_step("explain", submission))
    gone = erased_pieces(record.erasures)
    found = _open(request.pieces, without_disclosures(opened.disclosures, gone), work, definition)
    return JudgedPieces(
        submission=submission,
        decision=decision,
        work=work,
        pieces=tuple(found),
        erased=tuple(piece for piece in request.pieces if piece.commitment in gone),
        is_sealed=at != decision.judged,
    )


def _open(
    committed: tuple[CommittedPiece, ...], disclosures: tuple[str, ...], work: Work, definition: Credential
) -> Iterator[JudgedPiece]:
    titles = {item.id: item.title for item in definition.items}
    parts = {item.id: answers_file(definition, part) for part in definition.parts for item in part.items}
    entries = {
        piece.commitment: entry
        for piece, entry in zip(evidence_pieces(committed, work), work.submission.evidence, strict=False)
    }
    opened = {commitment_of(disclosure): disclosure for disclosure in disclosures}
    for piece in committed:
        disclosure = opened.get(piece.commitment, "")
        content = read_disclosure(disclosure)
        if content is None:
            continue
        entry = entries.get(piece.commitment)
        file = str(content.value.get("file", "")) if content.name == "file" else ""
        if content.name == "answer" and piece.item is not None:
            file = parts.get(piece.item, "")
        elif entry is not None:
            file = entry.file
        title = titles.get(piece.item, piece.item) if piece.item is not None else file
        yield JudgedPiece(
            committed=piece, disclosure=disclosure, content=content, title=title, file=file, entry=entry
        )


def read_content(ws: Workspace, found: JudgedPieces, piece: JudgedPiece) -> bytes | None:
    """The bytes of a piece's file as it was judged; None for an answer and for a link.

    Raises McredError for a large file.
    """
    if piece.content.name == "answer" or piece.content.digest is None:
        return None
    path = f"{folder_of(found.submission)}/{piece.file}"
    at = find_work(ws, found.submission, found.decision.judged)
    content = read_files(ws.repo, [(at, path)], max_bytes=MAX_FILE)[0]
    if content is not None and (large := read_pointer(content)) is not None:
        size, most = large.bytes // 2**20, LARGE // 2**20
        raise McredError(
            f"{piece.file} has {size} MB, and files over {most} MB are neither on pages nor revealed",
            hint="share the file itself, or a link to where it is stored",
        )
    return content


def pick_piece(found: JudgedPieces, name: str) -> JudgedPiece:
    """The piece that people call `name`. Raises McredError that lists them where it is none, or several."""
    meant = found.called(name)
    if len(meant) == 1:
        return meant[0]
    if meant:
        names = ", ".join(map(distinct_name, meant))
        what = f"'{name}' matches {len(meant)} pieces; say which one: {names}"
    else:
        what = f"{found.submission} has no piece '{name}'; it has {', '.join(map(str, found.pieces))}"
    raise McredError(what, hint=next_step("explain", found.submission))


def distinct_name(piece: JudgedPiece) -> str:
    """A name that no other piece of the attempt has."""
    if piece.content.digest is not None:
        return piece.file
    return piece.entry.title if piece.entry else short_name(piece.committed.commitment)[:8]


def short_name(commitment: str) -> str:
    """A commitment as it can be typed: without what a command would take for an option.

    >>> short_name("-HpW6Wje")
    'HpW6Wje'
    """
    return commitment.lstrip("-")
