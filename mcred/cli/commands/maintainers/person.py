"""`mcred person`: list the people of the programme; confirm requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.people import confirmed_answer, import_answer, people_answer, vouched_answer
from mcred.app.people.confirm import Confirm, ConfirmResult, PeopleList, list_people
from mcred.app.people.invite import DAYS
from mcred.app.people.requests import told_waiting
from mcred.app.people.roster import ImportPeople, ImportResult, forget_lines, tell
from mcred.app.people.vouch import Vouch, VouchResult
from mcred.cli.output_file import need_ending, place_output
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Terminal, Yes, terminal_of
from mcred.formats.export.table import write_csv
from mcred.problems import Exit, McredError

EXAMPLES = (
    "mcred person list",
    "mcred person add ana",
    "mcred person add mei --role expert",
    "mcred person add tom --role expert --for fractions-number-line",
    "mcred person import teachers.csv --dry-run",
    "mcred person import teachers.csv --to invitations.csv",
    "mcred person vouch ana",
)
PRIVATE = 0o600
"""Whoever reads the lines can join as these people."""
HANDED = ("id", "name", "school", "email", "what_to_type")


def run(
    ctx: typer.Context,
    action: Annotated[
        str,
        typer.Argument(
            help="list, add (confirm someone, give a role), import (invite everyone on a list), or vouch "
            "(for a lost key)."
        ),
    ] = "list",
    person: Annotated[
        str | None,
        typer.Argument(help="The person's id; for import, a CSV file.", metavar="[ID|FILE]"),
    ] = None,
    role: Annotated[
        list[str] | None, typer.Option(help="expert, issuer, coach, administrator, or maintainer.")
    ] = None,
    credential: Annotated[
        str | None,
        typer.Option("--for", help="Make them an expert for this micro-credential only.", metavar="ID"),
    ] = None,
    to: Annotated[
        Path | None,
        typer.Option(help="For import: where to write the invitations to hand out.", metavar="CSV"),
    ] = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """List the people in the program, confirm someone who asked to join, or give them a role.

    import invites everyone in a CSV file, all at once or not at all. Its first line names the columns: name,
    and id, school, roles, and email where you have them. --dry-run says what would happen with each line.
    """
    edge = terminal_of(ctx)
    if action == "list":
        _show_list(edge.show, list_people(edge))
    elif action == "add" and person:
        command = Confirm(person=person, role=tuple(role or ()), credential=credential)
        run_command(edge, command, _show_confirmed, confirmed_answer, yes=yes)
    elif action == "import" and person:
        _import(edge, person, to, dry_run=dry_run, yes=yes)
    elif action == "vouch" and person:
        run_command(edge, Vouch(person=person), _show_vouched, vouched_answer, yes=yes)
    else:
        raise McredError(f"mcred person has no action '{action}'", hint="mcred person list", code=Exit.USAGE)


def _import(edge: Terminal, name: str, to: Path | None, *, dry_run: bool, yes: bool) -> None:
    need_ending(edge, to, ".csv")
    again = f"mcred person import {name} --to invitations.csv"
    if to is None and not dry_run:
        raise McredError("say where to write the invitations", hint=again, code=Exit.USAGE)
    command = ImportPeople(file=name, to=str(to or ""))
    found = run_command(edge, command, _show_imported, import_answer, yes=yes)
    if found is not None and found.invited and to is not None and not dry_run:
        cells = (
            (i.of.person, i.of.name, i.of.school, i.of.email, f"mcred join {i.line}") for i in found.invited
        )
        place_output(edge, to, write_csv(HANDED, cells), b"", mode=PRIVATE)  # the plan looked
        forget_lines(found.ws, found.invited)


def _show_imported(show: Show, found: ImportResult) -> None:
    for one in found.lines if found.status == "not needed" else ():
        show.say(tell(one))
    if not found.invited:
        show.say("No one had to be invited.")
    else:
        people = "1 person is" if len(found.invited) == 1 else f"{len(found.invited)} people are"
        show.say(f"{people} invited, for {DAYS} days.", style="bold green")
        show.say("Each line works once; whoever has it can join as that person, so send it to them only.")
    show.next("mcred person list   (shows when they have joined)")


def _show_list(show: Show, found: PeopleList) -> None:
    """Print all confirmed people with their roles, then the requests."""
    roles, waiting = found.roles, found.waiting
    if show.as_json:
        show.answer(people_answer(found))
        return
    rows = [
        (p.id, p.name, p.school, ", ".join(roles.of(p.id)) or "-", found.emails.get(p.id, ""))
        for p in sorted(found.people.values(), key=lambda p: p.id)
    ]
    columns = ("id", "name", "school", "roles", *(("email",) if found.emails else ()))
    show.table(columns, [row[: len(columns)] for row in rows])
    if waiting:
        show.say(f"Waiting to be confirmed: {', '.join(w.person for w in waiting)}")
        for one in waiting:
            show.say(told_waiting(one, found.people.values()), indent=2)
        show.next(f"mcred person add {waiting[0].person}")


def _show_confirmed(show: Show, found: ConfirmResult) -> None:
    person, ws = found.person, found.ws
    if found.status == "not needed":
        show.say(f"{person} is already confirmed; nothing to change.")
        show.next("mcred person list")
        return
    said = ", ".join(ws.catalog.programme.roles.of(person)) or "teacher"
    show.say(f"{ws.catalog.people[person].name} ({person}) is confirmed: {said}.")
    show.next(f"mcred person add {min(ws.record.people)}" if ws.record.people else "mcred person list")


def _show_vouched(show: Show, found: VouchResult) -> None:
    if found.status == "not needed":
        show.say(f"You already vouched for {found.person}'s new key.")
    else:
        show.say(f"You vouch for {found.person}'s new key.", style="bold")
    show.next(f"mcred person add {found.person}   (by another maintainer)")
