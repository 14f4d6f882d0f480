"""`mcred save`: save the drafts in the working copy."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.work import SaveAnswer, save_answer
from mcred.app.work.save import Save, SaveResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of

EXAMPLES = ("mcred save", "mcred save fractions-number-line", "mcred save --programme")


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Only this one.", metavar="[ID]")] = None,
    programme: Annotated[
        bool,
        typer.Option(
            "--programme", help="For issuers and maintainers: save definitions and rules you edited."
        ),
    ] = False,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Save your drafts here and online, sealed: only you, and a coach you let in, can open them."""

    def show_drafts(show: Show, found: SaveResult) -> None:
        if found.status == "not needed":
            show.say(f"You have not started {credential or 'a micro-credential'} yet.")
            show.next(f"mcred start {credential}" if credential else "mcred browse")
        else:
            drafts = found.drafts
            show.next(f"mcred check {drafts[0].credential}" if len(drafts) == 1 else "mcred status")

    def answer(found: SaveResult) -> SaveAnswer:
        return save_answer(found, programme=programme)

    command = Save(credential=credential, programme=programme)
    run_command(terminal_of(ctx), command, _show_programme if programme else show_drafts, answer)


def _show_programme(show: Show, found: SaveResult) -> None:
    if found.status == "not needed":
        show.say("Nothing was edited in mcred.yaml, credentials/ or templates/.")
        show.next("mcred lint")
    else:
        show.say("Saved for everyone.")
        show.next("mcred build")
