"""`mcred withdraw`: withdraw a submission from review."""

from __future__ import annotations

from typing import Annotated

import typer

from mcred.app.answers.work import withdraw_answer
from mcred.app.work.withdraw import Withdraw, WithdrawResult
from mcred.cli.runner import run_command
from mcred.cli.show import Show
from mcred.cli.terminal import DryRun, Json, terminal_of

EXAMPLES = ("mcred withdraw fractions-number-line", "mcred withdraw fractions-number-line --dry-run")


def run(
    ctx: typer.Context,
    credential: Annotated[str | None, typer.Argument(help="Which micro-credential.", metavar="[ID]")] = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> None:
    """Withdraw your submission from review. Your work stays; you can resubmit it later."""
    run_command(terminal_of(ctx), Withdraw(credential=credential), _show_result, withdraw_answer)


def _show_result(show: Show, found: WithdrawResult) -> None:
    name = found.submission.credential
    is_new = found.status == "done"
    said = "is withdrawn." if is_new else "was already withdrawn."
    show.say(f"Attempt {found.attempt} of {name} {said}")
    again = f"mcred submit {name}   (when you are ready again)"
    show.next(again if is_new else f"mcred check {name}")
