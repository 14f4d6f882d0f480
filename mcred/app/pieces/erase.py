"""Erases pieces of judged work: they leave the record's newest state, the sealed work and what is published;
the award stays proved by the commitments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from msgspec import field

from mcred.app.clock import stamp
from mcred.app.commit import ChangeSet, commit_to_main
from mcred.app.context import Notice
from mcred.app.fetch import Fetching, fetch_work
from mcred.app.pending import read_disclosures
from mcred.app.pieces.find import JudgedPiece, JudgedPieces, find_earlier, find_judged, pick_piece
from mcred.app.pieces.rewrite_shown import rewrite_shown, shows_erased
from mcred.app.sealed.erased import KEEPS_ALL, drop_erased, forget_erased, send_anew, take_out
from mcred.app.sealed.line import seal_again
from mcred.app.sealed.match import file_digests
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.work.drafts import refresh, unsent_of
from mcred.app.workspace import Workspace, open_workspace, send
from mcred.domain.erasure import Erasure, erased_contents, may_erase, without_disclosures
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.layout import PRIVATE_REFS, disclosures_path, erasure_path, folder_of, submission_path
from mcred.domain.pieces import Disclosures
from mcred.formats.encode import encode
from mcred.formats.trailers import message
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.store.lfs import drop_at_remote, drop_object
from mcred.store.write import collect_garbage, put_blob

OPEN = (
    "Their files leave the program's current record, and its pages with the next build. The award "
    "stays proved. Its history and other people's copies still hold these files; that cannot be undone here. "
    "The signed badge and submission.yaml still name what they named."
)
SEALED = (
    "They leave the sealed work and this computer now, other readers' folders with their next "
    f"{next_step('sync')}, and pages with the next build. The award stays proved. Copies that someone made "
    "or exported, and backups, still hold them; that cannot be undone here. The program's server deletes its "
    "copy within a few weeks, or as soon as git gc --prune=now is run there. The signed badge and "
    "submission.yaml still name what they named."
)


class EraseResult(Result, frozen=True, kw_only=True):
    """What was erased."""

    submission: SubmissionId
    pieces: tuple[JudgedPiece, ...] = ()

    def finish(self) -> None:
        """As for any result; and forget what this folder still has, where an earlier run could not."""
        super().finish()
        if self.status == "not needed":
            _forget(self.ws, self.submission)


class Erase(Command[EraseResult], frozen=True, kw_only=True):
    """Erase pieces of the attempt that was decided last; without `submission`, of my only one with them.

    Of sealed work, what earlier attempts had as the same pieces goes too.
    """

    fetching: ClassVar[Fetching] = "must"
    pieces: tuple[str, ...] = ()
    submission: str | None = field(default=None, name="of")
    reason: str = ""

    @property
    def again(self) -> NextStep:
        """The same command."""
        of = ("--of", self.submission) if self.submission else ()
        return next_step("erase", *self.pieces, *of, "--reason", "…")

    def plan(self, ws: Workspace) -> ErasePlan | EraseResult:
        """What is erased. Raises McredError for no such piece, and for a user who may not."""
        found = find_judged(ws, self.pieces, self.submission)
        me, about = ws.confirmed(), found.submission
        if not may_erase(me, about.earner, ws.catalog.programme.roles):
            raise McredError(
                f"only {about.earner} and issuers erase pieces of {about}",
                hint=next_step("explain", about),
                code=Exit.NOT_ALLOWED,
            )
        gone = {name for piece in found.erased for name in (piece.item, piece.commitment) if name}
        left = tuple(name for name in self.pieces if found.called(name) or name not in gone)
        if not left:
            if _is_finished(ws, about):
                return EraseResult(ws=ws, status="not needed", submission=about)
            return ErasePlan(command=self, found=found, chosen=())
        chosen = _with_same_file(found, [pick_piece(found, name) for name in left])
        listing = submission_path(about).rpartition("/")[2]
        if any(piece.file == listing for piece in chosen):
            raise McredError(
                f"{listing} lists the other pieces, so it stays; erase the pieces themselves",
                hint=next_step("explain", about),
            )
        attempts, shut = find_earlier(ws, found)
        earlier = {
            piece.committed.commitment: (one.decision.attempt, piece)
            for one in attempts
            for piece in _as_before(one, left, chosen)
            if piece.file != listing
        }
        for same in chosen:
            earlier.pop(same.committed.commitment, None)
        before = tuple(earlier.values())
        return ErasePlan(command=self, found=found, chosen=chosen, earlier=before, shut=shut)


def _is_finished(ws: Workspace, about: SubmissionId) -> bool:
    """Whether sealed work, as far as it can be opened here, and pages have nothing of what was erased."""
    drafts = unsent_of(ws, about) if ws.url is not None and about.earner == ws.me else {}
    return not drafts and not take_out(ws, about).moved and not shows_erased(ws, about.earner)


def _forget(ws: Workspace, about: SubmissionId) -> None:
    """Remove from this folder what was erased, and every object that held it."""
    if ws.url is not None and ws.stale is None:
        fetch_work(ws.ctx, ws.repo, about)
    forget_erased(ws, fetching=False)
    refresh(ws)
    collect_garbage(ws.repo, PRIVATE_REFS)  # last: it moves objects that this command knows elsewhere


def _with_same_file(found: JudgedPieces, named: list[JudgedPiece]) -> tuple[JudgedPiece, ...]:
    """The named pieces with all that lie in the same files, or have the same content."""
    files = {piece.file for piece in named if piece.file}
    contents = {piece.content.digest for piece in named if piece.content.digest is not None}
    contents |= {p.content.digest for p in found.pieces if p.file in files and p.content.digest is not None}
    return tuple(p for p in found.pieces if p in named or p.file in files or p.content.digest in contents)


def _as_before(
    earlier: JudgedPieces, names: Iterable[str], chosen: Iterable[JudgedPiece]
) -> tuple[JudgedPiece, ...]:
    """What an earlier attempt had in the place of some pieces: with the same name, or the same content."""
    contents = {piece.content.digest for piece in chosen if piece.content.digest is not None}
    named = [piece for name in names for piece in earlier.called(name)]
    named += [piece for piece in earlier.pieces if piece.content.digest in contents]
    return _with_same_file(earlier, named)


class ErasePlan(Plan[EraseResult], frozen=True, kw_only=True):
    """The pieces that are erased, those included that lie in the same file; none where that is on record and
    is only finished."""

    command: Erase
    found: JudgedPieces
    chosen: tuple[JudgedPiece, ...]
    earlier: tuple[tuple[int, JudgedPiece], ...] = ()
    """What earlier attempts had in their place, with the attempt."""
    shut: tuple[int, ...] = ()
    """Earlier attempts that cannot be opened here."""

    def questions(self) -> Iterator[Question]:
        """The reason, where it is open."""
        if self.chosen and not self.command.reason.strip():
            yield Question(
                field="reason", text="Why is it erased? This stays on record", option='--reason "TEXT"'
            )

    def preview(self) -> Iterator[Notice]:
        """What is erased, and what erasing it does not reach."""
        if not self.chosen:
            return
        yield Notice(text=f"Of {self.found.submission}, attempt {self.found.decision.attempt}:")
        for piece in self.chosen:
            yield Notice(text=_describe(piece), indent=2)
        for attempt, piece in self.earlier:
            yield Notice(text=f"{_describe(piece)}, as attempt {attempt} had it", indent=2)
        yield Notice(text=SEALED if self.found.is_sealed else OPEN)
        for attempt in self.shut:
            yield Notice(
                text=f"Attempt {attempt} cannot be opened here and may contain it too: ask "
                f"{self.found.submission.earner} to erase it there.",
                style="yellow",
            )

    def confirmation(self) -> Confirmation:
        """Asks whether to erase them."""
        about = self.found.submission
        if not self.chosen:
            return Confirmation(would=f"Would finish erasing pieces of {about}. Nothing was changed.")
        count = "1 piece" if len(self.chosen) == 1 else f"{len(self.chosen)} pieces"
        return Confirmation(
            would=f"Would erase {count} of {about}. Nothing was changed.",
            question=f"Erase {count} permanently?",
            kept="Nothing was erased.",
            is_required=True,
        )

    def apply(self, ws: Workspace) -> EraseResult:
        """Erase them: on main, in the sealed work, and in what is published. Raises McredError where another
        change came first, and where the remote does not take it: the same command finishes it."""
        about, again = self.found.submission, self.command.again
        after = commit_to_main(ws, self._erase, again) if self.chosen else ws
        _erase_sealed(after, about, again)
        if shows_erased(after, about.earner):
            # Pages leave out what was erased; its bytes leave the ref too.
            after = rewrite_shown(after, lambda _, before: before, again, person=about.earner)
        after = open_workspace(after.ctx, fetching="try")
        _forget(after, about)
        return EraseResult(ws=after, submission=about, pieces=self.chosen)

    def _erase(self, ws: Workspace) -> ChangeSet:
        about, attempt = self.found.submission, self.found.decision.attempt
        record = ws.catalog.records[about]
        if record.decision is None or record.decision.attempt != attempt:
            raise McredError(
                f"{about} was decided again in the meantime",
                hint=next_step("explain", about),
                code=Exit.CHANGED,
            )
        erasure = Erasure(
            format=2,
            submission=about,
            attempt=attempt,
            number=1 + sum(e.attempt == attempt for e in record.erasures),
            by=ws.person(),
            erased=stamp(ws),
            reason=self.command.reason,
            pieces=tuple(
                piece.committed.commitment for piece in (*self.chosen, *(p for _, p in self.earlier))
            ),
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


def _describe(piece: JudgedPiece) -> str:
    return f"“{piece.title}” ({piece.file})" if piece.file else f"“{piece.title}”"


def _erase_sealed(ws: Workspace, about: SubmissionId, again: NextStep) -> None:
    """Take what was erased out of the sealed work and my drafts. Raises McredError where the remote does not
    take it, and for an attempt that cannot be opened here.

    Large objects go first: once the refs have moved, nothing tells of them.
    """
    found = take_out(ws, about)
    left = [one for one in found.objects if not drop_at_remote(ws.repo, one)] if ws.url is not None else []
    for digest in found.objects:
        drop_object(ws.repo, digest)
    if not send_anew(ws, found.moved, again):
        send(ws, take_out(ws, about, grows=True).moved, again, together=True)
        ws.ctx.show.note(KEEPS_ALL, style="yellow")
    if left:
        names = ", ".join(sorted(digest.sha256 for digest in left))
        what = f"the host keeps large files until its operator deletes these Git LFS objects: {names}"
        ws.ctx.show.note(f"You cannot delete this: {what}", style="yellow")
    drop_erased(ws, about)
    if ws.url is not None and about.earner == ws.me:
        # Coaches get the keys to what was just sent.
        seal_again(ws, about)
        if drafts := unsent_of(ws, about):
            send(ws, drafts, again)
