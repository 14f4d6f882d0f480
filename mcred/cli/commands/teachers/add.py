"""`mcred add`: add a piece of evidence."""

from __future__ import annotations

import os.path
from pathlib import Path
from typing import Annotated

import typer

from mcred.app.work.add import Add, AddResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, terminal_of
from mcred.domain.layout import submission_path

EXAMPLES = (
    "mcred add lesson.pdf --for lesson-plans",
    'mcred add talk.md --for class-record --type observation --title "Talk in period 3" --students',
    "mcred add https://video.example.org/42 --for class-record --type video --copy talk.mp4",
)


def run(
    ctx: typer.Context,
    what: Annotated[
        str, typer.Argument(help="A file, or the address of something online.", metavar="FILE|URL")
    ],
    item: Annotated[str, typer.Option("--for", help="Which item it is for.", metavar="ITEM")],
    kind: Annotated[str | None, typer.Option("--type", help="What kind of evidence it is.")] = None,
    title: Annotated[str | None, typer.Option(help="What to call it.")] = None,
    about: Annotated[str, typer.Option(help="A sentence for the assessor.")] = "",
    students: Annotated[
        bool, typer.Option("--students", help="Students can be seen, heard or named in it.")
    ] = False,
    copy: Annotated[
        Path | None, typer.Option(help="For an address: your own copy, so that changes can be noticed.")
    ] = None,
    credential: Annotated[
        str | None, typer.Option("--in", help="Which micro-credential.", metavar="ID")
    ] = None,
    clean: Annotated[
        bool | None,
        typer.Option(
            "--clean/--keep-metadata",
            help="Take what a file says of places, people and devices out of the copy, or keep it.",
        ),
    ] = None,
    dry_run: DryRun = False,
) -> None:
    """Add a piece of evidence to your draft: a file is copied into your folder, a link is noted."""
    command = Add(
        what=_at_home(what),
        item=item,
        type=kind,
        title=title,
        about=about,
        students=students,
        copy=_at_home(copy) if copy else None,
        credential=credential,
        clean=clean,
    )
    run_command(terminal_of(ctx), command, _show_result)


def _at_home(path: str | Path) -> str:
    """A path, with `~` replaced; an address as it is."""
    return os.path.expanduser(path)  # noqa: PTH111 (a Path would change an address)


def _show_result(show: Show, found: AddResult) -> None:
    item, piece, listing = found.item, found.piece, submission_path(found.submission)
    if found.status == "not needed":
        show.say(f"“{piece.title}” was already added.")
        if found.differs:
            show.note(f"To change what is said of it, edit its lines in {listing}", style="yellow")
    else:
        most = f" ({found.count} of at most {item.max})" if found.count <= item.max else ""
        show.say(f"“{piece.title}” is added as {piece.type} for {item.title}{most}.")
        show.say("It is not submitted yet; until then no one but you can see it.")
        if piece.students:
            said = "mcred submit will ask whether consent for the students is on file."
            show.note(said, style="yellow")
        if piece.url and not piece.sha256:
            said = "Without --copy FILE nobody can tell later whether the page behind the link changed."
            show.note(said, style="yellow")
        if found.count > item.max:
            said = f"“{item.title}” takes at most {item.max} and has {found.count} now"
            show.note(f"{said}; mcred remove takes one out.", style="yellow")
    show.next(f"mcred check {found.submission.credential}")
