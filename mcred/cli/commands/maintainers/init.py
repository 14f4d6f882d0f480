"""`mcred init`: create a programme, or give an existing one its remote."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Annotated, get_args

import typer
from msgspec.structs import replace

from mcred.app.answers.answer import PlanAnswer
from mcred.app.answers.programme import HostFilesAnswer, init_answer
from mcred.app.hosting.ci import add_host, known_host
from mcred.app.people.sealed_email import ask_email
from mcred.app.profile import ask_who
from mcred.app.programme.connect import check_address, connect
from mcred.app.programme.first_steps import first_command, first_steps
from mcred.app.programme.found import WEB, Founding, check_founding, found_programme
from mcred.app.workspace import open_workspace
from mcred.cli.terminal import DryRun, Json, Terminal, WorkRule, terminal_of
from mcred.domain.ids import suggest_id
from mcred.domain.programme import WorkPolicy
from mcred.domain.text import as_typed
from mcred.problems import McredError, Problem
from mcred.store.config import remote_url

WHERE = "Where the badge pages will be on the web, such as https://badges.example.org (empty: not known yet)"
WHO_READS = "Who may read submitted work: its assessors and the issuers, or everyone in the program"
EXAMPLES = (
    'mcred init lakeside --name "Lakeside Schools" --person "Rosa Diaz"',
    'mcred init lakeside --name "Lakeside Schools" --person "Rosa Diaz" --remote /srv/lakeside.git',
    "mcred init . --remote /srv/lakeside.git",
    "mcred init . --host github",
)


def run(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The program's folder.", metavar="DIR")],
    name: Annotated[str | None, typer.Option(help="The program's name.")] = None,
    programme_id: Annotated[str | None, typer.Option("--programme-id", help="Its short id.")] = None,
    person: Annotated[
        str | None, typer.Option(help="Your name; you become its maintainer and issuer.")
    ] = None,
    person_id: Annotated[str | None, typer.Option("--id", help="Your short id.")] = None,
    school: Annotated[str | None, typer.Option(help="Your school or office.")] = None,
    publish: Annotated[
        str | None, typer.Option(help="Your badges' pages: public, unlisted, or private.")
    ] = None,
    remote: Annotated[
        str | None,
        typer.Option(
            help="Where members send their work: an address, or a folder, which is created if needed."
        ),
    ] = None,
    url: Annotated[
        str | None, typer.Option(help="Where the badge pages will be, such as https://…; '' if not known.")
    ] = None,
    expert_submissions: Annotated[
        int, typer.Option(min=0, help="How many submissions experts assess first.")
    ] = 50,
    experts: Annotated[int, typer.Option(min=1, help="Experts per submission.")] = 1,
    peers: Annotated[int, typer.Option(min=1, help="Peers per submission after that.")] = 3,
    due_days: Annotated[int, typer.Option(min=1, help="How many days an assessor has.")] = 10,
    work: WorkRule = None,
    guard: Annotated[
        bool, typer.Option(help="Have the folder created with --remote check everything it receives.")
    ] = True,
    starter: Annotated[
        bool, typer.Option(help="Start with the micro-credentials that come with mcred.")
    ] = True,
    host: Annotated[
        str, typer.Option(help="Have a review host check and publish: github, gitlab, or forgejo.")
    ] = "",
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Create a program: its rules, you as maintainer and issuer, and micro-credentials to start with."""
    edge = terminal_of(ctx)
    place = (edge.at / folder).resolve()
    if host:
        known_host(host)
    if (place / "mcred.yaml").exists():
        if remote is not None:
            address = _connect(edge, place, remote, guard)
            _finish(edge, place, folder, address, created=False)
        elif host:
            is_new = add_host(replace(edge, at=place), host, dry_run)
            if json:
                edge.show.answer(HostFilesAnswer(folder=str(place), host=host, written=is_new))
        else:
            raise McredError(f"{place} already holds a program", hint=f"mcred init {folder} --remote ADDRESS")
        return
    title = as_typed(name or edge.ask("The program's name", "--name"))
    chosen = work or edge.choose(WHO_READS, get_args(WorkPolicy), "--work", "sealed")
    founding = Founding(
        id=programme_id or suggest_id(title),
        name=title,
        url=_ask_url(edge) if url is None else url,
        expert_submissions=expert_submissions,
        experts=experts,
        peers=peers,
        due_days=due_days,
        work=chosen,  # type: ignore[arg-type]
    )
    check_founding(edge, place, founding, remote)
    if dry_run:
        _say_would(edge, f"Would create the program {title} ({founding.id}) in {place}.")
        return
    founder = ask_who(edge, None, person, person_id, school, publish)
    email = ask_email(edge, None, is_new=True)
    repo = found_programme(edge, place, founding, founder, email, starter=starter, host=host)
    edge.show.say(f"{title} was created in {place}.", style="bold")
    if remote is not None:
        address = _connect(edge, place, remote, guard)
        _finish(edge, place, folder, address, created=True)
        return
    if json:
        edge.show.answer(init_answer(str(place), created=True, address=None, first=_first(edge, place)))
    if (shared := remote_url(repo)) is not None:
        edge.show.say(f"It is not online at {shared} yet.")
        edge.show.next(f"mcred init {folder} --remote {shared}")
    else:
        edge.show.say("It is only on this computer, so no one else can join yet.")
        edge.show.next(f"mcred init {folder} --remote /path/to/programme.git")


def _ask_url(edge: Terminal) -> str:
    """The pages' address, or '' where it is not known yet."""
    while (typed := edge.ask(WHERE, "--url", "")) and not typed.startswith(WEB):
        edge.show.note(f"'{typed}' is not an address that starts with https://", style="yellow")
    return typed


def _say_would(edge: Terminal, what: str) -> None:
    edge.show.say(what)
    if edge.show.as_json:
        edge.show.answer(PlanAnswer(would=(what,), notices=()))


def _connect(edge: Terminal, place: Path, remote: str, guard: bool) -> str:
    address = check_address(edge, place, remote)
    if edge.dry_run:
        _say_would(edge, f"Would put {place} online at {address}.")
        return address
    found = connect(edge, place, address, guard=guard)
    if found.owner:
        edge.show.say("Everything sent there is checked against the program's rules.")
        edge.show.say(f"It belongs to {found.owner}: everyone in that group can send there.")
    edge.show.say(f"The program's address is {address}. Invite others, or let them join and confirm them:")
    edge.show.whole('    mcred invite "NAME" --school "SCHOOL"')
    edge.show.whole(f"    mcred join {address}")
    return address


def _first(edge: Terminal, place: Path) -> tuple[Problem, ...]:
    catalog = open_workspace(replace(edge, at=place), fetching="no").catalog
    return tuple(first_steps(catalog.programme, (d.credential for d in catalog.definitions.values())))


def _finish(edge: Terminal, place: Path, folder: Path, address: str, *, created: bool) -> None:
    """What the founder does next, before anything can be awarded."""
    if edge.dry_run:
        return
    steps = _first(edge, place)
    if edge.show.as_json:
        edge.show.answer(init_answer(str(place), created=created, address=address, first=steps))
    if steps:
        edge.show.say("Before the first award:")
    for step in steps:
        edge.show.say(f"- {step.what}:", indent=2)
        edge.show.say(str(step.hint), indent=4)
    there = "" if place == edge.at.resolve() else f"cd {quote(str(folder))} && "
    edge.show.next(f"{there}{first_command(steps) or 'mcred status'}")
