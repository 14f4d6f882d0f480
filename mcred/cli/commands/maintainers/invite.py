"""`mcred invite`: a signed invitation, with which a person joins without being confirmed."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mcred.app.answers.people import invitation_answer
from mcred.app.people.invite import DAYS, Invite, InviteResult
from mcred.cli.output_file import place_output
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of
from mcred.formats.letter import MARK

EXAMPLES = (
    'mcred invite "Zoe Ito" --school "Bay School"',
    'mcred invite "Zoe Ito" --school "Bay School" --to zoe-ito.txt',
    'mcred invite "Zoe Ito" --school "Bay School" --role expert --days 3',
)


def run(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="Their name, as on a badge.")],
    school: Annotated[str, typer.Option(help="Their school; '' for none.")],
    person_id: Annotated[
        str, typer.Option("--id", help="Their short id; made from the name otherwise.")
    ] = "",
    role: Annotated[list[str] | None, typer.Option(help="expert or coach.")] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="How long it can be used.")] = DAYS,
    to: Annotated[
        Path | None, typer.Option(help="Write it to a file as well, which can be mailed.", metavar="FILE")
    ] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Invite a person: they join with one line of text, without questions, and no one has to confirm them.

    The line works once. Whoever has it can join as that person, so send it to them only; inviting them again
    ends the earlier one.
    """
    edge = terminal_of(ctx)
    command = Invite(name=name, school=school, id=person_id, role=tuple(role or ()), days=days)
    if to is not None:
        place_output(edge, to, b"", MARK.encode(), dry_run=True)  # before anything is changed
    found = run_command(edge, command, _show_invitation, invitation_answer)
    if found is None or dry_run:
        return
    if to is not None:
        place_output(edge, to, _letter(found).encode(), MARK.encode())
    found.forget()


def _letter(found: InviteResult) -> str:
    return (
        f"{found.name}, you are invited to {found.ws.catalog.programme.issuer.name}.\n"
        f"Install mcred, then type mcred join and the name of this file, until {found.expires}.\n"
        "It works once, and for you only.\n\n"
        f"{found.line}\n"
    )


def _show_invitation(show: Show, found: InviteResult) -> None:
    show.note(f"{found.name} ({found.person}) is invited until {found.expires}. It works once; whoever has")
    show.note("this line can join as them, so send it to them only:")
    show.whole(f"mcred join {found.line}")
    show.next("mcred person list   (shows when they have joined)")
