"""Saves an earner's drafts, and what maintainers and issuers edited of the programme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from mcred.app.fetch import Fetching
from mcred.app.push import note_beside, send_draft
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import has_draft, is_unsaved, my_drafts, refresh, save_draft
from mcred.app.work.saved_files import missing_files, told_missing
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.layout import folder_of
from mcred.domain.rules.submit import FINAL
from mcred.problems import Exit, McredError, next_step

MOST_NAMES = 10
"""The most files that are named in a sentence."""


class SaveResult(Result, frozen=True, kw_only=True):
    """What was saved; `not needed` where there is no draft and no edit."""

    drafts: tuple[SubmissionId, ...] = ()


class Save(Command[SaveResult], frozen=True, kw_only=True):
    """Save my drafts, or only that for `credential`; with `programme`, what I edited of the programme."""

    fetching: ClassVar[Fetching] = "try"
    credential: str | None = None
    programme: bool = False

    def plan(self, ws: Workspace) -> SavePlan | SaveProgrammePlan | SaveResult:
        """What is saved. Raises McredError for edits that are not valid or not allowed."""
        if self.programme:
            # Here, as drafts are saved by most people and every day; it takes 20 ms with all that it needs.
            from mcred.app.programme.edits import check_edits

            changes = check_edits(ws)
            return SaveProgrammePlan(command=self, changes=changes) if changes else self._not_needed(ws)
        ws.person()
        wanted = None if self.credential is None else ws.submission(self.credential)
        drafts = tuple(d for d in my_drafts(ws) if wanted in (None, d))
        # Reading what is not saved raises for a file that cannot be stored: saving reports it for each draft.
        unsaved = frozenset(d for d in drafts if ws.ctx.dry_run and is_unsaved(ws, d))
        return SavePlan(command=self, drafts=drafts, unsaved=unsaved) if drafts else self._not_needed(ws)

    def _not_needed(self, ws: Workspace) -> SaveResult:
        return SaveResult(ws=ws, status="not needed")


class SavePlan(Plan[SaveResult], frozen=True, kw_only=True):
    """Which drafts are saved; `unsaved`: those that changed, for a dry run."""

    drafts: tuple[SubmissionId, ...]
    unsaved: frozenset[SubmissionId]

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        lines = (
            f"{draft.credential}: {'would be saved' if draft in self.unsaved else 'is saved'}"
            for draft in self.drafts
        )
        return Confirmation(would="\n".join(lines))

    def apply(self, ws: Workspace) -> SaveResult:
        """Save and push each. Raises the first McredError, after the others were saved."""
        failed = save_all(ws, self.drafts)
        refresh(ws)
        if failed is not None:
            raise failed
        return SaveResult(ws=ws, drafts=self.drafts)


class SaveProgrammePlan(Plan[SaveResult], frozen=True, kw_only=True):
    """Which files of the programme are changed."""

    changes: Mapping[str, BlobId | None]

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        return Confirmation(would="Would be saved for everyone.")

    def apply(self, ws: Workspace) -> SaveResult:
        """Commit them to main. Raises McredError where another change of these files came first."""
        from mcred.app.programme.edits import commit_edits

        return SaveResult(ws=commit_edits(ws, self.changes))


def save_all(ws: Workspace, drafts: Sequence[SubmissionId]) -> McredError | None:
    """Save each draft; a failure does not stop the others. Returns the first error."""
    failed: McredError | None = None
    for draft in drafts:
        try:
            odd = save_one(ws, draft)
            failed = failed or odd
        except McredError as error:
            if error.code is not Exit.REFUSED:
                raise
            ws.ctx.show.note(f"{draft.credential}: not saved.", style="yellow")
            failed = failed or error
    return failed


def save_one(ws: Workspace, submission: SubmissionId) -> McredError | None:
    """Save one draft and print what happened; returns an error where files of it had to be left out."""
    if ws.standing(submission).word in FINAL:
        if is_unsaved(ws, submission):
            said = "was decided and stays as it was assessed; your changes are not saved"
            ws.ctx.show.note(f"{submission.credential} {said}.", style="yellow")
        return None
    return _save(ws, submission)


def _save(ws: Workspace, submission: SubmissionId) -> McredError | None:
    name = submission.credential
    saved = save_draft(ws, submission)
    sent = send_draft(ws, submission)
    where = "here and online" if sent else "on this computer"
    said = f"saved {where}" if saved.is_new or sent else "nothing new to save"
    ws.ctx.show.say(f"{name}: {said}.")
    note_beside(ws.ctx, saved.beside)
    missing = missing_files(ws, submission)
    if missing and has_draft(ws, submission):
        names = [path.removeprefix(f"{folder_of(submission)}/") for path in sorted(missing)]
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        said = f"{told_missing(missing)}, and kept as saved: {', '.join(names[:MOST_NAMES])}{more}"
        back = f"{next_step('restore', name)} brings back what was saved"
        out = f"{next_step('remove', 'PIECE', '--in', name)} removes evidence"
        ws.ctx.show.note(f"{said}. {back}; {out}.", style="yellow")
    if not saved.odd:
        return None
    return McredError(
        f"{name} is saved without the files that cannot be stored",
        hint=next_step("check", name, note="first fix each of these"),
        problems=saved.odd,
    )
