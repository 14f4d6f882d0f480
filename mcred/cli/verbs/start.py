"""`mcred start`: begin a micro-credential."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.cli.desk import open_desk
from mcred.cli.drafts import has_draft, refresh, save_draft, work_folder
from mcred.cli.edge import DryRun, edge_of
from mcred.cli.sending import send_draft
from mcred.files.layout import folder_of
from mcred.files.scaffold import start_files
from mcred.problems import McredError
from mcred.shipped import shipped

EXAMPLES = ("mcred start fractions-number-line", "mcred start student-work-protocol --dry-run")


def run(
    ctx: typer.Context,
    credential: Annotated[str, typer.Argument(help="Which micro-credential.", metavar="ID")],
    dry_run: DryRun = False,
) -> None:
    """Begin a micro-credential: a folder with a file for each part and a heading for each question."""
    edge = edge_of(ctx)
    desk = open_desk(edge, only=lambda s: True)
    submission, definition = desk.submission(credential), desk.known(credential)
    if definition.status != "live":
        raise McredError(
            f"{definition.title} is {definition.status}, it cannot be started", hint="mcred browse"
        )
    if has_draft(desk, submission):
        edge.show.say(f"You have started {definition.title} already ({desk.standing(submission).word}).")
        edge.show.next(f"mcred check {definition.id}")
        return
    missing = [p for p in definition.prerequisites if p not in desk.catalog.held_by(submission.earner)]
    if missing:
        edge.show.note(f"{', '.join(missing)} should be earned before this one.", style="yellow")
    files = start_files(submission, definition, shipped("templates") / "start")
    root = work_folder(desk)
    if dry_run:
        for path in sorted(files):
            edge.show.say(f"Would make {path}")
        return
    for path, data in files.items():
        target = root / path
        # What lies there already was typed by somebody.
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    (root / folder_of(submission) / "evidence").mkdir(exist_ok=True)
    save_draft(desk, submission, title=f"Start {definition.id}")
    send_draft(desk, submission)
    refresh(desk)
    edge.show.say(f"{definition.title} is started in {root / folder_of(submission)}", style="bold")
    edge.show.say("Write your answers in these files, below the questions:")
    for path in sorted(p for p in files if p.endswith(".md")):
        edge.show.say(path.rpartition("/")[2], indent=4)
    for item in (i for i in definition.items if not i.is_written):
        edge.show.say(f"Hand in {item.title}:  mcred add FILE --for {item.id}")
    edge.show.next(f"mcred check {definition.id}")
