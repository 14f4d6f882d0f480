"""Restores files that are missing from an earner's folder, as last saved, and evidence that was removed from
the list. No file that exists is changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import ClassVar

from msgspec.structs import replace

from mcred.app.fetch import Fetching
from mcred.app.use_case import Command, Confirmation, Plan, Result
from mcred.app.work.drafts import work_folder
from mcred.app.work.saved_files import (
    Removed,
    all_saved,
    bring_back,
    find_removed,
    find_saved,
    gone_files,
    missing_files,
    read_listed,
    tell_back,
)
from mcred.app.workspace import Workspace
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.layout import folder_of, folder_of_attempts, submission_path
from mcred.domain.submission import Evidence
from mcred.formats.edit import append_to_list, remove_from_list
from mcred.problems import McredError, NextStep, next_step
from mcred.store.atomic import write_whole
from mcred.store.folder_index import place_of, read_written, which_blob
from mcred.store.snapshot import list_tree

NOTHING = "Nothing that was saved is missing from your folder."


class RestoreResult(Result, frozen=True, kw_only=True):
    """The restored files, by path, and the piece of evidence that is listed again."""

    files: tuple[str, ...]
    piece: Evidence | None = None


class Restore(Command[RestoreResult], frozen=True, kw_only=True):
    """Restore all missing files of my submission for `credential`, or of all; only `file` if it is named.

    `file`: by its path, or as people call the evidence. Of what was removed, the entry comes back, too.
    """

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
        removed: Removed | None = None
        listing = ""
        for submission in all_saved(ws) if self.credential is None else (ws.submission(self.credential),):
            if self.file is not None:
                removed, listing = find_removed(ws, submission, self.file), submission_path(submission)
                name = _file_of(ws, submission, self.file, removed)
                is_link = bool(self.file) and not name
                found.update({} if is_link else _one_file(ws, submission, name, self.again))
            else:
                found.update({**gone_files(ws, submission), **missing_files(ws, submission)})
                found.update(_gone_records(ws, submission))
        return RestorePlan(command=self, files=found, removed=removed, listing=listing)


class RestorePlan(Plan[RestoreResult], frozen=True, kw_only=True):
    """Which files are restored, and what is listed again, in which list."""

    command: Restore
    files: Mapping[str, BlobId]
    removed: Removed | None
    listing: str

    def confirmation(self) -> Confirmation:
        """Nothing is asked."""
        lines = [f"Would bring back {path}" for path in sorted(self.files)]
        if self.removed is not None:
            lines.append(f"Would list “{self.removed.piece.title}” again")
        return Confirmation(would="\n".join(lines) or NOTHING)

    def apply(self, ws: Workspace) -> RestoreResult:
        """Write them. Raises McredError where a link or another file is in the way."""
        bring_back(ws, self.files, self.command.again)
        tell_back(ws.ctx, self.files)
        if self.removed is not None:
            _list_again(work_folder(ws) / self.listing, self.listing, self.removed)
        piece = self.removed.piece if self.removed is not None else None
        return RestoreResult(ws=ws, files=tuple(sorted(self.files)), piece=piece)


def _file_of(ws: Workspace, submission: SubmissionId, name: str, removed: Removed | None) -> str:
    """The file that is meant: that of a piece of evidence that is called so; empty for a link."""
    if removed is not None:
        return removed.piece.file
    listed = read_listed(ws, submission)
    found = listed.called(name) if listed is not None else ()
    return found[0].file if len(found) == 1 else name


def _list_again(place: Path, name: str, removed: Removed) -> None:
    """Put a piece back into the list: where it was, with the comments that it had, if nothing else changed
    since."""
    now = read_written(place)
    if remove_from_list(removed.listing, "evidence", removed.number, name) == now:
        write_whole(place, removed.listing)
    else:
        write_whole(place, append_to_list(now, ("evidence",), removed.piece, name))


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
            f"{inside} is in your folder and differs from the saved version, so it was not changed",
            hint=replace(again, note="first rename yours"),
        )
    return dict(saved)
