"""Takes a piece of evidence out of a draft. Earlier drafts keep it and its file: `app/work/restore` brings
both back."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import ClassVar, Literal

from msgspec.structs import replace

from mcred.app.fetch import Fetching
from mcred.app.lookup import pick_draft
from mcred.app.push import note_beside, note_odd, send_draft
from mcred.app.sealed.attempts import find_readable
from mcred.app.sealed.line import newest_state
from mcred.app.use_case import Command, Confirmation, Plan, Question, Result
from mcred.app.work.drafts import (
    is_left,
    my_drafts,
    read_draft,
    refresh,
    refuse_final,
    save_draft,
    work_folder,
)
from mcred.app.work.saved_files import find_removed, read_listed
from mcred.app.work.unfit_files import own_files
from mcred.app.work.versions import attempts_of
from mcred.app.workspace import Workspace
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import folder_of, submission_path
from mcred.domain.submission import Evidence, Submission
from mcred.domain.text import nearest
from mcred.formats.decode import decode
from mcred.formats.edit import remove_from_list
from mcred.problems import Exit, McredError, NextStep, next_step
from mcred.retries import retry
from mcred.store.atomic import write_whole
from mcred.store.batch import read_files
from mcred.store.folder_index import place_of, read_written, which_blob

File = Literal["none", "removed", "named", "unsaved"]
"""What became of a piece's file: there is none; it is out of the folder; it stays, as another entry names it
or it is no file of evidence, or as it could not be saved."""


class RemoveResult(Result, frozen=True, kw_only=True):
    """A piece that is out of the draft; `not needed` where an earlier run took it out."""

    submission: SubmissionId
    piece: Evidence
    file: File = "none"
    attempts: tuple[int, ...] = ()
    """The submitted attempts that have it."""
    back: NextStep
    """The command that brings it back."""

    def finish(self) -> None:
        """Save and push what an earlier run removed, since it may have been interrupted before that."""
        if self.status == "not needed":
            _keep(self.ws, self.submission, self.piece)


class Remove(Command[RemoveResult], frozen=True, kw_only=True, rename={"credential": "in"}):
    """Take the evidence that people call `piece` out of my draft for `credential`.

    None asks which piece; for `credential`, None is my only open one with such a piece.
    """

    fetching: ClassVar[Fetching] = "try"
    piece: str | None = None
    credential: str | None = None

    def plan(self, ws: Workspace) -> RemovePlan | RemoveResult:
        """Where such a piece is. Raises McredError for one that is not, and was not, in a draft of mine."""
        ws.person()
        mine = [draft for draft in my_drafts(ws) if not is_left(ws, draft)]
        if self.credential is not None or len(mine) < 2:
            mine = [pick_draft(ws, self.credential, "remove", self.piece or "PIECE", "--in")]
            refuse_final(ws, mine[0])
            drafts = {mine[0]: _read(ws, mine[0])}
        else:
            drafts = {draft: listed for draft in mine if (listed := read_listed(ws, draft)) is not None}
        if self.piece is None:
            return RemovePlan(command=self, drafts=drafts)
        having = {draft: listed for draft, listed in drafts.items() if listed.called(self.piece)}
        if having:
            return RemovePlan(command=self, drafts=having)
        for draft, listed in drafts.items():
            if (gone := find_removed(ws, draft, self.piece)) is not None:
                back = _way_back(draft, gone.piece, listed)
                return RemoveResult(ws=ws, status="not needed", submission=draft, piece=gone.piece, back=back)
        raise _unknown(self.piece, drafts)


class RemovePlan(Plan[RemoveResult], frozen=True, kw_only=True):
    """The drafts with such a piece, and, once it is settled, the piece."""

    command: Remove
    drafts: Mapping[SubmissionId, Submission]
    chosen: Evidence | None = None

    @property
    def meant(self) -> Mapping[SubmissionId, Submission]:
        """The drafts it can still be about."""
        wanted = self.command.credential
        return {d: listed for d, listed in self.drafts.items() if wanted in (None, d.credential, str(d))}

    @property
    def pieces(self) -> Mapping[str, Evidence]:
        """The pieces it can still be about, where the draft is known, by a name of their own."""
        ((_, listed),) = self.meant.items()
        name, named = self.command.piece, dict(_named(listed))
        if name in named:
            return {name: named[name]}
        found = listed.evidence if name is None else listed.called(name)
        return {own: piece for own, piece in named.items() if piece in found}

    def questions(self) -> Iterator[Question]:
        """Which draft, then which piece, where they are open."""
        if len(self.meant) > 1:
            names = tuple(d.credential for d in self.meant)
            yield Question(
                field="credential",
                text="Which micro-credential",
                option="--in ID",
                choices=names,
                is_list=True,
                is_required=False,
            )
        elif self.pieces and (self.command.piece is None or len(self.pieces) > 1):
            yield Question(
                field="piece",
                text="Which piece",
                option="PIECE",
                choices=tuple(self.pieces),
                is_list=True,
                is_required=False,
            )

    def settle(self, ws: Workspace) -> RemovePlan:
        """The piece. Raises McredError where it is open."""
        if len(self.meant) > 1:
            names = [d.credential for d in self.meant]
            what = f"in which micro-credential: {' or '.join(names)}?"
            raise McredError(what, hint=f"{ws.ctx.typed} --in {names[0]}", code=Exit.USAGE)
        ((submission, _),) = self.meant.items()
        if not self.pieces:
            what = f"your draft of {submission.credential} has no evidence"
            raise McredError(what, hint=next_step("check", submission.credential))
        if self.command.piece is None or len(self.pieces) > 1:
            what = f"which piece: {' or '.join(f'“{name}”' for name in self.pieces)}?"
            again = next_step("remove", next(iter(self.pieces)), "--in", submission.credential)
            raise McredError(what, hint=again, code=Exit.USAGE)
        (chosen,) = self.pieces.values()
        return replace(self, chosen=chosen)

    def confirmation(self) -> Confirmation:
        """Nothing is asked: it can be brought back."""
        ((submission, _),) = self.meant.items()
        title = self.chosen.title if self.chosen is not None else ""
        return Confirmation(
            would=f"Would remove “{title}” from your draft of {submission.credential}. Nothing was changed."
        )

    def apply(self, ws: Workspace) -> RemoveResult:
        """Save the draft with the piece, take it out of the list and the folder, save and push that.

        Raises McredError where the list cannot be read, or another computer took it out meanwhile.
        """
        ((submission, _),), piece = self.meant.items(), self.chosen
        _save(ws, submission, "Save a draft")
        refresh(ws)
        listed = _read(ws, submission)
        if piece is None or piece not in listed.evidence:
            raise _unknown(self.command.piece or "", {submission: listed})
        number, path = listed.evidence.index(piece), submission_path(submission)
        rest = replace(listed, evidence=(*listed.evidence[:number], *listed.evidence[number + 1 :]))
        place = work_folder(ws) / path
        after = remove_from_list(read_written(place), "evidence", number, path)
        is_answer = not piece.file.startswith("evidence/")
        is_named = is_answer or any(e.file == piece.file for e in rest.evidence)
        file = "named" if piece.file and is_named else _remove_file(ws, submission, piece)
        write_whole(place, after)
        _keep(ws, submission, piece)
        return RemoveResult(
            ws=ws,
            submission=submission,
            piece=piece,
            file=file,
            attempts=tuple(_attempts_with(ws, submission, piece)),
            back=_way_back(submission, piece, rest),
        )


def _read(ws: Workspace, submission: SubmissionId) -> Submission:
    """The list in my folder, also one that names a file twice. Raises McredError where it cannot be read."""
    return read_listed(ws, submission) or read_draft(ws, submission).work.submission


def _save(ws: Workspace, submission: SubmissionId, title: str, without: Collection[str] = ()) -> None:
    saved = save_draft(ws, submission, title=title, without=without)
    note_beside(ws.ctx, saved.beside)
    note_odd(ws.ctx, saved.odd)


def _keep(ws: Workspace, submission: SubmissionId, piece: Evidence) -> None:
    """Save and push the draft without a piece; its file goes where folder and list have it no more."""
    path, listed = f"{folder_of(submission)}/{piece.file}", _read(ws, submission).evidence
    is_here = place_of(work_folder(ws), path).exists() or any(e.file == piece.file for e in listed)
    _save(ws, submission, f"Remove evidence for {piece.item}", without=() if is_here else (path,))
    send_draft(ws, submission)
    refresh(ws)


def _remove_file(ws: Workspace, submission: SubmissionId, piece: Evidence) -> File:
    """Take a file out of the folder, unless what was saved just now has not what it holds."""
    if not piece.file:
        return "none"
    path = f"{folder_of(submission)}/{piece.file}"
    saved, place = own_files(ws, newest_state(ws, submission), submission), place_of(work_folder(ws), path)
    if place.exists():
        if path not in saved or which_blob(path, place, frozenset({saved[path]})) is None:
            return "unsaved"
        retry(place.unlink)
    return "removed"


def _named(listed: Submission) -> Iterator[tuple[str, Evidence]]:
    """Each piece of a list by its title, or, where several have that, with more words."""
    titles = [e.title for e in listed.evidence]
    for number, piece in enumerate(listed.evidence, start=1):
        is_own = titles.count(piece.title) == 1
        yield piece.title if is_own else f"{piece.title}: {piece.file or piece.url} ({number})", piece


def _way_back(submission: SubmissionId, piece: Evidence, rest: Submission) -> NextStep:
    """The command that brings a piece back, by a name that no other piece of the list has."""
    names = (name for name in (piece.title, piece.file, piece.url) if name and not rest.called(name))
    return next_step("restore", submission.credential, next(names, piece.title))


def _unknown(name: str, drafts: Mapping[SubmissionId, Submission]) -> McredError:
    """The error for a piece that is not in these drafts."""
    known = [title for listed in drafts.values() for title, _ in _named(listed)]
    where = " or ".join(d.credential for d in drafts)
    if not known:
        what = f"your draft of {where} has no evidence"
        return McredError(what, hint=next_step("status"))
    others = [n for listed in drafts.values() for e in listed.evidence for n in (e.file, e.url, e.item) if n]
    close = nearest(name, [*known, *others]) or known[0]
    meant = next(d for d, listed in drafts.items() if close in dict(_named(listed)) or listed.called(close))
    listing = ", ".join(f"“{title}”" for title in known)
    return McredError(
        f"“{name}” is not in your draft of {where}; it has {listing}",
        hint=next_step("remove", close, "--in", meant.credential),
    )


def _attempts_with(ws: Workspace, submission: SubmissionId, piece: Evidence) -> Iterator[int]:
    """The numbers of my submitted attempts that have a piece."""
    path = submission_path(submission)
    for number, sent in attempts_of(ws, submission).items():
        at = find_readable(ws, submission, sent.commit)
        data = read_files(ws.repo, [(at, path)])[0] if at is not None else None
        listed, _ = decode(data or b"", Submission, path)
        if listed and any((e.file, e.url) == (piece.file, piece.url) for e in listed.evidence):
            yield number
