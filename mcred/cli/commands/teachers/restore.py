"""`mcred restore`: restore files that are missing from your folder, as last saved."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Annotated

import typer

from mcred.app.work.drafts import work_folder
from mcred.app.work.saved_files import all_saved, bring_back, find_saved, gone_files, missing_files, tell_back
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.terminal import DryRun, terminal_of
from mcred.domain.ids import BlobId, SubmissionId
from mcred.domain.layout import folder_of
from mcred.problems import McredError
from mcred.store.folder_index import which_blob

EXAMPLES = (
    "mcred restore",
    "mcred restore fractions-number-line",
    "mcred restore fractions-number-line evidence/lesson.pdf --dry-run",
)


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Only this one.", metavar="[ID]")] = None,
    file: Annotated[
        str | None, typer.Argument(help="Only this file, by its name in the folder.", metavar="[FILE]")
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Bring back what is gone from your folder, as it was saved last. Nothing that is there is changed."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, fetching="no", only=lambda s: True)
    ws.person()
    wanted = all_saved(ws) if credential is None else (ws.submission(credential),)
    again = " ".join(word for word in ("mcred restore", credential, file) if word)
    found: dict[str, BlobId] = {}
    for submission in wanted:
        if file is not None:
            found.update(_one_file(ws, submission, file, again))
        else:
            found.update({**gone_files(ws, submission), **missing_files(ws, submission)})
    if dry_run:
        for path in sorted(found):
            edge.show.say(f"Would bring back {path}")
        return
    bring_back(ws, found, again)
    tell_back(edge, found)
    if not found:
        edge.show.say("Nothing that was saved is missing from your folder.")
    edge.show.next(f"mcred check {credential}" if credential and found else "mcred status")


def _one_file(ws: Workspace, submission: SubmissionId, name: str, again: str) -> dict[str, BlobId]:
    """The file to restore; none where it exists as saved. Raises McredError where it cannot be."""
    folder, root = folder_of(submission), work_folder(ws)
    inside = PurePosixPath(name.replace("\\", "/").removeprefix(f"{folder}/")).as_posix()
    saved, place = find_saved(ws, submission, inside), root / folder / inside
    if not saved:
        raise McredError(
            f"{submission.credential} was never saved with a file {name}",
            hint=f"mcred restore {submission.credential}",
        )
    (path,) = saved
    if place.is_file() and not place.is_symlink():
        if which_blob(path, place, frozenset(saved.values())) is not None:
            return {}
        raise McredError(
            f"{inside} is in your folder and differs from what was saved, so it was not changed",
            hint=f"{again}   (first rename yours)",
        )
    return dict(saved)
