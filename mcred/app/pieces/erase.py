"""Erases pieces of judged work: their files leave main, and the award stays proved by the commitments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec import field

from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Notice
from mcred.app.fetch import Fetching
from mcred.app.pending import read_disclosures
from mcred.app.pieces.find import JudgedPiece, JudgedPieces, find_judged, pick_piece
from mcred.app.pieces.rewrite_shown import rewrite_shown
from mcred.app.pieces.shown import find_shown
from mcred.app.pieces.unpublish import without
from mcred.app.sealed.match import file_digests
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.workspace import Workspace
from mcred.domain.erasure import Erasure, erased_contents, may_erase, without_disclosures
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.layout import disclosures_path, erasure_path, folder_of, submission_path
from mcred.domain.pieces import Disclosures
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, next_step
from mcred.store.write import put_blob


class EraseResult(Result, frozen=True, kw_only=True):
    """What was erased."""

    submission: SubmissionId
    pieces: tuple[JudgedPiece, ...] = ()


class Erase(Command[EraseResult], frozen=True, kw_only=True):
    """Erase pieces of the attempt that was decided last; without `submission`, of my only one with them."""

    fetching: ClassVar[Fetching] = "must"
    pieces: tuple[str, ...] = ()
    submission: str | None = field(default=None, name="of")
    reason: str = ""

    def plan(self, ws: Workspace) -> ErasePlan | EraseResult:
        """What is erased. Raises McredError for no such piece, and for a user who may not."""
        found = find_judged(ws, self.pieces, self.submission)
        me = ws.confirmed()
        if not may_erase(me, found.submission.earner, ws.catalog.programme.roles):
            raise McredError(
                f"only {found.submission.earner} and issuers erase pieces of {found.submission}",
                hint=next_step("explain", found.submission),
                code=Exit.NOT_ALLOWED,
            )
        gone = {name for piece in found.erased for name in (piece.item, piece.commitment) if name}
        left = tuple(name for name in self.pieces if found.called(name) or name not in gone)
        if not left:
            return EraseResult(ws=ws, status="not needed", submission=found.submission)
        chosen = _with_same_file(found, [pick_piece(found, name) for name in left])
        listing = submission_path(found.submission).rpartition("/")[2]
        if any(piece.file == listing for piece in chosen):
            raise McredError(
                f"{listing} lists the other pieces, so it stays; erase the pieces themselves",
                hint=next_step("explain", found.submission),
            )
        return ErasePlan(command=self, found=found, chosen=chosen)


def _with_same_file(found: JudgedPieces, named: list[JudgedPiece]) -> tuple[JudgedPiece, ...]:
    """The named pieces with all that lie in the same files, or have the same content."""
    files = {piece.file for piece in named if piece.file}
    contents = {piece.content.digest for piece in named if piece.content.digest is not None}
    contents |= {p.content.digest for p in found.pieces if p.file in files and p.content.digest is not None}
    return tuple(p for p in found.pieces if p in named or p.file in files or p.content.digest in contents)


class ErasePlan(Plan[EraseResult], frozen=True, kw_only=True):
    """The pieces that are erased, those included that lie in the same file."""

    command: Erase
    found: JudgedPieces
    chosen: tuple[JudgedPiece, ...]

    def questions(self) -> Iterator[Question]:
        """The reason, where it is open."""
        if not self.command.reason.strip():
            yield Question(
                field="reason", text="Why is it erased? It stays on record", option='--reason "TEXT"'
            )

    def preview(self) -> Iterator[Notice]:
        """What is erased, and what erasing it does not reach."""
        yield Notice(text=f"Of {self.found.submission}, attempt {self.found.decision.attempt}:")
        for piece in self.chosen:
            what = f"“{piece.title}”"
            yield Notice(text=f"{what} ({piece.file})" if piece.file else what, indent=2)
        yield Notice(
            text="Their files leave the programme's record as it stands, and its pages with the next build. "
            "The award stays proved. Its history and other people's copies still hold these files; "
            "that cannot be undone here. The signed badge and submission.yaml still name what they named."
        )

    def confirmation(self) -> Confirmation:
        """Asks whether to erase them."""
        count = "1 piece" if len(self.chosen) == 1 else f"{len(self.chosen)} pieces"
        return Confirmation(
            would=f"Would erase {count} of {self.found.submission}. Nothing was changed.",
            question=f"Erase {count} for good?",
            kept="Nothing was erased.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> EraseResult:
        """Erase them on main. Raises McredError where another change came first."""
        about = self.found.submission
        again = next_step("erase", *self.command.pieces, "--of", about, "--reason", "…")
        after = commit_to_main(ws, self._erase, again)
        if after.me == about.earner and after.me in find_shown(after.repo):
            # Pages leave out what was erased; its bytes leave the earner's own ref too.
            gone = {piece.committed.commitment for piece in self.chosen}
            after = rewrite_shown(after, lambda _, before: without(before, gone), again)
        return EraseResult(ws=after, submission=about, pieces=self.chosen)

    def _erase(self, ws: Workspace) -> ChangeSet:
        about, attempt = self.found.submission, self.found.decision.attempt
        record = ws.catalog.records[about]
        if record.decision is None or record.decision.attempt != attempt:
            raise McredError(
                f"{about} was decided again meanwhile", hint=next_step("explain", about), code=Exit.CHANGED
            )
        erasure = Erasure(
            format=2,
            submission=about,
            attempt=attempt,
            number=1 + sum(e.attempt == attempt for e in record.erasures),
            by=ws.person(),
            erased=stamp(ws),
            reason=self.command.reason,
            pieces=tuple(piece.committed.commitment for piece in self.chosen),
        )
        changes: dict[str, BlobId | None] = {
            erasure_path(about, attempt, erasure.number): put_blob(ws.repo, encode(erasure))
        }
        opened: list[str] = []
        for number in range(1, attempt + 1):
            found = read_disclosures(ws.repo, ws.main, about, number)
            if found is None:
                continue
            opened += found.disclosures
            left = without_disclosures(found.disclosures, erasure.pieces)
            if left != found.disclosures:
                rest = encode(Disclosures(format=2, disclosures=left))
                changes[disclosures_path(about, number)] = put_blob(ws.repo, rest)
        gone, prefix = erased_contents(opened, erasure.pieces), folder_of(about) + "/"
        digests = file_digests(ws.repo, ws.main, about)
        changes.update({prefix + path: None for path, digest in digests.items() if digest in gone})
        text = message(f"Erase {len(erasure.pieces)} pieces of {about}", "erase", about, attempt)
        return ChangeSet(changes=changes, merged=(), text=text)
