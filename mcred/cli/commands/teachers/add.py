"""`mcred add`: add a piece of evidence."""

from __future__ import annotations

import os.path
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from mcred.app.answers.answer import VerbAnswer
from mcred.app.answers.work import add_answer, join_added
from mcred.app.work.add import Add, AddResult, list_items
from mcred.app.workspace import open_workspace
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Terminal, terminal_of
from mcred.domain.layout import submission_path
from mcred.problems import Exit, McredError, next_step
from mcred.store.folder_index import find_typed

EXAMPLES = (
    "mcred add lesson.pdf --for lesson-plans",
    "mcred add plan-1.pdf plan-2.pdf --for lesson-plans",
    'mcred add talk.md --for class-record --type observation --title "Talk in period 3" --students',
    "mcred add https://video.example.org/42 --for class-record --type video --copy talk.mp4",
)


def run(
    ctx: typer.Context,
    what: Annotated[list[str], typer.Argument(help="Files, or a web address.", metavar="FILE|URL")],
    item: Annotated[
        str | None,
        typer.Option("--for", help="Which item it is for; asked for each file otherwise.", metavar="ITEM"),
    ] = None,
    kind: Annotated[
        str | None, typer.Option("--type", help="What kind of evidence it is; guessed where a file tells.")
    ] = None,
    title: Annotated[str | None, typer.Option(help="Its title.")] = None,
    about: Annotated[str, typer.Option(help="A sentence for the assessor.")] = "",
    students: Annotated[
        bool, typer.Option("--students", help="Students can be seen, heard, or named in it.")
    ] = False,
    copy: Annotated[
        Path | None, typer.Option(help="For a web address: your own copy, so that changes can be noticed.")
    ] = None,
    credential: Annotated[
        str | None, typer.Option("--in", help="Which micro-credential.", metavar="ID")
    ] = None,
    clean: Annotated[
        bool | None,
        typer.Option(
            "--clean/--keep-metadata",
            help="Remove hidden information about places, people, and devices from the copy, or keep it.",
        ),
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Add evidence to your draft: files are copied into your folder, a link is noted.

    The folder you are in says which micro-credential, where several are open.
    """
    edge = terminal_of(ctx)
    if len(what) > 1 and (title is not None or about or copy is not None):
        said = "--title, --about and --copy are of one piece; add it by itself"
        raise McredError(said, hint=next_step("add", what[0], "--for", item or "ITEM"), code=Exit.USAGE)
    _refuse_halved(edge, what, item)
    items = [item] * len(what) if item is not None else _ask_items(edge, what, credential)
    command = Add(
        what="",
        item="",
        type=kind,
        title=title,
        about=about,
        students=students,
        copy=_at_home(copy) if copy else None,
        credential=credential,
        clean=clean,
    )
    answers: list[VerbAnswer] = []
    for one, wanted in zip(what, items, strict=True):
        each = replace(command, what=_at_home(one), item=wanted)
        found = run_command(edge, each, _show_result, add_answer, give=answers.append)
    if found is not None and not json:
        edge.show.say("Nothing is submitted yet; until then, no one but you can see it.")
        edge.show.next(f"mcred check {found.submission.credential}")
    if json:
        edge.show.answer(join_added(answers))


def _refuse_halved(edge: Terminal, what: Sequence[str], item: str | None) -> None:
    """Raises McredError for one file whose name was typed as several words."""
    whole = " ".join(what)
    is_one = len(what) > 1 and find_typed(edge.at, whole).is_file()
    if is_one and not all(find_typed(edge.at, one).exists() for one in what):
        hint = next_step("add", whole, *(("--for", item) if item else ()))
        raise McredError("a file name with spaces has to be in quotes", hint=hint, code=Exit.USAGE)


def _ask_items(edge: Terminal, what: Sequence[str], credential: str | None) -> list[str]:
    """What each file is for, of the items of the draft; a single one asks nothing."""
    items = list_items(open_workspace(edge, fetching="no"), credential)
    names: list[str] = [item.id for item in items]
    if len(names) == 1:
        return names * len(what)
    told = [f"{item.id}   {item.title} ({item.requirement})" for item in items]
    return [
        edge.pick(f"What {one} is for", names, "--for ITEM", () if number else told)
        for number, one in enumerate(what)
    ]


def _at_home(path: str | Path) -> str:
    """A path, with `~` replaced; an address as it is."""
    return os.path.expanduser(path)  # noqa: PTH111 (a Path would change an address)


def _show_result(show: Show, found: AddResult) -> None:
    item, piece, listing = found.item, found.piece, submission_path(found.submission)
    if found.status == "not needed":
        show.say(f"“{piece.title}” was already added.")
        if found.differs:
            show.note(f"To change its description, edit its lines in {listing}", style="yellow")
    else:
        most = f" ({found.count} of at most {item.max})" if found.count <= item.max else ""
        show.say(f"“{piece.title}” was added to “{item.title}” as {piece.type}{most}.")
        if piece.students:
            said = "mcred submit will ask whether consent for the students is on file."
            show.note(said, style="yellow")
        if piece.url and not piece.sha256:
            said = "Without --copy FILE, no one can tell later whether the page behind the link changed."
            show.note(said, style="yellow")
        if found.count > item.max:
            said = f"“{item.title}” takes at most {item.max} and has {found.count} now"
            show.note(f"{said}; to remove one: mcred remove", style="yellow")
