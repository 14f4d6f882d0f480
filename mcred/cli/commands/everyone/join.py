"""`mcred join`: clone a programme onto this computer."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from mcred.app.answers.answer import VerbAnswer
from mcred.app.answers.people import SetupAnswer, join_answer
from mcred.app.people.invited import JoinResult, join_invited, read_letter
from mcred.app.people.join import clone_programme, open_clone
from mcred.app.people.link import bring_drafts, find_link, join_linked, open_link
from mcred.app.people.setup import Setup
from mcred.app.profile import who_reads
from mcred.cli.commands.everyone.setup import introduce
from mcred.cli.show import Show
from mcred.cli.terminal import Json, Terminal, terminal_of
from mcred.problems import Exit, McredError, next_step

EXAMPLES = (
    "mcred join https://git.example.org/lakeside.git",
    'mcred join /srv/lakeside.git my-lakeside --name "Ana Reyes" --school "Lincoln Elementary"',
    "mcred join zoe-ito.txt",
    "mcred join mcred-invitation:eyJhZGRyZXNz my-lakeside",
)


def run(
    ctx: typer.Context,
    url: Annotated[
        str,
        typer.Argument(
            help="The program's address, your invitation, or the file of mcred link.",
            metavar="ADDRESS",
        ),
    ],
    folder: Annotated[
        Path | None,
        typer.Argument(help="Your folder for it; named after the address by default.", metavar="DIR"),
    ] = None,
    name: Annotated[str | None, typer.Option(help="Your name, as on a badge.")] = None,
    person_id: Annotated[str | None, typer.Option("--id", help="Your short id.")] = None,
    school: Annotated[str | None, typer.Option(help="Your school.")] = None,
    publish: Annotated[
        str | None, typer.Option(help="Whether your badges get a page: public, unlisted, or private.")
    ] = None,
    json: Json = False,
) -> None:
    """Join a program: get its folder on this computer and introduce yourself. An invitation asks nothing."""
    edge = terminal_of(ctx)
    if (letter := read_letter(edge, url)) is not None:
        if any(option is not None for option in (name, person_id, school, publish)):
            what = "your invitation says who you are"
            raise McredError(
                what, hint=next_step("setup", note="changes it, once you have joined"), code=Exit.USAGE
            )
        edge.at = clone_programme(edge, letter.address, folder)
        ws = open_clone(edge, letter.address, letter.person)
        edge.show.say(f"{ws.catalog.programme.issuer.name} is in {edge.at}.", style="bold")
        joined = join_invited(ws, letter)
        if json:
            edge.show.answer(join_answer(joined.ws, joined.person.id, confirmed=joined.is_confirmed))
        _show_joined(edge.show, joined)
        return
    if (sealed := find_link(edge, url)) is not None:
        _join_linked(edge, url, sealed, folder)
        return
    edge.at = clone_programme(edge, url, folder)
    ws = open_clone(edge, url, person_id)
    edge.show.say(f"{ws.catalog.programme.issuer.name} is in {edge.at}.", style="bold")
    if ws.me is None and name is None and not edge.interactive:
        if json:
            edge.show.answer(join_answer(ws, None, confirmed=False))
        edge.show.next(f'cd {quote(str(edge.at))} && mcred setup --name "YOUR NAME"')
        return
    edge.show.say(f"From now on, work inside that folder: cd {edge.at}")

    def say_joined(said: VerbAnswer) -> None:
        if isinstance(said, SetupAnswer):
            edge.show.answer(join_answer(ws, said.person, confirmed=said.confirmed))

    introduce(edge, Setup(name=name, id=person_id, school=school, publish=publish), say_joined)


def _join_linked(edge: Terminal, word: str, sealed: bytes, folder: Path | None) -> None:
    said = open_link(edge, word, sealed)
    edge.at = join_linked(edge, said, folder)
    ws = bring_drafts(edge)
    if edge.show.as_json:
        edge.show.answer(join_answer(ws, said.person, confirmed=said.person in ws.catalog.people))
    edge.show.say(f"{ws.catalog.programme.issuer.name} is in {edge.at}.", style="bold")
    edge.show.say(
        f"You are {said.name} ({said.person}) on this computer too. Delete {word} now, and its copies."
    )
    edge.show.next(f"cd {quote(str(edge.at))} && mcred status")


def _show_joined(show: Show, found: JoinResult) -> None:
    person, programme = found.person, found.ws.catalog.programme
    show.note(who_reads(programme))
    if found.is_confirmed:
        show.say(f"You are {person.name} ({person.id}), and the program knows you.", style="bold")
    else:
        maintainers = " or ".join(programme.roles.maintainers)
        show.say(f"You are {person.name} ({person.id}).", style="bold")
        show.say(
            f"You are confirmed when {maintainers} next types mcred sync. You can begin in the meantime."
        )
    show.say("No one sees your badges on a page yet: mcred setup --publish public changes that.")
    show.next(f"cd {quote(str(found.ws.ctx.at))} && mcred browse")
