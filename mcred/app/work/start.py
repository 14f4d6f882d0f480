"""An earner starts a micro-credential. Repeated, it creates what is missing and overwrites nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import ClassVar

from mcred.app.fetch import Fetching
from mcred.app.free_paths import ensure_path_free
from mcred.app.push import send_draft
from mcred.app.sealed.line import my_lines
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import has_draft, is_unsaved, refresh, save_draft, work_folder
from mcred.app.work.saved_files import bring_back, missing_files, tell_back
from mcred.app.workspace import Workspace
from mcred.domain.credential import Credential
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.layout import draft_ref, folder_of, submission_path
from mcred.domain.rules.submit import FINAL
from mcred.domain.status import Standing
from mcred.formats.scaffold import start_files
from mcred.problems import McredError, next_step
from mcred.shipped import shipped
from mcred.store.atomic import write_whole
from mcred.store.git import resolve


class StartResult(Result, frozen=True, kw_only=True):
    """The started submission, and its state before; `not needed` where it was started already."""

    definition: Credential
    standing: Standing
    folder: Path
    is_incomplete: bool = False
    """Where it was started already: whether saved files are missing from its folder."""

    def finish(self) -> None:
        """Push and note as saved what an earlier run could not; what was sent elsewhere is written into the
        folder by a sync, not here."""
        if self.status == "not needed":
            send_draft(self.ws, self.standing.submission)
            if is_unsaved(self.ws, self.standing.submission):
                refresh(self.ws)


class Start(Command[StartResult], frozen=True, kw_only=True):
    """Start `credential`: write a file for each of its parts, with a heading for each question."""

    fetching: ClassVar[Fetching] = "try"
    credential: str

    def plan(self, ws: Workspace) -> StartPlan | StartResult:
        """Which files are written. Raises McredError for a definition that is not live, and for files in the
        way."""
        submission, definition = ws.submission(self.credential), ws.known(self.credential)
        if definition.status != "live":
            said = f"{definition.title} is {definition.status}, so it cannot be started"
            raise McredError(said, hint=next_step("browse"))
        root, fresh = (
            work_folder(ws),
            start_files(submission, definition, ws.catalog.programme.work, shipped("templates") / "start"),
        )
        again = next_step("start", definition.id)
        ensure_path_free(root, (*fresh, f"{folder_of(submission)}/evidence/"), again)
        gone = missing_files(ws, submission)
        files = _not_there(root, fresh, submission, gone)
        standing = ws.standing(submission)
        is_saved = resolve(ws.repo, draft_ref(submission)) is not None
        is_whole = has_draft(ws, submission) and is_saved and not files and not gone
        # A submission in review whose list is missing is checked out again; one that was never here is not.
        is_lost = not has_draft(ws, submission) and submission in my_lines(ws)
        if is_whole or standing.word in FINAL or (standing.is_open and not is_lost):
            return StartResult(
                ws=ws,
                status="not needed",
                definition=definition,
                standing=standing,
                folder=root / folder_of(submission),
                is_incomplete=bool(gone),
            )
        missing = set(definition.prerequisites) - set(ws.catalog.held_by(submission.earner))
        if missing:
            from mcred.app.elsewhere.kept import list_elsewhere  # loads the verification of badges

            found = list_elsewhere(ws, (submission.earner,)).get(submission.earner, ())
            missing -= {counted for badge in found for counted in badge.counts_as}
        if missing:
            ws.ctx.show.note(
                f"{', '.join(sorted(missing))} should be earned before this one.", style="yellow"
            )
        return StartPlan(command=self, definition=definition, standing=standing, files=files, gone=gone)


class StartPlan(Plan[StartResult], frozen=True, kw_only=True):
    """The files that are created, and those that are restored as they were last saved."""

    definition: Credential
    standing: Standing
    files: Mapping[str, bytes]
    gone: Mapping[str, BlobId]

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        paths = sorted({*self.files, *self.gone})
        lines = (f"Would {'bring back' if path in self.gone else 'make'} {path}" for path in paths)
        return Confirmation(would="\n".join(lines))

    def apply(self, ws: Workspace) -> StartResult:
        """Write the files, save and push them."""
        definition, submission, root = self.definition, self.standing.submission, work_folder(ws)
        bring_back(ws, self.gone, next_step("start", definition.id))
        tell_back(ws.ctx, self.gone)
        for path, data in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            write_whole(root / path, data)
        folder = root / folder_of(submission)
        (folder / "evidence").mkdir(exist_ok=True)
        save_draft(ws, submission, title=f"Start {definition.id}")
        send_draft(ws, submission)
        refresh(ws)
        return StartResult(ws=ws, definition=definition, standing=self.standing, folder=folder)


def _not_there(
    root: Path, fresh: Mapping[str, bytes], submission: SubmissionId, gone: Collection[str]
) -> Mapping[str, bytes]:
    """The files to create: never one that exists or was saved once, since a person wrote it.

    The list comes last: its presence marks a complete start.
    """
    order = sorted(fresh, key=lambda path: path == submission_path(submission))
    return {path: fresh[path] for path in order if path not in gone and not (root / path).exists()}
