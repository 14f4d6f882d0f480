"""`mcred submit`: submit work for assessment."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.work import submit_answer
from mcred.app.work.make_request import describe_panel, describe_vacant
from mcred.app.work.submit import Submit, SubmitResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, Yes, terminal_of

EXAMPLES = (
    "mcred submit fractions-number-line",
    "mcred submit fractions-number-line --attest ready --attest own-work --attest release",
    'mcred submit fractions-number-line --note "New second lesson, with the students\' words" --yes',
)


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Which micro-credential.", metavar="[ID]")] = None,
    attest: Annotated[
        list[str] | None, typer.Option(help="Confirm a statement by its name; 'all' confirms every one.")
    ] = None,
    note: Annotated[str | None, typer.Option(help="For a resubmission: what you changed.")] = None,
    replace_sent: Annotated[
        bool, typer.Option("--replace", help="Withdraw what is in review and submit what you have now.")
    ] = False,
    yes: Yes = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Submit your work to be assessed. If interrupted, type it again: it finishes and never submits twice."""
    command = Submit(credential=credential, attest=tuple(attest or ()), note=note, replace=replace_sent)
    run_command(terminal_of(ctx), command, _show_result, submit_answer, yes=yes)


def _show_result(show: Show, found: SubmitResult) -> None:
    standing = found.standing
    said = "was already submitted" if found.status == "not needed" else "is submitted"
    name = standing.submission.credential
    show.say(f"Attempt {standing.attempt} of {name} {said}.", style="bold green")
    if standing.request is not None:
        if standing.request.asked:
            show.say(f"It will be assessed by {describe_panel(standing.request)}, due {standing.due}.")
        if standing.seats.vacant:
            show.say(describe_vacant(standing.request, found.ws.catalog.programme.roles))
        readers = (
            "Only you, its assessors, and the issuers can open it."
            if standing.request.work
            else "Everyone in the program, and anyone else who can reach the program's address, can read it."
        )
        show.note(f"{readers} No page shows any of it unless you publish pieces of it later.")
    show.next("mcred status")
