"""`mcred start`: start a micro-credential."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Annotated

import typer

from mcred.app.free_paths import ensure_path_free
from mcred.app.push import send_draft
from mcred.app.work.drafts import has_draft, refresh, save_draft, work_folder
from mcred.app.work.saved_files import bring_back, missing_files, tell_back
from mcred.app.workspace import Workspace, open_workspace
from mcred.cli.show import show_of
from mcred.cli.terminal import DryRun, terminal_of
from mcred.domain.credential import Credential
from mcred.domain.ids import SubmissionId
from mcred.domain.layout import answers_file, folder_of, submission_path, submission_ref
from mcred.domain.rules.submit import ENDED, FINAL
from mcred.formats.scaffold import start_files
from mcred.problems import McredError
from mcred.shipped import shipped
from mcred.store.atomic import write_whole
from mcred.store.git import resolve

EXAMPLES = ("mcred start fractions-number-line", "mcred start student-work-protocol --dry-run")


def run(
    ctx: typer.Context,
    credential: Annotated[str, typer.Argument(help="Which micro-credential.", metavar="ID")],
    dry_run: DryRun = False,
) -> None:
    """Begin a micro-credential: a folder with a file for each part and a heading for each question."""
    edge = terminal_of(ctx)
    ws = open_workspace(edge, only=lambda s: True)
    submission, definition = ws.submission(credential), ws.known(credential)
    if definition.status != "live":
        raise McredError(
            f"{definition.title} is {definition.status}, it cannot be started", hint="mcred browse"
        )
    root, fresh = work_folder(ws), start_files(submission, definition, shipped("templates") / "start")
    ensure_path_free(root, (*fresh, f"{folder_of(submission)}/evidence/"), f"mcred start {definition.id}")
    gone = missing_files(ws, submission)
    files = _not_there(root, fresh, submission, gone)
    standing = ws.standing(submission)
    is_whole = has_draft(ws, submission) and not files and not gone
    # A submission in review whose list is missing is checked out again; one that was never here is not.
    is_lost = not has_draft(ws, submission) and resolve(ws.repo, submission_ref(submission)) is not None
    if is_whole or standing.word in FINAL or (standing.is_open and not is_lost):
        word = "draft" if standing.word == "not started" else standing.word
        edge.show.say(f"You have started {definition.title} already ({word}).")
        if standing.word in ENDED:
            edge.show.say("You can submit it again: change the files in your folder, then submit.")
        done = standing.word in FINAL or standing.is_open
        after = "mcred status" if done else f"mcred check {definition.id}"
        edge.show.next(f"mcred restore {definition.id}" if gone else after)
        return
    missing = [p for p in definition.prerequisites if p not in ws.catalog.held_by(submission.earner)]
    if missing:
        edge.show.note(f"{', '.join(missing)} should be earned before this one.", style="yellow")
    if dry_run:
        for path in sorted({*files, *gone}):
            edge.show.say(f"Would {'bring back' if path in gone else 'make'} {path}")
        return
    bring_back(ws, gone, f"mcred start {definition.id}")
    tell_back(edge, gone)
    for path, data in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        write_whole(root / path, data)
    (root / folder_of(submission) / "evidence").mkdir(exist_ok=True)
    save_draft(ws, submission, title=f"Start {definition.id}")
    send_draft(ws, submission)
    refresh(ws)
    _say_started(ws, submission, definition)


def _not_there(
    root: Path, fresh: Mapping[str, bytes], submission: SubmissionId, gone: Collection[str]
) -> Mapping[str, bytes]:
    """The files to create: never one that exists or was saved once, since a person wrote it.

    The list comes last: its presence marks a complete start.
    """
    order = sorted(fresh, key=lambda path: path == submission_path(submission))
    return {path: fresh[path] for path in order if path not in gone and not (root / path).exists()}


def _say_started(ws: Workspace, submission: SubmissionId, definition: Credential) -> None:
    show = show_of(ws)
    show.say(f"{definition.title} is started in {work_folder(ws) / folder_of(submission)}", style="bold")
    show.say("Write your answers in these files, below the questions:")
    for part in definition.parts:
        show.say(answers_file(definition, part), indent=4)
    for item in (i for i in definition.items if not i.is_written):
        show.say(f"Hand in {item.title}:  mcred add FILE --for {item.id}")
    show.next(f"mcred check {definition.id}")
