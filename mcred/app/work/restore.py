"""Restores files that are missing from an earner's folder, as last saved. Nothing that exists is changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import ClassVar

from msgspec.structs import replace

from mcred.app.fetch import Fetching
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import work_folder
from mcred.app.work.saved_files import all_saved, bring_back, find_saved, gone_files, missing_files, tell_back
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.layout import folder_of, folder_of_attempts
from mcred.problems import McredError, NextStep, next_step
from mcred.store.folder_index import place_of, which_blob
from mcred.store.snapshot import list_tree

NOTHING = "Nothing that was saved is missing from your folder."


class RestoreResult(Result, frozen=True, kw_only=True):
    """The restored files, by path."""

    files: tuple[str, ...]


class Restore(Command[RestoreResult], frozen=True, kw_only=True):
    """Restore all missing files of my submission for `credential`, or of all; only `file` if it is named."""

    fetching: ClassVar[Fetching] = "no"
    credential: str | None = None
    file: str | None = None

    @property
    def again(self) -> NextStep:
        """The same command."""
        return next_step("restore", *(word for word in (self.credential, self.file) if word))

    def plan(self, ws: Workspace) -> RestorePlan:
        """Which files are restored. Raises McredError for one that was never saved, or that exists and
        differs."""
        ws.person()
        found: dict[str, BlobId] = {}
        for submission in all_saved(ws) if self.credential is None else (ws.submission(self.credential),):
            if self.file is not None:
                found.update(_one_file(ws, submission, self.file, self.again))
            else:
                found.update({**gone_files(ws, submission), **missing_files(ws, submission)})
                found.update(_gone_records(ws, submission))
        return RestorePlan(command=self, files=found)


class RestorePlan(Plan[RestoreResult], frozen=True, kw_only=True):
    """Which files are restored."""

    command: Restore
    files: Mapping[str, BlobId]

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        lines = (f"Would bring back {path}" for path in sorted(self.files))
        return Confirmation(would="\n".join(lines) or NOTHING)

    def apply(self, ws: Workspace) -> RestoreResult:
        """Write them. Raises McredError where a link or another file is in the way."""
        bring_back(ws, self.files, self.command.again)
        tell_back(ws.ctx, self.files)
        return RestoreResult(ws=ws, files=tuple(sorted(self.files)))


def _gone_records(ws: Workspace, submission: SubmissionId) -> Mapping[str, BlobId]:
    """What is on record of a submission and is missing from my folder."""
    entries = list_tree(ws.repo, ws.main, folder_of_attempts(submission))
    root = work_folder(ws)
    return {path: entry.blob for path, entry in entries.items() if not place_of(root, path).exists()}


def _one_file(ws: Workspace, submission: SubmissionId, name: str, again: NextStep) -> dict[str, BlobId]:
    """The file to restore; none where it exists as saved. Raises McredError where it cannot be."""
    folder, root = folder_of(submission), work_folder(ws)
    inside = PurePosixPath(name.replace("\\", "/").removeprefix(f"{folder}/")).as_posix()
    saved, place = find_saved(ws, submission, inside), root / folder / inside
    if not saved:
        raise McredError(
            f"{submission.credential} was never saved with a file {name}",
            hint=next_step("restore", submission.credential),
        )
    (path,) = saved
    if place.is_file() and not place.is_symlink():
        if which_blob(path, place, frozenset(saved.values())) is not None:
            return {}
        raise McredError(
            f"{inside} is in your folder and differs from what was saved, so it was not changed",
            hint=replace(again, note="first rename yours"),
        )
    return dict(saved)
